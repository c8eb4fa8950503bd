//! Evaluation of bound expressions over one batch, as far as mappings need it: tests must see values, and the engine lies
//! above this crate.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, new_null_array};
use arrow::compute::kernels::{boolean, cmp, numeric, zip};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::Field;
use datafusion_common::config::ConfigOptions;
use datafusion_expr::{ColumnarValue, Expr, Operator, ReturnFieldArgs, ScalarFunctionArgs};

pub fn evaluate(expr: &Expr, batch: &RecordBatch) -> ArrayRef {
    let rows = batch.num_rows();
    let of = |expr: &Expr| evaluate(expr, batch);
    let truth = |array: BooleanArray| Arc::new(array) as ArrayRef;
    match expr {
        Expr::Column(column) => batch.column_by_name(&column.name).unwrap().clone(),
        Expr::Literal(value, _) => value.to_array_of_size(rows).unwrap(),
        Expr::Alias(alias) => of(&alias.expr),
        Expr::Not(inner) => truth(boolean::not(of(inner).as_boolean()).unwrap()),
        Expr::IsNull(inner) => truth(boolean::is_null(&of(inner)).unwrap()),
        Expr::IsNotNull(inner) => truth(boolean::is_not_null(&of(inner)).unwrap()),
        Expr::IsTrue(inner) => {
            let inner = of(inner);
            let known = boolean::is_not_null(&inner).unwrap();
            truth(boolean::and_kleene(inner.as_boolean(), &known).unwrap())
        }
        Expr::Cast(cast) => converted(&of(&cast.expr), cast.field.data_type()),
        Expr::TryCast(cast) => converted(&of(&cast.expr), cast.field.data_type()),
        Expr::BinaryExpr(binary) => {
            let (left, right) = (of(&binary.left), of(&binary.right));
            match binary.op {
                Operator::And => truth(boolean::and_kleene(left.as_boolean(), right.as_boolean()).unwrap()),
                Operator::Or => truth(boolean::or_kleene(left.as_boolean(), right.as_boolean()).unwrap()),
                Operator::Eq => truth(cmp::eq(&left, &right).unwrap()),
                Operator::NotEq => truth(cmp::neq(&left, &right).unwrap()),
                Operator::Lt => truth(cmp::lt(&left, &right).unwrap()),
                Operator::IsDistinctFrom => truth(cmp::distinct(&left, &right).unwrap()),
                Operator::IsNotDistinctFrom => truth(cmp::not_distinct(&left, &right).unwrap()),
                Operator::Plus => numeric::add_wrapping(&left, &right).unwrap(),
                Operator::Minus => numeric::sub_wrapping(&left, &right).unwrap(),
                Operator::Divide => numeric::div(&left, &right).unwrap(),
                other => panic!("no mapping uses {other}"),
            }
        }
        Expr::Case(case) => {
            let otherwise = case.else_expr.as_ref().map(|otherwise| of(otherwise));
            let branches: Vec<_> = case.when_then_expr.iter().map(|(when, then)| (of(when), of(then))).collect();
            let kind = branches[0].1.data_type().clone();
            let last = otherwise.unwrap_or_else(|| new_null_array(&kind, rows));
            branches.iter().rev().fold(last, |rest, (when, then)| {
                let when = boolean::and_kleene(when.as_boolean(), &boolean::is_not_null(when).unwrap()).unwrap();
                zip::zip(&when, then, &rest).unwrap()
            })
        }
        Expr::ScalarFunction(call) => {
            let args: Vec<_> = call.args.iter().map(|arg| ColumnarValue::Array(of(arg))).collect();
            let arg_fields: Vec<_> = args.iter().map(|arg| Arc::new(Field::new("a", arg.data_type(), true))).collect();
            let scalar_arguments = vec![None; args.len()];
            let field_args = ReturnFieldArgs { arg_fields: &arg_fields, scalar_arguments: &scalar_arguments };
            let return_field = call.func.return_field_from_args(field_args).unwrap();
            let config_options = Arc::new(ConfigOptions::default());
            let args = ScalarFunctionArgs { args, arg_fields, number_rows: rows, return_field, config_options };
            call.func.invoke_with_args(args).unwrap().into_array(rows).unwrap()
        }
        other => panic!("no mapping uses {other}"),
    }
}

fn converted(array: &ArrayRef, to: &arrow::datatypes::DataType) -> ArrayRef {
    cast_with_options(array, to, &CastOptions { safe: true, ..CastOptions::default() }).unwrap()
}
