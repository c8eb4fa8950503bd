//! Scalar expressions of a type: columns, literals, conversions, calls and operators.

use functions::Type;

use super::rows::null;
use super::writer::Writer;

impl Writer {
    /// An expression that should be of this type, or in a query that is to be wrong, of another one.
    pub fn value(&mut self, kind: Type, depth: u32) -> String {
        let kind = if self.errs(4) { self.kind() } else { kind };
        match self.dice.between(0, 10) {
            0..5 => match self.column_where(|known| known == kind) {
                Some(column) => column.name,
                None => self.literal(kind),
            },
            5..7 => self.literal(kind),
            7 => format!("{}({})", conversion(kind), self.plain(Type::String)),
            _ if depth == 0 => self.literal(kind),
            8 => self.computed(kind, depth - 1),
            _ => self.called(kind, depth - 1),
        }
    }

    /// A column or a literal.
    pub fn plain(&mut self, kind: Type) -> String {
        match self.column_where(|known| known == kind) {
            Some(column) if !self.dice.one_in(3) => column.name,
            _ => self.literal(kind),
        }
    }

    pub fn literal(&mut self, kind: Type) -> String {
        if self.dice.one_in(12) {
            return null(kind);
        }
        let words: &[&'static str] = match kind {
            Type::Bool => &["true", "false", "bool(1)"],
            Type::Int => &["int(1)", "int(-7)", "int(2147483647)", "int(0)"],
            Type::Long => &["0", "1", "42", "long(-3)", "0x1f", "9223372036854775807"],
            Type::Real => &["1.5", "0.0", "1e10", "real(nan)", "real(+inf)", "real(-2.25)"],
            Type::Decimal => &["decimal(1)", "decimal(1.25)", "decimal(-0.1)"],
            Type::Datetime => {
                &["datetime(2024-02-29 12:30:45.1234567)", "datetime(1601-01-01)", "now()", "datetime(9999-12-31)"]
            }
            Type::Timespan => &["1d", "2h", "timespan(1.02:03:04)", "500ms", "time(0)"],
            Type::String => {
                &["\"a b\"", "'cmd.exe'", "@\"C:\\x\"", "\"1\"", "\"2024-01-01\"", "'10.0.0.1'", "\"[1,2]\""]
            }
            Type::Guid => &["guid(74be27de-1e4e-49d9-b579-fe0b331d3642)"],
            Type::Dynamic => &[
                "dynamic({\"a\":1,\"b\":[1,2]})",
                "dynamic([1,2,3])",
                "dynamic([\"a\",\"b\"])",
                "parse_json('{\"a\":{\"b\":2}}')",
                "parse_json(\"[1]\")",
            ],
        };
        self.word(words).into()
    }

    /// An operator whose result is of this type.
    fn computed(&mut self, kind: Type, depth: u32) -> String {
        match kind {
            Type::Bool => self.condition(depth),
            Type::Int | Type::Long | Type::Real | Type::Decimal => {
                let sign = self.word(&["+", "-", "*", "/", "%"]);
                format!("({} {sign} {})", self.value(kind, depth), self.value(kind, depth))
            }
            Type::Datetime => {
                let sign = self.word(&["+", "-"]);
                format!("({} {sign} {})", self.value(kind, depth), self.value(Type::Timespan, depth))
            }
            Type::Timespan if self.dice.one_in(2) => {
                format!("({} - {})", self.value(Type::Datetime, depth), self.value(Type::Datetime, depth))
            }
            Type::Timespan => format!("({} * {})", self.value(kind, depth), self.value(Type::Long, depth)),
            Type::Dynamic => {
                let path = self.word(&[".a", "[0]", ".a.b", "[\"a\"]", "['b c']", "[-1]"]);
                format!(
                    "{}{path}",
                    self.column_where(|known| known == Type::Dynamic).map_or("dynamic({})".into(), |j| j.name)
                )
            }
            kind => self.choice(kind, depth),
        }
    }

    fn choice(&mut self, kind: Type, depth: u32) -> String {
        let (when, then, otherwise) = (self.condition(depth), self.value(kind, depth), self.value(kind, depth));
        let name = self.word(&["iff", "iif", "case"]);
        format!("{name}({when}, {then}, {otherwise})")
    }

    /// A condition over what is there.
    pub fn condition(&mut self, depth: u32) -> String {
        match self.dice.between(0, 8) {
            0 | 1 => {
                let kind = self.one(&[Type::Long, Type::Real, Type::Datetime, Type::Timespan, Type::Int], Type::Long);
                let sign = self.word(&["<", "<=", ">", ">=", "==", "!="]);
                format!("{} {sign} {}", self.value(kind, depth), self.value(kind, depth))
            }
            2 => {
                let kind = self.kind();
                let sign = self.word(&["==", "!="]);
                format!("{} {sign} {}", self.plain(kind), self.literal(kind))
            }
            3 => {
                let sign = self.word(&[
                    "has",
                    "contains",
                    "startswith",
                    "endswith",
                    "=~",
                    "!~",
                    "hasprefix",
                    "!has",
                    "matches regex",
                ]);
                format!("{} {sign} {}", self.value(Type::String, depth), self.word(&["'a'", "\"cmd\"", "@'x'"]))
            }
            4 => {
                let kind = self.kind();
                let sign = self.word(&["in", "!in", "in~"]);
                let kind = if sign == "in~" { Type::String } else { kind };
                format!("{} {sign} ({}, {})", self.plain(kind), self.literal(kind), self.literal(kind))
            }
            5 => {
                let name = self.word(&["isnull", "isnotnull", "isempty", "isnotempty"]);
                let kind = self.kind();
                format!("{name}({})", self.value(kind, depth))
            }
            6 if depth > 0 => {
                let join = self.word(&["and", "or"]);
                format!("({} {join} {})", self.condition(depth - 1), self.condition(depth - 1))
            }
            6 => "true".into(),
            _ => format!("not({})", if depth > 0 { self.condition(depth - 1) } else { self.plain(Type::Bool) }),
        }
    }
}

pub fn conversion(kind: Type) -> &'static str {
    match kind {
        Type::Bool => "tobool",
        Type::Int => "toint",
        Type::Long => "tolong",
        Type::Real => "toreal",
        Type::Decimal => "todecimal",
        Type::Datetime => "todatetime",
        Type::Timespan => "totimespan",
        Type::String => "tostring",
        Type::Guid => "toguid",
        Type::Dynamic => "todynamic",
    }
}
