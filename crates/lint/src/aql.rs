//! Lints of AQL.

use syntax::Diagnostic;
use syntax::aql::tree::{CompareOp, Expr, ExprKind, From, LikeOp, Query, Select};

use crate::messages;

/// What is doubtful in a query, in the order of places.
pub fn check(query: &Query) -> Vec<Diagnostic> {
    let mut said = Vec::new();
    query.selects.iter().for_each(|select| of_select(select, &mut said));
    said.sort_by_key(|one| one.span.start);
    said
}

fn of_select(select: &Select, said: &mut Vec<Diagnostic>) {
    if let Some(From::Select(inner)) = &select.from {
        of_select(inner, said);
    }
    for expr in select.expressions() {
        expr.walk(&mut |expr| match &expr.kind {
            ExprKind::InSelect { select, .. } => of_select(select, said),
            ExprKind::And(parts) => twice(parts, said),
            ExprKind::Like { op: LikeOp::Like, negated: false, value, patterns } => {
                patterns.iter().for_each(|pattern| cased(expr, value, pattern, said));
            }
            ExprKind::Compare { op: CompareOp::Equal, left, right } => cased(expr, left, right, said),
            _ => {}
        });
    }
}

/// One field that has to be two texts.
fn twice(parts: &[Expr], said: &mut Vec<Diagnostic>) {
    let mut equal: Vec<(&str, &str)> = Vec::new();
    for part in parts {
        let ExprKind::Compare { op: CompareOp::Equal, left, right } = &part.kind else {
            continue;
        };
        let (ExprKind::Field(name), ExprKind::Text(text)) = (&left.kind, &right.kind) else {
            continue;
        };
        match equal.iter().find(|(known, held)| known.eq_ignore_ascii_case(name) && held != text) {
            Some((_, held)) => said.push(messages::never(part.span, &format!("'{name}' is '{held}' already"))),
            None => equal.push((name, text)),
        }
    }
}

/// `LOWER(x) LIKE '%ABC%'`.
fn cased(whole: &Expr, value: &Expr, text: &Expr, said: &mut Vec<Diagnostic>) {
    let (ExprKind::Call(call), ExprKind::Text(text)) = (&value.kind, &text.kind) else {
        return;
    };
    let is_never = match call.name.text.to_ascii_uppercase().as_str() {
        "LOWER" => text.chars().any(char::is_uppercase),
        "UPPER" => text.chars().any(char::is_lowercase),
        _ => false,
    };
    if is_never {
        said.push(messages::never(whole.span, &format!("{} gives no '{text}'", call.name.text)));
    }
}

#[cfg(test)]
mod tests {
    use syntax::Source;

    use super::*;

    fn said(text: &str) -> Vec<String> {
        let source = Source::new("q.aql", text);
        let parsed = syntax::aql::parse(&source);
        check(&parsed.tree).iter().map(|one| format!("{} {}", one.code, source.slice(one.span))).collect()
    }

    #[test]
    fn a_condition_that_no_row_meets_is_said() {
        let text = "SELECT a FROM events WHERE LOWER(a) LIKE '%Cmd%' AND b = 'x' AND b = 'y' LAST 1 HOURS";
        assert_eq!(said(text), ["LNT007 LOWER(a) LIKE '%Cmd%'", "LNT007 b = 'y'"]);
        let inner = "SELECT a FROM events WHERE a IN (SELECT b FROM events WHERE UPPER(b) = 'x') LAST 1 HOURS";
        assert_eq!(said(inner), ["LNT007 UPPER(b) = 'x'"]);
        let sound = "SELECT a FROM events WHERE LOWER(a) LIKE '%cmd%' AND b = 'x' OR b = 'y' LAST 1 HOURS";
        assert_eq!(said(sound), [""; 0]);
    }
}
