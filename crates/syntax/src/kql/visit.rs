//! Visits: what stands directly within a part of a query's tree, and all that stands beneath it.

use super::tree::{
    Arg, Assigned, Expr, ExprKind, Let, LetValue, Operator, OperatorKind, PartitionBody, Pipeline, Property, Query,
    SortKey, Source, Step,
};

/// A part of the tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node<'q> {
    Expr(&'q Expr),
    Operator(&'q Operator),
    Pipeline(&'q Pipeline),
}

/// Every part of a query, each before what stands within it. Declarations give no rows and are left out.
pub fn query<'q>(query: &'q Query, visit: &mut dyn FnMut(Node<'q>)) {
    lets(&query.lets, visit);
    query.body.iter().for_each(|body| walk(Node::Pipeline(body), visit));
}

fn lets<'q>(all: &'q [Let], visit: &mut dyn FnMut(Node<'q>)) {
    for one in all {
        match &one.value {
            LetValue::Value(pipeline) => walk(Node::Pipeline(pipeline), visit),
            LetValue::Function(function) => {
                lets(&function.lets, visit);
                function.body.iter().for_each(|body| walk(Node::Pipeline(body), visit));
            }
        }
    }
}

/// A part and all beneath it. The parser bounds how deep that is.
pub fn walk<'q>(node: Node<'q>, visit: &mut dyn FnMut(Node<'q>)) {
    visit(node);
    within(node).into_iter().for_each(|inner| walk(inner, visit));
}

/// What stands directly within a part.
pub fn within(node: Node<'_>) -> Vec<Node<'_>> {
    match node {
        Node::Expr(expr) => of_expr(expr),
        Node::Operator(operator) => of_operator(&operator.kind),
        Node::Pipeline(pipeline) => {
            let operators = pipeline.operators.iter().map(Node::Operator);
            of_source(&pipeline.source).into_iter().chain(operators).collect()
        }
    }
}

fn exprs<'q>(all: impl IntoIterator<Item = &'q Expr>) -> Vec<Node<'q>> {
    all.into_iter().map(Node::Expr).collect()
}

fn assigned(all: &[Assigned]) -> Vec<Node<'_>> {
    exprs(all.iter().map(|one| &one.value))
}

fn args(all: &[Arg]) -> Vec<Node<'_>> {
    exprs(all.iter().map(|arg| &arg.value))
}

fn keys(all: &[SortKey]) -> impl Iterator<Item = &Expr> {
    all.iter().map(|key| &key.value)
}

fn of_source(source: &Source) -> Vec<Node<'_>> {
    match source {
        Source::Expr(expr) => exprs([expr]),
        Source::Union(union) => exprs(&union.parts),
        Source::Print(items) => assigned(items),
        Source::Range { from, to, step, .. } => exprs([from, to, step]),
        Source::Datatable { values, .. } => exprs(values),
        Source::ExternalData(data) => exprs(&data.addresses),
        Source::Search(search) => exprs(search.tables.iter().chain([&search.condition])),
        Source::Find(find) => exprs(find.tables.iter().chain([&find.condition])),
        Source::Evaluate(evaluate) => args(&evaluate.args),
        Source::Other(_) => Vec::new(),
    }
}

fn of_expr(expr: &Expr) -> Vec<Node<'_>> {
    match &expr.kind {
        ExprKind::Call { args: all, .. } => args(all),
        ExprKind::Access { base, steps } => {
            let steps = steps.iter().flat_map(|step| match step {
                Step::Index(index) => exprs([index]),
                Step::Call { args: all, .. } => args(all),
                Step::Member(_) | Step::Wildcard(_) => Vec::new(),
            });
            exprs([&**base]).into_iter().chain(steps).collect()
        }
        ExprKind::Negate(inner) => exprs([&**inner]),
        ExprKind::Arithmetic { first, rest } => exprs(std::iter::once(&**first).chain(rest.iter().map(|(_, one)| one))),
        ExprKind::Compare { left, right, .. } | ExprKind::Term { column: left, term: right } => {
            exprs([&**left, &**right])
        }
        ExprKind::Text { left, right: list, .. } | ExprKind::In { left, list, .. } => {
            exprs(std::iter::once(&**left).chain(list))
        }
        ExprKind::Between { value, low, high, .. } => exprs([&**value, &**low, &**high]),
        ExprKind::And(parts) | ExprKind::Or(parts) => exprs(parts),
        ExprKind::Pipeline(pipeline) => vec![Node::Pipeline(pipeline)],
        ExprKind::Literal(_)
        | ExprKind::Dynamic(_)
        | ExprKind::Name(_)
        | ExprKind::Wildcard(_)
        | ExprKind::TypeOf(_)
        | ExprKind::Missing => Vec::new(),
    }
}

