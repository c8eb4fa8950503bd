//! A survey of the tree before binding: whether the query is row-wise, and which names it speaks of.

use std::collections::BTreeSet;

use syntax::kql::tree::{
    Arg, Assigned, Expr, ExprKind, Let, LetValue, MvColumn, OperatorKind, Pipeline, Query, Source, Step,
};

pub(super) struct Survey {
    /// Only operators that look at each row alone.
    pub may_lift: bool,
    /// Names that may be columns of open tables.
    pub wanted: Vec<String>,
}

pub(super) fn survey(query: &Query) -> Survey {
    let mut walk = Walk { may_lift: true, read: BTreeSet::new(), made: BTreeSet::new() };
    walk.lets(&query.lets);
    if let Some(body) = &query.body {
        walk.pipeline(body);
    }
    let wanted = walk.read.difference(&walk.made).map(|name| (*name).to_string()).collect();
    Survey { may_lift: walk.may_lift, wanted }
}

struct Walk<'q> {
    may_lift: bool,
    read: BTreeSet<&'q str>,
    made: BTreeSet<&'q str>,
}

impl<'q> Walk<'q> {
    fn lets(&mut self, lets: &'q [Let]) {
        for item in lets {
            self.made.insert(&item.name.text);
            match &item.value {
                LetValue::Value(pipeline) => self.pipeline(pipeline),
                LetValue::Function(function) => {
                    self.made.extend(function.parameters.iter().map(|parameter| parameter.name.text.as_str()));
                    self.lets(&function.lets);
                    function.body.iter().for_each(|body| self.pipeline(body));
                }
            }
        }
    }

    fn pipeline(&mut self, pipeline: &'q Pipeline) {
        match &pipeline.source {
            // What stands in front is a table or a let, never a column.
            Source::Expr(Expr { kind: ExprKind::Name(name), .. }) => {
                if pipeline.operators.is_empty() {
                    self.read.insert(name);
                }
            }
            Source::Expr(expr) => self.expr(expr),
            Source::Union(union) => union.parts.iter().for_each(|part| self.part(part)),
            Source::Print(items) => self.assigned(items),
            Source::Range { from, to, step, .. } => [from, to, step].into_iter().for_each(|expr| self.expr(expr)),
            Source::Datatable { values, .. } => values.iter().for_each(|expr| self.expr(expr)),
            Source::Other(_) => {}
        }
        for operator in &pipeline.operators {
            self.operator(&operator.kind);
        }
    }

    fn operator(&mut self, operator: &'q OperatorKind) {
        let looks_further = !matches!(
            operator,
            OperatorKind::Where(_)
                | OperatorKind::Extend(_)
                | OperatorKind::Project(_)
                | OperatorKind::ProjectAway(_)
                | OperatorKind::ProjectKeep(_)
                | OperatorKind::ProjectRename(_)
                | OperatorKind::ProjectReorder(_)
                | OperatorKind::Sort(_)
                | OperatorKind::Union(_)
                | OperatorKind::As(_)
                | OperatorKind::Render
                | OperatorKind::Parse(_)
        );
        self.may_lift &= !looks_further;
        match operator {
            OperatorKind::Where(expr) | OperatorKind::Take(expr) => self.expr(expr),
            OperatorKind::Extend(items)
            | OperatorKind::Project(items)
            | OperatorKind::ProjectRename(items)
            | OperatorKind::Distinct(items)
            | OperatorKind::Serialize(items) => self.assigned(items),
            OperatorKind::Sort(keys) => keys.iter().for_each(|key| self.expr(&key.value)),
            OperatorKind::Top { count, by } => {
                self.expr(count);
                by.iter().for_each(|key| self.expr(&key.value));
            }
            OperatorKind::Summarize(summarize) => {
                self.assigned(&summarize.aggregates);
                self.assigned(&summarize.by);
            }
            OperatorKind::Union(union) => union.parts.iter().for_each(|part| self.part(part)),
            OperatorKind::Join(join) | OperatorKind::Lookup(join) => self.pipeline(&join.right),
            OperatorKind::MvExpand(expand) => {
                expand.columns.iter().for_each(|MvColumn { value, .. }| self.expr(value));
            }
            OperatorKind::Parse(pattern) => self.expr(&pattern.text),
            OperatorKind::ProjectKeep(patterns) | OperatorKind::ProjectAway(patterns) => {
                self.read.extend(patterns.iter().filter(|p| !p.has_wildcard()).map(|pattern| pattern.text.as_str()));
            }
            _ => {}
        }
    }

    fn part(&mut self, part: &'q Expr) {
        if !matches!(part.kind, ExprKind::Name(_)) {
            self.expr(part);
        }
    }

    fn assigned(&mut self, items: &'q [Assigned]) {
        for item in items {
            self.made.extend(item.name.iter().map(|name| name.text.as_str()));
            self.expr(&item.value);
        }
    }

    fn expr(&mut self, expr: &'q Expr) {
        match &expr.kind {
            ExprKind::Name(name) => {
                self.read.insert(name);
            }
            ExprKind::Call { args, .. } => args.iter().for_each(|Arg { value, .. }| self.expr(value)),
            ExprKind::Access { base, steps } => {
                self.expr(base);
                for step in steps {
                    if let Step::Index(index) = step {
                        self.expr(index);
                    }
                }
            }
            ExprKind::Negate(operand) => self.expr(operand),
            ExprKind::Arithmetic { first, rest } => {
                self.expr(first);
                rest.iter().for_each(|(_, operand)| self.expr(operand));
            }
            ExprKind::Compare { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Text { left, right, .. } => {
                self.expr(left);
                right.iter().for_each(|item| self.expr(item));
            }
            ExprKind::In { left, list, .. } => {
                self.expr(left);
                list.iter().for_each(|item| self.expr(item));
            }
            ExprKind::Between { value, low, high, .. } => {
                [value, low, high].into_iter().for_each(|operand| self.expr(operand));
            }
            ExprKind::And(operands) | ExprKind::Or(operands) => operands.iter().for_each(|operand| self.expr(operand)),
            ExprKind::Pipeline(pipeline) => self.pipeline(pipeline),
            ExprKind::Literal(_)
            | ExprKind::Dynamic(_)
            | ExprKind::Wildcard(_)
            | ExprKind::TypeOf(_)
            | ExprKind::Missing => {}
        }
    }
}
