//! Conditions: true or false for every row where they are negated or given out; elsewhere a plain comparison may be null,
//! which keeps no row either, and stays in the form that readers can prune by.

use std::collections::HashMap;

use datafusion_expr::expr::Case;
use datafusion_expr::{Expr as Plan, Operator, lit, not};
use functions::Type;
use functions::predicate::{Match, Shape};
use syntax::aql::tree::{CompareOp, Expr, ExprKind};

use super::expression::is_true_literal;
use super::scope::Place;
use super::value::{Value, is_long};
use super::{Binder, messages};
use crate::binding::Nulls;
use crate::chain;
use crate::relation::null;

/// A test of one text against literals can join with its neighbours under OR.
pub(super) enum Test {
    Text { predicate: Match, text: Plan, needles: Vec<String> },
    Plain(Plan),
}

impl Test {
    pub(super) fn call(self) -> Plan {
        match self {
            Test::Text { predicate, text, needles } => predicate.literal(text, needles),
            Test::Plain(expr) => expr,
        }
    }
}

impl Binder<'_> {
    /// `exact`: never null.
    pub(super) fn condition(&mut self, expr: &Expr, place: Place<'_, '_>, exact: bool) -> Option<Plan> {
        self.test(expr, place, exact).map(Test::call)
    }

    fn test(&mut self, expr: &Expr, place: Place<'_, '_>, exact: bool) -> Option<Test> {
        let plain = match &expr.kind {
            ExprKind::Or(operands) => self.any(operands, place, exact)?,
            ExprKind::And(operands) => {
                let bound: Vec<Option<Plan>> =
                    operands.iter().map(|operand| self.condition(operand, place, exact)).collect();
                chain::and(bound.into_iter().collect::<Option<_>>()?)
            }
            ExprKind::Not(inner) => not(self.condition(inner, place.beneath_not(true), true)?),
            ExprKind::Compare { op, left, right } => {
                self.check_quotes(right, place);
                if *op == CompareOp::Equal {
                    self.check_type_name(left, std::slice::from_ref(right), None);
                }
                let (left, right) = (self.value(left, place), self.value(right, place));
                let (left, right) = (left?, right?);
                let sides = (left.clone(), right.clone());
                let test = self.compare(*op, left, right, expr.span, exact)?;
                return Some(self.known(test, &[&sides.0, &sides.1], exact));
            }
            ExprKind::Like { op, negated, value, patterns } => {
                if !*negated {
                    self.check_type_name(value, patterns, Some(*op));
                }
                let test = self.like(*op, value, patterns, place.beneath_not(*negated), exact || *negated)?;
                return Some(if *negated { Test::Plain(not(test.call())) } else { test });
            }
            ExprKind::In { negated, value, list } => {
                if !*negated {
                    self.check_type_name(value, list, None);
                }
                let test = self.in_list(value, list, place.beneath_not(*negated), exact || *negated)?;
                return Some(if *negated { Test::Plain(not(test.call())) } else { test });
            }
            ExprKind::Between { negated, value, low, high } => {
                let exact = exact || *negated;
                let place = place.beneath_not(*negated);
                let (value, low, high) = (self.value(value, place), self.value(low, place), self.value(high, place));
                let (value, low, high) = (value?, low?, high?);
                self.repeat(&value, 1, expr.span)?;
                let sides = (value.clone(), low.clone(), high.clone());
                let from = self.compare(CompareOp::GreaterOrEqual, value.clone(), low, expr.span, exact)?.call();
                let to = self.compare(CompareOp::LessOrEqual, value, high, expr.span, exact)?.call();
                let both = self.known(Test::Plain(from.and(to)), &[&sides.0, &sides.1, &sides.2], exact).call();
                if *negated { not(both) } else { both }
            }
            ExprKind::IsNull { negated, value } => {
                // Where there is no value, it holds just that there is none.
                let missing = self.value(value, place.beneath_not(!*negated))?.missing();
                if *negated { not(missing) } else { missing }
            }
            ExprKind::InSelect { negated, value, select } => {
                let place = place.beneath_not(*negated);
                let test = self.is_selected(value, select, expr.span, place, exact || *negated)?;
                return Some(if *negated { Test::Plain(not(test.call())) } else { test });
            }
            ExprKind::TextSearch(wanted) => {
                self.report(messages::search_place(expr.span));
                self.text_search(wanted, place)?
            }
            _ => {
                let value = self.value(expr, place)?;
                self.truth(value, expr, exact)?
            }
        };
        Some(Test::Plain(plain))
    }

    /// With three values, a test of what is missing has no answer where one is given out or negated.
    pub(super) fn known(&self, test: Test, operands: &[&Value], exact: bool) -> Test {
        if !exact || self.options.nulls == Nulls::TwoValued {
            return test;
        }
        let (literals, others): (Vec<&Value>, Vec<&Value>) = operands.iter().partition(|operand| operand.is_literal());
        // `= NULL` and `= ''` ask whether there is a value, and always have an answer.
        let asks_for_null = literals.iter().any(|literal| literal.is_null() || literal.literal_text() == Some(""));
        if others.is_empty() || asks_for_null {
            return test;
        }
        let missing = others.into_iter().map(|operand| operand.clone().missing()).collect();
        let branches = vec![(Box::new(chain::or(missing)), Box::new(null(Type::Bool)))];
        Test::Plain(Plan::Case(Case::new(None, branches, Some(Box::new(test.call())))))
    }

    /// One look at a text for all that it may be, instead of one for each.
    fn any(&mut self, operands: &[Expr], place: Place<'_, '_>, exact: bool) -> Option<Plan> {
        let tests: Vec<Option<Test>> = operands.iter().map(|operand| self.test(operand, place, exact)).collect();
        let mut joined: Vec<Test> = Vec::new();
        let mut places: HashMap<(Plan, Match), usize> = HashMap::new();
        for test in tests {
            match test? {
                Test::Text { predicate, text, needles }
                    if !matches!(predicate.shape, Shape::Regex | Shape::Backtracking) =>
                {
                    let next = joined.len();
                    let at = *places.entry((text.clone(), predicate)).or_insert(next);
                    match joined.get_mut(at) {
                        Some(Test::Text { needles: known, .. }) => known.extend(needles),
                        _ => joined.push(Test::Text { predicate, text, needles }),
                    }
                }
                test => joined.push(test),
            }
        }
        Some(chain::or(joined.into_iter().map(Test::call).collect()))
    }

    /// `username = "alice"`: a name in the place of a text.
    fn check_quotes(&mut self, right: &Expr, place: Place<'_, '_>) {
        let ExprKind::Field(name) = &right.kind else { return };
        let is_known = place.scope.field(name).is_some_and(|field| !field.is_raw);
        let is_item = place.scope.item(name, place.visible).is_some();
        if !is_known && !is_item && self.source.slice(right.span).starts_with('"') {
            self.report(messages::quoted_name(right.span, name));
        }
    }

    /// A value in the place of a condition.
    fn truth(&mut self, value: Value, expr: &Expr, exact: bool) -> Option<Plan> {
        match value.kind {
            Type::Bool if self.options.nulls == Nulls::ThreeValued => Some(value.expr),
            Type::Bool if exact && is_true_literal(&value.expr).is_none() && may_be_null(&value.expr) => {
                Some(value.expr.is_true())
            }
            Type::Bool => Some(value.expr),
            _ if value.is_null() => Some(lit(false)),
            kind if is_long(kind) => {
                let zero = Value::new(lit(0_i64), Type::Long);
                let known = value.clone();
                let test = self.compare(CompareOp::NotEqual, value, zero, expr.span, exact)?;
                Some(self.known(test, &[&known], exact).call())
            }
            // Fields of events are texts, also those that say true or false.
            Type::String if matches!(expr.kind, ExprKind::Field(_)) => {
                let test = Test::Plain(Match::rule(Shape::Equals).literal(value.expr.clone(), ["true"]));
                Some(self.known(test, &[&value], exact).call())
            }
            _ => self.fail(messages::no_condition(expr.span)),
        }
    }
}

/// Predicates of our own and tests for null never are.
fn may_be_null(expr: &Plan) -> bool {
    match expr {
        Plan::ScalarFunction(call) => !call.func.name().starts_with("text_"),
        Plan::IsNull(_) | Plan::IsNotNull(_) | Plan::IsTrue(_) => false,
        Plan::Not(inner) => may_be_null(inner),
        Plan::BinaryExpr(both) if matches!(both.op, Operator::And | Operator::Or) => {
            may_be_null(&both.left) || may_be_null(&both.right)
        }
        _ => true,
    }
}
