//! What the KQL binder says: one function for each diagnostic. Codes are Kusto's where Kusto has one.

mod outside;

use functions::Type;
use syntax::nearest::nearest;
use syntax::{Diagnostic, Span};

pub(super) use outside::{bad_list, empty_list, not_given, other_columns, read_from_evidence};

pub(super) fn unknown_name(span: Span, name: &str, columns: &[&str], lets: &[&str]) -> Diagnostic {
    let message = format!("The name '{name}' does not refer to any known column, table, variable or function.");
    let found = Diagnostic::error("KS142", span, message).label("unknown");
    let lower = name.to_lowercase();
    if let Some(column) = columns.iter().find(|column| column.to_lowercase() == lower) {
        return found.did_you_mean(Some(column));
    }
    // A column that says whose it is ends with the plain name: InitiatingProcessAccountName for AccountName.
    let qualified: Vec<String> = columns
        .iter()
        .filter(|column| lower.len() > 3 && column.to_lowercase().ends_with(&lower) && column.len() > name.len())
        .take(2)
        .map(|column| format!("'{column}'"))
        .collect();
    if !qualified.is_empty() {
        return found.help(format!("did you mean {}?", qualified.join(" or ")));
    }
    found.did_you_mean(nearest(name, columns.iter().chain(lets).copied()))
}

/// The same fault, forgiven.
pub(super) fn reads_as_empty(unknown: Diagnostic, name: &str, table: &str) -> Diagnostic {
    let help = unknown.help.clone();
    let warning =
        Diagnostic::warning("KS142", unknown.span, format!("{table} has no column '{name}'; it reads as empty"))
            .label("reads as empty")
            .note("the SIEM refuses this query; --strict does too");
    match help {
        Some(help) => warning.help(help),
        None => warning,
    }
}

pub(super) fn phantom_used(span: Span, name: &str, table: &str) -> Diagnostic {
    let message = format!("The name '{name}' does not refer to any known column, table, variable or function.");
    Diagnostic::error("KS142", span, message)
        .label("decides about rows, but does not exist")
        .note(format!("{table} has no column '{name}'; it can be given out as empty, but nothing can be asked of it"))
        .help("use a column that exists, or read it as empty with --lenient")
}

const UNKNOWN_TABLE: &str = "unknown table";

pub(super) fn unknown_table(span: Span, name: &str, near: Option<&str>) -> Diagnostic {
    let message = format!("The name '{name}' does not refer to any known table, tabular variable or function.");
    Diagnostic::error("KS204", span, message).label(UNKNOWN_TABLE).did_you_mean(near)
}

pub(super) fn scalar_where_rows(span: Span) -> Diagnostic {
    Diagnostic::error("KS204", span, "A table or a tabular expression is expected.").label("this is a single value")
}

pub(super) fn too_deep(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::error("KQL001", span, format!("the query is nested more than {limit} levels deep with its lets put in"))
        .help("name fewer lets within lets, or remove parentheses")
}

pub(super) fn engine(span: Span, error: &str) -> Diagnostic {
    Diagnostic::error("KQL900", span, format!("the engine cannot plan this: {error}"))
}

pub(super) fn zero_step(span: Span) -> Diagnostic {
    Diagnostic::error("KS140", span, "the step of a range must not be zero")
}

pub(super) fn range_too_long(span: Span, limit: i64) -> Diagnostic {
    Diagnostic::error("KQL014", span, format!("a range has at most {limit} rows"))
}

pub(super) fn ragged_table(span: Span, columns: usize, values: usize) -> Diagnostic {
    Diagnostic::error("KS173", span, format!("{values} values do not fill rows of {columns} columns"))
}

pub(super) fn column_expected(span: Span) -> Diagnostic {
    Diagnostic::error("KS109", span, "Column name expected.")
}

pub(super) fn declared_twice(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("KS171", span, format!("A column with the name '{name}' is already declared."))
}

pub(super) fn rename_expected(span: Span) -> Diagnostic {
    Diagnostic::error("KS110", span, "Column rename assignment expected.").help("write New = Old")
}

pub(super) fn not_on_both_sides(span: Span, name: &str, side: &str, near: Option<&str>) -> Diagnostic {
    Diagnostic::error("KS145", span, format!("The column '{name}' must exist on both sides of the join."))
        .label(format!("the {side} side has none"))
        .did_you_mean(near)
}

pub(super) fn aggregate_here(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("KS144", span, format!("The aggregate function '{name}' is not allowed in this context."))
        .help("aggregates stand in summarize")
}

