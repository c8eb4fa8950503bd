//! A pipeline: its source, then one operator after the other.

use syntax::kql::tree::{Assigned, JoinKind, Operator, OperatorKind, Pipeline};

use super::binder::Binder;
use super::expression::Serials;
use super::flow::Flow;
use super::messages;
use super::scope::{Env, Meaning};
use crate::trace::Kind;

const GRAPH: &str = "graphs are not read";
const SEVERAL: &str = "a query gives one table here";
const BEGINS: &str = "it begins a query";
const UNMEASURED: &str = "its answers were never compared with Kusto's";

/// Operators of Kusto that are refused, and why.
pub(super) const REFUSED: &[(&str, &str)] = &[
    ("assert-schema", UNMEASURED),
    ("consume", "it gives no rows"),
    ("execute-and-cache", "nothing is kept between queries"),
    ("facet", SEVERAL),
    ("fork", SEVERAL),
    ("graph-mark-components", GRAPH),
    ("graph-match", GRAPH),
    ("graph-shortest-paths", GRAPH),
    ("graph-to-table", GRAPH),
    ("graph-where-edges", GRAPH),
    ("graph-where-nodes", GRAPH),
    ("macro-expand", "there are no clusters here"),
    ("make-graph", GRAPH),
    ("project-by-names", UNMEASURED),
    ("reduce", "it finds patterns by a model of the service's own"),
];

fn keeps_columns(operator: &OperatorKind) -> bool {
    matches!(operator, OperatorKind::Where(_) | OperatorKind::Sort(_) | OperatorKind::Take(_) | OperatorKind::Sample(_))
}

impl<'q> Binder<'q, '_> {
    pub(super) fn pipeline(&mut self, pipeline: &'q Pipeline, env: Env) -> Option<Flow> {
        self.nested(pipeline.span, |binder| {
            binder.pipelines += 1;
            binder.forget_columns();
            let flow = binder.source(&pipeline.source, pipeline.span, env);
            let flow = flow.and_then(|flow| binder.operators(&pipeline.operators, flow, env));
            binder.pipelines -= 1;
            flow
        })
    }

    /// One operator after the other over these rows.
    pub(super) fn operators(&mut self, operators: &'q [Operator], mut flow: Flow, mut env: Env) -> Option<Flow> {
        let mut is_whole = true;
        for (place, operator) in operators.iter().enumerate() {
            if let OperatorKind::Join(join) = &operator.kind
                && join.kind == JoinKind::InnerUnique
            {
                flow = self.before_choice(operators.get(place + 1..).unwrap_or_default(), flow, env)?;
            }
            // What only chooses or orders rows can be passed over when it is wrong: the columns are known behind it, so that
            // the next error is found in the same go.
            let before = keeps_columns(&operator.kind).then(|| flow.clone());
            let was_serialized = flow.is_serialized;
            let input = self.options.trace.then(|| flow.relation.plan.clone());
            flow = match (self.operator(operator, flow, env), before) {
                (Some(flow), _) => flow,
                (None, Some(before)) => {
                    is_whole = false;
                    before
                }
                (None, None) => return None,
            };
            flow.is_serialized = match order_behind(&operator.kind) {
                Order::Settled => true,
                Order::Kept => was_serialized || flow.is_serialized,
                Order::Lost => false,
            };
            let kind = match self.clause.take() {
                Some(clause) => Kind::Filter(clause),
                None => Kind::Operator(operator.name.text.clone()),
            };
            self.step(operator.span, kind, input.as_ref(), &flow);
            self.trace_columns(&operator.kind);
            if let OperatorKind::As(name) = &operator.kind {
                flow.alias = Some(name.text.clone());
                env = self.lets.add(&name.text, Meaning::Rows(Box::new(flow.clone())), env);
            }
        }
        is_whole.then_some(flow)
    }

    fn operator(&mut self, operator: &'q Operator, flow: Flow, env: Env) -> Option<Flow> {
        let takes_serials = matches!(
            operator.kind,
            OperatorKind::Where(_) | OperatorKind::Extend(_) | OperatorKind::Project(_) | OperatorKind::Serialize(_)
        );
        let is_settled = flow.is_serialized || matches!(operator.kind, OperatorKind::Serialize(_));
        let serials = takes_serials.then(|| Serials::over(&flow.relation, is_settled));
        let outer = std::mem::replace(&mut self.serials, serials);
        let is_filter = matches!(operator.kind, OperatorKind::Where(_));
        let was_filter = std::mem::replace(&mut self.is_filter, is_filter);
        let made = self.one_operator(operator, flow, env);
        (self.serials, self.is_filter) = (outer, was_filter);
        made
    }

    fn one_operator(&mut self, operator: &'q Operator, flow: Flow, env: Env) -> Option<Flow> {
        let span = operator.span;
        if flow.relation.is_apart() && needs_other_rows(&operator.kind) {
            let what = format!("'{}' over the rows of each part", operator.name.text);
            return self.refuse(messages::not_supported(operator.name.span, &what));
        }
        for items in assigned(&operator.kind) {
            self.check_names(items)?;
        }
        match &operator.kind {
            OperatorKind::Where(condition) => self.where_operator(condition, flow, env),
            OperatorKind::Extend(items) | OperatorKind::Serialize(items) => self.extend(items, flow, env, span),
            OperatorKind::Project(items) => self.project(items, flow, env, span),
            OperatorKind::ProjectAway(patterns) => self.project_away(patterns, flow, span),
            OperatorKind::ProjectKeep(patterns) => self.project_keep(patterns, flow, span),
            OperatorKind::ProjectRename(items) => self.project_rename(items, flow, span),
            OperatorKind::ProjectReorder(patterns) => self.project_reorder(patterns, flow, span),
            OperatorKind::Sort(keys) => self.sort(keys, flow, env, span),
            OperatorKind::Take(count) | OperatorKind::Sample(count) => self.take(count, flow, env, span),
            OperatorKind::Top { count, by } => self.top(count, by, flow, env, span),
            OperatorKind::Count(name) => {
                self.count(name.as_ref().map_or("Count", |name| name.text.as_str()), flow, span)
            }
            OperatorKind::Distinct(items) => self.distinct(items, flow, env, span),
            OperatorKind::Summarize(summarize) => self.summarize(summarize, flow, env, span),
            OperatorKind::Union(union) => self.union(union, Some(flow), env, span),
            OperatorKind::Join(join) => self.join(join, flow, env, span),
            OperatorKind::Lookup(join) => self.lookup(join, flow, env, span),
            OperatorKind::MvExpand(expand) => self.mv_expand(expand, flow, env, span),
            OperatorKind::Parse(pattern) => self.parse_pattern(pattern, flow, env, span),
            OperatorKind::ParseKv(parse) => self.parse_kv(parse, flow, env, span),
            OperatorKind::Search(search) => self.search(search, Some(flow), env, span),
            OperatorKind::MvApply(apply) => self.mv_apply(apply, flow, env, span),
            OperatorKind::Partition(partition) => self.partition(partition, flow, env, span),
            OperatorKind::MakeSeries(series) => self.make_series(series, flow, env, span),
            OperatorKind::Evaluate(evaluate) => self.evaluate(evaluate, flow, env),
            OperatorKind::Scan(scan) => self.scan_rows(scan, flow, env, span),
            OperatorKind::Invoke(invoke) => self.invoke(invoke, flow, env),
            OperatorKind::TopHitters(tree) => self.top_hitters(tree, flow, env, span),
            OperatorKind::TopNested(levels) => self.top_nested(levels, flow, env, span),
            OperatorKind::GetSchema => self.getschema(flow, span),
            OperatorKind::SampleDistinct { count, of } => {
                let values = self.distinct(std::slice::from_ref(of), flow, env, span)?;
                self.take(count, values, env, span)
            }
            OperatorKind::As(_) | OperatorKind::Render(_) => Some(flow),
            OperatorKind::Broken => None,
            _ => {
                let name = operator.name.text.as_str();
                let what = format!("the operator '{name}'");
                let why = REFUSED.iter().find(|(known, _)| *known == name).map_or(BEGINS, |(_, why)| why);
                self.refuse(messages::refused(operator.name.span, &what, why))
            }
        }
    }
    /// One value taken apart into several columns is not bound.
    pub(super) fn check_names(&mut self, items: &[Assigned]) -> Option<()> {
        match items.iter().find_map(|item| item.more_names.first()) {
            Some(name) => self.refuse(messages::not_supported(name.span, "a second name for one value")),
            None => Some(()),
        }
    }
}

