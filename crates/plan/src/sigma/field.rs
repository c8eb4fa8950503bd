//! One field with its modifiers and values as a predicate.

use datafusion_expr::expr::InList;
use datafusion_expr::{BinaryExpr, Expr, Operator, lit};
use functions::predicate::pattern::{self, classify};
use functions::predicate::{Match, Shape};
use functions::regular::Budget;
use functions::{Type, cast, several};
use syntax::sigma::spelling::{no_placeholder, spellings};
use syntax::sigma::{
    self, Bound, FieldMatch, Held, MAX_DASHES, Modifier, Open, Piece, Spanned, Terms, Value, Way, messages,
};
use syntax::{Diagnostic, Span};

use super::logic;
use crate::chain;
use crate::relation::{field, null};
use crate::tables::TableColumn;

/// What a field is in its table.
#[derive(Debug, Clone)]
pub(super) struct Operand {
    name: String,
    expr: Expr,
    kind: Type,
}

impl Operand {
    pub fn column(column: &TableColumn) -> Self {
        Operand { name: column.name.clone(), expr: field(&column.name), kind: column.kind }
    }

    pub fn into_parts(self) -> (Expr, Type) {
        (self.expr, self.kind)
    }

    /// A field that no event has.
    pub fn missing() -> Self {
        Operand { name: String::new(), expr: null(Type::String), kind: Type::String }
    }

    /// A part of the field's time; a text that is none has no part.
    fn part(&self, modifier: Modifier) -> Self {
        let name = if modifier == Modifier::Week { "week_of_year" } else { modifier.name() };
        let time = cast::cast(self.expr.clone(), self.kind, Type::Datetime);
        let types = [Type::String, Type::Datetime];
        let function = functions::scalar::kql("datetime_part");
        let call = function.and_then(|function| Some((function, function.resolve(&types)?.0)));
        let expr = call.map(|(function, overload)| function.call(overload, &types, vec![lit(name), time]));
        Operand { name: self.name.clone(), expr: expr.unwrap_or_else(|| null(Type::Int)), kind: Type::Int }
    }

    fn text(&self) -> Expr {
        cast::cast(self.expr.clone(), self.kind, Type::String)
    }
}

/// What is wrong with the field; `None` where it has been said already.
pub(super) type Fault = Option<Box<Diagnostic>>;

/// The predicate of `found` over `operand`. `other` finds the fields that `fieldref` names.
pub(super) fn bind(
    found: &FieldMatch,
    operand: &Operand,
    budget: &mut Budget,
    other: &mut dyn FnMut(&str, Span) -> Option<Operand>,
) -> Result<Expr, Fault> {
    let terms = Terms::of(found)?;
    let part;
    let operand = match terms.part {
        Some(modifier) => {
            part = operand.part(modifier);
            &part
        }
        None => operand,
    };
    if operand.kind == Type::Datetime && terms.way != Way::Exists {
        let span = found.field.as_ref().map_or(found.span, |field| field.span);
        return Err(Some(Box::new(messages::field_is_a_time(span, &operand.name))));
    }
    let values = &found.values;
    let parts = match terms.way {
        Way::Text(_) if terms.part.is_some() => each(values, |value| compare(operand, Operator::Eq, value))?,
        Way::Text(open) => texts(&terms, open, operand, values, budget)?,
        Way::Regex { multi_line, dot_all, held } => {
            vec![regexes(&terms, ([multi_line, dot_all], held), operand, values, budget)?]
        }
        Way::Cidr => {
            let mut networks = Vec::with_capacity(values.len());
            for value in values {
                networks.push(sigma::network(value)?);
            }
            vec![quantified(Match::rule(Shape::Cidr), terms.all).literal(operand.text(), networks)]
        }
        Way::Exists => each(values, |value| exists(operand, value))?,
        Way::Compare(bound) => each(values, |value| compare(operand, operator(bound), value))?,
        Way::FieldRef(open) => {
            let mut parts = Vec::with_capacity(values.len());
            for value in values {
                let Value::Text(name) = &value.value else {
                    return Err(Some(Box::new(messages::wrong_value(value.span, "fieldref", "the name of a field"))));
                };
                let needle = other(name, value.span).ok_or(None)?;
                let predicate = Match::rule(shape(open)).case_sensitive(terms.case_sensitive);
                parts.push(predicate.call(operand.text(), vec![needle.text()]));
            }
            parts
        }
    };
    let expr = if terms.all { chain::and(parts) } else { chain::or(parts) };
    Ok(if terms.negated { Expr::Not(Box::new(logic::two_valued(expr))) } else { expr })
}

