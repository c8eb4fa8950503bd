//! Plain scalars as YAML 1.1 reads them, in which Sigma rules are written: `yes` is true, `0x10` is sixteen.

use super::tree::Value;
use super::yaml::Node;

/// The value of a scalar.
pub(super) fn value(node: &Node, text: &str, is_plain: bool) -> Value {
    if node.is_null() {
        return Value::Null;
    }
    if is_plain {
        if let Some(flag) = boolean(text) {
            return Value::Bool(flag);
        }
        if let Some(number) = number(text) {
            return Value::Number(number);
        }
    }
    Value::Text(text.to_string())
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    let is = |words: [&str; 3]| {
        words.iter().any(|word| {
            let lower = word.to_ascii_lowercase();
            let title: String = word.chars().take(1).chain(lower.chars().skip(1)).collect();
            text == *word || text == lower || text == title
        })
    };
    if is(["TRUE", "YES", "ON"]) {
        Some(true)
    } else if is(["FALSE", "NO", "OFF"]) {
        Some(false)
    } else {
        None
    }
}

/// The number in decimal digits; `None` where the text is none.
pub(super) fn number(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (if text.starts_with('-') { "-" } else { "" }, rest),
        None => ("", text),
    };
    let first = digits.chars().next()?;
    let bare = digits.replace('_', "");
    let whole = if let Some(hex) = bare.strip_prefix("0x") {
        i128::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with(['-', '+']))
    } else if let Some(binary) = bare.strip_prefix("0b") {
        i128::from_str_radix(binary, 2).ok().filter(|_| !binary.starts_with(['-', '+']))
    } else if first.is_ascii_digit() && digits.contains(':') {
        sexagesimal(&bare)
    } else if bare.len() > 1 && bare.starts_with('0') && bare.bytes().all(|c| c.is_ascii_digit()) {
        // `08` is no octal number, and no other either.
        return Some(format!("{sign}{}", i128::from_str_radix(&bare, 8).ok()?));
    } else if first.is_ascii_digit() && bare.bytes().all(|c| c.is_ascii_digit()) {
        return Some(if bare == "0" { bare } else { format!("{sign}{bare}") });
    } else {
        None
    };
    match whole {
        Some(0) => Some("0".to_string()),
        Some(whole) => Some(format!("{sign}{whole}")),
        None => fraction(sign, &bare, digits.len() == text.len()),
    }
}

/// A day, which YAML 1.1 takes for a date and a field cannot be compared with.
pub(super) fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_part = |part: &str, digits: std::ops::RangeInclusive<usize>| {
        digits.contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit())
    };
    matches!(parts.as_slice(), [year, month, day] if is_part(year, 4..=4) && is_part(month, 1..=2) && is_part(day, 1..=2))
}

/// A fraction has a point; an exponent has a sign.
fn fraction(sign: &str, bare: &str, is_unsigned: bool) -> Option<String> {
    let (mantissa, exponent) =
        bare.split_once(['e', 'E']).map_or((bare, None), |(mantissa, rest)| (mantissa, Some(rest)));
    let is_mantissa = (bare.starts_with(|c: char| c.is_ascii_digit()) || is_unsigned && bare.starts_with('.'))
        && mantissa.contains('.')
        && mantissa.bytes().all(|c| c.is_ascii_digit() || c == b'.')
        && mantissa.bytes().any(|c| c.is_ascii_digit());
    let is_exponent = exponent.is_none_or(|exponent| {
        exponent
            .strip_prefix(['-', '+'])
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit()))
    });
    if !is_mantissa || !is_exponent {
        return None;
    }
    let value: f64 = bare.parse().ok().filter(|value: &f64| value.is_finite())?;
    Some(format!("{sign}{value}"))
}

/// `1:30` is ninety.
fn sexagesimal(text: &str) -> Option<i128> {
    let mut sum: i128 = 0;
    for (index, part) in text.split(':').enumerate() {
        let value: i128 = part.parse().ok().filter(|_| part.bytes().all(|c| c.is_ascii_digit()))?;
        if index > 0 && (value > 59 || part.len() > 2) || index == 0 && part.starts_with('0') && part.len() > 1 {
            return None;
        }
        sum = sum.checked_mul(60)?.checked_add(value)?;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    // As PyYAML's safe loader reads them, which is pySigma's.
    #[test]
    fn numbers_are_those_of_yaml_1_1() {
        let read = |text: &str| number(text).unwrap_or_else(|| "text".to_string());
        for (text, expected) in [
            ("4688", "4688"),
            ("-1", "-1"),
            ("+12", "12"),
            ("0", "0"),
            ("0x10", "16"),
            ("0xC000006D", "3221225581"),
            ("0X10", "text"),
            ("0b101", "5"),
            ("0777", "511"),
            ("08", "text"),
            ("1_000", "1000"),
            ("1:30", "90"),
            ("190:20:30", "685230"),
            ("1:60", "text"),
            ("01:30", "text"),
            ("1.5", "1.5"),
            ("1.", "1"),
            (".5", "0.5"),
            ("1e3", "text"),
            ("1.0e+3", "1000"),
            ("1.0e3", "text"),
            ("+.5", "text"),
            ("00", "0"),
            ("1.5.2", "text"),
            ("10.0.0.1", "text"),
            ("2024-01-01", "text"),
            ("-", "text"),
            ("", "text"),
            ("_1", "text"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn booleans_are_those_of_yaml_1_1() {
        let found: Vec<Option<bool>> =
            ["yes", "On", "TRUE", "no", "off", "False", "y", "N", "yEs", "null"].map(boolean).to_vec();
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(found, [yes, yes, yes, no, no, no, None, None, None, None]);
    }
}
