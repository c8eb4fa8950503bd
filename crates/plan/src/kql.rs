//! Binding KQL: names resolved against tables and lets, types checked, operators built from the shared algebra.

mod aggregate;
mod binder;
mod bound;
mod column_name;
mod declaration;
mod expression;
mod flow;
mod function;
mod known;
pub mod mapping;
mod messages;
mod operator;
mod pipeline;
pub mod reference;
mod scope;
pub mod signature;
mod source;
mod survey;
mod trace;
mod value;

use syntax::Source;
use syntax::kql::tree::Query;

use crate::binding::{Bound, Options, Output};
use crate::relation::Computed;
use crate::tables::Tables;
use binder::Binder;
use flow::Flow;
use functions::Type;
use value::Value;

/// Binds a parsed query. The caller reports the parser's diagnostics; a query that had errors is not to be bound.
pub fn bind(_: &Source, query: &Query, tables: &dyn Tables, options: &Options<'_>) -> Bound {
    let survey = survey::survey(query);
    let mut binder = Binder::new(tables, options);
    binder.may_lift = survey.may_lift;
    binder.keeps_order = survey.keeps_order;
    binder.wanted = survey.wanted;
    binder.listed = survey.listed;
    let output = binder.query(query);
    let failed = binder.diagnostics.iter().any(syntax::Diagnostic::is_error);
    Bound { output: if failed { None } else { output }, diagnostics: binder.diagnostics }
}

impl<'q> Binder<'q, '_> {
    fn query(&mut self, query: &'q Query) -> Option<Output> {
        let env = self.declarations(&query.declarations, None)?;
        let env = self.add_lets(&query.lets, env);
        let body = query.body.as_ref()?;
        let flow = self.pipeline(body, env)?;
        let flow = Flow { relation: self.planned(flow.relation.clone().unordered(), body.span)?, ..flow };
        let time_column = flow.time.as_ref().map(|time| time.column.clone());
        let mended = flow.relation.columns.iter().map(|column| {
            let value = Value::new(column.expr(), column.kind);
            let is_nullable =
                flow.relation.schema().field_with_unqualified_name(&column.name).is_ok_and(|field| field.is_nullable());
            let value = if column.kind == Type::String && is_nullable { value.or_empty() } else { value };
            Computed::new(&column.name, column.kind, value.expr)
        });
        let mended: Vec<Computed> = mended.collect();
        let relation = self.planned(flow.relation.project(mended), body.span)?;
        Some(Output {
            plan: relation.plan,
            columns: relation.columns.into(),
            bounds: std::mem::take(&mut self.bounds),
            may_lift: self.may_lift,
            tables: std::mem::take(&mut self.tables_read),
            raw_fields: std::mem::take(&mut self.raw_fields),
            time_column,
            stepwise: Vec::new(),
            limits: std::mem::take(&mut self.limits),
            conditions: std::mem::take(&mut self.conditions),
            inner: Vec::new(),
            holds_without: Vec::new(),
            steps: std::mem::take(&mut self.steps),
        })
    }
}

#[cfg(test)]
mod tests;
