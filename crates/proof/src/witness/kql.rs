//! What a query in KQL asks of one row, from its tree.

use std::collections::HashMap;

use syntax::kql::texts::texts;
use syntax::kql::tree::{
    Ask, Assigned, Comparison, Expr, ExprKind, LetValue, Literal, OperatorKind, Pipeline, Query, Source, Step,
    TextOperator,
};

use super::form::{Asked, Form, Leaf, Order, Shape, Test, WITHIN};

/// The table and the conditions of the rows that a query begins with, up to the first operator that looks at several rows;
/// `None` where no table is read.
pub fn asked(query: &Query) -> Option<Asked> {
    let mut reader = Reader { query, made: HashMap::new(), conditions: Vec::new(), others: Vec::new(), depth: 0 };
    let table = reader.pipeline(query.body.as_ref()?)?;
    Some(Asked { table, others: reader.others, conditions: reader.conditions })
}

struct Reader<'q> {
    query: &'q Query,
    /// Columns that the query computes; `None` where it is not known from what.
    made: HashMap<&'q str, Option<&'q Expr>>,
    conditions: Vec<(syntax::Span, Form)>,
    others: Vec<String>,
    depth: usize,
}

/// Names that stand for names that stand for names.
const MAX_DEPTH: usize = 30;

impl<'q> Reader<'q> {
    fn pipeline(&mut self, pipeline: &'q Pipeline) -> Option<String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let table = match &pipeline.source {
            Source::Expr(expr) => self.rows(expr)?,
            Source::Union(union) => {
                let mut names = union.parts.iter().filter_map(|part| match &part.kind {
                    ExprKind::Name(name) if self.query.lets.iter().all(|one| one.name.text != *name) => {
                        Some(name.clone())
                    }
                    _ => None,
                });
                match names.next() {
                    Some(first) => {
                        self.others.extend(names);
                        first
                    }
                    None => union.parts.iter().find_map(|part| self.rows(part))?,
                }
            }
            _ => return None,
        };
        for operator in &pipeline.operators {
            match &operator.kind {
                OperatorKind::Where(condition) => self.condition(condition),
                OperatorKind::Extend(items) => self.computed(items),
                OperatorKind::Project(items) | OperatorKind::ProjectRename(items) => self.computed(items),
                OperatorKind::Parse(parse) => {
                    for part in &parse.parts {
                        if let syntax::kql::tree::ParsePart::Column(name, _) = part {
                            self.made.insert(&name.text, None);
                        }
                    }
                }
                OperatorKind::ProjectAway(_)
                | OperatorKind::ProjectKeep(_)
                | OperatorKind::ProjectReorder(_)
                | OperatorKind::Sort(_)
                | OperatorKind::Take(_)
                | OperatorKind::Serialize(_)
                | OperatorKind::As(_)
                | OperatorKind::Render(_) => {}
                _ => break,
            }
        }
        Some(table)
    }

    fn rows(&mut self, expr: &'q Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Name(name) => {
                match self.query.lets.iter().rfind(|one| one.name.text == *name).map(|one| &one.value) {
                    Some(LetValue::Value(pipeline)) => self.pipeline(pipeline),
                    Some(LetValue::Function(function)) => self.pipeline(function.body.as_ref()?),
                    None => Some(name.clone()),
                }
            }
            ExprKind::Pipeline(pipeline) => self.pipeline(pipeline),
            ExprKind::Call { name, args } => match (name.text.as_str(), args.as_slice()) {
                ("materialize" | "view", [rows]) => self.rows(&rows.value),
                _ => match self.query.lets.iter().rfind(|one| one.name.text == name.text).map(|one| &one.value) {
                    Some(LetValue::Function(function)) => self.pipeline(function.body.as_ref()?),
                    _ => None,
                },
            },
            _ => None,
        }
    }

    fn computed(&mut self, items: &'q [Assigned]) {
        for item in items {
            let names = item.name.iter().chain(&item.more_names);
            let is_one = item.more_names.is_empty();
            for name in names {
                let is_itself = matches!(&item.value.kind, ExprKind::Name(value) if *value == name.text);
                if !is_itself {
                    let speaks_of_itself = speaks_of(&item.value, &name.text);
                    self.made.insert(&name.text, Some(&item.value).filter(|_| is_one && !speaks_of_itself));
                }
            }
        }
    }

    fn condition(&mut self, condition: &'q Expr) {
        match &condition.kind {
            ExprKind::And(parts) => parts.iter().for_each(|part| self.condition(part)),
            _ => {
                let form = self.form(condition, 0);
                self.conditions.push((condition.span, form));
            }
        }
    }

    fn form(&self, expr: &'q Expr, depth: usize) -> Form {
        if depth > MAX_DEPTH {
            return Form::Unread;
        }
        let each = |parts: &'q [Expr]| parts.iter().map(|part| self.form(part, depth + 1)).collect();
        let leaf = |column: &'q Expr, test: Test| match (self.column(column, 0), self.extracted(column, 0)) {
            (Some(column), _) => Form::Leaf(Leaf { column, test, span: expr.span }),
            (None, Some((column, pattern, group))) => {
                let test = Test::Taken { pattern, group, test: Box::new(test) };
                Form::Leaf(Leaf { column, test, span: expr.span })
            }
            (None, None) => Form::Unread,
        };
        let not = |form: Form| Form::Not(Box::new(form));
        match &expr.kind {
            ExprKind::And(parts) => Form::All(each(parts)),
            ExprKind::Or(parts) => Form::Any(each(parts)),
            ExprKind::Name(name) => match self.made.get(name.as_str()) {
                Some(Some(value)) => self.form(value, depth + 1),
                Some(None) => Form::Unread,
                None => leaf(expr, Test::Flag(true)),
            },
            ExprKind::Text { operator, left, right, .. } => match text_test(*operator, texts(right, self.query)) {
                Some(test) if operator.negated => not(leaf(left, test)),
                Some(test) => leaf(left, test),
                None => Form::Unread,
            },
            ExprKind::In { negated, left, list, .. } => {
                let numbers: Option<Vec<f64>> = list.iter().map(number).collect();
                let form = match (numbers, texts(list, self.query)) {
                    (Some(numbers), _) if !numbers.is_empty() => {
                        Form::Any(numbers.into_iter().map(|one| leaf(left, Test::Number(Order::Equal, one))).collect())
                    }
                    (_, texts) if !texts.is_empty() => leaf(left, one_of(Shape::Whole, texts)),
                    _ => return Form::Unread,
                };
                if *negated { not(form) } else { form }
            }
            ExprKind::Compare { comparison, left, right, .. } => self.compared(*comparison, left, right, &leaf),
            ExprKind::Between { negated, value, low, high } => match (number(low), number(high)) {
                (Some(low), Some(high)) => {
                    let inside = Form::All(vec![
                        leaf(value, Test::Number(Order::GreaterOrEqual, low)),
                        leaf(value, Test::Number(Order::LessOrEqual, high)),
                    ]);
                    if *negated { not(inside) } else { inside }
                }
                _ => Form::Unread,
            },
            ExprKind::Call { name, args } => {
                let Some(first) = args.first().map(|arg| &arg.value) else {
                    return Form::Unread;
                };
                match name.text.as_str() {
                    "not" => not(self.form(first, depth + 1)),
                    "isnotempty" | "isnotnull" | "notempty" | "notnull" => leaf(first, Test::Present),
                    "isempty" | "isnull" => not(leaf(first, Test::Present)),
                    "tobool" | "toboolean" => self.form(first, depth + 1),
                    "ipv4_is_private" => {
                        let networks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
                        leaf(first, Test::Network(networks.map(str::to_owned).to_vec()))
                    }
                    "ipv4_is_in_range" | "ipv4_is_in_any_range" | "ipv4_is_match" => {
                        let rest: Vec<Expr> = args.iter().skip(1).map(|arg| arg.value.clone()).collect();
                        let networks: Vec<String> = texts(&rest, self.query).into_iter().map(str::to_owned).collect();
                        if networks.is_empty() { Form::Unread } else { leaf(first, Test::Network(networks)) }
                    }
                    _ => Form::Unread,
                }
            }
            ExprKind::Literal(Literal::Bool(flag)) => {
                if *flag {
                    Form::All(Vec::new())
                } else {
                    Form::Any(Vec::new())
                }
            }
            _ => Form::Unread,
        }
    }

    fn compared(
        &self,
        comparison: Comparison,
        left: &'q Expr,
        right: &'q Expr,
        leaf: &dyn Fn(&'q Expr, Test) -> Form,
    ) -> Form {
        let not = |form: Form| Form::Not(Box::new(form));
        // `"a" == Column` is `Column == "a"`.
        let (column, value, is_flipped) = match (&left.kind, &right.kind) {
            (ExprKind::Literal(_), _) => (right, left, true),
            _ => (left, right, false),
        };
        let text = texts(std::slice::from_ref(value), self.query);
        if let (
            Comparison::Equal | Comparison::EqualFolded | Comparison::NotEqual | Comparison::NotEqualFolded,
            [text],
        ) = (comparison, text.as_slice())
        {
            let form = match *text {
                "" => not(leaf(column, Test::Present)),
                text => leaf(column, one_of(Shape::Whole, vec![text])),
            };
            let negated = matches!(comparison, Comparison::NotEqual | Comparison::NotEqualFolded);
            return if negated { not(form) } else { form };
        }
        if let ExprKind::Literal(Literal::Bool(flag)) = &value.kind {
            return match comparison {
                Comparison::Equal => leaf(column, Test::Flag(*flag)),
                Comparison::NotEqual => not(leaf(column, Test::Flag(*flag))),
                _ => Form::Unread,
            };
        }
        let Some(number) = self.constant(value) else {
            return Form::Unread;
        };
        let order = match (comparison, is_flipped) {
            (Comparison::Equal, _) => Order::Equal,
            (Comparison::NotEqual, _) => return not(leaf(column, Test::Number(Order::Equal, number))),
            (Comparison::Less, false) | (Comparison::Greater, true) => Order::Less,
            (Comparison::LessEqual, false) | (Comparison::GreaterEqual, true) => Order::LessOrEqual,
            (Comparison::Greater, false) | (Comparison::Less, true) => Order::Greater,
            (Comparison::GreaterEqual, false) | (Comparison::LessEqual, true) => Order::GreaterOrEqual,
            _ => return Form::Unread,
        };
        leaf(column, Test::Number(order, number))
    }

    /// A number, also by the name of a let.
    fn constant(&self, value: &'q Expr) -> Option<f64> {
        if let ExprKind::Name(name) = &value.kind {
            return match self.query.lets.iter().rfind(|one| one.name.text == *name).map(|one| &one.value) {
                Some(LetValue::Value(Pipeline { source: Source::Expr(value), operators, .. }))
                    if operators.is_empty() =>
                {
                    number(value)
                }
                _ => None,
            };
        }
        number(value)
    }

    /// What is taken out of a column: that column, the pattern, and its group.
    fn extracted(&self, value: &'q Expr, depth: usize) -> Option<(String, String, usize)> {
        if depth > MAX_DEPTH {
            return None;
        }
        match &value.kind {
            ExprKind::Name(name) => match self.made.get(name.as_str()) {
                Some(Some(value)) => self.extracted(value, depth + 1),
                _ => None,
            },
            ExprKind::Call { name, args } => {
                let arg = |place: usize| args.get(place).map(|arg| &arg.value);
                match name.text.as_str() {
                    "extract" => {
                        let pattern = texts(std::slice::from_ref(arg(0)?), self.query);
                        let group = number(arg(1)?)? as usize;
                        Some((self.column(arg(2)?, depth + 1)?, (*pattern.first()?).to_owned(), group))
                    }
                    "tolower" | "toupper" | "tostring" | "base64_decode_tostring" | "toint" | "tolong" => {
                        self.extracted(arg(0)?, depth + 1)
                    }
                    _ => None,
                }
            }
            ExprKind::Access { base, steps } => {
                let (function, of) = self.parsed(base, depth + 1)?;
                let part = match steps.as_slice() {
                    [Step::Member(name)] => name.text.clone(),
                    [Step::Index(Expr { kind: ExprKind::Literal(Literal::Text(text)), .. })] => text.clone(),
                    [Step::Index(Expr { kind: ExprKind::Literal(Literal::Long(index)), .. })] => index.to_string(),
                    _ => return None,
                };
                let known = PARTS.iter().find(|(name, known, _)| *name == function && *known == part);
                known.map(|(_, _, pattern)| (of, (*pattern).to_owned(), 1))
            }
            _ => None,
        }
    }

    /// A call that takes a column apart, and the column.
    fn parsed(&self, value: &'q Expr, depth: usize) -> Option<(&'q str, String)> {
        if depth > MAX_DEPTH {
            return None;
        }
        match &value.kind {
            ExprKind::Name(name) => match self.made.get(name.as_str()) {
                Some(Some(value)) => self.parsed(value, depth + 1),
                _ => None,
            },
            ExprKind::Call { name, args } if PARTS.iter().any(|(known, ..)| *known == name.text) => {
                Some((&name.text, self.column(&args.first()?.value, depth + 1)?))
            }
            _ => None,
        }
    }

    /// The column of the table that a value is, but for its case and its spaces.
    fn column(&self, value: &'q Expr, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        match &value.kind {
            ExprKind::Name(name) => match self.made.get(name.as_str()) {
                Some(Some(value)) => self.column(value, depth + 1),
                Some(None) => None,
                None => Some(name.clone()),
            },
            ExprKind::Call { name, args } => {
                let arg = |place: usize| args.get(place).and_then(|arg| self.column(&arg.value, depth + 1));
                match name.text.as_str() {
                    "tolower" | "toupper" | "tostring" | "parse_json" | "todynamic" | "toint" | "tolong"
                    | "todouble" | "toreal" | "coalesce" | "url_decode" | "parse_command_line" => arg(0),
                    "trim" | "trim_start" | "trim_end" => arg(1),
                    _ => None,
                }
            }
            ExprKind::Access { base, steps } => {
                let mut path = self.column(base, depth + 1)?;
                for step in steps {
                    let member = match step {
                        Step::Member(name) => name.text.as_str(),
                        Step::Index(Expr { kind: ExprKind::Literal(Literal::Text(text)), .. }) => text.as_str(),
                        Step::Index(Expr { kind: ExprKind::Literal(Literal::Long(index)), .. }) => {
                            path.push_str(&format!("{WITHIN}[{index}]"));
                            continue;
                        }
                        _ => return None,
                    };
                    path.push_str(WITHIN);
                    path.push_str(member);
                }
                Some(path)
            }
            _ => None,
        }
    }
}

