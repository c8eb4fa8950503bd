//! A query in KQL.

use syntax::sigma::{Bound, Open, Piece};

use crate::query::{Column, Kind, Leg, Node, Predicate, Query};

/// The query's text; why not, where KQL has no words for it.
pub fn print(query: &Query) -> Result<String, String> {
    let legs: Result<Vec<String>, String> = query.legs.iter().map(leg).collect();
    let legs = legs?;
    Ok(match legs.as_slice() {
        [only] => format!("{only}\n"),
        legs => {
            let indented = legs.iter().map(|leg| format!("    ({})", leg.replace("\n", "\n     ")));
            format!("union\n{}\n", indented.collect::<Vec<_>>().join(",\n"))
        }
    })
}

fn leg(leg: &Leg) -> Result<String, String> {
    let mut out = leg.table.clone();
    for part in [&leg.source, &leg.condition] {
        let parts = match part {
            Node::All(parts) if std::ptr::eq(part, &raw const leg.condition) => parts.as_slice(),
            part => std::slice::from_ref(part),
        };
        for part in parts.iter().filter(|part| **part != Node::Always(true)) {
            out.push_str("\n| where ");
            out.push_str(&node(part, Around::Nothing)?);
        }
    }
    Ok(out)
}

/// What a condition stands in, which decides whether it needs parentheses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Nothing,
    And,
    Or,
}

fn node(of: &Node, around: Around) -> Result<String, String> {
    let joined = |parts: &[Node], word: &str, inner: Around| {
        let parts: Result<Vec<String>, String> = parts.iter().map(|part| node(part, inner)).collect();
        let text = chain(parts?, word);
        Ok(if around == Around::Nothing || around == inner { text } else { format!("({text})") })
    };
    match of {
        Node::Always(is) => Ok(is.to_string()),
        Node::All(parts) => joined(parts, " and ", Around::And),
        Node::Any(parts) => joined(parts, " or ", Around::Or),
        Node::Not(inner) => Ok(format!("not({})", node(inner, Around::Nothing)?)),
        Node::Said(text) => Ok(text.clone()),
        Node::Test(column, predicate) => {
            let tests = tests(column, predicate)?;
            let needs_parentheses = match predicate {
                Predicate::SameAs { .. } => around == Around::Or,
                _ => tests.len() > 1 && around == Around::And,
            };
            let text = chain(tests, " or ");
            Ok(if needs_parentheses { format!("({text})") } else { text })
        }
    }
}

/// Operands that stand in one chain: Kusto nests each beneath the one behind it, and refuses what is nested too deep.
const CHAIN: usize = 100;

fn chain(mut operands: Vec<String>, word: &str) -> String {
    while operands.len() > CHAIN {
        operands = operands.chunks(CHAIN).map(|some| format!("({})", some.join(word))).collect();
    }
    operands.join(word)
}

/// The tests that a predicate becomes, any of which has to hold.
fn tests(column: &Column, predicate: &Predicate) -> Result<Vec<String>, String> {
    let text = text_of(column);
    Ok(match predicate {
        Predicate::Texts { open, cased, texts } => {
            let is_equal = *open == Open::default();
            match texts.as_slice() {
                [only] => vec![format!("{text} {} {}", operator(*open, *cased), quoted(only))],
                many if is_equal => {
                    let list: Vec<String> = many.iter().map(|text| quoted(text)).collect();
                    vec![format!("{text} {} ({})", if *cased { "in" } else { "in~" }, list.join(", "))]
                }
                many => many.iter().map(|one| format!("{text} {} {}", operator(*open, *cased), quoted(one))).collect(),
            }
        }
        Predicate::Pattern { cased, pieces } => {
            let flags = if *cased { "(?s)" } else { "(?is)" };
            vec![format!("{text} matches regex {}", quoted(&format!("{flags}^{}$", regex(pieces))))]
        }
        Predicate::Regex { cased, pattern } => {
            let flags = if *cased { "" } else { "(?i)" };
            vec![format!("{text} matches regex {}", quoted(&format!("{flags}{pattern}")))]
        }
        Predicate::Numbers(numbers) => match (numbers.as_slice(), column.kind) {
            ([only], Kind::Number) => vec![format!("{} == {only}", column.text)],
            (many, Kind::Number) => {
                let list: Vec<String> = many.iter().map(i64::to_string).collect();
                vec![format!("{} in ({})", column.text, list.join(", "))]
            }
            (many, _) => many.iter().map(|number| format!("{text} == \"{number}\"")).collect(),
        },
        Predicate::Compare(bound, number) => {
            let sign = match bound {
                Bound::Gt => ">",
                Bound::Gte => ">=",
                Bound::Lt => "<",
                Bound::Lte => "<=",
                Bound::Eq => "==",
                Bound::Neq => "!=",
            };
            let column = if column.kind == Kind::Number { column.text.clone() } else { format!("todouble({text})") };
            vec![format!("coalesce({column} {sign} {number}, false)")]
        }
        Predicate::Network(network) => {
            let function = if network.contains(':') { "ipv6_is_in_range" } else { "ipv4_is_in_range" };
            vec![format!("coalesce({function}({text}, {}), false)", quoted(network))]
        }
        Predicate::SameAs { open, cased, other } => {
            let other = text_of(other);
            // An absent text would be in every other.
            vec![format!("isnotempty({other}) and {text} {} {other}", operator(*open, *cased))]
        }
        Predicate::Missing => vec![format!("isempty({text})")],
        Predicate::Present => vec![format!("isnotempty({text})")],
    })
}

fn text_of(column: &Column) -> String {
    if column.kind == Kind::Text { column.text.clone() } else { format!("tostring({})", column.text) }
}

fn operator(open: Open, cased: bool) -> &'static str {
    match (open.before, open.after, cased) {
        (false, false, false) => "=~",
        (false, false, true) => "==",
        (true, false, false) => "endswith",
        (true, false, true) => "endswith_cs",
        (false, true, false) => "startswith",
        (false, true, true) => "startswith_cs",
        (true, true, false) => "contains",
        (true, true, true) => "contains_cs",
    }
}

/// A text is written as it is, but for control characters.
fn quoted(text: &str) -> String {
    if !text.contains(char::is_control) {
        let is_plain = !text.contains(['\\', '"']);
        return if is_plain { format!("\"{text}\"") } else { format!("@\"{}\"", text.replace('"', "\"\"")) };
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn regex(pieces: &[Piece]) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => crate::escape::regex(text, &mut out),
            Piece::AnyRun => out.push_str(".*"),
            Piece::AnyOne => out.push('.'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::chain;

    #[test]
    fn a_long_chain_stands_in_parts() {
        let numbers = |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<String>>();
        assert_eq!(chain(numbers(3), " or "), "0 or 1 or 2");
        let long = chain(numbers(101), " or ");
        assert!(long.starts_with("(0 or 1 or ") && long.ends_with(" or 99) or (100)"), "{long}");
    }
}
