//! Computed conditions of KQL: what an `extend` asks, where a later `where` asks for its column. The trace of a filter sees the column
//! alone.

use std::collections::BTreeSet;

use syntax::Span;
use syntax::kql::tree::{Assigned, Expr, ExprKind, Json, LetValue, Literal, OperatorKind, Pipeline, Query, Source};
use syntax::kql::visit::{self, Node};

/// The places of operands, and whether they stand among what all has to hold; literals with their places.
#[derive(Debug, Default)]
pub(super) struct Computed {
    pub operands: BTreeSet<(Span, bool)>,
    pub literals: BTreeSet<(String, Span)>,
}

pub(super) fn computed(query: &Query) -> Computed {
    let mut computed = Computed::default();
    visit::query(query, &mut |node| {
        if let Node::Pipeline(pipeline) = node {
            computed.pipeline(pipeline, query);
        }
    });
    computed
}

impl Computed {
    fn pipeline(&mut self, pipeline: &Pipeline, query: &Query) {
        // From the end: a column that a condition asks for may be made of another computed one.
        let mut asked: BTreeSet<&str> = BTreeSet::new();
        for operator in pipeline.operators.iter().rev() {
            match &operator.kind {
                OperatorKind::Where(condition) => asked.extend(names(condition)),
                OperatorKind::Extend(items) | OperatorKind::Project(items) => {
                    for item in items.iter().rev() {
                        if is_asked(item, &asked) {
                            asked.extend(names(&item.value));
                            self.operand(&item.value, true, query);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn operand(&mut self, expr: &Expr, is_of_all: bool, query: &Query) {
        match &expr.kind {
            ExprKind::And(parts) => parts.iter().for_each(|part| self.operand(part, true, query)),
            ExprKind::Or(parts) => parts.iter().for_each(|part| self.operand(part, false, query)),
            ExprKind::Call { name, args } if name.text == "not" => {
                args.iter().for_each(|arg| self.operand(&arg.value, !is_of_all, query));
            }
            ExprKind::Text { left, right, .. } | ExprKind::In { left, list: right, .. } => {
                self.operands.insert((expr.span, is_of_all));
                std::iter::once(&**left).chain(right).for_each(|side| self.literal(side, query));
            }
            ExprKind::Compare { left, right, .. } => {
                self.operands.insert((expr.span, is_of_all));
                [left, right].into_iter().for_each(|side| self.literal(side, query));
            }
            _ => {}
        }
    }

    fn literal(&mut self, expr: &Expr, query: &Query) {
        match &expr.kind {
            ExprKind::Literal(Literal::Text(text)) => {
                self.literals.insert((text.clone(), expr.span));
            }
            ExprKind::Dynamic(Json::Array(items)) => {
                for item in items {
                    if let Json::Value(Literal::Text(text)) = item {
                        self.literals.insert((text.clone(), expr.span));
                    }
                }
            }
            ExprKind::Name(name) => {
                let named = query.lets.iter().rfind(|one| one.name.text == *name).map(|one| &one.value);
                if let Some(LetValue::Value(Pipeline { source: Source::Expr(value), operators, .. })) = named
                    && operators.is_empty()
                    && !matches!(value.kind, ExprKind::Name(_))
                {
                    self.literal(value, query);
                }
            }
            _ => {}
        }
    }
}

fn is_asked(item: &Assigned, asked: &BTreeSet<&str>) -> bool {
    item.name.as_ref().is_some_and(|name| asked.contains(name.text.as_str()))
}

fn names(expr: &Expr) -> Vec<&str> {
    let mut found = Vec::new();
    visit::walk(Node::Expr(expr), &mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Name(name), .. }) = node {
            found.push(name.as_str());
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use syntax::Source as Text;

    use super::*;

    #[test]
    fn what_a_condition_asks_by_way_of_columns_is_found() {
        let text = Text::new(
            "q.kql",
            "let L = dynamic(['a', 'b']); let R = @'x+'; T | extend A = F in~ (L) or G has 'c', B = H == 'd' | extend C = A and I matches regex R | where C | extend D = J == 'e'",
        );
        let parsed = syntax::kql::parse(&text);
        assert_eq!(parsed.diagnostics, []);
        let computed = computed(&parsed.tree);
        let literals: Vec<&str> = computed.literals.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(literals, ["a", "b", "c", "x+"]);
        let operands: Vec<(&str, bool)> =
            computed.operands.iter().map(|(span, all)| (text.slice(*span), *all)).collect();
        assert_eq!(operands, [("F in~ (L)", false), ("G has 'c'", false), ("I matches regex R", true)]);
    }
}
