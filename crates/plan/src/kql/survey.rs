//! A survey of the tree before binding: whether the query is row-wise, and which names it speaks of.

use std::collections::BTreeSet;

use syntax::kql::tree::{
    Arg, Assigned, Expr, ExprKind, JoinKey, Let, LetValue, MvColumn, OperatorKind, ParsePart, PartitionBody, Pipeline,
    Query, Source, Step, Subquery,
};

pub(super) struct Survey {
    /// Only operators that look at each row alone.
    pub may_lift: bool,
    /// Something depends on the order of rows.
    pub keeps_order: bool,
    /// Names that may be columns of open tables.
    pub wanted: Vec<String>,
    /// Names that are asked of a watchlist, also where something else of the query has the name.
    pub listed: Vec<String>,
}

pub(super) fn survey(query: &Query) -> Survey {
    let mut walk = Walk::new();
    walk.lets(&query.lets);
    if let Some(body) = &query.body {
        walk.pipeline(body);
    }
    let wanted = walk.read.difference(&walk.made).map(|name| (*name).to_string()).collect();
    let listed = walk.listed.iter().map(|name| (*name).to_string()).collect();
    Survey { may_lift: walk.may_lift, keeps_order: walk.keeps_order, wanted, listed }
}

/// What the names of functions that depend on the order of rows start with.
const ORDERED: &[&str] = &["prev", "next", "row_", "make_list", "makelist", "make_set", "makeset", "make_bag"];

/// The names that an expression reads.
pub(super) fn names(expr: &Expr) -> BTreeSet<&str> {
    let mut walk = Walk::new();
    walk.expr(expr);
    walk.read
}

/// Whether an operator names all columns that are left behind it.
fn names_all(operator: &OperatorKind) -> bool {
    matches!(
        operator,
        OperatorKind::Project(_)
            | OperatorKind::Summarize(_)
            | OperatorKind::Distinct(_)
            | OperatorKind::ProjectKeep(_)
    )
}

struct Walk<'q> {
    may_lift: bool,
    keeps_order: bool,
    read: BTreeSet<&'q str>,
    made: BTreeSet<&'q str>,
    listed: BTreeSet<&'q str>,
    /// Lets whose rows come from watchlists, with columns that are still to be named.
    lists: BTreeSet<&'q str>,
}

impl<'q> Walk<'q> {
    fn new() -> Self {
        let (read, made, listed) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Walk { may_lift: true, keeps_order: false, read, made, listed, lists: BTreeSet::new() }
    }

    /// Whether rows come from watchlists.
    fn is_listed(&self, source: &Source) -> bool {
        match source {
            Source::Expr(expr) => self.is_list(expr),
            Source::Union(union) => union.parts.iter().any(|part| self.is_list(part)),
            _ => false,
        }
    }