fn shape(open: Open) -> Shape {
    match (open.before, open.after) {
        (false, false) => Shape::Equals,
        (true, false) => Shape::EndsWith,
        (false, true) => Shape::StartsWith,
        (true, true) => Shape::Contains,
    }
}

fn operator(bound: Bound) -> Operator {
    match bound {
        Bound::Gt => Operator::Gt,
        Bound::Gte => Operator::GtEq,
        Bound::Lt => Operator::Lt,
        Bound::Lte => Operator::LtEq,
        Bound::Eq => Operator::Eq,
        Bound::Neq => Operator::NotEq,
    }
}

/// The pattern in the words of the predicates.
fn in_pieces(pieces: Vec<Piece>) -> Vec<pattern::Piece> {
    let piece = |piece| match piece {
        Piece::Text(text) => pattern::Piece::Text(text),
        Piece::AnyRun => pattern::Piece::AnyRun,
        Piece::AnyOne => pattern::Piece::AnyOne,
    };
    pieces.into_iter().map(piece).collect()
}

fn each(
    values: &[Spanned<Value>],
    one: impl Fn(&Spanned<Value>) -> Result<Expr, Box<Diagnostic>>,
) -> Result<Vec<Expr>, Fault> {
    values.iter().map(|value| one(value).map_err(Some)).collect()
}

fn quantified(predicate: Match, all: bool) -> Match {
    if all { predicate.all() } else { predicate }
}

/// What the values of a field cost to hold, in bytes, before any of it is spent.
pub(super) fn cost(found: &FieldMatch) -> usize {
    let has = |wanted| found.modifiers.iter().any(|modifier| modifier.value == wanted);
    let (is_regex, has_dashes, is_offset) = (has(Modifier::Re), has(Modifier::Windash), has(Modifier::Base64Offset));
    let one = |value: &Spanned<Value>| {
        let text = match &value.value {
            Value::Text(text) | Value::Number(text) => text.as_str(),
            _ => "",
        };
        let dashes = if has_dashes { text.matches(['-', '/']).count().min(MAX_DASHES) } else { 0 };
        let spellings = 5_usize.pow(u32::try_from(dashes).unwrap_or(0)) * if is_offset { 3 } else { 1 };
        let compiled = if is_regex { REGEX_COST } else { 0 };
        (text.len() + VALUE_COST) * spellings + compiled
    };
    found.values.iter().map(one).sum::<usize>() + VALUE_COST
}

const VALUE_COST: usize = 64;
const REGEX_COST: usize = 64 << 10;

/// Values of one shape go into one call, which looks for all of them at once.
fn texts(
    terms: &Terms,
    open: Open,
    operand: &Operand,
    values: &[Spanned<Value>],
    budget: &mut Budget,
) -> Result<Vec<Expr>, Fault> {
    if let Some(numbers) = numbers(terms, open, operand, values) {
        return Ok(numbers);
    }
    let mut parts = Vec::new();
    let mut shapes: Vec<(Shape, Vec<String>)> = Vec::new();
    let mut add = |shape: Shape, needle: String| match shapes.iter_mut().find(|(known, _)| *known == shape) {
        Some((_, needles)) => needles.push(needle),
        None => shapes.push((shape, vec![needle])),
    };
    let predicate = |shape| Match::rule(shape).case_sensitive(terms.case_sensitive);
    for value in values {
        let Some(spellings) = spellings(terms, value)? else {
            parts.push(is_null(operand));
            continue;
        };
        let mut classified = Vec::with_capacity(spellings.len());
        for spelling in spellings {
            let (shape, needle) = classify(&in_pieces(sigma::pattern::open(spelling, open.before, open.after)));
            if shape == Shape::Regex {
                let admitted = budget.admit(&needle, terms.case_sensitive);
                admitted.map_err(|reason| Box::new(messages::bad_regex(value.span, &reason)))?;
            }
            classified.push((shape, needle));
        }
        if terms.all && classified.len() > 1 {
            // Every value has to match, each in any of its spellings.
            let any = classified.into_iter().map(|(shape, needle)| predicate(shape).literal(operand.text(), [needle]));
            parts.push(chain::or(any.collect()));
        } else {
            classified.into_iter().for_each(|(shape, needle)| add(shape, needle));
        }
    }
    for (shape, needles) in shapes {
        parts.push(quantified(predicate(shape), terms.all).literal(operand.text(), needles));
    }
    Ok(parts)
}

