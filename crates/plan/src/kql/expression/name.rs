//! A name in an expression: a column, a let, or a raw field.

use functions::Type;
use syntax::Span;
use syntax::kql::tree::{LetValue, Source};

use crate::kql::binder::Binder;
use crate::kql::messages;
use crate::kql::scope::{Env, Meaning, Scope};
use crate::kql::value::Value;
use crate::relation::field;

impl<'q> Binder<'q, '_> {
    pub(super) fn name(&mut self, name: &str, span: Span, scope: &Scope<'_>) -> Option<Value> {
        // A column shadows a let of its name.
        if let Some(phantom) = scope.phantom(name) {
            let table = phantom.table.clone();
            return self.phantom_used(name, &table, span, scope);
        }
        if let Some(column) = scope.column(name) {
            let (kind, name) = (column.kind, column.name.clone());
            self.read_column(&name, span);
            return Some(Value::new(field(&name), kind));
        }
        if let Some((meaning, env)) = self.lets.find(name, scope.env) {
            return self.let_value(meaning, env, span);
        }
        if scope.is_open {
            self.raw_fields.push((name.to_string(), span));
            return Some(Value::new(field(name), Type::String));
        }
        self.unknown_column(name, span, scope)
    }

    fn let_value(&mut self, meaning: Meaning<'q>, env: Env, span: Span) -> Option<Value> {
        match meaning {
            Meaning::Bound(value) => Some(value),
            Meaning::Argument(expr, env, kind) => {
                let value = self.scalar(expr, &Scope::constant(env))?;
                Some(match kind {
                    Some(kind) => value.cast(kind),
                    None => value,
                })
            }
            Meaning::Tree(LetValue::Value(pipeline)) if pipeline.operators.is_empty() => match &pipeline.source {
                Source::Expr(expr) => self.scalar(expr, &Scope::constant(env)),
                _ => self.refuse(messages::rows_where_scalar(span)),
            },
            Meaning::Tree(LetValue::Value(_)) | Meaning::Rows(..) => self.refuse(messages::rows_where_scalar(span)),
            Meaning::Tree(LetValue::Function(_)) => self.refuse(messages::expected_call(span)),
        }
    }
}
