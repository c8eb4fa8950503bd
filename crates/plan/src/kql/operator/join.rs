//! `join` and `lookup`: rows of two tables with equal keys.

use datafusion_common::JoinType;
use functions::{Type, aggregate};
use syntax::Span;
use syntax::kql::tree::{ExprKind, Join, JoinKey, JoinKind, Name, Operator, OperatorKind};
use syntax::nearest::nearest;

use crate::chain::balanced;
use crate::kql::binder::Binder;
use crate::kql::column_name::Names;
use crate::kql::expression::common_type;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Phantom};
use crate::kql::survey;
use crate::kql::value::Value;
use crate::relation::{Column, Computed, Relation};

/// The key columns of both sides, by name.
struct Key {
    left: Column,
    right: Column,
    span: Span,
}

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn join(&mut self, join: &'q Join, left: Flow, env: Env, span: Span) -> Option<Flow> {
        self.joined(join, left, false, env, span)
    }

    /// As a left outer or inner join, but the right side's keys do not come out.
    pub(in crate::kql) fn lookup(&mut self, join: &'q Join, left: Flow, env: Env, span: Span) -> Option<Flow> {
        self.joined(join, left, true, env, span)
    }

    fn joined(&mut self, join: &'q Join, left: Flow, is_lookup: bool, env: Env, span: Span) -> Option<Flow> {
        let right = self.pipeline(&join.right, env)?;
        let keys: Vec<Option<Key>> = join.on.iter().map(|key| self.key(key, &left, &right)).collect();
        let keys: Vec<Key> = keys.into_iter().collect::<Option<_>>()?;
        let mut left_relation = left.relation;
        if join.kind == JoinKind::InnerUnique {
            left_relation = self.one_for_each(left_relation, &keys, span)?;
        }
        let kind = match join.kind {
            JoinKind::InnerUnique | JoinKind::Inner => JoinType::Inner,
            JoinKind::LeftOuter => JoinType::Left,
            JoinKind::RightOuter => JoinType::Right,
            JoinKind::FullOuter => JoinType::Full,
            JoinKind::LeftSemi => JoinType::LeftSemi,
            JoinKind::LeftAnti => JoinType::LeftAnti,
            JoinKind::RightSemi => JoinType::RightSemi,
            JoinKind::RightAnti => JoinType::RightAnti,
        };
        let right_only = matches!(kind, JoinType::RightSemi | JoinType::RightAnti);
        // Names on the right that stand on the left too get a number, but where only the right comes out.
        let mut names = Names::of(left_relation.columns.iter().map(|column| column.name.clone()));
        let plain: Vec<Column> = right.relation.columns.clone();
        let renamed: Vec<String> = plain.iter().map(|column| names.free(&column.name)).collect();
        let new_name = |name: &str| {
            plain
                .iter()
                .zip(&renamed)
                .find(|(column, _)| column.name == name)
                .map_or_else(String::new, |(_, new)| new.clone())
        };
        let mut on = Vec::with_capacity(keys.len());
        for key in &keys {
            self.checked_join_key(key.left.kind, key.right.kind, span)?;
            let Some(kind) = common_type(key.left.kind, key.right.kind).filter(|kind| *kind != Type::Dynamic) else {
                return self.refuse(match (key.left.kind, key.right.kind) {
                    (Type::Dynamic, _) | (_, Type::Dynamic) => messages::dynamic_join_key(key.span),
                    (left, right) => messages::operator_types(span, "==", left, right),
                });
            };
            let left = Value::new(key.left.expr(), key.left.kind).cast(kind).or_empty();
            let right = crate::relation::field(&new_name(&key.right.name));
            let right = Value::new(right, key.right.kind).cast(kind).or_empty();
            on.push((left.expr, right.expr));
        }
        let computed = plain.iter().zip(&renamed).map(|(column, name)| Computed::new(name, column.kind, column.expr()));
        let computed = computed.collect();
        let right_relation = self.planned(right.relation.project(computed), span)?;
        let mut relation = self.planned(left_relation.join(right_relation, on, kind), span)?;
        if right_only {
            let back = plain
                .iter()
                .zip(&renamed)
                .map(|(column, name)| Computed::new(&column.name, column.kind, crate::relation::field(name)));
            let back = back.collect();
            relation = self.planned(relation.project(back), span)?;
        } else if is_lookup {
            let gone: Vec<String> = keys.iter().map(|key| new_name(&key.right.name)).collect();
            let kept = relation.columns.iter().filter(|column| !gone.contains(&column.name));
            let kept = kept.map(|column| Computed::new(&column.name, column.kind, column.expr())).collect();
            relation = self.planned(relation.project(kept), span)?;
        }
        let mut phantoms = if right_only { Vec::new() } else { left.phantoms };
        let shown = |name: &str| if right_only { name.to_owned() } else { new_name(name) };
        phantoms.extend(right.phantoms.iter().map(|phantom| Phantom { name: shown(&phantom.name), ..phantom.clone() }));
        phantoms.retain(|phantom| relation.column(&phantom.name).is_some());
        let is_unpacked = right.is_unpacked || (!right_only && left.is_unpacked);
        let table = if right_only { right.table } else { left.table };
        Some(Flow { phantoms, table, is_unpacked, ..Flow::new(relation) })
    }

    fn key(&mut self, key: &JoinKey, left: &Flow, right: &Flow) -> Option<Key> {
        let (left_name, right_name) = match key {
            JoinKey::Same(name) => (name, name),
            JoinKey::Pair(left, right) => (left, right),
        };
        let left = self.key_column(left_name, left, "left");
        let right = self.key_column(right_name, right, "right");
        Some(Key { left: left?, right: right?, span: left_name.span })
    }

    fn key_column(&mut self, name: &Name, side: &Flow, word: &str) -> Option<Column> {
        if let Some(phantom) = side.phantoms.iter().find(|phantom| phantom.name == name.text) {
            return self.refuse(messages::phantom_used(name.span, &name.text, &phantom.table));
        }
        match side.relation.column(&name.text) {
            Some(column) => Some(column.clone()),
            None => {
                let columns = side.relation.columns.iter().map(|column| column.name.as_str());
                let near = nearest(&name.text, columns).map(str::to_string);
                self.refuse(messages::not_on_both_sides(name.span, &name.text, word, near.as_deref()))
            }
        }
    }

    /// Conditions behind a join of unique keys that speak of the left side alone: Kusto applies them before it chooses which row
    /// of a key stays, so that a row which they keep is found.
    pub(in crate::kql) fn before_choice(&mut self, behind: &'q [Operator], flow: Flow, env: Env) -> Option<Flow> {
        let conditions = behind.iter().map_while(|operator| match &operator.kind {
            OperatorKind::Where(condition) => Some(condition),
            _ => None,
        });
        let conjuncts = conditions.flat_map(|condition| match &condition.kind {
            ExprKind::And(operands) => operands.as_slice(),
            _ => std::slice::from_ref(condition),
        });
        let mut kept = Vec::new();
        let mut span = Span::default();
        for conjunct in conjuncts {
            let names = survey::names(conjunct);
            if names.is_empty() || !names.iter().all(|name| flow.relation.column(name).is_some()) {
                continue;
            }
            // What is wrong with it is said where it stands.
            let told = self.diagnostics.len();
            match self.condition(conjunct, &flow.scope(env)) {
                Some(condition) => {
                    span = conjunct.span;
                    kept.push(condition);
                }
                None => self.diagnostics.truncate(told),
            }
        }
        let Some(condition) = balanced(kept, datafusion_expr::Operator::And) else { return Some(flow) };
        let relation = self.planned(flow.relation.filter(condition), span)?;
        Some(Flow { relation, ..flow })
    }

    /// Any one row for each combination of the keys.
    fn one_for_each(&mut self, relation: Relation, keys: &[Key], span: Span) -> Option<Relation> {
        let is_key = |column: &Column| keys.iter().any(|key| key.left.name == column.name);
        let columns = relation.columns.clone();
        let grouped = columns.iter().filter(|column| is_key(column)).map(|column| {
            let value = Value::new(column.expr(), column.kind).or_empty();
            Computed::new(&column.name, value.kind, value.expr)
        });
        let grouped = grouped.collect();
        // One order for all columns keeps them from one row: the first that was read.
        let rest = columns.iter().filter(|column| !is_key(column)).map(|column| {
            let order = vec![datafusion_expr::SortExpr::new(datafusion_expr::lit(1_i64), true, false)];
            Computed::new(&column.name, column.kind, aggregate::first(column.expr(), order))
        });
        let rest = rest.collect();
        let unique = self.planned(relation.aggregate(grouped, rest), span)?;
        let ordered = columns.iter().map(|column| Computed::new(&column.name, column.kind, column.expr())).collect();
        self.planned(unique.project(ordered), span)
    }
}
