//! A text column: one way to read every Arrow string encoding, so that a kernel is written once.

use arrow::array::{Array, AsArray, DictionaryArray, LargeStringArray, StringArray, StringViewArray};
use arrow::datatypes::{DataType, Int32Type};
use datafusion_common::{Result, exec_err};

/// Strings in any of the encodings that readers give.
#[derive(Debug, Clone, Copy)]
pub enum Text<'a> {
    Plain(&'a StringArray),
    Large(&'a LargeStringArray),
    View(&'a StringViewArray),
    Dictionary(&'a DictionaryArray<Int32Type>, &'a StringArray),
    /// A literal null has no encoding.
    Null,
}

impl<'a> Text<'a> {
    pub fn of(array: &'a dyn Array) -> Result<Self> {
        match array.data_type() {
            DataType::Utf8 => Ok(Text::Plain(array.as_string())),
            DataType::LargeUtf8 => Ok(Text::Large(array.as_string())),
            DataType::Utf8View => Ok(Text::View(array.as_string_view())),
            DataType::Null => Ok(Text::Null),
            DataType::Dictionary(key, value)
                if key.as_ref() == &DataType::Int32 && value.as_ref() == &DataType::Utf8 =>
            {
                let dictionary = array.as_dictionary::<Int32Type>();
                Ok(Text::Dictionary(dictionary, dictionary.values().as_string()))
            }
            other => exec_err!("a text was expected, not {other}"),
        }
    }

    /// The text of a row, `None` where it is null.
    pub fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Text::Plain(array) => array.is_valid(row).then(|| array.value(row)),
            Text::Large(array) => array.is_valid(row).then(|| array.value(row)),
            Text::View(array) => array.is_valid(row).then(|| array.value(row)),
            Text::Dictionary(array, values) => array.key(row).map(|key| values.value(key)),
            Text::Null => None,
        }
    }

    /// The text of a row as KQL sees it: a null is the empty string.
    pub fn or_empty(&self, row: usize) -> &'a str {
        self.get(row).unwrap_or("")
    }
}
