//! A piece: some rows of a part as they came out of its file, with columns that are what they should be or an error.

use arrow::array::{Array, AsArray, DictionaryArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int8Type, Int32Type, Int64Type, TimestampMicrosecondType};
use functions::ticks;

use super::columns;

pub struct Piece<'a>(pub &'a RecordBatch);

impl Piece<'_> {
    pub fn texts(&self, name: &str) -> Result<StringArray, String> {
        let column = self.0.column_by_name(name).ok_or_else(|| absent(name))?;
        let texts = cast(column, &DataType::Utf8).map_err(|error| error.to_string())?;
        texts.as_string_opt::<i32>().cloned().ok_or_else(|| absent(name))
    }

    pub fn numbers(&self, name: &str) -> Result<Int64Array, String> {
        let column = self.0.column_by_name(name).ok_or_else(|| absent(name))?;
        match column.as_primitive_opt::<Int32Type>() {
            Some(numbers) => Ok(numbers.iter().map(|number| number.map(i64::from)).collect()),
            None => column.as_primitive_opt::<Int64Type>().cloned().ok_or_else(|| absent(name)),
        }
    }

    pub fn repeated(&self, name: &str) -> Result<Repeated<'_>, String> {
        let column = self.0.column_by_name(name).and_then(|column| column.as_dictionary_opt::<Int32Type>());
        let keys = column.ok_or_else(|| absent(name))?;
        let texts = keys.values().as_string_opt::<i32>().ok_or_else(|| absent(name))?;
        Ok(Repeated { keys, texts })
    }

    /// Ticks, of the two columns that hold them.
    pub fn times(&self) -> Result<Int64Array, String> {
        let column = |name: &str| self.0.column_by_name(name).ok_or_else(|| absent(name));
        let micros = column(columns::TIME)?.as_primitive_opt::<TimestampMicrosecondType>();
        let digits = column(columns::TIME_DIGIT)?.as_primitive_opt::<Int8Type>();
        let (Some(micros), Some(digits)) = (micros, digits) else { return Err(absent(columns::TIME)) };
        let ticks = micros.iter().zip(digits).map(|(micros, digit)| {
            let since = micros?.checked_mul(ticks::PER_MICROSECOND)?.checked_add(i64::from(digit.unwrap_or(0)))?;
            since.checked_add(ticks::UNIX_EPOCH)
        });
        Ok(ticks.collect())
    }
}

fn absent(name: &str) -> String {
    format!("its column {name} is not what it should be")
}

/// Texts of which many rows share each.
#[derive(Clone, Copy)]
pub struct Repeated<'a> {
    keys: &'a DictionaryArray<Int32Type>,
    texts: &'a StringArray,
}

impl<'a> Repeated<'a> {
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// What stands for the text of a row; `None` for null.
    pub fn key(&self, row: usize) -> Option<usize> {
        self.keys.key(row)
    }

    pub fn text(&self, key: Option<usize>) -> Option<&'a str> {
        let key = key.filter(|key| *key < self.texts.len() && self.texts.is_valid(*key))?;
        Some(self.texts.value(key))
    }
}
