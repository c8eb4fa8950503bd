//! Plugins over windows of time: `activity_counts_metrics` and `rolling_percentile`. Their rows are brought into one shape, and
//! what is done with it is a query of its own.

use std::sync::OnceLock;

use datafusion_expr::lit;
use functions::Type;
use functions::scalar::dynamic;
use syntax::kql::tree::{Arg, Evaluate, Expr, ExprKind, Function, LetValue, Query};
use syntax::{Source, Span};

use crate::kql::binder::Binder;
use crate::kql::column_name::Names;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Meaning, Scope};
use crate::kql::value::Value;
use crate::relation::{Column, Computed, field};

/// The functions, each over `T` with a `time`, a `value`, and further columns as the text of an array, `parts`.
const FUNCTIONS: &str = include_str!("windows.kql");

/// What a plugin is asked: the columns, and the constants by the names that its function has for them.
struct Asked<'q> {
    time: &'q Expr,
    value: &'q Expr,
    parts: Vec<Column>,
    constants: Vec<(&'static str, Value)>,
}

impl<'q> Binder<'q, '_> {
    pub(super) fn activity_counts(&mut self, tree: &'q Evaluate, flow: Flow, env: Env) -> Option<Flow> {
        let [id, time, start, end, window, parts @ ..] = tree.args.as_slice() else {
            return self.too_few(tree, 5);
        };
        let constants = vec![
            ("start", self.constant(start, Type::Datetime, env)?),
            ("end", self.constant(end, Type::Datetime, env)?),
            ("window", self.constant(window, Type::Timespan, env)?),
        ];
        let parts = self.parts(parts, &flow)?;
        let asked = Asked { time: &time.value, value: &id.value, parts, constants };
        self.windowed("activity_counts_metrics", asked, flow, env, tree.span)
    }

    pub(super) fn rolling_percentile(&mut self, tree: &'q Evaluate, flow: Flow, env: Env) -> Option<Flow> {
        let [value, percent, time, size, bins, parts @ ..] = tree.args.as_slice() else {
            return self.too_few(tree, 5);
        };
        let size_kind = match self.scalar(&time.value, &flow.scope(env))?.kind {
            Type::Datetime => Type::Timespan,
            kind => kind,
        };
        let bins_value = self.constant(bins, Type::Long, env)?;
        let percent_value = self.constant(percent, Type::Real, env)?;
        let name = match (&value.value.kind, bins_value.literal_long(), spelt(&percent_value)) {
            (ExprKind::Name(name), Some(bins), Some(percent)) => format!("rolling_{bins}_percentile_{name}_{percent}"),
            _ => return self.refuse(messages::column_expected(value.value.span)),
        };
        let constants =
            vec![("percent", percent_value), ("size", self.constant(size, size_kind, env)?), ("bins", bins_value)];
        let parts = self.parts(parts, &flow)?;
        let asked = Asked { time: &time.value, value: &value.value, parts, constants };
        let made = self.windowed("rolling_percentile", asked, flow, env, tree.span)?;
        let mut columns = made.relation.columns.clone();
        let last = columns.pop()?;
        let mut shown: Vec<Computed> =
            columns.iter().map(|column| Computed::new(&column.name, column.kind, column.expr())).collect();
        shown.push(Computed::new(name, last.kind, last.expr()));
        let relation = self.planned(made.relation.project(shown), tree.span)?;
        Some(Flow::new(relation))
    }

    /// Binds the function over the rows, and gives the columns their names and types back.
    fn windowed(&mut self, name: &str, asked: Asked<'q>, flow: Flow, env: Env, span: Span) -> Option<Flow> {
        let ExprKind::Name(time_name) = &asked.time.kind else {
            return self.refuse(messages::column_expected(asked.time.span));
        };
        let time = self.scalar(asked.time, &flow.scope(env))?;
        let value = self.scalar(asked.value, &flow.scope(env))?.or_empty();
        let packed = asked.parts.iter().map(|part| Value::new(part.expr(), part.kind).or_empty().cast(Type::Dynamic));
        let packed: Vec<Value> = packed.collect();
        let parts = match packed.is_empty() {
            true => Value::text("[]"),
            false => self.applied("pack_array", packed)?,
        };
        let shape = vec![
            Computed::new("time", time.kind, time.expr),
            Computed::new("value", value.kind, value.expr),
            Computed::new("parts", Type::String, parts.expr),
        ];
        let rows = Flow::new(self.planned(flow.relation.project(shape), span)?);
        let function = function(name)?;
        let mut inner = self.lets.add("T", Meaning::Rows(Box::new(rows)), None);
        for (name, value) in asked.constants {
            inner = self.lets.add(name, Meaning::Bound(value), inner);
        }
        let inner = self.add_lets(&function.lets, inner);
        let kept_order = std::mem::replace(&mut self.keeps_order, true);
        let made = self.nested(span, |binder| binder.pipeline(function.body.as_ref()?, inner));
        self.keeps_order = kept_order;
        let relation = made?.relation;

        let mut names = Names::default();
        let mut shown = Vec::new();
        for column in &relation.columns {
            match column.name.as_str() {
                "time" => shown.push(Computed::new(names.free(time_name), column.kind, column.expr())),
                "parts" => {
                    for (place, part) in (0_i64..).zip(&asked.parts) {
                        let value = Value::new(dynamic::get(field("parts"), vec![lit(place)]), Type::Dynamic);
                        shown.push(Computed::new(names.free(&part.name), part.kind, value.cast(part.kind).expr));
                    }
                }
                name => shown.push(Computed::new(names.free(name), column.kind, column.expr())),
            }
        }
        let relation = self.planned(relation.project(shown), span)?;
        Some(Flow::new(relation))
    }

    fn too_few(&mut self, tree: &Evaluate, least: usize) -> Option<Flow> {
        let wanted = format!("at least {least} arguments");
        self.refuse(messages::argument_count(tree.plugin.span, &tree.plugin.text, &wanted, tree.args.len()))
    }

    fn constant(&mut self, arg: &'q Arg, kind: Type, env: Env) -> Option<Value> {
        let value = self.scalar(&arg.value, &Scope::constant(env))?;
        if !crate::kql::function::fits(value.kind, kind) {
            return self.refuse(messages::expected_type(arg.value.span, kind.name(), value.kind));
        }
        let known = self.known(value.cast(kind), arg.value.span)?;
        Some(known.unwrap_or_else(|| Value::null(kind)))
    }

    fn parts(&mut self, args: &'q [Arg], flow: &Flow) -> Option<Vec<Column>> {
        let mut parts = Vec::with_capacity(args.len());
        for arg in args {
            match &arg.value.kind {
                ExprKind::Name(name) => match flow.relation.column(name) {
                    Some(column) => parts.push(column.clone()),
                    None => {
                        let unknown = self.unknown(name, arg.value.span, &flow.scope(None));
                        return self.refuse(unknown);
                    }
                },
                _ => return self.refuse(messages::column_expected(arg.value.span)),
            }
        }
        Some(parts)
    }
}

fn function(name: &str) -> Option<&'static Function> {
    static QUERY: OnceLock<Query> = OnceLock::new();
    let query = QUERY.get_or_init(|| syntax::kql::parse(&Source::new("windows.kql", FUNCTIONS)).tree);
    query.lets.iter().find(|item| item.name.text == name).and_then(|item| match &item.value {
        LetValue::Function(function) => Some(function),
        LetValue::Value(_) => None,
    })
}

/// A percentage as the name of a column has it.
fn spelt(percent: &Value) -> Option<String> {
    match percent.literal()? {
        datafusion_common::ScalarValue::Float64(Some(real)) => Some(real.to_string().replace('.', "_")),
        _ => None,
    }
}
