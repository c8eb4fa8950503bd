//! What the lexer and the parser have to say: codes AQL001 to AQL029.

use crate::nearest::nearest;
use crate::{Diagnostic, Span};

/// `is_escaped`: a backslash stands before such a quote somewhere.
pub(super) fn not_closed(span: Span, quote: char, is_escaped: bool) -> Diagnostic {
    let what = if quote == '"' { "name" } else { "text" };
    let diagnostic = Diagnostic::error("AQL001", span, format!("this {what} is not closed"))
        .label(format!("no {quote} follows"))
        .help(format!("end it with {quote}; inside of it, a {quote} is written twice"));
    match is_escaped {
        true => diagnostic.note("a backslash is an ordinary character: it does not keep a quote from ending the text"),
        false => diagnostic,
    }
}

pub(super) fn comment_not_closed(span: Span) -> Diagnostic {
    Diagnostic::error("AQL002", span, "this comment is not closed").label("no */ follows").help("end it with */")
}

pub(super) fn unknown_character(span: Span, found: char) -> Diagnostic {
    let diagnostic = Diagnostic::error("AQL003", span, format!("AQL has no character {found:?} here")).label("not AQL");
    match found {
        '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' => {
            diagnostic.help("a word processor's quotes: write ' around texts and \" around names")
        }
        '`' => diagnostic.help("write \" around names"),
        '{' | '}' | '$' => diagnostic.help("put a value in the place of a template's placeholder"),
        '!' => diagnostic.help("write NOT, or != between two values"),
        '[' | ']' => diagnostic.help("lists stand in parentheses"),
        _ => diagnostic.help("remove it, or quote the text that it belongs to"),
    }
}

/// `1e3`.
pub(super) fn exponent(span: Span, text: &str) -> Diagnostic {
    Diagnostic::warning(
        "AQL021",
        span,
        format!("'{text}' is read as a number, and IBM documents none with an exponent"),
    )
    .label("QRadar may refuse this")
    .help("write the number out")
}

/// `e.sourceip`.
pub(super) fn prefixed(span: Span, prefix: &str) -> Diagnostic {
    Diagnostic::error("AQL022", span, "a field has no table before it")
        .label(format!("remove '{prefix}.'"))
        .help("AQL reads one table, and names its fields without a prefix")
}

/// `10.0.0.1` without quotes.
pub(super) fn bare_address(span: Span) -> Diagnostic {
    Diagnostic::error("AQL003", span, "AQL has no character '.' here")
        .label("a number has one point")
        .help("write an address between single quotes: '10.0.0.1'")
}

pub(super) fn misplaced_collate(span: Span) -> Diagnostic {
    Diagnostic::error("AQL023", span, "COLLATE stands in ORDER BY alone")
        .label("orders nothing here")
        .help("write ORDER BY field COLLATE 'de'; to compare whatever the case, write ILIKE")
}

pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error("AQL004", span, "the query is nested too deeply")
        .label("this level is too deep")
        .help("at most 200 levels of parentheses, functions and subqueries, and 500 arithmetic operators, are read")
}

pub(super) fn expected(span: Span, wanted: &str, found: &str) -> Diagnostic {
    Diagnostic::error("AQL005", span, format!("expected {wanted}, found {found}"))
        .label(format!("expected {wanted}"))
        .help(format!("put {wanted} here"))
}

/// A keyword where a value should be.
pub(super) fn reserved(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error("AQL005", span, format!("expected a value, found the keyword {}", word.to_uppercase()))
        .label("expected a value")
        .help(format!("put a value before it; a field of this name is written \"{word}\""))
}

pub(super) fn misspelt(span: Span, found: &str, meant: &str) -> Diagnostic {
    Diagnostic::error("AQL006", span, format!("unknown word '{found}'"))
        .label("not a keyword")
        .did_you_mean(Some(meant))
}

pub(super) fn unexpected(span: Span, found: &str) -> Diagnostic {
    Diagnostic::error("AQL007", span, format!("{found} cannot stand here"))
        .label("unexpected")
        .help("the clauses are SELECT, FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, and LAST or START and STOP")
}

pub(super) fn table_alias(span: Span, found: &str) -> Diagnostic {
    Diagnostic::error("AQL007", span, format!("a table cannot be renamed to '{found}'"))
        .label("unexpected")
        .help("remove it: AQL reads one table and names its fields without a prefix")
}

pub(super) fn missing_from(span: Span) -> Diagnostic {
    Diagnostic::error("AQL008", span, "the query reads no table: FROM is missing")
        .label("expected FROM")
        .help("write FROM events after the selected fields")
}

pub(super) fn twice(span: Span, clause: &str) -> Diagnostic {
    Diagnostic::error("AQL009", span, format!("a second {clause}"))
        .label("the first one holds")
        .help(format!("a query has one {clause}: join the conditions or remove this one"))
}

