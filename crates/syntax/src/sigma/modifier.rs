//! Modifiers: what stands after a `|` behind a field name and changes how its values are compared.

use crate::nearest::nearest;

/// One modifier. Adding one: a line in [`MODIFIERS`] and its meaning in the binder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Modifier {
    Contains,
    StartsWith,
    EndsWith,
    All,
    Re,
    IgnoreCase,
    MultiLine,
    DotAll,
    Cased,
    Cidr,
    Windash,
    Base64,
    Base64Offset,
    /// UTF-16 little endian; `wide` is its other name.
    Utf16Le,
    Utf16Be,
    /// UTF-16 little endian behind a byte order mark.
    Utf16,
    Exists,
    Gt,
    Gte,
    Lt,
    Lte,
    Neq,
    FieldRef,
    Expand,
    /// A part of a time instead of the time.
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// Every modifier under its names.
pub const MODIFIERS: &[(&str, Modifier)] = &[
    ("contains", Modifier::Contains),
    ("startswith", Modifier::StartsWith),
    ("endswith", Modifier::EndsWith),
    ("all", Modifier::All),
    ("re", Modifier::Re),
    ("i", Modifier::IgnoreCase),
    ("ignorecase", Modifier::IgnoreCase),
    ("m", Modifier::MultiLine),
    ("multiline", Modifier::MultiLine),
    ("s", Modifier::DotAll),
    ("dotall", Modifier::DotAll),
    ("cased", Modifier::Cased),
    ("cidr", Modifier::Cidr),
    ("windash", Modifier::Windash),
    ("base64", Modifier::Base64),
    ("base64offset", Modifier::Base64Offset),
    ("wide", Modifier::Utf16Le),
    ("utf16le", Modifier::Utf16Le),
    ("utf16be", Modifier::Utf16Be),
    ("utf16", Modifier::Utf16),
    ("exists", Modifier::Exists),
    ("gt", Modifier::Gt),
    ("gte", Modifier::Gte),
    ("lt", Modifier::Lt),
    ("lte", Modifier::Lte),
    ("neq", Modifier::Neq),
    ("fieldref", Modifier::FieldRef),
    ("expand", Modifier::Expand),
    ("minute", Modifier::Minute),
    ("hour", Modifier::Hour),
    ("day", Modifier::Day),
    ("week", Modifier::Week),
    ("month", Modifier::Month),
    ("year", Modifier::Year),
];

impl Modifier {
    pub fn from_name(name: &str) -> Option<Self> {
        MODIFIERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, modifier)| *modifier)
    }

    /// The first of its names.
    pub fn name(self) -> &'static str {
        MODIFIERS.iter().find(|(_, modifier)| *modifier == self).map_or("", |(name, _)| name)
    }

    pub(super) fn nearest(name: &str) -> Option<&'static str> {
        nearest(name, MODIFIERS.iter().map(|(known, _)| *known))
    }
}
