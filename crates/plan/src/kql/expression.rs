//! Scalar expressions: what each kind of tree node binds to.

mod access;
mod arithmetic;
mod call;
mod checked;
mod compare;
mod form;
mod list;
mod literal;
mod logic;
mod name;
mod refused;
mod row_form;
mod serial;
mod several;
mod text;
mod types;

use datafusion_expr::Expr as Bound;
use functions::{Type, constant, step};
use syntax::kql::tree::{Expr, ExprKind};

use super::binder::Binder;
use super::messages;
use super::scope::Scope;
use super::value::Value;

pub(super) use compare::choose;
pub(super) use form::FORMS;
pub(super) use literal::json_of;
pub(super) use refused::REFUSED;
pub(super) use serial::{FUNCTIONS as SERIAL, Serials};
pub(super) use several::SEVERAL;
pub(super) use types::common_type;

/// How a boolean's null may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Null {
    /// As false: the boolean stands un-negated in a filter. Comparisons stay bare, so that readers can use them.
    IsFalse,
    /// It must be exactly what the language says.
    Exact,
}

impl<'q> Binder<'q, '_> {
    /// The value of an expression; `None` after an error.
    pub(super) fn scalar(&mut self, expr: &'q Expr, scope: &Scope<'_>) -> Option<Value> {
        self.truth(expr, scope, Null::Exact)
    }

    /// A filter's condition as a bare boolean.
    pub(super) fn condition(&mut self, expr: &'q Expr, scope: &Scope<'_>) -> Option<Bound> {
        self.condition_told(expr, scope, "KS107")
    }

    /// The same, with the code that tells where it is no boolean.
    pub(super) fn condition_told(&mut self, expr: &'q Expr, scope: &Scope<'_>, code: &'static str) -> Option<Bound> {
        let value = self.truth(expr, scope, Null::IsFalse)?;
        self.checked_truth(code, value.kind, expr.span)?;
        self.boolean(value, expr)
    }

    pub(super) fn truth(&mut self, expr: &'q Expr, scope: &Scope<'_>, null: Null) -> Option<Value> {
        self.count_expression(expr.span)?;
        let value = self.nested(expr.span, |binder| binder.bind_kind(expr, scope, null))?;
        let may_fold = matches!(expr.kind, ExprKind::Call { .. } | ExprKind::Arithmetic { .. } | ExprKind::Negate(_));
        if may_fold
            && !self.is_mapping
            && value.literal().is_none()
            && let Some(constant) = constant::value(&value.expr, value.kind)
        {
            return Some(Value { expr: Bound::Literal(constant, None), ..value });
        }
        if self.is_filter || self.is_mapping || !matches!(value.expr, Bound::IsTrue(_) | Bound::IsNotTrue(_)) {
            return Some(value);
        }
        Some(Value { expr: step::unpromised(value.expr), ..value })
    }

    fn bind_kind(&mut self, expr: &'q Expr, scope: &Scope<'_>, null: Null) -> Option<Value> {
        match &expr.kind {
            ExprKind::Literal(value) => self.literal(value, expr.span),
            ExprKind::Dynamic(json) => self.dynamic_literal(json, expr.span),
            ExprKind::Name(name) => self.name(name, expr.span, scope),
            ExprKind::Call { name, args } => self.call(name, args, expr.span, scope),
            ExprKind::Access { base, steps } => self.access(base, steps, scope),
            ExprKind::Negate(operand) => self.negate(operand, expr.span, scope),
            ExprKind::Arithmetic { first, rest } => self.arithmetic(first, rest, scope),
            ExprKind::Compare { comparison, left, right, operator } => {
                self.compare(*comparison, left, right, *operator, scope, null)
            }
            ExprKind::Text { operator, left, right, at } => self.text_operator(*operator, left, right, *at, scope),
            ExprKind::In { negated, ignores_case, left, list } => {
                self.membership(*negated, *ignores_case, left, list, scope, null)
            }
            ExprKind::Between { negated, value, low, high } => self.between(*negated, value, low, high, scope),
            ExprKind::And(operands) => self.junction(operands, true, scope, null),
            ExprKind::Or(operands) => self.junction(operands, false, scope, null),
            ExprKind::Wildcard(_) => self.refuse(messages::not_supported(expr.span, "a wildcard here")),
            ExprKind::Term { .. } => self.refuse(messages::not_supported(expr.span, "a search term")),
            ExprKind::Pipeline(_) => self.refuse(messages::rows_where_scalar(expr.span)),
            ExprKind::TypeOf(name) => match Type::from_name(&name.text) {
                Some(kind) => Some(Value::text(kind.name())),
                None => self.refuse(messages::bad_literal(name.span, "type", &name.text)),
            },
            // The parser reported it, and nothing is bound after a parser's error; but a hole is never a value.
            ExprKind::Missing => None,
        }
    }

    pub(super) fn boolean(&mut self, value: Value, expr: &Expr) -> Option<Bound> {
        match value.kind {
            Type::Bool => Some(value.expr),
            Type::Dynamic => Some(value.cast(Type::Bool).expr),
            other => self.refuse(messages::not_a_truth(expr.span, other)),
        }
    }
}
