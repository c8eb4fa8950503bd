//! Aggregate calls inside of `summarize`: each becomes a hidden column that the expression around it reads.

mod percentile;

use datafusion_expr::{Expr as Bound, SortExpr, lit};
use functions::aggregate as engine;
use functions::aggregate::collect::{self, Collect};
use functions::aggregate::digest;
use functions::aggregate::schema::schema;
use functions::aggregate::table::{Aggregate, Of};
use functions::predicate::{Match, Shape};
use functions::scalar::decimal;
use functions::{Type, scalar};
use syntax::Span;
use syntax::kql::tree::{Arg, ExprKind, Name};

use self::percentile::spelt_percentage;
use super::binder::Binder;
use super::column_name::carried;
use super::expression::choose;
use super::flow::Flow;
use super::messages;
use super::scope::{Env, Scope};
use super::value::Value;
use crate::binding::Mode;
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
        let known = Aggregate::named(&name.text)?;
        let Some(mut gathered) = self.gathered.take() else {
            let is_function = scalar::kql(&name.text).is_some();
            return (!is_function).then(|| self.refuse(messages::aggregate_here(name.span, &name.text)));
        };
        let call = Call::of(known, name, args, span);
        if self.checked_aggregate(&call, &gathered.flow, scope.env).is_none() {
            self.gathered = Some(gathered);
            return Some(None);
        }
        let value = match known.of {
            Of::Percentiles { .. } => self.percentile(&call, &mut gathered, scope.env),
            Of::Min | Of::Max => self.extreme_value(&call, &mut gathered, scope.env),
            Of::Avg => self.mean(&call, &mut gathered, scope.env),
            _ => self.aggregate(&call, &gathered.flow, scope.env).map(|reduced| gathered.hide(reduced)),
        };
        self.gathered = Some(gathered);
        Some(value)
    }

    /// The values of a call, and its condition.
    pub(super) fn aggregated_values(
        &mut self,
        call: &Call<'q>,
        scope: &Scope<'_>,
    ) -> Option<(Vec<Value>, Option<Bound>)> {
        let known = call.known;
        let needed = known.values + usize::from(known.is_conditional) + known.needs;
        let most = needed + known.most - known.needs;
        if call.args.len() < needed || call.args.len() > most {
            let wanted =
                if needed == most { format!("{needed} arguments") } else { format!("{needed} to {most} arguments") };
            return self.refuse(messages::argument_count(call.name.span, &call.name.text, &wanted, call.args.len()));
        }
        let values: Vec<Option<Value>> =
            call.args.iter().take(known.values).map(|arg| Some(self.scalar(&arg.value, scope)?.or_empty())).collect();
        let condition = match call.args.get(known.values).filter(|_| known.is_conditional) {
            Some(arg) => Some(self.condition(&arg.value, scope)?),
            None => None,
        };
        Some((values.into_iter().collect::<Option<_>>()?, condition))
    }

    fn aggregate(&mut self, call: &Call<'q>, flow: &Flow, env: Env) -> Option<Reduced> {
        let scope = flow.scope(env);
        let (values, condition) = self.aggregated_values(call, &scope)?;
        let with = |aggregate: Bound| match condition {
            Some(condition) => engine::filtered(aggregate, condition),
            None => aggregate,
        };
        if call.known.of == Of::Count {
            // What stands between the parentheses does not matter, but has to be a value.
            for extra in call.constants() {
                if matches!(extra.value.kind, ExprKind::Wildcard(_)) {
                    return self.refuse(messages::count_of_all(extra.value.span));
                }
                let value = self.scalar(&extra.value, &scope)?;
                if self.options.mode == Mode::Strict && value.kind != Type::Bool {
                    return self.refuse(messages::expected_type(extra.value.span, "bool", value.kind));
                }
            }
            return Some(Reduced::new(with(engine::count(lit(1_i64))), Type::Long));
        }
        let value = values.first()?.clone();
        let span = call.args.first()?.value.span;
        let kind = value.kind;
        Some(match call.known.of {
            Of::CountDistinct => Reduced::new(with(engine::count_distinct(value.expr)), Type::Long),
            Of::Sum => {
                let value = self.summable(value, span)?;
                let kind = value.kind;
                let zero = Value::total(lit(0_i64), Type::Long);
                let zero = if matches!(kind, Type::Timespan | Type::Datetime) { zero } else { zero.cast(kind) };
                Reduced { nothing: Some(zero.expr), ..Reduced::new(with(engine::sum(value.expr)), kind) }
            }
            Of::Any => Reduced::new(with(engine::first(value.expr, Vec::new())), kind),
            Of::Stdev | Of::StdevOfAll | Of::Variance | Of::VarianceOfAll => {
                let real = as_real(self.summable(value, span)?).expr;
                let spread = match call.known.of {
                    Of::Stdev => engine::stdev(real),
                    Of::StdevOfAll => engine::stdev_population(real),
                    Of::Variance => engine::variance(real),
                    _ => engine::variance_population(real),
                };
                Reduced { nothing: Some(lit(0.0_f64)), ..Reduced::new(with(spread), Type::Real) }
            }
            Of::Covariance | Of::CovarianceOfAll => {
                let reals: Vec<Option<Bound>> = values
                    .into_iter()
                    .zip(call.args)
                    .map(|(value, arg)| Some(as_real(self.summable(value, arg.value.span)?).expr))
                    .collect();
                let reals = reals.into_iter().collect::<Option<_>>()?;
                let spread = match call.known.of {
                    Of::Covariance => engine::covariance(reals),
                    _ => engine::covariance_population(reals),
                };
                Reduced { nothing: Some(lit(0.0_f64)), ..Reduced::new(with(spread), Type::Real) }
            }
            Of::And | Of::Or | Of::Xor => {
                let long = self.summable(value, span)?.cast(Type::Long).expr;
                let bits = match call.known.of {
                    Of::And => engine::bits_and(long),
                    Of::Or => engine::bits_or(long),
                    _ => engine::bits_xor(long),
                };
                let gives = if kind == Type::Int { Type::Int } else { Type::Long };
                Reduced { gives, ..Reduced::new(with(bits), Type::Long) }
            }
            Of::ArgMax | Of::ArgMin => {
                let order = self.order_of(value.clone(), call.known.of == Of::ArgMin);
                Reduced::new(engine::first(value.expr, order), kind)
            }
            Of::Schema => Reduced::new(with(schema(value.cast(Type::Dynamic).expr)), Type::Dynamic),
            Of::Digest => {
                let value = self.ranked(value, span)?;
                let weight = match call.constants().first() {
                    Some(weight) => Some(self.scalar(&weight.value, &scope)?.cast(Type::Long).expr),
                    None => None,
                };
                Reduced::new(with(digest::digest(value.expr, weight)), Type::Dynamic)
            }
            Of::DigestOfDigests => {
                Reduced::new(with(digest::digest_of_digests(value.cast(Type::Dynamic).expr)), Type::Dynamic)
            }
            of => {
                let what = match of {
                    Of::Set | Of::Distinct | Of::DistinctOfSketches => Collect::Set,
                    Of::ListWithNulls => Collect::ListWithNulls,
                    Of::Bag => Collect::Bag,
                    // A null of a dynamic is a value of it.
                    _ if kind == Type::Dynamic => Collect::ListWithNulls,
                    _ => Collect::List,
                };
                let is_sketch = matches!(of, Of::Distinct | Of::DistinctOfSketches);
                let most = match call.constants().first().filter(|_| !is_sketch) {
                    Some(extra) => {
                        let most = self.scalar(&extra.value, &scope)?.literal_long();
                        most.and_then(|most| usize::try_from(most).ok())
                    }
                    None if call.known.name.contains('_') || is_sketch => Some(collect::MOST),
                    None => Some(128),
                };
                let Some(most) = most else {
                    return self.refuse(messages::not_constant(call.span, "the number of values"));
                };
                let all = with(collect::collect(what, value.cast(Type::Dynamic).expr, most));
                Reduced { is_null_where_empty: is_sketch, ..Reduced::new(all, Type::Dynamic) }
            }
        })
    }

    /// `avg`: of times and decimals it is exact.
    fn mean(&mut self, call: &Call<'q>, gathered: &mut Gathered, env: Env) -> Option<Value> {
        let flow = gathered.flow.clone();
        let (values, condition) = self.aggregated_values(call, &flow.scope(env))?;
        let value = self.summable(values.into_iter().next()?, call.args.first()?.value.span)?;
        let kind = value.kind;
        let with = |aggregate: Bound| match &condition {
            Some(condition) => engine::filtered(aggregate, condition.clone()),
            None => aggregate,
        };
        let is_time = matches!(kind, Type::Timespan | Type::Datetime);
        if !is_time && kind != Type::Decimal {
            let real = with(engine::avg(as_real(value).expr));
            return Some(gathered.hide(Reduced { nothing: Some(lit(f64::NAN)), ..Reduced::new(real, Type::Real) }));
        }
        // Sums of ticks are too large for a long.
        let wide = if is_time { decimal::whole(value.expr.clone()) } else { value.expr.clone() };
        let sum = gathered.hide(Reduced::new(with(engine::sum(wide)), Type::Decimal));
        let count = gathered.hide(Reduced::new(with(engine::count(value.expr)), Type::Long));
        let mean = if is_time { decimal::mean_of_ticks } else { decimal::mean };
        Some(Value::new(mean(sum.expr, count.expr), kind))
    }

    /// `min` and `max`: where any real is no number, that is the answer.
    fn extreme_value(&mut self, call: &Call<'q>, gathered: &mut Gathered, env: Env) -> Option<Value> {
        let flow = gathered.flow.clone();
        let (values, condition) = self.aggregated_values(call, &flow.scope(env))?;
        let value = values.into_iter().next()?;
        if matches!(value.kind, Type::Dynamic | Type::Guid) {
            return self.refuse(messages::not_orderable(call.args.first()?.value.span, value.kind));
        }
        let with = |aggregate: Bound| match &condition {
            Some(condition) => engine::filtered(aggregate, condition.clone()),
            None => aggregate,
        };
        let extreme = if call.known.of == Of::Min { engine::min } else { engine::max };
        let least = gathered.hide(Reduced::new(with(extreme(value.expr.clone())), value.kind));
        if value.kind != Type::Real {
            return Some(least);
        }
        let is_least = call.known.of == Of::Min;
        let nan = self.applied("isnan", vec![value.clone()])?;
        let infinity = if is_least { f64::INFINITY } else { f64::NEG_INFINITY };
        let mut count = |when: Bound| {
            let counted = choose(vec![(when, lit(1_i64))], functions::function::null(Type::Long));
            gathered.hide(Reduced::new(with(engine::count(counted)), Type::Long)).expr
        };
        let nans = count(nan.expr).gt(lit(0_i64));
        // The engine begins with the largest finite real, which stays where all are infinite.
        let is_infinite = count(value.expr.not_eq(lit(infinity))).eq(lit(0_i64));
        let is_infinite = is_infinite.and(least.expr.clone().is_not_null());
        let special = vec![(nans, lit(f64::NAN)), (is_infinite, lit(infinity))];
        Some(Value::new(choose(special, least.expr), Type::Real))
    }

    /// The order that puts the least or the greatest value first; what is no number is before both.
    pub(super) fn order_of(&mut self, value: Value, is_least: bool) -> Vec<SortExpr> {
        let nan = (value.kind == Type::Real).then(|| self.applied("isnan", vec![value.clone()])).flatten();
        let nan = nan.map(|nan| SortExpr::new(nan.expr, false, false));
        nan.into_iter().chain([SortExpr::new(value.expr, is_least, false)]).collect()
    }

    pub(super) fn summable(&mut self, value: Value, span: Span) -> Option<Value> {
        match value.kind {
            Type::Int => Some(value.cast(Type::Long)),
            Type::Long | Type::Real | Type::Decimal | Type::Timespan | Type::Datetime => Some(value),
            other => self.refuse(messages::not_summable(span, other)),
        }
    }
}

