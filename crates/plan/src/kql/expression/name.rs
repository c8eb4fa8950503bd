//! A name in an expression: a column, a let, or a raw field.

use functions::Type;
use syntax::Span;
use syntax::kql::tree::{Expr, ExprKind, LetValue, Source};

use crate::binding::Mode;
use crate::kql::binder::Binder;
use crate::kql::messages;
use crate::kql::scope::{Env, Meaning, Phantom, Scope};
use crate::kql::value::Value;
use crate::relation::field;

impl<'q> Binder<'q, '_> {
    pub(super) fn name(&mut self, name: &str, span: Span, scope: &Scope<'_>) -> Option<Value> {
        if let Some(phantom) = scope.phantom(name) {
            return self.refuse(messages::phantom_used(span, name, &phantom.table));
        }
        // A column shadows a let of its name.
        if let Some(column) = scope.column(name) {
            return Some(Value::new(column.expr(), column.kind));
        }
        if let Some((meaning, env)) = self.lets.find(name, scope.env) {
            return self.let_value(meaning, env, span);
        }
        if scope.is_open {
            self.raw_fields.push((name.to_string(), span));
            return Some(Value::new(field(name), Type::String));
        }
        if self.gathered.as_ref().is_some_and(|gathered| gathered.flow.relation.column(name).is_some()) {
            return self.refuse(messages::not_aggregated(span, name));
        }
        if scope.is_unpacked {
            self.warn(messages::not_unpacked(span, name));
            return Some(Value::null(Type::Dynamic));
        }
        if self.options.mode == Mode::Lenient && scope.table.is_some() {
            return Some(self.absent(name, span, scope));
        }
        let unknown = self.unknown(name, span, scope);
        self.refuse(unknown)
    }

    /// A value that is only given out, where a helpful binder forgives an unknown column: the value, and the column that
    /// does not exist.
    pub(in crate::kql) fn given_out(&mut self, expr: &'q Expr, scope: &Scope<'_>) -> Option<(Value, Option<Phantom>)> {
        let ExprKind::Name(name) = &expr.kind else {
            return self.scalar(expr, scope).map(|value| (value, None));
        };
        if let (Some(phantom), Some(column)) = (scope.phantom(name), scope.column(name)) {
            return Some((Value::new(column.expr(), column.kind), Some(phantom.clone())));
        }
        let is_known = scope.is_unpacked
            || scope.column(name).is_some()
            || self.lets.find(name, scope.env).is_some()
            || scope.is_open;
        match scope.table {
            Some(table) if !is_known && self.options.mode == Mode::Helpful => {
                let phantom = Phantom { name: name.clone(), table: table.to_string() };
                Some((self.absent(name, expr.span, scope), Some(phantom)))
            }
            _ => self.scalar(expr, scope).map(|value| (value, None)),
        }
    }

    /// An unknown column as a typed null, with a warning.
    fn absent(&mut self, name: &str, span: Span, scope: &Scope<'_>) -> Value {
        let unknown = self.unknown(name, span, scope);
        self.warn(messages::reads_as_empty(unknown, name, scope.table.unwrap_or("the table")));
        Value::null(self.tables.column_elsewhere(name).unwrap_or(Type::String))
    }

    pub(in crate::kql) fn unknown(&self, name: &str, span: Span, scope: &Scope<'_>) -> syntax::Diagnostic {
        let columns: Vec<&str> = scope.columns.iter().map(|column| column.name.as_str()).collect();
        messages::unknown_name(span, name, &columns, &self.lets.names(scope.env))
    }

    fn let_value(&mut self, meaning: Meaning<'q>, env: Env, span: Span) -> Option<Value> {
        match meaning {
            Meaning::Bound(value) => Some(value),
            Meaning::Argument(expr, env) => self.scalar(expr, &Scope::constant(env)),
            Meaning::Tree(LetValue::Value(pipeline)) if pipeline.operators.is_empty() => match &pipeline.source {
                Source::Expr(expr) => self.scalar(expr, &Scope::constant(env)),
                _ => self.refuse(messages::rows_where_scalar(span)),
            },
            Meaning::Rows(_) | Meaning::Tree(LetValue::Value(_)) => self.refuse(messages::rows_where_scalar(span)),
            // Without parameters the parentheses may be left out.
            Meaning::Tree(LetValue::Function(function)) if function.parameters.is_empty() => {
                self.nested(span, |binder| binder.body_value(function, span, env))
            }
            Meaning::Tree(LetValue::Function(_)) => self.refuse(messages::expected_call(span)),
        }
    }
}
