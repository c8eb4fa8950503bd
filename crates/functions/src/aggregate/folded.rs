//! Folded aggregates: those whose result, and whose state, is JSON, and which nothing but their name tells apart.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion_common::Result;
use datafusion_expr::function::AccumulatorArgs;
use datafusion_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility};

use super::call;

/// The aggregate of this name over these values, which are of the types that its accumulator takes.
pub(super) fn folded(name: &'static str, accumulator: fn() -> Box<dyn Accumulator>, args: Vec<Expr>) -> Expr {
    let signature = Signature::variadic_any(Volatility::Immutable);
    call(Arc::new(AggregateUDF::new_from_impl(Folded { name, signature, accumulator })), args)
}

#[derive(Debug)]
struct Folded {
    name: &'static str,
    signature: Signature,
    accumulator: fn() -> Box<dyn Accumulator>,
}

impl PartialEq for Folded {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Folded {}

impl Hash for Folded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AggregateUDFImpl for Folded {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok((self.accumulator)())
    }
}
