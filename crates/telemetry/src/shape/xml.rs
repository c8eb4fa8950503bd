//! XML: an event as Windows itself renders it (Event Viewer, wevtutil, an EVTX record), read into a row without a tree
//! between.

mod scan;

use std::borrow::Cow;
use std::collections::HashMap;

use functions::several;

use self::scan::{Scanner, Tag};
use super::meaning::element;
use crate::row::Row;
use crate::row::shipped::Whose;
use crate::text::{Kind, push_json_text};

/// How deep elements may nest beneath a field.
const DEPTH: usize = 100;

/// Reads one `<Event>`. What is not well-formed, or no event, is an error in words.
pub fn read_event_xml(xml: &[u8], row: &mut Row, scratch: &mut String) -> Result<(), String> {
    row.clear();
    let text = match std::str::from_utf8(xml) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(xml),
    };
    let mut reader = Reader { scanner: Scanner::new(&text), row, scratch };
    match reader.scanner.next()? {
        Tag::Open(open) if open.name == "Event" && open.is_empty => {}
        Tag::Open(open) if open.name == "Event" => reader.event()?,
        Tag::Open(_) => return Err("the XML is no event".to_owned()),
        Tag::Close(_) => return Err("an element ends that did not begin".to_owned()),
        Tag::End => return Err("the XML holds no event".to_owned()),
    }
    match row.is_event() {
        true => Ok(()),
        false => Err("neither an event id nor a channel".to_owned()),
    }
}

/// Reads an `<EventData>` or `<UserData>` that stands by itself, with or without something around it, into the row's fields.
pub fn read_data_xml(xml: &str, row: &mut Row, scratch: &mut String) -> Result<(), String> {
    let mut reader = Reader { scanner: Scanner::new(xml), row, scratch };
    loop {
        match reader.scanner.next()? {
            Tag::Open(open) if open.is_empty => {}
            Tag::Open(open) if open.name == "EventData" => reader.data(open.name)?,
            Tag::Open(open) if open.name == "UserData" => reader.user_data()?,
            Tag::Open(_) | Tag::Close(_) => {}
            Tag::End => return Ok(()),
        }
    }
}

struct Reader<'x, 'r> {
    scanner: Scanner<'x>,
    row: &'r mut Row,
    scratch: &'r mut String,
}

