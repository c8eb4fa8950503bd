//! A judge: a predicate of literal needles made ready, to be asked about one text.

use std::sync::Arc;

use datafusion_common::ScalarValue;
use datafusion_expr::Expr;
use datafusion_expr::expr::ScalarFunction;

use super::Absent;
use super::matcher::Matcher;
use super::udf::MatchUdf;

/// Says what the engine's own run of the expression says: both have the same matcher.
#[derive(Debug)]
pub struct Judge {
    matcher: Arc<Matcher>,
    of_nothing: bool,
}

impl Judge {
    /// `None` where the expression is no predicate of literal needles, or one that cannot be made ready.
    pub fn of(expr: &Expr) -> Option<Self> {
        let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else { return None };
        let called = func.inner().downcast_ref::<MatchUdf>()?;
        let (_, needles) = args.split_first()?;
        let literal = |needle: &'_ Expr| match needle {
            Expr::Literal(ScalarValue::Utf8(text), _) => Some(text.clone()),
            _ => None,
        };
        let needles: Vec<Option<String>> = needles.iter().map(literal).collect::<Option<_>>()?;
        let needles: Vec<Option<&str>> = needles.iter().map(Option::as_deref).collect();
        let matcher = called.matcher(&needles).ok()?;
        let of_nothing = called.predicate().absent == Absent::Empty && matcher.holds("");
        Some(Judge { matcher, of_nothing })
    }

    /// Whether the predicate holds for a text, or for a missing one.
    pub fn holds(&self, text: Option<&str>) -> bool {
        text.map_or(self.of_nothing, |text| self.matcher.holds(text))
    }
}
