//! A shape: the fields of an event in their order, each with its spelling and what it held, so that EventData can be rebuilt
//! byte for byte from columns.
//!
//! As text it is a JSON list: `["Image",{"null":"Parent"},{"json":"Data"},{"list":"Group"}]`. Where it must be known whose a field
//! is, that stands around it: `{"own":"level"}` is the event's though shippers have one, `{"shipped":{"json":"logon"}}` a shipper's.

use std::collections::HashSet;

use serde_json::Value;

use crate::row::shipped::Whose;
use crate::text::push_json_text;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    pub fields: Vec<(String, Held)>,
    /// For each of them.
    pub whose: Vec<Whose>,
}

/// What a field held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Held {
    Text,
    Null,
    /// An object, kept as JSON.
    Json,
    /// Several texts, kept as [`functions::several`] keeps them.
    List,
}

impl Shape {
    pub fn to_text(&self) -> String {
        let mut out = String::from("[");
        for (place, ((name, held), whose)) in self.fields.iter().zip(&self.whose).enumerate() {
            if place > 0 {
                out.push(',');
            }
            let whose = match whose {
                Whose::Anyone => None,
                Whose::Event => Some(OWN),
                Whose::Shipper => Some(SHIPPED),
            };
            let held = match held {
                Held::Text => None,
                Held::Null => Some(NULL),
                Held::Json => Some(JSON),
                Held::List => Some(LIST),
            };
            let marks = || whose.into_iter().chain(held);
            for mark in marks() {
                out.push('{');
                push_json_text(&mut out, mark);
                out.push(':');
            }
            push_json_text(&mut out, name);
            marks().for_each(|_| out.push('}'));
        }
        out.push(']');
        out
    }

    /// `None` where it is no shape.
    pub fn read(text: &str) -> Option<Shape> {
        let Value::Array(items) = serde_json::from_str(text).ok()? else { return None };
        let mut shape = Shape::default();
        for item in items {
            let (whose, item) = match marked(&item) {
                Some((OWN, inner)) => (Whose::Event, inner),
                Some((SHIPPED, inner)) => (Whose::Shipper, inner),
                _ => (Whose::Anyone, &item),
            };
            let (held, name) = match marked(item) {
                Some((NULL, inner)) => (Held::Null, inner),
                Some((JSON, inner)) => (Held::Json, inner),
                Some((LIST, inner)) => (Held::List, inner),
                Some(_) => return None,
                None => (Held::Text, item),
            };
            shape.fields.push((name.as_str()?.to_owned(), held));
            shape.whose.push(whose);
        }
        Some(shape)
    }

    /// Where each field's value stands, given how to find a name's column. The first value of a name has the column; further
    /// ones, which differ by case at most, and fields without a column stand in `rest` in their order.
    pub fn places(&self, column: impl Fn(&str) -> Option<usize>) -> Vec<Place> {
        let mut filled = HashSet::new();
        let mut rest = 0;
        let mut place = |(name, held): &(String, Held)| match held {
            Held::Null => Place::Nowhere,
            _ => match column(&name.to_ascii_lowercase()) {
                Some(index) if filled.insert(index) => Place::Column(index),
                _ => {
                    rest += 1;
                    Place::Rest(rest - 1)
                }
            },
        };
        self.fields.iter().map(&mut place).collect()
    }

    /// The field that a raw column of this name shows: one that is spelt so, else as the last that differs by case alone. Of
    /// several the event's own before a shipper's, and the last of these.
    pub fn shown(&self, name: &str) -> Option<usize> {
        let fields =
            || self.fields.iter().zip(&self.whose).enumerate().filter(|(_, ((_, held), _))| *held != Held::Null);
        let spelt = |wanted: &str| {
            let fields = fields().filter(|(_, ((known, _), _))| known == wanted);
            fields.max_by_key(|(_, (_, whose))| **whose).map(|(place, _)| place)
        };
        let alike = || fields().rfind(|(_, ((known, _), _))| known.eq_ignore_ascii_case(name));
        spelt(name).or_else(|| spelt(&alike()?.1.0.0))
    }
}

const NULL: &str = "null";
const JSON: &str = "json";
const LIST: &str = "list";
const OWN: &str = "own";
const SHIPPED: &str = "shipped";

/// A mark, and what it stands around.
fn marked(item: &Value) -> Option<(&str, &Value)> {
    let (mark, inner) = item.as_object()?.iter().next()?;
    Some((mark.as_str(), inner))
}

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Nowhere,
    Column(usize),
    Rest(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Shape {
        Shape::read(text).unwrap()
    }

    #[test]
    fn a_shape_is_its_text() {
        let text = r#"["Image",{"null":"Pa\"rent\n"},{"json":"Data"},{"list":"Group"},"image","",{"own":"level"},{"shipped":{"json":"logon"}},{"own":{"null":"type"}}]"#;
        assert_eq!(shape(text).to_text(), text);
        assert_eq!(shape("[]").to_text(), "[]");
        for wrong in ["", "{}", "[1]", r#"[{"other":"x"}]"#, r#"[{"json":1}]"#, "[{}]", r#"[{"own":{"own":"x"}}]"#] {
            assert_eq!(Shape::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_first_value_of_a_name_has_its_column() {
        let shape = shape(r#"[{"null":"id"},"ID","Id","Other","id",{"json":"x"}]"#);
        let column = |name: &str| ["id", "x"].iter().position(|known| *known == name);
        let places =
            [Place::Nowhere, Place::Column(0), Place::Rest(0), Place::Rest(1), Place::Rest(2), Place::Column(1)];
        assert_eq!(shape.places(column), places);
    }

    #[test]
    fn the_spelling_decides_between_fields_and_then_the_order() {
        let shape = shape(r#"["ID","Id","id",{"null":"Id"}]"#);
        assert_eq!((shape.shown("Id"), shape.shown("iD"), shape.shown("other")), (Some(1), Some(2), None));
    }
}
