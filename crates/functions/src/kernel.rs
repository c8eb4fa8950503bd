//! A kernel: the code of a function over Arrow columns, wrapped as an engine function.

use std::hash::{Hash, Hasher};

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use datafusion_common::Result;
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility};

/// Columns in, one column out; `rows` is the length to give. Scalars come as columns of one row: see [`Args`].
pub type Kernel = fn(&Args<'_>) -> Result<ArrayRef>;

/// The arguments of one kernel call.
#[derive(Debug)]
pub struct Args<'a> {
    columns: &'a [Column],
    pub rows: usize,
}

#[derive(Debug)]
struct Column {
    array: ArrayRef,
    is_scalar: bool,
}

impl Args<'_> {
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// The column of an argument. A scalar has one row, which stands for all: index it with [`Args::at`].
    pub fn array(&self, index: usize) -> &dyn Array {
        self.columns[index].array.as_ref()
    }

    pub fn is_scalar(&self, index: usize) -> bool {
        self.columns[index].is_scalar
    }

    /// Where the value of `row` stands in the column of argument `index`.
    pub fn at(&self, index: usize, row: usize) -> usize {
        if self.columns[index].is_scalar { 0 } else { row }
    }
}

/// A [`Kernel`] as an engine function. Equal by name: the name says kernel and argument types.
#[derive(Debug)]
pub struct KernelUdf {
    name: String,
    kernel: Kernel,
    gives: DataType,
    signature: Signature,
    /// Whether each row has a value of its own, whatever the arguments are.
    is_volatile: bool,
}

impl KernelUdf {
    pub fn new(name: String, kernel: Kernel, gives: DataType) -> Self {
        KernelUdf { name, kernel, gives, signature: any_arguments(Volatility::Immutable), is_volatile: false }
    }

    pub fn volatile(self) -> Self {
        KernelUdf { signature: any_arguments(Volatility::Volatile), is_volatile: true, ..self }
    }
}

/// The binder has checked the arguments; none are arguments too.
fn any_arguments(volatility: Volatility) -> Signature {
    Signature::one_of(vec![TypeSignature::VariadicAny, TypeSignature::Nullary], volatility)
}

impl PartialEq for KernelUdf {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for KernelUdf {}

impl Hash for KernelUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for KernelUdf {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.gives.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if self.is_volatile {
            let columns = columns(&args)?;
            return Ok(ColumnarValue::Array((self.kernel)(&Args { columns: &columns, rows: args.number_rows })?));
        }
        invoke(&args, self.kernel)
    }
}

/// Runs a kernel: once where every argument is a scalar, else over the rows of the batch.
pub(crate) fn invoke(
    args: &ScalarFunctionArgs,
    kernel: impl FnOnce(&Args<'_>) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    let all_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
    let columns = columns(args)?;
    let rows = if all_scalar { 1 } else { args.number_rows };
    let array = kernel(&Args { columns: &columns, rows })?;
    if all_scalar {
        let value = datafusion_common::ScalarValue::try_from_array(&array, 0)?;
        return Ok(ColumnarValue::Scalar(value));
    }
    Ok(ColumnarValue::Array(array))
}

fn columns(args: &ScalarFunctionArgs) -> Result<Vec<Column>> {
    let mut columns = Vec::with_capacity(args.args.len());
    for arg in &args.args {
        columns.push(match arg {
            ColumnarValue::Array(array) => Column { array: array.clone(), is_scalar: false },
            ColumnarValue::Scalar(value) => Column { array: value.to_array_of_size(1)?, is_scalar: true },
        });
    }
    Ok(columns)
}
