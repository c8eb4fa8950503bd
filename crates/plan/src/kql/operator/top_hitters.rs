//! `top-hitters`: the values that come most often. Exact, where Kusto estimates.

use datafusion_expr::{SortExpr, lit};
use functions::Type;
use functions::aggregate;
use syntax::Span;
use syntax::kql::tree::TopHitters;

use crate::kql::binder::Binder;
use crate::kql::column_name::{Names, carried};
use crate::kql::flow::Flow;
use crate::kql::scope::Env;
use crate::relation::{Computed, field};

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn top_hitters(
        &mut self,
        tree: &'q TopHitters,
        flow: Flow,
        env: Env,
        span: Span,
    ) -> Option<Flow> {
        let rows = self.row_count(&tree.count, env)?;
        let mut names = Names::default();
        let key = self.group_key(&tree.of, &flow, env, &mut names)?;
        let (name, weight) = match &tree.by {
            Some(by) => {
                let value = self.scalar(by, &flow.scope(env))?;
                self.checked_weight(value.kind, by.span)?;
                let value = self.summable(value, by.span)?;
                let name = format!("approximate_sum_{}", carried(by).unwrap_or_default());
                (name, Computed::new("weight", value.kind, aggregate::sum(value.expr)))
            }
            None => {
                let name = format!("approximate_count_{}", key.name);
                (name, Computed::new("weight", Type::Long, aggregate::count(lit(1_i64))))
            }
        };
        let weight = Computed { name: names.free(&name), ..weight };
        let by = vec![SortExpr::new(field(&weight.name), false, false)];
        let table = flow.table.clone();
        let grouped = self.planned(flow.relation.aggregate(vec![key], vec![weight]), span)?;
        let sorted = self.planned(grouped.sort(by), span)?;
        let relation = self.planned(sorted.limit(rows), span)?;
        Some(Flow { table, ..Flow::new(relation) })
    }
}
