//! What the binder says of what a query reads from outside of the evidence: watchlists, addresses, other workspaces.

use syntax::nearest::nearest;
use syntax::{Diagnostic, Span};

/// What the service reads from elsewhere, and nobody named a file for.
pub(in crate::kql) fn not_given(span: Span, what: &str, name: &str, given: &[(String, String)]) -> Diagnostic {
    let told = Diagnostic::warning("KQL025", span, format!("{what} is empty here: no file is given for it"))
        .label("no rows")
        .note("nothing is read from the service or the network");
    let near = nearest(name, given.iter().map(|(known, _)| known.as_str()));
    match near.and_then(|near| given.iter().find(|(known, _)| known == near)) {
        Some((known, file)) => told.help(format!("{file} is given for '{known}': --watchlist {name}={file}")),
        None => told.help(format!("give its rows as a file of CSV, JSON or lines: --watchlist {name}=PATH")),
    }
}

/// A watchlist whose file has no row.
pub(in crate::kql) fn empty_list(span: Span, name: &str, file: &str, columns: &[String]) -> Diagnostic {
    let holds = match columns {
        [] => "it holds nothing at all".to_owned(),
        columns => format!("it holds 0 rows beneath the columns {}", columns.join(", ")),
    };
    Diagnostic::warning("KQL034", span, format!("the watchlist '{name}' is empty: {holds}"))
        .label("no rows")
        .help(format!("look into {file}, which --watchlist {name}= names"))
}

/// A table of another workspace or database.
pub(in crate::kql) fn read_from_evidence(span: Span, table: &str, has_rows: bool) -> Diagnostic {
    let told =
        Diagnostic::warning("KQL033", span, format!("'{table}' is read from the evidence, wherever it is asked of"));
    match has_rows {
        true => told.label("the evidence's own"),
        false => told.label("without rows: another place before has them"),
    }
}

/// The file of a list that does not give rows.
pub(in crate::kql) fn bad_list(span: Span, name: &str, why: &str) -> Diagnostic {
    Diagnostic::error("KQL032", span, format!("the file for '{name}' cannot be read: {why}"))
        .label("no rows come of it")
        .help("a list is a file of CSV, of JSON, or of lines")
}

/// A file whose rows were bound by name, and that has none of the names.
pub(in crate::kql) fn other_columns(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("KQL032", span, format!("the file for '{name}' has none of these columns"))
        .label("every column would be empty")
        .help(format!("--watchlist {name}=PATH reads its columns by their place, as Kusto does"))
}
