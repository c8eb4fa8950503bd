//! Functions of rows in their order: `row_number`, `prev`, `next` and their kin. Each becomes a hidden column beneath the
//! operator that calls it.

use datafusion_expr::{Expr as Bound, lit};
use functions::Type;
use functions::serial::Serial;
use syntax::Span;
use syntax::kql::tree::{Arg, Name};

use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::Scope;
use crate::kql::signature;
use crate::kql::value::Value;
use crate::relation::{Computed, Relation, field};

/// What the names of the hidden columns start with.
const HIDDEN: &str = "\u{1}serial ";

/// The names of the functions, what they do, and how many arguments each takes.
pub(in crate::kql) const FUNCTIONS: &[(&str, Serial, usize, usize)] = &[
    ("row_number", Serial::Number, 0, 2),
    ("row_cumsum", Serial::Sum, 1, 2),
    ("row_rank_dense", Serial::DenseRank, 1, 2),
    ("row_rank_min", Serial::Rank, 1, 2),
    ("prev", Serial::Previous, 1, 3),
    ("next", Serial::Next, 1, 3),
    ("row_window_session", Serial::Session, 3, 4),
];

/// The serial values found while an operator's expressions are bound.
pub(in crate::kql) struct Serials {
    run: Bound,
    /// Whether the order of the rows is one that the query settled.
    is_settled: bool,
    /// Each with the layer that it is computed in: one that reads another comes later.
    found: Vec<(usize, Computed)>,
}

impl Serials {
    pub(in crate::kql) fn over(relation: &Relation, is_settled: bool) -> Self {
        Serials { run: relation.run(), is_settled, found: Vec::new() }
    }
}

