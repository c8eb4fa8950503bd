//! Values: literals, names, and the dispatch to what computes.

use datafusion_common::ScalarValue;
use datafusion_common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion_expr::{Expr as Plan, lit};
use functions::Type;
use syntax::Span;
use syntax::aql::tree::{Expr, ExprKind, Item};

use super::scope::{Field, Place};
use super::value::Value;
use super::{Binder, messages};
use crate::binding::{Mode, Nulls};
use crate::relation::field;

/// Aliases of aliases can double an expression at every step, and so can operators that look at an operand twice: so many
/// values may there be beyond those that the text spells itself.
const MAX_REPEATED: usize = 20_000;

impl Binder<'_> {
    pub(super) fn value(&mut self, expr: &Expr, place: Place<'_, '_>) -> Option<Value> {
        self.bound_values += 1;
        let most = self.most_values();
        if self.bound_values > most {
            return self.fail(messages::too_large(expr.span));
        }
        let value = self.unbounded(expr, place)?;
        match size(&value.expr, most) > most {
            true => self.fail(messages::too_large(expr.span)),
            false => Some(value),
        }
    }

    /// A text never spells more values than it has bytes.
    fn most_values(&self) -> usize {
        MAX_REPEATED.saturating_add(self.source.text().len())
    }

    /// The value is going to stand in the plan so many times.
    pub(super) fn repeat(&mut self, value: &Value, times: usize, span: Span) -> Option<()> {
        let most = self.most_values();
        let size = size(&value.expr, most);
        if size > 1 {
            self.bound_values = self.bound_values.saturating_add(size.saturating_mul(times));
        }
        match self.bound_values > most {
            true => self.fail(messages::too_large(span)),
            false => Some(()),
        }
    }

    fn unbounded(&mut self, expr: &Expr, place: Place<'_, '_>) -> Option<Value> {
        match &expr.kind {
            ExprKind::Missing => None,
            ExprKind::Field(name) => self.named(name, expr.span, place),
            ExprKind::Text(text) => Some(Value::new(lit(text.as_str()), Type::String)),
            ExprKind::Long(value) => Some(Value::new(lit(*value), Type::Long)),
            ExprKind::Real(value) => Some(Value::new(lit(*value), Type::Real)),
            ExprKind::Bool(value) => Some(Value::new(lit(*value), Type::Bool)),
            ExprKind::Null => Some(Value::null()),
            ExprKind::Call(call) => self.call(call, expr.span, place),
            ExprKind::Case { subject, branches, otherwise } => {
                self.case(subject.as_deref(), branches, otherwise.as_deref(), place)
            }
            ExprKind::Negate(inner) => self.negate(inner, place),
            ExprKind::Invert(inner) => self.invert(inner, place),
            ExprKind::Arithmetic { op, left, right } => self.arithmetic(*op, left, right, place),
            _ => Some(Value::new(self.condition(expr, place, true)?, Type::Bool)),
        }
    }

    /// A known field, else an item's name, else a raw field of the events; after the filter, items come first.
    fn named(&mut self, name: &str, span: Span, place: Place<'_, '_>) -> Option<Value> {
        let scope = place.scope;
        let found = scope.field(name);
        let known = found.filter(|field| !field.is_raw);
        let item = scope.item(name, place.visible);
        let is_meant = scope.is_of_table() && (item.is_none() || !place.items_first);
        if let Some(known) = known.filter(|known| is_meant && known.is_otherwise_named(name)) {
            self.note_spelling(name, &known.column, span);
        }
        match (known, item, found) {
            (Some(known), None, _) => Some(self.read(known, span, place)),
            (Some(known), Some(_), _) if !place.items_first => Some(self.read(known, span, place)),
            (_, Some(item), _) => self.item(item, place),
            (None, None, Some(raw)) => Some(self.read(raw, span, place)),
            (None, None, None) => self.unknown(name, span, place),
        }
    }

    /// What a field holds; a raw one that it comes from is reported when no event held it.
    fn read(&mut self, known: &Field, span: Span, place: Place<'_, '_>) -> Value {
        if let Some(raw) = &known.raw {
            self.note_raw(raw, span);
            let is_kept = place.negated && self.options.nulls == Nulls::TwoValued;
            if is_kept && !self.holds_without.contains(raw) {
                self.holds_without.push(raw.clone());
            }
        }
        value_of(known)
    }

    /// Bound again in this place, so that the place's own rules hold for it.
    fn item(&mut self, index: usize, place: Place<'_, '_>) -> Option<Value> {
        let Item::Value { expr, .. } = place.scope.items.get(index)? else { return None };
        self.value(expr, Place { visible: index, items_first: false, ..place })
    }

    /// A property by another name than IBM's own, unless the user says that QRadar has one of this name.
    fn note_spelling(&mut self, name: &str, meant: &str, span: Span) {
        let is_known = self.spellings.iter().any(|(_, known, _)| known.eq_ignore_ascii_case(name));
        if !is_known && self.tables.property(name).is_none() {
            self.spellings.push((span, name.to_owned(), meant.to_owned()));
        }
    }

    fn unknown(&mut self, name: &str, span: Span, place: Place<'_, '_>) -> Option<Value> {
        let is_error = match self.options.mode {
            Mode::Strict => true,
            Mode::Helpful => place.decides,
            Mode::Lenient => false,
        };
        if is_error {
            return self.fail(messages::unknown_field(span, name, place.scope.names()));
        }
        self.report(messages::unknown_empty(span, name));
        Some(Value::null())
    }
}

/// How many parts an expression has, which is not counted beyond `most`.
fn size(expr: &Plan, most: usize) -> usize {
    let mut count = 0;
    let counted = expr.apply(|_| {
        count += 1;
        Ok(if count > most { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    // Counting cannot fail.
    counted.map_or(most, |_| count)
}

/// What a field holds.
pub(super) fn value_of(known: &Field) -> Value {
    Value { ariel: known.ariel, ..Value::new(field(&known.column), known.kind) }
}

/// Whether an engine expression is this literal text.
pub(super) fn is_true_literal(expr: &Plan) -> Option<bool> {
    match expr {
        Plan::Literal(ScalarValue::Boolean(value), _) => *value,
        _ => None,
    }
}
