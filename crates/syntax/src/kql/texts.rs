//! Texts that a list comes to without a row: literals, dynamic arrays, and the names of lets that are such.

use super::tree::{Expr, ExprKind, Json, LetValue, Literal, Pipeline, Query, Source};

/// The texts of a list: literals, a dynamic array, or the name of a let that is one.
pub fn texts<'q>(list: &'q [Expr], query: &'q Query) -> Vec<&'q str> {
    let mut found = Vec::new();
    for item in list {
        match &item.kind {
            ExprKind::Literal(Literal::Text(text)) => found.push(text.as_str()),
            ExprKind::Dynamic(json) => found.extend(array(json)),
            ExprKind::Name(name) => found.extend(named(name, query)),
            ExprKind::Call { name, args } if name.text == "pack_array" => {
                found.extend(args.iter().filter_map(|arg| match &arg.value.kind {
                    ExprKind::Literal(Literal::Text(text)) => Some(text.as_str()),
                    _ => None,
                }));
            }
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
                // Names of names could go round.
                ExprKind::Name(_) => Vec::new(),
                _ => texts(std::slice::from_ref(value), query),
            }
        }
        Some(LetValue::Value(Pipeline { source: Source::Datatable { columns, values }, operators, .. }))
            if operators.is_empty() && columns.len() == 1 =>
        {
            texts(values, query)
        }
        _ => Vec::new(),
    }
}
