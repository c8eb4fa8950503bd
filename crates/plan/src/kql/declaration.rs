//! Statements beside `let`: query parameters take their defaults, of the options of the service only
//! `query_now` changes an answer, the rest is refused.

use functions::Type;
use syntax::kql::tree::{Declaration, Parameter, ParameterKind};

use super::binder::Binder;
use super::messages;
use super::scope::{Env, Meaning, Scope};

impl<'q> Binder<'q, '_> {
    pub(super) fn declarations(&mut self, declarations: &'q [Declaration], mut env: Env) -> Option<Env> {
        for declaration in declarations {
            match declaration {
                Declaration::Set { name, value: Some(value) } if name.text == "query_now" => {
                    let now = self.scalar(value, &Scope::constant(None))?.cast(Type::Datetime);
                    match now.literal_long() {
                        Some(now) => self.set_now(now),
                        None => return self.refuse(messages::not_constant(value.span, "the query's now")),
                    }
                }
                Declaration::Set { .. } => {}
                Declaration::QueryParameters(parameters) => {
                    for parameter in parameters {
                        env = self.query_parameter(parameter, env)?;
                    }
                }
                Declaration::Pattern(pattern) => self.patterns.push(pattern),
                Declaration::Alias { name, .. } => {
                    return self.refuse(messages::not_supported(name.span, "an alias of a database"));
                }
                Declaration::Restrict(tables) => {
                    let span = tables.first().map(|table| table.span).unwrap_or_default();
                    return self.refuse(messages::not_supported(span, "restrict access"));
                }
            }
        }
        Some(env)
    }

    fn query_parameter(&mut self, parameter: &'q Parameter, env: Env) -> Option<Env> {
        let name = &parameter.name;
        let (ParameterKind::Scalar(kind), Some(default)) = (&parameter.kind, &parameter.default) else {
            return self.refuse(messages::no_value(name.span, &name.text));
        };
        let Some(wanted) = Type::from_name(&kind.text) else {
            return self.refuse(messages::bad_literal(kind.span, "type", &kind.text));
        };
        let value = self.scalar(default, &Scope::constant(None))?;
        if !super::function::fits(value.kind, wanted) {
            return self.refuse(messages::expected_type(default.span, wanted.name(), value.kind));
        }
        Some(self.lets.add(&name.text, Meaning::Bound(value.cast(wanted)), env))
    }
}
