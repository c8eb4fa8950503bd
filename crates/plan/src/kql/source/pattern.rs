//! Patterns: `declare pattern`, and calls of one, which stand for the query of the case that fits.

use functions::Type;
use syntax::kql::tree::{Arg, Expr, ExprKind, Name, PatternCase, PatternDeclaration, Step};

use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};

impl<'q> Binder<'q, '_> {
    /// `pattern(arguments)`, `pattern(arguments).path` or `pattern(arguments).["path"]`; `None` where it is no such call.
    pub(super) fn pattern_rows(&mut self, expr: &'q Expr, env: Env) -> Option<Option<Flow>> {
        let (call, path) = match &expr.kind {
            ExprKind::Access { base, steps } => match steps.as_slice() {
                [step] => (base.as_ref(), Some(step)),
                _ => return None,
            },
            _ => (expr, None),
        };
        let ExprKind::Call { name, args } = &call.kind else { return None };
        let pattern = self.patterns.iter().copied().find(|pattern| pattern.name.text == name.text)?;
        Some(self.nested(expr.span, |binder| binder.case_rows(pattern, name, args, path, env)))
    }

    fn case_rows(
        &mut self,
        pattern: &'q PatternDeclaration,
        name: &'q Name,
        args: &'q [Arg],
        path: Option<&'q Step>,
        env: Env,
    ) -> Option<Flow> {
        if args.len() != pattern.parameters.len() {
            let wanted = format!("{} arguments", pattern.parameters.len());
            return self.refuse(messages::argument_count(name.span, &name.text, &wanted, args.len()));
        }
        let mut given = Vec::with_capacity(args.len() + 1);
        for arg in args {
            given.push(self.constant_text(&arg.value, env)?);
        }
        let path = match path {
            None => None,
            Some(Step::Member(member)) => Some(member.text.clone()),
            Some(Step::Index(index)) => Some(self.constant_text(index, env)?),
            Some(Step::Call { name, .. } | Step::Wildcard(name)) => {
                return self.refuse(messages::not_constant(name.span, "the path of a pattern"));
            }
        };
        for case in &pattern.cases {
            if self.fits_case(case, &given, path.as_deref(), env)? {
                return self.pipeline(case.body.as_ref()?, env);
            }
        }
        self.refuse(messages::no_case(name.span, &name.text))
    }

    fn fits_case(&mut self, case: &'q PatternCase, given: &[String], path: Option<&str>, env: Env) -> Option<bool> {
        let mut fits = case.arguments.len() == given.len();
        for (wanted, given) in case.arguments.iter().zip(given) {
            fits &= self.constant_text(wanted, env)? == *given;
        }
        let wanted = match &case.path {
            Some(path) => Some(self.constant_text(path, env)?),
            None => None,
        };
        Some(fits && wanted.as_deref() == path)
    }

    fn constant_text(&mut self, expr: &'q Expr, env: Env) -> Option<String> {
        let value = self.scalar(expr, &Scope::constant(env))?.cast(Type::String);
        match value.literal_text() {
            Some(text) => Some(text.to_string()),
            None => self.refuse(messages::not_constant(expr.span, "an argument of a pattern")),
        }
    }
}
