//! Several: the values of a field that one event has more than once, in one text.
//!
//! Each stands behind a sign that no honest text holds, so that a rule can ask whether any of them matches, and whoever only
//! shows them shows lines.

use std::borrow::Cow;

use arrow::array::{Array, StringArray};
use datafusion_expr::Expr;

use crate::Type;
use crate::cast::real_of;
use crate::function::call_kernel;
use crate::kernel::Kernel;
use crate::rows::to_real;

/// A noncharacter: Unicode keeps it for such uses within a program.
const SIGN: char = '\u{fdd0}';

/// Appends one value more.
pub fn push(out: &mut String, value: &str) {
    out.push(SIGN);
    out.push_str(value);
}

/// Adds the value, or all that it is, to what a text is already.
pub fn add(out: &mut String, more: &str) {
    if !are_in(out) {
        out.insert(0, SIGN);
    }
    values(more).for_each(|value| push(out, value));
}

/// Whether a text is several values.
#[inline]
pub fn are_in(text: &str) -> bool {
    // Every text is asked, and hardly any begins like that.
    const FIRST: u8 = 0xef;
    text.as_bytes().first() == Some(&FIRST) && text.starts_with(SIGN)
}

pub fn any_are_in(texts: &StringArray) -> bool {
    (0..texts.len()).any(|row| are_in(texts.value(row)))
}

/// The values, or the text itself where it is one.
pub fn values(text: &str) -> impl Iterator<Item = &str> {
    text.strip_prefix(SIGN).unwrap_or(text).split(|c| c == SIGN && are_in(text))
}

/// The value that is said last, for what can have but one.
pub fn last(text: &str) -> &str {
    values(text).last().unwrap_or(text)
}

/// The greatest number among the values of a text: one of them is above a bound if this one is.
pub fn greatest(text: Expr) -> Expr {
    let kernel: Kernel = |args| to_real(args, |row| outermost(row.text(0)?, f64::max));
    call_kernel("several/greatest".to_owned(), kernel, Type::Real, vec![text])
}

/// As [`greatest`], for what has to be below a bound.
pub fn least(text: Expr) -> Expr {
    let kernel: Kernel = |args| to_real(args, |row| outermost(row.text(0)?, f64::min));
    call_kernel("several/least".to_owned(), kernel, Type::Real, vec![text])
}

fn outermost(text: &str, choose: fn(f64, f64) -> f64) -> Option<f64> {
    values(text).filter_map(real_of).reduce(choose)
}

/// The values as lines.
pub fn lines(text: &str) -> Cow<'_, str> {
    match text.strip_prefix(SIGN) {
        Some(values) => Cow::Owned(values.replace(SIGN, "\n")),
        None => Cow::Borrowed(text),
    }
}

/// A single value, which must not pass for several.
#[inline]
pub fn one(text: &str) -> Cow<'_, str> {
    if !are_in(text) {
        return Cow::Borrowed(text);
    }
    match text.strip_prefix(SIGN) {
        Some(rest) => Cow::Owned(format!("\u{fffd}{rest}")),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_out_as_they_went_in() {
        let mut text = "a".to_owned();
        add(&mut text, "b\nc");
        add(&mut text, "");
        assert!(are_in(&text) && !are_in("a") && !are_in(""));
        assert_eq!(values(&text).collect::<Vec<_>>(), ["a", "b\nc", ""]);
        assert_eq!(
            (values("x").collect::<Vec<_>>(), lines(&text).as_ref(), lines("x").as_ref()),
            (vec!["x"], "a\nb\nc\n", "x")
        );
        let numbers = "\u{fdd0}7\u{fdd0}x\u{fdd0}-2.5";
        assert_eq!((outermost(numbers, f64::max), outermost(numbers, f64::min)), (Some(7.0), Some(-2.5)));
        assert_eq!((outermost("3", f64::min), outermost("x", f64::max)), (Some(3.0), None));
        assert_eq!((last("x"), last("\u{fdd0}a\u{fdd0}b")), ("x", "b"));
        let hostile = format!("{SIGN}x{SIGN}y");
        assert_eq!(values(&one(&hostile)).collect::<Vec<_>>(), [format!("\u{fffd}x{SIGN}y")]);
        assert!(any_are_in(&StringArray::from(vec![None, Some(text.as_str())])));
        assert!(!any_are_in(&StringArray::from(vec![None, Some("x")])));
    }
}
