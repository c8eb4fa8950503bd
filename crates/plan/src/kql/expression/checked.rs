//! Calls checked against the signatures of the service, which takes less than our kernels could.

use functions::Type;
use syntax::Span;
use syntax::kql::tree::{Arg, Expr, ExprKind, Name, TextOperator};

use super::common_type;
use super::types::widest;
use crate::binding::Mode;
use crate::kql::aggregate::Call;
use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::Env;
use crate::kql::signature::{self, Form, Parameter, Result, Signature, Wanted};
use crate::kql::value::Value;

impl<'q> Binder<'q, '_> {
    /// Whether what the service refuses is refused, though it could be computed.
    fn is_strict(&self) -> bool {
        self.options.mode == Mode::Strict && !self.is_mapping
    }

    /// Refuses arguments that the service does not take.
    pub(in crate::kql) fn checked(
        &mut self,
        ways: &'static [Signature],
        name: &Name,
        args: &'q [Arg],
        values: &[Value],
    ) -> Option<()> {
        if !self.is_strict() || ways.is_empty() {
            return Some(());
        }
        let placed = ways.iter().filter_map(|way| way.place_all(values.len()));
        let mut ranked: Vec<Fit> = placed.map(|places| Fit::of(&places, args, values)).collect();
        ranked.sort_by_key(|fit| (!fit.faults.is_empty(), std::cmp::Reverse(fit.score)));
        let Some(best) = ranked.first() else {
            return self.refuse(messages::argument_count(name.span, &name.text, "other arguments", values.len()));
        };
        if best.faults.is_empty() {
            return self.checked_literals(best, args, values);
        }
        if ranked.get(1).is_some_and(|next| next.score == best.score) {
            let kinds: Vec<Type> = values.iter().map(|value| value.kind).collect();
            return self.refuse(messages::no_such_arguments(name.span, &name.text, &kinds));
        }
        for (at, wanted) in &best.faults {
            if let (Some(arg), Some(value)) = (args.get(*at), values.get(*at)) {
                self.warn(misfit(arg.value.span, *wanted, value.kind));
            }
        }
        None
    }

    /// Refuses arguments that are not written out where they must be.
    fn checked_literals(&mut self, fit: &Fit, args: &[Arg], values: &[Value]) -> Option<()> {
        for at in &fit.literals {
            let (Some(arg), Some(value)) = (args.get(*at), values.get(*at)) else { continue };
            if !matches!(arg.value.kind, ExprKind::Literal(_)) {
                return self.refuse(messages::not_written_out(arg.value.span));
            }
            if value.literal_text() == Some("") {
                return self.refuse(messages::empty_text(arg.value.span));
            }
        }
        Some(())
    }

    /// The same for an aggregate, whose arguments are bound for that.
    pub(in crate::kql) fn checked_aggregate(&mut self, call: &Call<'q>, flow: &Flow, env: Env) -> Option<()> {
        if !self.is_strict() || call.args.iter().any(|arg| matches!(arg.value.kind, ExprKind::Wildcard(_))) {
            return Some(());
        }
        let scope = flow.scope(env);
        let values: Vec<Option<Value>> = call.args.iter().map(|arg| self.scalar(&arg.value, &scope)).collect();
        let values: Vec<Value> = values.into_iter().collect::<Option<_>>()?;
        self.checked(signature::aggregate(&call.name.text), call.name, call.args, &values)
    }

    /// Refuses operands that the service does not take.
    pub(in crate::kql) fn checked_operator(&mut self, sign: &str, at: Span, kinds: &[Type]) -> Option<()> {
        let takes = |way: &Signature| {
            way.place_all(kinds.len())
                .is_some_and(|places| places.iter().zip(kinds).all(|(place, kind)| place.takes(*kind)))
        };
        let ways = signature::operator(sign);
        if !self.is_strict() || ways.is_empty() || ways.iter().any(takes) {
            return Some(());
        }
        self.refuse(match kinds {
            [left, right] => messages::operator_types(at, sign, *left, *right),
            _ => messages::operator_type(at, kinds.first().copied().unwrap_or(Type::Dynamic)),
        })
    }

    /// `has` and its kin: between texts; a list of needles may hold anything.
    pub(super) fn checked_text(&mut self, operator: TextOperator, kind: Type, at: Span, left: Span) -> Option<()> {
        if operator.takes_list() {
            return self.checked_list(kind, left);
        }
        self.checked_operator("contains", at, &[kind, Type::String])
    }

    /// What is looked for in a list whatever its case.
    pub(super) fn checked_list(&mut self, kind: Type, left: Span) -> Option<()> {
        if !self.is_strict() || Wanted::Text.takes(kind) {
            return Some(());
        }
        self.refuse(messages::expected_type(left, "string or dynamic", kind))
    }

    /// What has to be a bool, told by a code that depends on where it stands.
    pub(in crate::kql) fn checked_truth(&mut self, code: &'static str, kind: Type, at: Span) -> Option<()> {
        let is_taken = kind == Type::Bool || (kind == Type::Dynamic && code == "KS106");
        if !self.is_strict() || is_taken {
            return Some(());
        }
        self.refuse(messages::expected_kind(at, code, "a bool", kind))
    }

    pub(super) fn checked_between(&mut self, kinds: [Type; 3], at: Span) -> Option<()> {
        use Type::{Datetime, Dynamic, Timespan};
        let [tested, low, high] = kinds;
        let is_right = match kinds {
            [Datetime, Datetime, Datetime | Timespan] | [Timespan, Timespan, Timespan] => true,
            [Dynamic, low, high] => low.is_number() && low == high,
            [_, Dynamic, Dynamic] => tested.is_number(),
            _ => kinds.iter().all(|kind| kind.is_number()),
        };
        if !self.is_strict() || is_right {
            return Some(());
        }
        let is_time = |kind| matches!(kind, Datetime | Timespan);
        let code = match tested {
            Dynamic | Datetime | Timespan => "KS141",
            _ if !tested.is_number() => "KS106",
            _ if is_time(low) || is_time(high) => "KS141",
            _ => "KS137",
        };
        self.refuse(messages::expected_kind(at, code, "between two values of its own type", tested))
    }

    /// A key of a group or an order: no dynamic.
    pub(in crate::kql) fn checked_key(&mut self, kind: Type, at: Span) -> Option<()> {
        if !self.is_strict() || kind != Type::Dynamic {
            return Some(());
        }
        self.refuse(messages::expected_kind(at, "KS116", "of a type that has an order", kind))
    }

    /// What weighs rows is a number.
    pub(in crate::kql) fn checked_weight(&mut self, kind: Type, at: Span) -> Option<()> {
        if !self.is_strict() || kind.is_number() {
            return Some(());
        }
        self.refuse(messages::expected_kind(at, "KS137", "a number", kind))
    }

    /// A pattern of names that no column has.
    pub(in crate::kql) fn checked_pattern(&mut self, at: Span) -> Option<()> {
        if self.is_strict() { self.refuse(messages::column_expected(at)) } else { Some(()) }
    }

    /// What `now()` and `ago()` are given is a timespan; that a dynamic could hold one is not enough.
    pub(in crate::kql) fn checked_offset(&mut self, kind: Type, at: Span) -> Option<()> {
        if !self.is_strict() || kind == Type::Timespan {
            return Some(());
        }
        self.refuse(messages::expected_type(at, "timespan", kind))
    }

    /// A column that is named alone, and again.
    pub(in crate::kql) fn checked_repeat(&mut self, name: &str, at: Span) {
        if self.is_strict() {
            self.warn(messages::declared_twice(at, name));
        }
    }

    /// What `arg_max` looks for has an order.
    pub(in crate::kql) fn checked_order(&mut self, kind: Type, at: Span) -> Option<()> {
        if !self.is_strict() || Wanted::Orderable.takes(kind) {
            return Some(());
        }
        self.refuse(misfit(at, Wanted::Orderable, kind))
    }

    /// The default of a parameter is a literal.
    pub(in crate::kql) fn checked_default(&mut self, default: &Expr) -> Option<()> {
        let value = match &default.kind {
            ExprKind::Negate(value) => &value.kind,
            kind => kind,
        };
        if !self.is_strict() || matches!(value, ExprKind::Literal(_) | ExprKind::Dynamic(_)) {
            return Some(());
        }
        self.refuse(messages::literal_expected(default.span))
    }

    /// The keys of a join are of one type, and none is dynamic.
    pub(in crate::kql) fn checked_join_key(&mut self, left: Type, right: Type, at: Span) -> Option<()> {
        let is_whole = |kind| matches!(kind, Type::Int | Type::Long);
        if !self.is_strict() {
            return Some(());
        }
        if left == Type::Dynamic || right == Type::Dynamic {
            return self.refuse(messages::join_key(at, "KS241", left, right));
        }
        if left == right || (is_whole(left) && is_whole(right)) {
            return Some(());
        }
        self.refuse(messages::join_key(at, "KS242", left, right))
    }

    /// Arguments that must have one type together, and an order where that is asked for.
    pub(super) fn checked_alike(&mut self, values: &[Value], is_ordered: bool, at: Span) -> Option<()> {
        if !self.is_strict() {
            return Some(());
        }
        let lacks_order = |kind| is_ordered && matches!(kind, Type::Guid | Type::Dynamic);
        let is_odd = |value: &&Value| if is_ordered { lacks_order(value.kind) } else { value.kind == Type::Dynamic };
        let odd = values.iter().filter(is_odd).count();
        let Some(first) = values.first() else { return Some(()) };
        if odd == values.len() && is_ordered {
            return self.refuse(messages::no_common_type(at));
        }
        if odd > 0 && odd < values.len() {
            let code = if is_ordered { "KS206" } else { "KS141" };
            return self.refuse(messages::expected_kind(at, code, "of one type with the others", Type::Dynamic));
        }
        let is_like = |value: &Value| value.kind == first.kind || (value.kind.is_number() && first.kind.is_number());
        if values.iter().all(is_like) { Some(()) } else { self.refuse(messages::no_common_type(at)) }
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

/// How well arguments fit a way to call: the parameters that they do not, and how many they meet, an exact type for two.
struct Fit {
    score: usize,
    faults: Vec<(usize, Wanted)>,
    /// Those that must be written out.
    literals: Vec<usize>,
}

impl Fit {
    fn of(places: &[&Parameter], args: &[Arg], values: &[Value]) -> Fit {
        let mut fit = Fit { score: 0, faults: Vec::new(), literals: Vec::new() };
        for (at, ((parameter, value), arg)) in places.iter().zip(values).zip(args).enumerate() {
            if parameter.form == Form::Literal && !parameter.kinds.contains(&Wanted::TypeName) {
                fit.literals.push(at);
            }
            match parameter.misfit(value, matches!(arg.value.kind, ExprKind::Dynamic(_))) {
                Some(wanted) => fit.faults.push((at, wanted)),
                None => fit.score += parameter.closeness(value.kind),
            }
        }
        fit
    }
}

impl Parameter {
    /// The very type counts for most, a promotion for least.
    fn closeness(&self, kind: Type) -> usize {
        match self.kinds.first() {
            _ if self.kinds.contains(&Wanted::Is(kind)) => 3,
            Some(Wanted::Is(_)) => 1,
            _ => 2,
        }
    }

    fn takes(&self, kind: Type) -> bool {
        self.kinds.iter().any(|wanted| wanted.takes(kind))
    }

    /// What was wanted instead of this value. A dynamic is read as a text, and may be an array or a bag, where it is not written
    /// out as something else.
    fn misfit(&self, value: &Value, is_written_out: bool) -> Option<Wanted> {
        let first = *self.kinds.first()?;
        let is_text = value.kind == Type::Dynamic && !is_written_out && self.kinds.contains(&Wanted::Is(Type::String));
        if !is_text && !self.takes(value.kind) {
            return Some(first);
        }
        let text = value.literal_text().filter(|_| is_written_out)?.trim_start();
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
            Result::Widest => kinds.iter().copied().filter(|kind| kind.is_number()).reduce(widest),
            Result::Widened => Some(kinds.iter().copied().filter(|kind| kind.is_number()).fold(Type::Long, widest)),
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
        Wanted::Any | Wanted::Common | Wanted::Branch | Wanted::Same(_) | Wanted::TypeName => {
            messages::expected_type(span, "any", found)
        }
    }
}
