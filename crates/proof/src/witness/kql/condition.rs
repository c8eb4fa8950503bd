//! Conditions: what one of them asks, as a form.

use serde_json::Value;
use syntax::Span;
use syntax::kql::texts::texts;
use syntax::kql::tree::{Ask, Comparison, Expr, ExprKind, Literal, TextOperator};

use super::origin::{Branch, Extracted};
use super::{From, MAX_DEPTH, MAX_FORMS, Reader};
use crate::witness::form::{Form, Leaf, Order, Shape, Test};
use crate::witness::value::meets;

impl<'q> Reader<'q> {
    pub(super) fn form(&self, expr: &'q Expr, depth: usize) -> Form {
        // Names that stand for choices between names grow with each level.
        self.asked.set(self.asked.get() + 1);
        if depth > MAX_DEPTH || self.asked.get() > MAX_FORMS {
            return Form::Unread;
        }
        let each = |parts: &'q [Expr]| parts.iter().map(|part| self.form(part, depth + 1)).collect();
        let leaf = |column: &'q Expr, test: Test| self.leaf(column, test, expr.span, depth);
        let not = |form: Form| Form::Not(Box::new(form));
        match &expr.kind {
            ExprKind::And(parts) => Form::All(each(parts)),
            ExprKind::Or(parts) => Form::Any(each(parts)),
            ExprKind::Name(name) => match self.made.get(name.as_str()) {
                Some(From::Value(value)) => self.form(value, depth + 1),
                Some(_) => Form::Unread,
                None => leaf(expr, Test::Flag(true)),
            },
            ExprKind::Text { operator, left, right, .. } => match text_test(*operator, self.listed(right)) {
                Some(test) if operator.negated => not(leaf(left, test)),
                Some(test) => leaf(left, test),
                None => Form::Unread,
            },
            ExprKind::In { negated, left, list, .. } => {
                let numbers: Option<Vec<f64>> = list.iter().map(|one| self.constant(one, 0)).collect();
                let form = match (numbers, self.listed(list)) {
                    (Some(numbers), _) if !numbers.is_empty() => {
                        Form::Any(numbers.into_iter().map(|one| leaf(left, Test::Number(Order::Equal, one))).collect())
                    }
                    (_, texts) if !texts.is_empty() => leaf(left, one_of(Shape::Whole, texts)),
                    _ => return Form::Unread,
                };
                if *negated { not(form) } else { form }
            }
            ExprKind::Compare { comparison, left, right, .. } => self.compared(*comparison, left, right, &leaf),
            ExprKind::Between { negated, value, low, high } => match self.range(low, high) {
                Some((low, high)) => {
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
        let text = self.listed(std::slice::from_ref(value));
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
        let Some(number) = self.constant(value, 0) else {
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

    /// A test of what a value is made from.
    fn leaf(&self, value: &'q Expr, test: Test, span: Span, depth: usize) -> Form {
        self.asked.set(self.asked.get() + 1);
        if depth > MAX_DEPTH || self.asked.get() > MAX_FORMS {
            return Form::Unread;
        }
        if let Some(branches) = self.branches(value, 0) {
            return self.chosen(&branches, &test, span, depth + 1);
        }
        match (self.column(value, 0), self.extracted(value, 0)) {
            (Some(column), _) => Form::Leaf(Leaf { column, test, span }),
            (None, Some(Extracted { column, pattern, group, is_encoded })) => {
                let test = if is_encoded { Test::Decoded(Box::new(test)) } else { test };
                Form::Leaf(Leaf { column, test: Test::Taken { pattern, group, test: Box::new(test) }, span })
            }
            (None, None) => Form::Unread,
        }
    }

    /// Of `case` and `iff`: the first branch whose condition holds has to meet the test.
    fn chosen(&self, branches: &[Branch<'q>], test: &Test, span: Span, depth: usize) -> Form {
        let mut before: Vec<Form> = Vec::new();
        let mut ways = Vec::new();
        for (condition, value) in branches {
            let meets = match literal(value) {
                Some(known) if meets(test, &known) == Some(true) => Form::All(Vec::new()),
                Some(_) => Form::Any(Vec::new()),
                None => self.leaf(value, test.clone(), span, depth + 1),
            };
            let mut all = before.clone();
            if let Some(condition) = condition {
                let form = self.form(condition, depth + 1);
                all.push(form.clone());
                before.push(Form::Not(Box::new(form)));
            }
            all.push(meets);
            ways.push(Form::All(all));
        }
        Form::Any(ways)
    }
}

fn literal(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(Value::String(text.clone())),
        ExprKind::Literal(Literal::Bool(flag)) => Some(Value::Bool(*flag)),
        ExprKind::Literal(Literal::Long(number)) => Some(Value::Number((*number).into())),
        ExprKind::Literal(Literal::Null) => Some(Value::Null),
        _ => None,
    }
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
