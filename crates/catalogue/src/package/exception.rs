//! Exceptions: findings that a house allows, each with an owner, a reason and an end.

use std::sync::Arc;

use serde::Deserialize;
use syntax::Source;
use toml::Spanned;

use crate::date::Date;

/// All exceptions of a package, and the file that their places speak of.
#[derive(Debug, Clone)]
pub struct Exceptions {
    pub source: Arc<Source>,
    pub list: Vec<Exception>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Names the exception in reports.
    pub id: Spanned<String>,
    pub owner: String,
    pub reason: String,
    pub added: Option<Date>,
    /// From this day on it no longer applies.
    #[serde(alias = "expiry")]
    pub expires: Spanned<Date>,
    /// A KQL predicate over the events of a finding.
    pub expression: Spanned<String>,
}

/// `exceptions.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub exception: Vec<Exception>,
}
