//! Aggregate calls inside of `summarize`: each becomes a hidden column that the expression around it reads.

use datafusion_expr::{Expr as Bound, SortExpr, lit};
use functions::aggregate as engine;
use functions::aggregate::collect::{self, Collect};
use functions::aggregate::percentile::percentile;
use functions::{Type, scalar};
use syntax::Span;
use syntax::kql::tree::{Arg, Expr, Name};

use super::binder::Binder;
use super::column_name::carried;
use super::expression::choose;
use super::flow::Flow;
use super::messages;
use super::scope::{Env, Scope};
use super::value::Value;
use crate::relation::{Column, Computed, field};

/// The aggregates of a summarize, while its expressions are bound.
pub(super) struct Gathered {
    /// The rows that are aggregated.
    pub flow: Flow,
    pub found: Vec<Computed>,
}

impl<'q> Binder<'q, '_> {
    /// A call of an aggregate; `None` where the name is none, or where none can stand and a function has that name.
    pub(super) fn aggregate_call(
        &mut self,
        name: &'q Name,
        args: &'q [Arg],
        span: Span,
        scope: &Scope<'_>,
    ) -> Option<Option<Value>> {
        if !engine::names().any(|known| known == name.text) {
            return None;
        }
        let Some(mut gathered) = self.gathered.take() else {
            let is_function = scalar::kql(&name.text).is_some();
            return (!is_function).then(|| self.refuse(messages::aggregate_here(name.span, &name.text)));
        };
        let value = self.aggregate(name, args, span, &gathered.flow, scope.env);
        let hidden = value.map(|reduced| gathered.hide(reduced));
        self.gathered = Some(gathered);
        Some(hidden)
    }

    fn aggregate(&mut self, name: &Name, args: &'q [Arg], span: Span, flow: &Flow, env: Env) -> Option<Reduced> {
        let scope = flow.scope(env);
        let word = name.text.as_str();
        let (stem, is_conditional) = match word {
            "countif" | "sumif" | "avgif" | "minif" | "maxif" | "dcountif" | "count_distinctif" | "take_anyif"
            | "anyif" | "stdevif" | "varianceif" => (word.strip_suffix("if").unwrap_or(word), true),
            "make_set_if" | "make_list_if" | "make_bag_if" => (word.strip_suffix("_if").unwrap_or(word), true),
            _ => (word, false),
        };
        let at = if stem == "count" { 0 } else { 1 };
        let needed = at.max(usize::from(is_conditional) + at);
        if args.len() < needed || args.len() > needed + 2 {
            let wanted = format!("{needed} arguments");
            return self.refuse(messages::argument_count(name.span, word, &wanted, args.len()));
        }
        let condition = match args.get(at).filter(|_| is_conditional) {
            Some(arg) => Some(self.condition(&arg.value, &scope)?),
            None => None,
        };
        if stem == "count" && (is_conditional || args.is_empty()) {
            let all = engine::count(lit(1_i64));
            let counted = condition.map_or(all.clone(), |condition| engine::filtered(all, condition));
            return Some(Reduced::new(counted, Type::Long));
        }
        let arg = &args.first()?.value;
        let value = self.scalar(arg, &scope)?.or_empty();
        let extra = args.get(at + usize::from(is_conditional)).map(|arg| &arg.value);
        let with = |aggregate: Bound| match condition {
            Some(condition) => engine::filtered(aggregate, condition),
            None => aggregate,
        };
        let kind = value.kind;
        Some(match stem {
            "count" => Reduced::new(with(engine::count(value.expr)), Type::Long),
            "dcount" | "count_distinct" => Reduced::new(with(engine::count_distinct(value.expr)), Type::Long),
            "sum" => {
                let value = self.summable(value, arg.span)?;
                let kind = value.kind;
                let zero = Value::total(lit(0_i64), Type::Long);
                let zero = if kind == Type::Timespan { zero } else { zero.cast(kind) };
                Reduced { nothing: Some(zero.expr), ..Reduced::new(with(engine::sum(value.expr)), kind) }
            }
            "avg" => {
                let value = self.summable(value, arg.span)?;
                let gives = if value.kind == Type::Timespan { Type::Timespan } else { Type::Real };
                let real = value.cast(Type::Real);
                let nothing = (gives == Type::Real).then(|| lit(f64::NAN));
                Reduced { gives, nothing, ..Reduced::new(with(engine::avg(real.expr)), Type::Real) }
            }
            "min" => Reduced::new(with(engine::min(value.expr)), kind),
            "max" => Reduced::new(with(engine::max(value.expr)), kind),
            "take_any" | "any" => Reduced::new(with(engine::first(value.expr, Vec::new())), kind),
            "stdev" | "stdevp" | "variance" | "variancep" => {
                let real = self.summable(value, arg.span)?.cast(Type::Real).expr;
                let spread = match stem {
                    "stdev" => engine::stdev(real),
                    "stdevp" => engine::stdev_population(real),
                    "variance" => engine::variance(real),
                    _ => engine::variance_population(real),
                };
                Reduced { nothing: Some(lit(0.0_f64)), ..Reduced::new(with(spread), Type::Real) }
            }
            "percentile" => {
                let percent = match extra {
                    Some(extra) => self.scalar(extra, &scope)?.cast(Type::Real),
                    None => return self.refuse(messages::argument_count(name.span, word, "2 arguments", args.len())),
                };
                let Some(datafusion_common::ScalarValue::Float64(Some(percent))) = percent.literal() else {
                    return self.refuse(messages::not_constant(span, "the percentage"));
                };
                let ranked = with(percentile(value.cast(Type::Real).expr, *percent));
                Reduced { gives: kind, ..Reduced::new(ranked, Type::Real) }
            }
            "arg_max" | "arg_min" | "argmax" | "argmin" => {
                let order = vec![SortExpr::new(value.expr.clone(), stem.ends_with("min"), false)];
                Reduced::new(engine::first(value.expr, order), kind)
            }
            _ => {
                let what = match stem {
                    "make_set" | "makeset" => Collect::Set,
                    "make_list_with_nulls" => Collect::ListWithNulls,
                    "make_bag" => Collect::Bag,
                    _ => Collect::List,
                };
                let most = match extra {
                    Some(extra) => {
                        self.scalar(extra, &scope)?.literal_long().and_then(|most| usize::try_from(most).ok())
                    }
                    None if stem.contains('_') => Some(collect::MOST),
                    None => Some(128),
                };
                let Some(most) = most else {
                    return self.refuse(messages::not_constant(span, "the number of values"));
                };
                Reduced::new(with(collect::collect(what, value.cast(Type::Dynamic).expr, most)), Type::Dynamic)
            }
        })
    }

    pub(super) fn summable(&mut self, value: Value, span: Span) -> Option<Value> {
        match value.kind {
            Type::Int => Some(value.cast(Type::Long)),
            Type::Long | Type::Real | Type::Decimal | Type::Timespan => Some(value),
            Type::Dynamic => Some(value.cast(Type::Real)),
            Type::Bool => Some(value.cast(Type::Long)),
            other => self.refuse(messages::expected_type(span, "number", other)),
        }
    }
}

