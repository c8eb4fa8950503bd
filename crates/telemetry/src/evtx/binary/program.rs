//! Programs: what a template says, as the steps that take its values to a row.

use super::Names;
use super::definition::{ATTRIBUTE, CLOSE, CLOSE_EMPTY, CLOSE_START, OPEN, OPTIONAL, SUBSTITUTION, TEXT, Tokens};
use super::value::push_utf16;
use crate::event::System;
use crate::row::{DataField, Row};
use crate::shape::element;

/// The dependency of an element that has none.
const INDEPENDENT: u16 = u16::MAX;

/// Where in an event a template stands, or an element of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Top,
    Event,
    System,
    /// The fields of an event, in EventData or in the one element of UserData.
    Data,
    UserData,
    Rendering,
    /// An element that says nothing to a row.
    Other,
}

/// The steps of a template, for what one row wants.
#[derive(Debug)]
pub struct Program {
    pub ops: Vec<Op>,
}

#[derive(Debug)]
pub enum Op {
    /// An element is left out where the value that it depends on is null.
    SkipIfNull {
        slot: u16,
        to: usize,
    },
    System {
        field: System,
        text: Text,
        is_attribute: bool,
    },
    Field {
        field: DataField,
        name: Box<str>,
        text: Text,
        is_own: bool,
    },
    /// A field without a name.
    Nameless {
        text: Text,
    },
    /// The fields end.
    EndData,
    /// A value that may be XML.
    Content {
        slot: u16,
        place: Place,
    },
}

/// A text, and where it comes from.
#[derive(Debug)]
pub enum Text {
    Literal(Box<str>),
    Slot(u16),
    Parts(Box<[Text]>),
}

impl Program {
    /// Translates a definition that stands in this place. `None` where it holds what the steps cannot say.
    pub fn new(definition: &[u8], place: Place, names: Names, row: &mut Row) -> Option<Program> {
        let mut translator = Translator { tokens: Tokens::new(definition), ops: Vec::new(), names, row };
        if translator.tokens.token()? != OPEN {
            return None;
        }
        // Nothing leaves the root out.
        translator.tokens.number()?;
        translator.element(place)?;
        translator.tokens.is_done().then_some(Program { ops: translator.ops })
    }
}

struct Translator<'d, 'r> {
    tokens: Tokens<'d>,
    ops: Vec<Op>,
    names: Names,
    row: &'r mut Row,
}

impl Translator<'_, '_> {
    /// An element after its dependency. No place leads deeper than a few more, so the depth is bounded.
    fn element(&mut self, place: Place) -> Option<()> {
        let name = self.name()?;
        let mut attributes = Vec::new();
        while self.tokens.peek()? == ATTRIBUTE {
            self.tokens.token()?;
            attributes.push((self.name()?, self.text()?));
        }
        let is_empty = match self.tokens.token()? {
            CLOSE_EMPTY => true,
            CLOSE_START => false,
            _ => return None,
        };
        match (place, name.as_str()) {
            (Place::Top, "Event") => self.content(Place::Event, is_empty),
            (Place::Top, _) if self.names == Names::Any => self.content(Place::Event, is_empty),
            (Place::Top, _) => None,
            (Place::Event, "System") => self.content(Place::System, is_empty),
            (Place::Event, "EventData") => self.data(is_empty),
            (Place::Event, "UserData") => self.content(Place::UserData, is_empty),
            (Place::Event, "RenderingInfo") => self.content(Place::Rendering, is_empty),
            (Place::UserData, _) => self.data(is_empty),
            (Place::System, _) => self.system(&name, attributes, is_empty),
            (Place::Data, _) => self.field(name, attributes, is_empty),
            (Place::Rendering, "Message") => self.message(name, is_empty),
            (Place::Event | Place::Rendering | Place::Other, _) => self.content(Place::Other, is_empty),
        }
    }

    fn data(&mut self, is_empty: bool) -> Option<()> {
        self.content(Place::Data, is_empty)?;
        self.ops.push(Op::EndData);
        Some(())
    }

