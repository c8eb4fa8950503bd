//! Conditions that can never hold.

use syntax::Diagnostic;
use syntax::kql::tree::{Ask, Comparison, Expr, ExprKind, Literal};

use crate::messages;

pub(super) fn check(expr: &Expr, said: &mut Vec<Diagnostic>) {
    match &expr.kind {
        ExprKind::And(parts) => {
            let mut equal: Vec<(&str, &str)> = Vec::new();
            for part in parts {
                let Some((name, text)) = equality(part) else {
                    continue;
                };
                match equal.iter().find(|(known, held)| *known == name && !held.eq_ignore_ascii_case(text)) {
                    Some((_, held)) => {
                        said.push(messages::never(part.span, &format!("'{name}' is '{held}' already")));
                    }
                    None => equal.push((name, text)),
                }
            }
        }
        ExprKind::Compare { comparison: Comparison::Equal, left, right, .. } => cased(expr, left, right, said),
        ExprKind::Text { operator, left, right, .. } if operator.case_sensitive && operator.ask != Ask::Regex => {
            if let [right] = right.as_slice() {
                cased(expr, left, right, said);
            }
        }
        _ => {}
    }
}

fn equality(expr: &Expr) -> Option<(&str, &str)> {
    let ExprKind::Compare { comparison: Comparison::Equal | Comparison::EqualFolded, left, right, .. } = &expr.kind
    else {
        return None;
    };
    match (&left.kind, &right.kind) {
        (ExprKind::Name(name), ExprKind::Literal(Literal::Text(text))) => Some((name, text)),
        _ => None,
    }
}

/// `tolower(x) == "ABC"`.
fn cased(whole: &Expr, left: &Expr, right: &Expr, said: &mut Vec<Diagnostic>) {
    let (ExprKind::Call { name, .. }, ExprKind::Literal(Literal::Text(text))) = (&left.kind, &right.kind) else {
        return;
    };
    let is_never = match name.text.as_str() {
        "tolower" => text.chars().any(char::is_uppercase),
        "toupper" => text.chars().any(char::is_lowercase),
        _ => false,
    };
    if is_never {
        said.push(messages::never(whole.span, &format!("{} gives no '{text}'", name.text)));
    }
}
