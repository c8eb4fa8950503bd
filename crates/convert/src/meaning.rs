//! What a rule asks for, in the columns of a platform.

use syntax::sigma::{
    Bound, Condition, FieldMatch, Held, Modifier, Open, Piece, Rule, Search, Spanned, Terms, Value, Way,
    messages as said, pattern, spelling,
};
use syntax::{Diagnostic, Span};

use crate::messages;
use crate::platform::{Found, Known, Place, Platform};
use crate::query::{Column, Kind, Leg, Node, Predicate, Query};
use crate::sources::{self, Events};

type Fault = Box<Diagnostic>;

/// The rule over the tables of a platform, or why it cannot be said there.
pub fn query(rule: &Rule, platform: &Platform, language: &'static str) -> Result<Query, Fault> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for events in sources::events(&rule.log_source)? {
        let (place, condition) = placed(rule, platform, language, &events)?;
        let same = |part: &&mut Part<'_>| std::ptr::eq(part.place, place) && part.condition == condition;
        match parts.iter_mut().find(same) {
            Some(part) => part.add(events),
            None => {
                let mut part = Part { place, condition, sources: Vec::new() };
                part.add(events);
                parts.push(part);
            }
        }
    }
    let mut legs: Vec<Leg> = Vec::new();
    for part in parts.into_iter().filter(|part| part.condition != Node::Always(false)) {
        let source = part.source(platform);
        let Part { place, condition, .. } = part;
        match legs.iter_mut().find(|leg| leg.table == place.table && leg.condition == condition) {
            Some(leg) if leg.source == source => {}
            Some(leg) => leg.source = Node::any(vec![leg.source.clone(), source]),
            None => legs.push(Leg { table: place.table.clone(), source, condition }),
        }
    }
    Ok(Query { legs })
}

/// Events that stand in one place and have to show the same there.
struct Part<'a> {
    place: &'a Place,
    condition: Node,
    /// Channels, and the events in each of them.
    sources: Vec<(Vec<String>, Vec<i64>)>,
}

impl Part<'_> {
    fn add(&mut self, events: Events) {
        let channels = Vec::from_iter(events.channel);
        match self.sources.iter_mut().find(|(known, _)| *known == channels) {
            Some((_, known)) => known.extend(events.event),
            None => self.sources.push((channels, Vec::from_iter(events.event))),
        }
    }

    fn source(&self, platform: &Platform) -> Node {
        let mut joined: Vec<(Vec<String>, Vec<i64>)> = Vec::new();
        for (channels, events) in &self.sources {
            match joined.iter_mut().find(|(_, known)| known == events) {
                Some((known, _)) => known.extend(channels.iter().cloned()),
                None => joined.push((channels.clone(), events.clone())),
            }
        }
        let mut guards: Vec<Node> = Vec::new();
        for (channels, events) in joined {
            let guard = platform.guard(self.place, &channels, &events);
            if !guards.contains(&guard) {
                guards.push(guard);
            }
        }
        Node::any(guards)
    }
}

/// The first place that has every column.
fn placed<'a>(
    rule: &Rule,
    platform: &'a Platform,
    language: &'static str,
    events: &Events,
) -> Result<(&'a Place, Node), Fault> {
    let mut first: Option<Fault> = None;
    for place in platform.places(events) {
        let mut reader = Reader { rule, platform, place, language, spent: 0 };
        let alternatives: Result<Vec<Node>, Fault> = rule.conditions.iter().map(|one| reader.condition(one)).collect();
        match alternatives {
            Ok(alternatives) => return Ok((place, Node::any(alternatives))),
            Err(fault) => {
                first.get_or_insert(fault);
            }
        }
    }
    let what = match (&events.channel, events.event) {
        (Some(channel), Some(event)) => format!("event {event} of {channel}"),
        (Some(channel), None) => channel.clone(),
        _ => "every log".to_string(),
    };
    Err(first.unwrap_or_else(|| Box::new(messages::no_table(rule.log_source.span, &platform.name, &what))))
}

/// What the texts of one query may hold.
const BUDGET: usize = 8 << 20;

struct Reader<'a> {
    rule: &'a Rule,
    platform: &'a Platform,
    place: &'a Place,
    language: &'static str,
    spent: usize,
}

