//! Lints of KQL.

mod columns;
mod conditions;
mod custom;
mod legs;
mod order;
mod terms;

use syntax::Diagnostic;
use syntax::kql::tree::{Expr, ExprKind, Json, LetValue, Literal, Pipeline, Query, Source};
use syntax::kql::visit::{self, Node};

use crate::Platform;

/// What is doubtful in a query; on a platform, also as a detection there. In the order of places.
pub fn check(query: &Query, platform: Option<Platform>) -> Vec<Diagnostic> {
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
    said
}

/// The rows that stand in a place of an expression: a pipeline in parentheses.
fn rows(expr: &Expr) -> Option<&Pipeline> {
    match &expr.kind {
        ExprKind::Pipeline(pipeline) => Some(pipeline),
        _ => None,
    }
}

/// The texts of a list: literals, a dynamic array, or the name of a let that is one.
fn texts<'q>(list: &'q [Expr], query: &'q Query) -> Vec<&'q str> {
    let mut found = Vec::new();
    for item in list {
        match &item.kind {
            ExprKind::Literal(Literal::Text(text)) => found.push(text.as_str()),
            ExprKind::Dynamic(json) => found.extend(array(json)),
            ExprKind::Name(name) => found.extend(named(name, query)),
            _ => {}
        }
    }
    found
}

fn array(json: &Json) -> Vec<&str> {
    let Json::Array(items) = json else {
        return Vec::new();
    };
    let text = |item| match item {
        &Json::Value(Literal::Text(ref text)) => Some(text.as_str()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

fn named<'q>(name: &str, query: &'q Query) -> Vec<&'q str> {
    let found = query.lets.iter().rfind(|one| one.name.text == name);
    match found.map(|one| &one.value) {
        Some(LetValue::Value(Pipeline { source: Source::Expr(value), operators, .. })) if operators.is_empty() => {
            match &value.kind {
                ExprKind::Dynamic(json) => array(json),
                ExprKind::Literal(Literal::Text(text)) => vec![text],
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
