//! Columns of a file as columns of events: the same texts and numbers that its rows would give one by one.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryBuilder, Int64Array, RecordBatch, RecordBatchOptions, StringArray, StringBuilder,
    new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use functions::origin::Origin;
use functions::several;

use super::flat::Kinds;
use super::group::{Columns, ticks_in};
use super::layout::{Field, Of};
use super::value::Value;
use crate::event::{EventBatch, System};
use crate::logs::Logs;
use crate::read::Parser;
use crate::row::{NAME, number};
use crate::rows::typed::{Fit, fit};
use crate::text::Kind;

/// Some rows of a row group.
pub struct Batch<'g> {
    pub columns: &'g Columns<'g>,
    /// By the places of their columns.
    pub arrays: BTreeMap<usize, ArrayRef>,
    /// The places of the rows in their group.
    pub rows: Vec<usize>,
    /// The column of their times.
    pub time: Option<usize>,
}

impl Batch<'_> {
    pub fn events(&self, kinds: &Kinds, parser: &Parser<'_>) -> Result<EventBatch, String> {
        let (layout, fields) = (self.columns.layout, parser.fields());
        let of_rows: Vec<_> =
            self.rows.iter().map(|row| kinds.of(*row)).collect::<Option<_>>().ok_or("a row is missing")?;
        let spelling = |row: usize| of_rows.get(row).map_or("", |kind| kind.spelling.as_str());
        let times = match self.time.filter(|_| fields.has_origin || fields.system.contains(&System::Time)) {
            Some(column) => Some(ticks_in(self.array(column)?)?),
            None => None,
        };
        let needs_host = fields.has_origin
            || fields.system.iter().any(|field| matches!(field, System::LogSource | System::Computer));
        let computers = match layout.system.get(&System::Computer).filter(|_| needs_host) {
            Some(column) => Some(self.names(*column)?),
            None => None,
        };
        let computer = |row: usize| computers.as_ref().and_then(|names| names.is_valid(row).then(|| names.value(row)));
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(fields.schema().fields().len());
        for field in &fields.system {
            let column = layout.system.get(field);
            let array: ArrayRef = match (field, column) {
                (System::Time, _) => match &times {
                    Some(times) => Arc::new(Int64Array::from(times.clone())),
                    None => new_null_array(&DataType::Int64, self.rows.len()),
                },
                (System::Channel, _) => {
                    Arc::new((0..self.rows.len()).map(|row| Some(spelling(row))).collect::<StringArray>())
                }
                (System::EventID, _) => {
                    let ids = of_rows.iter().map(|kind| (kind.event >= 0).then_some(kind.event));
                    Arc::new(ids.collect::<Int64Array>())
                }
                (System::Record, _) => Arc::new(Int64Array::from(self.records()?)),
                (System::LogSource, _) => {
                    let number = |row: usize| Logs::number(spelling(row), computer(row).unwrap_or(""));
                    Arc::new(Int64Array::from_iter_values((0..self.rows.len()).map(number)))
                }
                (System::Computer, Some(_)) => Arc::new((0..self.rows.len()).map(computer).collect::<StringArray>()),
                (field, Some(column)) if field.is_number() => Arc::new(self.numbers(*column)?),
                (_, Some(column)) => Arc::new(self.system_texts(*column)?),
                (field, None) => new_null_array(&field.kind().arrow(), self.rows.len()),
            };
            arrays.push(array);
        }
        let mut has_several = false;
        for field in &layout.raw {
            let array: ArrayRef = match field {
                Some(field) => Arc::new(self.texts(*field)?),
                None => new_null_array(&DataType::Utf8, self.rows.len()),
            };
            has_several |= array.as_string_opt::<i32>().is_some_and(several::any_are_in);
            arrays.push(array);
        }
        if fields.has_origin {
            let records = self.records()?;
            let mut logs: HashMap<(&str, &str), u32> = HashMap::new();
            let mut cells = BinaryBuilder::new();
            for (row, (place, record)) in self.rows.iter().zip(records).enumerate() {
                let key = (spelling(row), computer(row).unwrap_or(""));
                let log = *logs.entry(key).or_insert_with(|| parser.logs().log_id(key.0, key.1));
                let time = times.as_ref().and_then(|times| times.get(row).copied()).unwrap_or(Origin::NO_TIME);
                let ordinal = self.columns.group.first + *place as u64;
                cells.append_value(Origin { file: parser.file(), ordinal, log, record, time }.to_cell());
            }
            arrays.push(Arc::new(cells.finish()));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows.len()));
        let batch = RecordBatch::try_new_with_options(fields.schema().clone(), arrays, &options);
        Ok(EventBatch {
            batch: batch.map_err(|error| error.to_string())?,
            channels: of_rows.iter().map(|kind| kind.channel).collect(),
            events: of_rows.iter().map(|kind| kind.event).collect(),
            has_several,
        })
    }

    fn array(&self, column: usize) -> Result<&ArrayRef, String> {
        let array = self.arrays.get(&column).filter(|array| array.len() == self.rows.len());
        array.ok_or_else(|| "a column is missing".to_owned())
    }

    /// A column as the texts that rows have of it.
    fn texts(&self, field: Field) -> Result<StringArray, String> {
        let array = self.array(field.column)?;
        if let Some(texts) = array.as_string_opt::<i32>().filter(|_| field.kind.is_none()) {
            if !texts.iter().flatten().any(several::are_in) {
                return Ok(texts.clone());
            }
            return Ok(texts.iter().map(|text| text.map(several::one)).collect());
        }
        let value = Value::new(array.as_ref());
        let (mut out, mut text) = (StringBuilder::new(), String::new());
        for row in 0..array.len() {
            text.clear();
            if value.write(row, &mut text) == Kind::Null {
                out.append_null();
                continue;
            }
            match field.kind.filter(|_| !text.is_empty()).map(|kind| fit(&text, kind)) {
                None | Some(Fit::Value) => out.append_value(several::one(&text)),
                Some(Fit::Spelt(spelt)) => out.append_value(spelt),
                Some(Fit::None) => return Err("a value is none of its column\'s type".to_owned()),
            }
        }
        Ok(out.finish())
    }

    /// The names of hosts.
    fn names(&self, column: usize) -> Result<StringArray, String> {
        let array = self.array(column)?;
        let texts = array.as_string_opt::<i32>().ok_or("its hosts are no texts")?;
        // Rows of exports are of no host where its name is empty.
        let is_export = !matches!(self.columns.layout.of, Of::Log { .. });
        let name = |text: &str| -> Option<String> {
            let lines = several::lines(text);
            let is_none = is_export && text.is_empty();
            (!is_none).then(|| lines.get(..lines.floor_char_boundary(NAME)).unwrap_or_default().to_owned())
        };
        let is_odd = |text: &str| is_export && text.is_empty() || text.len() > NAME || several::are_in(text);
        match texts.iter().flatten().any(is_odd) {
            true => Ok(texts.iter().map(|text| text.and_then(name)).collect()),
            false => Ok(texts.clone()),
        }
    }

    fn system_texts(&self, column: usize) -> Result<StringArray, String> {
        let array = self.array(column)?;
        let texts = array.as_string_opt::<i32>().ok_or("a column has no texts")?;
        match texts.iter().flatten().any(several::are_in) {
            true => Ok(texts.iter().map(|text| text.map(several::lines)).collect()),
            false => Ok(texts.clone()),
        }
    }

    fn numbers(&self, column: usize) -> Result<Int64Array, String> {
        let array = self.array(column)?;
        if let Some(texts) = array.as_string_opt::<i32>() {
            let of = |text: &str| {
                number(&match several::are_in(text) {
                    true => several::lines(text),
                    false => Cow::Borrowed(text),
                })
            };
            return Ok(texts.iter().map(|text| text.and_then(of)).collect());
        }
        let numbers = cast(array, &DataType::Int64).map_err(|error| error.to_string())?;
        numbers.as_any().downcast_ref::<Int64Array>().cloned().ok_or_else(|| "a column has no numbers".to_owned())
    }

    /// The number of each record: its own, else that of its row.
    fn records(&self) -> Result<Vec<i64>, String> {
        let place = |row: &usize| i64::try_from(self.columns.group.first + *row as u64).unwrap_or(i64::MAX);
        let Some(column) = self.columns.layout.system.get(&System::Record) else {
            return Ok(self.rows.iter().map(place).collect());
        };
        let numbers = self.numbers(*column)?;
        Ok(numbers.iter().zip(&self.rows).map(|(number, row)| number.unwrap_or_else(|| place(row))).collect())
    }
}
