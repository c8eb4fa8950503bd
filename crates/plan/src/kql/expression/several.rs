//! Functions that give several columns: `array_sort_asc` over several arrays, `series_stats` and their kin.

use datafusion_expr::lit;
use functions::Type;
use functions::scalar::dynamic;
use syntax::Span;
use syntax::kql::tree::{Arg, Assigned, Expr, ExprKind, Name};

use crate::kql::binder::Binder;
use crate::kql::column_name::carried;
use crate::kql::messages;
use crate::kql::scope::Scope;
use crate::kql::signature;
use crate::kql::value::Value;

/// A property of a bag, and the type of its column.
type Member = (&'static str, Type);

/// A function, the one that gives the same as a bag, and its columns.
const OF_BAGS: &[(&str, &str, &[Member])] = &[
    ("series_stats", "series_stats_dynamic", &STATISTICS),
    ("series_fit_line", "series_fit_line_dynamic", &LINE),
    ("series_fit_2lines", "series_fit_2lines_dynamic", &TWO_LINES),
    ("series_fit_poly", "series_fit_poly", &POLYNOMIAL),
    ("series_decompose", "series_decompose", &PARTS),
    ("series_decompose_forecast", "series_decompose_forecast", &PARTS),
    (
        "series_decompose_anomalies",
        "series_decompose_anomalies",
        &[("ad_flag", Type::Dynamic), ("ad_score", Type::Dynamic), ("baseline", Type::Dynamic)],
    ),
    ("series_periods_detect", "series_periods_detect", &PERIODS),
    ("series_periods_validate", "series_periods_validate", &PERIODS),
    ("series_fft", "series_fft", &COMPLEX),
    ("series_ifft", "series_ifft", &COMPLEX),
];

const STATISTICS: [Member; 7] = [
    ("min", Type::Real),
    ("min_idx", Type::Long),
    ("max", Type::Real),
    ("max_idx", Type::Long),
    ("avg", Type::Real),
    ("stdev", Type::Real),
    ("variance", Type::Real),
];

const LINE: [Member; 6] = [
    ("rsquare", Type::Real),
    ("slope", Type::Real),
    ("variance", Type::Real),
    ("rvariance", Type::Real),
    ("interception", Type::Real),
    ("line_fit", Type::Dynamic),
];

const TWO_LINES: [Member; 15] = [
    ("rsquare", Type::Real),
    ("split_idx", Type::Long),
    ("variance", Type::Real),
    ("rvariance", Type::Real),
    ("line_fit", Type::Dynamic),
    ("right_rsquare", Type::Real),
    ("right_slope", Type::Real),
    ("right_interception", Type::Real),
    ("right_variance", Type::Real),
    ("right_rvariance", Type::Real),
    ("left_rsquare", Type::Real),
    ("left_slope", Type::Real),
    ("left_interception", Type::Real),
    ("left_variance", Type::Real),
    ("left_rvariance", Type::Real),
];

const POLYNOMIAL: [Member; 5] = [
    ("rsquare", Type::Real),
    ("coefficients", Type::Dynamic),
    ("variance", Type::Real),
    ("rvariance", Type::Real),
    ("poly_fit", Type::Dynamic),
];

const PARTS: [Member; 4] =
    [("baseline", Type::Dynamic), ("seasonal", Type::Dynamic), ("trend", Type::Dynamic), ("residual", Type::Dynamic)];

const PERIODS: [Member; 2] = [("periods", Type::Dynamic), ("scores", Type::Dynamic)];

const COMPLEX: [Member; 2] = [("real", Type::Dynamic), ("imag", Type::Dynamic)];

/// The functions that only give several columns, with what each does.
pub(in crate::kql) const SEVERAL: &[(&str, &str)] = &[
    ("series_stats", "minimum, maximum, their places, average, deviation and variance of a series, a column each"),
    ("series_fit_line", "the line that fits a series, a column for each of its numbers"),
    (
        "series_fit_2lines",
        "the two lines that fit a series best, before and after a break, a column for each of their numbers",
    ),
];

/// A column of several, and whether the query gave it its name.
pub(in crate::kql) struct Part {
    pub name: String,
    pub is_named: bool,
    pub value: Value,
}

impl<'q> Binder<'q, '_> {
    /// The columns of an item whose value is several; `None` where it is one.
    pub(in crate::kql) fn several(&mut self, item: &'q Assigned, scope: &Scope<'_>) -> Option<Option<Vec<Part>>> {
        let found = match &item.value.kind {
            ExprKind::Call { name, args } if self.lets.find(&name.text, scope.env).is_none() => {
                match name.text.as_str() {
                    "array_sort_asc" | "array_sort_desc" => Some(self.sorted_arrays(&item.value, args, scope)),
                    _ => self.of_bag(name, args, item.value.span, scope),
                }
            }
            _ => None,
        };
        let Some(found) = found else {
            let second = item.more_names.first()?;
            return Some(self.refuse(messages::not_several(second.span)));
        };
        Some(found.and_then(|columns| self.named_parts(item, columns)))
    }

    fn named_parts(&mut self, item: &Assigned, columns: Vec<(String, Value)>) -> Option<Vec<Part>> {
        let names: Vec<&Name> = item.name.iter().chain(&item.more_names).collect();
        if let Some(extra) = names.get(columns.len()) {
            return self.refuse(messages::name_of_nothing(extra.span));
        }
        // A single name is that of the first column, and the rest falls away.
        let most = if names.len() == 1 { 1 } else { columns.len() };
        let parts = columns.into_iter().take(most).enumerate().map(|(index, (own, value))| match names.get(index) {
            Some(name) => Part { name: name.text.clone(), is_named: true, value },
            None => Part { name: own, is_named: false, value },
        });
        Some(parts.collect())
    }

    fn sorted_arrays(&mut self, call: &'q Expr, args: &'q [Arg], scope: &Scope<'_>) -> Option<Vec<(String, Value)>> {
        let sorted = self.scalar(call, scope)?;
        let says_nulls = match args.last() {
            Some(last) if args.len() > 1 => self.scalar(&last.value, scope)?.kind == Type::Bool,
            _ => false,
        };
        let arrays = args.get(..args.len().saturating_sub(usize::from(says_nulls)))?;
        let name = |(index, arg): (usize, &Arg)| match carried(&arg.value) {
            Some(name) => format!("{name}_sorted"),
            None => format!("array{index}_sorted"),
        };
        let names: Vec<String> = arrays.iter().enumerate().map(name).collect();
        if names.len() == 1 {
            return Some(names.into_iter().map(|name| (name, sorted.clone())).collect());
        }
        let part = |(index, name): (i64, String)| {
            (name, Value::new(dynamic::get(sorted.expr.clone(), vec![lit(index)]), Type::Dynamic))
        };
        Some((0_i64..).zip(names).map(part).collect())
    }

    /// What a function gives of which another gives a bag; `None` where the name is none of these.
    fn of_bag(
        &mut self,
        name: &Name,
        args: &'q [Arg],
        span: Span,
        scope: &Scope<'_>,
    ) -> Option<Option<Vec<(String, Value)>>> {
        let (function, with_bag, members) = OF_BAGS.iter().find(|(known, ..)| *known == name.text)?;
        let values: Option<Vec<Value>> = args.iter().map(|arg| self.scalar(&arg.value, scope)).collect();
        let bag = values.and_then(|values| {
            self.checked(signature::function(&name.text), name, args, &values)?;
            let function = functions::scalar::kql(with_bag)?;
            self.call_function(function, name, values, span)
        });
        let Some(bag) = bag else { return Some(None) };
        let own = args.first().and_then(|arg| carried(&arg.value)).unwrap_or_default();
        let member = |(member, kind): &Member| {
            let found = Value::new(dynamic::get(bag.expr.clone(), vec![lit(*member)]), Type::Dynamic);
            (format!("{function}_{own}_{member}"), found.cast(*kind))
        };
        Some(Some(members.iter().map(member).collect()))
    }

    /// The first column of what would be several, where one value is wanted.
    pub(super) fn first_of_several(
        &mut self,
        name: &'q Name,
        args: &'q [Arg],
        span: Span,
        scope: &Scope<'_>,
    ) -> Option<Option<Value>> {
        let columns = self.of_bag(name, args, span, scope)?;
        Some(columns.and_then(|columns| columns.into_iter().next().map(|(_, value)| value)))
    }
}
