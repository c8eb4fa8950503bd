//! `parse_xml()`: XML as a bag of its elements.

use serde_json::{Map, Value};

use crate::function::{Function, Param, kernel};
use crate::rows::to_text;
use crate::types::Type;

/// Elements nested deeper are no data.
const DEPTH: usize = 100;

pub const FUNCTIONS: &[Function] = &[
    kernel!(["parse_xml"], "the elements of an XML text as a bag: attributes as @name, text beside them as #text; null for what is no XML",
    [Param::Text] => Type::Dynamic,
    |args| to_text(args, |row| document(row.text(0)?).map(|value| value.to_string())), [
        ("parse_xml('<a><b x=\"1\">t</b><c>2</c></a>')", "{\"a\":{\"b\":{\"@x\":\"1\",\"#text\":\"t\"},\"c\":\"2\"}}"),
        ("parse_xml('<a><b>1</b><b>2</b></a>').a.b[1]", "2"),
        ("isnull(parse_xml('<a>'))", "true")
    ]),
];

fn document(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text.trim().trim_start_matches('\u{feff}') };
    reader.skip_prolog()?;
    let (name, value) = reader.element(DEPTH)?;
    reader.skip_prolog()?;
    reader.rest.is_empty().then(|| Value::Object(Map::from_iter([(name, value)])))
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn eat(&mut self, prefix: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(prefix)?;
        Some(())
    }

    fn until(&mut self, end: &str) -> Option<&'t str> {
        let (before, after) = self.rest.split_once(end)?;
        self.rest = after;
        Some(before)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn name(&mut self) -> Option<&'t str> {
        let end = self.rest.find(|c: char| c.is_whitespace() || "=/<>\"'&".contains(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!name.is_empty()).then_some(name)
    }

    /// What may stand around the root: declarations, comments and instructions.
    fn skip_prolog(&mut self) -> Option<()> {
        loop {
            self.skip_space();
            if self.eat("<?").is_some() {
                self.until("?>")?;
            } else if self.eat("<!--").is_some() {
                self.until("-->")?;
            } else if self.rest.starts_with("<!DOCTYPE") {
                self.until(">")?;
            } else {
                return Some(());
            }
        }
    }

    fn element(&mut self, depth: usize) -> Option<(String, Value)> {
        let depth = depth.checked_sub(1)?;
        self.eat("<")?;
        let name = self.name()?;
        let mut members = Map::new();
        loop {
            self.skip_space();
            if self.eat("/>").is_some() {
                return Some((name.to_string(), content(members, String::new())));
            }
            if self.eat(">").is_some() {
                break;
            }
            let (key, value) = self.attribute()?;
            members.insert(format!("@{key}"), Value::from(value));
        }
        let mut text = String::new();
        loop {
            let (before, _) = self.rest.split_once('<')?;
            text.push_str(&unescaped(before));
            self.rest = self.rest.get(before.len()..)?;
            if self.eat("</").is_some() {
                if self.name()? != name {
                    return None;
                }
                self.skip_space();
                self.eat(">")?;
                return Some((name.to_string(), content(members, text)));
            }
            if self.eat("<!--").is_some() {
                self.until("-->")?;
            } else if self.eat("<![CDATA[").is_some() {
                text.push_str(self.until("]]>")?);
            } else if self.eat("<?").is_some() {
                self.until("?>")?;
            } else {
                let (key, value) = self.element(depth)?;
                add(&mut members, key, value);
            }
        }
    }

    fn attribute(&mut self) -> Option<(&'t str, String)> {
        let key = self.name()?;
        self.skip_space();
        self.eat("=")?;
        self.skip_space();
        let quote = if self.eat("\"").is_some() { "\"" } else { self.eat("'").map(|()| "'")? };
        Some((key, unescaped(self.until(quote)?)))
    }
}

/// Text alone is a text; an element with nothing in it is null.
fn content(mut members: Map<String, Value>, text: String) -> Value {
    let is_blank = text.trim().is_empty();
    if members.is_empty() {
        return if text.is_empty() { Value::Null } else { Value::from(text) };
    }
    if !is_blank {
        members.insert("#text".to_string(), Value::from(text));
    }
    Value::Object(members)
}

/// Elements of one name become an array.
fn add(members: &mut Map<String, Value>, name: String, value: Value) {
    match members.get_mut(&name) {
        Some(Value::Array(items)) => items.push(value),
        Some(other) => {
            let first = other.take();
            *other = Value::Array(vec![first, value]);
        }
        None => {
            members.insert(name, value);
        }
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        // The longest reference is that of a code point; what is no reference is not sought to the end of the text.
        let end = after.bytes().take(12).position(|byte| byte == b';');
        let reference = end.and_then(|end| Some((character(after.get(..end)?)?, after.get(end + 1..)?)));
        match reference {
            Some((letter, left)) => {
                out.push(letter);
                rest = left;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}
