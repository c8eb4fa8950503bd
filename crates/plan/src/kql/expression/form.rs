//! Forms: calls that are part of the language, because their types or their evaluation follow rules of their own.

use datafusion_expr::{Expr as Bound, Operator, binary_expr};
use functions::Type;
use functions::scalar::{math, time};
use syntax::Span;
use syntax::kql::tree::{Arg, Expr, Name};

use super::Null;
use super::compare::choose;
use super::types::{branch_type, common_type, widest};
use crate::kql::binder::Binder;
use crate::kql::messages;
use crate::kql::scope::Scope;
use crate::kql::value::Value;

/// A form and its names.
pub(in crate::kql) struct Form {
    pub names: &'static [&'static str],
    pub least: usize,
    pub most: usize,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Iff,
    Case,
    Coalesce,
    Not,
    IsNull,
    IsNotNull,
    Now,
    Ago,
    MaxOf,
    MinOf,
    GetType,
    ColumnIfExists,
    ToScalar,
    PackAll,
    PackColumns,
    ColumnNames,
    Assert,
    /// The time of the event stands for it.
    IngestionTime,
    Unknowable(Type),
    Located,
}

pub(in crate::kql) const FORMS: &[Form] = &[
    Form { names: &["iff", "iif"], least: 3, most: 3, kind: Kind::Iff },
    Form { names: &["case"], least: 3, most: usize::MAX, kind: Kind::Case },
    Form { names: &["coalesce"], least: 1, most: usize::MAX, kind: Kind::Coalesce },
    Form { names: &["not"], least: 1, most: 1, kind: Kind::Not },
    Form { names: &["isnull"], least: 1, most: 1, kind: Kind::IsNull },
    Form { names: &["isnotnull", "notnull"], least: 1, most: 1, kind: Kind::IsNotNull },
    Form { names: &["now"], least: 0, most: 1, kind: Kind::Now },
    Form { names: &["ago"], least: 1, most: 1, kind: Kind::Ago },
    Form { names: &["max_of"], least: 1, most: 64, kind: Kind::MaxOf },
    Form { names: &["min_of"], least: 1, most: 64, kind: Kind::MinOf },
    Form { names: &["gettype"], least: 1, most: 1, kind: Kind::GetType },
    Form { names: &["column_ifexists", "columnifexists"], least: 2, most: 2, kind: Kind::ColumnIfExists },
    Form { names: &["toscalar"], least: 1, most: 1, kind: Kind::ToScalar },
    Form { names: &["pack_all"], least: 0, most: 1, kind: Kind::PackAll },
    Form { names: &["bag_pack_columns"], least: 1, most: usize::MAX, kind: Kind::PackColumns },
    Form { names: &["column_names_of"], least: 1, most: 1, kind: Kind::ColumnNames },
    Form { names: &["assert"], least: 2, most: 2, kind: Kind::Assert },
    Form { names: &["geo_info_from_ip_address"], least: 1, most: 1, kind: Kind::Located },
    Form { names: &["ingestion_time"], least: 0, most: 0, kind: Kind::IngestionTime },
    Form {
        names: &["current_principal_details", "extent_tags"],
        least: 0,
        most: 0,
        kind: Kind::Unknowable(Type::Dynamic),
    },
    Form { names: &["extent_id", "extentid"], least: 0, most: 0, kind: Kind::Unknowable(Type::Guid) },
    Form { names: &["current_principal_is_member_of"], least: 1, most: 64, kind: Kind::Unknowable(Type::Bool) },
    Form {
        names: &["current_cluster_endpoint", "current_database", "current_principal", "current_node_id"],
        least: 0,
        most: 0,
        kind: Kind::Unknowable(Type::String),
    },
];

