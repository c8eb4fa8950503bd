//! A column as the writer knows it.

use functions::Type;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: Type,
}

impl Column {
    pub fn new(name: &str, kind: Type) -> Column {
        Column { name: name.into(), kind }
    }
}
