//! `extend` and the `project` family: which columns there are, and what they are called.

use std::cmp::Ordering;
use std::collections::HashSet;

use functions::Type;
use syntax::Span;
use syntax::kql::tree::{Assigned, Expr, ExprKind, NameOrder, Pattern};

use crate::kql::binder::Binder;
use crate::kql::column_name::{Names, carried, found};
use crate::kql::flow::{Flow, TimeColumn};
use crate::kql::messages;
use crate::kql::scope::{Env, Phantom};
use crate::kql::value::Value;
use crate::relation::{Column, Computed};

/// A column that was computed, with what else is known of it.
struct Made {
    computed: Computed,
    phantom: Option<Phantom>,
    /// It is this input column, unchanged.
    from: Option<String>,
}

/// Each name once, at its first place, as the last item has it.
fn last_of_each(made: Vec<Made>) -> Vec<Made> {
    let mut kept: Vec<Made> = Vec::with_capacity(made.len());
    for item in made {
        match kept.iter_mut().find(|known| known.computed.name == item.computed.name) {
            Some(known) => *known = item,
            None => kept.push(item),
        }
    }
    kept
}

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn extend(&mut self, items: &'q [Assigned], flow: Flow, env: Env, span: Span) -> Option<Flow> {
        if items.is_empty() {
            return Some(flow);
        }
        let taken = flow.relation.columns.iter().map(|column| column.name.clone());
        let mut names = Names::of(taken);
        let mut made = self.made(items, &flow, env, &mut names, true)?;
        // A column that stays what it is replaces nothing.
        made.retain(|item| item.from.as_ref() != Some(&item.computed.name));
        let made = last_of_each(made);
        let replaced: HashSet<&str> = made.iter().map(|item| item.computed.name.as_str()).collect();
        let mut phantoms: Vec<Phantom> =
            flow.phantoms.iter().filter(|phantom| !replaced.contains(phantom.name.as_str())).cloned().collect();
        let is_kept = |time: &TimeColumn| {
            let new = made.iter().find(|item| item.computed.name == time.column);
            new.is_none_or(|item| item.from.as_ref() == Some(&time.column))
        };
        let time = flow.time.clone().filter(is_kept);
        let mut computed = Vec::with_capacity(made.len());
        for item in made {
            phantoms.extend(item.phantom);
            computed.push(item.computed);
        }
        let flow = self.with_serials(flow, span)?;
        let relation = self.planned(flow.relation.extend(computed), span)?;
        self.without_serials(Flow { relation, phantoms, time, ..flow }, span)
    }

    pub(in crate::kql) fn project(&mut self, items: &'q [Assigned], flow: Flow, env: Env, span: Span) -> Option<Flow> {
        let made = self.made(items, &flow, env, &mut Names::default(), false)?;
        let kept = flow.time.as_ref().and_then(|time| {
            let new = made.iter().find(|item| item.from.as_ref() == Some(&time.column))?;
            Some(TimeColumn { table: time.table.clone(), column: new.computed.name.clone() })
        });
        let mut phantoms = Vec::new();
        let mut computed = Vec::with_capacity(made.len());
        for item in made {
            phantoms.extend(item.phantom);
            computed.push(item.computed);
        }
        let flow = self.with_serials(flow, span)?;
        let relation = self.planned(flow.relation.project(computed), span)?;
        Some(Flow { relation, phantoms, time: kept, ..flow })
    }

    /// The items, each over the input's columns alone.
    fn made(
        &mut self,
        items: &'q [Assigned],
        flow: &Flow,
        env: Env,
        names: &mut Names,
        replaces: bool,
    ) -> Option<Vec<Made>> {
        let scope = flow.scope(env);
        let mut made: Vec<Option<Made>> = Vec::with_capacity(items.len());
        let mut assigned: HashSet<&str> = HashSet::new();
        // Who asks for a name that nobody asked for before, but a value without a name got, gets the next one.
        let mut asked_for: HashSet<String> = HashSet::new();
        for item in items {
            if let Some(parts) = self.several(item, &scope) {
                let Some(parts) = parts else {
                    made.push(None);
                    continue;
                };
                for part in parts {
                    let name = match part.is_named {
                        true => {
                            names.claim(&part.name);
                            asked_for.insert(part.name.clone());
                            part.name
                        }
                        false => names.free(&part.name),
                    };
                    let computed = Computed::new(name, part.value.kind, part.value.expr);
                    made.push(Some(Made { computed, phantom: None, from: None }));
                }
                continue;
            }
            // A faulty value stands as a null from here on: the query does not run, and what else is wrong is found in the same go.
            let given = self.given_out(&item.value, &scope).or_else(|| Some((self.in_place_of(&item.value), None)));
            let name = match &item.name {
                Some(name) if replaces => {
                    if !assigned.insert(&name.text) {
                        self.warn(messages::declared_twice(name.span, &name.text));
                    }
                    names.claim(&name.text);
                    name.text.clone()
                }
                Some(name) => {
                    let is_free = names.claim(&name.text);
                    if asked_for.contains(&name.text) {
                        self.warn(messages::declared_twice(name.span, &name.text));
                    }
                    if is_free {
                        asked_for.insert(name.text.clone());
                        name.text.clone()
                    } else {
                        names.free(&name.text)
                    }
                }
                None => match found(&item.value, scope.columns).or_else(|| carried(&item.value)) {
                    Some(name) if replaces => name,
                    Some(name) if matches!(item.value.kind, ExprKind::Name(_)) && !names.claim(&name) => {
                        if asked_for.contains(&name) {
                            self.checked_repeat(&name, item.value.span);
                        }
                        names.free(&name)
                    }
                    Some(name) if matches!(item.value.kind, ExprKind::Name(_)) => {
                        asked_for.insert(name.clone());
                        name
                    }
                    Some(name) => names.free(&name),
                    None => names.next_unnamed(),
                },
            };
            let from = match &item.value.kind {
                ExprKind::Name(name) if scope.column(name).is_some() => Some(name.clone()),
                _ => None,
            };
            made.push(given.map(|(value, phantom)| Made {
                phantom: phantom.map(|phantom| Phantom { name: name.clone(), ..phantom }),
                computed: Computed::new(name, value.kind, value.expr),
                from,
            }));
        }
        made.into_iter().collect()
    }

    fn in_place_of(&self, faulty: &Expr) -> Value {
        let kind = match &faulty.kind {
            ExprKind::Name(name) => self.tables.column_elsewhere(name),
            _ => None,
        };
        Value::null(kind.unwrap_or(Type::Dynamic))
    }

    pub(in crate::kql) fn project_away(&mut self, patterns: &[Pattern], flow: Flow, span: Span) -> Option<Flow> {
        let gone = self.matching(patterns, &flow)?;
        let kept = flow.relation.columns.iter().filter(|column| !gone.contains(&column.name)).cloned().collect();
        self.keep(kept, flow, span)
    }

    pub(in crate::kql) fn project_keep(&mut self, patterns: &[Pattern], flow: Flow, span: Span) -> Option<Flow> {
        let wanted = self.matching(patterns, &flow)?;
        let kept = flow.relation.columns.iter().filter(|column| wanted.contains(&column.name)).cloned().collect();
        self.keep(kept, flow, span)
    }

    pub(in crate::kql) fn project_reorder(
        &mut self,
        patterns: &[(Pattern, Option<NameOrder>)],
        flow: Flow,
        span: Span,
    ) -> Option<Flow> {
        let mut front: Vec<Column> = Vec::new();
        for (pattern, order) in patterns {
            let found = self.matching(std::slice::from_ref(pattern), &flow)?;
            let mut columns: Vec<Column> =
                flow.relation.columns.iter().filter(|column| found.contains(&column.name)).cloned().collect();
            if let Some(order) = order {
                columns.sort_by(|a, b| {
                    let (a, b) = if order.ascending { (a, b) } else { (b, a) };
                    if order.by_numbers { by_numbers(&a.name, &b.name) } else { a.name.cmp(&b.name) }
                });
            }
            front.extend(columns.into_iter().filter(|column| !front.contains(column)).collect::<Vec<_>>());
        }
        let rest = flow.relation.columns.iter().filter(|column| !front.contains(column)).cloned().collect::<Vec<_>>();
        front.extend(rest);
        self.keep(front, flow, span)
    }

    pub(in crate::kql) fn project_rename(&mut self, items: &[Assigned], flow: Flow, span: Span) -> Option<Flow> {
        let mut renamed: Vec<(String, String)> = Vec::new();
        for item in items {
            let Some(new) = &item.name else {
                return self.refuse(messages::rename_expected(item.value.span));
            };
            let ExprKind::Name(old) = &item.value.kind else {
                return self.refuse(messages::column_expected(item.value.span));
            };
            if flow.relation.column(old).is_none() {
                let unknown = self.unknown(old, item.value.span, &flow.scope(None));
                return self.refuse(unknown);
            }
            renamed.push((old.clone(), new.text.clone()));
        }
        let new_name = |name: &str| {
            let pair = renamed.iter().find(|(old, _)| old == name);
            pair.map_or_else(|| name.to_string(), |(_, new)| new.clone())
        };
        let mut taken = HashSet::new();
        for column in &flow.relation.columns {
            let name = new_name(&column.name);
            if !taken.insert(name.clone()) {
                return self.refuse(messages::declared_twice(span, &name));
            }
        }
        let time = flow.time.clone().map(|time| TimeColumn { column: new_name(&time.column), ..time });
        let phantoms = flow.phantoms.iter().map(|phantom| Phantom { name: new_name(&phantom.name), ..phantom.clone() });
        let phantoms = phantoms.collect();
        let columns = &flow.relation.columns;
        let computed = columns.iter().map(|column| Computed::new(new_name(&column.name), column.kind, column.expr()));
        let computed = computed.collect();
        let relation = self.planned(flow.relation.project(computed), span)?;
        Some(Flow { relation, time, phantoms, ..flow })
    }

    /// The names that the patterns mean; a plain one must exist.
    fn matching(&mut self, patterns: &[Pattern], flow: &Flow) -> Option<HashSet<String>> {
        let mut found = HashSet::new();
        let mut is_whole = true;
        for pattern in patterns {
            let names = flow.relation.columns.iter().map(|column| &column.name);
            let meant: Vec<String> = names.filter(|name| pattern.matches(name)).cloned().collect();
            let is_nothing = meant.is_empty();
            found.extend(meant);
            if is_nothing && pattern.has_wildcard() {
                is_whole &= self.checked_pattern(pattern.span).is_some();
            } else if is_nothing && !flow.is_unpacked {
                let unknown = self.unknown(&pattern.text, pattern.span, &flow.scope(None));
                self.warn(unknown);
                is_whole = false;
            }
        }
        is_whole.then_some(found)
    }

    pub(in crate::kql) fn keep(&mut self, columns: Vec<Column>, flow: Flow, span: Span) -> Option<Flow> {
        let time = flow.time.clone().filter(|time| columns.iter().any(|column| column.name == time.column));
        let phantoms = flow.phantoms.iter().filter(|phantom| columns.iter().any(|column| column.name == phantom.name));
        let phantoms = phantoms.cloned().collect();
        let computed = columns.iter().map(|column| Computed::new(&column.name, column.kind, column.expr())).collect();
        let relation = self.planned(flow.relation.project(computed), span)?;
        Some(Flow { relation, time, phantoms, ..flow })
    }
}

