//! Access paths into dynamics: `d.a`, `d["a"]`, `d[0]`.

use functions::Type;
use functions::scalar::dynamic;
use syntax::kql::tree::{Expr, Step};

use crate::kql::binder::Binder;
use crate::kql::messages;
use crate::kql::scope::Scope;
use crate::kql::value::Value;

impl<'q> Binder<'q, '_> {
    pub(super) fn access(&mut self, base: &'q Expr, steps: &'q [Step], scope: &Scope<'_>) -> Option<Value> {
        let value = self.scalar(base, scope)?;
        if value.kind != Type::Dynamic {
            return self.refuse(messages::not_dynamic(base.span, value.kind));
        }
        let mut path = Vec::with_capacity(steps.len());
        for step in steps {
            path.push(match step {
                Step::Member(name) => Value::text(name.text.clone()).expr,
                Step::Call { name, .. } | Step::Wildcard(name) => {
                    return self.refuse(messages::rows_where_scalar(name.span));
                }
                Step::Index(index) => {
                    let value = self.scalar(index, scope)?;
                    match value.kind {
                        Type::String => value.expr,
                        Type::Int | Type::Long => value.cast(Type::Long).expr,
                        Type::Dynamic => value.cast(Type::String).expr,
                        other => return self.refuse(messages::expected_type(index.span, "string or long", other)),
                    }
                }
            });
        }
        Some(Value::new(dynamic::get(value.expr, path), Type::Dynamic))
    }
}
