//! Forms over the row or the session: packed columns, names of columns, and what a SIEM knows that evidence does not.

use datafusion_expr::{Expr as Bound, lit};
use functions::Type;
use functions::scalar::bag;
use syntax::Span;
use syntax::kql::tree::{Arg, Expr, ExprKind, Literal, Name};

use crate::kql::binder::Binder;
use crate::kql::messages;
use crate::kql::scope::Scope;
use crate::kql::value::Value;

/// Functions whose last argument may be `typeof(...)`, and at which place.
pub(super) const TYPED: &[(&str, usize)] =
    &[("extract", 3), ("extract_json", 2), ("extractjson", 2), ("percentile_tdigest", 2)];

impl<'q> Binder<'q, '_> {
    /// `extract(…, typeof(long))`: the call without its last argument, converted.
    pub(super) fn typed_call(
        &mut self,
        name: &'q Name,
        args: &'q [Arg],
        span: Span,
        scope: &Scope<'_>,
    ) -> Option<Option<Value>> {
        let (last, rest) = args.split_last()?;
        let ExprKind::TypeOf(kind) = &last.value.kind else { return None };
        TYPED.iter().find(|(known, count)| *known == name.text && *count == rest.len())?;
        let Some(kind) = Type::from_name(&kind.text) else {
            return Some(self.refuse(messages::bad_literal(kind.span, "type", &kind.text)));
        };
        Some(self.call(name, rest, span, scope).map(|value| value.cast(kind)))
    }

    /// `pack_all()`: every column of the row; `pack_all(true)`: those that hold something.
    pub(super) fn pack_all(&mut self, args: &'q [Arg], scope: &Scope<'_>) -> Option<Value> {
        let skips_empty = match args.first().map(|arg| (&arg.value.kind, arg.value.span)) {
            None => false,
            Some((ExprKind::Literal(Literal::Bool(skips)), _)) => *skips,
            Some((_, span)) => return self.refuse(messages::not_constant(span, "whether empty values are left out")),
        };
        let columns = scope.columns.iter().map(|column| (column.name.clone(), Value::new(column.expr(), column.kind)));
        Some(packed(columns.collect(), skips_empty))
    }

    pub(super) fn pack_columns(&mut self, args: &'q [Arg], scope: &Scope<'_>) -> Option<Value> {
        let mut columns = Vec::with_capacity(args.len());
        for arg in args {
            let ExprKind::Name(name) = &arg.value.kind else {
                return self.refuse(messages::column_expected(arg.value.span));
            };
            columns.push((name.clone(), self.scalar(&arg.value, scope)?));
        }
        Some(packed(columns, false))
    }

    /// The names of a table's columns, which are known without its rows.
    pub(super) fn column_names(&mut self, table: &'q Expr, scope: &Scope<'_>) -> Option<Value> {
        let relation = self.rows(table, scope.env)?.relation;
        let names: Vec<&str> = relation.columns.iter().map(|column| column.name.as_str()).collect();
        Some(Value::total(lit(serde_json::Value::from(names).to_string()), Type::Dynamic))
    }

    /// `assert(condition, message)`: a constant that has to hold.
    pub(super) fn assertion(&mut self, args: &'q [Arg], scope: &Scope<'_>) -> Option<Value> {
        let [condition, message] = args else { return None };
        let expr = self.condition(&condition.value, scope)?;
        let text = self.scalar(&message.value, scope)?;
        match constant_truth(expr) {
            Some(true) => Some(Value::total(lit(true), Type::Bool)),
            Some(false) => {
                let text = text.literal_text().unwrap_or("").to_string();
                self.refuse(messages::assertion_failed(condition.value.span, &text))
            }
            None => self.refuse(messages::not_constant(condition.value.span, "what is asserted")),
        }
    }

    /// Where an address lies stands in a database of the service: it is null here, and that is said.
    pub(super) fn located(&mut self, name: &Name, args: &'q [Arg], scope: &Scope<'_>) -> Option<Value> {
        let address = &args.first()?.value;
        let value = self.scalar(address, scope)?;
        self.string(value, address.span)?;
        self.warn(messages::no_database(name.span, &name.text));
        Some(Value::null(Type::Dynamic))
    }

    /// When a service took an event in: minutes behind its time, or unknown where rows have none.
    pub(super) fn ingestion_time(&mut self, name: &Name, scope: &Scope<'_>) -> Value {
        let mut times = ["Timestamp", "TimeGenerated"].into_iter().filter_map(|time| Some((time, scope.column(time)?)));
        let Some((time, column)) = times.find(|(_, column)| column.kind == Type::Datetime) else {
            return self.unknowable(name, Type::Datetime);
        };
        self.warn(messages::event_time_instead(name.span, time));
        Value::new(column.expr(), column.kind)
    }

    /// What only a SIEM knows is null here, and that is said.
    pub(super) fn unknowable(&mut self, name: &Name, kind: Type) -> Value {
        self.warn(messages::unknowable(name.span, &name.text));
        match kind {
            Type::String => Value::text(""),
            Type::Bool => Value::total(lit(false), Type::Bool),
            kind => Value::null(kind),
        }
    }
}

fn packed(columns: Vec<(String, Value)>, skips_empty: bool) -> Value {
    let pairs: Vec<Bound> =
        columns.into_iter().flat_map(|(name, value)| [lit(name), value.or_empty().cast(Type::Dynamic).expr]).collect();
    Value::total(bag::pack(pairs, skips_empty), Type::Dynamic)
}

/// The value of a condition without columns.
fn constant_truth(expr: Bound) -> Option<bool> {
    use datafusion_common::ScalarValue;
    use datafusion_expr::Operator;
    match expr {
        Bound::Literal(ScalarValue::Boolean(Some(truth)), _) => Some(truth),
        Bound::Not(inner) => constant_truth(*inner).map(|truth| !truth),
        Bound::BinaryExpr(pair) => {
            let (Bound::Literal(left, _), Bound::Literal(right, _)) = (pair.left.as_ref(), pair.right.as_ref()) else {
                let (left, right) = (constant_truth(*pair.left)?, constant_truth(*pair.right)?);
                return match pair.op {
                    Operator::And => Some(left && right),
                    Operator::Or => Some(left || right),
                    _ => None,
                };
            };
            let order = left.partial_cmp(right)?;
            match pair.op {
                Operator::Eq => Some(order.is_eq()),
                Operator::NotEq => Some(order.is_ne()),
                Operator::Lt => Some(order.is_lt()),
                Operator::LtEq => Some(order.is_le()),
                Operator::Gt => Some(order.is_gt()),
                Operator::GtEq => Some(order.is_ge()),
                _ => None,
            }
        }
        _ => None,
    }
}
