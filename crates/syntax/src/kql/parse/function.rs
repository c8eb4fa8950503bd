//! The query's own functions: `(parameters) { statements }`.

use super::Parser;
use super::statement::Statements;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Function, Parameter, ParameterKind, RowSchema, TypedName};

impl Parser<'_> {
    /// Whether the parenthesis here holds parameters: a brace follows where it closes.
    pub(super) fn is_function(&self) -> bool {
        if !self.is(Sign::OpenParen) {
            return false;
        }
        let mut depth = 0;
        for ahead in 0.. {
            match self.kind_at(ahead) {
                Kind::Sign(Sign::OpenParen) => depth += 1,
                Kind::Sign(Sign::CloseParen) => {
                    depth -= 1;
                    if depth == 0 {
                        return self.is_at(ahead + 1, Sign::OpenBrace);
                    }
                }
                Kind::End | Kind::Sign(Sign::Semicolon) => return false,
                _ => {}
            }
        }
        false
    }

    pub(super) fn function(&mut self) -> Function {
        let start = self.span();
        let is_view = self.eat_word("view");
        let parameters = self.parenthesized(Self::parameter);
        self.expect(Sign::OpenBrace, "'{'");
        let Statements { lets, body, .. } = self.statements();
        self.expect(Sign::CloseBrace, "'}'");
        Function { is_view, parameters, lets, body, span: start.to(self.last_span()) }
    }

    /// `name: type = default`, or `name: (columns)`.
    pub(super) fn parameter(&mut self) -> Option<Parameter> {
        let name = self.name("a parameter")?;
        self.expect(Sign::Colon, "':'");
        let kind = if self.is(Sign::OpenParen) {
            ParameterKind::Table(self.row_schema())
        } else {
            ParameterKind::Scalar(self.name("a type")?)
        };
        let default = self.eat(Sign::Assign).then(|| self.expression());
        Some(Parameter { name, kind, default })
    }

    /// `(name: type, …)`, with `*` for further columns.
    pub(super) fn row_schema(&mut self) -> RowSchema {
        let mut is_open = false;
        let columns = self.parenthesized(|parser| {
            if parser.eat(Sign::Star) {
                is_open = true;
                return None;
            }
            parser.typed_name()
        });
        RowSchema { columns, is_open }
    }

    /// `name: type`.
    pub(super) fn typed_name(&mut self) -> Option<TypedName> {
        let name = self.name("a column name")?;
        self.expect(Sign::Colon, "':'");
        let kind = self.name("a type")?;
        Some(TypedName { name, kind })
    }
}
