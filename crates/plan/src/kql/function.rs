//! The query's own functions: `let f = (x:long) { … }`, put in where they are called.

use std::collections::HashSet;

use functions::Type;
use syntax::Span;
use syntax::kql::tree::{Arg, Expr, ExprKind, Function, Invoke, Let, LetValue, Name, ParameterKind, Source, TypedName};

use super::binder::Binder;
use super::flow::Flow;
use super::messages;
use super::scope::{Env, Meaning, Scope};
use super::source::WATCHLIST;
use super::value::Value;

impl<'q> Binder<'q, '_> {
    pub(super) fn add_lets(&mut self, lets: &'q [Let], outer: Env) -> Env {
        let mut names = HashSet::new();
        lets.iter().fold(outer, |env, item| {
            if !names.insert(item.name.text.as_str()) {
                self.warn(messages::let_twice(item.name.span, &item.name.text));
            }
            self.lets.add(&item.name.text, Meaning::Tree(&item.value), env)
        })
    }

    fn find_function(&self, name: &Name, env: Env) -> Option<(&'q Function, Env)> {
        match self.lets.find(&name.text, env)? {
            (Meaning::Tree(LetValue::Function(function)), env) => Some((function, env)),
            _ => None,
        }
    }

    /// A call of a scalar function of the query; `None` where the name is none.
    pub(super) fn own_function(
        &mut self,
        name: &'q Name,
        args: &'q [Arg],
        span: Span,
        scope: &Scope<'_>,
    ) -> Option<Option<Value>> {
        let (function, outer) = self.find_function(name, scope.env)?;
        Some(self.nested(span, |binder| {
            let env = binder.parameters(function, outer, name, args, span, scope, None)?;
            binder.body_value(function, span, env)
        }))
    }

    /// The value of a function whose parameters are known.
    pub(super) fn body_value(&mut self, function: &'q Function, span: Span, env: Env) -> Option<Value> {
        let env = self.add_lets(&function.lets, env);
        match function.body.as_ref() {
            Some(body) if body.operators.is_empty() => match &body.source {
                Source::Expr(expr) => self.scalar(expr, &Scope::constant(env)),
                _ => self.refuse(messages::rows_where_scalar(span)),
            },
            _ => self.refuse(messages::rows_where_scalar(span)),
        }
    }

    /// A call of a tabular function of the query; `None` where the name is none.
    pub(super) fn own_table(&mut self, name: &'q Name, args: &'q [Arg], span: Span, env: Env) -> Option<Option<Flow>> {
        let (function, outer) = self.find_function(name, env)?;
        Some(self.nested(span, |binder| {
            let scope = Scope::constant(env);
            let env = binder.parameters(function, outer, name, args, span, &scope, None)?;
            let env = binder.add_lets(&function.lets, env);
            binder.pipeline(function.body.as_ref()?, env)
        }))
    }

    #[allow(clippy::too_many_arguments, reason = "a call, and where it stands")]
    fn parameters(
        &mut self,
        function: &'q Function,
        outer: Env,
        name: &Name,
        args: &'q [Arg],
        span: Span,
        scope: &Scope<'_>,
        rows: Option<Flow>,
    ) -> Option<Env> {
        let mut env = outer;
        let mut rows = rows.map(Box::new);
        let first = usize::from(rows.is_some());
        let mut given: Vec<Option<&'q Expr>> = vec![None; function.parameters.len()];
        for (index, arg) in args.iter().enumerate() {
            let place = match &arg.name {
                Some(wanted) => function.parameters.iter().position(|parameter| parameter.name.text == wanted.text),
                None => Some(index + first),
            };
            match place.and_then(|place| given.get_mut(place)) {
                Some(slot) => *slot = Some(&arg.value),
                None => {
                    let wanted = format!("{} arguments", function.parameters.len());
                    return self.refuse(messages::argument_count(name.span, &name.text, &wanted, args.len()));
                }
            }
        }
        for (parameter, given) in function.parameters.iter().zip(given) {
            let handed = match (&parameter.kind, given) {
                (ParameterKind::Table(_), Some(given)) => Some(Box::new(self.rows(given, scope.env)?)),
                (ParameterKind::Table(_), None) => rows.take(),
                (ParameterKind::Scalar(_), _) => None,
            };
            if let (ParameterKind::Table(schema), Some(rows)) = (&parameter.kind, handed) {
                let is_there = |column: &&TypedName| rows.relation.column(&column.name.text).is_some();
                let columns = schema.columns.iter().filter(|column| !is_there(column));
                let missing: Vec<&str> = columns.map(|column| column.name.text.as_str()).collect();
                if !missing.is_empty() && !rows.is_unpacked {
                    return self.refuse(messages::lacks_columns(span, &missing));
                }
                env = self.lets.add(&parameter.name.text, Meaning::Rows(rows), env);
                continue;
            }
            if let Some(default) = &parameter.default {
                self.checked_default(default)?;
            }
            let Some(expr) = given.or(parameter.default.as_ref()) else {
                let wanted = format!("a value for '{}'", parameter.name.text);
                return self.refuse(messages::argument_count(span, &name.text, &wanted, args.len()));
            };
            let meaning = match &parameter.kind {
                ParameterKind::Table(_) => Meaning::Argument(expr, scope.env),
                ParameterKind::Scalar(kind) => {
                    let Some(wanted) = Type::from_name(&kind.text) else {
                        return self.refuse(messages::bad_literal(kind.span, "type", &kind.text));
                    };
                    let value = self.scalar(expr, scope)?;
                    if !fits(value.kind, wanted) {
                        return self.refuse(messages::expected_type(expr.span, wanted.name(), value.kind));
                    }
                    Meaning::Bound(value.cast(wanted))
                }
            };
            env = self.lets.add(&parameter.name.text, meaning, env);
        }
        Some(env)
    }

    /// A call of a tabular function of the query whose first argument is these rows; `None` where the name is none.
    pub(super) fn invoked(&mut self, tree: &'q Invoke, flow: Flow, env: Env) -> Option<Option<Flow>> {
        let (function, outer) = self.find_function(&tree.function, env)?;
        let takes_rows = function.parameters.first().is_some_and(|first| matches!(first.kind, ParameterKind::Table(_)));
        if !takes_rows {
            return Some(self.refuse(messages::takes_no_rows(tree.function.span, &tree.function.text)));
        }
        Some(self.nested(tree.span, |binder| {
            let scope = Scope::constant(env);
            let (name, args) = (&tree.function, &tree.args);
            let env = binder.parameters(function, outer, name, args, tree.span, &scope, Some(flow))?;
            let env = binder.add_lets(&function.lets, env);
            binder.pipeline(function.body.as_ref()?, env)
        }))
    }

    /// Whether an expression gives rows: it is a pipeline, or names a table.
    pub(super) fn is_tabular(&mut self, expr: &'q Expr, scope: &Scope<'_>) -> bool {
        match &expr.kind {
            ExprKind::Pipeline(_) => true,
            ExprKind::Name(name) => {
                if scope.column(name).is_some() {
                    return false;
                }
                match self.lets.find(name, scope.env) {
                    Some((Meaning::Tree(LetValue::Value(pipeline)), env)) => match &pipeline.source {
                        _ if !pipeline.operators.is_empty() => true,
                        Source::Expr(inner) => self.is_tabular(inner, &Scope::constant(env)),
                        _ => true,
                    },
                    Some((Meaning::Argument(inner, env), _)) => self.is_tabular(inner, &Scope::constant(env)),
                    Some((Meaning::Rows(_), _)) => true,
                    Some(_) => false,
                    None => !scope.is_open && self.tables.table(name, &[]).is_some(),
                }
            }
            ExprKind::Call { name, .. } => match self.find_function(name, scope.env) {
                Some((function, _)) => function
                    .body
                    .as_ref()
                    .is_some_and(|body| !body.operators.is_empty() || !matches!(body.source, Source::Expr(_))),
                None => {
                    matches!(name.text.as_str(), "materialize" | "table" | "view" | WATCHLIST)
                        || self.tables.parameters(&name.text).is_some()
                }
            },
            _ => false,
        }
    }
}

pub(super) fn fits(kind: Type, wanted: Type) -> bool {
    kind == wanted || wanted == Type::Dynamic || kind == Type::Dynamic || (kind.is_number() && wanted.is_number())
}
