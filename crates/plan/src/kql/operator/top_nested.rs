//! `top-nested`: the largest values, and within each of them the largest of another column.

use datafusion_common::JoinType;
use datafusion_expr::{Operator, SortExpr, binary_expr, lit};
use functions::Type;
use functions::scalar::array;
use functions::serial::Serial;
use syntax::Span;
use syntax::kql::tree::{Expr, TopNested};

use crate::kql::aggregate::Gathered;
use crate::kql::binder::Binder;
use crate::kql::column_name::Names;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};
use crate::kql::value::Value;
use crate::relation::{Computed, Relation, field};

/// The hidden columns: the values around a value, and its place among its neighbours.
const AROUND: &str = "\u{1}around";
const PLACE: &str = "\u{1}place";

/// A level, what it calls all other values, and the rows of it and of those around it.
struct Kept<'q> {
    level: &'q TopNested,
    others: Option<Value>,
    rows: Relation,
}

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn top_nested(
        &mut self,
        levels: &'q [TopNested],
        flow: Flow,
        env: Env,
        span: Span,
    ) -> Option<Flow> {
        let mut names = Names::default();
        let mut keys: Vec<Computed> = Vec::new();
        let mut found: Option<Relation> = None;
        let mut kept: Vec<Kept> = Vec::new();
        for level in levels {
            let key = self.group_key(&level.of, &flow, env, &mut names)?;
            let own = key.name.clone();
            let others = match &level.others {
                Some(others) => Some(self.name_of_others(others, key.kind, env)?),
                None => None,
            };
            keys.push(key);
            let made = self.level(level, &own, &keys, &flow, env, &mut names, span)?;
            found = Some(match found.take() {
                None => made,
                Some(outer) => self.level_within(outer, made, &keys, span)?,
            });
            kept.push(Kept { level, others, rows: found.clone()? });
        }
        let mut all = vec![found?];
        for depth in 0..kept.len() {
            all.extend(self.left_out(depth, &kept, &keys, &flow, env, span)?);
        }
        let relation = self.planned(Relation::union(all), span)?;
        Some(Flow { table: flow.table, ..Flow::new(relation) })
    }

    /// The values of one level with their aggregate: of each group of values around them, the largest.
    #[allow(clippy::too_many_arguments, reason = "a level, and what is known around it")]
    fn level(
        &mut self,
        level: &'q TopNested,
        own: &str,
        keys: &[Computed],
        flow: &Flow,
        env: Env,
        names: &mut Names,
        span: Span,
    ) -> Option<Relation> {
        self.gathered = Some(Gathered { flow: flow.clone(), found: Vec::new() });
        let value = self.scalar(&level.by.value, &Scope::constant(env));
        let aggregates = self.gathered.take().map(|gathered| gathered.found).unwrap_or_default();
        let value = value?;
        let name = match &level.by.name {
            Some(name) => names.free(&name.text),
            None => names.free(&format!("aggregated_{own}")),
        };
        let grouped = self.planned(flow.relation.clone().aggregate(keys.to_vec(), aggregates), span)?;
        let columns = |keys: &[Computed]| -> Vec<Computed> {
            keys.iter().map(|key| Computed::new(&key.name, key.kind, field(&key.name))).collect()
        };
        let mut shown = columns(keys);
        shown.push(Computed::new(&name, value.kind, value.expr));
        let values = self.planned(grouped.project(shown), span)?;
        let Some(count) = &level.count else { return Some(values) };
        let count = self.row_count(count, env)?;
        let around = keys
            .iter()
            .rev()
            .skip(1)
            .map(|key| Value::new(field(&key.name), key.kind).or_empty().cast(Type::Dynamic).expr);
        let around = Computed::new(AROUND, Type::String, array::pack(around.collect()));
        let marked = self.planned(values.clone().extend(vec![around]), span)?;
        let order = vec![
            SortExpr::new(field(AROUND), true, true),
            SortExpr::new(field(&name), level.ascending, level.ascending),
        ];
        let sorted = self.planned(marked.sort_for_good(order), span)?;
        let place = Serial::Number.call(field(AROUND), vec![lit(1_i64)], Type::Long.arrow());
        let placed = self.planned(sorted.serial(vec![Computed::new(PLACE, Type::Long, place)]), span)?;
        let most = lit(i64::try_from(count).unwrap_or(i64::MAX));
        let kept = self.planned(placed.filter(binary_expr(field(PLACE), Operator::LtEq, most)), span)?;
        let visible = values.columns.iter().map(|column| Computed::new(&column.name, column.kind, column.expr()));
        self.planned(kept.project(visible.collect()), span)
    }

    /// The rows of a level within the values that were kept around it.
    fn level_within(&mut self, outer: Relation, inner: Relation, keys: &[Computed], span: Span) -> Option<Relation> {
        let shared: Vec<&Computed> = keys.iter().rev().skip(1).collect();
        let hidden = |name: &str| format!("\u{1}inner {name}");
        let renamed = inner.columns.iter().map(|column| {
            let is_shared = shared.iter().any(|key| key.name == column.name);
            let name = if is_shared { hidden(&column.name) } else { column.name.clone() };
            Computed::new(name, column.kind, column.expr())
        });
        let renamed = renamed.collect();
        let inner = self.planned(inner.project(renamed), span)?;
        let on = shared.iter().map(|key| (field(&key.name), field(&hidden(&key.name)))).collect();
        let joined = self.planned(outer.join(inner, on, JoinType::Inner), span)?;
        let visible = joined.columns.iter().filter(|column| !column.name.starts_with('\u{1}'));
        let visible = visible.map(|column| Computed::new(&column.name, column.kind, column.expr())).collect();
        self.planned(joined.project(visible), span)
    }

    /// `with others = …`: a value of the column that the level gives.
    fn name_of_others(&mut self, others: &'q Expr, kind: Type, env: Env) -> Option<Value> {
        let value = self.scalar(others, &Scope::constant(env))?;
        let named = value.clone().cast(kind);
        if named.is_null_literal() && !value.is_null_literal() {
            return self.refuse(messages::expected_type(others.span, kind.name(), value.kind));
        }
        Some(named.or_empty())
    }

    /// The rows that are in the kept values around a level and in none of its own, in one row: levels from there on that have no
    /// name for others are empty in it, and there is none where no level has one.
    fn left_out(
        &mut self,
        depth: usize,
        kept: &[Kept<'q>],
        keys: &[Computed],
        flow: &Flow,
        env: Env,
        span: Span,
    ) -> Option<Option<Relation>> {
        let (around, within) = kept.split_at_checked(depth)?;
        let own = within.first()?;
        if own.level.count.is_none() || within.iter().all(|level| level.others.is_none()) {
            return Some(None);
        }
        if flow.relation.is_apart() {
            return self.refuse(messages::not_supported(span, "a row of all others within parts"));
        }
        let [key, at, held] = ["key", "around", "held"].map(|what| move |level: usize| format!("\u{1}{what} {level}"));
        let keyed = keys.iter().take(depth + 1).enumerate();
        let keyed = keyed.map(|(level, computed)| Computed::new(key(level), computed.kind, computed.expr.clone()));
        let mut rows = self.planned(flow.relation.clone().extend(keyed.collect()), span)?;
        if let Some(outer) = around.last() {
            let columns = outer.rows.columns.iter().enumerate();
            let columns = columns.map(|(place, column)| Computed::new(at(place), column.kind, column.expr()));
            let outer = self.planned(outer.rows.clone().project(columns.collect()), span)?;
            let on = (0..depth).map(|level| (field(&key(level)), field(&at(level * 2)))).collect();
            rows = self.planned(rows.join(outer, on, JoinType::Inner), span)?;
        }
        let columns = own.rows.columns.iter().step_by(2).enumerate();
        let columns = columns.map(|(level, column)| Computed::new(held(level), column.kind, column.expr()));
        let chosen = self.planned(own.rows.clone().project(columns.collect()), span)?;
        let on = (0..=depth).map(|level| (field(&key(level)), field(&held(level)))).collect();
        rows = self.planned(rows.join(chosen, on, JoinType::LeftAnti), span)?;

        self.gathered = Some(Gathered { flow: flow.clone(), found: Vec::new() });
        let values = within
            .iter()
            .map(|level| level.others.as_ref().map(|_| self.scalar(&level.level.by.value, &Scope::constant(env))));
        let values: Vec<Option<Option<Value>>> = values.collect();
        let count = self.gathered.as_mut().map(Gathered::count_of_rows);
        let aggregates = self.gathered.take().map(|gathered| gathered.found).unwrap_or_default();
        let columns = &kept.last()?.rows.columns;
        let shared = columns.iter().take(depth * 2).enumerate();
        let shared = shared.map(|(place, column)| Computed::new(&column.name, column.kind, field(&at(place))));
        let grouped = self.planned(rows.aggregate(shared.collect(), aggregates), span)?;
        // Where no row is left out there is none of them.
        let grouped = self.planned(grouped.filter(binary_expr(count?.expr, Operator::Gt, lit(0_i64))), span)?;
        let mut cells: Vec<Value> = Vec::with_capacity(columns.len());
        cells.extend(columns.iter().take(depth * 2).map(|column| Value::new(column.expr(), column.kind)));
        let own_columns = columns.get(depth * 2..)?.chunks_exact(2);
        for ((level, value), pair) in within.iter().zip(values).zip(own_columns) {
            let [of, by] = pair else { return None };
            match (&level.others, value) {
                (Some(others), Some(value)) => cells.extend([others.clone(), value?]),
                _ => cells.extend([Value::null(of.kind).or_empty(), Value::null(by.kind).or_empty()]),
            }
        }
        let shown = columns.iter().zip(cells);
        let shown = shown.map(|(column, cell)| Computed::new(&column.name, column.kind, cell.cast(column.kind).expr));
        Some(Some(self.planned(grouped.project(shown.collect()), span)?))
    }
}