    /// What stands in an element, up to its end.
    fn content(&mut self, place: Place, is_empty: bool) -> Option<()> {
        if is_empty {
            return Some(());
        }
        loop {
            match self.tokens.token()? {
                CLOSE => return Some(()),
                OPEN => {
                    let slot = self.tokens.number()?;
                    let skip = (slot != INDEPENDENT).then_some(self.ops.len());
                    if skip.is_some() {
                        self.ops.push(Op::SkipIfNull { slot, to: 0 });
                    }
                    // What says nothing may nest as deep as it likes, and is left to others then.
                    if place == Place::Other {
                        return None;
                    }
                    self.element(place)?;
                    let end = self.ops.len();
                    if let Some(Op::SkipIfNull { to, .. }) = skip.and_then(|skip| self.ops.get_mut(skip)) {
                        *to = end;
                    }
                }
                SUBSTITUTION | OPTIONAL => {
                    let slot = self.tokens.number()?;
                    match place {
                        Place::Event | Place::UserData | Place::Data => self.ops.push(Op::Content { slot, place }),
                        Place::Other => {}
                        _ => return None,
                    }
                }
                TEXT => {
                    let mut text = String::new();
                    push_utf16(self.tokens.units()?, &mut text)?;
                    // A text in the place of fields is one of them.
                    if place == Place::Data && !text.trim_ascii().is_empty() {
                        return None;
                    }
                }
                _ => return None,
            }
        }
    }

    fn system(&mut self, name: &str, attributes: Vec<(String, Text)>, is_empty: bool) -> Option<()> {
        let element = element(name);
        for (name, text) in attributes {
            if let Some(field) = element.attribute(&name) {
                self.set_system(field, text, true);
            }
        }
        if is_empty {
            return Some(());
        }
        let text = self.text()?;
        if self.tokens.token()? != CLOSE {
            return None;
        }
        if let Some(field) = element.text {
            self.set_system(field, text, false);
        }
        Some(())
    }

    fn set_system(&mut self, field: System, text: Text, is_attribute: bool) {
        if self.row.wants_system(field) {
            self.ops.push(Op::System { field, text, is_attribute });
        }
    }

    fn field(&mut self, element: String, attributes: Vec<(String, Text)>, is_empty: bool) -> Option<()> {
        let is_own = element != "Data";
        let text = if is_empty { Text::Literal("".into()) } else { self.text()? };
        if !is_empty && self.tokens.token()? != CLOSE {
            return None;
        }
        let is_nothing = |text: &Text| matches!(text, Text::Literal(literal) if literal.is_empty());
        let named = attributes.into_iter().find(|(name, text)| !is_own && name == "Name" && !is_nothing(text));
        let name = match named {
            None if !is_own => {
                if self.row.wants_data("Data") {
                    self.ops.push(Op::Nameless { text });
                }
                return Some(());
            }
            None => element,
            Some((_, Text::Literal(name))) => name.into(),
            // A name that differs from event to event.
            Some(_) => return None,
        };
        if self.row.wants_data(&name) {
            self.ops.push(Op::Field { field: self.row.field(&name), name: name.into(), text, is_own });
        }
        Some(())
    }

    /// What the record says in words.
    fn message(&mut self, name: String, is_empty: bool) -> Option<()> {
        if is_empty {
            return Some(());
        }
        let text = self.text()?;
        if self.tokens.token()? != CLOSE {
            return None;
        }
        if self.row.wants_data(&name) {
            self.ops.push(Op::Field { field: self.row.field(&name), name: name.into(), text, is_own: false });
        }
        Some(())
    }

    /// Texts and substitutions, as far as they go.
    fn text(&mut self) -> Option<Text> {
        let mut parts = Vec::new();
        loop {
            match self.tokens.peek()? {
                TEXT => {
                    self.tokens.token()?;
                    let mut text = String::new();
                    push_utf16(self.tokens.units()?, &mut text)?;
                    parts.push(Text::Literal(text.into()));
                }
                SUBSTITUTION | OPTIONAL => {
                    self.tokens.token()?;
                    parts.push(Text::Slot(self.tokens.number()?));
                }
                _ => break,
            }
        }
        Some(match (parts.pop(), parts.is_empty()) {
            (None, _) => Text::Literal("".into()),
            (Some(text), true) => text,
            (Some(last), false) => {
                parts.push(last);
                // Whether anything of it is left must not depend on the values.
                if !parts.iter().any(|part| matches!(part, Text::Literal(_))) {
                    return None;
                }
                Text::Parts(parts.into())
            }
        })
    }

    /// A name as XML knows it, without the prefix of its name space; one with other signs is left to those who write it.
    fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        push_utf16(self.tokens.units()?, &mut name)?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':');
        let is_plain = name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.bytes().all(is_plain);
        if !is_plain && self.names == Names::Plain {
            return None;
        }
        Some(name.split_once(':').map_or(name.as_str(), |(_, local)| local).to_owned())
    }
}
