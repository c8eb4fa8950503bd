//! A condition on LOGSOURCETYPENAME() that no Windows event can meet, such as a type called Sysmon, is worth a warning: all
//! channels of Windows are of one type.

use functions::predicate::pattern::Piece;
use syntax::aql::tree::{Call, Expr, ExprKind, LikeOp};

use super::like::pieces;
use super::{Binder, messages};

const WINDOWS: &str = "Microsoft Windows Security Event Log";

impl Binder<'_> {
    /// `op` is `None` for equality.
    pub(super) fn check_type_name(&mut self, value: &Expr, wanted: &[Expr], op: Option<LikeOp>) {
        let (folds, call) = unfolded(value);
        if call.is_none_or(|call| !call.name.text.eq_ignore_ascii_case("LOGSOURCETYPENAME")) {
            return;
        }
        let insensitive = folds || op == Some(LikeOp::Ilike);
        let name = if insensitive { WINDOWS.to_lowercase() } else { WINDOWS.to_string() };
        let meets = |text: &str| {
            let text = if insensitive { text.to_lowercase() } else { text.to_string() };
            match op {
                None => text == name,
                Some(LikeOp::Like | LikeOp::Ilike) => fits(&name, &pieces(&text)),
                Some(LikeOp::Matches | LikeOp::Imatches) => true,
            }
        };
        let mut texts = wanted.iter().map(|expr| match &expr.kind {
            ExprKind::Text(text) => meets(text),
            _ => true,
        });
        if !texts.any(|met| met) {
            self.report(messages::no_such_type(value.span));
        }
    }
}

/// The call beneath LOWER() or UPPER().
fn unfolded(value: &Expr) -> (bool, Option<&Call>) {
    let ExprKind::Call(call) = &value.kind else { return (false, None) };
    let folds = ["LOWER", "UPPER"].iter().any(|fold| call.name.text.eq_ignore_ascii_case(fold));
    match call.args.as_slice() {
        [Expr { kind: ExprKind::Call(inner), .. }] if folds => (true, Some(inner)),
        _ => (folds, Some(call)),
    }
}

/// Keeps every place of the text that the pattern so far can end at, so that no pattern is slow.
fn fits(text: &str, pattern: &[Piece]) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut ends = vec![0];
    for piece in pattern {
        ends = match piece {
            Piece::AnyRun => match ends.first() {
                Some(first) => (*first..=text.len()).collect(),
                None => Vec::new(),
            },
            Piece::AnyOne => ends.into_iter().map(|end| end + 1).filter(|end| *end <= text.len()).collect(),
            Piece::Text(wanted) => {
                let wanted: Vec<char> = wanted.chars().collect();
                let after = |end: usize| text.get(end..)?.starts_with(&wanted).then_some(end + wanted.len());
                ends.into_iter().filter_map(after).collect()
            }
        };
    }
    ends.contains(&text.len())
}