/// A number as a real, and a time as that of its ticks.
fn as_real(value: Value) -> Value {
    let kind = if matches!(value.kind, Type::Timespan | Type::Datetime) { Type::Long } else { value.kind };
    Value { kind, ..value }.cast(Type::Real)
}

/// A call of an aggregate as it is written.
pub(super) struct Call<'q> {
    pub known: &'static Aggregate,
    pub name: &'q Name,
    pub args: &'q [Arg],
    pub span: Span,
}

impl<'q> Call<'q> {
    pub(super) fn of(known: &'static Aggregate, name: &'q Name, args: &'q [Arg], span: Span) -> Self {
        Call { known, name, args, span }
    }

    /// What stands behind the values and the condition.
    pub(super) fn constants(&self) -> &'q [Arg] {
        self.args.get(self.known.values + usize::from(self.known.is_conditional)..).unwrap_or_default()
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
    /// Whether an empty array is none.
    is_null_where_empty: bool,
}

impl Reduced {
    fn new(aggregate: Bound, kind: Type) -> Self {
        Reduced { aggregate, held: kind, gives: kind, nothing: None, is_null_where_empty: false }
    }
}

impl Gathered {
    /// Adds an aggregate as a hidden column, and gives what the expression around it reads.
    fn hide(&mut self, reduced: Reduced) -> Value {
        let name = format!("\u{1}aggregate {}", self.found.len());
        let read = field(&name);
        self.found.push(Computed::new(name, reduced.held, reduced.aggregate));
        let read = match reduced.is_null_where_empty {
            true => choose(vec![(read.clone().eq(lit("[]")), functions::function::null(Type::Dynamic))], read),
            false => read,
        };
        let read = match reduced.nothing {
            Some(nothing) => choose(vec![(read.clone().is_null(), nothing)], read),
            None => read,
        };
        match reduced.gives {
            // Ticks.
            Type::Timespan | Type::Datetime if reduced.held == Type::Real => {
                Value { kind: reduced.gives, ..Value::new(read, reduced.held).cast(Type::Long) }
            }
            gives => Value::new(read, reduced.held).cast(gives),
        }
    }

