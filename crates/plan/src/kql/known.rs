//! Values that have to be known before the rows are read: literals, and what the data says when it is asked.

use datafusion_common::ScalarValue;
use datafusion_expr::Expr;
use syntax::Span;

use super::binder::Binder;
use super::messages;
use super::source::one_row;
use super::value::Value;
use crate::relation::Computed;

impl Binder<'_, '_> {
    /// The literal that a value without columns comes to; `None` within where nothing can be asked.
    pub(super) fn known(&mut self, value: Value, span: Span) -> Option<Option<Value>> {
        if value.literal().is_some() {
            return Some(Some(value));
        }
        let Some(rows) = self.options.rows else { return Some(None) };
        let asked = one_row().project(vec![Computed::new("value", value.kind, value.expr)]);
        let asked = self.planned(asked, span)?;
        let found = rows(&asked.plan).and_then(|batches| match batches.iter().find(|batch| batch.num_rows() > 0) {
            Some(batch) => ScalarValue::try_from_array(batch.column(0), 0),
            None => ScalarValue::try_from(&value.kind.arrow()),
        });
        match found {
            Ok(found) => Some(Some(Value::new(Expr::Literal(found, None), value.kind))),
            Err(error) => self.refuse(messages::unasked(span, &error.strip_backtrace())),
        }
    }
}
