//! `evaluate` and `invoke`: calls that give rows.

use crate::kql::parse::Parser;
use crate::kql::token::Sign;
use crate::kql::tree::{Evaluate, Invoke};

impl Parser<'_> {
    /// `plugin(args) : (schema)`.
    pub(in crate::kql::parse) fn evaluate(&mut self) -> Option<Evaluate> {
        self.settings(&[]);
        let start = self.span();
        let plugin = self.name("a plugin")?;
        let args = self.call_arguments();
        let schema = self.eat(Sign::Colon).then(|| self.row_schema());
        Some(Evaluate { plugin, args, schema, span: start.to(self.last_span()) })
    }

    pub(super) fn invoke(&mut self) -> Option<Invoke> {
        let start = self.span();
        let function = self.name("a function")?;
        let args = self.call_arguments();
        Some(Invoke { function, args, span: start.to(self.last_span()) })
    }
}