fn of_operator(kind: &OperatorKind) -> Vec<Node<'_>> {
    match kind {
        OperatorKind::Where(expr) | OperatorKind::Take(expr) | OperatorKind::Sample(expr) => exprs([expr]),
        OperatorKind::Extend(items)
        | OperatorKind::Project(items)
        | OperatorKind::ProjectRename(items)
        | OperatorKind::Distinct(items)
        | OperatorKind::Serialize(items) => assigned(items),
        OperatorKind::Sort(by) => exprs(keys(by)),
        OperatorKind::SampleDistinct { count, of } => exprs([count, &of.value]),
        OperatorKind::Top { count, by } => exprs(std::iter::once(count).chain(keys(by))),
        OperatorKind::TopNested(levels) => exprs(levels.iter().flat_map(|level| {
            level.count.iter().chain([&level.of.value]).chain(&level.others).chain([&level.by.value])
        })),
        OperatorKind::TopHitters(top) => exprs([&top.count, &top.of.value].into_iter().chain(&top.by)),
        OperatorKind::Summarize(summarize) => exprs(values(&summarize.aggregates).chain(values(&summarize.by))),
        OperatorKind::MakeSeries(series) => {
            let aggregates =
                series.aggregates.iter().flat_map(|one| [&one.value.value].into_iter().chain(&one.default));
            let axis = [&series.axis.on.value].into_iter().chain(&series.axis.from).chain(&series.axis.to);
            exprs(aggregates.chain(axis).chain([&series.axis.step]).chain(values(&series.by)))
        }
        OperatorKind::Union(union) => exprs(&union.parts),
        OperatorKind::Join(join) | OperatorKind::Lookup(join) => vec![Node::Pipeline(&join.right)],
        OperatorKind::MvExpand(expand) => exprs(expand.columns.iter().map(|one| &one.value).chain(&expand.limit)),
        OperatorKind::MvApply(apply) => {
            let columns = apply.columns.iter().map(|one| &one.value).chain(&apply.limit);
            columns.map(Node::Expr).chain(apply.body.operators.iter().map(Node::Operator)).collect()
        }
        OperatorKind::Parse(parse) => exprs([&parse.text]),
        OperatorKind::ParseKv(parse) => exprs(properties(&parse.text, &parse.properties)),
        OperatorKind::Search(search) => exprs(search.tables.iter().chain([&search.condition])),
        OperatorKind::Evaluate(evaluate) => args(&evaluate.args),
        OperatorKind::Invoke(invoke) => args(&invoke.args),
        OperatorKind::Scan(scan) => {
            exprs(keys(&scan.order_by).chain(&scan.partition_by).chain(
                scan.steps.iter().flat_map(|step| [&step.condition].into_iter().chain(values(&step.assignments))),
            ))
        }
        OperatorKind::Partition(partition) => {
            let by = Node::Expr(&partition.by);
            match &partition.body {
                PartitionBody::Rows(body) => {
                    [by].into_iter().chain(body.operators.iter().map(Node::Operator)).collect()
                }
                PartitionBody::Query(query) => vec![by, Node::Pipeline(query)],
            }
        }
        OperatorKind::Fork(branches) => {
            branches.iter().flat_map(|branch| &branch.body.operators).map(Node::Operator).collect()
        }
        OperatorKind::Facet(facet) => {
            let body = facet.body.iter().flat_map(|body| &body.operators).map(Node::Operator);
            facet.by.iter().map(Node::Expr).chain(body).collect()
        }
        OperatorKind::Reduce(reduce) => exprs(properties(&reduce.by.value, &reduce.properties)),
        OperatorKind::MakeGraph(graph) => exprs(
            [&graph.source, &graph.target].into_iter().chain(graph.nodes.iter().flat_map(|(table, id)| [table, id])),
        ),
        OperatorKind::GraphMatch(graph) => exprs(graph.condition.iter().chain(values(&graph.project))),
        OperatorKind::ProjectAway(_)
        | OperatorKind::ProjectKeep(_)
        | OperatorKind::ProjectReorder(_)
        | OperatorKind::Count(_)
        | OperatorKind::GetSchema
        | OperatorKind::As(_)
        | OperatorKind::Render(_)
        | OperatorKind::Consume
        | OperatorKind::Other
        | OperatorKind::Broken => Vec::new(),
    }
}

fn values(all: &[Assigned]) -> impl Iterator<Item = &Expr> {
    all.iter().map(|one| &one.value)
}

fn properties<'q>(first: &'q Expr, all: &'q [Property]) -> impl Iterator<Item = &'q Expr> {
    [first].into_iter().chain(all.iter().map(|one| &one.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source as Text;

    #[test]
    fn every_name_of_a_query_is_visited() {
        let text = Text::new(
            "q.kql",
            "let f = (x: int) { A | where a1 == x }; let l = dynamic([1]); union (B | extend b = b1, c = tolower(b2)), C \
             | summarize n = count(), m = make_list(d1) by e1, bin(f1, 1h) | join kind=inner (D | where g1[h1] == 1 | sort by i1) on n \
             | where n in ((E | project j1)) or k1 has_any (l) | top 3 by n",
        );
        let parsed = crate::kql::parse(&text);
        assert_eq!(parsed.diagnostics, []);
        let mut names = Vec::new();
        query(&parsed.tree, &mut |node| {
            if let Node::Expr(Expr { kind: ExprKind::Name(name), .. }) = node {
                names.push(name.as_str());
            }
        });
        let asked = [
            "A", "a1", "x", "B", "b1", "b2", "C", "d1", "e1", "f1", "D", "g1", "h1", "i1", "n", "E", "j1", "k1", "l",
            "n",
        ];
        assert_eq!(names, asked);
    }
}
