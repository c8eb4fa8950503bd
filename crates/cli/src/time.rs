//! Times on the command line.

use anyhow::{Context, Result};
use functions::ticks;

use crate::exit::Misuse;

/// The ticks of a time option.
pub fn parse(option: &str, text: Option<&String>) -> Result<Option<i64>> {
    // Half of the world writes the day first, so a time whose year does not come first is nobody's but its writer's.
    let has_year_first = |text: &str| text.trim().bytes().take_while(u8::is_ascii_digit).count() >= 4;
    let parsed = |text: &String| {
        let time = if has_year_first(text) { ticks::parse(text) } else { None };
        time.with_context(|| Misuse(format!("{option} '{text}' is no time; write 2024-03-01 or 2024-03-01T12:00:00Z")))
    };
    text.map(parsed).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_begins_with_its_year() {
        let time = |text: &str| parse("--from", Some(&text.to_owned()));
        assert_eq!(time("2024-03-01").unwrap(), ticks::parse("2024-03-01T00:00:00Z"));
        assert_eq!(time(" 20240301").unwrap(), ticks::parse("2024-03-01T00:00:00Z"));
        let refused = time("01/03/2024").unwrap_err().to_string();
        assert_eq!(refused, "--from '01/03/2024' is no time; write 2024-03-01 or 2024-03-01T12:00:00Z");
    }
}
