//! Elements: fields of EventData as a list, each with its name beside its text, as converters from XML write them.

use functions::several;
use serde::de::DeserializeSeed;
use serde_json::Value;

use super::Reader;
use crate::row::shipped::Whose;
use crate::text::{AsText, Kind};

impl Reader<'_> {
    /// Takes what stands in the place of the elements `Data`: named ones are fields, the texts of all others are one.
    pub fn elements(&mut self, value: &Value) -> Result<(), serde_json::Error> {
        let items = match value {
            Value::Array(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        let (named, others): (Vec<&Value>, Vec<&Value>) = items.iter().partition(|item| name_of(item).is_some());
        for item in &named {
            let text = item.get(TEXT).unwrap_or(&Value::Null);
            if let Some(name) = name_of(item) {
                self.element(name, text)?;
            }
        }
        if named.is_empty() {
            return self.field("Data", value);
        }
        let mut texts: Option<String> = None;
        for item in others {
            self.scratch.clear();
            AsText(self.scratch).deserialize(item)?;
            match &mut texts {
                None => texts = Some(self.scratch.clone()),
                Some(texts) => several::add(texts, self.scratch),
            }
        }
        if let Some(texts) = texts.filter(|_| self.row.wants_data("Data")) {
            self.row.set_data("Data", &texts, Kind::List, Whose::Event);
        }
        Ok(())
    }

    /// An element without a text is an empty one.
    fn element(&mut self, name: &str, text: &Value) -> Result<(), serde_json::Error> {
        match text {
            Value::Null => self.field(name, &Value::String(String::new())),
            text => self.field(name, text),
        }
    }

    fn field(&mut self, name: &str, value: &Value) -> Result<(), serde_json::Error> {
        self.scratch.clear();
        let kind = AsText(self.scratch).deserialize(value)?;
        if self.row.wants_data(name) {
            self.row.set_data(name, self.scratch, kind, Whose::Event);
        }
        Ok(())
    }
}

const TEXT: &str = "#text";

fn name_of(item: &Value) -> Option<&str> {
    let element = item.as_object()?;
    let attributes = element.get("#attributes").and_then(Value::as_object);
    let bare = element.contains_key(TEXT).then_some(element);
    let name = element.get("@Name").or_else(|| attributes?.get("Name")).or_else(|| bare?.get("Name"));
    name?.as_str()
}
