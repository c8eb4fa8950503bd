//! The value types of the languages, and how each stands in Arrow.
//!
//! Several types share an Arrow type (long, datetime and timespan are all `Int64`; string, guid and dynamic all `Utf8`), so a
//! binder tracks the language type itself and never reads it back from Arrow.

use arrow::datatypes::DataType;

/// Kusto's ten scalar types; AQL's types map onto the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    Bool,
    /// 32 bits. Held as `Int32`.
    Int,
    Long,
    Real,
    /// Held as `Decimal128(38, 17)`.
    Decimal,
    /// Ticks of 100 ns since 0001-01-01T00:00:00Z, held as `Int64`.
    Datetime,
    /// Ticks of 100 ns, held as `Int64`.
    Timespan,
    String,
    Guid,
    /// JSON text, held as `Utf8`; Arrow null is the dynamic null.
    Dynamic,
}

impl Type {
    pub const ALL: [Type; 10] = [
        Type::Bool,
        Type::Int,
        Type::Long,
        Type::Real,
        Type::Decimal,
        Type::Datetime,
        Type::Timespan,
        Type::String,
        Type::Guid,
        Type::Dynamic,
    ];

    /// Kusto's name of the type, as the result formats print it.
    pub fn name(self) -> &'static str {
        match self {
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Long => "long",
            Type::Real => "real",
            Type::Decimal => "decimal",
            Type::Datetime => "datetime",
            Type::Timespan => "timespan",
            Type::String => "string",
            Type::Guid => "guid",
            Type::Dynamic => "dynamic",
        }
    }

    /// The type of a name, Kusto's synonyms (`boolean`, `date`, `double`, `int64`, …) included.
    pub fn from_name(name: &str) -> Option<Type> {
        Some(match name {
            "bool" | "boolean" => Type::Bool,
            "int" | "int32" => Type::Int,
            "long" | "int64" | "ulong" | "uint64" => Type::Long,
            "real" | "double" | "float" => Type::Real,
            "decimal" => Type::Decimal,
            "datetime" | "date" => Type::Datetime,
            "timespan" | "time" => Type::Timespan,
            "string" => Type::String,
            "guid" | "uuid" | "uniqueid" => Type::Guid,
            "dynamic" | "object" => Type::Dynamic,
            _ => return None,
        })
    }

    pub fn arrow(self) -> DataType {
        match self {
            Type::Bool => DataType::Boolean,
            Type::Int => DataType::Int32,
            Type::Long | Type::Datetime | Type::Timespan => DataType::Int64,
            Type::Real => DataType::Float64,
            Type::Decimal => DataType::Decimal128(38, 17),
            Type::String | Type::Guid | Type::Dynamic => DataType::Utf8,
        }
    }

    pub fn is_number(self) -> bool {
        matches!(self, Type::Int | Type::Long | Type::Real | Type::Decimal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_by_its_own_name() {
        for kind in Type::ALL {
            assert_eq!(Type::from_name(kind.name()), Some(kind));
        }
        assert_eq!(Type::from_name("double"), Some(Type::Real));
        assert_eq!(Type::from_name("Double"), None);
    }
}
