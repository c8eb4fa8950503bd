//! Signatures: what Kusto's functions and aggregates take and give, as the service itself checks calls. What a kernel of ours
//! could take besides is no concern of theirs.
//!
//! A line is `name kind… = result`. Behind a kind stand `!` (a constant), `#` (a literal) or `@` (a column), then `?` (may be left
//! out) or `*least-most`; kinds in a row that repeat do so together.

use std::collections::HashMap;
use std::sync::LazyLock;

use functions::Type;

/// One way to call a function.
#[derive(Debug, Clone)]
pub struct Signature {
    pub name: &'static str,
    pub takes: Vec<Parameter>,
    pub gives: Result,
}

#[derive(Debug, Clone)]
pub struct Parameter {
    pub kinds: Vec<Wanted>,
    pub form: Form,
    pub least: usize,
    pub most: usize,
}

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Is(Type),
    Any,
    Number,
    /// int or long.
    Integer,
    /// A number, a timespan or a datetime.
    Summable,
    /// Whatever has an order.
    Orderable,
    /// string or dynamic.
    Text,
    /// Anything but a dynamic.
    Plain,
    /// Neither a real nor a bool.
    Discrete,
    /// A dynamic that is, or may be, an array.
    Array,
    /// A dynamic that is, or may be, a bag.
    Bag,
    /// One type together with the other arguments like it.
    Common,
    /// The same of what has an order.
    CommonOrdered,
    /// A branch: whatever the others are.
    Branch,
    /// The type of an argument before it.
    Same(usize),
    /// `typeof(…)`.
    TypeName,
}

/// How an argument must be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Any,
    Constant,
    Literal,
    Column,
}

/// The type of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Result {
    Is(Type),
    First,
    Second,
    /// The widest of the numbers.
    Widest,
    /// The same, and a long where all are ints.
    Widened,
    /// What the arguments have in common.
    Common,
    /// The first argument's type, int as long.
    Promoted,
    /// By a rule of the function's own.
    Own,
}

/// The ways to call a scalar function; none where it is not checked here.
pub fn function(name: &str) -> &'static [Signature] {
    FUNCTIONS.get(name).map_or(&[], Vec::as_slice)
}

/// The ways to use an operator between values.
pub fn operator(sign: &str) -> &'static [Signature] {
    OPERATORS.get(sign).map_or(&[], Vec::as_slice)
}

/// The ways to call an aggregate.
pub fn aggregate(name: &str) -> &'static [Signature] {
    AGGREGATES.get(name).map_or(&[], Vec::as_slice)
}

/// Every signature, in the order of the names: first those of functions, then those of aggregates.
pub fn all() -> (Vec<Signature>, Vec<Signature>) {
    (read(FUNCTION_LINES).collect(), read(AGGREGATE_LINES).collect())
}

const FUNCTION_LINES: &str = include_str!("signature/functions.txt");
const AGGREGATE_LINES: &str = include_str!("signature/aggregates.txt");
const OPERATOR_LINES: &str = include_str!("signature/operators.txt");

static FUNCTIONS: LazyLock<HashMap<&str, Vec<Signature>>> = LazyLock::new(|| by_name(FUNCTION_LINES));
static AGGREGATES: LazyLock<HashMap<&str, Vec<Signature>>> = LazyLock::new(|| by_name(AGGREGATE_LINES));
static OPERATORS: LazyLock<HashMap<&str, Vec<Signature>>> = LazyLock::new(|| by_name(OPERATOR_LINES));