impl Reader<'_> {
    fn condition(&mut self, condition: &Condition) -> Result<Node, Fault> {
        Ok(match condition {
            Condition::Selection(index, _) => self.selection(*index)?,
            Condition::AllOf(indices, _) => Node::all(self.selections(indices)?),
            Condition::OneOf(indices, _) => Node::any(self.selections(indices)?),
            Condition::Not(inner) => self.condition(inner)?.negated(),
            Condition::And(parts) => Node::all(self.conditions(parts)?),
            Condition::Or(parts) => Node::any(self.conditions(parts)?),
        })
    }

    fn conditions(&mut self, parts: &[Condition]) -> Result<Vec<Node>, Fault> {
        parts.iter().map(|part| self.condition(part)).collect()
    }

    fn selections(&mut self, indices: &[usize]) -> Result<Vec<Node>, Fault> {
        indices.iter().map(|index| self.selection(*index)).collect()
    }

    fn selection(&mut self, index: usize) -> Result<Node, Fault> {
        match self.rule.selections.get(index) {
            Some(selection) => self.search(&selection.search),
            None => Ok(Node::Always(false)),
        }
    }

    fn search(&mut self, search: &Search) -> Result<Node, Fault> {
        Ok(match search {
            Search::All(parts) => Node::all(self.searches(parts)?),
            Search::Any(parts) => Node::any(self.searches(parts)?),
            Search::Field(found) => self.field(found)?,
        })
    }

    fn searches(&mut self, parts: &[Search]) -> Result<Vec<Node>, Fault> {
        parts.iter().map(|part| self.search(part)).collect()
    }

    fn field(&mut self, found: &FieldMatch) -> Result<Node, Fault> {
        let terms = Terms::of(found)?;
        let operand = match &found.field {
            Some(field) => self.column(&field.value, field.span)?,
            None => Some(self.whole(found.span)?),
        };
        let operand = match (terms.part, operand) {
            (Some(part), Some(operand)) => {
                let said = self.platform.part(&operand, part);
                Some(said.map_err(|what| self.not_said(found.span, &what))?)
            }
            (_, operand) => operand,
        };
        let mut values = Vec::with_capacity(found.values.len());
        for value in &found.values {
            values.push(self.value(&terms, operand.as_ref(), value)?);
        }
        let values: Vec<Node> = values.into_iter().flatten().collect();
        let node = if terms.all { Node::all(values) } else { Node::any(together(values)) };
        Ok(if terms.negated { node.negated() } else { node })
    }

    /// One value; several nodes are alternatives, or all of them where the field says so.
    fn value(&mut self, terms: &Terms, operand: Option<&Found>, value: &Spanned<Value>) -> Result<Vec<Node>, Fault> {
        let cased = terms.case_sensitive;
        let Some(found) = operand else {
            let is_missing = match (&terms.way, &value.value) {
                (Way::Exists, value) => !wanted(value),
                (_, value) => *value == Value::Null,
            };
            return Ok(vec![Node::Always(is_missing)]);
        };
        let column = &found.column;
        let test = |predicate| Node::Test(column.clone(), predicate);
        Ok(match terms.way {
            // A part of a time is a number.
            Way::Text(_) if terms.part.is_some() => vec![test(equal(number(value, Bound::Eq)?))],
            Way::Text(open) => {
                let Some(spellings) = spelling::spellings(terms, value)? else {
                    return Ok(vec![test(Predicate::Missing)]);
                };
                self.spent += spellings.iter().flatten().map(size).sum::<usize>() + 64;
                if self.spent > BUDGET {
                    return Err(Box::new(messages::too_large(value.span)));
                }
                let mut nodes = Vec::with_capacity(spellings.len());
                for pieces in spellings {
                    let pieces = pattern::open(pieces, open.before, open.after);
                    nodes.push(self.text(found, cased, pieces, value.span)?);
                }
                if terms.all { vec![Node::any(together(nodes))] } else { nodes }
            }
            Way::Regex { multi_line, dot_all, held } => {
                let (Value::Text(text) | Value::Number(text)) = &value.value else {
                    return Err(Box::new(said::wrong_value(value.span, "re", "a regular expression")));
                };
                if terms.steps.contains(&Modifier::Expand) {
                    spelling::no_placeholder(text, value.span)?;
                }
                if !found.known.begins.is_empty() || found.known.registry_data || !found.known.hashes.is_empty() {
                    return Err(Box::new(messages::other_value(value.span, &self.platform.name, &column.text)));
                }
                let flags = match (multi_line, dot_all) {
                    (false, false) => "",
                    (true, false) => "(?m)",
                    (false, true) => "(?s)",
                    (true, true) => "(?ms)",
                };
                let pattern = match held {
                    Held::Nowhere => format!("{flags}{text}"),
                    Held::ToStart => format!(r"{flags}\A(?:{text})"),
                    Held::ToEnd => format!(r"{flags}(?:{text})\z"),
                };
                vec![test(Predicate::Regex { cased, pattern })]
            }
            Way::Cidr => vec![test(Predicate::Network(syntax::sigma::network(value)?))],
            Way::Exists => {
                vec![test(if wanted(&value.value) { Predicate::Present } else { Predicate::Missing })]
            }
            Way::Compare(bound) => vec![test(Predicate::Compare(bound, number(value, bound)?))],
            Way::FieldRef(open) => {
                let Value::Text(name) = &value.value else {
                    return Err(Box::new(said::wrong_value(value.span, "fieldref", "the name of a field")));
                };
                match self.column(name, value.span)? {
                    Some(other) => vec![test(Predicate::SameAs { open, cased, other: other.column })],
                    None => vec![Node::Always(false)],
                }
            }
        })
    }

    /// One text with its wildcards, as the column has it.
    fn text(&self, found: &Found, cased: bool, pieces: Vec<Piece>, span: Span) -> Result<Node, Fault> {
        if !found.known.hashes.is_empty() {
            return self.hash(&found.known, &pieces, span);
        }
        let whole_is_json = self.place.whole_is_json && self.place.whole.as_ref() == Some(&found.column.text);
        let Some(spelt) = self.written(&found.known, pieces) else {
            return Err(Box::new(messages::other_value(span, &self.platform.name, &found.column.text)));
        };
        let test = |pieces| Node::Test(found.column.clone(), predicate(&found.column, cased, whole_is_json, pieces));
        Ok(Node::any(spelt.into_iter().map(test).collect()))
    }

    /// The pieces as the column writes them, in each of the ways in which it may; `None` where that cannot be told.
    fn written(&self, known: &Known, pieces: Vec<Piece>) -> Option<Vec<Vec<Piece>>> {
        if known.registry_data {
            let numbers = ["DWORD", "QWORD", "Binary Data", "0x"];
            match pieces.as_slice() {
                [Piece::Text(text)] if registry_number(text).is_some() => {
                    return Some(vec![vec![Piece::Text(registry_number(text)?)]]);
                }
                pieces if pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if holds(text, &numbers))) => {
                    return None;
                }
                _ => {}
            }
        }
        if known.begins.is_empty() {
            return Some(vec![pieces]);
        }
        let froms = known.begins.iter().map(|(from, _)| from.as_str()).filter(|from| !from.is_empty());
        let froms: Vec<&str> = froms.collect();
        // What a text begins with stands nowhere else, also where anything may stand before it.
        let first = pieces.iter().position(|piece| *piece != Piece::AnyRun);
        let mut ways: Vec<(usize, String)> = Vec::new();
        for (place, piece) in pieces.iter().enumerate() {
            let Piece::Text(text) = piece else {
                continue;
            };
            let begins = known.begins.iter().filter(|(from, _)| starts(text, from));
            let longest = begins.clone().map(|(from, _)| from.len()).max();
            match longest {
                Some(longest) if Some(place) == first && (longest > 0 || place == 0) => {
                    let rest = text.get(longest..)?;
                    let begins = begins.filter(|(from, _)| from.len() == longest);
                    ways.extend(begins.map(|(_, to)| (place, format!("{to}{rest}"))));
                }
                _ if holds(text, &froms) => return None,
                _ => {}
            }
        }
        if ways.is_empty() {
            return Some(vec![pieces]);
        }
        let spelt = ways.into_iter().map(|(place, text)| {
            let mut pieces = pieces.clone();
            pieces.iter_mut().skip(place).take(1).for_each(|piece| *piece = Piece::Text(text.clone()));
            pieces
        });
        Some(spelt.collect())
    }

    /// `MD5=…` in a text of all hashes is the column of this algorithm.
    fn hash(&self, known: &Known, pieces: &[Piece], span: Span) -> Result<Node, Fault> {
        let mut texts = pieces.iter().filter(|piece| **piece != Piece::AnyRun);
        let text = match (texts.next(), texts.next()) {
            (Some(Piece::Text(text)), None) => Some(text.as_str()),
            _ => None,
        };
        let (name, value) = text.and_then(|text| text.split_once('=')).unwrap_or_default();
        let column = known.hashes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, column)| column);
        // The column holds nothing else, so that a part of a hash would have to be looked for otherwise.
        let digits = DIGITS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, digits)| *digits);
        let is_whole = value.chars().all(|c| c.is_ascii_hexdigit()) && Some(value.len()) == digits;
        match column {
            Some(column) if is_whole => {
                let column = Column { text: column.clone(), kind: Kind::Text };
                Ok(Node::Test(column, one_text(Open::default(), false, value.to_string())))
            }
            _ => Err(Box::new(messages::no_column(span, &self.platform.name, &self.place.table, text.unwrap_or("")))),
        }
    }

    fn column(&self, name: &str, span: Span) -> Result<Option<Found>, Fault> {
        let missing = || Box::new(messages::no_column(span, &self.platform.name, &self.place.table, name));
        self.platform.column(self.place, name).ok_or_else(missing)
    }

    fn whole(&self, span: Span) -> Result<Found, Fault> {
        let text = self.place.whole.clone().ok_or_else(|| self.not_said(span, "the text of a whole event"))?;
        Ok(Found { column: Column { text, kind: Kind::Text }, known: Known::default() })
    }

    fn not_said(&self, span: Span, what: &str) -> Fault {
        Box::new(messages::not_said(span, self.language, what))
    }
}

