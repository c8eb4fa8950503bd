//! Collecting: the values of a group as one dynamic array, set or bag.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::call;
use crate::text::Text;

/// What is collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Collect {
    List,
    /// A null stands as null.
    ListWithNulls,
    /// Each value once, in order of first appearance.
    Set,
    /// The properties of all bags; the first of a name stays.
    Bag,
}

/// What the names of these aggregates start with.
pub(super) const PREFIX: &str = "collect/";

/// How many values Kusto keeps.
pub const MOST: usize = 1_048_576;

/// The aggregate over JSON texts.
pub fn collect(kind: Collect, json: Expr, most: usize) -> Expr {
    let name = format!("{PREFIX}{kind:?},{most}").to_lowercase();
    let signature = Signature::exact(vec![DataType::Utf8], Volatility::Immutable);
    let udf = CollectUdf { kind, most, name, signature };
    call(Arc::new(AggregateUDF::new_from_impl(udf)), vec![json])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CollectUdf {
    kind: Collect,
    most: usize,
    name: String,
    signature: Signature,
}

impl AggregateUDFImpl for CollectUdf {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(args.name, DataType::Utf8, true))])
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Collected { kind: self.kind, most: self.most, ..Collected::default() }))
    }
}

#[derive(Debug)]
struct Collected {
    kind: Collect,
    most: usize,
    /// JSON texts.
    items: Vec<String>,
    seen: HashSet<String>,
    bag: Map<String, Value>,
    bytes: usize,
}

impl Default for Collected {
    fn default() -> Self {
        Collected {
            kind: Collect::List,
            most: MOST,
            items: Vec::new(),
            seen: HashSet::new(),
            bag: Map::new(),
            bytes: 0,
        }
    }
}

impl Collected {
    fn add(&mut self, json: Option<&str>) {
        let Some(json) = json.or((self.kind == Collect::ListWithNulls).then_some("null")) else {
            return;
        };
        if self.kind == Collect::Bag {
            if let Ok(Value::Object(members)) = serde_json::from_str(json) {
                for (name, value) in members {
                    if self.bag.len() < self.most && !self.bag.contains_key(&name) {
                        self.bytes += name.len() + 64;
                        self.bag.insert(name, value);
                    }
                }
            }
            return;
        }
        if self.items.len() >= self.most || (self.kind == Collect::Set && !self.seen.insert(json.to_string())) {
            return;
        }
        self.bytes += 2 * json.len() + 48;
        self.items.push(json.to_string());
    }

    /// Of an array its values, one level deep; of anything else the value itself.
    fn add_flat(&mut self, json: Option<&str>) {
        match json.filter(|json| json.starts_with('[')).map(serde_json::from_str::<Vec<Box<RawValue>>>) {
            Some(Ok(items)) => items.iter().for_each(|item| self.add(Some(item.get()))),
            _ => self.add(json),
        }
    }

    fn json(&self) -> String {
        if self.kind == Collect::Bag {
            return Value::Object(self.bag.clone()).to_string();
        }
        format!("[{}]", self.items.join(","))
    }
}

impl Accumulator for Collected {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        // Behind the values stands what they are ordered by: they come in that order.
        if let Some(column) = values.first() {
            let text = Text::of(column)?;
            (0..column.len()).for_each(|row| self.add_flat(text.get(row)));
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for column in states {
            let text = Text::of(column)?;
            for json in (0..column.len()).filter_map(|row| text.get(row)) {
                match serde_json::from_str::<Vec<Box<RawValue>>>(json) {
                    Ok(items) => items.iter().for_each(|item| self.add(Some(item.get()))),
                    Err(_) => self.add(Some(json)),
                }
            }
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Utf8(Some(self.json())))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.bytes
    }
}
