//! `union`: rows of several tables, by column name.

use std::collections::HashMap;

use functions::Type;
use syntax::kql::tree::{Expr, ExprKind, LetValue, Pattern, Union};
use syntax::{Diagnostic, Span};

use crate::kql::binder::Binder;
use crate::kql::column_name::Names;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Meaning};
use crate::relation::{Column, Computed, Relation};

/// How many columns all legs together may come to: `union *` over hundreds of tables gives each the columns of all.
const CELLS: usize = 200_000;

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn union(
        &mut self,
        union: &'q Union,
        input: Option<Flow>,
        env: Env,
        span: Span,
    ) -> Option<Flow> {
        let mut legs: Vec<Leg> = Vec::with_capacity(union.parts.len() + 1);
        legs.extend(input.map(Leg::unnamed));
        let mut is_whole = true;
        for part in &union.parts {
            match self.legs(part, env, union.is_fuzzy) {
                Some(more) => legs.extend(more),
                None => is_whole = false,
            }
        }
        if !is_whole {
            return None;
        }
        if legs.is_empty() {
            return self.refuse(messages::empty_union(span));
        }
        if let Some(column) = &union.with_source {
            legs = self.with_source(legs, &column.text, "union_arg", span)?;
        }
        self.merged(legs, union.is_inner, span)
    }

    /// The rows of all legs, by column name. Of a leg without rows only the columns count.
    pub(super) fn merged(&mut self, legs: Vec<Leg>, is_inner: bool, span: Span) -> Option<Flow> {
        let mut flows: Vec<Flow> = legs.iter().map(|leg| leg.flow.clone()).collect();
        let columns = if is_inner { common(&flows) } else { all(&legs) };
        let mut legs = legs.into_iter();
        let first = legs.next()?;
        let filled: Vec<Flow> = legs.filter(|leg| !leg.is_empty).map(|leg| leg.flow).collect();
        flows = match first.is_empty && !filled.is_empty() {
            true => filled,
            false => std::iter::once(first.flow).chain(filled).collect(),
        };
        if flows.len() > 1 && flows.len().saturating_mul(columns.len()) > CELLS {
            return self.refuse(messages::too_wide(span, flows.len(), columns.len()));
        }
        let mut relations = Vec::with_capacity(flows.len());
        let mut phantoms = Vec::new();
        let tables: Vec<Option<String>> = flows.iter().map(|flow| flow.table.clone()).collect();
        let is_unpacked = flows.iter().any(|flow| flow.is_unpacked);
        // What one of them has is there.
        let is_real = |flow: &Flow, name: &str| {
            flow.relation.column(name).is_some() && flow.phantoms.iter().all(|phantom| phantom.name != name)
        };
        for phantom in flows.iter().flat_map(|flow| &flow.phantoms) {
            if !phantoms.contains(phantom) && !flows.iter().any(|flow| is_real(flow, &phantom.name)) {
                phantoms.push(phantom.clone());
            }
        }
        for flow in flows {
            let aligned = aligned(flow.relation, &columns);
            relations.push(self.planned(aligned, span)?);
        }
        let relation = self.planned(Relation::union(relations), span)?;
        let table = tables.first().cloned().flatten().filter(|first| tables.iter().all(|t| t.as_ref() == Some(first)));
        phantoms.retain(|phantom| relation.column(&phantom.name).is_some());
        Some(Flow { phantoms, table, is_unpacked, ..Flow::new(relation) })
    }

    /// The tables of one part: a wildcard may mean many, and a fuzzy union skips what is not there.
    pub(super) fn legs(&mut self, part: &'q Expr, env: Env, is_fuzzy: bool) -> Option<Vec<Leg>> {
        match &part.kind {
            ExprKind::Wildcard(text) => {
                let wanted = self.wanted.clone();
                let pattern = Pattern { text: text.to_string(), span: part.span };
                let mut names = self.tables.of_kql();
                names.retain(|name| pattern.matches(name));
                names.sort();
                let legs = self.tables_named(names, &wanted, part.span)?;
                if legs.is_empty() && !is_fuzzy {
                    return self.refuse(messages::unknown_table(part.span, text, None));
                }
                Some(legs)
            }
            ExprKind::Name(name) => {
                // Only tables and views have a name of their own.
                let own = match self.lets.find(name, env) {
                    None => name.as_str(),
                    Some((Meaning::Tree(LetValue::Function(function)), _)) if function.is_view => name.as_str(),
                    Some(_) => "",
                };
                let flow = if is_fuzzy { self.rows_if_there(part, env)? } else { Some(self.rows(part, env)?) };
                Some(flow.map(|flow| Leg { name: own.to_string(), flow, is_empty: false }).into_iter().collect())
            }
            _ if is_fuzzy => Some(self.rows_if_there(part, env)?.map(Leg::unnamed).into_iter().collect()),
            _ => Some(vec![Leg::unnamed(self.rows(part, env)?)]),
        }
    }

    /// A leg of a fuzzy union: nothing, and a warning, where all that is wrong with it is that a table is not there.
    fn rows_if_there(&mut self, part: &'q Expr, env: Env) -> Option<Option<Flow>> {
        let (told, read) = (self.diagnostics.len(), self.tables_read.len());
        let (bounds, fields, limits) = (self.bounds.len(), self.raw_fields.len(), self.limits.len());
        if let Some(flow) = self.rows(part, env) {
            return Some(Some(flow));
        }
        let new = self.diagnostics.get(told..).unwrap_or_default();
        let errors: Vec<&Diagnostic> = new.iter().filter(|diagnostic| diagnostic.is_error()).collect();
        let skipped = errors.iter().map(|error| messages::skipped_leg(error)).collect::<Vec<_>>();
        if errors.is_empty() || !errors.into_iter().all(messages::is_unknown_table) {
            return None;
        }
        self.diagnostics.truncate(told);
        self.tables_read.truncate(read);
        self.bounds.truncate(bounds);
        self.raw_fields.truncate(fields);
        self.limits.truncate(limits);
        skipped.into_iter().for_each(|warning| self.warn(warning));
        Some(None)
    }

    /// These tables, and of open ones the fields that are wanted.
    pub(super) fn tables_named(&mut self, names: Vec<String>, wanted: &[String], span: Span) -> Option<Vec<Leg>> {
        let mut legs = Vec::new();
        for name in names {
            if let Some(table) = self.tables.table(&name, wanted) {
                let is_empty = self.tables.is_empty(&name);
                legs.push(Leg { name, flow: self.scan(&table, span)?, is_empty });
            }
        }
        Some(legs)
    }

    /// Each leg with its name in a first column.
    pub(super) fn with_source(&mut self, legs: Vec<Leg>, column: &str, unnamed: &str, span: Span) -> Option<Vec<Leg>> {
        let mut named = Vec::with_capacity(legs.len());
        for (index, Leg { name, flow, is_empty }) in legs.into_iter().enumerate() {
            let source = match &flow.alias {
                Some(alias) => alias.clone(),
                None if name.is_empty() => format!("{unnamed}{index}"),
                None => name.clone(),
            };
            let mut computed = vec![Computed::new(column, Type::String, datafusion_expr::lit(source))];
            let columns = flow.relation.columns.iter().filter(|present| present.name != column);
            computed.extend(columns.map(|present| Computed::new(&present.name, present.kind, present.expr())));
            let relation = self.planned(flow.relation.clone().project(computed), span)?;
            named.push(Leg { name, flow: Flow { relation, ..flow }, is_empty });
        }
        Some(named)
    }
}

