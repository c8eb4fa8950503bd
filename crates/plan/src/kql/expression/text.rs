//! The word operators over strings: `has`, `contains`, `startswith`, `matches regex` and their kin.

use datafusion_expr::Expr as Bound;
use functions::Type;
use functions::predicate::{Match, Shape};
use syntax::Span;
use syntax::kql::tree::{Ask, Expr, ExprKind, TextOperator};

use super::list::Needles;
use crate::chain::balanced;
use crate::kql::binder::Binder;
use crate::kql::messages;
use crate::kql::scope::Scope;
use crate::kql::value::Value;

impl<'q> Binder<'q, '_> {
    pub(super) fn text_operator(
        &mut self,
        operator: TextOperator,
        left: &'q Expr,
        right: &'q [Expr],
        at: Span,
        scope: &Scope<'_>,
    ) -> Option<Value> {
        let needles = if operator.takes_list() {
            self.text_list(right, scope)
        } else {
            self.one_needle(operator, right, at, scope).map(Needles::Each)
        };
        if matches!(left.kind, ExprKind::Wildcard(_)) {
            return self.any_column(operator, needles?, left.span, scope);
        }
        let text = self.scalar(left, scope);
        if let Some(text) = &text {
            self.checked_text(operator, text.kind, at, left.span)?;
        }
        let text = text.and_then(|text| self.searched(text, left.span));
        Some(asked(operator, text?.expr, &needles?))
    }

    fn one_needle(
        &mut self,
        operator: TextOperator,
        right: &'q [Expr],
        at: Span,
        scope: &Scope<'_>,
    ) -> Option<Vec<Bound>> {
        let needle = right.first()?;
        let value = self.scalar(needle, scope)?;
        self.checked_operator("contains", at, &[Type::String, value.kind])?;
        let value = match value.kind {
            Type::String | Type::Dynamic | Type::Guid => value.cast(Type::String),
            other => return self.refuse(messages::expected_type(needle.span, "string", other)),
        };
        // What only the rows say is checked as they come.
        if operator.ask == Ask::Regex
            && let Some(pattern) = value.literal_text()
            && let Err(why) = self.regexes.admit(pattern, true)
        {
            return self.refuse(messages::bad_regex(needle.span, &why));
        }
        Some(vec![value.expr])
    }

    /// What a word operator searches: Kusto reads any scalar as its text here.
    fn searched(&mut self, value: Value, span: Span) -> Option<Value> {
        match value.kind {
            Type::Bool | Type::Real | Type::Decimal => self.refuse(messages::expected_type(span, "string", value.kind)),
            _ => Some(value.cast(Type::String)),
        }
    }

    /// `* has "x"`: in any string column.
    fn any_column(&mut self, operator: TextOperator, needles: Needles, span: Span, scope: &Scope<'_>) -> Option<Value> {
        let texts = scope.columns.iter().filter(|column| matches!(column.kind, Type::String | Type::Dynamic));
        let each: Vec<Bound> = texts
            .map(|column| {
                asked(operator, Value::new(column.expr(), column.kind).cast(Type::String).expr, &needles).expr
            })
            .collect();
        match balanced(each, datafusion_expr::Operator::Or) {
            Some(expr) => Some(Value::total(expr, Type::Bool)),
            None => self.refuse(messages::not_supported(span, "'*' without string columns")),
        }
    }
}

fn asked(operator: TextOperator, text: Bound, needles: &Needles) -> Value {
    let shape = match operator.ask {
        Ask::Contains => Shape::Contains,
        Ask::StartsWith => Shape::StartsWith,
        Ask::EndsWith => Shape::EndsWith,
        Ask::Has | Ask::HasAny | Ask::HasAll => Shape::Has,
        Ask::HasPrefix => Shape::HasPrefix,
        Ask::HasSuffix => Shape::HasSuffix,
        Ask::Regex => Shape::Regex,
    };
    let mut predicate = Match::kql(shape).case_sensitive(operator.case_sensitive || operator.ask == Ask::Regex);
    if operator.ask == Ask::HasAll {
        predicate = predicate.all();
    }
    let holds = match needles {
        Needles::Each(needles) => predicate.call(text, needles.clone()),
        Needles::List(list) => predicate.call_list(text, list.clone()),
    };
    Value::total(if operator.negated { Bound::Not(Box::new(holds)) } else { holds }, Type::Bool)
}
