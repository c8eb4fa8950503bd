//! Sources: tables by name, lets, calls that give rows, literal rows.

mod external;
mod literal_rows;
mod parser;
mod pattern;

pub(super) use external::WATCHLIST;
pub(super) use literal_rows::{literal_rows, one_row};

use syntax::Span;
use syntax::kql::tree::{Expr, ExprKind, LetValue, Source, Step};
use syntax::nearest::nearest;

use super::binder::Binder;
use super::flow::{Flow, TimeColumn};
use super::messages;
use super::pipeline::REFUSED;
use super::scope::{Env, Meaning, Scope};
use crate::relation::Relation;
use crate::tables::Table;
use crate::trace::Kind;

/// What names the tables of another place.
const ELSEWHERE: &[&str] = &["workspace", "app", "cluster", "database", "adx", "arg", "resource"];

impl<'q> Binder<'q, '_> {
    pub(super) fn source(&mut self, source: &'q Source, span: Span, env: Env) -> Option<Flow> {
        match source {
            Source::Expr(expr) => self.rows(expr, env),
            Source::Union(union) => self.union(union, None, env, span),
            Source::Print(items) => self.print(items, env, span).map(Flow::serialized),
            Source::Range { column, from, to, step } => {
                self.range(column, [from, to, step], env, span).map(Flow::serialized)
            }
            Source::Datatable { columns, values } => self.datatable(columns, values, env, span),
            Source::ExternalData(external) => self.external_data(external, env),
            Source::Search(search) => self.search(search, None, env, span),
            Source::Find(find) => self.find(find, env, span),
            Source::Evaluate(evaluate) => self.refuse_source(evaluate.span, "evaluate"),
            Source::Other(name) => self.refuse_source(name.span, &name.text),
        }
    }

    fn refuse_source(&mut self, span: Span, name: &str) -> Option<Flow> {
        let what = format!("the source '{name}'");
        self.refuse(match REFUSED.iter().find(|(known, _)| *known == name) {
            Some((_, why)) => messages::refused(span, &what, why),
            None => messages::not_supported(span, &what),
        })
    }

    /// An expression that gives rows.
    pub(super) fn rows(&mut self, expr: &'q Expr, env: Env) -> Option<Flow> {
        self.count_source(expr.span)?;
        if let Some(flow) = self.pattern_rows(expr, env) {
            return flow;
        }
        match &expr.kind {
            ExprKind::Pipeline(pipeline) => self.pipeline(pipeline, env),
            ExprKind::Name(name) => self.named_rows(name, expr.span, env),
            ExprKind::Call { name, args } => {
                if let Some(flow) = self.own_table(name, args, expr.span, env) {
                    return flow;
                }
                if let Some(flow) = self.service_rows(name, args, expr.span, env) {
                    return flow;
                }
                match (name.text.as_str(), args.as_slice()) {
                    ("materialize" | "view", [arg]) => self.nested(expr.span, |binder| binder.rows(&arg.value, env)),
                    ("table", [arg, ..]) => {
                        let value = self.scalar(&arg.value, &Scope::constant(env))?;
                        match value.literal_text() {
                            Some(name) => self.named_rows(name, arg.value.span, env),
                            None => self.refuse(messages::not_constant(arg.value.span, "the table's name")),
                        }
                    }
                    _ => self.parser(name, args, expr.span, env),
                }
            }
            ExprKind::Access { base, steps } if matches!(base.kind, ExprKind::Call { .. }) => {
                self.rows_elsewhere(base, steps, expr.span, env)
            }
            ExprKind::Missing => None,
            _ => self.refuse(messages::scalar_where_rows(expr.span)),
        }
    }

    /// `workspace('a').T`: there is one evidence, so its table T. Where a query names the tables of several workspaces together,
    /// the first has the rows: read twice they would be events that never happened.
    fn rows_elsewhere(&mut self, base: &'q Expr, steps: &'q [Step], span: Span, env: Env) -> Option<Flow> {
        let (ExprKind::Call { name, args }, Some(Step::Member(table))) = (&base.kind, steps.last()) else {
            return self.refuse(messages::scalar_where_rows(span));
        };
        if !ELSEWHERE.contains(&name.text.as_str()) {
            return self.refuse(messages::scalar_where_rows(span));
        }
        let databases = steps.iter().filter_map(|step| match step {
            Step::Call { args, .. } => Some(args),
            _ => None,
        });
        let mut place = name.text.clone();
        for arg in std::iter::once(args).chain(databases).flatten() {
            let value = self.scalar(&arg.value, &Scope::constant(env))?;
            place.push('/');
            place.push_str(value.literal_text().unwrap_or_default());
        }
        let flow = self.named_rows(&table.text, table.span, None)?;
        let first = match self.places.iter().find(|(known, _)| *known == table.text) {
            Some((_, first)) => first.clone(),
            None => {
                self.places.push((table.text.clone(), place.clone()));
                place.clone()
            }
        };
        self.warn(messages::read_from_evidence(span, &table.text, first == place));
        if first == place {
            return Some(flow);
        }
        let relation = self.planned(flow.relation.filter(datafusion_expr::lit(false)), span)?;
        Some(Flow { relation, ..flow })
    }

    pub(super) fn named_rows(&mut self, name: &str, span: Span, env: Env) -> Option<Flow> {
        match self.lets.find(name, env) {
            Some((Meaning::Tree(LetValue::Value(pipeline)), env)) => self.pipeline(pipeline, env),
            Some((Meaning::Rows(flow), _)) => Some(*flow),
            Some((Meaning::Argument(expr, env), _)) => self.nested(span, |binder| binder.rows(expr, env)),
            Some((Meaning::Tree(LetValue::Function(function)), env)) if function.parameters.is_empty() => {
                let env = self.add_lets(&function.lets, env);
                self.pipeline(function.body.as_ref()?, env)
            }
            Some(_) => self.refuse(messages::scalar_where_rows(span)),
            None => self.table(name, span, env),
        }
    }

    fn table(&mut self, name: &str, span: Span, env: Env) -> Option<Flow> {
        let Some(table) = self.tables.table(name, &self.wanted) else {
            let mut names = self.tables.hints();
            names.extend(self.lets.names(env).into_iter().map(str::to_string));
            let near = nearest(name, names.iter().map(String::as_str));
            return self.refuse(messages::unknown_table(span, name, near));
        };
        self.scan(&table, span)
    }

    pub(super) fn scan(&mut self, table: &Table, span: Span) -> Option<Flow> {
        if !self.tables_read.contains(&table.name) {
            self.tables_read.push(table.name.clone());
        }
        for column in table.columns.iter().filter(|column| column.is_raw) {
            if self.raw_fields.iter().all(|(name, _)| *name != column.name) {
                self.raw_fields.push((column.name.clone(), span));
            }
        }
        let relation = self.planned(Relation::scan(table, self.options.origins), span)?;
        let time = table.time.as_ref().map(|column| TimeColumn { table: table.name.clone(), column: column.clone() });
        let flow = Flow { table: Some(table.name.clone()), time, ..Flow::new(relation) };
        self.step(span, Kind::Table(table.name.clone()), None, &flow);
        Some(flow)
    }
}
