//! A function: its names in each language, what it takes and gives, and how it is lowered to an engine expression.

use std::sync::Arc;

use datafusion_common::ScalarValue;
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{Expr, ScalarUDF};

use crate::cast::cast;
use crate::kernel::{Kernel, KernelUdf};
use crate::types::Type;

/// One row of the function table. No trait to implement: a function is a `const`.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// The name in engine plans; unique in the table.
    pub name: &'static str,
    /// Names in KQL (case-sensitive there).
    pub kql: &'static [&'static str],
    /// Names in AQL, in upper case (case does not count there).
    pub aql: &'static [&'static str],
    /// Names that only the mappings of telemetry tables may use.
    pub mapping: &'static [&'static str],
    /// One line for the reference.
    pub summary: &'static str,
    /// Tried in order; the first that takes the arguments as they are wins, then the first that takes them by widening.
    pub overloads: &'static [Overload],
    /// KQL expression and its printed value; run as tests and printed in the reference.
    pub examples: &'static [(&'static str, &'static str)],
}

/// One way to call a function.
#[derive(Debug, Clone, Copy)]
pub struct Overload {
    pub takes: &'static [Param],
    /// How many of `takes` may be left out at the end.
    pub optional: usize,
    /// Any number of further arguments of this kind.
    pub rest: Option<Param>,
    pub gives: Gives,
    pub lower: Lower,
}

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Param {
    Is(Type),
    /// int, long, real or decimal.
    Number,
    /// Any type.
    Any,
    /// string or dynamic: in a string context a dynamic is its unquoted text.
    Text,
    /// Any type, handed over as the string that it prints as.
    Printed,
}

impl Param {
    pub fn takes(self, kind: Type) -> bool {
        match self {
            Param::Is(wanted) => wanted == kind,
            Param::Number => kind.is_number(),
            Param::Any => true,
            Param::Text => matches!(kind, Type::String | Type::Dynamic | Type::Guid),
            Param::Printed => kind == Type::String,
        }
    }

    /// The type that `kind` widens to for this parameter, if it does: int to long to real, anything to dynamic.
    pub fn widens(self, kind: Type) -> Option<Type> {
        match self {
            _ if self.takes(kind) => Some(kind),
            Param::Printed => Some(Type::String),
            Param::Is(Type::Long) if kind == Type::Int => Some(Type::Long),
            Param::Is(Type::Real) if matches!(kind, Type::Int | Type::Long | Type::Decimal) => Some(Type::Real),
            Param::Is(Type::Decimal) if matches!(kind, Type::Int | Type::Long) => Some(Type::Decimal),
            Param::Is(Type::Dynamic) => Some(Type::Dynamic),
            Param::Is(wanted) if kind == Type::Dynamic => Some(wanted),
            _ => None,
        }
    }
}

/// The type of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    Is(Type),
    /// The type of the argument with this index.
    Arg(usize),
}

/// How a call becomes an engine expression. `Expr` is preferred: the optimiser knows what it means.
#[derive(Debug, Clone, Copy)]
pub enum Lower {
    /// Stock engine expressions.
    Expr(fn(Vec<Expr>) -> Expr),
    /// Our own kernel, where the meaning differs from every stock function.
    Kernel(Kernel),
    /// A kernel that gives each row a value of its own, whatever the arguments are.
    Volatile(Kernel),
    /// The conversion of the one argument to the type that is given.
    Cast,
}

impl Overload {
    /// A kernel of our own with one result type.
    pub const fn kernel(takes: &'static [Param], gives: Type, kernel: Kernel) -> Self {
        Overload::new(takes, Gives::Is(gives), Lower::Kernel(kernel))
    }

    pub const fn new(takes: &'static [Param], gives: Gives, lower: Lower) -> Self {
        Overload { takes, optional: 0, rest: None, gives, lower }
    }

    pub const fn optional(self, optional: usize) -> Self {
        Overload { optional, ..self }
    }

    pub const fn rest(self, rest: Param) -> Self {
        Overload { rest: Some(rest), ..self }
    }

    /// Whether this many arguments can be given.
    pub fn takes_count(&self, count: usize) -> bool {
        count >= self.takes.len() - self.optional && (count <= self.takes.len() || self.rest.is_some())
    }

