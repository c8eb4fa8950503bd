//! The trace of an AQL query.

use datafusion_expr::LogicalPlan;
use syntax::Span;
use syntax::aql::tree::{Expr, ExprKind};

use super::Binder;
use super::scope::Place;
use crate::relation::Relation;
use crate::trace::{Clause, Kind, Operand, STEPS, Side, Step};

impl Binder<'_> {
    /// Records a step, where that is asked for.
    pub(super) fn step(&mut self, span: Span, kind: Kind, input: Option<&LogicalPlan>, behind: &Relation) {
        if self.options.trace && self.trace.len() < STEPS {
            let output = behind.plan.clone();
            self.trace.push(Step { span, kind, input: input.cloned(), output, depth: self.depth.saturating_sub(1) });
        }
    }

    /// A condition as it is written; its parts were bound before, so that what is wrong with them has been said.
    pub(super) fn clause(&mut self, expr: &Expr, place: Place<'_, '_>) -> Option<Clause> {
        let each = |binder: &mut Self, parts: &[Expr]| -> Option<Vec<Clause>> {
            parts.iter().map(|part| binder.clause(part, place)).collect()
        };
        Some(match &expr.kind {
            ExprKind::And(parts) => Clause::All(each(self, parts)?),
            ExprKind::Or(parts) => Clause::Any(each(self, parts)?),
            ExprKind::Not(inner) => Clause::Not(Box::new(self.clause(inner, place.beneath_not(true))?)),
            _ => Clause::Operand(Box::new(self.operand(expr, place)?)),
        })
    }

    fn operand(&mut self, expr: &Expr, place: Place<'_, '_>) -> Option<Operand> {
        let holds = self.condition(expr, place, true)?;
        let mut sides = Vec::new();
        for side in sides_of(expr) {
            let value = self.value(side, place)?;
            sides.push(Side { span: side.span, value: value.expr.clone(), kind: value.kind });
        }
        let mut literals = Vec::new();
        expr.walk(&mut |inner| {
            if let ExprKind::Text(text) = &inner.kind {
                literals.push((text.clone(), inner.span));
            }
        });
        Some(Operand { span: expr.span, holds, sides, label: None, literals })
    }
}

/// What a test looks at, and what it is held against.
fn sides_of(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Compare { left, right, .. } => vec![&**left, &**right],
        ExprKind::Like { value, patterns: list, .. } | ExprKind::In { value, list, .. } => {
            std::iter::once(&**value).chain(list).collect()
        }
        ExprKind::Between { value, low, high, .. } => vec![&**value, &**low, &**high],
        ExprKind::IsNull { value, .. } | ExprKind::InSelect { value, .. } => vec![&**value],
        ExprKind::Field(_) => vec![expr],
        _ => Vec::new(),
    }
}
