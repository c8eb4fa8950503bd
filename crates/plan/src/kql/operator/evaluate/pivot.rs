//! `pivot`: a column for each value of a column, and an aggregate of its rows in it.

use functions::Type;
use functions::aggregate as engine;
use functions::aggregate::collect::{self, Collect};
use functions::predicate::{Match, Shape};
use syntax::kql::tree::{Evaluate, ExprKind};

use super::{COLUMNS, Made};
use crate::kql::aggregate::Gathered;
use crate::kql::binder::Binder;
use crate::kql::column_name::Names;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};
use crate::kql::value::Value;
use crate::relation::{Column, Computed, field};

impl<'q> Binder<'q, '_> {
    pub(super) fn pivot(&mut self, tree: &'q Evaluate, schema: Option<Made>, flow: Flow, env: Env) -> Option<Flow> {
        let span = tree.span;
        let Some((by, rest)) = tree.args.split_first() else {
            return self.refuse(messages::argument_count(tree.plugin.span, "pivot", "at least 1 argument", 0));
        };
        let ExprKind::Name(by_name) = &by.value.kind else {
            return self.refuse(messages::column_expected(by.value.span));
        };
        let value = self.scalar(&by.value, &flow.scope(env))?.cast(Type::String).or_empty();
        let (aggregate, further) = match rest.split_first() {
            Some((aggregate, further)) if matches!(aggregate.value.kind, ExprKind::Call { .. }) => {
                (Some(aggregate), further)
            }
            _ => (None, rest),
        };
        let mut keys: Vec<Column> = Vec::new();
        for arg in further {
            let ExprKind::Name(name) = &arg.value.kind else {
                return self.refuse(messages::column_expected(arg.value.span));
            };
            let key = self.scalar(&arg.value, &flow.scope(env))?;
            if flow.relation.column(name).is_some() {
                keys.push(Column::new(name, key.kind));
            }
        }
        if further.is_empty() {
            let read = aggregate.map(|arg| crate::kql::survey::names(&arg.value)).unwrap_or_default();
            let others = flow.relation.columns.iter();
            keys = others
                .filter(|column| column.name != *by_name && !read.contains(column.name.as_str()))
                .cloned()
                .collect();
        }
        let is_known = schema.is_some();
        let schema = schema.map(|schema| schema.with(&keys));
        let values = match &schema {
            Some(schema) => {
                let is_key = |column: &&Column| keys.iter().any(|key| key.name == column.name);
                schema.iter().filter(|column| !is_key(column)).map(|column| column.name.clone()).collect()
            }
            None => self.pivot_values(&value, &flow, tree)?,
        };
        if values.len() > COLUMNS {
            return self.refuse(messages::too_many_columns(span, values.len(), COLUMNS));
        }

        let mut names = Names::of(keys.iter().map(|key| key.name.clone()));
        let table = flow.table.clone();
        let relation = flow.relation.clone();
        self.gathered = Some(Gathered { flow, found: Vec::new() });
        let mut cells = Vec::with_capacity(values.len());
        for text in &values {
            let before = self.gathered.as_ref().map_or(0, |gathered| gathered.found.len());
            let cell = match aggregate {
                Some(arg) => self.scalar(&arg.value, &Scope::constant(env)),
                None => self.gathered.as_mut().map(Gathered::count_of_rows),
            };
            let of_value = Match::kql(Shape::Equals).case_sensitive(true).literal(value.expr.clone(), [text.as_str()]);
            if let Some(gathered) = &mut self.gathered {
                for found in gathered.found.iter_mut().skip(before) {
                    found.expr = engine::filtered(found.expr.clone(), of_value.clone());
                }
            }
            cells.push(cell.map(|cell| Computed::new(names.free(text), cell.kind, cell.expr)));
        }
        let found = self.gathered.take().map(|gathered| gathered.found).unwrap_or_default();
        let cells: Vec<Computed> = cells.into_iter().collect::<Option<_>>()?;
        let grouped = keys.iter().map(|key| {
            let value = Value::new(key.expr(), key.kind).or_empty();
            Computed::new(&key.name, key.kind, value.expr)
        });
        let grouped = self.planned(relation.aggregate(grouped.collect(), found), span)?;
        let mut columns: Vec<Computed> =
            keys.iter().map(|key| Computed::new(&key.name, key.kind, field(&key.name))).collect();
        columns.extend(cells);
        if let Some(schema) = schema {
            columns = schema
                .iter()
                .filter_map(|wanted| {
                    let made = columns.iter().find(|made| made.name == wanted.name)?;
                    let value = Value::new(made.expr.clone(), made.kind).cast(wanted.kind);
                    Some(Computed::new(&wanted.name, wanted.kind, value.expr))
                })
                .collect();
        }
        let relation = self.planned(grouped.project(columns), span)?;
        Some(Flow { table, is_unpacked: !is_known, ..Flow::new(relation) })
    }

    /// The values that the data has, in order.
    fn pivot_values(&mut self, value: &Value, flow: &Flow, tree: &Evaluate) -> Option<Vec<String>> {
        let json = value.clone().cast(Type::Dynamic).expr;
        let texts =
            self.planned(flow.relation.clone().project(vec![Computed::new("json", Type::Dynamic, json)]), tree.span)?;
        let set = collect::collect(Collect::Set, field("json"), COLUMNS + 1);
        let set = texts.aggregate(Vec::new(), vec![Computed::new("set", Type::Dynamic, set)]);
        let set = self.planned(set, tree.span)?;
        let Some(text) = self.asked(set, tree.span)? else {
            return self.refuse(messages::columns_unknown(tree.span, "pivot"));
        };
        let mut values: Vec<String> = serde_json::from_str(&text).unwrap_or_default();
        values.sort();
        Some(values)
    }
}
