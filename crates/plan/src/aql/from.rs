//! FROM: a table or an inner query, and what can be named of it.

use std::collections::HashSet;

use functions::Type;
use syntax::Span;
use syntax::aql::tree::{ExprKind, From, Item, Name, Select};

use super::scope::Scope;
use super::text_search::PAYLOAD;
use super::{Binder, messages};
use crate::property::Property;
use crate::relation::{Computed, Relation, field};
use crate::trace::Kind;

/// Fields that one SELECT may ask of a table.
const MAX_FIELDS: usize = 1_000;

impl<'a> Binder<'a> {
    pub(super) fn from<'q>(&mut self, select: &'q Select) -> Option<(Relation, Scope<'q>)> {
        match select.from.as_ref()? {
            From::Table(name) => match self.cursor(name) {
                Some(cursor) => {
                    let scope = Scope::of_selected(cursor.table, &cursor.selected, select);
                    Some((cursor.selected.relation, scope))
                }
                None => self.table(name, select),
            },
            From::Select(inner) => {
                let bound = self.select(inner, false)?;
                let table = self.table_names.last().cloned().unwrap_or_default();
                let scope = Scope::of_selected(table, &bound, select);
                Some((bound.relation, scope))
            }
        }
    }

    fn table<'q>(&mut self, name: &Name, select: &'q Select) -> Option<(Relation, Scope<'q>)> {
        if name.text.eq_ignore_ascii_case("simarc") {
            let help = "endpoint network data is not part of logs: read FROM events";
            return self.fail(messages::not_supported(name.span, "FROM simarc", help));
        }
        let mut wanted = wanted(select);
        if wanted.len() > MAX_FIELDS {
            return self.fail(messages::too_large(select.span));
        }
        let properties = self.own_properties(&mut wanted);
        let lower = name.text.to_lowercase();
        let found = self.tables.table(&lower, &wanted).or_else(|| self.tables.table(&name.text, &wanted));
        let Some(mut table) = found else {
            let known = self.tables.names();
            return self.fail(messages::unknown_table(name.span, &name.text, &known));
        };
        if !self.table_names.contains(&table.name) {
            self.table_names.push(table.name.clone());
        }
        let mut captures = Vec::new();
        for (name, property) in properties {
            let place = table.column(property.reads()).map(|column| column.name.clone());
            let found = table.columns.iter_mut().find(|column| Some(&column.name) == place.as_ref());
            match (found, property) {
                (Some(column), Property::Field(_)) => column.aliases.push(name),
                (Some(column), Property::Capture(capture)) => {
                    captures.push((name, capture, column.clone()));
                }
                (None, _) => {}
            }
        }
        let scan = Relation::scan(&table, self.options.origins);
        let mut relation = self.built(scan, name.span)?;
        self.step(name.span, Kind::Table(table.name.clone()), None, &relation);
        let mut scope = Scope::of_table(&table, select);
        let mut computed = Vec::with_capacity(captures.len());
        for (property, capture, column) in captures {
            if let Err(why) = self.regexes.admit(capture.pattern(), true) {
                return self.fail(messages::bad_regex(name.span, &why));
            }
            // A column of the log's own could have any name that a query can spell.
            let own = format!("\u{1}property {property}");
            scope.add_own(property, own.clone(), column.is_raw.then(|| column.name.clone()));
            computed.push(Computed::new(own, Type::String, capture.call(field(&column.name), column.kind)));
        }
        if !computed.is_empty() {
            relation = self.built(relation.extend(computed), name.span)?;
        }
        Some((relation, scope))
    }

    /// The user's own properties among the names, which the table does not know: it is asked for what they are read from.
    fn own_properties(&self, wanted: &mut [String]) -> Vec<(String, Property)> {
        let mut properties: Vec<(String, Property)> = Vec::new();
        for name in wanted {
            if let Some(property) = self.tables.property(name) {
                let name = std::mem::replace(name, property.reads().to_owned());
                if !properties.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                    properties.push((name, property.clone()));
                }
            }
        }
        properties
    }

    /// The field of a name was used: a raw one is reported when no event held it.
    pub(super) fn note_raw(&mut self, column: &str, span: Span) {
        if !self.raw_fields.iter().any(|(known, _)| known == column) {
            self.raw_fields.push((column.to_string(), span));
        }
    }
}

/// Every name that the query may ask the table for. An alias that no item reads is not one.
fn wanted(select: &Select) -> Vec<String> {
    let mut read = Vec::new();
    let mut seen = HashSet::new();
    let mut add = |name: &str| {
        if seen.insert(name.to_string()) {
            read.push(name.to_string());
        }
    };
    let aliases: HashSet<String> = select.items.iter().filter_map(alias).map(str::to_lowercase).collect();
    let items = select.items.iter().filter(|item| matches!(item, Item::Value { .. })).count();
    for (index, expr) in select.expressions().enumerate() {
        let is_item = index < items;
        expr.walk(&mut |expr| match &expr.kind {
            ExprKind::Field(name) if is_item || !aliases.contains(&name.to_lowercase()) => {
                add(name);
            }
            // These come from the event itself, not from their id alone.
            ExprKind::Call(call) if call.name.text.eq_ignore_ascii_case("LOGSOURCENAME") => add("logsourcename"),
            ExprKind::Call(call) if call.name.text.eq_ignore_ascii_case("QIDNAME") => add("qidname"),
            ExprKind::TextSearch(_) => add(PAYLOAD),
            _ => {}
        });
    }
    if select.range.is_some() {
        add("starttime");
    }
    read
}

fn alias(item: &Item) -> Option<&str> {
    match item {
        Item::Value { alias, .. } => alias.as_ref().map(|alias| alias.text.as_str()),
        Item::All(_) => None,
    }
}
