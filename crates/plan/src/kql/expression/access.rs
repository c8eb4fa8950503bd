//! Access paths into dynamics: `d.a`, `d["a"]`, `d[0]`.

use functions::Type;
use functions::scalar::dynamic;
use functions::scan::seen_by;
use syntax::kql::tree::{Expr, ExprKind, Step};

use crate::kql::binder::Binder;
use crate::kql::messages;
use crate::kql::scope::Scope;
use crate::kql::value::Value;

impl<'q> Binder<'q, '_> {
    pub(super) fn access(&mut self, base: &'q Expr, steps: &'q [Step], scope: &Scope<'_>) -> Option<Value> {
        if let (ExprKind::Name(step), Some((Step::Member(name), further))) = (&base.kind, steps.split_first())
            && let Some(seen) = scope.column(&seen_by(step, &name.text))
        {
            let value = Value::new(seen.expr(), seen.kind);
            return if further.is_empty() { Some(value) } else { self.within(value, base, further, scope) };
        }
        let value = self.scalar(base, scope)?;
        self.within(value, base, steps, scope)
    }

    /// What a path leads to within a value.
    fn within(&mut self, value: Value, base: &Expr, steps: &'q [Step], scope: &Scope<'_>) -> Option<Value> {
        if value.kind != Type::Dynamic {
            return match steps.first() {
                Some(Step::Member(name)) => self.refuse(messages::no_member(name.span, &name.text, value.kind)),
                _ => self.refuse(messages::no_elements(base.span, value.kind)),
            };
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
