//! A guard around foreign code over hostile bytes: should it panic, what it was at is lost and not the hunt.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a parser of others. Rows are accepted outside of this, so that none is left half done and detections are not blamed on
/// the evidence.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("it cannot be parsed".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_foreign_parser_is_an_error_in_words() {
        assert_eq!(guarded(|| Ok(1)), Ok(1));
        let hostile: Vec<u8> = Vec::new();
        assert_eq!(guarded(|| Ok(hostile[hostile.len()])), Err("it cannot be parsed".to_owned()));
    }
}
