//! Exit codes: how a run ended, for scripts.

/// What happened in a run; several things may.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// A finding, a failed test, a diagnostic at the level that fails.
    pub found: bool,
    /// A detection or query could not run.
    pub failed: bool,
    /// The command line, or a path on it, is wrong.
    pub misused: bool,
    /// Some evidence could not be read, a skipped record included.
    pub unread: bool,
}

impl Outcome {
    pub const MISUSED: Outcome = Outcome { found: false, failed: false, misused: true, unread: false };
    pub const FAILED: Outcome = Outcome { found: false, failed: true, misused: false, unread: false };

    /// Where several hold: usage, findings, failures, unread evidence.
    pub fn code(self) -> u8 {
        match self {
            Outcome { misused: true, .. } => 3,
            Outcome { found: true, .. } => 1,
            Outcome { failed: true, .. } => 2,
            Outcome { unread: true, .. } => 4,
            _ => 0,
        }
    }
}

/// A fault of the command line.
#[derive(Debug)]
pub struct Misuse(pub String);

impl std::fmt::Display for Misuse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_outcome_gives_the_code() {
        let all = Outcome { found: true, failed: true, misused: true, unread: true };
        assert_eq!(all.code(), 3);
        assert_eq!(Outcome { misused: false, ..all }.code(), 1);
        assert_eq!(Outcome { misused: false, found: false, ..all }.code(), 2);
        assert_eq!(Outcome { unread: true, ..Outcome::default() }.code(), 4);
        assert_eq!(Outcome::default().code(), 0);
    }
}