/// Whole numbers over a column of numbers compare as numbers.
fn numbers(terms: &Terms, open: Open, operand: &Operand, values: &[Spanned<Value>]) -> Option<Vec<Expr>> {
    if !matches!(operand.kind, Type::Int | Type::Long)
        || open != Open::default()
        || !terms.steps.is_empty()
        || terms.all
    {
        return None;
    }
    let number = |value: &Spanned<Value>| match (&value.value, operand.kind) {
        (Value::Number(text) | Value::Text(text), Type::Int) => text.parse::<i32>().ok().map(lit),
        (Value::Number(text) | Value::Text(text), _) => text.parse::<i64>().ok().map(lit),
        _ => None,
    };
    let mut literals: Vec<Expr> = values.iter().map(number).collect::<Option<_>>()?;
    let column = Box::new(operand.expr.clone());
    Some(vec![match literals.pop() {
        Some(only) if literals.is_empty() => Expr::BinaryExpr(BinaryExpr::new(column, Operator::Eq, Box::new(only))),
        Some(last) => {
            literals.push(last);
            Expr::InList(InList::new(column, literals, false))
        }
        None => lit(false),
    }])
}

/// Missing, or empty.
fn is_null(operand: &Operand) -> Expr {
    let missing = Expr::IsNull(Box::new(operand.expr.clone()));
    if operand.kind != Type::String {
        return missing;
    }
    chain::or(vec![missing, Match::rule(Shape::Equals).literal(operand.text(), [""])])
}

fn regexes(
    terms: &Terms,
    ([multi_line, dot_all], held): ([bool; 2], Held),
    operand: &Operand,
    values: &[Spanned<Value>],
    budget: &mut Budget,
) -> Result<Expr, Box<Diagnostic>> {
    let flags = match (multi_line, dot_all) {
        (false, false) => "",
        (true, false) => "(?m)",
        (false, true) => "(?s)",
        (true, true) => "(?ms)",
    };
    let mut patterns = Vec::with_capacity(values.len());
    for value in values {
        let text = match &value.value {
            Value::Text(text) | Value::Number(text) => text,
            _ => return Err(Box::new(messages::wrong_value(value.span, "re", "a regular expression"))),
        };
        if terms.steps.contains(&Modifier::Expand) {
            no_placeholder(text, value.span)?;
        }
        let pattern = match held {
            Held::Nowhere => format!("{flags}{text}"),
            Held::ToStart => format!(r"{flags}\A(?:{text})"),
            Held::ToEnd => format!(r"{flags}(?:{text})\z"),
        };
        budget.admit(&pattern, terms.case_sensitive).map_err(|reason| {
            Box::new(match reason.as_str() {
                reason if reason.contains("look-around") => messages::look_around(value.span),
                reason if reason.contains("backreference") => messages::backreference(value.span),
                reason => messages::bad_regex(value.span, reason),
            })
        })?;
        patterns.push(pattern);
    }
    let predicate = Match::rule(Shape::Regex).case_sensitive(terms.case_sensitive);
    Ok(quantified(predicate, terms.all).literal(operand.text(), patterns))
}

fn exists(operand: &Operand, value: &Spanned<Value>) -> Result<Expr, Box<Diagnostic>> {
    let wanted = match &value.value {
        Value::Bool(flag) => *flag,
        Value::Text(text) if text.eq_ignore_ascii_case("true") => true,
        Value::Text(text) if text.eq_ignore_ascii_case("false") => false,
        _ => return Err(Box::new(messages::wrong_value(value.span, "exists", "true or false"))),
    };
    let operand = Box::new(operand.expr.clone());
    Ok(if wanted { Expr::IsNotNull(operand) } else { Expr::IsNull(operand) })
}

fn compare(operand: &Operand, operator: Operator, value: &Spanned<Value>) -> Result<Expr, Box<Diagnostic>> {
    let number = match &value.value {
        Value::Number(text) | Value::Text(text) => text.parse::<f64>().ok().filter(|number| number.is_finite()),
        _ => None,
    };
    let name = match operator {
        Operator::Gt => "gt",
        Operator::GtEq => "gte",
        Operator::Lt => "lt",
        Operator::LtEq => "lte",
        _ => "a part of a time",
    };
    let wrong = || Box::new(messages::wrong_value(value.span, name, "a number"));
    let number = lit(number.ok_or_else(wrong)?);
    let held = operand.expr.clone();
    let column = match (operand.kind, operator) {
        (Type::String, Operator::Gt | Operator::GtEq) => several::greatest(held),
        (Type::String, _) => several::least(held),
        (kind, _) => cast::cast(held, kind, Type::Real),
    };
    Ok(Expr::BinaryExpr(BinaryExpr::new(Box::new(column), operator, Box::new(number))))
}
