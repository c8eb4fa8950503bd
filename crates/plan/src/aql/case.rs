//! CASE and IF: the first branch whose condition holds. Branches of different types meet as numbers, else as texts.

use datafusion_expr::Expr as Plan;
use datafusion_expr::expr::Case;
use syntax::aql::tree::{CompareOp, Expr};

use super::Binder;
use super::scope::Place;
use super::value::{Value, common};
use crate::relation::null;

impl Binder<'_> {
    pub(super) fn case(
        &mut self,
        subject: Option<&Expr>,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        place: Place<'_, '_>,
    ) -> Option<Value> {
        // What is made of its value decides what a missing field comes to.
        let place = Place { negated: false, ..place };
        let subject = match subject {
            Some(subject) => Some(self.value(subject, place)?),
            None => None,
        };
        if let (Some(subject), Some((first, _))) = (&subject, branches.first()) {
            self.repeat(subject, branches.len(), first.span)?;
        }
        let mut conditions: Vec<Option<Plan>> = Vec::with_capacity(branches.len());
        let mut results: Vec<Option<Value>> = Vec::with_capacity(branches.len() + 1);
        for (when, then) in branches {
            conditions.push(match &subject {
                Some(subject) => self.value(when, place).and_then(|wanted| {
                    Some(self.compare(CompareOp::Equal, subject.clone(), wanted, when.span, false)?.call())
                }),
                None => self.condition(when, place, false),
            });
            results.push(self.value(then, place));
        }
        results.push(match otherwise {
            Some(otherwise) => self.value(otherwise, place),
            None => Some(Value::null()),
        });
        let conditions: Vec<Plan> = conditions.into_iter().collect::<Option<_>>()?;
        let mut results: Vec<Value> = results.into_iter().collect::<Option<_>>()?;
        let kind = results
            .iter()
            .fold(Value::null(), |met, result| {
                let kind = common(&met, result);
                // Not a null any more once something has a type.
                if met.is_null() && result.is_null() { met } else { Value::new(crate::relation::field(""), kind) }
            })
            .kind;
        let otherwise = results.pop().map_or_else(|| null(kind), |value| value.cast(kind));
        let branches = conditions.into_iter().zip(results);
        let branches = branches.map(|(when, then)| (Box::new(when), Box::new(then.cast(kind)))).collect();
        Some(Value::new(Plan::Case(Case::new(None, branches, Some(Box::new(otherwise)))), kind))
    }
}