/// An aggregate in the engine, and how the language reads its result.
struct Reduced {
    aggregate: Bound,
    /// The type of the engine's result, and the language's.
    held: Type,
    gives: Type,
    /// What KQL gives where the engine gives null, as for the sum of nothing.
    nothing: Option<Bound>,
}

impl Reduced {
    fn new(aggregate: Bound, kind: Type) -> Self {
        Reduced { aggregate, held: kind, gives: kind, nothing: None }
    }
}

impl Gathered {
    /// Adds an aggregate as a hidden column, and gives what the expression around it reads.
    fn hide(&mut self, reduced: Reduced) -> Value {
        let name = format!("\u{1}aggregate {}", self.found.len());
        let read = field(&name);
        self.found.push(Computed::new(name, reduced.held, reduced.aggregate));
        let read = match reduced.nothing {
            Some(nothing) => choose(vec![(read.clone().is_null(), nothing)], read),
            None => read,
        };
        Value::new(read, reduced.held).cast(reduced.gives)
    }

    /// Adds the number of rows, and gives what reads it.
    pub(super) fn count_of_rows(&mut self) -> Value {
        self.hide(Reduced::new(engine::count(lit(1_i64)), Type::Long))
    }

    /// Adds a value of the row that an order puts first, and gives what reads it.
    pub(super) fn first_value(&mut self, value: Bound, kind: Type, order: &[SortExpr]) -> Value {
        self.hide(Reduced::new(engine::first(value, order.to_vec()), kind))
    }

    /// Adds the value of a column in the row that an order puts first, and gives what reads it.
    pub(super) fn first_of(&mut self, column: &Column, order: &[SortExpr]) -> Value {
        let value = Value::new(column.expr(), column.kind).or_empty();
        self.first_value(value.expr, column.kind, order)
    }
}

/// The name that a column gets from its aggregate.
pub(super) fn default_name(name: &str, args: &[Arg]) -> String {
    let argument = args.first().and_then(|arg| carried(&arg.value)).unwrap_or_default();
    match name {
        "count" | "countif" => format!("{name}_"),
        "make_set" | "make_set_if" | "makeset" => format!("set_{argument}"),
        "make_list" | "make_list_if" | "makelist" | "make_list_with_nulls" => format!("list_{argument}"),
        "make_bag" | "make_bag_if" => format!("bag_{argument}"),
        "take_any" | "any" | "take_anyif" | "anyif" | "arg_max" | "arg_min" | "argmax" | "argmin" => argument,
        "percentile" => match args.get(1).map(|arg| &arg.value) {
            Some(Expr {
                kind: syntax::kql::tree::ExprKind::Literal(syntax::kql::tree::Literal::Long(rank)), ..
            }) => {
                format!("percentile_{argument}_{rank}")
            }
            _ => format!("percentile_{argument}"),
        },
        _ => format!("{name}_{argument}"),
    }
}
