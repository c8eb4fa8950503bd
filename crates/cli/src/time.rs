//! Times on the command line.

use anyhow::{Context, Result};
use functions::ticks;

use crate::exit::Misuse;

/// The ticks of a time option.
pub fn parse(option: &str, text: Option<&String>) -> Result<Option<i64>> {
    let parsed = |text: &String| {
        ticks::parse(text)
            .with_context(|| Misuse(format!("{option} '{text}' is no time; write 2024-03-01 or 2024-03-01T12:00:00Z")))
    };
    text.map(parsed).transpose()
}
