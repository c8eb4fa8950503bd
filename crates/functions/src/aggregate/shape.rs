//! The shape of bags: which properties they have, and of which types.

use std::collections::BTreeMap;

use arrow::array::ArrayRef;
use datafusion_common::{Result, ScalarValue, exec_err};
use datafusion_expr::{Accumulator, Expr};
use serde_json::Value;

use super::folded::folded;
use crate::text::Text;
use crate::types::Type;

/// How many properties are told apart: whoever writes a log can invent names without end.
pub const MOST: usize = 10_000;

/// A bag with the type's name for each property of any bag, by name. A property of several types is dynamic.
pub fn shape(json: Expr) -> Expr {
    folded("bag_shape", || Box::<Properties>::default(), vec![json])
}

#[derive(Debug, Default)]
struct Properties {
    /// `None` while only nulls were seen.
    kinds: BTreeMap<String, Option<Type>>,
    bytes: usize,
}

impl Properties {
    fn add(&mut self, name: &str, kind: Option<Type>) -> Result<()> {
        if let Some(known) = self.kinds.get_mut(name) {
            *known = match (*known, kind) {
                (Some(one), Some(other)) => Some(common(one, other)),
                (known, kind) => known.or(kind),
            };
            return Ok(());
        }
        if self.kinds.len() >= MOST {
            return exec_err!("the bags hold more than {MOST} different properties");
        }
        self.bytes += name.len() + 48;
        self.kinds.insert(name.to_owned(), kind);
        Ok(())
    }
}

fn common(one: Type, other: Type) -> Type {
    match (one, other) {
        _ if one == other => one,
        (Type::Long, Type::Real) | (Type::Real, Type::Long) => Type::Real,
        _ => Type::Dynamic,
    }
}

fn kind_of(value: &Value) -> Option<Type> {
    match value {
        Value::Null => None,
        Value::Bool(_) => Some(Type::Bool),
        Value::Number(number) if number.is_i64() => Some(Type::Long),
        Value::Number(_) => Some(Type::Real),
        Value::String(_) => Some(Type::String),
        Value::Array(_) | Value::Object(_) => Some(Type::Dynamic),
    }
}

impl Accumulator for Properties {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for column in values {
            let text = Text::of(column)?;
            for json in (0..column.len()).filter_map(|row| text.get(row)).filter(|json| json.starts_with('{')) {
                if let Ok(Value::Object(bag)) = serde_json::from_str(json) {
                    for (name, value) in &bag {
                        self.add(name, kind_of(value))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for column in states {
            let text = Text::of(column)?;
            for json in (0..column.len()).filter_map(|row| text.get(row)) {
                let held: BTreeMap<String, String> = serde_json::from_str(json).unwrap_or_default();
                for (name, kind) in held {
                    self.add(&name, Type::from_name(&kind))?;
                }
            }
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let named = self.kinds.iter().map(|(name, kind)| (name, kind.unwrap_or(Type::Dynamic).name()));
        let named: BTreeMap<&String, &str> = named.collect();
        Ok(ScalarValue::Utf8(Some(serde_json::to_string(&named).unwrap_or_default())))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringArray;
    use std::sync::Arc;

    #[test]
    fn properties_have_the_type_that_all_bags_agree_on() {
        let mut properties = Properties::default();
        let bags = [r#"{"b":1,"a":"x","c":null}"#, r#"{"b":1.5,"a":"y","d":[1]}"#, "7"];
        properties.update_batch(&[Arc::new(StringArray::from(bags.to_vec()))]).unwrap();
        let ScalarValue::Utf8(Some(shape)) = properties.evaluate().unwrap() else { panic!() };
        assert_eq!(shape, r#"{"a":"string","b":"real","c":"dynamic","d":"dynamic"}"#);
    }
}
