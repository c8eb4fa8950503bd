//! `scan`: rows in order, matched against the steps of a state machine.

use datafusion_expr::{Expr, SortExpr, lit};
use functions::Type;
use functions::scalar::{array, dynamic};
use functions::scan::{Declared, Output, Scan, Step, seen_by};
use functions::serial::Serial;
use syntax::Span;
use syntax::kql::tree::{Parameter, ParameterKind, Scan as Tree, ScanOutput, ScanStep};

use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::function::fits;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};
use crate::kql::value::Value;
use crate::relation::{Column, Computed, field};

/// The hidden column that holds what a row comes to.
const FOUND: &str = "\u{1}scanned";
/// The hidden columns of a partition: its value, and the place of a row among all.
const PART: &str = "\u{1}scanned part";
const PLACE: &str = "\u{1}scanned place";
/// How many columns steps may remember together.
const REMEMBERED: usize = 20_000;

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn scan_rows(&mut self, tree: &'q Tree, flow: Flow, env: Env, span: Span) -> Option<Flow> {
        if let Some(full) = tree.full {
            return self.refuse(messages::not_supported(full, "a scan of kind full"));
        }
        let flow = self.scan_order(tree, flow, env, span)?;
        let (run, flow) = self.scan_parts(tree, flow, env, span)?;
        let declared = self.declared_columns(&tree.declared, env)?;
        let is_own = |column: &&Column| column.name != PART;
        let own: Vec<Column> = flow.relation.columns.iter().filter(is_own).cloned().collect();
        let mut all: Vec<Column> = own.clone();
        all.extend(declared.iter().map(|(column, _)| column.clone()));
        if all.len().saturating_mul(tree.steps.len()) > REMEMBERED {
            return self.refuse(messages::too_wide(span, tree.steps.len(), all.len()));
        }
        let seen = tree.steps.iter().flat_map(|step| {
            let seen = |column: &Column| Column::new(seen_by(&step.name.text, &column.name), column.kind);
            all.iter().map(seen).collect::<Vec<_>>()
        });
        let mut readable = all.clone();
        readable.extend(seen.collect::<Vec<_>>());
        let scope = Scope { columns: &readable, ..flow.scope(env) };
        let steps: Vec<Option<Step>> = tree.steps.iter().map(|step| self.scan_step(step, &declared, &scope)).collect();
        let steps = steps.into_iter().collect::<Option<Vec<_>>>()?;

        // What no step reads need not be held for them.
        let own: Vec<Column> = own.into_iter().filter(|column| is_read(&column.name, &steps)).collect();
        let scan = Scan {
            columns: own.iter().map(|column| (column.name.clone(), column.kind.arrow())).collect(),
            declared: declared
                .iter()
                .map(|(column, default)| Declared {
                    name: column.name.clone(),
                    kind: column.kind.arrow(),
                    default: default.expr.clone(),
                    json: Value::new(column.expr(), column.kind).or_empty().cast(Type::Dynamic).expr,
                })
                .collect(),
            steps,
        };
        let args = own.iter().map(Column::expr).collect();
        let found = Computed::new(FOUND, Type::Dynamic, scan.call(run, args));
        let scanned = self.planned(flow.relation.clone().serial(vec![found]), span)?;
        let lists = vec![Computed::new(FOUND, Type::Dynamic, field(FOUND))];
        let rows = self.planned(scanned.expand(lists), span)?;
        let part = |path: Vec<Expr>| Value::new(dynamic::get(field(FOUND), path), Type::Dynamic);
        let mut made: Vec<Computed> = Vec::new();
        for (at, (column, _)) in declared.iter().enumerate() {
            let value = part(vec![lit("v"), lit(at as i64)]).cast(column.kind);
            made.push(Computed::new(&column.name, column.kind, value.expr));
        }
        if let Some(id) = &tree.match_id {
            let value = part(vec![lit("id")]).cast(Type::Long);
            made.push(Computed::new(&id.text, Type::Long, value.expr));
        }
        let relation = self.planned(rows.extend(made), span)?;
        let is_shown = |column: &&Column| column.name != FOUND && column.name != PART;
        let shown = relation.columns.iter().filter(is_shown).cloned().collect();
        self.keep(shown, Flow { relation, time: None, ..flow }, span)
    }

    fn scan_order(&mut self, tree: &'q Tree, flow: Flow, env: Env, span: Span) -> Option<Flow> {
        if tree.order_by.is_empty() { Some(flow) } else { self.sort(&tree.order_by, flow, env, span) }
    }

    /// What tells rows apart that are scanned each for themselves, and the rows of each of them together.
    fn scan_parts(&mut self, tree: &'q Tree, flow: Flow, env: Env, span: Span) -> Option<(Expr, Flow)> {
        if tree.partition_by.is_empty() {
            return Some((flow.relation.run(), flow));
        }
        if flow.relation.is_apart() {
            return self.refuse(messages::not_supported(span, "a partitioned scan over the rows of each part"));
        }
        let scope = flow.scope(env);
        let keys: Vec<Option<Expr>> = tree
            .partition_by
            .iter()
            .map(|key| Some(self.scalar(key, &scope)?.or_empty().cast(Type::Dynamic).expr))
            .collect();
        let key = array::pack(keys.into_iter().collect::<Option<_>>()?);
        let number = Serial::Number.call(lit(0_i64), vec![lit(0_i64)], Type::Long.arrow());
        let numbered = vec![Computed::new(PLACE, Type::Long, number)];
        let numbered = self.planned(flow.relation.clone().serial(numbered), span)?;
        let keyed = self.planned(numbered.extend(vec![Computed::new(PART, Type::Dynamic, key)]), span)?;
        let by = [PART, PLACE].map(|name| SortExpr::new(field(name), true, true));
        let sorted = self.planned(keyed.sort_for_good(by.to_vec()), span)?;
        let shown = sorted.columns.iter().filter(|column| column.name != PLACE).cloned().collect();
        let flow = self.keep(shown, Flow { relation: sorted, ..flow }, span)?;
        Some((field(PART), flow))
    }

    fn declared_columns(&mut self, declared: &'q [Parameter], env: Env) -> Option<Vec<(Column, Value)>> {
        let mut columns = Vec::with_capacity(declared.len());
        for parameter in declared {
            let kind = match &parameter.kind {
                ParameterKind::Scalar(kind) => Type::from_name(&kind.text),
                ParameterKind::Table(_) => None,
            };
            let Some(kind) = kind else {
                return self.refuse(messages::bad_literal(parameter.name.span, "type", &parameter.name.text));
            };
            let default = match &parameter.default {
                Some(default) => {
                    let value = self.scalar(default, &Scope::constant(env))?;
                    self.checked_assignment(value, kind, default.span)?
                }
                None => Value::null(kind),
            };
            columns.push((Column::new(&parameter.name.text, kind), default));
        }
        Some(columns)
    }

    /// A value as one of the declared type: numbers are converted, a text has whatever prints, and what only would be null is an
    /// error.
    fn checked_assignment(&mut self, value: Value, kind: Type, span: Span) -> Option<Value> {
        if kind != Type::String && !fits(value.kind, kind) {
            return self.refuse(messages::not_assignable(span, kind, value.kind));
        }
        Some(value.or_empty().cast(kind))
    }

    fn scan_step(&mut self, tree: &'q ScanStep, declared: &[(Column, Value)], scope: &Scope<'_>) -> Option<Step> {
        let condition = self.condition(&tree.condition, scope);
        let mut assignments = Vec::with_capacity(tree.assignments.len());
        for item in &tree.assignments {
            let Some(name) = &item.name else {
                return self.refuse(messages::column_expected(item.value.span));
            };
            let value = self.scalar(&item.value, scope)?;
            let Some(at) = declared.iter().position(|(column, _)| column.name == name.text) else {
                let known: Vec<&str> = declared.iter().map(|(column, _)| column.name.as_str()).collect();
                return self.refuse(messages::unknown_name(name.span, &name.text, &known, &[]));
            };
            let kind = declared.get(at).map_or(value.kind, |(column, _)| column.kind);
            assignments.push((at, self.checked_assignment(value, kind, item.value.span)?.expr));
        }
        let output = match tree.output {
            ScanOutput::All => Output::All,
            ScanOutput::Last => Output::Last,
            ScanOutput::None => Output::None,
        };
        let name = tree.name.text.clone();
        Some(Step { name, is_optional: tree.is_optional, output, condition: condition?, assignments })
    }
}

/// Whether steps read a column of the row, or what a step saw of it.
fn is_read(name: &str, steps: &[Step]) -> bool {
    let seen: Vec<String> = steps.iter().map(|step| seen_by(&step.name, name)).collect();
    let is_it = |column: &&datafusion_common::Column| column.name == name || seen.contains(&column.name);
    let reads = |expr: &datafusion_expr::Expr| expr.column_refs().iter().any(is_it);
    let assigned = |step: &Step| step.assignments.iter().any(|(_, expr)| reads(expr));
    steps.iter().any(|step| reads(&step.condition) || assigned(step))
}
