//! Calls of functions and aggregates, with arguments that their signatures take, or do not.

use std::sync::LazyLock;

use functions::Type;
use plan::kql::signature::{self, Form, Parameter, Result, Signature, Wanted};

use super::Made;
use super::writer::Writer;

static ALL: LazyLock<(Vec<Signature>, Vec<Signature>)> = LazyLock::new(signature::all);

/// A call, and the types of what it is given.
pub struct Call {
    pub text: String,
    pub kinds: Vec<&'static str>,
}

impl Writer {
    pub fn function_query(&mut self) -> Made {
        let rows = if self.dice.one_in(3) { None } else { Some(self.datatable()) };
        let at = self.count(0, ALL.0.len() as u64 - 1);
        let Some(signature) = ALL.0.get(at) else { return self.pair_query() };
        let Call { text: call, kinds } = self.call(signature, 1);
        let is_serial = signature.name.starts_with("row_") || matches!(signature.name, "prev" | "next");
        let form = if is_serial { 3 } else { self.dice.between(0, 5) };
        let text = match (rows, form) {
            (None, 3) => format!("range x from 1 to 3 step 1 | serialize | project {call}"),
            (None, _) => format!("print {call}"),
            (Some(rows), 0) => format!("{rows} | extend {call}"),
            (Some(rows), 1) => format!("{rows} | project {call}, {call}"),
            (Some(rows), 2) => format!("{rows} | summarize count() by {call}"),
            (Some(rows), 3) => format!("{rows} | serialize | project y = {call}"),
            (Some(rows), _) => format!("{rows} | project x, y = {call}"),
        };
        Made { kind: format!("function {}({})", signature.name, kinds.join(",")), text }
    }

    pub fn aggregate_query(&mut self) -> Made {
        let rows = if self.dice.one_in(4) { self.source() } else { self.datatable() };
        let at = self.count(0, ALL.1.len() as u64 - 1);
        let Some(signature) = ALL.1.get(at) else { return self.pair_query() };
        let Call { text: call, kinds } = self.call(signature, 0);
        let keys = self.column_name();
        let text = match self.dice.between(0, 6) {
            0 => format!("{rows} | summarize {call}, {call}"),
            1 => format!("{rows} | summarize {call} by {keys}"),
            2 => format!("{rows} | summarize y = {call}, count() by {keys}"),
            3 if kinds.len() == 1 => format!("{rows} | summarize 1 + {call}"),
            4 => format!("{rows} | summarize z = {call} by bin(todatetime(x), 1h)"),
            _ => format!("{rows} | summarize {call}"),
        };
        Made { kind: format!("aggregate {}({})", signature.name, kinds.join(",")), text }
    }

    /// A call by a signature.
    pub fn call(&mut self, signature: &Signature, depth: u32) -> Call {
        let mut texts = Vec::new();
        let mut kinds = Vec::new();
        let alike = self.kind();
        for parameter in self.parameters(signature) {
            let kind = self.kind_for(&parameter, alike);
            kinds.push(kind.map_or("type", Type::name));
            texts.push(match kind {
                None => format!("typeof({})", self.kind().name()),
                Some(kind) => self.argument(signature.name, &parameter, kind, depth),
            });
        }
        if self.errs(10) {
            texts.pop();
            kinds.pop();
        }
        Call { text: format!("{}({})", signature.name, texts.join(", ")), kinds }
    }

    /// What the arguments stand for: how many there are is chance.
    fn parameters(&mut self, signature: &Signature) -> Vec<Parameter> {
        let most = signature.takes.len() as u64 + 2;
        for _ in 0..20 {
            let count = self.count(0, most);
            if let Some(placed) = signature.place_all(count) {
                return placed.into_iter().cloned().collect();
            }
        }
        signature.takes.clone()
    }

    fn kind_for(&mut self, parameter: &Parameter, alike: Type) -> Option<Type> {
        if self.errs(3) {
            return Some(self.kind());
        }
        let wanted = self.one(&parameter.kinds, Wanted::Any);
        Some(match wanted {
            Wanted::Is(kind) => kind,
            Wanted::Any => self.kind(),
            Wanted::Number => self.one(&[Type::Long, Type::Real, Type::Int, Type::Decimal], Type::Long),
            Wanted::Integer => self.one(&[Type::Long, Type::Int], Type::Long),
            Wanted::Summable => self
                .one(&[Type::Long, Type::Real, Type::Datetime, Type::Timespan, Type::Int, Type::Decimal], Type::Long),
            Wanted::Text => self.one(&[Type::String, Type::Dynamic], Type::String),
            Wanted::Array | Wanted::Bag => Type::Dynamic,
            Wanted::Plain | Wanted::Orderable | Wanted::Discrete => {
                self.one(&[Type::Long, Type::String, Type::Datetime, Type::Timespan, Type::Int, Type::Guid], Type::Long)
            }
            Wanted::Common | Wanted::CommonOrdered | Wanted::Branch if self.dice.one_in(3) => self.kind(),
            Wanted::Common | Wanted::CommonOrdered | Wanted::Branch | Wanted::Same(_) => alike,
            Wanted::TypeName => return None,
        })
    }

    fn argument(&mut self, function: &str, parameter: &Parameter, kind: Type, depth: u32) -> String {
        match (parameter.form, kind) {
            (Form::Column, kind) => self.column_where(|known| known == kind).map_or("x".into(), |column| column.name),
            (Form::Any, _) => match parameter.kinds.first() {
                Some(Wanted::Array) if self.is_right => self.array(),
                Some(Wanted::Bag) if self.is_right => {
                    self.word(&["j", "dynamic({\"a\":1})", "bag_pack('k', 1)", "todynamic('{}')"]).into()
                }
                _ => self.value(kind, depth),
            },
            (_, Type::String) if !self.errs(4) => match function {
                "format_datetime" => "'yyyy-MM-dd HH:mm'".into(),
                "format_timespan" => "'dd.hh:mm'".into(),
                "datetime_add" | "datetime_diff" | "datetime_part" | "datepart" => {
                    format!("'{}'", self.word(&["day", "hour", "year", "week", "second", "month"]))
                }
                "countof" => "'normal'".into(),
                "column_ifexists" | "columnifexists" => format!("'{}'", self.word(&["x", "l", "t", "zzz"])),
                _ => format!("'{}'", self.word(&["a", "x", "(b+)", "1"])),
            },
            (_, Type::Long) => self.word(&["1", "0", "2"]).into(),
            (_, kind) => self.literal(kind),
        }
    }

    fn array(&mut self) -> String {
        self.word(&[
            "j",
            "dynamic([1,2,3])",
            "split(x, ',')",
            "pack_array(1,2)",
            "range(1,3)",
            "todynamic('[1]')",
            "j.a",
        ])
        .into()
    }

    /// A call that gives this type.
    pub fn called(&mut self, kind: Type, depth: u32) -> String {
        let giving: Vec<&Signature> = ALL.0.iter().filter(|signature| signature.gives == Result::Is(kind)).collect();
        let at = self.count(0, (giving.len() as u64).saturating_sub(1));
        match giving.get(at) {
            Some(signature) => self.call(signature, depth).text,
            None => self.literal(kind),
        }
    }
}
