//! Everything that can be wrong with the files of a catalogue: one function a diagnostic, every code in one place.

use syntax::{Diagnostic, Span};

fn whole(code: &'static str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, Span::default(), message)
}

// Files and folders.

pub(crate) fn unreadable(reason: &str) -> Diagnostic {
    whole("CAT001", format!("the file cannot be read: {reason}")).help("check the path and its permissions")
}

pub(crate) fn not_text(offset: usize) -> Diagnostic {
    whole("CAT002", format!("the file is not UTF-8: byte {offset} begins no character"))
        .help("save it as UTF-8, with or without a byte order mark")
}

pub(crate) fn too_large(limit: u64) -> Diagnostic {
    whole("CAT003", format!("the file is larger than {} MiB", limit >> 20)).help("a detection needs a few kilobytes")
}

pub(crate) fn too_many_files(limit: usize) -> Diagnostic {
    whole("CAT004", format!("the folder holds more than {limit} files: the rest was not looked at"))
        .help("name the folder that holds the detections")
}

pub(crate) fn too_deep(limit: usize) -> Diagnostic {
    whole("CAT005", format!("the folder lies more than {limit} folders deep: it was not looked at"))
        .help("name the folder itself")
}

pub(crate) fn nothing_here() -> Diagnostic {
    whole("CAT006", "no detection was found here").help(
        "a detection is a package folder (with detection.toml), a .kql or .aql query, or a Sigma rule (.yml, .yaml)",
    )
}

pub(crate) fn unknown_ending() -> Diagnostic {
    whole("CAT007", "the name of this file does not say what it is")
        .help("known endings are .kql, .aql, .yml and .yaml")
}

pub(crate) fn empty_query() -> Diagnostic {
    whole("CAT008", "the file holds no query").help("write the query, or remove the file")
}

pub(crate) fn duplicate(id: &str, first: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "CAT009",
        span,
        format!("a detection with the id '{id}' is loaded already: this one was left out"),
    )
    .note(format!("the first is {first}"))
    .help("give each detection an id of its own")
}

pub(crate) fn same_name(id: &str, first: &str, instead: &str) -> Diagnostic {
    Diagnostic::warning(
        "CAT010",
        Span::default(),
        format!("two queries are called '{id}': this one runs as '{instead}'"),
    )
    .note(format!("the first is {first}"))
    .help("rename one of the files")
}

// Correlations and filters.

pub(crate) fn unknown_rule(span: Span, name: &str, near: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error("CAT011", span, format!("no rule that is loaded is called '{name}'"))
        .label("the correlation was left out");
    match near {
        Some(_) => diagnostic.did_you_mean(near),
        None => diagnostic.help("name a rule by its 'id' or 'name', and load its file too"),
    }
}

pub(crate) fn alias_of_other_rule(span: Span, name: &str, near: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error("CAT042", span, format!("'{name}' is no rule of this correlation"))
        .label("the correlation was left out");
    match near {
        Some(_) => diagnostic.did_you_mean(near),
        None => diagnostic.help("an alias says what the rules of the correlation call a field"),
    }
}

pub(crate) fn ambiguous_rule(span: Span, name: &str, count: usize) -> Diagnostic {
    Diagnostic::error("CAT012", span, format!("{count} rules are called '{name}'"))
        .label("the correlation was left out")
        .help("name the rule by its id")
}

pub(crate) fn correlation_of_itself(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("CAT013", span, format!("the correlation '{name}' is a part of itself"))
        .help("let each correlation name rules, or correlations that do not lead back to it")
}

pub(crate) fn correlation_too_large(span: Span, members: usize, depth: usize) -> Diagnostic {
    Diagnostic::error(
        "CAT014",
        span,
        format!("the correlation has more than {members} parts, or more than {depth} levels"),
    )
    .help("split it into smaller correlations")
}

pub(crate) fn filter_for_nothing(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("CAT015", span, format!("no rule that is loaded is called '{name}'"))
        .label("filters nothing")
        .help("name a rule by its 'id' or 'name'")
}

pub(crate) fn filter_of_other_log_source(span: Span) -> Diagnostic {
    Diagnostic::warning("CAT016", span, "no rule that this filter is for has this log source")
        .label("filters nothing")
        .help("write the rules' own log source, or less of it")
}

pub(crate) fn filters_too_large(span: Span) -> Diagnostic {
    Diagnostic::error("CAT043", span, "filters add too much to a rule that they are for")
        .label("the rule was left out")
        .help("name the rules that the filter is for, or write fewer values")
}

pub(crate) fn bad_toml(span: Span, message: &str) -> Diagnostic {
    Diagnostic::error("CAT020", span, message).help("the keys and their types are those of `trapline new`")
}