/// Hexadecimal digits of each algorithm's hash.
const DIGITS: [(&str, usize); 4] = [("MD5", 32), ("SHA1", 40), ("SHA256", 64), ("IMPHASH", 32)];

fn one_text(open: Open, cased: bool, text: String) -> Predicate {
    Predicate::Texts { open, cased, texts: vec![text] }
}

/// Texts that are compared in one way with one column are one test.
fn together(nodes: Vec<Node>) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Node::Test(column, predicate) = node else {
            out.push(node);
            continue;
        };
        let has_joined = out.iter_mut().any(|known| match known {
            Node::Test(of, held) if *of == column => held.takes(&predicate),
            _ => false,
        });
        if !has_joined {
            out.push(Node::Test(column, predicate));
        }
    }
    out
}

/// Which ends are open, and what stands between.
fn ends(mut pieces: Vec<Piece>) -> (Open, Vec<Piece>) {
    let after = pieces.last() == Some(&Piece::AnyRun);
    if after {
        pieces.pop();
    }
    let before = pieces.first() == Some(&Piece::AnyRun);
    if before {
        pieces.remove(0);
    }
    // A lone `*` is open on both sides.
    let alone = pieces.is_empty() && after;
    (Open { before: before || alone, after }, pieces)
}

fn size(piece: &Piece) -> usize {
    match piece {
        Piece::Text(text) => text.len() + 8,
        _ => 8,
    }
}