impl<'x> Reader<'x, '_> {
    fn event(&mut self) -> Result<(), String> {
        loop {
            match self.scanner.next()? {
                Tag::Open(open) if open.is_empty => {}
                Tag::Open(open) => match open.name {
                    "System" => self.system()?,
                    "EventData" => self.data(open.name)?,
                    "UserData" => self.user_data()?,
                    "RenderingInfo" => self.rendering()?,
                    name => self.scanner.skip(name)?,
                },
                Tag::Close("Event") => return Ok(()),
                other => return Err(unexpected(&other)),
            }
        }
    }

    fn system(&mut self) -> Result<(), String> {
        loop {
            match self.scanner.next()? {
                Tag::Open(open) => {
                    let element = element(open.name);
                    for (name, value) in open.attributes() {
                        if let Some(field) = element.attribute(name) {
                            self.row.set(field, &value);
                        }
                    }
                    if open.is_empty {
                        continue;
                    }
                    let Some(text) = self.scanner.text(open.name)? else {
                        self.scanner.skip(open.name)?;
                        continue;
                    };
                    if let Some(field) = element.text {
                        self.row.set(field, &text);
                    }
                }
                Tag::Close("System") => return Ok(()),
                other => return Err(unexpected(&other)),
            }
        }
    }

    /// The elements within EventData, or within the one element of UserData: each is a field, and the texts of those without a
    /// name are one.
    fn data(&mut self, parent: &str) -> Result<(), String> {
        // Some providers write a text and no elements.
        if let Some(text) = self.scanner.text(parent)? {
            if !text.trim_ascii().is_empty() {
                self.set("Data", &text, Kind::Scalar);
            }
            return Ok(());
        }
        let mut nameless: Option<String> = None;
        loop {
            match self.scanner.next()? {
                Tag::Open(open) => {
                    let named = if open.name == "Data" { open.attribute("Name") } else { None };
                    let is_nameless = named.is_none() && open.name == "Data";
                    let name = named.unwrap_or(Cow::Borrowed(open.name));
                    if open.name != "Data" {
                        self.end_nameless(&mut nameless);
                    }
                    if open.is_empty {
                        match open.name {
                            _ if is_nameless => join(&mut nameless, ""),
                            "Data" => self.set(&name, "", Kind::Scalar),
                            _ => self.set(&name, "", Kind::Null),
                        }
                        continue;
                    }
                    match self.scanner.text(open.name)? {
                        Some(text) if is_nameless => join(&mut nameless, &text),
                        // Converters to JSON write null for an element of its own name that holds nothing.
                        Some(text) if text.is_empty() && open.name != "Data" => self.set(&name, "", Kind::Null),
                        Some(text) => self.set(&name, &text, Kind::Scalar),
                        None => {
                            let mut json = std::mem::take(self.scratch);
                            json.clear();
                            let outcome = nested(&mut self.scanner, open.name, &mut json, 0);
                            *self.scratch = json;
                            outcome?;
                            let json = std::mem::take(self.scratch);
                            self.set(&name, &json, Kind::Nested);
                            *self.scratch = json;
                        }
                    }
                }
                Tag::Close(name) if name == parent => {
                    self.end_nameless(&mut nameless);
                    return Ok(());
                }
                other => return Err(unexpected(&other)),
            }
        }
    }

    /// The texts without a name are together where the last of them is.
    fn end_nameless(&mut self, texts: &mut Option<String>) {
        if let Some(texts) = texts.take() {
            self.set("Data", &texts, Kind::List);
        }
    }

    fn user_data(&mut self) -> Result<(), String> {
        loop {
            match self.scanner.next()? {
                Tag::Open(open) if open.is_empty => {}
                Tag::Open(open) => self.data(open.name)?,
                Tag::Close("UserData") => return Ok(()),
                other => return Err(unexpected(&other)),
            }
        }
    }

    fn rendering(&mut self) -> Result<(), String> {
        loop {
            match self.scanner.next()? {
                Tag::Open(open) if open.is_empty => {}
                Tag::Open(open) if open.name == "Message" => match self.scanner.text(open.name)? {
                    Some(text) => self.set("Message", &text, Kind::Scalar),
                    None => self.scanner.skip(open.name)?,
                },
                Tag::Open(open) => self.scanner.skip(open.name)?,
                Tag::Close("RenderingInfo") => return Ok(()),
                other => return Err(unexpected(&other)),
            }
        }
    }

    fn set(&mut self, name: &str, text: &str, kind: Kind) {
        if self.row.wants_data(name) {
            self.row.set_data(name, text, kind, Whose::Event);
        }
    }
}

fn join(texts: &mut Option<String>, text: &str) {
    match texts {
        None => *texts = Some(text.to_owned()),
        Some(texts) => several::add(texts, text),
    }
}

/// Appends what is in an element, whose start was read, as the object that converters to JSON make of it.
fn nested<'x>(scanner: &mut Scanner<'x>, parent: &str, out: &mut String, depth: usize) -> Result<(), String> {
    if depth > DEPTH {
        return Err("its elements nest too deep".to_owned());
    }
    // An element that comes several times is a list; the values are few, and each is written once.
    let mut values: Vec<(&str, Vec<String>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    loop {
        match scanner.next()? {
            Tag::Open(open) => {
                let mut json = String::new();
                if open.is_empty {
                    json.push_str("null");
                } else {
                    match scanner.text(open.name)? {
                        Some(text) => push_json_text(&mut json, &text),
                        None => nested(scanner, open.name, &mut json, depth + 1)?,
                    }
                }
                let place = *places.entry(open.name).or_insert(values.len());
                match values.get_mut(place) {
                    Some((_, known)) => known.push(json),
                    None => values.push((open.name, vec![json])),
                }
            }
            Tag::Close(name) if name == parent => break,
            other => return Err(unexpected(&other)),
        }
    }
    out.push('{');
    for (place, (name, items)) in values.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push_json_text(out, name);
        out.push(':');
        match items.as_slice() {
            [item] => out.push_str(item),
            items => {
                out.push('[');
                out.push_str(&items.join(","));
                out.push(']');
            }
        }
    }
    out.push('}');
    Ok(())
}

fn unexpected(tag: &Tag<'_>) -> String {
    match tag {
        Tag::Open(open) => format!("the element {} stands where none may", open.name),
        Tag::Close(name) => format!("the element {name} ends where it did not begin"),
        Tag::End => "the XML ends within the event".to_owned(),
    }
}

#[cfg(test)]
mod tests;
