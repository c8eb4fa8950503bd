//! What KQL's lexer and parser say: one function for each diagnostic. Codes are Kusto's where Kusto has one.

use crate::diagnostic::Diagnostic;
use crate::nearest::nearest;
use crate::span::Span;

pub(super) fn unknown_character(span: Span, character: char) -> Diagnostic {
    let found = Diagnostic::error("KS002", span, format!("'{character}' is not part of KQL"));
    match character {
        '“' | '”' | '‘' | '’' => found.help("use straight quotes: \" or '"),
        '#' => found.help("a comment starts with //"),
        '&' => found.help("write 'and'"),
        '!' => found.help("write not(...)"),
        _ => found.help("remove it, or put it in a string"),
    }
}

pub(super) fn open_string(span: Span, quote: &str) -> Diagnostic {
    Diagnostic::error("KS003", span, "this string is not closed")
        .label(format!("starts here, no {quote} follows on its line"))
        .help(format!(
            "close it with {quote}; in @-strings a backslash does not escape the quote, a doubled quote does"
        ))
}

pub(super) fn unknown_escape(span: Span, escape: &str) -> Diagnostic {
    Diagnostic::error("KS003", span, format!("'{escape}' is not an escape sequence"))
        .help("double the backslash, or write the string verbatim: @\"...\"")
}

pub(super) fn bad_number(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error("KS002", span, format!("'{text}' is neither a number nor a timespan"))
        .help("timespans are written as 1d, 2h, 30m, 10s, 5ms, 1tick; names that start with a digit as ['1name']")
}

pub(super) fn expected(span: Span, wanted: &str, found: &str) -> Diagnostic {
    Diagnostic::error("KS005", span, format!("expected {wanted}, found {found}")).label(format!("expected {wanted}"))
}

/// A whole expression or name is not there.
pub(super) fn missing(span: Span, wanted: &str, found: &str) -> Diagnostic {
    Diagnostic::error("KS006", span, format!("expected {wanted}, found {found}")).label(format!("expected {wanted}"))
}

pub(super) fn missing_operator(span: Span, found: &str) -> Diagnostic {
    Diagnostic::error("KS176", span, format!("expected an operator, found {found}"))
        .label("expected an operator")
        .help("after '|' stands an operator such as where, project or summarize")
}

/// Two columns of a pattern side by side: nothing says where the first ends.
pub(super) fn text_before_column(span: Span) -> Diagnostic {
    Diagnostic::error("KS101", span, "The column name must follow a string literal")
        .label("nothing says where the column before it ends")
}

pub(super) fn text_behind_star(span: Span) -> Diagnostic {
    Diagnostic::error("KS102", span, "A string literal must follow a *").label("nothing says where this begins")
}

pub(super) fn unknown_setting(span: Span, name: &str, operator: &str, known: &[&'static str]) -> Diagnostic {
    Diagnostic::error("KS179", span, format!("'{name}' is not a setting of '{operator}'"))
        .label("unknown setting")
        .did_you_mean(nearest(name, known.iter().copied()))
}

pub(super) fn unknown_value(span: Span, setting: &str, value: &str, known: &[&'static str]) -> Diagnostic {
    let found = Diagnostic::error("KS005", span, format!("'{value}' is not a value of '{setting}'"))
        .label(format!("expected {}", known.join(", ")));
    found.did_you_mean(nearest(value, known.iter().copied()))
}

pub(super) fn join_key_expected(span: Span) -> Diagnostic {
    Diagnostic::error("KS182", span, "a join key is a column of both sides, or $left.A == $right.B")
        .label("not a join key")
        .help("write $left.A == $right.B")
}

pub(super) fn too_deep(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::error("KQL001", span, format!("the query is nested more than {limit} levels deep"))
        .label("this is where it gets too deep")
        .help("name inner parts with let, or remove parentheses")
}

pub(super) fn too_long(span: Span, what: &str, limit: usize) -> Diagnostic {
    Diagnostic::error("KQL002", span, format!("more than {limit} {what} in a row"))
        .help("split it with let, or use a list with in()")
}

pub(super) fn control_in_name(span: Span) -> Diagnostic {
    Diagnostic::error("KQL004", span, "a name cannot hold control characters").help("use letters, digits and signs")
}

/// A query that begins with an operator, where the table should stand.
pub(super) fn operator_first(span: Span, name: &str, is_in_braces: bool) -> Diagnostic {
    let found = Diagnostic::error("KS174", span, "The operator cannot be the first operator in a query.")
        .label(format!("'{name}' has no rows here"));
    match is_in_braces {
        true => found.help(format!(
            "in braces stands a whole query, with its table; over the rows of each value: partition by … ({name} …)"
        )),
        false => found.help(format!("begin with a table: DeviceProcessEvents | {name} …")),
    }
}

pub(super) fn unknown_operator(
    span: Span,
    name: &str,
    known: &[&'static str],
    elsewhere: Option<&'static str>,
) -> Diagnostic {
    let found = Diagnostic::error("KS176", span, format!("'{name}' is not an operator")).label("not an operator");
    match elsewhere {
        Some(help) => found.help(help),
        None => found.did_you_mean(nearest(name, known.iter().copied())),
    }
}

pub(super) fn assign_for_equal(span: Span) -> Diagnostic {
    Diagnostic::error("KS006", span, "'=' assigns; a comparison is written '=='")
        .label("assigns")
        .help("write '==', or '=~' to ignore case")
}

pub(super) fn missing_semicolon(span: Span, found: &str) -> Diagnostic {
    Diagnostic::error("KS005", span, format!("the statement should end here, found {found}"))
        .label("expected ';', '|' or the end")
        .help("statements are divided by ';', operators by '|'")
}

pub(super) fn no_query(span: Span) -> Diagnostic {
    Diagnostic::error("KS007", span, "there is no query: nothing gives rows")
        .help("after the let statements, name a table: DeviceProcessEvents | take 10")
}

/// A second statement that gives rows.
pub(super) fn another_answer(span: Span) -> Diagnostic {
    Diagnostic::warning("KQL005", span, "the query gives several results; this is the one that is answered")
        .label("the results before it are left out")
        .help("run them one by one")
}
