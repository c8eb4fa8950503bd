//! Values: what a column holds so that the tests of it hold, and others do not.

use functions::scalar::base64;
use functions::{Type, ticks};
use serde_json::{Number, Value};
use syntax::Span;

use super::form::{Leaf, Order, Shape, Test};
use super::pattern;
use super::solve::Wanted;

/// Candidates of one column that are looked at, and of what is taken out of it.
const MOST: usize = 200;
const INNER: usize = 40;
/// In ticks: numbers near a time differ by no less, for the rest is lost beyond 2^53.
const MINUTE: f64 = 600_000_000.0;
const LONG: usize = 48;

/// The value of one column; `Value::Null` for none at all. `None` where no value could be found.
pub(super) fn value(wanted: &[Wanted<'_>], kind: Option<Type>) -> Option<Value> {
    let fitting = candidates(wanted).into_iter().filter_map(|value| as_kind(value, kind));
    let mut fitting =
        fitting.chain([Value::Number(7.into())].into_iter().filter(|_| kind.is_some_and(is_number))).take(MOST);
    fitting.find(|value| wanted.iter().all(|(leaf, holds)| meets(&leaf.test, value) == Some(*holds)))
}

fn is_number(kind: Type) -> bool {
    matches!(kind, Type::Int | Type::Long | Type::Real | Type::Decimal)
}

/// The value as a column of this type holds it.
fn as_kind(value: Value, kind: Option<Type>) -> Option<Value> {
    match (kind, &value) {
        (Some(kind), Value::String(text)) if is_number(kind) => json(text.parse().ok()?),
        (Some(Type::Datetime), Value::Number(number)) => {
            ticks::format_datetime(number.as_f64()? as i64).map(Value::String)
        }
        (Some(Type::Bool), Value::String(text)) => Some(Value::Bool(text.parse().ok()?)),
        (Some(Type::Bool), Value::Number(number)) => Some(Value::Bool(number.as_f64() != Some(0.0))),
        _ => Some(value),
    }
}

fn candidates(wanted: &[Wanted<'_>]) -> Vec<Value> {
    let mut all = Vec::new();
    let numbers: Vec<f64> = wanted.iter().filter_map(|(leaf, _)| number(&leaf.test)).collect();
    let flags: Vec<bool> = wanted.iter().filter_map(|(leaf, _)| flag(&leaf.test)).collect();
    for flag in flags {
        all.extend([Value::Bool(flag), Value::Bool(!flag)]);
    }
    for number in numbers {
        let near = [number, number + 1.0, number - 1.0, number + MINUTE, number - MINUTE, number * 2.0, 0.0];
        all.extend(near.into_iter().filter_map(json));
    }
    let positive: Vec<&Test> = wanted.iter().filter(|(_, holds)| *holds).map(|(leaf, _)| &leaf.test).collect();
    let negative: Vec<&Test> = wanted.iter().filter(|(_, holds)| !*holds).map(|(leaf, _)| &leaf.test).collect();
    let mut texts: Vec<String> = Vec::new();
    // A whole text leaves no choice.
    for test in &positive {
        if let Test::Text { shape: Shape::Whole, texts: whole, .. } = test {
            texts.extend(whole.iter().cloned());
        }
        if let Test::Network(networks) = test {
            texts.extend(networks.iter().filter_map(|network| address(network)));
        }
    }
    let (decoded, within) = (decoded(wanted), within(wanted));
    if !decoded.is_empty() {
        let inner = inner(&decoded);
        // What looks for base64 looks for some length.
        let encode = |value: Value| Some(base64::encode(format!("{:LONG$}", value.as_str()?).as_bytes()));
        texts.extend(inner.into_iter().take(INNER).filter_map(encode));
    }
    for (pattern, group, tests) in &within {
        let inner = inner(tests).into_iter().take(INNER);
        texts.extend(inner.filter_map(|value| pattern::text_with(pattern, *group, value.as_str()?)));
    }
    // Each alternative of the test with the most of them, with the first of the others.
    let taken: Vec<(bool, String)> = within.iter().filter_map(taken).collect();
    let most = positive.iter().map(|test| alternatives(test)).max().unwrap_or(1).max(1);
    let ends = taken.iter().filter(|(is_end, _)| *is_end).count().max(1);
    for turn in 0..most.min(MOST) {
        texts.extend((0..ends).rev().flat_map(|end| put_together(&positive, &taken, turn, end)));
    }
    // What must not be there gives nothing to build on, but something has to be there.
    if positive.is_empty() && taken.is_empty() {
        all.push(Value::Null);
    }
    if negative.iter().any(|test| matches!(test, Test::Network(_))) {
        all.extend(["8.8.8.8", "203.0.113.7"].map(|text| Value::String(text.to_owned())));
    }
    if positive.is_empty() {
        all.extend(["other", "C:\\Other\\other.exe", "10.11.12.13"].map(|text| Value::String(text.to_owned())));
    }
    all.extend(texts.into_iter().map(Value::String));
    all.push(Value::String("other".to_owned()));
    all
}

/// Tests of what one group of a pattern takes out.
type Within<'t> = (&'t str, usize, Vec<(&'t Test, bool)>);

fn within<'t>(wanted: &[Wanted<'t>]) -> Vec<Within<'t>> {
    let mut all: Vec<Within<'t>> = Vec::new();
    for (leaf, holds) in wanted {
        if let Test::Taken { pattern, group, test } = &leaf.test {
            match all.iter_mut().find(|(known, of, _)| known == pattern && of == group) {
                Some((.., tests)) => tests.push((test, *holds)),
                None => all.push((pattern, *group, vec![(test, *holds)])),
            }
        }
    }
    all
}