fn wanted(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Text(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

fn number(value: &Spanned<Value>, bound: Bound) -> Result<f64, Fault> {
    let number = match &value.value {
        Value::Number(text) | Value::Text(text) => text.parse::<f64>().ok().filter(|number| number.is_finite()),
        _ => None,
    };
    number.ok_or_else(|| Box::new(said::wrong_value(value.span, bound.name(), "a number")))
}

fn equal(number: f64) -> Predicate {
    // No part of a time is beyond these, and what is beyond is compared as it is.
    let whole = number as i32;
    if f64::from(whole) == number {
        Predicate::Numbers(vec![whole.into()])
    } else {
        Predicate::Compare(Bound::Eq, number)
    }
}

fn starts(text: &str, with: &str) -> bool {
    text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

fn holds(text: &str, any: &[&str]) -> bool {
    let lower = text.to_lowercase();
    any.iter().any(|one| lower.contains(&one.to_lowercase()))
}

/// `DWORD (0x00000001)` is 1.
fn registry_number(text: &str) -> Option<String> {
    let digits = ["DWORD (0x", "QWORD (0x"]
        .iter()
        .find(|start| starts(text, start))
        .and_then(|start| text.get(start.len()..))?;
    let digits = digits.strip_suffix(')')?;
    let digits: String = digits.chars().filter(|c| *c != '-').collect::<String>().replace("0x", "");
    u64::from_str_radix(&digits, 16).ok().map(|number| number.to_string())
}

/// A text as it stands within JSON.
fn in_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out
}

/// What a column has to be for a text with its wildcards.
fn predicate(column: &Column, cased: bool, is_json: bool, pieces: Vec<Piece>) -> Predicate {
    let (open, pieces) = ends(pieces);
    match pieces.as_slice() {
        // Anything at all, but a missing text is nothing.
        [] if open != Open::default() => Predicate::Present,
        [] => one_text(open, cased, String::new()),
        [Piece::Text(text)] => match text.parse::<i64>() {
            Ok(number) if column.kind == Kind::Number && open == Open::default() => Predicate::Numbers(vec![number]),
            _ if is_json => one_text(open, cased, in_json(text)),
            _ => one_text(open, cased, text.clone()),
        },
        _ => {
            let pieces = pattern::open(pieces, open.before, open.after);
            let json = |piece| match piece {
                Piece::Text(text) if is_json => Piece::Text(in_json(&text)),
                piece => piece,
            };
            Predicate::Pattern { cased, pieces: pieces.into_iter().map(json).collect() }
        }
    }
}