/// One table of a union.
pub(super) struct Leg {
    pub name: String,
    pub flow: Flow,
    /// It is known to have no rows.
    pub is_empty: bool,
}

impl Leg {
    pub(super) fn unnamed(flow: Flow) -> Self {
        Leg { name: String::new(), flow, is_empty: false }
    }
}

/// A column of the union, and the input column that it is made of.
struct Merged {
    name: String,
    from: Column,
}

/// Columns that every leg has, by name and type.
fn common(flows: &[Flow]) -> Vec<Merged> {
    let Some((first, rest)) = flows.split_first() else {
        return Vec::new();
    };
    let shared =
        first.relation.columns.iter().filter(|column| rest.iter().all(|flow| flow.relation.columns.contains(column)));
    shared.map(|column| Merged { name: column.name.clone(), from: column.clone() }).collect()
}

/// Every column in order of its name's first appearance; one name with several types becomes a column for each type.
fn all(legs: &[Leg]) -> Vec<Merged> {
    // The types of one name stand together, where the name comes first.
    let mut groups: Vec<Vec<(&Column, bool)>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for leg in legs {
        for column in &leg.flow.relation.columns {
            let place = *places.entry(&column.name).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.push((column, leg.is_empty)),
                None => groups.push(vec![(column, leg.is_empty)]),
            }
        }
    }
    let groups: Vec<Vec<&Column>> = groups.into_iter().map(types).collect();
    let plain = groups.iter().filter(|group| group.len() == 1).flatten().map(|column| column.name.clone());
    let mut names = Names::of(plain);
    let merged = groups.iter().flat_map(|group| group.iter().map(|column| (group.len() > 1, column)));
    let merged = merged.map(|(is_split, column)| {
        let name = match is_split {
            true => names.free(&format!("{}_{}", column.name, column.kind.name())),
            false => column.name.clone(),
        };
        Merged { name, from: (*column).clone() }
    });
    merged.collect()
}

/// The types that columns of one name come to, each with whether its table is empty. An empty table splits no name of tables
/// that have rows; among empty ones the first two decide.
fn types(found: Vec<(&Column, bool)>) -> Vec<&Column> {
    let filled: Vec<&Column> = found.iter().filter(|(_, is_empty)| !is_empty).map(|(column, _)| *column).collect();
    let counted = match (filled.is_empty(), found.as_slice()) {
        (false, _) => filled,
        (true, [(first, _), (second, _), ..]) if first == second => vec![*first],
        (true, _) => found.into_iter().map(|(column, _)| column).collect(),
    };
    let mut types: Vec<&Column> = Vec::new();
    for column in counted {
        if !types.contains(&column) {
            types.push(column);
        }
    }
    types
}

fn aligned(relation: Relation, columns: &[Merged]) -> datafusion_common::Result<Relation> {
    let computed = columns.iter().map(|merged| {
        let expr = match relation.columns.iter().find(|column| **column == merged.from) {
            Some(column) => column.expr(),
            None => crate::relation::null(merged.from.kind),
        };
        Computed::new(&merged.name, merged.from.kind, expr)
    });
    let computed = computed.collect();
    relation.project(computed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_table_splits_no_name() {
        let (text, long) = (Column::new("a", Type::String), Column::new("a", Type::Long));
        assert_eq!(types(vec![(&text, true), (&long, false)]), vec![&long]);
        assert_eq!(types(vec![(&text, false), (&long, false)]), vec![&text, &long]);
        assert_eq!(types(vec![(&text, true), (&text, true), (&long, true)]), vec![&text]);
        assert_eq!(types(vec![(&text, true), (&long, true)]), vec![&text, &long]);
    }
}
