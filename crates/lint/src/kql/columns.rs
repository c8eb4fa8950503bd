//! Columns that are computed for nothing: dropped before anything uses them, or given the name that they have.

use std::collections::BTreeSet;

use syntax::kql::tree::{Assigned, ExprKind, JoinKey, Operator, OperatorKind, Pipeline};
use syntax::kql::visit::{self, Node};
use syntax::{Diagnostic, Span};

use crate::messages;

/// A column that the query computes.
struct Computed<'q> {
    name: &'q str,
    span: Span,
    is_used: bool,
}

pub(super) fn check(pipeline: &Pipeline, said: &mut Vec<Diagnostic>) {
    let mut computed: Vec<Computed<'_>> = Vec::new();
    for operator in &pipeline.operators {
        let read = read(operator);
        let takes_all = takes_all(operator);
        computed.iter_mut().for_each(|one| one.is_used |= takes_all || read.contains(one.name));
        let is_left = |one: &Computed<'_>| match &operator.kind {
            OperatorKind::Project(_)
            | OperatorKind::Summarize(_)
            | OperatorKind::Distinct(_)
            | OperatorKind::MakeSeries(_)
            | OperatorKind::Count(_) => one.is_used,
            OperatorKind::ProjectAway(patterns) => !patterns.iter().any(|pattern| pattern.matches(one.name)),
            OperatorKind::ProjectKeep(patterns) => patterns.iter().any(|pattern| pattern.matches(one.name)),
            _ => true,
        };
        // What counts rows alone has no use for columns, and nobody computes them for it.
        let is_told = !matches!(operator.kind, OperatorKind::Count(_));
        let gone = computed.iter().filter(|one| is_told && !one.is_used && !is_left(one));
        said.extend(gone.map(|one| messages::dropped(one.span, one.name)));
        computed.retain(|one| is_left(one) && read_or_kept(operator, one.name, &read));
        if let OperatorKind::Extend(items) | OperatorKind::Project(items) = &operator.kind {
            items.iter().for_each(|item| add(item, &mut computed, said));
        }
    }
}

/// Behind a projection only what it names is left.
fn read_or_kept(operator: &Operator, name: &str, read: &BTreeSet<&str>) -> bool {
    let names_all =
        matches!(operator.kind, OperatorKind::Project(_) | OperatorKind::Summarize(_) | OperatorKind::Distinct(_));
    !names_all || read.contains(name)
}

fn add<'q>(item: &'q Assigned, computed: &mut Vec<Computed<'q>>, said: &mut Vec<Diagnostic>) {
    let Some(name) = item.name.as_ref().filter(|_| item.more_names.is_empty()) else {
        return;
    };
    if matches!(&item.value.kind, ExprKind::Name(value) if *value == name.text) {
        said.push(messages::same_name(name.span.to(item.value.span), &name.text));
        return;
    }
    // A column that is computed anew has been used for that, or is another one.
    computed.retain(|one| one.name != name.text);
    computed.push(Computed { name: &name.text, span: name.span, is_used: false });
}

/// The names that an operator reads.
fn read(operator: &Operator) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    visit::walk(Node::Operator(operator), &mut |node| {
        if let Node::Expr(expr) = node
            && let ExprKind::Name(name) = &expr.kind
        {
            names.insert(name.as_str());
        }
    });
    if let OperatorKind::Join(join) | OperatorKind::Lookup(join) = &operator.kind {
        for key in &join.on {
            match key {
                JoinKey::Same(name) => names.insert(name.text.as_str()),
                JoinKey::Pair(left, right) => names.insert(left.text.as_str()) | names.insert(right.text.as_str()),
            };
        }
    }
    names
}

/// Whether an operator takes every column, named or not.
fn takes_all(operator: &Operator) -> bool {
    let mut takes = matches!(
        operator.kind,
        OperatorKind::Evaluate(_)
            | OperatorKind::Invoke(_)
            | OperatorKind::Search(_)
            | OperatorKind::Fork(_)
            | OperatorKind::Facet(_)
            | OperatorKind::Partition(_)
            | OperatorKind::MakeGraph(_)
            | OperatorKind::GetSchema
            | OperatorKind::As(_)
            | OperatorKind::Other
            | OperatorKind::Broken
    );
    visit::walk(Node::Operator(operator), &mut |node| {
        let Node::Expr(expr) = node else {
            return;
        };
        takes |= match &expr.kind {
            ExprKind::Wildcard(_) => true,
            ExprKind::Call { name, .. } => {
                matches!(name.text.as_str(), "pack_all" | "column_ifexists" | "columnifexists")
            }
            _ => false,
        };
    });
    takes
}