pub(super) fn not_aggregated(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("KS236", span, format!("The column '{name}' stands outside of an aggregate."))
        .help("put it into an aggregate such as take_any(), or after 'by'")
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

/// A declared column of `scan` that is given what it cannot hold.
pub(super) fn not_assignable(span: Span, wanted: Type, found: Type) -> Diagnostic {
    let convert = match wanted {
        Type::Guid => "toguid()".to_owned(),
        wanted => format!("to{}()", wanted.name()),
    };
    expected_type(span, wanted.name(), found).help(format!("convert it with {convert}, or declare another type"))
}

pub(super) fn operator_type(span: Span, kind: Type) -> Diagnostic {
    let message = format!("The operator '-' is not defined for the operand type {}.", kind.name());
    Diagnostic::error("KS106", span, message).label("no number")
}

pub(super) fn join_key(span: Span, code: &'static str, left: Type, right: Type) -> Diagnostic {
    Diagnostic::error(code, span, format!("Join keys of the types {} and {} do not meet.", left.name(), right.name()))
        .help("convert both to one type before the join, as with tostring()")
}

pub(super) fn literal_expected(span: Span) -> Diagnostic {
    Diagnostic::error("KS132", span, "The expression must be a literal scalar value.").label("a default is written out")
}

pub(super) fn not_written_out(span: Span) -> Diagnostic {
    Diagnostic::error("KS131", span, "The expression must be a literal.")
}

pub(super) fn empty_text(span: Span) -> Diagnostic {
    Diagnostic::error("KS133", span, "The expression value must not be empty.")
}

/// Arguments that are taken together in none of several ways.
pub(super) fn no_such_arguments(span: Span, name: &str, types: &[Type]) -> Diagnostic {
    let types: Vec<&str> = types.iter().map(|kind| kind.name()).collect();
    Diagnostic::error("KS127", span, format!("The function '{name}' does not take ({}).", types.join(", ")))
        .label("these types do not fit")
}

/// An argument of none of the types that are taken.
pub(super) fn expected_kind(span: Span, code: &'static str, wanted: &str, found: Type) -> Diagnostic {
    Diagnostic::error(code, span, format!("The expression must be {wanted}."))
        .label(format!("this is {}", found.name()))
}

pub(super) fn argument_count(span: Span, name: &str, wanted: &str, found: usize) -> Diagnostic {
    Diagnostic::error("KS119", span, format!("The function '{name}' expects {wanted}.")).label(format!("{found} given"))
}

pub(super) fn several_columns(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("KS119", span, format!("'{name}' with several percentages is several columns, and no value."))
        .label("one percentage is a value")
        .help("write each percentile by itself, or let percentiles_array give them as an array")
}

pub(super) fn unknown_parameter<'a>(
    span: Span,
    function: &str,
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    Diagnostic::error("KS155", span, format!("The function '{function}' has no parameter '{name}'."))
        .label("unknown parameter")
        .did_you_mean(nearest(name, known))
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
    let code = if kind == "type" { "KS160" } else { "KS107" };
    Diagnostic::error(code, span, format!("'{text}' is not a {kind}")).label(format!("not a {kind}"))
}

pub(super) fn too_large_decimal(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error("KS107", span, format!("'{text}' is too large for a decimal"))
        .label("more than 21 digits before the point")
        .help("a real holds larger numbers, with 15 digits or more of them exact")
}

pub(super) fn not_a_list(span: Span) -> Diagnostic {
    Diagnostic::error("KQL010", span, "a list of constants is expected here")
        .help("write the values in parentheses, or name a dynamic([...]) with let")
}

pub(super) fn bad_regex(span: Span, why: &str) -> Diagnostic {
    Diagnostic::error("KQL011", span, format!("this is not a regular expression: {why}"))
        .help("the dialect has no look-around and no back-references; in @-strings a backslash stands for itself")
}

pub(super) fn no_group(span: Span, function: &str) -> Diagnostic {
    Diagnostic::error(
        "KQL011",
        span,
        format!("the pattern of {function}() needs a group: what it matches is the result"),
    )
    .help("put parentheses around what is wanted")
}

