//! Custom detections of Defender: what a query has to be to be saved as one.

use syntax::kql::tree::{Comparison, Expr, ExprKind, OperatorKind, Pipeline, Query, Source};
use syntax::kql::visit::{self, Node};
use syntax::{Diagnostic, Span};

use super::{legs, rows};
use crate::messages;

/// Columns of which one has to name what a finding is about.
const ENTITIES: [&str; 10] = [
    "DeviceId",
    "DeviceName",
    "RemoteDeviceName",
    "RecipientEmailAddress",
    "SenderFromAddress",
    "SenderMailFromAddress",
    "RecipientObjectId",
    "AccountObjectId",
    "AccountSid",
    "AccountUpn",
];

pub(super) fn check(query: &Query, said: &mut Vec<Diagnostic>) {
    let Some(body) = &query.body else {
        return;
    };
    columns(body, said);
    visit::query(query, &mut |node| {
        if let Node::Operator(operator) = node {
            match &operator.kind {
                OperatorKind::Union(_) => said.push(messages::not_near_real_time(operator.name.span, "union")),
                OperatorKind::Join(_) => said.push(messages::not_near_real_time(operator.name.span, "join")),
                OperatorKind::Where(condition) => times(condition, said),
                _ => {}
            }
        }
        if let Node::Pipeline(Pipeline { source: Source::Union(_), span, .. }) = node {
            said.push(messages::not_near_real_time(Span::at(span.start as usize), "union"));
        }
    });
}

/// The first branch whose columns are known and do not name the event.
fn columns(body: &Pipeline, said: &mut Vec<Diagnostic>) {
    let before = body.operators.iter().position(|operator| matches!(operator.kind, OperatorKind::Union(_)));
    let mut branches = vec![(body, body.operators.get(..before.unwrap_or(body.operators.len())).unwrap_or_default())];
    let unions = body.operators.iter().filter_map(|operator| match &operator.kind {
        OperatorKind::Union(union) => Some(union),
        _ => None,
    });
    let parts = unions.flat_map(|union| &union.parts).filter_map(rows);
    branches.extend(parts.map(|part| (part, part.operators.as_slice())));
    for (_, operators) in branches {
        let project = operators
            .iter()
            .rfind(|operator| matches!(operator.kind, OperatorKind::Project(_) | OperatorKind::Distinct(_)));
        let (Some(project), Some(names)) = (project, legs::names(operators)) else {
            continue;
        };
        let mut missing: Vec<&str> =
            ["Timestamp", "ReportId"].into_iter().filter(|name| !names.contains(name)).collect();
        if !ENTITIES.iter().any(|name| names.contains(name)) {
            missing.push("DeviceId");
        }
        if !missing.is_empty() {
            said.push(messages::no_custom_detection(project.name.span, &missing));
        }
    }
}

/// `Timestamp > ago(1d)`.
fn times(condition: &Expr, said: &mut Vec<Diagnostic>) {
    visit::walk(Node::Expr(condition), &mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Compare { comparison, left, right, .. }, span }) = node
            && matches!(comparison, Comparison::Greater | Comparison::GreaterEqual)
            && let (ExprKind::Name(name), ExprKind::Call { name: function, .. }) = (&left.kind, &right.kind)
            && matches!(name.as_str(), "Timestamp" | "TimeGenerated")
            && function.text == "ago"
        {
            said.push(messages::filters_on_time(*span, name));
        }
    });
}