pub(crate) fn unknown_key(span: Span, key: &str, near: Option<&str>, known: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error("CAT021", span, format!("unknown key '{key}'")).label("no such key");
    match near {
        Some(_) => diagnostic.did_you_mean(near),
        None => diagnostic.help(format!("known here are {known}")),
    }
}

pub(crate) fn unknown_word(span: Span, word: &str, near: Option<&str>, known: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error("CAT022", span, format!("'{word}' is not one of {known}"));
    match near {
        Some(_) => diagnostic.did_you_mean(near),
        None => diagnostic.help(format!("write one of {known}")),
    }
}

// Packages.

pub(crate) fn missing_file(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("CAT030", span, format!("the package has no file '{name}'"))
        .help("add the file, or remove what names it")
}

pub(crate) fn undescribed_variant(file: &str, variant: &str) -> Diagnostic {
    whole("CAT031", format!("{file} is there, and [variant.{variant}] is not"))
        .help("describe the variant in detection.toml, or remove the file")
}

pub(crate) fn no_variant() -> Diagnostic {
    whole("CAT032", "the package has no variant").help("add query.kql, query.aql or rule.yml and its [variant.…]")
}

pub(crate) fn stray_file(name: &str) -> Diagnostic {
    Diagnostic::warning("CAT033", Span::default(), format!("'{name}' is no part of a package: nothing reads it"))
        .help("packages hold detection.toml, query.kql, query.aql, rule.yml, hunting/, tests/, playbook.md, guide.md, exceptions.toml")
}

pub(crate) fn link(name: &str) -> Diagnostic {
    Diagnostic::warning("CAT049", Span::default(), format!("'{name}' is a link, and is not followed"))
        .help("put the file or folder itself there, or name where it lies")
}

pub(crate) fn unknown_test(span: Span, name: &str, near: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error("CAT034", span, format!("the package has no test '{name}'"));
    match near {
        Some(_) => diagnostic.did_you_mean(near),
        None => diagnostic.help(format!("add tests/{name}.toml, or name a test that is there")),
    }
}

pub(crate) fn bad_event(line: usize, reason: &str, span: Span) -> Diagnostic {
    Diagnostic::error("CAT035", span, format!("line {line} is no JSON object: {reason}"))
        .help("one event is one JSON object on one line")
}

pub(crate) fn no_events() -> Diagnostic {
    whole("CAT036", "the test has no events").help("write the events that the procedure leaves, one JSON object a line")
}

pub(crate) fn must_without_variant(span: Span, variant: &str) -> Diagnostic {
    Diagnostic::error("CAT037", span, format!("the test speaks of '{variant}', and the package has no such variant"))
        .help(format!("remove '{variant}' from [must], or add the variant"))
}

pub(crate) fn says_nothing_of_variant(span: Span, variant: &str) -> Diagnostic {
    Diagnostic::error("CAT038", span, format!("the test does not say whether '{variant}' must find its events"))
        .help(format!("add '{variant} = true' or '{variant} = false' to [must]"))
}

pub(crate) fn contradiction(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("CAT039", span, what)
        .help("mend 'kind', 'findings', 'exception' or [must]: they have to say the same")
}

pub(crate) fn bad_tactic(span: Span, id: &str) -> Diagnostic {
    Diagnostic::error("CAT040", span, format!("'{id}' is no ATT&CK tactic")).help("write it as TA0002")
}

pub(crate) fn bad_technique(span: Span, id: &str) -> Diagnostic {
    Diagnostic::error("CAT040", span, format!("'{id}' is no ATT&CK technique")).help("write it as T1204 or T1204.001")
}

pub(crate) fn twice(span: Span, what: &str, name: &str) -> Diagnostic {
    Diagnostic::error("CAT044", span, format!("the {what} '{name}' is there twice"))
        .label("the second")
        .help("give each a name of its own, or remove one")
}

pub(crate) fn unknown_version(span: Span, version: &str) -> Diagnostic {
    Diagnostic::error("CAT045", span, format!("the changelog says nothing of version '{version}'"))
        .help("add a [[changelog]] for it, or write the version that was changed last")
}

pub(crate) fn bad_rate(span: Span) -> Diagnostic {
    Diagnostic::error("CAT046", span, "this is no rate of findings").help("write a number from 0 on, such as 0.05")
}

pub(crate) fn ends_before_it_begins(span: Span) -> Diagnostic {
    Diagnostic::error("CAT047", span, "the exception ends before it begins")
        .label("not after 'added'")
        .help("write a day after the one on which it was added")
}

pub(crate) fn no_manifest() -> Diagnostic {
    Diagnostic::warning("CAT048", Span::default(), "this looks like a package, and has no detection.toml").help(
        "`trapline new` writes one to start from; without it the queries stand for themselves, and nothing tests them",
    )
}

pub(crate) fn empty_value(span: Span, key: &str) -> Diagnostic {
    Diagnostic::error("CAT041", span, format!("'{key}' is empty")).help("write it, or leave an optional key out")
}
