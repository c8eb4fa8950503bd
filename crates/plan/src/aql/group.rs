//! GROUP BY: one row for each distinct combination of the keys. A field that is neither a key nor in an aggregate is the
//! first of its group.

use datafusion_common::Result;
use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_expr::Expr as Plan;
use functions::Type;
use functions::aggregate::aql::Aggregate;

use super::value::Value;
use crate::relation::{Computed, Relation, field};

/// The keys and aggregates of one SELECT. Their columns have names that no query can spell.
pub(super) struct Groups {
    keys: Vec<Value>,
    aggregates: Vec<Plan>,
    time: Option<String>,
}

impl Groups {
    pub fn new(keys: Vec<Value>, time: Option<String>) -> Self {
        let mut distinct: Vec<Value> = Vec::new();
        for key in keys {
            if !distinct.iter().any(|known| known.expr == key.expr) {
                distinct.push(key);
            }
        }
        Groups { keys: distinct, aggregates: Vec::new(), time }
    }

    pub fn is_key(&self, expr: &Plan) -> bool {
        self.keys.iter().any(|key| key.expr == *expr)
    }

    /// An expression over events as one over groups.
    pub fn over_groups(&mut self, expr: Plan) -> Result<Plan> {
        let over = expr.transform_down(|part| {
            if let Some(key) = self.keys.iter().position(|key| key.expr == part) {
                return Ok(Transformed::new(field(&key_name(key)), true, TreeNodeRecursion::Jump));
            }
            let aggregate = match part {
                Plan::AggregateFunction(_) => part,
                Plan::Column(_) => Aggregate::First.call(Some(part), self.time.as_deref().map(field)),
                other => return Ok(Transformed::no(other)),
            };
            Ok(Transformed::new(field(&self.column_of(aggregate)), true, TreeNodeRecursion::Jump))
        })?;
        Ok(over.data)
    }

    fn column_of(&mut self, aggregate: Plan) -> String {
        let known = self.aggregates.iter().position(|known| *known == aggregate);
        let index = known.unwrap_or_else(|| {
            self.aggregates.push(aggregate);
            self.aggregates.len() - 1
        });
        format!("\u{1}aggregate {index}")
    }

    pub fn aggregate(mut self, relation: Relation) -> Result<Relation> {
        if self.keys.is_empty() && self.aggregates.is_empty() {
            // One row for all events, whatever is made of it.
            self.aggregates.push(Aggregate::Count.call(None, None));
        }
        let keys = self.keys.into_iter().enumerate();
        let keys = keys.map(|(index, key)| Computed::new(key_name(index), key.kind, key.expr)).collect();
        let aggregates = self.aggregates.into_iter().enumerate();
        // What reads these columns knows their types already.
        let aggregates = aggregates
            .map(|(index, expr)| Computed::new(format!("\u{1}aggregate {index}"), Type::Dynamic, expr))
            .collect();
        relation.aggregate(keys, aggregates)
    }
}

fn key_name(index: usize) -> String {
    format!("\u{1}key {index}")
}
