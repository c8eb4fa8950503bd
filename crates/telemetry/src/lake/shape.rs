//! A shape: the fields of an event in their order, each with its spelling and what it held, so that EventData can be rebuilt
//! byte for byte from columns.
//!
//! As text it is a JSON list: `["Image",{"null":"Parent"},{"json":"Data"},{"list":"Group"}]`.

use std::collections::HashSet;

use serde_json::Value;

use crate::text::push_json_text;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    pub fields: Vec<(String, Held)>,
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
        for (place, (name, held)) in self.fields.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            let mark = match held {
                Held::Text => None,
                Held::Null => Some("null"),
                Held::Json => Some("json"),
                Held::List => Some("list"),
            };
            if let Some(mark) = mark {
                out.push('{');
                push_json_text(&mut out, mark);
                out.push(':');
            }
            push_json_text(&mut out, name);
            if mark.is_some() {
                out.push('}');
            }
        }
        out.push(']');
        out
    }

    /// `None` where it is no shape.
    pub fn read(text: &str) -> Option<Shape> {
        let Value::Array(items) = serde_json::from_str(text).ok()? else { return None };
        let field = |item: Value| match item {
            Value::String(name) => Some((name, Held::Text)),
            Value::Object(entry) => {
                let (mark, name) = entry.into_iter().next()?;
                let held = match mark.as_str() {
                    "null" => Held::Null,
                    "json" => Held::Json,
                    "list" => Held::List,
                    _ => return None,
                };
                Some((name.as_str()?.to_owned(), held))
            }
            _ => None,
        };
        Some(Shape { fields: items.into_iter().map(field).collect::<Option<_>>()? })
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

    /// The field that a raw column of this name shows: the last that is spelt so, else the last that differs by case alone.
    pub fn shown(&self, name: &str) -> Option<usize> {
        let held = |at: &(usize, &(String, Held))| at.1.1 != Held::Null;
        let mut exact = self.fields.iter().enumerate().filter(held).filter(|(_, (known, _))| known == name);
        let alike = self.fields.iter().enumerate().filter(held);
        let mut alike = alike.filter(|(_, (known, _))| known.eq_ignore_ascii_case(name));
        exact.next_back().or(alike.next_back()).map(|(place, _)| place)
    }
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
        let text = r#"["Image",{"null":"Pa\"rent\n"},{"json":"Data"},{"list":"Group"},"image",""]"#;
        assert_eq!(shape(text).to_text(), text);
        assert_eq!(shape("[]").to_text(), "[]");
        for wrong in ["", "{}", "[1]", r#"[{"other":"x"}]"#, r#"[{"json":1}]"#, "[{}]"] {
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