pub(super) fn no_such_part(span: Span, part: &str, known: &[&'static str]) -> Diagnostic {
    Diagnostic::error("KS140", span, format!("The expression must be one of the values: {}", known.join(", ")))
        .did_you_mean(nearest(part, known.iter().copied()))
}

pub(super) fn not_constant(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("KQL012", span, format!("{what} must be a constant"))
}

/// `(a, b) = value` where the value is one.
pub(super) fn not_several(span: Span) -> Diagnostic {
    Diagnostic::error("KS149", span, "The expression does not have multiple named values.").label("one name too many")
}

pub(super) fn name_of_nothing(span: Span) -> Diagnostic {
    Diagnostic::error("KS150", span, "The name does not have a corresponding expression.")
        .label("nothing is left for it")
}

pub(super) fn no_case(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("KQL040", span, format!("the pattern '{name}' has no case for these arguments"))
        .label("no case fits")
}

/// What is known of Kusto, and will not run here.
pub(super) fn refused(span: Span, what: &str, why: &str) -> Diagnostic {
    Diagnostic::error("KQL020", span, format!("{what} is not supported: {why}")).label("not supported")
}

pub(super) fn unknown_plugin<'n>(span: Span, name: &str, known: impl Iterator<Item = &'n str>) -> Diagnostic {
    let message = format!("The plug-in function '{name}' is not defined.");
    Diagnostic::error("KS124", span, message).label("unknown plugin").did_you_mean(nearest(name, known))
}

pub(super) fn not_supported(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("KQL020", span, format!("{what} is not supported yet")).label("not supported")
}

/// A function of Kusto that is known, and will not be found by another spelling.
pub(super) fn left_out(span: Span, name: &str, why: &str) -> Diagnostic {
    Diagnostic::error("KQL021", span, format!("the function '{name}' of Kusto is not supported: {why}"))
        .label("not supported")
        .help("`trapline functions` lists what is")
}

pub(super) fn unknowable(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("KQL022", span, format!("evidence does not know {name}(); it reads as empty"))
        .label("reads as empty")
        .note("only a SIEM has it; a filter that compares with it drops every row")
}

pub(super) fn event_time_instead(span: Span, time: &str) -> Diagnostic {
    Diagnostic::warning("KQL022", span, format!("evidence does not know ingestion_time(); {time} stands for it"))
        .label("the time of the event")
}

pub(super) fn no_value(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("KQL024", span, format!("the query parameter '{name}' has no value"))
        .help("give it a default: declare query_parameters(name:type = value)")
}