/// The order of names in which digits in a row count as the number that they are.
fn by_numbers(a: &str, b: &str) -> Ordering {
    // Texts before numbers; a number by its length without zeros in front, then by its digits.
    let parts = |name: &str| -> Vec<(bool, usize, String)> {
        let runs = name.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
        let part = |run: &[u8]| {
            let text = String::from_utf8_lossy(run);
            match run.first().is_some_and(u8::is_ascii_digit) {
                true => {
                    let digits = text.trim_start_matches('0');
                    (true, digits.len(), digits.to_owned())
                }
                false => (false, 0, text.into_owned()),
            }
        };
        runs.map(part).collect()
    };
    parts(a).cmp(&parts(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_total_order_by_their_numbers() {
        let names = ["", "1", "02", "10", "a", "a1", "a01b", "a1b2", "a2", "a10", "a9999999999999999999999", "b", "é1"];
        for (at, one) in names.iter().enumerate() {
            for (place, other) in names.iter().enumerate() {
                assert_eq!(by_numbers(one, other), by_numbers(other, one).reverse(), "{one} {other}");
                for third in names.iter().filter(|third| by_numbers(other, third).is_le()) {
                    assert!(by_numbers(one, other).is_gt() || by_numbers(one, third).is_le(), "{one} {other} {third}");
                }
                let is_apart = at != place;
                assert!(!is_apart || by_numbers(one, other).is_ne(), "{one} {other}");
            }
        }
        assert!(by_numbers("a9999999999999999999999", "a10000000000000000000000").is_lt());
    }
}
