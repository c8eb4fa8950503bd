//! A step: the identity function, which tells one computation from an equal one before it.
//!
//! The optimiser takes a projection whose expressions equal those of the projection beneath it for a repetition, and drops it.
//! It is none where an expression reads what it redefines: `extend x = x + 1 | extend x = x + 1` adds two. The second
//! expression is wrapped in a step, so that the two are not equal.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion_common::{Result, exec_datafusion_err};
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

/// What the name of every step starts with.
pub const PREFIX: &str = "step/";

/// `expr` itself. Steps of different numbers are different expressions.
pub fn step(number: usize, expr: Expr) -> Expr {
    let signature = Signature::any(1, Volatility::Immutable);
    let udf = ScalarUDF::new_from_impl(Step { name: format!("{PREFIX}{number}"), signature });
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(udf), vec![expr]))
}

/// `expr` itself, of which nothing is promised. The engine takes `x IS TRUE` for what is never null in one of its plans and for
/// what may be in the other, and refuses to aggregate over what the two tell differently.
pub fn unpromised(expr: Expr) -> Expr {
    let signature = Signature::any(1, Volatility::Immutable);
    let udf = ScalarUDF::new_from_impl(Step { name: "unpromised".into(), signature });
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(udf), vec![expr]))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Step {
    name: String,
    signature: Signature,
}

impl ScalarUDFImpl for Step {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        types.first().cloned().ok_or_else(|| exec_datafusion_err!("a step needs a value"))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        args.args.into_iter().next().ok_or_else(|| exec_datafusion_err!("a step needs a value"))
    }
}