fn by_name(lines: &'static str) -> HashMap<&'static str, Vec<Signature>> {
    let mut all: HashMap<&str, Vec<Signature>> = HashMap::new();
    for signature in read(lines) {
        all.entry(signature.name).or_default().push(signature);
    }
    all
}

fn read(lines: &'static str) -> impl Iterator<Item = Signature> {
    lines.lines().filter_map(line)
}

fn line(text: &'static str) -> Option<Signature> {
    let (head, gives) = text.split_once(" = ")?;
    let mut words = head.split(' ');
    let name = words.next()?;
    let takes = words.filter(|word| !word.is_empty()).map(parameter).collect::<Option<_>>()?;
    Some(Signature { name, takes, gives: result(gives)? })
}

fn parameter(word: &str) -> Option<Parameter> {
    let end = word.find(['!', '#', '@', '?', '*']).filter(|end| *end > 0).unwrap_or(word.len());
    let (kinds, marks) = word.split_at_checked(end)?;
    let kinds = kinds.split('|').map(wanted).collect::<Option<_>>()?;
    let (form, count) = match marks.chars().next() {
        Some('!') => (Form::Constant, marks.get(1..)?),
        Some('#') => (Form::Literal, marks.get(1..)?),
        Some('@') => (Form::Column, marks.get(1..)?),
        _ => (Form::Any, marks),
    };
    let (least, most) = match count.strip_prefix('*') {
        Some(range) => match range.split_once('-') {
            Some((least, most)) => (least.parse().ok()?, most.parse().ok()?),
            None => (range.parse().ok()?, usize::MAX),
        },
        None if count == "?" => (0, 1),
        None => (1, 1),
    };
    Some(Parameter { kinds, form, least, most })
}

fn wanted(word: &str) -> Option<Wanted> {
    Some(match word {
        "any" => Wanted::Any,
        "number" => Wanted::Number,
        "integer" => Wanted::Integer,
        "summable" => Wanted::Summable,
        "orderable" => Wanted::Orderable,
        "text" => Wanted::Text,
        "plain" => Wanted::Plain,
        "discrete" => Wanted::Discrete,
        "array" => Wanted::Array,
        "bag" => Wanted::Bag,
        "common" => Wanted::Common,
        "ordered" => Wanted::CommonOrdered,
        "alike" => Wanted::Branch,
        "same0" => Wanted::Same(0),
        "same1" => Wanted::Same(1),
        "type" => Wanted::TypeName,
        name => Wanted::Is(Type::from_name(name)?),
    })
}

fn result(word: &str) -> Option<Result> {
    Some(match word {
        "first" => Result::First,
        "second" => Result::Second,
        "widest" => Result::Widest,
        "widened" => Result::Widened,
        "common" => Result::Common,
        "promoted" => Result::Promoted,
        "own" | "typed" => Result::Own,
        name => Result::Is(Type::from_name(name)?),
    })
}

impl Signature {
    /// Whether this many arguments can be given.
    pub fn takes_count(&self, count: usize) -> bool {
        self.place_all(count).is_some()
    }

    /// The parameter that each of `count` arguments stands for.
    pub fn place_all(&self, count: usize) -> Option<Vec<&Parameter>> {
        let repeats: Vec<usize> =
            (0..self.takes.len()).filter(|at| self.takes.get(*at).is_some_and(Parameter::repeats)).collect();
        let fixed = self.takes.len() - repeats.len();
        let (Some(first), Some(last)) = (repeats.first(), repeats.last()) else {
            let least = self.takes.iter().filter(|take| take.least > 0).count();
            return (least..=self.takes.len()).contains(&count).then(|| self.takes.iter().take(count).collect());
        };
        let needed = self.takes.iter().filter(|take| !take.repeats()).filter(|take| take.least > 0).count();
        let block = last - first + 1;
        let least = self.takes.get(*first)?.least;
        let most = self.takes.get(*first)?.most;
        // What may be left out behind what repeats is there only where it is sure to be meant.
        let tail = self.takes.len() - last - 1;
        let spare = count.checked_sub(needed)?;
        let rounds = spare / block;
        if rounds < least || rounds > most || !spare.is_multiple_of(block) || needed > fixed {
            return None;
        }
        let middle = self.takes.get(*first..=*last)?;
        let behind = self.takes.get(last + 1..)?.iter().filter(|take| take.least > 0).take(tail);
        let placed = self.takes.iter().take(*first).chain((0..rounds).flat_map(|_| middle)).chain(behind);
        Some(placed.collect())
    }
}

impl Parameter {
    pub fn repeats(&self) -> bool {
        self.most > 1
    }
}

impl Wanted {
    /// Whether a value of this type is taken as it is, or after a promotion that loses nothing.
    pub fn takes(self, kind: Type) -> bool {
        match self {
            Wanted::Is(wanted) => wanted == kind || promotes(kind, wanted),
            Wanted::Any | Wanted::Common | Wanted::Branch => true,
            Wanted::Number => kind.is_number(),
            Wanted::Integer => matches!(kind, Type::Int | Type::Long),
            Wanted::Summable => kind.is_number() || matches!(kind, Type::Timespan | Type::Datetime),
            Wanted::Plain => kind != Type::Dynamic,
            Wanted::Orderable | Wanted::CommonOrdered => !matches!(kind, Type::Dynamic | Type::Guid),
            Wanted::Text => matches!(kind, Type::String | Type::Dynamic),
            Wanted::Discrete => !matches!(kind, Type::Real | Type::Bool),
            Wanted::Array | Wanted::Bag => kind == Type::Dynamic,
            Wanted::Same(_) => true,
            Wanted::TypeName => false,
        }
    }
}

fn promotes(from: Type, to: Type) -> bool {
    match to {
        Type::Long => from == Type::Int,
        Type::Real => matches!(from, Type::Int | Type::Long),
        Type::Decimal => matches!(from, Type::Int | Type::Long),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read() {
        assert_eq!(read(FUNCTION_LINES).count(), FUNCTION_LINES.lines().count());
        assert_eq!(read(AGGREGATE_LINES).count(), AGGREGATE_LINES.lines().count());
        assert_eq!(read(OPERATOR_LINES).count(), OPERATOR_LINES.lines().count());
    }

    #[test]
    fn arguments_stand_for_parameters() {
        let takes = |name: &str, count: usize| function(name).iter().any(|way| way.takes_count(count));
        assert!(takes("substring", 2) && takes("substring", 3) && !takes("substring", 1) && !takes("substring", 4));
        assert!(takes("case", 3) && !takes("case", 4) && takes("case", 5) && !takes("case", 1));
        assert!(takes("bag_pack", 2) && !takes("bag_pack", 3));
        assert!(takes("strcat", 64) && !takes("strcat", 65) && !takes("strcat", 0));
    }
}
