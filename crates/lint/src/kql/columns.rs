//! Columns that are computed for nothing: dropped before anything uses them, or given the name that they have.

use std::collections::BTreeSet;

use syntax::kql::tree::{Assigned, ExprKind, JoinKey, Operator, OperatorKind, Pipeline, Source};
use syntax::kql::visit::{self, Node};
use syntax::{Diagnostic, Span};

use crate::messages;

/// A column that the query computes.
struct Computed<'q> {
    name: &'q str,
    span: Span,
    is_used: bool,
    /// What to leave out so that it is not computed, while nothing has stood between that could tell.
    cut: Option<Span>,
}

pub(super) fn check(pipeline: &Pipeline, said: &mut Vec<Diagnostic>) {
    let mut computed: Vec<Computed<'_>> = Vec::new();
    let mut end = start(pipeline);
    for operator in &pipeline.operators {
        let read = read(operator);
        // Behind a join, a name of both sides is another one on the right: it may be that which is read.
        let takes_all = takes_all(operator) || matches!(operator.kind, OperatorKind::Join(_) | OperatorKind::Lookup(_));
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
        let names_all = names_all(operator);
        let gone = computed.iter().filter(|one| is_told && !one.is_used && !is_left(one));
        said.extend(gone.map(|one| messages::dropped(one.span, one.name).cut(one.cut.filter(|_| names_all))));
        if !keeps_quiet(operator) {
            computed.iter_mut().for_each(|one| one.cut = None);
        }
        computed.retain(|one| is_left(one) && read_or_kept(operator, one.name, &read));
        if let OperatorKind::Extend(items) | OperatorKind::Project(items) = &operator.kind {
            let is_extend = matches!(operator.kind, OperatorKind::Extend(_));
            let whole = end.filter(|_| is_extend).map(|end| Span { start: end, end: operator.span.end });
            for (place, item) in items.iter().enumerate() {
                add(item, cut(items, place).or(whole), is_extend, &mut computed, said);
            }
        }
        end = Some(operator.span.end);
    }
}

/// Where the operators of a pipeline begin, if something stands before them.
fn start(pipeline: &Pipeline) -> Option<u32> {
    match &pipeline.source {
        Source::Expr(expr) => Some(expr.span.end),
        _ => None,
    }
}

/// An item and the comma that holds it to its neighbour, where it has one.
fn cut(items: &[Assigned], place: usize) -> Option<Span> {
    let span = |place: usize| {
        let item = items.get(place).filter(|item| item.more_names.is_empty())?;
        Some(item.name.as_ref().map_or(item.value.span, |name| name.span.to(item.value.span)))
    };
    let own = span(place)?;
    match (place.checked_sub(1).and_then(span), span(place + 1)) {
        (Some(before), _) => Some(Span { start: before.end, end: own.end }),
        (None, Some(after)) => Some(Span { start: own.start, end: after.start }),
        (None, None) => None,
    }
}

/// Whether rows pass an operator without it telling which columns they have besides those that it reads.
fn keeps_quiet(operator: &Operator) -> bool {
    matches!(
        operator.kind,
        OperatorKind::Where(_)
            | OperatorKind::Extend(_)
            | OperatorKind::Sort(_)
            | OperatorKind::Take(_)
            | OperatorKind::Top { .. }
    )
}

/// Behind these only what they name is left.
fn names_all(operator: &Operator) -> bool {
    matches!(operator.kind, OperatorKind::Project(_) | OperatorKind::Summarize(_) | OperatorKind::Distinct(_))
}

/// Behind a projection only what it names is left.
fn read_or_kept(operator: &Operator, name: &str, read: &BTreeSet<&str>) -> bool {
    !names_all(operator) || read.contains(name)
}

fn add<'q>(
    item: &'q Assigned,
    cut: Option<Span>,
    is_extend: bool,
    computed: &mut Vec<Computed<'q>>,
    said: &mut Vec<Diagnostic>,
) {
    let Some(name) = item.name.as_ref().filter(|_| item.more_names.is_empty()) else {
        return;
    };
    if matches!(&item.value.kind, ExprKind::Name(value) if *value == name.text) {
        // In an extend the column may move to another place by it.
        let doubled = Span { start: name.span.start, end: item.value.span.start };
        let doubled = Some(doubled).filter(|_| !is_extend);
        said.push(messages::same_name(name.span.to(item.value.span), &name.text).cut(doubled));
        return;
    }
    // A column that is computed anew has been used for that, or is another one.
    computed.retain(|one| one.name != name.text);
    computed.push(Computed { name: &name.text, span: name.span, is_used: false, cut });
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
