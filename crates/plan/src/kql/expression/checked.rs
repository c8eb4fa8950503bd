//! Calls checked against the signatures of the service, which takes less than our kernels could.

use functions::Type;
use syntax::Span;
use syntax::kql::tree::{Arg, Name};

use super::common_type;
use super::types::wider;
use crate::binding::Mode;
use crate::kql::binder::Binder;
use crate::kql::messages;
use crate::kql::signature::{Parameter, Result, Signature, Wanted};
use crate::kql::value::Value;

impl<'q> Binder<'q, '_> {
    /// Refuses, where names are taken as strictly as the service takes them, what it would not take.
    pub(in crate::kql) fn checked(
        &mut self,
        ways: &'static [Signature],
        name: &Name,
        args: &'q [Arg],
        values: &[Value],
    ) -> Option<()> {
        if self.options.mode != Mode::Strict || self.is_mapping || ways.is_empty() {
            return Some(());
        }
        let placed = ways.iter().filter_map(|way| way.place_all(values.len()));
        let wrong = |places: &Vec<&'static Parameter>| -> Vec<(usize, Wanted)> {
            let each = places.iter().zip(values).enumerate();
            each.filter_map(|(at, (parameter, value))| Some((at, parameter.misfit(value)?))).collect()
        };
        let Some(faults) = placed.map(|places| wrong(&places)).min_by_key(Vec::len) else {
            return self.refuse(messages::argument_count(name.span, &name.text, "other arguments", values.len()));
        };
        let mut is_right = Some(());
        for (at, wanted) in faults {
            let (Some(arg), Some(value)) = (args.get(at), values.get(at)) else { continue };
            is_right = self.refuse(misfit(arg.value.span, wanted, value.kind));
        }
        is_right
    }

    /// A value in the type that the service gives it.
    pub(in crate::kql) fn as_declared(&self, ways: &'static [Signature], kinds: &[Type], value: Value) -> Value {
        if self.is_mapping {
            return value;
        }
        let fits = |way: &&Signature| {
            way.place_all(kinds.len())
                .is_some_and(|places| places.iter().zip(kinds).all(|(place, kind)| place.takes(*kind)))
        };
        let Some(way) = ways.iter().find(fits) else { return value };
        match way.result(kinds) {
            Some(kind) if kind.is_number() && value.kind.is_number() => value.cast(kind),
            _ => value,
        }
    }
}

impl Parameter {
    fn takes(&self, kind: Type) -> bool {
        self.kinds.iter().any(|wanted| wanted.takes(kind))
    }

    /// What was wanted instead of this value.
    fn misfit(&self, value: &Value) -> Option<Wanted> {
        let first = *self.kinds.first()?;
        if !self.takes(value.kind) {
            return Some(first);
        }
        let text = value.literal_text().filter(|_| value.kind == Type::Dynamic)?.trim_start();
        let is_other = match first {
            Wanted::Array => !text.starts_with('['),
            Wanted::Bag => !text.starts_with('{'),
            _ => false,
        };
        is_other.then_some(first)
    }
}

impl Signature {
    /// The type of the result, where the signature says it.
    fn result(&self, kinds: &[Type]) -> Option<Type> {
        let first = kinds.first().copied();
        match self.gives {
            Result::Is(kind) => Some(kind),
            Result::First => first,
            Result::Second => kinds.get(1).copied(),
            Result::Widest => kinds.iter().copied().filter(|kind| kind.is_number()).reduce(wider),
            Result::Common => kinds.iter().copied().reduce(|one, other| common_type(one, other).unwrap_or(one)),
            Result::Promoted => first.map(|kind| if kind == Type::Int { Type::Long } else { kind }),
            Result::Own => None,
        }
    }
}

fn misfit(span: Span, wanted: Wanted, found: Type) -> syntax::Diagnostic {
    match wanted {
        Wanted::Is(kind) => messages::expected_type(span, kind.name(), found),
        Wanted::Integer => messages::expected_kind(span, "KS134", "an integer", found),
        Wanted::Number => messages::expected_kind(span, "KS137", "a number", found),
        Wanted::Summable => messages::expected_kind(span, "KS138", "a number, timespan or datetime", found),
        Wanted::Orderable | Wanted::CommonOrdered => {
            messages::expected_kind(span, "KS206", "a value that has an order", found)
        }
        Wanted::Text => messages::expected_kind(span, "KS141", "a string or dynamic", found),
        Wanted::Array => messages::expected_kind(span, "KS234", "a dynamic array", found),
        Wanted::Bag => messages::expected_kind(span, "KS235", "a dynamic bag", found),
        Wanted::Plain | Wanted::Discrete => messages::expected_kind(span, "KS116", "a value of another type", found),
        Wanted::Any | Wanted::Common | Wanted::Branch | Wanted::TypeName => messages::expected_type(span, "any", found),
    }
}
