//! Comparisons and IN: which types meet how. Texts convert to the other side's type, as Ariel does.

use std::net::IpAddr;

use datafusion_expr::expr::InList;
use datafusion_expr::{Expr as Plan, Operator, binary_expr, lit, not};
use functions::Type;
use functions::address;
use functions::predicate::{Match, Shape};
use functions::scalar::aql_number::sortable;
use syntax::Span;
use syntax::aql::tree::{CompareOp, Expr};

use super::condition::Test;
use super::like::has_escaped_backslash;
use super::scope::Place;
use super::value::{Fold, Value, same_number};
use super::{Binder, messages};
use crate::chain;
use crate::tables::Ariel;

impl Binder<'_> {
    pub(super) fn compare(
        &mut self,
        op: CompareOp,
        left: Value,
        right: Value,
        span: Span,
        exact: bool,
    ) -> Option<Test> {
        if left.is_literal() && !right.is_literal() {
            return self.compare(op.flipped(), right, left, span, exact);
        }
        // An empty text is a missing value, of whatever type.
        if right.is_null() || ((!left.is_text() || left.is(Ariel::Host)) && right.literal_text() == Some("")) {
            return Some(Test::Plain(match op {
                CompareOp::Equal => left.missing(),
                CompareOp::NotEqual => not(left.missing()),
                _ => lit(false),
            }));
        }
        if left.is(Ariel::Bytes) {
            self.report(messages::payload_bytes(span));
        }
        if left.is(Ariel::Host) && right.is_text() {
            return Some(self.compare_addresses(op, left, right, span, exact));
        }
        if left.is_text() && right.is_text() {
            return Some(self.compare_texts(op, left, right, span, exact));
        }
        let (left, right) = match (left.kind, right.kind) {
            (Type::Bool, _) | (_, Type::Bool) => match truths(left, right) {
                Ok(both) => both,
                Err(text) => {
                    self.report(messages::not_a_number(span, &text));
                    return Some(Test::Plain(lit(false)));
                }
            },
            _ => {
                if let (Some(text), false) = (right.literal_text(), left.is_text()) {
                    let Some(number) = number(text) else {
                        self.report(messages::not_a_number(span, text));
                        return Some(Test::Plain(lit(false)));
                    };
                    same_number(left, number)
                } else {
                    let kind = if left.is_text() { right.kind } else { left.kind };
                    let left = if left.is_text() { Value::new(left.cast(kind), kind) } else { left };
                    let right = if right.is_text() { Value::new(right.cast(kind), kind) } else { right };
                    same_number(left, right)
                }
            }
        };
        Some(Test::Plain(plain(op, left, right, exact)))
    }

    /// By their bits; a text that is no address is neither before nor behind one, nor one itself.
    fn compare_addresses(&mut self, op: CompareOp, left: Value, right: Value, span: Span, exact: bool) -> Test {
        let is_equality = matches!(op, CompareOp::Equal | CompareOp::NotEqual);
        if is_equality && right.is(Ariel::Host) {
            // The fields of a table have one spelling for each address.
            return Test::Plain(plain(op, left.expr, right.expr, exact));
        }
        let Some(text) = right.literal_text() else {
            let right = Value { ariel: Some(Ariel::Host), ..right };
            return Test::Plain(plain(op, left.sortable(), right.sortable(), exact));
        };
        let Ok(address) = text.trim().parse::<IpAddr>() else {
            self.report(messages::not_an_address(span, text));
            let differs = op == CompareOp::NotEqual;
            return Test::Plain(if differs { left.expr.is_not_null() } else { lit(false) });
        };
        Test::Plain(match is_equality {
            true => plain(op, left.expr, lit(address::spelt(address)), exact),
            false => plain(op, left.sortable(), lit(sortable(address)), exact),
        })
    }

    fn compare_texts(&mut self, op: CompareOp, left: Value, right: Value, span: Span, exact: bool) -> Test {
        let literal = right.literal_text().map(str::to_string);
        let equality = matches!(op, CompareOp::Equal | CompareOp::NotEqual);
        let Some(literal) = literal.filter(|_| equality) else {
            return Test::Plain(plain(op, left.expr, right.expr, exact));
        };
        if literal.len() > 1 && (literal.starts_with('%') || literal.ends_with('%')) {
            self.report(messages::wildcard_in_equality(span));
        }
        if has_escaped_backslash(&literal) {
            self.report(messages::doubled_backslash(span));
        }
        let Some((text, case_sensitive)) = self.unfold(left.clone(), &literal, span) else {
            let known = left.folded.map_or(left.expr, |(_, inner)| *inner);
            return Test::Plain(if op == CompareOp::Equal { lit(false) } else { is_there(known) });
        };
        let predicate = equals([literal.as_str()]).case_sensitive(case_sensitive);
        if op == CompareOp::Equal {
            return Test::Text { predicate, text, needles: vec![literal] };
        }
        // A missing text is not different either: the comparison is false.
        Test::Plain(is_there(text.clone()).and(not(predicate.literal(text, [literal]))))
    }

    /// The text to look at for a literal, and whether case counts: beneath LOWER() it does not. `None`, with a warning, where
    /// the literal has letters that the fold never gives.
    pub(super) fn unfold(&mut self, value: Value, literal: &str, span: Span) -> Option<(Plan, bool)> {
        match value.folded {
            None => Some((value.expr, true)),
            Some((fold, inner)) if fold.keeps(literal) => Some((*inner, false)),
            Some((fold, _)) => self.never(fold, literal, span),
        }
    }

    fn never<T>(&mut self, fold: Fold, literal: &str, span: Span) -> Option<T> {
        self.report(messages::never_equal(span, literal, fold.name()));
        None
    }

    pub(super) fn in_list(&mut self, value: &Expr, list: &[Expr], place: Place<'_, '_>, exact: bool) -> Option<Test> {
        let bound: Vec<Option<Value>> = list.iter().map(|item| self.value(item, place)).collect();
        let span = value.span;
        let value = self.value(value, place)?;
        // A missing value equals nothing.
        let items: Vec<Value> =
            bound.into_iter().collect::<Option<Vec<_>>>()?.into_iter().filter(|item| !item.is_null()).collect();
        let known = value.clone();
        let test = self.one_of(value, items, span, exact)?;
        Some(self.known(test, &[&known], exact))
    }

    fn one_of(&mut self, value: Value, items: Vec<Value>, span: Span, exact: bool) -> Option<Test> {
        if value.is_text() && !value.is(Ariel::Host) && items.iter().all(|item| item.literal_text().is_some()) {
            return Some(self.one_of_texts(value, &items, span));
        }
        let literal = |item: &Value| item.literal_long().or_else(|| item.literal_text()?.trim().parse().ok());
        let longs: Option<Vec<i64>> = items.iter().map(literal).collect();
        if let Some(longs) = longs
            && matches!(value.kind, Type::Int | Type::Long | Type::String)
        {
            let ints: Option<Vec<i32>> = longs.iter().map(|long| i32::try_from(*long).ok()).collect();
            let (column, list) = match ints {
                Some(ints) if value.kind == Type::Int => (value.expr, ints.into_iter().map(lit).collect()),
                _ => (value.cast(Type::Long), longs.into_iter().map(lit).collect()),
            };
            let found = Plan::InList(InList::new(Box::new(column), list, false));
            return Some(Test::Plain(if exact { found.is_true() } else { found }));
        }
        self.repeat(&value, items.len(), span)?;
        let tests: Vec<Option<Test>> =
            items.into_iter().map(|item| self.compare(CompareOp::Equal, value.clone(), item, span, exact)).collect();
        let tests: Vec<Test> = tests.into_iter().collect::<Option<_>>()?;
        Some(Test::Plain(chain::or(tests.into_iter().map(Test::call).collect())))
    }

    fn one_of_texts(&mut self, value: Value, items: &[Value], span: Span) -> Test {
        let mut needles = Vec::with_capacity(items.len());
        for text in items.iter().filter_map(Value::literal_text) {
            match &value.folded {
                Some((fold, _)) if !fold.keeps(text) => self.report(messages::never_equal(span, text, fold.name())),
                _ => needles.push(text.to_string()),
            }
        }
        let predicate = equals(needles.iter().map(String::as_str)).case_sensitive(value.folded.is_none());
        let text = value.folded.map_or(value.expr, |(_, inner)| *inner);
        Test::Text { predicate, text, needles }
    }
}

