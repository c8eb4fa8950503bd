//! `summarize`: keys, aggregates, and the expressions around them.

use datafusion_expr::{SortExpr, lit};
use functions::Type;
use functions::aggregate::table::{Aggregate, Of};
use syntax::Span;
use syntax::kql::tree::{Arg, Assigned, Expr, ExprKind, Summarize};

use crate::kql::aggregate::{Call, Gathered, default_name};
use crate::kql::binder::Binder;
use crate::kql::column_name::{Names, carried, found};
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};
use crate::kql::value::Value;
use crate::relation::{Column, Computed};

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn summarize(&mut self, tree: &'q Summarize, flow: Flow, env: Env, span: Span) -> Option<Flow> {
        let mut names = Names::default();
        let keys = self.keys(&tree.by, &flow, env, &mut names);
        let key_columns: Vec<String> = tree.by.iter().filter_map(|item| plain_name(&item.value)).collect();
        let table = flow.table.clone();
        let relation = flow.relation.clone();
        self.gathered = Some(Gathered { flow, found: Vec::new() });
        let mut outputs = Vec::new();
        let mut is_whole = true;
        for item in &tree.aggregates {
            match self.aggregated(item, env, &key_columns, &mut names) {
                Some(columns) => outputs.extend(columns),
                None => is_whole = false,
            }
        }
        let found = self.gathered.take().map(|gathered| gathered.found).unwrap_or_default();
        let keys = keys.filter(|_| is_whole)?;
        let mut columns: Vec<Computed> =
            keys.iter().map(|key| Computed::new(&key.name, key.kind, crate::relation::field(&key.name))).collect();
        columns.extend(outputs);
        let grouped = self.planned(relation.aggregate(keys, found), span)?;
        let relation = self.planned(grouped.project(columns), span)?;
        Some(Flow { table, ..Flow::new(relation) })
    }

    pub(super) fn keys(
        &mut self,
        by: &'q [Assigned],
        flow: &Flow,
        env: Env,
        names: &mut Names,
    ) -> Option<Vec<Computed>> {
        let mut keys = Vec::with_capacity(by.len());
        for item in by {
            keys.push(self.plain_key(item, flow, env, names));
        }
        keys.into_iter().collect()
    }

    /// A key of a group that is no dynamic.
    pub(super) fn plain_key(
        &mut self,
        item: &'q Assigned,
        flow: &Flow,
        env: Env,
        names: &mut Names,
    ) -> Option<Computed> {
        let key = self.group_key(item, flow, env, names)?;
        if key.kind == Type::Dynamic && !matches!(key.expr, datafusion_expr::Expr::Literal(..)) {
            return self.refuse(messages::dynamic_here(item.value.span));
        }
        Some(key)
    }

    /// One key of a group, under the name that it is given or carries. The name is taken even where the value is wrong, so that
    /// the keys behind it keep theirs.
    pub(super) fn group_key(
        &mut self,
        item: &'q Assigned,
        flow: &Flow,
        env: Env,
        names: &mut Names,
    ) -> Option<Computed> {
        let value = self.scalar(&item.value, &flow.scope(env));
        let own = found(&item.value, &flow.relation.columns).or_else(|| carried(&item.value));
        let name = match (&item.name, own) {
            (Some(name), _) => names.free(&name.text),
            (None, Some(name)) => names.free(&name),
            (None, None) => names.next_unnamed(),
        };
        let value = value?.or_empty();
        Some(Computed::new(name, value.kind, value.expr))
    }

    /// The name of an aggregate over what has none.
    fn name_of_unnamed(&self, function: &str, names: &mut Names) -> String {
        match function {
            "take_any" | "any" => names.free("any_arg0"),
            "arg_max" | "argmax" => names.free("max_"),
            "arg_min" | "argmin" => names.free("min_"),
            "take_anyif" | "binary_all_and" | "binary_all_or" | "binary_all_xor" => names.next_unnamed(),
            _ => names.free(&format!("{function}_")),
        }
    }

    /// The columns of one item: one, but for arg_max, arg_min and take_any over several.
    pub(super) fn aggregated(
        &mut self,
        item: &'q Assigned,
        env: Env,
        keys: &[String],
        names: &mut Names,
    ) -> Option<Vec<Computed>> {
        if let ExprKind::Call { name, args } = &item.value.kind {
            let is_row = Aggregate::named(&name.text)
                .is_some_and(|known| !known.is_conditional && matches!(known.of, Of::Any | Of::ArgMax | Of::ArgMin));
            if is_row {
                return self.rows_first(item, &name.text, args, env, keys, names);
            }
            if let Some(known) = Aggregate::named(&name.text)
                && matches!(known.of, Of::Percentiles { is_array: false, .. })
                && args.len() > known.values + 1
            {
                let mut gathered = self.gathered.take()?;
                let call = Call::of(known, name, args, item.value.span);
                let found = self.percentile_columns(&call, &mut gathered, env);
                self.gathered = Some(gathered);
                let given = item.name.iter().chain(&item.more_names).map(|name| name.text.clone());
                let given = given.map(Some).chain(std::iter::repeat(None));
                let column = |((name, value), given): ((String, Value), Option<String>)| {
                    Computed::new(names.free(&given.unwrap_or(name)), value.kind, value.expr)
                };
                return Some(found?.into_iter().zip(given).map(column).collect());
            }
        }
        self.check_names(std::slice::from_ref(item))?;
        let value = self.scalar(&item.value, &Scope::constant(env))?;
        let name = match (&item.name, &item.value.kind) {
            (Some(name), _) => names.free(&name.text),
            (None, ExprKind::Call { name, args }) if functions::aggregate::names().any(|known| known == name.text) => {
                let wanted = default_name(&name.text, args);
                if wanted.is_empty() { self.name_of_unnamed(&name.text, names) } else { names.free(&wanted) }
            }
            (None, _) => match carried_aggregate(&item.value) {
                Some(name) => names.free(&name),
                None => names.next_unnamed(),
            },
        };
        Some(vec![Computed::new(name, value.kind, value.expr)])
    }

    /// `arg_max(by, columns…)`, `arg_min` and `take_any(columns…)`, and what they were called before, when their columns had
    /// other names.
    fn rows_first(
        &mut self,
        item: &'q Assigned,
        function: &str,
        args: &'q [Arg],
        env: Env,
        keys: &[String],
        names: &mut Names,
    ) -> Option<Vec<Computed>> {
        // While the arguments are bound, an aggregate within them is an error.
        let mut gathered = self.gathered.take()?;
        let flow = gathered.flow.clone();
        let scope = flow.scope(env);
        let ascending = function.starts_with("arg").then_some(function.ends_with("min"));
        let word = match ascending {
            Some(true) => "min",
            Some(false) => "max",
            None => "any",
        };
        let first = args.first().and_then(|arg| carried(&arg.value)).unwrap_or_default();
        let old = |column: &str, index: usize| match function {
            "any" => format!("any_{column}"),
            "argmax" | "argmin" if index == 0 => format!("{word}_{column}"),
            "argmax" | "argmin" => format!("{word}_{first}_{column}"),
            _ => column.to_string(),
        };
        let mut order = Vec::new();
        let mut columns: Vec<(String, Column, Option<datafusion_expr::Expr>)> = Vec::new();
        for (index, arg) in args.iter().enumerate() {
            if matches!(&arg.value.kind, ExprKind::Wildcard(text) if text == "*") {
                let taken: Vec<String> = columns.iter().map(|(_, column, _)| column.name.clone()).collect();
                let rest = flow
                    .relation
                    .columns
                    .iter()
                    .filter(|column| !keys.contains(&column.name) && !taken.contains(&column.name));
                columns.extend(rest.map(|column| (old(&column.name, index), column.clone(), None)));
                continue;
            }
            let value = self.scalar(&arg.value, &scope)?.or_empty();
            if index == 0
                && let Some(ascending) = ascending
            {
                if value.kind == Type::Dynamic {
                    return self.refuse(messages::not_orderable(arg.value.span, value.kind));
                }
                self.checked_order(value.kind, arg.value.span)?;
                order = self.order_of(value.clone(), ascending);
            }
            let own = arg.name.as_ref().map(|name| name.text.clone()).or_else(|| carried(&arg.value));
            let wanted = match (&item.name, index) {
                (Some(name), 0) => name.text.clone(),
                (Some(_), _) if index > 0 && item.more_names.len() >= index => {
                    item.more_names.get(index - 1).map(|name| name.text.clone()).unwrap_or_default()
                }
                _ => match (&arg.name, &own, ascending) {
                    (Some(name), ..) => name.text.clone(),
                    (None, Some(own), _) => old(own, index),
                    (None, None, Some(_)) if index == 0 => format!("{word}_"),
                    (None, None, Some(_)) => format!("{word}_{first}_arg{index}"),
                    (None, None, None) => format!("any_arg{index}"),
                },
            };
            columns.push((wanted, Column::new(own.unwrap_or_default(), value.kind), Some(value.expr)));
        }
        if columns.is_empty() {
            return self.refuse(messages::column_expected(item.value.span));
        }
        let is_alone = columns.len() == 1;
        if order.is_empty() && !is_alone {
            // One order for all columns keeps them from one row: the first that was read.
            order = vec![SortExpr::new(lit(1_i64), true, false)];
        }
        let made = columns.into_iter().map(|(name, column, expr)| {
            let value = match expr {
                // Of one column a value counts for more than none; an empty text is none.
                Some(expr) if order.is_empty() && column.kind == Type::String => gathered.first_text(expr),
                Some(expr) => gathered.first_value(expr, column.kind, &order),
                None => gathered.first_of(&column, &order),
            };
            Computed::new(names.free(&name), value.kind, value.expr)
        });
        let made = made.collect();
        self.gathered = Some(gathered);
        Some(made)
    }
}

fn plain_name(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        _ => None,
    }
}

/// The name of an aggregate within a function that passes names through: `round(avg(x))` is `avg_x`.
fn carried_aggregate(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Call { name, args } if functions::aggregate::names().any(|known| known == name.text) => {
            Some(default_name(&name.text, args))
        }
        ExprKind::Call { name, args } if crate::kql::column_name::passes(&name.text) => {
            let arg = args.first()?;
            arg.name.as_ref().map(|name| name.text.clone()).or_else(|| carried_aggregate(&arg.value))
        }
        _ => None,
    }
}