fn decoded<'t>(wanted: &[Wanted<'t>]) -> Vec<(&'t Test, bool)> {
    let of = |(leaf, holds): &Wanted<'t>| match &leaf.test {
        Test::Decoded(test) => Some((test.as_ref(), *holds)),
        _ => None,
    };
    wanted.iter().filter_map(of).collect()
}

/// Candidates that meet all of these.
fn inner(tests: &[(&Test, bool)]) -> Vec<Value> {
    let leaf = |test: &Test| Leaf { column: String::new(), test: test.clone(), span: Span::default() };
    let leaves: Vec<(Leaf, bool)> = tests.iter().map(|(test, holds)| (leaf(test), *holds)).collect();
    let wanted: Vec<Wanted<'_>> = leaves.iter().map(|(leaf, holds)| (leaf, *holds)).collect();
    let mut all = candidates(&wanted);
    all.retain(|value| tests.iter().all(|(test, holds)| meets(test, value) == Some(*holds)));
    all
}

/// A text out of which a group takes what is wanted, and whether nothing may stand behind it.
fn taken((pattern, group, tests): &Within<'_>) -> Option<(bool, String)> {
    let mut made = inner(tests).into_iter().take(INNER).filter_map(|value| {
        let made = Value::String(pattern::text_with(pattern, *group, value.as_str()?)?);
        let is_met = |(test, holds): &(&Test, bool)| {
            let whole = Test::Taken { pattern: (*pattern).to_owned(), group: *group, test: Box::new((*test).clone()) };
            meets(&whole, &made) == Some(*holds)
        };
        tests.iter().all(is_met).then(|| made.as_str().map(str::to_owned)).flatten()
    });
    let usual = || pattern::text_of(pattern).filter(|_| tests.iter().any(|(_, holds)| *holds));
    made.next().or_else(usual).map(|text| (pattern.trim_end_matches(')').ends_with('$'), text))
}

fn number(test: &Test) -> Option<f64> {
    match test {
        Test::Number(_, number) => Some(*number),
        _ => None,
    }
}

fn flag(test: &Test) -> Option<bool> {
    match test {
        Test::Flag(flag) => Some(*flag),
        _ => None,
    }
}

fn json(number: f64) -> Option<Value> {
    if number.fract() == 0.0 && number.abs() < 9e18 {
        return Some(Value::Number((number as i64).into()));
    }
    Number::from_f64(number).map(Value::Number)
}

/// The first address of a network.
fn address(network: &str) -> Option<String> {
    let (base, _) = network.split_once('/').unwrap_or((network, ""));
    let parts: Vec<&str> = base.split('.').collect();
    match parts.as_slice() {
        [a, b, c, _] => Some(format!("{a}.{b}.{c}.7")),
        _ => Some(base.to_owned()),
    }
}

fn alternatives(test: &Test) -> usize {
    match test {
        Test::Text { texts, all: false, .. } => texts.len(),
        _ => 1,
    }
}

