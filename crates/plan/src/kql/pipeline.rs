//! A pipeline: its source, then one operator after the other.

use syntax::kql::tree::{Operator, OperatorKind, Pipeline};

use super::binder::Binder;
use super::flow::Flow;
use super::messages;
use super::scope::Env;

fn keeps_columns(operator: &OperatorKind) -> bool {
    matches!(operator, OperatorKind::Where(_) | OperatorKind::Sort(_) | OperatorKind::Take(_))
}

impl<'q> Binder<'q, '_> {
    pub(super) fn pipeline(&mut self, pipeline: &'q Pipeline, env: Env) -> Option<Flow> {
        self.nested(pipeline.span, |binder| {
            let mut flow = binder.source(&pipeline.source, pipeline.span, env)?;
            let mut is_whole = true;
            for operator in &pipeline.operators {
                // What only chooses or orders rows can be passed over when it is wrong: the columns are known behind it, so
                // that the next error is found in the same go.
                let before = keeps_columns(&operator.kind).then(|| flow.clone());
                flow = match (binder.operator(operator, flow, env), before) {
                    (Some(flow), _) => flow,
                    (None, Some(before)) => {
                        is_whole = false;
                        before
                    }
                    (None, None) => return None,
                };
            }
            is_whole.then_some(flow)
        })
    }

    fn operator(&mut self, operator: &'q Operator, flow: Flow, env: Env) -> Option<Flow> {
        let span = operator.span;
        match &operator.kind {
            OperatorKind::Where(condition) => self.where_operator(condition, flow, env),
            OperatorKind::Extend(items) | OperatorKind::Serialize(items) => self.extend(items, flow, env, span),
            OperatorKind::Project(items) => self.project(items, flow, env, span),
            OperatorKind::ProjectAway(patterns) => self.project_away(patterns, flow, span),
            OperatorKind::ProjectKeep(patterns) => self.project_keep(patterns, flow, span),
            OperatorKind::ProjectRename(items) => self.project_rename(items, flow, span),
            OperatorKind::ProjectReorder(patterns) => self.project_reorder(patterns, flow, span),
            OperatorKind::Sort(keys) => self.sort(keys, flow, env, span),
            OperatorKind::Take(count) => self.take(count, flow, env, span),
            OperatorKind::Top { count, by } => self.top(count, by, flow, env, span),
            OperatorKind::Count => self.count(flow, span),
            OperatorKind::Distinct(items) => self.distinct(items, flow, env, span),
            OperatorKind::Summarize(summarize) => self.summarize(summarize, flow, env, span),
            OperatorKind::Union(union) => self.union(union, Some(flow), env, span),
            OperatorKind::Join(join) => self.join(join, flow, env, span),
            OperatorKind::Lookup(join) => self.lookup(join, flow, env, span),
            OperatorKind::GetSchema => self.getschema(flow, span),
            OperatorKind::Render => Some(flow),
            OperatorKind::As(_) | OperatorKind::MvExpand(_) | OperatorKind::Parse(_) | OperatorKind::Other => {
                let what = format!("the operator '{}'", operator.name.text);
                self.refuse(messages::not_supported(operator.name.span, &what))
            }
            OperatorKind::Broken => None,
        }
    }
}
