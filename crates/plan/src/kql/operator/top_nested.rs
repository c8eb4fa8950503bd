//! `top-nested`: the largest values, and within each of them the largest of another column.

use datafusion_common::JoinType;
use datafusion_expr::{Operator, SortExpr, binary_expr, lit};
use functions::Type;
use functions::scalar::array;
use functions::serial::Serial;
use syntax::Span;
use syntax::kql::tree::TopNested;

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
        for level in levels {
            if let Some(others) = &level.others {
                return self.refuse(messages::not_supported(others.span, "a row of all others"));
            }
            let key = self.group_key(&level.of, &flow, env, &mut names)?;
            let own = key.name.clone();
            keys.push(key);
            let made = self.level(level, &own, &keys, &flow, env, &mut names, span)?;
            found = Some(match found.take() {
                None => made,
                Some(outer) => self.level_within(outer, made, &keys, span)?,
            });
        }
        let relation = found?;
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
}
