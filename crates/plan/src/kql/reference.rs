//! What KQL has beyond the function table, and what of Kusto is refused: for listings.

use functions::aggregate::table::AGGREGATES;

use super::expression::{FORMS, REFUSED as FUNCTIONS, SERIAL, SEVERAL};
use super::operator::{PLUGINS, REFUSED_PLUGINS};
use super::pipeline::REFUSED as OPERATORS;
use crate::entry::{Entry, Kind};

/// Forms, serial functions, aggregates and plugins, then what is refused.
pub fn entries() -> Vec<Entry> {
    let entry = |kind, names, summary| Entry { kind, names, summary, is_refused: false };
    let refused = |kind, name, summary| Entry { kind, names: vec![name], summary, is_refused: true };
    let mut all = Vec::new();
    all.extend(FORMS.iter().map(|form| entry(Kind::Function, form.names.to_vec(), "a form of the language")));
    all.extend(SERIAL.iter().map(|(name, ..)| entry(Kind::Function, vec![*name], "over rows in their order")));
    all.push(entry(Kind::Function, vec!["table"], "the table of a name"));
    all.extend(SEVERAL.iter().map(|(name, what)| entry(Kind::Function, vec![*name], what)));
    all.extend(AGGREGATES.iter().map(|known| entry(Kind::Aggregate, vec![known.name], known.summary)));
    all.extend(PLUGINS.iter().map(|(name, what)| entry(Kind::Plugin, vec![*name], what)));
    all.extend(FUNCTIONS.iter().map(|(name, why)| refused(Kind::Function, *name, why)));
    all.extend(REFUSED_PLUGINS.iter().map(|(name, why)| refused(Kind::Plugin, *name, why)));
    all.extend(OPERATORS.iter().map(|(name, why)| refused(Kind::Operator, *name, why)));
    all
}