pub(super) fn clause_order(span: Span, clause: &str, before: &str) -> Diagnostic {
    Diagnostic::warning("AQL010", span, format!("{clause} stands after {before}"))
        .label("QRadar refuses this order")
        .help(format!("put {clause} before {before}"))
}

/// A clause that belongs behind FROM.
pub(super) fn before_from(span: Span, clause: &str) -> Diagnostic {
    Diagnostic::warning("AQL010", span, format!("{clause} stands before FROM"))
        .label("QRadar refuses this order")
        .help(format!("put {clause} after FROM and its table"))
}

pub(super) fn stop_alone(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL018", span, "STOP has no START: whatever is older is searched")
        .label("QRadar refuses this")
        .help("write START before STOP")
}

pub(super) fn unknown_parameter(span: Span, name: &str, known: &[&'static str]) -> Diagnostic {
    Diagnostic::warning("AQL019", span, format!("QRadar has no parameter '{name}'")).label("ignored").help(
        match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("the parameters are {}", known.join(", ")),
        },
    )
}

/// A parameter that can change what QRadar answers.
pub(super) fn parameter_without_effect(span: Span, name: &str) -> Diagnostic {
    let why = match name {
        "EXECUTIONTIMELIMIT" => "the query runs to its end, and QRadar's may be cut off",
        _ => "all of the evidence is searched, whichever server its events would be on",
    };
    Diagnostic::warning("AQL020", span, format!("{name} has no effect: {why}"))
        .label("ignored")
        .help("bound the query itself, by its time window or a condition")
}

/// SQL that AQL does not have.
pub(super) fn not_aql(span: Span, what: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error("AQL011", span, format!("AQL has no {what}")).label("QRadar refuses this");
    match what {
        "JOIN" => diagnostic.help("filter with \"field\" IN (SELECT field FROM events …) instead"),
        "UNION" | "INTERSECT" | "EXCEPT" => {
            diagnostic.help("run the queries one by one, or join their conditions with OR")
        }
        "WITH" => diagnostic.help("put the inner query into FROM ( … )"),
        "OVER" => diagnostic.help("group with GROUP BY instead"),
        "EXISTS" => diagnostic.help("use \"field\" IN (SELECT field FROM events …)"),
        "CONTAINS" => diagnostic.help("write ILIKE '%text%'"),
        "STARTSWITH" => diagnostic.help("write ILIKE 'text%'"),
        "ENDSWITH" => diagnostic.help("write ILIKE '%text'"),
        "REGEXP" | "RLIKE" => diagnostic.help("write IMATCHES '.*pattern.*', which has to match the whole value"),
        "TOP" => diagnostic.help("write LIMIT at the end of the query"),
        "NULLS FIRST" | "NULLS LAST" => diagnostic.help("remove it: what is missing comes last"),
        "NOT NULL without IS" => diagnostic.help("write IS NOT NULL"),
        "INSERT" | "UPDATE" | "DELETE" | "DROP" | "CREATE" | "ALTER" => {
            diagnostic.help("AQL only reads: a query begins with SELECT")
        }
        "OFFSET" => diagnostic.help("only LIMIT cuts the result"),
        _ => diagnostic.help("only FROM ( … ) and IN ( … ) take a query"),
    }
}

/// AQL that QRadar has and this engine has not.
pub(super) fn not_supported(span: Span, what: &str, help: &str) -> Diagnostic {
    Diagnostic::error("AQL012", span, format!("{what} cannot be run here")).label("not supported").help(help)
}

pub(super) fn time_unit(span: Span, found: &str) -> Diagnostic {
    Diagnostic::error("AQL013", span, format!("'{found}' is not a unit of time"))
        .label("expected MINUTES, HOURS or DAYS")
        .help(match nearest(found, ["MINUTES", "HOURS", "DAYS"]) {
            Some(name) => format!("did you mean '{name}'?"),
            None => "write LAST n MINUTES, HOURS or DAYS".to_string(),
        })
}

pub(super) fn bare_time(span: Span) -> Diagnostic {
    Diagnostic::error("AQL005", span, "expected a time, found a sum")
        .label("expected a time")
        .help("write it between single quotes: '2024-03-01 09:00'")
}

pub(super) fn range_twice(span: Span) -> Diagnostic {
    Diagnostic::error("AQL014", span, "a query has one time window")
        .label("a second window")
        .help("keep either LAST, or START with STOP")
}

pub(super) fn control_in_name(span: Span) -> Diagnostic {
    Diagnostic::error("AQL016", span, "a name cannot hold control characters")
        .label("holds one")
        .help("use letters, digits and signs")
}

pub(super) fn many_statements(span: Span) -> Diagnostic {
    Diagnostic::error("AQL017", span, "too many statements: the rest is not read")
        .label("reading stopped here")
        .help("a query has at most 100 statements")
}

pub(super) fn many_errors(span: Span) -> Diagnostic {
    Diagnostic::error("AQL015", span, "too many errors: the rest of the query is not read")
        .label("reading stopped here")
        .help("mend the errors above first")
}