    /// Whether these rows are a watchlist, also behind what gives its argument's rows as they are.
    fn is_list(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Call { name, args } => match (name.text.as_str(), args.as_slice()) {
                ("materialize" | "view", [rows]) => self.is_list(&rows.value),
                (name, _) => name == "_GetWatchlist" || self.lists.contains(name),
            },
            ExprKind::Name(name) => self.lists.contains(name.as_str()),
            ExprKind::Pipeline(pipeline) => self.is_open(pipeline),
            _ => false,
        }
    }

    /// Whether columns of a watchlist still have to be named by what reads these rows.
    fn is_open(&self, pipeline: &Pipeline) -> bool {
        self.is_listed(&pipeline.source) && !pipeline.operators.iter().any(|operator| names_all(&operator.kind))
    }

    fn lets(&mut self, lets: &'q [Let]) {
        for item in lets {
            self.made.insert(&item.name.text);
            match &item.value {
                LetValue::Value(pipeline) => {
                    self.pipeline(pipeline);
                    if self.is_open(pipeline) {
                        self.lists.insert(&item.name.text);
                    }
                }
                LetValue::Function(function) => {
                    self.made.extend(function.parameters.iter().map(|parameter| parameter.name.text.as_str()));
                    self.lets(&function.lets);
                    function.body.iter().for_each(|body| self.pipeline(body));
                    if function.body.iter().any(|body| self.is_open(body)) {
                        self.lists.insert(&item.name.text);
                    }
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
            Source::ExternalData(_) | Source::Other(_) => {}
            Source::Search(search) => self.expr(&search.condition),
            Source::Find(find) => self.expr(&find.condition),
            Source::Evaluate(evaluate) => self.args(&evaluate.args),
        }
        for operator in &pipeline.operators {
            self.operator(&operator.kind);
        }
        if self.is_listed(&pipeline.source) {
            self.ask_list(pipeline);
        }
    }

    /// What the operators behind a watchlist read of it, up to the one that names all columns that are left.
    fn ask_list(&mut self, pipeline: &'q Pipeline) {
        let mut walk = Walk::new();
        walk.lists.clone_from(&self.lists);
        for operator in &pipeline.operators {
            let made = walk.made.clone();
            walk.read.clear();
            walk.operator(&operator.kind);
            if let OperatorKind::Join(join) | OperatorKind::Lookup(join) = &operator.kind {
                let left = |(JoinKey::Same(name) | JoinKey::Pair(name, _)): &'q JoinKey| name.text.as_str();
                walk.read.extend(join.on.iter().map(left));
            }
            self.listed.extend(walk.read.difference(&made));
            if names_all(&operator.kind) {
                return;
            }
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
                | OperatorKind::Render(_)
                | OperatorKind::Parse(_)
                | OperatorKind::ParseKv(_)
        );
        self.may_lift &= !looks_further;
        self.keeps_order |= matches!(operator, OperatorKind::Evaluate(evaluate) if evaluate.plugin.text == "rows_near");
        self.keeps_order |=
            matches!(operator, OperatorKind::MvApply(_) | OperatorKind::Partition(_) | OperatorKind::Scan(_));
        match operator {
            OperatorKind::Where(expr) | OperatorKind::Take(expr) | OperatorKind::Sample(expr) => self.expr(expr),
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
            OperatorKind::SampleDistinct { count, of } => {
                self.expr(count);
                self.assigned(std::slice::from_ref(of));
            }
            OperatorKind::Summarize(summarize) => {
                self.assigned(&summarize.aggregates);
                self.assigned(&summarize.by);
            }
            OperatorKind::Union(union) => union.parts.iter().for_each(|part| self.part(part)),
            OperatorKind::Join(join) | OperatorKind::Lookup(join) => {
                self.pipeline(&join.right);
                if self.is_open(&join.right) {
                    let right = |(JoinKey::Same(name) | JoinKey::Pair(_, name)): &'q JoinKey| name.text.as_str();
                    self.listed.extend(join.on.iter().map(right));
                }
            }
            OperatorKind::MvExpand(expand) => self.mv_columns(&expand.columns),
            OperatorKind::MvApply(apply) => {
                self.mv_columns(&apply.columns);
                self.subquery(&apply.body);
            }
            OperatorKind::Parse(pattern) => {
                self.expr(&pattern.text);
                for part in &pattern.parts {
                    if let ParsePart::Column(name, _) = part {
                        self.made.insert(&name.text);
                    }
                }
            }
            OperatorKind::ParseKv(parse) => {
                self.expr(&parse.text);
                self.made.extend(parse.keys.iter().map(|key| key.name.text.as_str()));
            }
            OperatorKind::TopHitters(hitters) => {
                self.assigned(std::slice::from_ref(&hitters.of));
                hitters.by.iter().for_each(|by| self.expr(by));
            }
            OperatorKind::TopNested(levels) => {
                for level in levels {
                    self.assigned(std::slice::from_ref(&level.of));
                    self.assigned(std::slice::from_ref(&level.by));
                }
            }
            OperatorKind::MakeSeries(series) => {
                for aggregate in &series.aggregates {
                    self.assigned(std::slice::from_ref(&aggregate.value));
                }
                self.assigned(std::slice::from_ref(&series.axis.on));
                self.assigned(&series.by);
            }
            OperatorKind::Evaluate(evaluate) => self.args(&evaluate.args),
            OperatorKind::Invoke(invoke) => self.args(&invoke.args),
            OperatorKind::Search(search) => self.expr(&search.condition),
            OperatorKind::Scan(scan) => {
                self.made.extend(scan.declared.iter().map(|declared| declared.name.text.as_str()));
                scan.order_by.iter().for_each(|key| self.expr(&key.value));
                scan.partition_by.iter().for_each(|expr| self.expr(expr));
                for step in &scan.steps {
                    self.expr(&step.condition);
                    self.assigned(&step.assignments);
                }
            }
            OperatorKind::Partition(partition) => {
                self.expr(&partition.by);
                match &partition.body {
                    PartitionBody::Rows(body) => self.subquery(body),
                    PartitionBody::Query(query) => self.pipeline(query),
                }
            }
            OperatorKind::ProjectKeep(patterns) | OperatorKind::ProjectAway(patterns) => {
                self.read.extend(patterns.iter().filter(|p| !p.has_wildcard()).map(|pattern| pattern.text.as_str()));
            }
            _ => {}
        }
    }

    fn subquery(&mut self, body: &'q Subquery) {
        body.operators.iter().for_each(|operator| self.operator(&operator.kind));
    }

    fn mv_columns(&mut self, columns: &'q [MvColumn]) {
        for column in columns {
            self.made.extend(column.name.iter().map(|name| name.text.as_str()));
            self.expr(&column.value);
        }
    }

    fn args(&mut self, args: &'q [Arg]) {
        args.iter().for_each(|Arg { value, .. }| self.expr(value));
    }

    fn part(&mut self, part: &'q Expr) {
        if !matches!(part.kind, ExprKind::Name(_)) {
            self.expr(part);
        }
    }

    fn assigned(&mut self, items: &'q [Assigned]) {
        for item in items {
            self.made.extend(item.name.iter().chain(&item.more_names).map(|name| name.text.as_str()));
            self.expr(&item.value);
        }
    }

    fn expr(&mut self, expr: &'q Expr) {
        match &expr.kind {
            ExprKind::Name(name) => {
                self.read.insert(name);
            }
            ExprKind::Call { name, args } => {
                self.keeps_order |= ORDERED.iter().any(|start| name.text.starts_with(start));
                self.args(args);
            }
            ExprKind::Access { base, steps } => {
                self.expr(base);
                for step in steps {
                    match step {
                        Step::Index(index) => self.expr(index),
                        Step::Call { args, .. } => self.args(args),
                        Step::Member(_) | Step::Wildcard(_) => {}
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
            ExprKind::Term { column, term } => {
                self.expr(column);
                self.expr(term);
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
