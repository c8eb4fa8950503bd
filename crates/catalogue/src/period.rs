//! A period: how often a detection runs and how far it looks back, as `10m`, `1h`, `14d`.

use std::time::Duration;

use serde::Deserialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Period(pub Duration);

impl TryFrom<String> for Period {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no period: write a number and a unit, such as 30s, 10m, 1h or 14d");
        let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = text.split_at(at);
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(wrong()),
        };
        let number: u64 = number.parse().map_err(|_| wrong())?;
        match number.checked_mul(seconds) {
            Some(seconds) if seconds > 0 => Ok(Period(Duration::from_secs(seconds))),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_number_and_a_unit() {
        let seconds = |text: &str| Period::try_from(text.to_string()).map(|period| period.0.as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("14d"), Ok(1_209_600));
        for wrong in ["", "h", "1", "1w", "0m", "-1h", "99999999999999999999d", "18446744073709551615d"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
