//! A plan that is run once more, to explain what came of it: its patterns get steps of their own, for those of the query may be
//! used up.

use std::sync::Arc;

use datafusion_common::Result;
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_expr::LogicalPlan;
use functions::predicate::Match;
use functions::stepwise::Steps;

pub fn afresh(plan: LogicalPlan) -> Result<LogicalPlan> {
    let steps: Arc<Steps> = Arc::default();
    let plan = plan.transform_up_with_subqueries(|node| {
        node.map_expressions(|expr| {
            expr.transform_up(|expr| {
                Ok(match Match::afresh(&expr, &steps) {
                    Some(again) => Transformed::yes(again),
                    None => Transformed::no(expr),
                })
            })
        })
    })?;
    Ok(plan.data)
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use datafusion_expr::{LogicalPlanBuilder, lit};
    use functions::predicate::Shape;

    use super::*;
    use crate::{Limits, Session};

    #[test]
    fn what_a_query_used_up_is_there_again() {
        let steps = Arc::new(Steps::of(0));
        let text = lit("a".repeat(12));
        let found = Match::rule(Shape::Backtracking).stepwise(text, r"\A(?:(a*)*\1b)\z", &steps);
        let plan = LogicalPlanBuilder::empty(true).filter(found).unwrap().build().unwrap();
        let session = Session::new(Limits { memory: 1 << 20, threads: 1 }).unwrap();
        let run = |plan: &LogicalPlan| session.run(plan, &mut |_| Ok(ControlFlow::Continue(())));
        assert!(run(&plan).is_err());
        run(&afresh(plan).unwrap()).unwrap();
    }
}