/// A text that begins, goes on and ends as is asked.
fn put_together(tests: &[&Test], taken: &[(bool, String)], turn: usize, which: usize) -> Vec<String> {
    let (mut start, mut end) = (String::new(), String::new());
    let mut parts: Vec<(Shape, String)> = Vec::new();
    for test in tests {
        match test {
            Test::Text { shape, texts, all } => {
                let chosen: Vec<&String> =
                    if *all { texts.iter().collect() } else { texts.get(turn).or(texts.first()).into_iter().collect() };
                for text in chosen {
                    match shape {
                        Shape::Whole => {}
                        Shape::Start if text.len() > start.len() => start.clone_from(text),
                        Shape::End if text.len() > end.len() => end.clone_from(text),
                        Shape::Start | Shape::End => {}
                        _ => parts.push((*shape, text.clone())),
                    }
                }
            }
            Test::Regex(text) => match pattern::text_of(text) {
                Some(made) if text.starts_with('^') || text.starts_with("(?i)^") => start = made,
                Some(made) if text.ends_with('$') => end = made,
                Some(made) => parts.push((Shape::Part, made)),
                None => return Vec::new(),
            },
            Test::Present
            | Test::Number(..)
            | Test::Flag(_)
            | Test::Network(_)
            | Test::Taken { .. }
            | Test::Decoded(_) => {}
        }
    }
    parts.extend(taken.iter().filter(|(is_end, _)| !is_end).map(|(_, text)| (Shape::Part, text.clone())));
    if let Some((_, text)) = taken.iter().filter(|(is_end, _)| *is_end).nth(which) {
        end.clone_from(text);
    }
    // What another part holds already need not stand twice.
    parts.sort_by_key(|(_, part)| std::cmp::Reverse(part.len()));
    let mut whole = format!("{start} {end}").to_lowercase();
    if start.is_empty() && end.is_empty() {
        whole.clear();
    }
    let mut kept: Vec<String> = Vec::new();
    for (shape, part) in parts {
        let lower = part.to_lowercase();
        if !shaped(shape, &whole, &lower) {
            whole.push(' ');
            whole.push_str(&lower);
            kept.push(part);
        }
    }
    let middle = kept.join(" ");
    let mut made = Vec::new();
    if start.is_empty() && end.is_empty() && middle.is_empty() {
        made.push("x".to_owned());
        return made;
    }
    made.push(format!("{start}{middle}{end}"));
    made.push(
        [start.as_str(), middle.as_str(), end.as_str()]
            .iter()
            .filter(|part| !part.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(" "),
    );
    made.push(format!("{start}x {middle} x{end}"));
    made.push(format!("C:\\x\\{middle}{end}"));
    made.push(format!("{start}{middle} "));
    made.push(format!(" {middle} "));
    made
}

/// Whether a value meets a test, as Kusto has it; `None` where it neither does nor does not.
pub(super) fn meets(test: &Test, value: &Value) -> Option<bool> {
    let text = match value {
        Value::String(text) => Some(text.to_lowercase()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    let text = text.unwrap_or_default();
    Some(match test {
        Test::Text { shape, texts, all } => {
            let holds = |wanted: &String| shaped(*shape, &text, &wanted.to_lowercase());
            if *all { texts.iter().all(holds) } else { texts.iter().any(holds) }
        }
        Test::Regex(pattern) => {
            let original = value.as_str().unwrap_or_default();
            regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(original))
        }
        Test::Number(order, wanted) => as_number(value, &text).is_some_and(|value| match order {
            Order::Less => value < *wanted,
            Order::LessOrEqual => value <= *wanted,
            Order::Equal => value == *wanted,
            Order::GreaterOrEqual => value >= *wanted,
            Order::Greater => value > *wanted,
        }),
        Test::Flag(flag) => value.as_bool() == Some(*flag),
        Test::Present => !text.is_empty(),
        Test::Taken { pattern, group, test } => {
            let taken = regex::Regex::new(pattern).ok().and_then(|regex| {
                let found = regex.captures(value.as_str()?)?.get(*group)?;
                Some(found.as_str().to_owned())
            });
            return meets(test, &Value::String(taken.unwrap_or_default()));
        }
        Test::Decoded(inner) => {
            let plain = value.as_str().and_then(base64::decode);
            return meets(inner, &Value::String(plain.unwrap_or_default()));
        }
        Test::Network(_) if text.parse::<std::net::IpAddr>().is_err() => return None,
        Test::Network(networks) => networks.iter().any(|network| is_in(&text, network)),
    })
}

fn as_number(value: &Value, text: &str) -> Option<f64> {
    match value {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        _ => value
            .as_f64()
            .or_else(|| text.parse().ok())
            .or_else(|| ticks::parse(value.as_str()?).map(|time| time as f64)),
    }
}

fn shaped(shape: Shape, text: &str, wanted: &str) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric());
    let places = || text.match_indices(wanted);
    let begins = |at: usize| {
        !is_word(text.get(..at).and_then(|before| before.chars().next_back())) || !is_word(wanted.chars().next())
    };
    let ends = |at: usize| {
        !is_word(text.get(at + wanted.len()..).and_then(|behind| behind.chars().next()))
            || !is_word(wanted.chars().next_back())
    };
    match shape {
        Shape::Whole => text == wanted,
        Shape::Start => text.starts_with(wanted),
        Shape::End => text.ends_with(wanted),
        Shape::Part => text.contains(wanted),
        Shape::Term => places().any(|(at, _)| begins(at) && ends(at)),
        Shape::TermStart => places().any(|(at, _)| begins(at)),
        Shape::TermEnd => places().any(|(at, _)| ends(at)),
    }
}

fn is_in(text: &str, network: &str) -> bool {
    let (base, bits) = network.split_once('/').unwrap_or((network, "32"));
    let bits: u32 = bits.parse().unwrap_or(32);
    let read = |text: &str| text.parse::<std::net::Ipv4Addr>().ok().map(u32::from);
    let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(0);
    read(text).zip(read(base)).is_some_and(|(text, base)| text & mask == base & mask)
}
