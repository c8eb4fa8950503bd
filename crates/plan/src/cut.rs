//! A cut: which of a query's own limits may have kept rows from its result.

use datafusion_common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion_expr::logical_plan::FetchType;
use datafusion_expr::{Limit, LogicalPlan};
use syntax::Span;

use crate::binding::Output;

/// A limit that may have cut off rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    pub rows: u64,
    pub span: Span,
    /// Operators that follow saw only what the limit let through: how many rows come out says nothing of the cut.
    pub is_inner: bool,
}

impl Output {
    /// The limits that may have cut something off a result of so many rows: the outermost where the rows reach it, the others
    /// always.
    pub fn cuts(&self, rows: u64) -> Vec<Cut> {
        let outermost = self.outermost_limit();
        let cut = |(index, (limit, span)): (usize, &(u64, Span))| {
            let is_inner = outermost != Some(index);
            (is_inner || rows >= *limit).then_some(Cut { rows: *limit, span: *span, is_inner })
        };
        self.limits.iter().enumerate().filter_map(cut).collect()
    }

    /// Which of the limits decides about the rows of the result. Where the plan holds further limits (those of `top`), it is not
    /// sure that the last of the text is the last of the plan, and none is taken for the outermost.
    fn outermost_limit(&self) -> Option<usize> {
        let mut count = 0;
        let counted = self.plan.apply(|node| {
            count += usize::from(matches!(node, LogicalPlan::Limit(_)));
            Ok(TreeNodeRecursion::Continue)
        });
        let rows = fetched(&self.plan)?;
        let of_rows = self.limits.iter().enumerate().filter(|(_, (limit, _))| *limit == rows);
        let last = of_rows.max_by_key(|(_, (_, span))| span.end).map(|(index, _)| index);
        last.filter(|_| counted.is_ok() && count <= self.limits.len())
    }
}

/// The rows of the limit at the top of a plan, beneath nodes that keep every row.
fn fetched(plan: &LogicalPlan) -> Option<u64> {
    match plan {
        LogicalPlan::Limit(limit) => literal(limit),
        LogicalPlan::Projection(node) => fetched(&node.input),
        LogicalPlan::SubqueryAlias(node) => fetched(&node.input),
        LogicalPlan::Sort(node) if node.fetch.is_none() => fetched(&node.input),
        _ => None,
    }
}

fn literal(limit: &Limit) -> Option<u64> {
    match limit.get_fetch_type() {
        Ok(FetchType::Literal(rows)) => rows.and_then(|rows| u64::try_from(rows).ok()),
        _ => None,
    }
}
