//! Lints of KQL.

mod columns;
mod conditions;
mod custom;
mod legs;
mod order;
mod terms;

use syntax::kql::tree::{Expr, ExprKind, Pipeline, Query};
use syntax::kql::visit::{self, Node};
use syntax::{Diagnostic, Source};

use crate::{Platform, fix};

/// What is doubtful in a query; on a platform, also as a detection there. In the order of places.
pub fn check(source: &Source, query: &Query, platform: Option<Platform>) -> Vec<Diagnostic> {
    let mut said = Vec::new();
    visit::query(query, &mut |node| match node {
        Node::Pipeline(pipeline) => {
            columns::check(pipeline, &mut said);
            order::check(pipeline, &mut said);
            legs::check(pipeline, &mut said);
        }
        Node::Expr(expr) => {
            terms::check(expr, query, &mut said);
            conditions::check(expr, &mut said);
        }
        Node::Operator(_) => {}
    });
    if platform == Some(Platform::Defender) {
        custom::check(query, &mut said);
    }
    said.sort_by_key(|one| one.span.start);
    said.dedup();
    fix::keep_safe(source, &mut said);
    said
}

/// The rows that stand in a place of an expression: a pipeline in parentheses.
fn rows(expr: &Expr) -> Option<&Pipeline> {
    match &expr.kind {
        ExprKind::Pipeline(pipeline) => Some(pipeline),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
