//! Typed cells: texts that stand for values of a column's type. One that is no such value is null in every answer, so it is
//! told.

use functions::cast::{bool_of, guid_of, long_of, real_of, ungrouped};
use functions::{Type, ticks};

use crate::row::parse_time;

/// How long the text of a cell may be that is told.
const SHOWN: usize = 64;

/// A cell whose text is no value of its column's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The table with the column, or the field.
    pub column: String,
    pub kind: Type,
    /// The text, or the beginning of it.
    pub text: String,
}

impl Misfit {
    pub fn new(table: &str, column: &str, kind: Type, text: &str) -> Self {
        Misfit { column: begin(&format!("{table}.{column}"), 2 * SHOWN), kind, text: begin(text, SHOWN) }
    }

    /// Of a field that every event has.
    pub fn of_event(field: &str, kind: Type, text: &str) -> Self {
        Misfit { column: field.to_owned(), kind, text: begin(text, SHOWN) }
    }
}

fn begin(text: &str, length: usize) -> String {
    text.get(..text.floor_char_boundary(length)).unwrap_or_default().to_owned()
}

/// What a text is to a column's type.
#[derive(Debug, PartialEq, Eq)]
pub enum Fit {
    Value,
    /// A value, which the language spells so.
    Spelt(String),
    /// Not a value.
    None,
}

/// How a text that is not empty fits.
pub fn fit(text: &str, kind: Type) -> Fit {
    let is_value = match kind {
        Type::String | Type::Dynamic => true,
        Type::Bool => bool_of(text).is_some(),
        Type::Int => int_fits(text),
        Type::Long => long_of(text).is_some(),
        Type::Real => real_of(text).is_some(),
        Type::Decimal => text.trim().parse::<f64>().is_ok_and(f64::is_finite),
        Type::Timespan => ticks::parse_timespan(text).is_some(),
        Type::Guid => guid_of(text).is_some(),
        Type::Datetime => return time_fits(text),
    };
    match kind {
        _ if is_value => Fit::Value,
        Type::Int | Type::Long => {
            let spelt = whole(text.trim()).map(str::to_owned).or_else(|| ungrouped(text));
            spelt.filter(|text| fit(text, kind) == Fit::Value).map_or(Fit::None, Fit::Spelt)
        }
        _ => Fit::None,
    }
}

fn int_fits(text: &str) -> bool {
    let is_hex = text.trim_start().starts_with("0x") || text.trim_start().starts_with("0X");
    long_of(text).is_some_and(|long| i32::try_from(long).is_ok() || is_hex && u32::try_from(long).is_ok())
}

/// Times are spelt anew where logs spell them as no language does.
fn time_fits(text: &str) -> Fit {
    let Some(time) = parse_time(text) else { return Fit::None };
    match ticks::parse(text) == Some(time) {
        true => Fit::Value,
        false => ticks::format_datetime(time).map_or(Fit::None, Fit::Spelt),
    }
}

/// The whole number that stands before a fraction of nothing: who holds whole numbers as fractions writes them so.
pub fn whole(text: &str) -> Option<&str> {
    let (whole, fraction) = text.split_once('.')?;
    (!fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0')).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_fits_a_type_or_does_not() {
        for (kind, values, others) in [
            (Type::Bool, &["true", "False", "1", "0"][..], &["yes", "None", "-"][..]),
            (Type::Int, &["7", "-7", "0xffffffff"], &["3000000000", "7.5", "NaN", "1e3"]),
            (Type::Long, &["3000000000", "0x1f"], &["7.5", "n/a", "1,00", "1,0000", ",100", "9999999999999999999"]),
            (Type::Real, &["7.5", "1e3", "NaN", "7"], &["7,5", "x"]),
            (Type::Decimal, &["7.5"], &["x"]),
            (Type::Timespan, &["1.02:03:04.5", "00:00:01"], &["soon"]),
            (Type::Guid, &["74be27de-1e4e-49d9-b579-fe0b331d3642"], &["74be"]),
            (
                Type::Datetime,
                &["2024-03-01T10:00:00Z", "2024-03-01"],
                &["03.01.2024", "13/01/2024 10:00:00", "01/02/2024"],
            ),
            (Type::String, &["x"], &[]),
        ] {
            for text in values {
                assert_eq!(fit(text, kind), Fit::Value, "{kind:?} {text}");
            }
            for text in others {
                assert_eq!(fit(text, kind), Fit::None, "{kind:?} {text}");
            }
        }
        let spelt = |text: &str| Fit::Spelt(text.to_owned());
        assert_eq!((fit("1234.0", Type::Long), fit("-7.00", Type::Int)), (spelt("1234"), spelt("-7")));
        assert_eq!((fit("4,688", Type::Long), fit("-1,234,567", Type::Int)), (spelt("4688"), spelt("-1234567")));
        let time = spelt("2026-11-22T16:45:03.1230000Z");
        assert_eq!(fit("11/22/2026, 4:45:03.123 PM", Type::Datetime), time);
        assert_eq!(fit("1795365903.123", Type::Datetime), time);
    }
}
