//! What the KQL binder says: one function for each diagnostic. Codes are Kusto's where Kusto has one.

use functions::Type;
use syntax::nearest::nearest;
use syntax::{Diagnostic, Span};

pub(super) fn unknown_name<'a>(span: Span, name: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    let message = format!("The name '{name}' does not refer to any known column, table, variable or function.");
    Diagnostic::error("KS142", span, message).label("unknown").did_you_mean(nearest(name, known))
}

pub(super) fn unknown_function<'a>(span: Span, name: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    Diagnostic::error("KS211", span, format!("The name '{name}' does not refer to any known function."))
        .label("unknown function")
        .did_you_mean(nearest(name, known))
}

pub(super) fn operator_types(span: Span, sign: &str, left: Type, right: Type) -> Diagnostic {
    let (left, right) = (left.name(), right.name());
    let message = format!("The operator '{sign}' is not defined for the operand types {left} and {right}.");
    let found = Diagnostic::error("KS106", span, message).label(format!("{left} {sign} {right}"));
    match (left, right) {
        ("dynamic", "dynamic") => found.help("convert one side, as with tostring() or tolong()"),
        ("datetime", "string") | ("string", "datetime") => found.help("convert the text with todatetime()"),
        ("string", _) | (_, "string") => found.help("convert one side, as with tostring() or tolong()"),
        _ => found,
    }
}

pub(super) fn expected_type(span: Span, wanted: &str, found: Type) -> Diagnostic {
    Diagnostic::error("KS107", span, format!("A value of type {wanted} expected."))
        .label(format!("this is {}", found.name()))
}

pub(super) fn argument_count(span: Span, name: &str, wanted: &str, found: usize) -> Diagnostic {
    Diagnostic::error("KS119", span, format!("The function '{name}' expects {wanted}.")).label(format!("{found} given"))
}

pub(super) fn argument_types(span: Span, name: &str, types: &[Type]) -> Diagnostic {
    let types: Vec<&str> = types.iter().map(|kind| kind.name()).collect();
    let message = format!("The function '{name}' does not take ({}).", types.join(", "));
    Diagnostic::error("KS107", span, message).label("these types do not fit")
}

pub(super) fn no_common_type(span: Span) -> Diagnostic {
    Diagnostic::error("KS232", span, "No common type can be determined from the arguments.")
        .help("convert the arguments to one type, as with tostring()")
}

pub(super) fn bad_literal(span: Span, kind: &str, text: &str) -> Diagnostic {
    Diagnostic::error("KS107", span, format!("'{text}' is not a {kind}")).label(format!("not a {kind}"))
}

pub(super) fn not_a_list(span: Span) -> Diagnostic {
    Diagnostic::error("KQL010", span, "a list of constants is expected here")
        .help("write the values in parentheses, or name a dynamic([...]) with let")
}

pub(super) fn bad_regex(span: Span, why: &str) -> Diagnostic {
    Diagnostic::error("KQL011", span, format!("this is not a regular expression: {why}"))
        .help("the dialect has no look-around and no back-references; in @-strings a backslash stands for itself")
}

pub(super) fn not_constant(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("KQL012", span, format!("{what} must be a constant"))
}

pub(super) fn not_supported(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("KQL020", span, format!("{what} is not supported yet")).label("not supported")
}

pub(super) fn rows_where_scalar(span: Span) -> Diagnostic {
    Diagnostic::error("KS107", span, "A scalar value expected.")
        .label("this gives rows")
        .help("toscalar(...) takes the first value of a table")
}

pub(super) fn too_large(span: Span) -> Diagnostic {
    Diagnostic::error("KQL003", span, "the query grows too large when its lets are put in")
        .help("a let is substituted wherever its name stands; name fewer lets within lets")
}

pub(super) fn expected_call(span: Span) -> Diagnostic {
    Diagnostic::error("KS107", span, "A scalar value expected.").label("this is a function").help("call it: name(...)")
}

pub(super) fn bare_null(span: Span) -> Diagnostic {
    Diagnostic::error("KS142", span, "The name 'null' does not refer to any known column, table, variable or function.")
        .help("a null has a type: int(null), datetime(null), dynamic(null); for strings use isempty()")
}

pub(super) fn not_dynamic(span: Span, found: Type) -> Diagnostic {
    Diagnostic::error("KS141", span, "The expression must have the type dynamic.")
        .label(format!("this is {}", found.name()))
        .help("parse_json() makes a dynamic of a text")
}