    /// What argument `index` may be.
    pub fn param(&self, index: usize) -> Option<Param> {
        self.takes.get(index).copied().or(self.rest)
    }

    /// The types that the arguments have to be cast to for this overload, or `None` where it does not take them.
    pub fn accepts(&self, types: &[Type], widening: bool) -> Option<Vec<Type>> {
        if !self.takes_count(types.len()) {
            return None;
        }
        let one = |(index, kind): (usize, &Type)| {
            let param = self.param(index)?;
            if widening { param.widens(*kind) } else { param.takes(*kind).then_some(*kind) }
        };
        types.iter().enumerate().map(one).collect()
    }

    pub fn result(&self, types: &[Type]) -> Type {
        match self.gives {
            Gives::Is(kind) => kind,
            Gives::Arg(index) => types.get(index).copied().unwrap_or(Type::Dynamic),
        }
    }
}

/// A row of the table for a function of KQL with one overload that is a kernel of our own.
macro_rules! kernel {
    ($names:expr, $summary:expr, $takes:expr => $gives:expr, $kernel:expr, $examples:expr) => {
        $crate::function::Function::kql(
            &$names,
            $summary,
            &[$crate::function::Overload::kernel(&$takes, $gives, $kernel)],
            &$examples,
        )
    };
    ($names:expr, $summary:expr, $takes:expr, optional $optional:expr => $gives:expr, $kernel:expr, $examples:expr) => {
        $crate::function::Function::kql(
            &$names,
            $summary,
            &[$crate::function::Overload::kernel(&$takes, $gives, $kernel).optional($optional)],
            &$examples,
        )
    };
}
pub(crate) use kernel;

impl Function {
    /// A function of KQL alone; its first name is also the name in engine plans.
    pub const fn kql(
        names: &'static [&'static str],
        summary: &'static str,
        overloads: &'static [Overload],
        examples: &'static [(&'static str, &'static str)],
    ) -> Self {
        Function { name: names[0], kql: names, aql: &[], mapping: &[], summary, overloads, examples }
    }

    /// The overload for these argument types, and the types to cast the arguments to.
    pub fn resolve(&self, types: &[Type]) -> Option<(&'static Overload, Vec<Type>)> {
        let exact = self.overloads.iter().find_map(|way| Some((way, way.accepts(types, false)?)));
        exact.or_else(|| self.overloads.iter().find_map(|way| Some((way, way.accepts(types, true)?))))
    }

    /// The engine expression of a call. `args` are already cast to `types`, which [`Function::resolve`] gave.
    pub fn call(&self, overload: &'static Overload, types: &[Type], args: Vec<Expr>) -> Expr {
        match overload.lower {
            Lower::Expr(build) => build(args),
            Lower::Kernel(kernel) => call_kernel(self.signature(types), kernel, overload.result(types), args),
            Lower::Volatile(kernel) => {
                let udf = KernelUdf::new(self.signature(types), kernel, overload.result(types).arrow()).volatile();
                called(udf, args)
            }
            Lower::Cast => {
                let to = overload.result(types);
                let from = types.first().copied().unwrap_or(to);
                args.into_iter().next().map_or_else(|| null(to), |arg| cast(arg, from, to))
            }
        }
    }

    /// The name in plans: unique to the function and its argument types.
    fn signature(&self, types: &[Type]) -> String {
        let types: Vec<&str> = types.iter().map(|kind| kind.name()).collect();
        format!("{}/{}", self.name, types.join(","))
    }
}

/// A typed null.
pub fn null(kind: Type) -> Expr {
    Expr::Literal(ScalarValue::try_from(&kind.arrow()).unwrap_or(ScalarValue::Null), None)
}

/// A decimal of these digits, 17 of them behind the point.
pub fn decimal(digits: i128) -> Expr {
    Expr::Literal(ScalarValue::Decimal128(Some(digits), 38, 17), None)
}

/// A call of a kernel under a name that is unique to the kernel and its argument types.
pub fn call_kernel(name: String, kernel: Kernel, gives: Type, args: Vec<Expr>) -> Expr {
    called(KernelUdf::new(name, kernel, gives.arrow()), args)
}

fn called(udf: KernelUdf, args: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::new_from_impl(udf)), args))
}
