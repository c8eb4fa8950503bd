//! Other types printed as text, in Kusto's forms. A null is the empty text.

use crate::kernel::Kernel;
use crate::rows::to_text as texts;
use crate::ticks;
use crate::types::Type;

/// The kernel that prints `from`; `None` where it is text already.
pub(super) fn to_text(from: Type) -> Option<Kernel> {
    Some(match from {
        Type::Bool => |args| texts(args, |row| Some(row.bool(0).map(bool_text).unwrap_or_default())),
        Type::Int | Type::Long => {
            |args| texts(args, |row| Some(row.long(0).map(|long| long.to_string()).unwrap_or_default()))
        }
        Type::Real => |args| texts(args, |row| Some(row.real(0).map(real_text).unwrap_or_default())),
        Type::Decimal => |args| texts(args, |row| Some(row.decimal(0).map(decimal_text).unwrap_or_default())),
        Type::Datetime => {
            |args| texts(args, |row| Some(row.long(0).and_then(ticks::format_datetime).unwrap_or_default()))
        }
        Type::Timespan => |args| texts(args, |row| Some(row.long(0).map(ticks::format_timespan).unwrap_or_default())),
        Type::String | Type::Guid | Type::Dynamic => return None,
    })
}

fn bool_text(value: bool) -> String {
    if value { "True" } else { "False" }.to_string()
}

/// The shortest digits that read back as the same number; whole numbers with `.0`, far ones with an exponent.
pub fn real_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.into();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-5..1e15).contains(&size) {
        let text = format!("{value:E}");
        let Some((digits, exponent)) = text.split_once('E') else {
            return text;
        };
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
        return format!("{digits}E{sign}{exponent:0>2}");
    }
    if value.fract() == 0.0 { format!("{value:.1}") } else { value.to_string() }
}

pub(super) fn decimal_text((digits, scale): (i128, i8)) -> String {
    let scale = usize::try_from(scale).unwrap_or(0);
    let sign = if digits < 0 { "-" } else { "" };
    let text = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = text.split_at(text.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_kusto_prints_them() {
        assert_eq!(real_text(2.0), "2.0");
        assert_eq!(real_text(0.1), "0.1");
        assert_eq!(real_text(1e20), "1E+20");
        assert_eq!(real_text(f64::NEG_INFINITY), "-inf");
        assert_eq!(decimal_text((150, 2)), "1.5");
        assert_eq!(decimal_text((-5, 2)), "-0.05");
    }
}
