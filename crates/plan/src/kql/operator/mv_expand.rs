//! `mv-expand`: a row for each value of an array or bag.

use functions::Type;
use functions::expand::Expansion;
use syntax::Span;
use syntax::kql::tree::{Expr, ExprKind, MvColumn, MvExpand, Name};

use crate::kql::binder::Binder;
use crate::kql::column_name::{Names, carried};
use crate::kql::flow::{Flow, TimeColumn};
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};
use crate::relation::{Computed, field};

/// A column whose values become rows.
pub(super) struct Expanded {
    pub name: String,
    /// What its values are converted to.
    pub kind: Type,
    /// It stands for a column of the input, and takes its place.
    pub replaces: bool,
    dynamic: datafusion_expr::Expr,
}

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn mv_expand(&mut self, tree: &'q MvExpand, flow: Flow, env: Env, span: Span) -> Option<Flow> {
        let most = self.most_values(tree.limit.as_ref(), env)?;
        let expansion = Expansion { as_pairs: tree.as_array, most, keeps_empty: false };
        let expanded = self.expanded(&tree.columns, &flow, env)?;
        self.expand(&expanded, expansion, tree.with_index.as_ref(), flow, span)
    }

    /// The rows of each value. With `keeps_empty` the place is a column in any case.
    pub(super) fn expand(
        &mut self,
        expanded: &[Expanded],
        expansion: Expansion,
        index: Option<&Name>,
        flow: Flow,
        span: Span,
    ) -> Option<Flow> {
        let dynamics: Vec<_> = expanded.iter().map(|column| column.dynamic.clone()).collect();
        let mut lists: Vec<Computed> = expanded
            .iter()
            .enumerate()
            .map(|(number, column)| Computed::new(&column.name, Type::Dynamic, expansion.values(number, &dynamics)))
            .collect();
        if let Some(index) = index {
            if lists.iter().any(|list| list.name == index.text) {
                return self.refuse(messages::declared_twice(index.span, &index.text));
            }
            lists.push(Computed::new(&index.text, Type::Long, expansion.indexes(&dynamics)));
        }
        let rows = self.planned(flow.relation.clone().expand(lists), span)?;
        let typed = expanded.iter().filter(|column| column.kind != Type::Dynamic).map(|column| {
            let value = functions::cast::cast(field(&column.name), Type::Dynamic, column.kind);
            Computed::new(&column.name, column.kind, value)
        });
        let typed: Vec<Computed> = typed.collect();
        let relation = if typed.is_empty() { rows } else { self.planned(rows.extend(typed), span)? };
        let is_new = |name: &str| {
            expanded.iter().any(|column| column.name == name) || index.is_some_and(|index| index.text == name)
        };
        let time = flow.time.clone().filter(|TimeColumn { column, .. }| !is_new(column));
        let mut phantoms = flow.phantoms.clone();
        phantoms.retain(|phantom| !is_new(&phantom.name));
        Some(Flow { relation, time, phantoms, ..flow })
    }

    pub(super) fn expanded(&mut self, columns: &'q [MvColumn], flow: &Flow, env: Env) -> Option<Vec<Expanded>> {
        let scope = flow.scope(env);
        let mut names = Names::of(flow.relation.columns.iter().map(|column| column.name.clone()));
        let mut expanded: Vec<Option<Expanded>> = Vec::with_capacity(columns.len());
        for column in columns {
            expanded.push(self.one_expanded(column, &scope, &mut names));
        }
        let expanded: Vec<Expanded> = expanded.into_iter().collect::<Option<_>>()?;
        for (index, column) in expanded.iter().enumerate() {
            if expanded.iter().take(index).any(|before| before.name == column.name) {
                let span = columns.get(index).map_or_else(Span::default, |column| column.value.span);
                return self.refuse(messages::declared_twice(span, &column.name));
            }
        }
        Some(expanded)
    }

    fn one_expanded(&mut self, column: &'q MvColumn, scope: &Scope<'_>, names: &mut Names) -> Option<Expanded> {
        let value = self.scalar(&column.value, scope)?;
        if value.kind != Type::Dynamic {
            return self.refuse(messages::not_dynamic(column.value.span, value.kind));
        }
        let kind = match &column.to {
            Some(name) => match Type::from_name(&name.text) {
                Some(kind) => kind,
                None => return self.refuse(messages::bad_literal(name.span, "type", &name.text)),
            },
            None => Type::Dynamic,
        };
        let name = match (&column.name, carried(&column.value)) {
            (Some(name), _) => name.text.clone(),
            (None, Some(name)) => name,
            (None, None) => names.next_unnamed(),
        };
        let replaces = column.name.is_none() && matches!(column.value.kind, ExprKind::Name(_));
        Some(Expanded { name, kind, replaces, dynamic: value.expr })
    }

    /// How many values of a row are taken.
    pub(super) fn most_values(&mut self, limit: Option<&'q Expr>, env: Env) -> Option<i64> {
        let Some(limit) = limit else { return Some(i64::MAX) };
        let value = self.scalar(limit, &Scope::constant(env))?;
        match value.literal_long().filter(|most| *most >= 0) {
            Some(most) => Some(most),
            None => self.refuse(messages::not_constant(limit.span, "the number of values")),
        }
    }
}
