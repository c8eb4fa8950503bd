//! The schema of dynamic values: which types they have, and which properties those that are bags.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, ArrayRef};
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::{Accumulator, Expr};
use serde_json::{Map, Value};

use super::folded::folded;
use crate::text::Text;

/// The name under which the values of arrays stand.
const INDEXER: &str = "`indexer`";
/// How many properties are told apart.
const MOST: usize = 100_000;
const TYPES: [&str; 4] = ["bool", "double", "long", "string"];

/// The schema as JSON; null where no value is one.
pub fn schema(json: Expr) -> Expr {
    folded("buildschema", || Box::<Schema>::default(), vec![json])
}

#[derive(Debug, Default)]
struct Schema {
    seen: Shape,
    properties: usize,
}

/// What was met at one place.
#[derive(Debug, Default)]
struct Shape {
    types: BTreeSet<&'static str>,
    properties: BTreeMap<String, Shape>,
}

impl Shape {
    /// Adds a value; gives how many properties are new.
    fn add(&mut self, value: &Value, room: usize) -> usize {
        let name = match value {
            Value::Null => return 0,
            Value::Bool(_) => "bool",
            Value::Number(number) if number.is_f64() => "double",
            Value::Number(_) => "long",
            Value::String(_) => "string",
            Value::Array(items) => {
                let mut new = 0;
                for item in items {
                    new += self.property(INDEXER, item, room.saturating_sub(new));
                }
                return new;
            }
            Value::Object(bag) => {
                let mut new = 0;
                for (name, value) in bag {
                    new += self.property(name, value, room.saturating_sub(new));
                }
                return new;
            }
        };
        self.types.insert(name);
        0
    }

    fn property(&mut self, name: &str, value: &Value, room: usize) -> usize {
        if let Some(known) = self.properties.get_mut(name) {
            return known.add(value, room);
        }
        if room == 0 {
            return 0;
        }
        let mut shape = Shape::default();
        let new = 1 + shape.add(value, room - 1);
        self.properties.insert(name.to_owned(), shape);
        new
    }

    /// Adds what [`Shape::json`] gave.
    fn add_schema(&mut self, schema: Value) {
        match schema {
            Value::String(name) => self.types.extend(TYPES.iter().find(|known| **known == name)),
            Value::Array(several) => several.into_iter().for_each(|one| self.add_schema(one)),
            Value::Object(properties) => {
                for (name, schema) in properties {
                    self.properties.entry(name).or_default().add_schema(schema);
                }
            }
            _ => {}
        }
    }

    fn json(&self) -> Value {
        let mut all: Vec<Value> = self.types.iter().map(|name| Value::from(*name)).collect();
        if !self.properties.is_empty() {
            let bag: Map<String, Value> =
                self.properties.iter().map(|(name, shape)| (name.clone(), shape.json())).collect();
            all.push(Value::Object(bag));
        }
        match <[Value; 1]>::try_from(all) {
            Ok([one]) => one,
            Err(several) => Value::Array(several),
        }
    }
}

impl Accumulator for Schema {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for column in values {
            let text = Text::of(column)?;
            for json in (0..column.len()).filter_map(|row| text.get(row)) {
                if let Ok(value) = serde_json::from_str(json) {
                    self.properties += self.seen.add(&value, MOST - self.properties);
                }
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for column in states {
            let text = Text::of(column)?;
            for json in (0..column.len()).filter_map(|row| text.get(row)) {
                self.properties = MOST.min(self.properties + json.len() / 16);
                self.seen.add_schema(serde_json::from_str(json).unwrap_or_default());
            }
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let is_empty = self.seen.types.is_empty() && self.seen.properties.is_empty();
        Ok(ScalarValue::Utf8((!is_empty).then(|| self.seen.json().to_string())))
    }

    fn size(&self) -> usize {
        size_of_val(self) + 64 * self.properties
    }
}
