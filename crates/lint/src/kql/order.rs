//! Sorts whose order nothing keeps.

use syntax::Diagnostic;
use syntax::kql::tree::{ExprKind, Operator, OperatorKind, Pipeline};
use syntax::kql::visit::{self, Node};

use super::rows;
use crate::messages;

pub(super) fn check(pipeline: &Pipeline, said: &mut Vec<Diagnostic>) {
    for (place, operator) in pipeline.operators.iter().enumerate() {
        if matches!(operator.kind, OperatorKind::Sort(_))
            && let Some(by) = lost(pipeline.operators.get(place + 1..).unwrap_or_default())
        {
            said.push(messages::order_lost(operator.span, by));
        }
        let inner: Vec<(&Pipeline, &str)> = match &operator.kind {
            OperatorKind::Union(union) => union.parts.iter().filter_map(rows).map(|rows| (rows, "union")).collect(),
            OperatorKind::Join(join) => vec![(&join.right, "join")],
            OperatorKind::Lookup(join) => vec![(&join.right, "lookup")],
            _ => Vec::new(),
        };
        for (inner, by) in inner {
            let last = inner.operators.last().filter(|last| matches!(last.kind, OperatorKind::Sort(_)));
            said.extend(last.map(|last| messages::order_lost(last.span, by)));
        }
    }
}

/// The operator that loses the order, unless one before it makes use of that.
fn lost(behind: &[Operator]) -> Option<&str> {
    for operator in behind {
        match &operator.kind {
            OperatorKind::Summarize(_) if !asks_for_order(operator) => return Some("summarize"),
            OperatorKind::Union(_)
            | OperatorKind::Join(_)
            | OperatorKind::Lookup(_)
            | OperatorKind::Distinct(_)
            | OperatorKind::Count(_)
            | OperatorKind::Sort(_)
            | OperatorKind::Top { .. } => return Some(&operator.name.text),
            OperatorKind::Where(_)
            | OperatorKind::Project(_)
            | OperatorKind::ProjectAway(_)
            | OperatorKind::ProjectKeep(_)
            | OperatorKind::ProjectRename(_)
            | OperatorKind::ProjectReorder(_)
            | OperatorKind::Extend(_)
            | OperatorKind::Parse(_)
                if !asks_for_order(operator) => {}
            _ => return None,
        }
    }
    None
}

/// What the names of functions that depend on the order of rows start with.
const ORDERED: [&str; 7] = ["prev", "next", "row_", "make_list", "makelist", "make_set", "makeset"];

fn asks_for_order(operator: &Operator) -> bool {
    let mut asks = false;
    visit::walk(Node::Operator(operator), &mut |node| {
        if let Node::Expr(expr) = node
            && let ExprKind::Call { name, .. } = &expr.kind
        {
            asks |= ORDERED.iter().any(|start| name.text.starts_with(start));
        }
    });
    asks
}