impl<'q> Binder<'q, '_> {
    pub(super) fn form(
        &mut self,
        form: &Form,
        name: &Name,
        args: &'q [Arg],
        span: Span,
        scope: &Scope<'_>,
    ) -> Option<Value> {
        if args.len() < form.least || args.len() > form.most {
            let wanted = if form.least == form.most {
                format!("{} arguments", form.least)
            } else {
                format!("at least {} arguments", form.least)
            };
            return self.refuse(messages::argument_count(name.span, &name.text, &wanted, args.len()));
        }
        match form.kind {
            Kind::Iff | Kind::Case => self.choice(args, span, scope),
            Kind::Coalesce => self.coalesce(args, span, scope),
            Kind::Not => {
                let operand = &args.first()?.value;
                let value = self.truth(operand, scope, Null::Exact)?;
                self.checked_truth("KS107", value.kind, operand.span)?;
                let expr = self.boolean(value, operand)?;
                Some(Value::new(Bound::Not(Box::new(expr)), Type::Bool))
            }
            Kind::IsNull | Kind::IsNotNull => {
                let value = self.scalar(&args.first()?.value, scope)?;
                let is_null = matches!(form.kind, Kind::IsNull);
                if value.kind == Type::String && !self.is_mapping {
                    // A string is never null.
                    return Some(Value::total(datafusion_expr::lit(!is_null), Type::Bool));
                }
                let expr = if is_null { value.expr.is_null() } else { value.expr.is_not_null() };
                Some(Value::total(expr, Type::Bool))
            }
            Kind::Now | Kind::Ago => self.clock(args, matches!(form.kind, Kind::Ago), scope),
            Kind::MaxOf => self.extreme(args, true, span, scope),
            Kind::MinOf => self.extreme(args, false, span, scope),
            Kind::GetType => {
                let value = self.scalar(&args.first()?.value, scope)?;
                Some(match value.kind {
                    Type::Dynamic => Value::total(functions::scalar::dynamic::type_name(value.expr), Type::String),
                    kind => Value::text(kind.name()),
                })
            }
            Kind::PackAll => self.pack_all(args, scope),
            Kind::PackColumns => self.pack_columns(args, scope),
            Kind::ColumnNames => self.column_names(&args.first()?.value, scope),
            Kind::Assert => self.assertion(args, scope),
            Kind::IngestionTime => Some(self.ingestion_time(name, scope)),
            Kind::Unknowable(kind) => Some(self.unknowable(name, kind)),
            Kind::Located => self.located(name, args, scope),
            Kind::ToScalar => self.first_value_of(&args.first()?.value, scope),
            Kind::ColumnIfExists => {
                let [column, default] = args else {
                    return None;
                };
                let name = self.scalar(&column.value, scope)?;
                // A list that is written out is a literal too.
                if name.kind == Type::Dynamic {
                    return self.refuse(messages::expected_type(column.value.span, "string", name.kind));
                }
                let known = name.literal_text().and_then(|name| scope.column(name));
                match (known, name.literal_text()) {
                    // Of the type that the default has, whatever the column is.
                    (Some(known), _) => {
                        let kind = self.scalar(&default.value, scope)?.kind;
                        Some(Value::new(known.expr(), known.kind).cast(kind))
                    }
                    (None, Some(_)) => self.scalar(&default.value, scope),
                    (None, None) => self.refuse(messages::not_constant(column.value.span, "the column's name")),
                }
            }
        }
    }

    /// `iff(when, then, else)` and `case(when, then, …, else)`.
    fn choice(&mut self, args: &'q [Arg], span: Span, scope: &Scope<'_>) -> Option<Value> {
        if args.len().is_multiple_of(2) {
            return self.refuse(messages::argument_count(span, "case", "pairs and a last value", args.len()));
        }
        let mut whens = Vec::new();
        let mut results = Vec::new();
        for (index, arg) in args.iter().enumerate() {
            if index % 2 == 0 && index + 1 < args.len() {
                whens.push(self.condition(&arg.value, scope));
            } else {
                results.push(self.scalar(&arg.value, scope));
            }
        }
        let whens: Vec<Bound> = whens.into_iter().collect::<Option<_>>()?;
        let results: Vec<Value> = results.into_iter().collect::<Option<_>>()?;
        // A dynamic branch is read as what the others are; branches that have nothing in common are dynamic.
        let others = results.iter().map(|value| value.kind).filter(|kind| *kind != Type::Dynamic);
        let common = |one, other| if one == other { one } else { branch_type(one, other) };
        let results = match others.reduce(common) {
            Some(kind) if !self.is_mapping => results.into_iter().map(|value| value.cast(kind)).collect(),
            _ => results,
        };
        let results = self.unified(results, span)?;
        let kind = results.first()?.kind;
        let may_be_null = results.iter().any(|value| value.may_be_null);
        let mut exprs = results.into_iter().map(|value| value.expr);
        let branches: Vec<(Bound, Bound)> = whens.into_iter().zip(exprs.by_ref()).collect();
        Some(Value { expr: choose(branches, exprs.next()?), kind, may_be_null })
    }

    fn coalesce(&mut self, args: &'q [Arg], span: Span, scope: &Scope<'_>) -> Option<Value> {
        let values: Vec<Option<Value>> = args.iter().map(|arg| self.scalar(&arg.value, scope)).collect();
        let values: Vec<Value> = values.into_iter().collect::<Option<_>>()?;
        self.checked_alike(&values, false, span)?;
        let values = self.unified(values, span)?;
        let kind = values.first()?.kind;
        let mut rest = values.into_iter().rev();
        let mut otherwise = rest.next()?;
        for value in rest {
            // For strings the empty one counts as missing.
            let is_there = if kind == Type::String {
                binary_expr(value.expr.clone(), Operator::NotEq, datafusion_expr::lit(""))
            } else {
                value.expr.clone().is_not_null()
            };
            otherwise = Value::new(choose(vec![(is_there, value.expr)], otherwise.expr), kind);
        }
        Some(otherwise)
    }

    /// The first value of a table; of an empty one null.
    fn first_value_of(&mut self, arg: &'q Expr, scope: &Scope<'_>) -> Option<Value> {
        if !self.is_tabular(arg, scope) {
            return self.scalar(arg, scope);
        }
        let (plan, kind) = self.first_column(arg, scope, Some(1))?;
        Some(Value::new(Bound::ScalarSubquery(plan), kind))
    }

    fn clock(&mut self, args: &'q [Arg], is_ago: bool, scope: &Scope<'_>) -> Option<Value> {
        let now = Value::total(datafusion_expr::lit(self.now()), Type::Datetime);
        let Some(arg) = args.first() else {
            return Some(now);
        };
        let offset = self.scalar(&arg.value, scope)?;
        self.checked_offset(offset.kind, arg.value.span)?;
        let offset = if offset.kind == Type::Dynamic { offset.cast(Type::Timespan) } else { offset };
        if offset.kind != Type::Timespan {
            return self.refuse(messages::expected_type(arg.value.span, "timespan", offset.kind));
        }
        if let (Some(now), Some(offset)) = (now.literal_long(), offset.literal_long()) {
            let ticks = if is_ago { now.saturating_sub(offset) } else { now.saturating_add(offset) };
            return Some(Value::total(datafusion_expr::lit(ticks.clamp(0, functions::ticks::MAX)), Type::Datetime));
        }
        Some(Value::new(time::shift(now.expr, offset.expr, is_ago), Type::Datetime))
    }

    fn extreme(&mut self, args: &'q [Arg], is_most: bool, span: Span, scope: &Scope<'_>) -> Option<Value> {
        let values: Vec<Option<Value>> = args.iter().map(|arg| self.scalar(&arg.value, scope)).collect();
        let values: Vec<Value> = values.into_iter().collect::<Option<_>>()?;
        self.checked_alike(&values, true, span)?;
        let values = self.unified(values, span)?;
        let kind = values.first()?.kind;
        let exprs = values.into_iter().map(|value| value.or_empty().expr).collect();
        Some(Value::new(if is_most { math::greatest(exprs) } else { math::least(exprs) }, kind))
    }

    /// All values in one type.
    pub(in crate::kql) fn unified(&mut self, values: Vec<Value>, span: Span) -> Option<Vec<Value>> {
        let mut kind: Option<Type> = None;
        for value in &values {
            let next = match kind {
                None => Some(value.kind),
                Some(Type::Dynamic) => Some(Type::Dynamic),
                Some(_) if value.kind == Type::Dynamic => Some(Type::Dynamic),
                Some(known) if known.is_number() && value.kind.is_number() => Some(widest(known, value.kind)),
                Some(known) => common_type(known, value.kind),
            };
            match next {
                Some(next) => kind = Some(next),
                None => return self.refuse(messages::no_common_type(span)),
            }
        }
        let kind = kind?;
        let is_mapping = self.is_mapping;
        let cast = |value: Value| {
            let value = value.cast(kind);
            if is_mapping { value } else { value.or_empty() }
        };
        Some(values.into_iter().map(cast).collect())
    }
}
