//! Calls: AQL's functions that need the query's own context, then the function table.

use datafusion_expr::{Expr as Plan, lit};
use functions::aggregate::aql::{self as aggregate, Aggregate};
use functions::predicate::{Match, Shape};
use functions::scalar::aql_regex::check_replacement;
use functions::scalar::aql_time::Pattern;
use functions::{Function, Param, Type, scalar};
use syntax::Span;
use syntax::aql::tree::{Call, Expr, ExprKind};

use super::condition::Test;
use super::listing::{CONSOLE, OWN};
use super::scope::{Aggregates, Place};
use super::value::{Fold, Value, is_long};
use super::{Binder, messages};
use crate::binding::Mode;
use crate::relation::field;

/// The fields whose ids these functions name.
const IDS: [(&str, &[&str]); 5] = [
    ("LOGSOURCETYPENAME", &["devicetype"]),
    ("LOGSOURCENAME", &["logsourceid"]),
    ("QIDNAME", &["qid"]),
    ("CATEGORYNAME", &["category", "highlevelcategory"]),
    ("PROTOCOLNAME", &["protocolid"]),
];

/// Aggregates are compared with each other.
const MAX_AGGREGATES: usize = 4_000;

impl Binder<'_> {
    pub(super) fn call(&mut self, call: &Call, span: Span, place: Place<'_, '_>) -> Option<Value> {
        let name = call.name.text.to_uppercase();
        if let Some(aggregate) = aggregate::named(&name) {
            return self.aggregate(aggregate, call, &name, place);
        }
        let [first, rest @ ..] = call.args.as_slice() else {
            return match name.as_str() {
                "NOW" => Some(Value::new(lit(self.now_millis()), Type::Long)),
                _ => self.listed(call, &name, span, place),
            };
        };
        self.check_id(&name, first, place);
        match (name.as_str(), rest) {
            ("PARSEDATETIME", []) => self.parse_date_time(first),
            ("UTF8", []) => self.value(first, place).map(|value| Value { ariel: None, ..value }),
            ("LOWER", []) => self.fold(Fold::Lower, call, &name, span, place),
            ("UPPER", []) => self.fold(Fold::Upper, call, &name, span, place),
            ("STR", []) => self.converted(first, Type::String, place),
            ("LONG", []) => self.converted(first, Type::Long, place),
            ("DOUBLE", []) => self.converted(first, Type::Real, place),
            ("CAST", [kind]) => self.cast(first, kind, call, place),
            ("INCIDR", [address]) => self.in_network(first, address, place),
            ("LOGSOURCENAME", []) => self.log_source_name(first, call, place),
            ("QIDNAME", []) => self.event_name(first, call, span, place),
            ("DATEFORMAT", [pattern]) => {
                self.check_date_pattern(pattern, first, "DATEFORMAT(starttime, 'yyyy-MM-dd HH:mm:ss')")?;
                self.listed(call, &name, span, place)
            }
            ("PARSETIMESTAMP", [text]) => {
                self.check_date_pattern(first, text, "PARSETIMESTAMP('yyyy-MM-dd HH:mm:ss', text)")?;
                let (pattern, text) = (self.value(first, place)?, self.value(text, place)?);
                let reads_now = |pattern: &str| Pattern::parse(pattern).is_ok_and(|pattern| pattern.reads_now());
                let now = if pattern.literal_text().is_some_and(reads_now) { self.now_millis() } else { 0 };
                let now = Value::new(lit(now), Type::Long);
                self.apply(scalar::aql(&name)?, &name, span, vec![pattern, text, now])
            }
            ("REPLACEALL" | "REPLACEFIRST", [_, _]) => {
                let usage = format!("{name}('pattern', text, 'replacement')");
                let second = rest.first().unwrap_or(first);
                let pattern = self.first_text(first, second, &format!("the pattern of {name}()"), &usage)?;
                let java = self.java(pattern, false, first, str::to_owned)?;
                if java.backtracks {
                    return self.fail(messages::replaces_in_one_pass(first.span, &name));
                }
                if let [_, replacement] = rest
                    && let ExprKind::Text(text) = &replacement.kind
                    && let Err(why) = check_replacement(&java.pattern, text)
                {
                    return self.fail(messages::bad_replacement(replacement.span, &why));
                }
                let rest: Vec<Option<Value>> = rest.iter().map(|arg| self.value(arg, place)).collect();
                let mut args = vec![Value::new(lit(java.pattern), Type::String)];
                args.extend(rest.into_iter().collect::<Option<Vec<_>>>()?);
                self.apply(scalar::aql(&name)?, &name, span, args)
            }
            _ => self.listed(call, &name, span, place),
        }
    }

    fn aggregate(&mut self, aggregate: Aggregate, call: &Call, name: &str, place: Place<'_, '_>) -> Option<Value> {
        let span = call.name.span;
        self.aggregates += 1;
        if self.aggregates > MAX_AGGREGATES {
            return self.fail(messages::too_large(span));
        }
        match place.aggregates {
            Aggregates::Allowed => {}
            Aggregates::InFilter => return self.fail(messages::aggregate_in_filter(span, name)),
            Aggregates::Inside => return self.fail(messages::aggregate_inside(span, name)),
        }
        let aggregate = match call.distinct {
            Some(distinct) if aggregate == Aggregate::Count => {
                self.report(messages::count_distinct(distinct));
                Aggregate::CountDistinct
            }
            _ => aggregate,
        };
        let inside = Place { aggregates: Aggregates::Inside, ..place };
        let argument = match call.args.as_slice() {
            [] if aggregate == Aggregate::Count => None,
            [argument] => Some(self.value(argument, inside)?),
            _ => return self.fail(messages::wrong_arguments(span, name, "field")),
        };
        let kind = aggregate.gives(argument.as_ref().map_or(Type::Long, |argument| argument.kind));
        let ariel = argument.as_ref().and_then(|argument| argument.ariel).filter(|_| aggregate.keeps());
        let time = place.scope.time.as_deref().map(field);
        if let (Some(argument), Aggregate::Min | Aggregate::Max) = (&argument, aggregate) {
            let sortable = argument.clone().sortable_along(aggregate == Aggregate::Max);
            let outermost = aggregate.call(Some(sortable), time);
            return Some(Value { ariel, ..Value::new(argument.of_sortable(outermost), kind) });
        }
        let argument = argument.map(|argument| match aggregate.takes_real() {
            true => argument.cast(Type::Real),
            false => argument.expr,
        });
        Some(Value { ariel, ..Value::new(aggregate.call(argument, time), kind) })
    }

    fn fold(&mut self, fold: Fold, call: &Call, name: &str, span: Span, place: Place<'_, '_>) -> Option<Value> {
        let first = call.args.first()?;
        let inner = self.value(first, place)?;
        let inner = if inner.is_text() { inner } else { Value::new(inner.cast(Type::String), Type::String) };
        let text = inner.expr.clone();
        let mut folded = self.apply(scalar::aql(name)?, name, span, vec![inner])?;
        folded.folded = Some((fold, Box::new(text)));
        Some(folded)
    }

    fn converted(&mut self, value: &Expr, kind: Type, place: Place<'_, '_>) -> Option<Value> {
        let value = self.value(value, place)?;
        let value = Value { ariel: None, ..value };
        if value.kind == kind || (kind == Type::Long && is_long(value.kind) && value.kind != Type::Int) {
            return Some(value);
        }
        Some(Value::new(value.cast(kind), kind))
    }

    fn cast(&mut self, value: &Expr, kind: &Expr, call: &Call, place: Place<'_, '_>) -> Option<Value> {
        self.report(messages::cast_is_sql(call.name.span));
        let kind = match field_name(kind).map(str::to_uppercase).as_deref() {
            Some("LONG" | "INT" | "INTEGER" | "BIGINT" | "NUMERIC") => Type::Long,
            Some("DOUBLE" | "FLOAT" | "REAL") => Type::Real,
            Some("STRING" | "VARCHAR" | "TEXT" | "STR") => Type::String,
            _ => return self.fail(messages::wrong_arguments(kind.span, "CAST", "value AS LONG, DOUBLE or STRING")),
        };
        self.converted(value, kind, place)
    }

    fn in_network(&mut self, network: &Expr, address: &Expr, place: Place<'_, '_>) -> Option<Value> {
        let text = self.network(network, address)?;
        let address = self.value(address, place)?;
        let test = Test::Plain(Match::rule(Shape::Cidr).literal(address.clone().cast(Type::String), [text]));
        Some(Value::new(self.known(test, &[&address], true).call(), Type::Bool))
    }

    /// Log sources are numbered by the evidence itself, so that their names come with the events and not from a table.
    fn log_source_name(&mut self, id: &Expr, call: &Call, place: Place<'_, '_>) -> Option<Value> {
        let is_id = field_name(id).is_some_and(|name| name.eq_ignore_ascii_case("logsourceid"));
        match place.scope.field("logsourcename").filter(|field| is_id && !field.is_raw) {
            Some(name) => Some(Value::new(field(&name.column), name.kind)),
            None => self.console("LOGSOURCENAME", call, place),
        }
    }

    fn event_name(&mut self, id: &Expr, call: &Call, span: Span, place: Place<'_, '_>) -> Option<Value> {
        let is_id = field_name(id).is_some_and(|name| name.eq_ignore_ascii_case("qid"));
        match place.scope.field("qidname").filter(|field| is_id && !field.is_raw) {
            Some(name) => Some(Value::new(field(&name.column), name.kind)),
            None => {
                self.report(messages::few_names(call.name.span, "QIDNAME"));
                self.listed(call, "QIDNAME", span, place)
            }
        }
    }

    /// What only the console knows is empty. Where the result depends on it, only data that can be given are asked for: there
    /// a query that runs would find nothing.
    fn console(&mut self, name: &str, call: &Call, place: Place<'_, '_>) -> Option<Value> {
        let can_be_given = name.starts_with("REFERENCE");
        if place.decides && can_be_given && self.options.mode != Mode::Lenient {
            return self.fail(messages::reference_decides(call.name.span, name));
        }
        self.report(messages::console_unknown(call.name.span, name, place.decides));
        Some(Value::null())
    }

    /// `LOGSOURCETYPENAME(logsourceid)`: an id of another kind has a wrong name, or none.
    fn check_id(&mut self, name: &str, id: &Expr, place: Place<'_, '_>) {
        let Some((_, wanted)) = IDS.iter().find(|(known, _)| *known == name) else { return };
        let Some(given) = field_name(id) else { return };
        let known = place.scope.field(given).filter(|field| !field.is_raw && place.scope.is_of_table());
        let is_wanted = |column: &str| wanted.iter().any(|name| name.eq_ignore_ascii_case(column));
        if known.is_some_and(|field| !is_wanted(&field.column)) {
            self.report(messages::wrong_id(id.span, name, wanted, given));
        }
    }

    /// A function of the table.
    fn listed(&mut self, call: &Call, name: &str, span: Span, place: Place<'_, '_>) -> Option<Value> {
        if let Some(found) = self.reference(name, call, place) {
            return found;
        }
        if CONSOLE.iter().any(|(known, _)| *known == name) {
            return self.console(name, call, place);
        }
        if OWN.iter().any(|(known, _)| *known == name) {
            return self.fail(messages::wrong_arguments(call.name.span, name, own_arguments(name)));
        }
        let Some(function) = scalar::aql(name) else {
            let listed = scalar::all().flat_map(|function| function.aql.iter().copied());
            let aggregates = aggregate::AGGREGATES.iter().map(|(name, _)| *name);
            let further = OWN.iter().chain(&CONSOLE).map(|(name, _)| *name);
            let known = listed.chain(aggregates).chain(further);
            return self.fail(messages::unknown_function(call.name.span, &call.name.text, known));
        };
        let args: Vec<Option<Value>> = call.args.iter().map(|arg| self.value(arg, place)).collect();
        self.apply(function, name, span, args.into_iter().collect::<Option<_>>()?)
    }

    pub(super) fn apply(
        &mut self,
        function: &'static Function,
        name: &str,
        span: Span,
        args: Vec<Value>,
    ) -> Option<Value> {
        let fits = function.overloads.iter().find(|overload| overload.takes_count(args.len()));
        let Some(overload) = fits else {
            let wanted: Vec<&str> =
                function.overloads.first().map_or(&[][..], |way| way.takes).iter().map(shown).collect();
            return self.fail(messages::wrong_arguments(span, name, &wanted.join(", ")));
        };
        let mut types = Vec::with_capacity(args.len());
        let mut exprs: Vec<Plan> = Vec::with_capacity(args.len());
        for (index, arg) in args.into_iter().enumerate() {
            // Ariel converts to whatever a function takes.
            let kind = match overload.param(index) {
                Some(Param::Is(kind)) => kind,
                Some(Param::Text | Param::Printed) => Type::String,
                Some(Param::Number) if !arg.kind.is_number() => Type::Real,
                _ => arg.kind,
            };
            types.push(kind);
            exprs.push(arg.cast(kind));
        }
        Some(Value::new(function.call(overload, &types, exprs), overload.result(&types)))
    }
}

fn shown(param: &Param) -> &'static str {
    match param {
        Param::Is(kind) => kind.name(),
        Param::Number => "number",
        Param::Any => "value",
        Param::Text | Param::Printed => "text",
    }
}

fn own_arguments(name: &str) -> &'static str {
    match name {
        "NOW" => "",
        "PARSEDATETIME" => "'1 day ago'",
        "PARSETIMESTAMP" => "'yyyy-MM-dd HH:mm:ss', text",
        "INCIDR" => "'network/bits', address",
        "LOGSOURCENAME" => "logsourceid",
        "CAST" => "value AS LONG",
        _ => "value",
    }
}

pub(super) fn field_name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Field(name) => Some(name),
        _ => None,
    }
}