impl<'q> Binder<'q, '_> {
    /// A call of a serial function; `None` where the name is none.
    pub(super) fn serial_call(
        &mut self,
        name: &'q Name,
        args: &'q [Arg],
        span: Span,
        scope: &Scope<'_>,
    ) -> Option<Option<Value>> {
        let (_, serial, least, most) = FUNCTIONS.iter().find(|(known, ..)| *known == name.text)?;
        match &self.serials {
            None => return Some(self.refuse(messages::serial_here(name.span, &name.text))),
            Some(serials) if !serials.is_settled => self.warn(messages::not_serialized(name.span, &name.text)),
            Some(_) => {}
        }
        if args.len() < *least || args.len() > *most {
            let wanted = format!("{least} to {most} arguments");
            return Some(self.refuse(messages::argument_count(name.span, &name.text, &wanted, args.len())));
        }
        let values: Vec<Option<Value>> = args.iter().map(|arg| self.scalar(&arg.value, scope)).collect();
        let values: Option<Vec<Value>> = values.into_iter().collect();
        Some(values.and_then(|values| {
            self.checked(signature::function(&name.text), name, args, &values)?;
            self.serial_value(*serial, values, args, span)
        }))
    }

    fn serial_value(&mut self, serial: Serial, values: Vec<Value>, args: &'q [Arg], span: Span) -> Option<Value> {
        let (kind, args) = self.serial_args(serial, values, args, span)?;
        let serials = self.serials.as_mut()?;
        let expr = serial.call(serials.run.clone(), args, kind.arrow());
        let reads = expr.column_refs();
        let is_read = |computed: &Computed| reads.iter().any(|column| column.name == computed.name);
        let beneath = serials.found.iter().filter(|(_, computed)| is_read(computed)).map(|(layer, _)| layer + 1);
        let beneath = beneath.max().unwrap_or(0);
        let known = serials.found.iter().find(|(_, computed)| computed.expr == expr && computed.kind == kind);
        let hidden = match known {
            Some((_, computed)) => computed.name.clone(),
            None => {
                let hidden = format!("{HIDDEN}{}", serials.found.len());
                serials.found.push((beneath, Computed::new(&hidden, kind, expr)));
                hidden
            }
        };
        Some(Value::new(field(&hidden), kind))
    }

    /// The type that comes out, and the arguments as the function takes them.
    fn serial_args(
        &mut self,
        serial: Serial,
        mut values: Vec<Value>,
        trees: &'q [Arg],
        span: Span,
    ) -> Option<(Type, Vec<Bound>)> {
        let restart_at = if serial == Serial::Session { 3 } else { 1 };
        let takes_restart = !matches!(serial, Serial::Previous | Serial::Next);
        if takes_restart && let Some(restart) = values.get(restart_at) {
            let tree = &trees.get(restart_at)?.value;
            let restart = self.boolean(restart.clone(), tree)?;
            if let Some(slot) = values.get_mut(restart_at) {
                *slot = Value::new(restart, Type::Bool);
            }
        }
        let first = values.first().cloned();
        let kind = match (serial, &first) {
            (Serial::Number | Serial::DenseRank | Serial::Rank | Serial::Count, _) => Type::Long,
            (Serial::Session, _) => Type::Datetime,
            (_, Some(value)) => value.kind,
            (_, None) => Type::Long,
        };
        match serial {
            Serial::Sum => {
                let value = first?;
                if !(kind.is_number() || kind == Type::Timespan) {
                    return self.refuse(messages::expected_type(span, "number", kind));
                }
                if let Some(slot) = values.first_mut() {
                    *slot = value;
                }
            }
            Serial::Session if !matches!(first.map(|value| value.kind), Some(Type::Datetime)) => {
                return self.refuse(messages::expected_type(span, "datetime", kind));
            }
            Serial::Previous | Serial::Next => {
                let (offset, default) =
                    (trees.get(1).map(|arg| arg.value.span), trees.get(2).map(|arg| arg.value.span));
                if let (Some(value), Some(at)) = (values.get(1), offset)
                    && !matches!(value.kind, Type::Int | Type::Long)
                {
                    return self.refuse(messages::expected_type(at, "long", value.kind));
                }
                if values.get(1).and_then(Value::literal_long).is_some_and(|offset| offset < 0) {
                    let other = if serial == Serial::Next { "prev" } else { "next" };
                    return self.refuse(messages::negative_offset(offset?, other));
                }
                if let (Some(value), Some(at)) = (values.get_mut(2), default) {
                    let text = value.literal_text().filter(|_| value.kind == Type::String).map(str::to_owned);
                    *value = value.clone().cast(kind);
                    if let Some(text) = text.filter(|_| value.is_null_literal()) {
                        self.warn(messages::no_time(at, &text, kind));
                    }
                }
                if values.len() == 1 {
                    values.push(Value::total(lit(1_i64), Type::Long));
                }
            }
            Serial::Number if values.is_empty() => values.push(Value::total(lit(1_i64), Type::Long)),
            _ => {}
        }
        Some((kind, values.into_iter().map(|value| value.or_empty().expr).collect()))
    }

    /// The rows with the serial values that were found; to be hidden again by [`Binder::without_serials`].
    pub(in crate::kql) fn with_serials(&mut self, flow: Flow, span: Span) -> Option<Flow> {
        let mut found = self.serials.as_mut().map(|serials| std::mem::take(&mut serials.found)).unwrap_or_default();
        let mut relation = flow.relation;
        for layer in 0.. {
            if found.is_empty() {
                break;
            }
            let (now, later) = found.into_iter().partition(|(of, _)| *of == layer);
            found = later;
            let now: Vec<(usize, Computed)> = now;
            let values: Vec<Computed> = now.into_iter().map(|(_, computed)| computed).collect();
            if !values.is_empty() {
                relation = self.planned(relation.serial(values), span)?;
            }
        }
        Some(Flow { relation, ..flow })
    }

    /// The visible columns alone.
    pub(in crate::kql) fn without_serials(&mut self, flow: Flow, span: Span) -> Option<Flow> {
        let is_visible = |name: &str| !name.starts_with(HIDDEN);
        if flow.relation.columns.iter().all(|column| is_visible(&column.name)) {
            return Some(flow);
        }
        let visible = flow.relation.columns.iter().filter(|column| is_visible(&column.name)).cloned().collect();
        self.keep(visible, flow, span)
    }
}
