//! Branches of a union: what one has and another lacks is null there.

use syntax::Diagnostic;
use syntax::kql::tree::{ExprKind, Operator, OperatorKind, Pipeline, Source};

use super::rows;
use crate::messages;

pub(super) fn check(pipeline: &Pipeline, said: &mut Vec<Diagnostic>) {
    if let Source::Union(union) = &pipeline.source {
        let mut parts = union.parts.iter().filter_map(rows);
        let first = parts.next().and_then(|rows| names(&rows.operators));
        parts.for_each(|part| compare(first.as_deref(), part, said));
    }
    for (place, operator) in pipeline.operators.iter().enumerate() {
        if let OperatorKind::Union(union) = &operator.kind {
            let first = names(pipeline.operators.get(..place).unwrap_or_default());
            union.parts.iter().filter_map(rows).for_each(|part| compare(first.as_deref(), part, said));
        }
    }
}

fn compare(first: Option<&[&str]>, part: &Pipeline, said: &mut Vec<Diagnostic>) {
    let Some((first, own)) = first.zip(names(&part.operators)) else {
        return;
    };
    let missing: Vec<&str> = first.iter().filter(|name| !own.contains(name)).copied().collect();
    let more: Vec<&str> = own.iter().filter(|name| !first.contains(name)).copied().collect();
    if !missing.is_empty() || !more.is_empty() {
        said.push(messages::unequal_branches(part.span, &missing, &more));
    }
}

/// The columns behind some operators, where a projection names them all.
pub(super) fn names(operators: &[Operator]) -> Option<Vec<&str>> {
    let mut names: Option<Vec<&str>> = None;
    for operator in operators {
        match &operator.kind {
            OperatorKind::Project(items) | OperatorKind::Distinct(items) => {
                let named = items.iter().map(|item| match (&item.name, &item.value.kind) {
                    (Some(name), _) if item.more_names.is_empty() => Some(name.text.as_str()),
                    (None, ExprKind::Name(name)) => Some(name.as_str()),
                    _ => None,
                });
                names = named.collect();
            }
            OperatorKind::Extend(items) => {
                let Some(known) = names.as_mut() else {
                    continue;
                };
                for item in items {
                    let name = item.name.as_ref()?;
                    if !known.contains(&name.text.as_str()) {
                        known.push(&name.text);
                    }
                }
            }
            OperatorKind::Where(_) | OperatorKind::Sort(_) | OperatorKind::Take(_) | OperatorKind::Top { .. } => {}
            _ => names = None,
        }
    }
    names
}
