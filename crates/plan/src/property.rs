//! A property of the user's own QRadar: a column or field under a name of its own, or what a regular expression captures.

use datafusion_expr::{Expr, lit};
use functions::scalar::aql_regex::{self, CAPTURE};
use functions::{Type, cast};
use syntax::aql::java_regex;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Property {
    /// The column of events or the raw field that it is.
    Field(String),
    Capture(Capture),
}

impl Property {
    /// The column or raw field that it is read from.
    pub fn reads(&self) -> &str {
        match self {
            Property::Field(name) => name,
            Property::Capture(capture) => &capture.on,
        }
    }
}

/// What two names of one property have in common: case does not count.
pub fn key(name: &str) -> String {
    name.to_lowercase()
}

/// What a group captures where a pattern matches first, anywhere in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// As the engine spells it.
    pattern: String,
    group: u32,
    on: String,
}

impl Capture {
    /// Of Java's pattern; the reason where it cannot be used.
    pub fn new(pattern: &str, group: u32, on: impl Into<String>) -> Result<Capture, String> {
        let java = java_regex::translate(pattern, false)?;
        if java.backtracks {
            return Err("a property's pattern has neither look-around nor back references".into());
        }
        let groups = aql_regex::groups(&java.pattern)?;
        if usize::try_from(group).is_ok_and(|group| group > groups) {
            let there = if groups == 0 { "none".to_owned() } else { format!("{groups}") };
            return Err(format!("the pattern has no group {group}, but {there}"));
        }
        Ok(Capture { pattern: java.pattern, group, on: on.into() })
    }

    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The property, of the text that it is read from.
    pub(crate) fn call(&self, text: Expr, kind: Type) -> Expr {
        let args = vec![lit(self.pattern.as_str()), cast::cast(text, kind, Type::String), lit(i64::from(self.group))];
        match CAPTURE.overloads.first() {
            Some(overload) => CAPTURE.call(overload, &[Type::String, Type::String, Type::Long], args),
            None => crate::relation::null(Type::String),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_java_or_the_engine_refuses_is_refused() {
        assert!(Capture::new(r"user=(\w+)", 1, "payload").is_ok());
        assert!(Capture::new(r"user=\w+", 0, "payload").is_ok());
        let why = |pattern, group| Capture::new(pattern, group, "payload").err().unwrap_or_default();
        assert_eq!(why(r"user=(\w+)", 2), "the pattern has no group 2, but 1");
        assert_eq!(why("a", 1), "the pattern has no group 1, but none");
        assert!(why("(?<=a)b", 0).contains("look-around"));
        assert!(why("a(", 0).contains("not closed"));
    }
}
