//! Calls: forms of the language first, then the query's own functions, then the function table.

use functions::{Function, Type, scalar};
use syntax::Span;
use syntax::kql::tree::{Arg, Name};

use super::form::FORMS;
use super::refused::REFUSED;
use crate::kql::binder::Binder;
use crate::kql::messages;
use crate::kql::scope::Scope;
use crate::kql::signature::{self, Wanted};
use crate::kql::value::Value;

impl<'q> Binder<'q, '_> {
    pub(super) fn call(&mut self, name: &'q Name, args: &'q [Arg], span: Span, scope: &Scope<'_>) -> Option<Value> {
        if let Some(value) = self.own_function(name, args, span, scope) {
            return value;
        }
        if let Some(value) = self.aggregate_call(name, args, span, scope) {
            return value;
        }
        if let Some(value) = self.serial_call(name, args, span, scope) {
            return value;
        }
        if let Some(form) = FORMS.iter().find(|form| form.names.contains(&name.text.as_str())) {
            return self.form(form, name, args, span, scope);
        }
        if let Some(value) = self.typed_call(name, args, span, scope) {
            return value;
        }
        if let Some(value) = self.first_of_several(name, args, span, scope) {
            return value;
        }
        let mapping = if self.is_mapping { scalar::mapping(&name.text) } else { None };
        let Some(function) = mapping.or_else(|| scalar::kql(&name.text)) else {
            return self.unknown_function(name);
        };
        let values: Vec<Option<Value>> = args.iter().map(|arg| self.scalar(&arg.value, scope)).collect();
        let values: Vec<Value> = values.into_iter().collect::<Option<_>>()?;
        let ways = signature::function(&name.text);
        self.checked(ways, name, args, &values)?;
        self.check_pattern(&name.text, args, &values)?;
        self.check_part(&name.text, args, &values)?;
        self.check_time(&name.text, args, &values);
        let kinds: Vec<Type> = values.iter().map(|value| value.kind).collect();
        let value = self.call_function(function, name, values, span)?;
        Some(self.as_declared(ways, &kinds, value))
    }

    /// A pattern that is none would find nothing in every row, and nobody would know.
    fn check_pattern(&mut self, function: &str, args: &'q [Arg], values: &[Value]) -> Option<()> {
        let options = values.get(2).and_then(Value::literal_text);
        let Some(at) = scalar::pattern::argument(function, options) else { return Some(()) };
        let (Some(text), Some(arg)) = (values.get(at).and_then(Value::literal_text), args.get(at)) else {
            return Some(());
        };
        match self.regexes.admit(text, true) {
            Ok(()) if scalar::pattern::lacks_group(function, text) => {
                self.refuse(messages::no_group(arg.value.span, function))
            }
            Ok(()) => Some(()),
            Err(why) => self.refuse(messages::bad_regex(arg.value.span, &why)),
        }
    }

    /// A part that no time has would be null in every row, and a way to count that there is not would count otherwise.
    fn check_part(&mut self, function: &str, args: &'q [Arg], values: &[Value]) -> Option<()> {
        let (at, parts) = match (scalar::time::part::of_function(function), function) {
            (Some(parts), _) => (0, parts),
            (None, "countof") => (2, vec!["normal", "regex"]),
            (None, _) => return Some(()),
        };
        let (Some(text), Some(arg)) = (values.get(at).and_then(Value::literal_text), args.get(at)) else {
            return Some(());
        };
        if parts.iter().any(|part| *part == text || at == 0 && part.eq_ignore_ascii_case(text)) {
            return Some(());
        }
        self.refuse(messages::no_such_part(arg.value.span, text, &parts))
    }

    /// A text that is no time is null in every row, and nothing is before or behind that.
    fn check_time(&mut self, function: &str, args: &'q [Arg], values: &[Value]) {
        let kind = match function {
            "todatetime" => Type::Datetime,
            "totimespan" | "totime" => Type::Timespan,
            _ => return,
        };
        if let (Some(value), Some(arg)) = (values.first(), args.first())
            && let Some(text) = value.literal_text().filter(|text| !text.is_empty() && value.kind == Type::String)
            && value.clone().cast(kind).is_null_literal()
        {
            self.warn(messages::no_time(arg.value.span, text, kind));
        }
    }

    pub(super) fn call_function(
        &mut self,
        function: &'static Function,
        name: &Name,
        values: Vec<Value>,
        span: Span,
    ) -> Option<Value> {
        let types: Vec<Type> = values.iter().map(|value| value.kind).collect();
        let (values, types) = match function.resolve(&types) {
            None => self.as_taken(function, &name.text, values),
            Some(_) => (values, types),
        };
        let Some((overload, wanted)) = function.resolve(&types) else {
            let fits = function.overloads.iter().any(|overload| overload.takes_count(types.len()));
            return self.refuse(if fits {
                messages::argument_types(span, &name.text, &types)
            } else {
                messages::argument_count(name.span, &name.text, &wanted_count(function), types.len())
            });
        };
        let may_be_null = self.is_mapping;
        let args = values.into_iter().zip(&wanted).map(|(value, kind)| {
            let value = value.cast(*kind);
            if may_be_null { value.expr } else { value.or_empty().expr }
        });
        let expr = function.call(overload, &wanted, args.collect());
        let kind = overload.result(&wanted);
        // Kernels give a text for every row whose texts are there, which they are here.
        Some(Value { expr, kind, may_be_null: may_be_null || kind != Type::String })
    }

    /// The arguments as a function of ours takes them: what may be of any type as a text, and any number as a whole one.
    fn as_taken(&self, function: &Function, name: &str, values: Vec<Value>) -> (Vec<Value>, Vec<Type>) {
        let places = signature::function(name).iter().find_map(|way| way.place_all(values.len())).unwrap_or_default();
        let is = |at: usize, wanted: Wanted| places.get(at).is_some_and(|place| place.kinds.contains(&wanted));
        let is_taken = |at: usize, kind: Type| {
            function.overloads.iter().any(|way| way.param(at).is_some_and(|param| param.widens(kind).is_some()))
        };
        let taken = values.into_iter().enumerate().map(|(at, value)| match value.kind {
            kind if is_taken(at, kind) => value,
            _ if is(at, Wanted::Any) => value.cast(Type::String),
            _ if is(at, Wanted::Number) => value.cast(Type::Long),
            _ => value,
        });
        let taken: Vec<Value> = taken.collect();
        let types = taken.iter().map(|value| value.kind).collect();
        (taken, types)
    }

    pub(in crate::kql) fn unknown_function<T>(&mut self, name: &Name) -> Option<T> {
        if let Some((_, why)) = REFUSED.iter().find(|(known, _)| *known == name.text) {
            return self.refuse(messages::left_out(name.span, &name.text, why));
        }
        let is_mapping = self.is_mapping;
        let known = scalar::all().flat_map(|function| function.kql.iter().copied());
        let mapping = scalar::all().filter(|_| is_mapping).flat_map(|function| function.mapping.iter().copied());
        let forms = FORMS.iter().flat_map(|form| form.names.iter().copied());
        let aggregates = functions::aggregate::names();
        let names = known.chain(mapping).chain(forms).chain(aggregates);
        self.refuse(messages::unknown_function(name.span, &name.text, names))
    }
}

fn wanted_count(function: &Function) -> String {
    let least = function.overloads.iter().map(|way| way.takes.len() - way.optional).min().unwrap_or(0);
    let most = function.overloads.iter().map(|way| way.takes.len()).max().unwrap_or(0);
    let is_open = function.overloads.iter().any(|way| way.rest.is_some());
    match (is_open, least == most) {
        (true, _) => format!("at least {least} arguments"),
        (false, true) => format!("{least} arguments"),
        (false, false) => format!("{least} to {most} arguments"),
    }
}
