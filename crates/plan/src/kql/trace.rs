//! The trace of a KQL query.

use datafusion_expr::LogicalPlan;
use syntax::Span;
use syntax::kql::tree::{Expr, ExprKind, Json, LetValue, Literal, OperatorKind, Source};

use super::binder::Binder;
use super::expression::Null;
use super::flow::Flow;
use super::scope::{Env, Meaning, Scope};
use super::survey::names;
use crate::trace::{Clause, Kind, Operand, STEPS, Side, Step};

/// How deep literals are looked for in lets of lets.
const MAX_LETS: usize = 50;

impl<'q> Binder<'q, '_> {
    /// Records a step, where that is asked for.
    pub(super) fn step(&mut self, span: Span, kind: Kind, input: Option<&LogicalPlan>, behind: &Flow) {
        if self.options.trace && self.steps.len() < STEPS && !behind.relation.is_apart() {
            let output = behind.relation.plan.clone();
            let depth = self.pipelines.saturating_sub(1);
            self.steps.push(Step { span, kind, input: input.cloned(), output, depth });
        }
    }

    /// No column of this pipeline is known to be computed.
    pub(super) fn forget_columns(&mut self) {
        let depth = self.pipelines;
        self.computed.retain(|(known, ..)| *known < depth);
    }

    /// Notes the columns that an operator computes, and forgets those that are something else behind it.
    pub(super) fn trace_columns(&mut self, operator: &'q OperatorKind) {
        if !self.options.trace {
            return;
        }
        let depth = self.pipelines;
        match operator {
            OperatorKind::Extend(items) | OperatorKind::Project(items) => {
                let new: Vec<&str> = items.iter().filter_map(|item| Some(item.name.as_ref()?.text.as_str())).collect();
                let reads_new = |expr: &Expr| names(expr).iter().any(|name| new.contains(name));
                self.computed.retain(|(known, name, expr)| *known != depth || !new.contains(name) && !reads_new(expr));
                for item in items.iter().filter(|item| item.more_names.is_empty() && !reads_new(&item.value)) {
                    self.computed.extend(item.name.as_ref().map(|name| (depth, name.text.as_str(), &item.value)));
                }
            }
            OperatorKind::Where(_)
            | OperatorKind::Sort(_)
            | OperatorKind::Take(_)
            | OperatorKind::Top { .. }
            | OperatorKind::ProjectAway(_)
            | OperatorKind::ProjectKeep(_)
            | OperatorKind::ProjectReorder(_) => {}
            _ => self.forget_columns(),
        }
    }

    /// The condition that a column is, where all that it reads is still there.
    fn computed_condition(&self, name: &str, scope: &Scope<'_>) -> Option<&'q Expr> {
        let found = self.computed.iter().rfind(|(depth, known, _)| *depth == self.pipelines && *known == name);
        let (_, _, expr) = found?;
        let is_condition = matches!(
            &expr.kind,
            ExprKind::And(_)
                | ExprKind::Or(_)
                | ExprKind::Compare { .. }
                | ExprKind::Text { .. }
                | ExprKind::In { .. }
                | ExprKind::Between { .. }
                | ExprKind::Name(_)
        ) || matches!(&expr.kind, ExprKind::Call { name, .. } if name.text == "not");
        let is_there = |name: &&str| scope.column(name).is_some() || self.lets.find(name, scope.env).is_some();
        (is_condition && names(expr).iter().all(is_there)).then_some(*expr)
    }

    /// A condition as it is written; its parts were bound before, so that what is wrong with them has been said.
    pub(super) fn clause(&mut self, expr: &'q Expr, scope: &Scope<'_>) -> Option<Clause> {
        let each = |binder: &mut Self, parts: &'q [Expr]| -> Option<Vec<Clause>> {
            parts.iter().map(|part| binder.clause(part, scope)).collect()
        };
        Some(match &expr.kind {
            ExprKind::And(parts) => Clause::All(each(self, parts)?),
            ExprKind::Or(parts) => Clause::Any(each(self, parts)?),
            ExprKind::Call { name, args } if name.text == "not" && args.len() == 1 => {
                Clause::Not(Box::new(self.clause(&args.first()?.value, scope)?))
            }
            ExprKind::Name(name) if self.computed_condition(name, scope).is_some() => {
                let computed = self.computed_condition(name, scope)?;
                self.clause(computed, scope)?
            }
            _ => Clause::Operand(Box::new(self.operand(expr, scope)?)),
        })
    }

    fn operand(&mut self, expr: &'q Expr, scope: &Scope<'_>) -> Option<Operand> {
        let value = self.truth(expr, scope, Null::Exact)?;
        let holds = self.boolean(value, expr)?;
        let mut sides = Vec::new();
        for side in sides_of(expr) {
            // A list of rows is no value.
            let is_rows = matches!(&side.kind, ExprKind::Pipeline(_));
            // The condition has been bound as a whole: what is none by itself, such as rows by their name, is no fault.
            let said = self.diagnostics.len();
            let value = if is_rows { None } else { self.scalar(side, scope) };
            match value {
                Some(value) => sides.push(Side { span: side.span, value: value.expr, kind: value.kind }),
                None => self.diagnostics.truncate(said),
            }
        }
        let mut literals = Vec::new();
        self.literals(expr, scope.env, 0, &mut literals);
        Some(Operand { span: expr.span, holds, sides, label: None, literals })
    }

    fn literals(&self, expr: &'q Expr, env: Env, depth: usize, into: &mut Vec<(String, Span)>) {
        match &expr.kind {
            ExprKind::Literal(Literal::Text(text)) => into.push((text.clone(), expr.span)),
            ExprKind::Dynamic(json) => texts(json, expr.span, into),
            ExprKind::Name(name) if depth < MAX_LETS => {
                if let Some((Meaning::Tree(LetValue::Value(pipeline)), env)) = self.lets.find(name, env)
                    && let (Source::Expr(value), []) = (&pipeline.source, pipeline.operators.as_slice())
                {
                    self.literals(value, env, depth + 1, into);
                }
            }
            ExprKind::Call { args, .. } => {
                args.iter().for_each(|arg| self.literals(&arg.value, env, depth, into));
            }
            ExprKind::Name(_) | ExprKind::Access { .. } => {}
            _ => sides_of(expr).into_iter().for_each(|side| self.literals(side, env, depth, into)),
        }
    }
}

/// What a test looks at, and what it is held against.
fn sides_of(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Compare { left, right, .. } => vec![&**left, &**right],
        ExprKind::Text { left, right, .. } => std::iter::once(&**left).chain(right).collect(),
        ExprKind::In { left, list, .. } => std::iter::once(&**left).chain(list).collect(),
        ExprKind::Between { value, low, high, .. } => vec![&**value, &**low, &**high],
        ExprKind::Call { args, .. } => args.iter().map(|arg| &arg.value).collect(),
        ExprKind::Name(_) | ExprKind::Access { .. } => vec![expr],
        _ => Vec::new(),
    }
}

/// The texts of a dynamic; they have no places of their own.
fn texts(json: &Json, span: Span, into: &mut Vec<(String, Span)>) {
    match json {
        Json::Value(Literal::Text(text)) => into.push((text.clone(), span)),
        Json::Value(_) => {}
        Json::Array(items) => items.iter().for_each(|item| texts(item, span, into)),
        Json::Object(members) => members.iter().for_each(|(_, member)| texts(member, span, into)),
    }
}
