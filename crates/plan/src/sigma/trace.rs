//! The trace of a Sigma rule: its log source, then its condition with every field as it is written.

use syntax::sigma::{Condition, FieldMatch, Search, Value};

use super::Binder;
use crate::trace::{Clause, Operand, Side};

impl Binder<'_> {
    /// The condition as it is written; `None` where part of it is wrong.
    pub(super) fn clause(&mut self, condition: &Condition) -> Option<Clause> {
        Some(match condition {
            Condition::Selection(index, _) => self.of_selection(*index)?,
            Condition::AllOf(indices, _) => Clause::All(self.of_selections(indices)?),
            Condition::OneOf(indices, _) => Clause::Any(self.of_selections(indices)?),
            Condition::Not(inner) => Clause::Not(Box::new(self.clause(inner)?)),
            Condition::And(parts) => Clause::All(parts.iter().map(|part| self.clause(part)).collect::<Option<_>>()?),
            Condition::Or(parts) => Clause::Any(parts.iter().map(|part| self.clause(part)).collect::<Option<_>>()?),
        })
    }

    fn of_selections(&mut self, indices: &[usize]) -> Option<Vec<Clause>> {
        indices.iter().map(|index| self.of_selection(*index)).collect()
    }

    fn of_selection(&mut self, index: usize) -> Option<Clause> {
        let selection = self.rule.selections.get(index)?;
        self.of_search(&selection.search)
    }

    fn of_search(&mut self, search: &Search) -> Option<Clause> {
        let mut each = |parts: &[Search]| parts.iter().map(|part| self.of_search(part)).collect::<Option<Vec<_>>>();
        Some(match search {
            Search::All(parts) => Clause::All(each(parts)?),
            Search::Any(parts) => Clause::Any(each(parts)?),
            Search::Field(found) => Clause::Operand(Box::new(self.operand(found)?)),
        })
    }

    fn operand(&mut self, found: &FieldMatch) -> Option<Operand> {
        let holds = self.field(found, true)?;
        let (column, span) = match &found.field {
            Some(field) => (self.column(&field.value, field.span)?, field.span),
            None => (self.event_text(found.span)?, found.span),
        };
        let (value, kind) = column.into_parts();
        let text = |value: &Value| match value {
            Value::Text(text) | Value::Number(text) => Some(text.clone()),
            Value::Bool(_) | Value::Null => None,
        };
        let literals: Vec<_> =
            found.values.iter().filter_map(|value| Some((text(&value.value)?, value.span))).collect();
        let named = found.field.as_ref().map_or("keywords", |field| field.value.as_str());
        let shown =
            || literals.iter().map(|(text, _): &(String, _)| text.as_str()).take(5).collect::<Vec<_>>().join(", ");
        let label = found.span.is_empty().then(|| format!("{named}: {}", shown()));
        Some(Operand { span: found.span, holds, sides: vec![Side { span, value, kind }], label, literals })
    }
}
