//! Conversion: a Sigma rule as a query of a SIEM's own language.
//!
//! A rule becomes one form (`query`): conditions over the columns of tables. Which tables and columns these are is data
//! (`platform`, `tables/*.toml`), and so are the log sources. What the form says, a printer for each language writes.

mod aql;
mod escape;
mod kql;
mod meaning;
pub mod messages;
mod platform;
mod query;
mod sources;
#[cfg(test)]
mod tests;

use syntax::Diagnostic;
use syntax::sigma::Rule;

use platform::Platform;

/// For which SIEM a query is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Defender,
    Sentinel,
    QRadar,
}

/// A rule in the words of a SIEM.
#[derive(Debug, Clone)]
pub struct Converted {
    pub text: String,
    pub target: Target,
}

/// The rule as a query for the first target that can say it, or why the first cannot.
pub fn convert(rule: &Rule, targets: &[Target]) -> Result<Converted, Box<Diagnostic>> {
    let mut first = None;
    for target in targets {
        match one(rule, *target) {
            Ok(text) => return Ok(Converted { text, target: *target }),
            Err(fault) => {
                first.get_or_insert(fault);
            }
        }
    }
    Err(first.unwrap_or_else(|| Box::new(messages::not_said(rule.span, "the target", "this rule"))))
}

fn one(rule: &Rule, target: Target) -> Result<String, Box<Diagnostic>> {
    let (table, language) = match target {
        Target::Defender => (include_str!("../tables/defender.toml"), "KQL"),
        Target::Sentinel => (include_str!("../tables/sentinel.toml"), "KQL"),
        Target::QRadar => (include_str!("../tables/qradar.toml"), "AQL"),
    };
    let unread = || Box::new(messages::not_said(rule.span, language, "this rule"));
    let platform = Platform::read(table).ok_or_else(unread)?;
    let query = meaning::query(rule, &platform, language)?;
    if query.legs.is_empty() {
        return Err(Box::new(messages::never(rule.span, &platform.name)));
    }
    let text = match target {
        Target::Defender | Target::Sentinel => kql::print(&query),
        Target::QRadar => aql::print(&query),
    };
    text.map_err(|what| Box::new(messages::not_said(rule.span, language, &what)))
}
