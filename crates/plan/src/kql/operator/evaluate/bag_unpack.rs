//! `bag_unpack`: the properties of a bag as columns.

use std::collections::BTreeMap;

use functions::Type;
use functions::aggregate::shape;
use functions::scalar::dynamic;
use serde_json::Value as Json;
use syntax::kql::tree::Evaluate;

use super::{COLUMNS, Made};
use crate::kql::binder::Binder;
use crate::kql::expression::json_of;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};
use crate::kql::value::Value;
use crate::relation::{Column, Computed};

/// What becomes of a property that is called as a column is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Conflict {
    Error,
    Replace,
    Keep,
}

/// The arguments behind the bag.
struct Unpacking {
    prefix: String,
    conflict: Conflict,
    ignored: Vec<String>,
}

impl<'q> Binder<'q, '_> {
    pub(super) fn bag_unpack(
        &mut self,
        tree: &'q Evaluate,
        schema: Option<Made>,
        flow: Flow,
        env: Env,
    ) -> Option<Flow> {
        let Some(bag) = tree.args.first() else {
            return self.refuse(messages::argument_count(tree.plugin.span, "bag_unpack", "at least 1 argument", 0));
        };
        let value = self.scalar(&bag.value, &flow.scope(env))?;
        if value.kind != Type::Dynamic {
            return self.refuse(messages::not_dynamic(bag.value.span, value.kind));
        }
        let unpacking = self.unpacking(tree, env)?;
        let own = crate::kql::column_name::carried(&bag.value);
        let kept: Vec<Column> =
            flow.relation.columns.iter().filter(|column| Some(&column.name) != own.as_ref()).cloned().collect();
        let property = |column: &Column| {
            let name = column.name.strip_prefix(&unpacking.prefix).unwrap_or(&column.name);
            let found = dynamic::get(value.expr.clone(), vec![datafusion_expr::lit(name)]);
            Computed::new(&column.name, column.kind, Value::new(found, Type::Dynamic).cast(column.kind).expr)
        };
        if let Some(schema) = schema {
            let schema = schema.with(&kept);
            let columns = schema.iter().map(|column| match kept.iter().find(|own| own.name == column.name) {
                Some(own) if unpacking.conflict != Conflict::Replace => {
                    Computed::new(&column.name, column.kind, Value::new(own.expr(), own.kind).cast(column.kind).expr)
                }
                _ => property(column),
            });
            let columns = columns.collect();
            let relation = self.planned(flow.relation.project(columns), tree.span)?;
            return Some(Flow { table: flow.table, ..Flow::new(relation) });
        }
        let found = self.properties(&value, &unpacking, &flow, tree)?;
        // A property that is called as the bag itself takes its place.
        let in_place = |column: &Column| {
            let is_kept = kept.contains(column);
            let new = found.iter().find(|new| new.name == column.name);
            match (is_kept, new) {
                (true, _) => Some(Computed::new(&column.name, column.kind, column.expr())),
                (false, new) => new.map(property),
            }
        };
        let mut columns: Vec<Computed> = flow.relation.columns.iter().filter_map(in_place).collect();
        for column in found.iter().filter(|column| Some(&column.name) != own.as_ref()) {
            match columns.iter_mut().find(|present| present.name == column.name) {
                None => columns.push(property(column)),
                Some(present) if unpacking.conflict == Conflict::Replace => *present = property(column),
                Some(_) if unpacking.conflict == Conflict::Keep => {}
                Some(_) => return self.refuse(messages::unpacked_twice(bag.value.span, &column.name)),
            }
        }
        if columns.len() > COLUMNS + kept.len() {
            return self.refuse(messages::too_many_columns(tree.span, columns.len(), COLUMNS));
        }
        let time = flow.time.clone().filter(|time| {
            kept.iter().any(|column| column.name == time.column) && !found.iter().any(|new| new.name == time.column)
        });
        let relation = self.planned(flow.relation.project(columns), tree.span)?;
        Some(Flow { relation, time, is_unpacked: true, ..flow })
    }

    fn unpacking(&mut self, tree: &'q Evaluate, env: Env) -> Option<Unpacking> {
        let mut unpacking = Unpacking { prefix: String::new(), conflict: Conflict::Error, ignored: Vec::new() };
        for (index, arg) in tree.args.iter().enumerate().skip(1) {
            let value = self.scalar(&arg.value, &Scope::constant(env))?;
            let name = match (&arg.name, index) {
                (Some(name), _) => name.text.as_str(),
                (None, 1) => "OutputColumnPrefix",
                (None, 2) => "columnsConflict",
                (None, _) => "ignoredProperties",
            };
            match (name, value.literal_text()) {
                ("OutputColumnPrefix", Some(prefix)) => unpacking.prefix = prefix.to_owned(),
                ("columnsConflict", Some("error")) => unpacking.conflict = Conflict::Error,
                ("columnsConflict", Some("replace_source")) => unpacking.conflict = Conflict::Replace,
                ("columnsConflict", Some("keep_source")) => unpacking.conflict = Conflict::Keep,
                ("ignoredProperties", _) => {
                    if let Some(Json::Array(names)) = json_of(&value) {
                        unpacking.ignored = names.iter().filter_map(Json::as_str).map(str::to_owned).collect();
                    }
                }
                ("OutputColumnPrefix" | "columnsConflict", _) => {
                    return self.refuse(messages::bad_literal(
                        arg.value.span,
                        name,
                        value.literal_text().unwrap_or(""),
                    ));
                }
                (other, _) => {
                    const KNOWN: [&str; 3] = ["OutputColumnPrefix", "columnsConflict", "ignoredProperties"];
                    return self.refuse(messages::unknown_parameter(arg.value.span, "bag_unpack", other, KNOWN));
                }
            }
        }
        Some(unpacking)
    }

    /// The columns that the bags of the data come to.
    fn properties(
        &mut self,
        value: &Value,
        unpacking: &Unpacking,
        flow: &Flow,
        tree: &Evaluate,
    ) -> Option<Vec<Column>> {
        let bags = flow.relation.clone().project(vec![Computed::new("bag", Type::Dynamic, value.expr.clone())]);
        let bags = self.planned(bags, tree.span)?;
        let bag = crate::relation::field("bag");
        let shape = bags.aggregate(Vec::new(), vec![Computed::new("shape", Type::Dynamic, shape::shape(bag))]);
        let shape = self.planned(shape, tree.span)?;
        let Some(text) = self.asked(shape, tree.span)? else { return Some(Vec::new()) };
        let named: BTreeMap<String, String> = serde_json::from_str(&text).unwrap_or_default();
        let known = named.into_iter().filter(|(name, _)| !unpacking.ignored.contains(name));
        let column = |(name, kind): (String, String)| {
            Some(Column::new(format!("{}{name}", unpacking.prefix), Type::from_name(&kind)?))
        };
        Some(known.filter_map(column).collect())
    }
}