/// Whether a text has a value. Those of columns are null where they have none, others may have been made empty.
fn is_there(text: Plan) -> Plan {
    match text {
        Plan::Column(_) => text.is_not_null(),
        made => not(Value::new(made, Type::String).missing()),
    }
}

/// What is missing equals nothing but an empty text, which is nothing too.
fn equals<'t>(needles: impl IntoIterator<Item = &'t str>) -> Match {
    let is_empty = needles.into_iter().any(str::is_empty);
    if is_empty { Match::kql(Shape::Equals) } else { Match::rule(Shape::Equals) }
}

fn plain(op: CompareOp, left: Plan, right: Plan, exact: bool) -> Plan {
    let op = match op {
        CompareOp::Equal => Operator::Eq,
        CompareOp::NotEqual => Operator::NotEq,
        CompareOp::Less => Operator::Lt,
        CompareOp::LessOrEqual => Operator::LtEq,
        CompareOp::Greater => Operator::Gt,
        CompareOp::GreaterOrEqual => Operator::GtEq,
    };
    let compared = binary_expr(left, op, right);
    if exact { compared.is_true() } else { compared }
}

fn number(text: &str) -> Option<Value> {
    let text = text.trim();
    let long = text.parse::<i64>().ok().map(|value| Value::new(lit(value), Type::Long));
    long.or_else(|| text.parse::<f64>().ok().map(|value| Value::new(lit(value), Type::Real)))
}

/// A truth beside a text or a number; the text where it says neither true nor false.
fn truths(left: Value, right: Value) -> Result<(Plan, Plan), String> {
    let truth = |value: Value| match value.literal_text().map(str::to_lowercase).as_deref() {
        Some("true" | "1") => Ok(lit(true)),
        Some("false" | "0") => Ok(lit(false)),
        Some(other) => Err(other.to_string()),
        None => Ok(value.cast(Type::Bool)),
    };
    Ok((truth(left)?, truth(right)?))
}