    /// Adds the number of rows, and gives what reads it.
    pub(super) fn count_of_rows(&mut self) -> Value {
        self.hide(Reduced::new(engine::count(lit(1_i64)), Type::Long))
    }

    /// Adds a value of the row that an order puts first, and gives what reads it.
    pub(super) fn first_value(&mut self, value: Bound, kind: Type, order: &[SortExpr]) -> Value {
        self.hide(Reduced::new(engine::first(value, order.to_vec()), kind))
    }

    /// Adds any text that is not empty, and gives what reads it.
    pub(super) fn first_text(&mut self, text: Bound) -> Value {
        let is_empty = Match::kql(Shape::Equals).case_sensitive(true).literal(text.clone(), [""]);
        let found = engine::filtered(engine::first(text, Vec::new()), Bound::Not(Box::new(is_empty)));
        self.hide(Reduced::new(found, Type::String)).or_empty()
    }

    /// Adds the value of a column in the row that an order puts first, and gives what reads it.
    pub(super) fn first_of(&mut self, column: &Column, order: &[SortExpr]) -> Value {
        let value = Value::new(column.expr(), column.kind).or_empty();
        self.first_value(value.expr, column.kind, order)
    }
}

/// The name that a column gets from its aggregate.
pub(super) fn default_name(name: &str, args: &[Arg]) -> String {
    let argument = |index: usize| args.get(index).and_then(|arg| carried(&arg.value)).unwrap_or_default();
    let Some(known) = Aggregate::named(name) else { return format!("{name}_") };
    match known.of {
        Of::Set => format!("set_{}", argument(0)),
        Of::List | Of::ListWithNulls => format!("list_{}", argument(0)),
        Of::Bag => format!("bag_{}", argument(0)),
        Of::Schema => format!("schema_{}", argument(0)),
        Of::Any if name.starts_with("any") => format!("{name}_{}", argument(0)),
        Of::Any | Of::ArgMax | Of::ArgMin => argument(0),
        Of::Covariance | Of::CovarianceOfAll => format!("{name}_{}_{}", argument(0), argument(1)),
        Of::Percentiles { is_array: true, .. } => format!("percentiles_{}", argument(0)),
        Of::Percentiles { .. } => match args.get(known.values).and_then(|arg| spelt_percentage(&arg.value)) {
            Some(percent) => format!("percentile_{}_{percent}", argument(0)),
            None => format!("percentile_{}", argument(0)),
        },
        Of::DigestOfDigests => format!("merge_tdigests_{}", argument(0)),
        Of::And | Of::Or | Of::Xor => argument(0),
        _ => format!("{name}_{}", argument(0)),
    }
}