/// What becomes of the order of the rows.
enum Order {
    Settled,
    Kept,
    Lost,
}

fn order_behind(operator: &OperatorKind) -> Order {
    match operator {
        OperatorKind::Sort(_)
        | OperatorKind::Top { .. }
        | OperatorKind::Serialize(_)
        | OperatorKind::Scan(_)
        | OperatorKind::GetSchema => Order::Settled,
        OperatorKind::Summarize(_)
        | OperatorKind::Count(_)
        | OperatorKind::Distinct(_)
        | OperatorKind::Union(_)
        | OperatorKind::Join(_)
        | OperatorKind::Lookup(_)
        | OperatorKind::Sample(_)
        | OperatorKind::SampleDistinct { .. }
        | OperatorKind::Search(_)
        | OperatorKind::MakeSeries(_)
        | OperatorKind::TopHitters(_)
        | OperatorKind::TopNested(_) => Order::Lost,
        _ => Order::Kept,
    }
}

/// Operators that bring in rows of no part.
fn needs_other_rows(operator: &OperatorKind) -> bool {
    matches!(
        operator,
        OperatorKind::Union(_)
            | OperatorKind::Join(_)
            | OperatorKind::Lookup(_)
            | OperatorKind::Search(_)
            | OperatorKind::GetSchema
            | OperatorKind::As(_)
            | OperatorKind::Evaluate(_)
            | OperatorKind::MakeSeries(_)
            | OperatorKind::TopNested(_)
            | OperatorKind::TopHitters(_)
            | OperatorKind::Invoke(_)
    )
}

/// What an operator assigns.
fn assigned(operator: &OperatorKind) -> [&[Assigned]; 2] {
    match operator {
        OperatorKind::ProjectRename(items) | OperatorKind::Distinct(items) => [items, &[]],
        OperatorKind::Summarize(summarize) => [&summarize.by, &[]],
        OperatorKind::SampleDistinct { of, .. } => [std::slice::from_ref(of), &[]],
        _ => [&[], &[]],
    }
}
