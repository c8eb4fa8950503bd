//! `where`: conditions, and the lower time bounds among them.

use datafusion_expr::Operator;
use syntax::kql::tree::{Expr, ExprKind};

use crate::binding::{CONDITIONS, Condition};
use crate::chain::balanced;
use crate::kql::binder::Binder;
use crate::kql::bound::Part;
use crate::kql::flow::Flow;
use crate::kql::scope::Env;
use crate::trace::Clause;

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn where_operator(&mut self, condition: &'q Expr, flow: Flow, env: Env) -> Option<Flow> {
        let conjuncts: &[Expr] = match &condition.kind {
            ExprKind::And(operands) => operands,
            _ => std::slice::from_ref(condition),
        };
        let code = if conjuncts.len() > 1 { "KS106" } else { "KS141" };
        let mut kept = Vec::with_capacity(conjuncts.len());
        let mut clauses = Vec::new();
        let mut is_whole = true;
        for conjunct in conjuncts {
            match self.time_bound(conjunct, &flow, env) {
                Some(Part::Lifted) => clauses.push(Clause::Lifted(conjunct.span)),
                Some(Part::Keeps(expr)) => {
                    kept.push((conjunct.span, expr));
                    clauses.extend(self.traced(conjunct, &flow, env));
                }
                Some(Part::Failed) => is_whole = false,
                None => match self.condition_told(conjunct, &flow.scope(env), code) {
                    Some(expr) => {
                        kept.push((conjunct.span, expr));
                        clauses.extend(self.traced(conjunct, &flow, env));
                    }
                    None => is_whole = false,
                },
            }
        }
        if !is_whole {
            return None;
        }
        self.clause = self.options.trace.then_some(Clause::All(clauses));
        let Some(predicate) = balanced(kept.iter().map(|(_, expr)| expr.clone()).collect(), Operator::And) else {
            return Some(flow);
        };
        let flow = self.with_serials(flow, condition.span)?;
        // A hunt tells of findings: what its thousands of queries did not find it does not explain.
        if !self.options.origins && !flow.relation.is_apart() && self.conditions.len() < CONDITIONS {
            self.conditions.push(Condition { input: flow.relation.plan.clone(), parts: kept });
        }
        let relation = self.planned(flow.relation.filter(predicate), condition.span)?;
        self.without_serials(Flow { relation, ..flow }, condition.span)
    }

    fn traced(&mut self, conjunct: &'q Expr, flow: &Flow, env: Env) -> Option<Clause> {
        if !self.options.trace {
            return None;
        }
        // What stands within it was recorded when it was bound.
        let known = self.steps.len();
        let clause = self.clause(conjunct, &flow.scope(env));
        self.steps.truncate(known);
        clause
    }
}