pub(super) fn assertion_failed(span: Span, message: &str) -> Diagnostic {
    Diagnostic::error("KQL023", span, format!("this does not hold: {message}"))
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

/// A path into what has no members.
pub(super) fn no_member(span: Span, name: &str, of: Type) -> Diagnostic {
    let message = format!("The name '{name}' does not refer to any known column, table, variable or function.");
    Diagnostic::error("KS142", span, message)
        .label(format!("a {} has no members", of.name()))
        .help("parse_json() makes a dynamic of a text")
}

/// An index into what has no elements.
pub(super) fn no_elements(span: Span, of: Type) -> Diagnostic {
    Diagnostic::error("KS147", span, "The element access operator [] is not allowed in this context.")
        .label(format!("this is {}", of.name()))
        .help("parse_json() makes a dynamic of a text")
}

/// A comparison that holds for no row.
pub(super) fn never_equal(span: Span, text: &str, kind: Type) -> Diagnostic {
    Diagnostic::warning("KQL030", span, format!("'{text}' is no {}, and equals none", kind.name()))
        .label(format!("the other side is {}", kind.name()))
}

/// A value that no comparison is true of.
pub(super) fn no_time(span: Span, text: &str, kind: Type) -> Diagnostic {
    Diagnostic::warning("KQL037", span, format!("'{text}' is no {}, and reads as null", kind.name()))
        .label("null, with which no comparison is true")
}

/// What stands in a database of the service that nobody has here.
pub(super) fn no_database(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("KQL031", span, format!("{name}() needs a database that is not here; it reads as empty"))
        .label("reads as empty")
        .note("the service knows where addresses lie; a filter that compares with it drops every row")
}

pub(super) fn not_summable(span: Span, found: Type) -> Diagnostic {
    Diagnostic::error("KS138", span, "The argument value must be summable: a number, timespan or datetime.")
        .label(format!("this is {}", found.name()))
        .help("convert it, as with tolong() or todouble()")
}

pub(super) fn not_orderable(span: Span, found: Type) -> Diagnostic {
    let message = "The argument value must be orderable: a number, timespan, datetime, string or boolean.";
    Diagnostic::error("KS206", span, message)
        .label(format!("this is {}", found.name()))
        .help("convert it, as with tostring() or tolong()")
}

pub(super) fn not_a_truth(span: Span, found: Type) -> Diagnostic {
    Diagnostic::error("KS141", span, "The expression must have the type bool.")
        .label(format!("this is {}", found.name()))
        .help("compare it, as with '== 1', or convert it with tobool()")
}

pub(super) fn let_twice(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("KS201", span, format!("A variable with the name '{name}' has already been declared."))
        .label("declared before")
}

/// Rows for a parameter that names columns which they lack.
pub(super) fn lacks_columns(span: Span, missing: &[&str]) -> Diagnostic {
    Diagnostic::error("KS249", span, "The tabular value does not have the required columns.")
        .label(format!("without {}", missing.join(", ")))
}

pub(super) fn empty_union(span: Span) -> Diagnostic {
    Diagnostic::error("KS204", span, "this union has no table left")
}

pub(super) fn too_wide(span: Span, tables: usize, columns: usize) -> Diagnostic {
    Diagnostic::error(
        "KQL003",
        span,
        format!("a union of {tables} tables with {columns} columns together is too large"),
    )
    .help("name the tables that are meant, or fewer by a wildcard such as Device*")
}

pub(super) fn too_many_parts(span: Span, most: usize) -> Diagnostic {
    Diagnostic::error("KQL003", span, format!("this column has more than {most} values"))
        .label("a query for each is too many")
        .help("use `partition by column (operators)`, which has no such limit")
}

/// A group or an order by a value that has none.
pub(super) fn dynamic_here(span: Span) -> Diagnostic {
    Diagnostic::error("KS116", span, "The value of type 'dynamic' is not allowed in this context.")
        .label("this is dynamic")
        .help("convert it, as with tostring() or tolong()")
}

pub(super) fn dynamic_join_key(span: Span) -> Diagnostic {
    Diagnostic::error("KS241", span, "Join keys cannot be dynamic")
        .label("this is dynamic")
        .help("convert it before the join, as with `extend key = tostring(key)`")
}

/// A leg of a fuzzy union that fails for this error alone.
pub(super) fn skipped_leg(error: &Diagnostic) -> Diagnostic {
    Diagnostic::warning("KS204", error.span, format!("{} isfuzzy=true leaves it out", error.message))
}

pub(super) fn is_unknown_table(diagnostic: &Diagnostic) -> bool {
    diagnostic.label == UNKNOWN_TABLE
}

/// A function of rows in their order, where rows have none.
pub(super) fn serial_here(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("KQL026", span, format!("'{name}' looks at other rows, which it cannot here"))
        .help("call it in extend, project, serialize or where, behind a sort")
}

/// Kusto refuses what its language service lets pass.
pub(super) fn not_serialized(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("KQL035", span, format!("'{name}' looks at rows in an order that nothing settles"))
        .label("Kusto refuses this: the rows are not serialized")
        .note("here the rows are in the order of the evidence")
        .help("put serialize or sort by before it")
}

/// `prev(x, -1)`: what the service makes of it is not documented.
pub(super) fn negative_offset(span: Span, other: &str) -> Diagnostic {
    Diagnostic::error("KQL036", span, "an offset counts rows, and is not negative")
        .label("a negative offset")
        .help(format!("{other}() looks the other way"))
}

pub(super) fn count_of_all(span: Span) -> Diagnostic {
    Diagnostic::error("KS141", span, "'*' is no value that could be counted").label("no value").help("write count()")
}

/// A name behind `bag_unpack` that no bag of the evidence holds.
pub(super) fn not_unpacked(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("KQL027", span, format!("no bag that was unpacked holds '{name}'; it reads as empty"))
        .label("reads as empty")
        .note("the SIEM refuses a property that its data does not hold")
}

/// Columns that only the data says, where no data can be asked.
pub(super) fn columns_unknown(span: Span, plugin: &str) -> Diagnostic {
    Diagnostic::error("KQL028", span, format!("what columns '{plugin}' gives depends on the data"))
        .help(format!("say them: evaluate {plugin}(...) : (name: type, ...)"))
}

pub(super) fn unpacked_twice(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("KQL029", span, format!("the bag holds a property '{name}', and there is a column of that name"))
        .help("say which stays: columnsConflict='replace_source' or 'keep_source', or give the new ones a prefix")
}

pub(super) fn too_many_columns(span: Span, count: usize, most: usize) -> Diagnostic {
    Diagnostic::error("KQL003", span, format!("{count} columns come of this data, and at most {most} can"))
}

pub(super) fn unasked(span: Span, why: &str) -> Diagnostic {
    Diagnostic::error("KQL900", span, format!("the data could not be asked for its columns: {why}"))
}

pub(super) fn takes_no_rows(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("KS204", span, format!("'{name}' does not take rows as its first argument"))
        .help("invoke hands the rows to a parameter such as T:(*)")
}

/// What only Defender knows of files.
pub(super) fn no_profiles(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("KQL022", span, format!("evidence does not know what {name}() adds; its columns read as empty"))
        .label("reads as empty")
        .note("only a SIEM has it; a filter that compares with it drops every row")
}
