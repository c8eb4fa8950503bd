//! Parsers: tables that queries call like functions, with arguments that leave rows out, as ASIM's are.

use datafusion_expr::lit;
use functions::Type;
use syntax::kql::parse_expression;
use syntax::kql::tree::{Arg, Comparison, Expr, ExprKind, Name};
use syntax::{Source, Span};

use crate::binding::{TimeBound, Window};
use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::function::fits;
use crate::kql::messages;
use crate::kql::scope::{Env, Meaning, Scope};
use crate::kql::value::Value;
use crate::tables::Parameter;

impl<'q> Binder<'q, '_> {
    /// A call of a table, or of nothing that is known.
    pub(super) fn parser(&mut self, name: &'q Name, args: &'q [Arg], span: Span, env: Env) -> Option<Flow> {
        let Some(parameters) = self.tables.parameters(&name.text) else {
            return self.unknown_rows(name);
        };
        let table = self.tables.table(&name.text, &self.wanted)?;
        let mut flow = self.scan(&table, span)?;
        let mut is_whole = true;
        for (index, arg) in args.iter().enumerate() {
            let parameter = match &arg.name {
                Some(wanted) => parameters.iter().find(|parameter| parameter.name == wanted.text),
                None => parameters.get(index),
            };
            let kept = match (parameter, &arg.name) {
                (Some(parameter), _) => self.argument(parameter, arg, flow.clone(), env),
                (None, Some(wanted)) => {
                    let known = parameters.iter().map(|parameter| parameter.name.as_str());
                    self.refuse(messages::unknown_parameter(wanted.span, &name.text, &wanted.text, known))
                }
                (None, None) => {
                    let wanted = format!("at most {} arguments", parameters.len());
                    self.refuse(messages::argument_count(name.span, &name.text, &wanted, args.len()))
                }
            };
            match kept {
                Some(kept) => flow = kept,
                None => is_whole = false,
            }
        }
        is_whole.then_some(flow)
    }

    /// The rows that an argument leaves.
    fn argument(&mut self, parameter: &Parameter, arg: &'q Arg, flow: Flow, env: Env) -> Option<Flow> {
        let value = self.scalar(&arg.value, &Scope::constant(env))?;
        if !fits(value.kind, parameter.kind) {
            return self.refuse(messages::expected_type(arg.value.span, parameter.kind.name(), value.kind));
        }
        // One text may stand for a list of one.
        let is_one = value.kind == Type::String && parameter.kind == Type::Dynamic;
        let value = if is_one { value } else { value.cast(parameter.kind) };
        if asks_nothing(&value) {
            return Some(flow);
        }
        let condition = parse_expression(&Source::new(parameter.name.as_str(), parameter.keeps.as_str())).tree;
        // The condition is the catalog's text, not the query's: it is bound by itself, and what is wrong with it lies in
        // the argument.
        let mut binder = Binder::new(self.tables, self.options);
        binder.is_mapping = true;
        let named = binder.lets.add(&parameter.name, Meaning::Bound(value), None);
        let keeps = binder.condition(&condition, &flow.scope(named));
        for fault in binder.diagnostics {
            self.warn(syntax::Diagnostic { span: arg.value.span, ..fault });
        }
        let keeps = keeps?;
        let lifted = self.lower_bound(&condition, arg, &flow, env).map(|bound| {
            let lifted = bound.lifted;
            self.bounds.push(TimeBound { keeps: if lifted { lit(true) } else { keeps.clone() }, ..bound });
            lifted
        });
        if lifted == Some(true) {
            return Some(flow);
        }
        let relation = self.planned(flow.relation.filter(keeps), arg.value.span)?;
        Some(Flow { relation, ..flow })
    }

    /// The time bound that an argument such as `starttime=ago(1d)` sets; `None` where it sets none.
    fn lower_bound(&self, condition: &Expr, arg: &'q Arg, flow: &Flow, env: Env) -> Option<TimeBound> {
        let time = flow.time.as_ref()?;
        let is_time = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(name) if *name == time.column);
        let is_lower = matches!(&condition.kind,
            ExprKind::Compare { comparison: Comparison::GreaterEqual, left, .. } if is_time(left));
        (is_lower && self.is_now_relative(&arg.value, env, 0)).then(|| TimeBound {
            span: arg.value.span,
            table: time.table.clone(),
            column: time.column.clone(),
            kind: Type::Datetime,
            lifted: self.options.window == Window::All && self.may_lift,
            input: flow.relation.plan.clone(),
            keeps: lit(true),
        })
    }

    fn unknown_rows<T>(&mut self, name: &Name) -> Option<T> {
        let hints = self.tables.hints();
        let near = syntax::nearest::nearest(&name.text, hints.iter().map(String::as_str));
        match near.filter(|near| self.tables.parameters(near).is_some()) {
            Some(near) => self.refuse(messages::unknown_function(name.span, &name.text, std::iter::once(near))),
            None => self.unknown_function(name),
        }
    }
}

/// The values that these parameters have when nobody gives any: a null time, no values, and the star.
fn asks_nothing(value: &Value) -> bool {
    value.is_null_literal() || matches!(value.literal_text(), Some("[]" | "*" | "\"*\""))
}