/// Parts that functions take out of a text, as patterns that hold them in their first group.
const PARTS: [(&str, &str, &str); 6] = [
    ("parse_url", "Host", r"^[a-z]+://([^/:?#]*)"),
    ("parse_url", "Scheme", r"^([a-z]+)://"),
    ("parse_url", "Path", r"^[a-z]+://host(/[^?#]*)"),
    ("parse_path", "Extension", r"^C:\\name\.([^.\\]*)$"),
    ("parse_path", "Filename", r"^C:\\([^\\]*)$"),
    ("parse_path", "DirectoryPath", r"^(.*)\\name\.exe$"),
];

fn speaks_of(expr: &Expr, name: &str) -> bool {
    let mut speaks = false;
    syntax::kql::visit::walk(syntax::kql::visit::Node::Expr(expr), &mut |node| {
        if let syntax::kql::visit::Node::Expr(Expr { kind: ExprKind::Name(found), .. }) = node {
            speaks |= found == name;
        }
    });
    speaks
}

fn one_of(shape: Shape, texts: Vec<&str>) -> Test {
    Test::Text { shape, texts: texts.into_iter().map(str::to_owned).collect(), all: false }
}

fn text_test(operator: TextOperator, texts: Vec<&str>) -> Option<Test> {
    let first = *texts.first()?;
    Some(match operator.ask {
        Ask::Contains => one_of(Shape::Part, texts),
        Ask::StartsWith => one_of(Shape::Start, texts),
        Ask::EndsWith => one_of(Shape::End, texts),
        Ask::Has | Ask::HasAny => one_of(Shape::Term, texts),
        Ask::HasPrefix => one_of(Shape::TermStart, texts),
        Ask::HasSuffix => one_of(Shape::TermEnd, texts),
        Ask::HasAll => {
            Test::Text { shape: Shape::Term, texts: texts.into_iter().map(str::to_owned).collect(), all: true }
        }
        Ask::Regex => Test::Regex(first.to_owned()),
    })
}

fn number(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Literal(Literal::Long(number)) => Some(*number as f64),
        ExprKind::Literal(Literal::Real(number)) => Some(*number),
        ExprKind::Negate(inner) => number(inner).map(|number| -number),
        _ => None,
    }
}
