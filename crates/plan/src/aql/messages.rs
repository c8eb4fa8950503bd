//! What the binder has to say: errors AQL101 to AQL199, warnings AQL201 to AQL299.

use functions::stepwise::TooManySteps;
use syntax::nearest::nearest;
use syntax::{Diagnostic, Span};

pub(super) fn unknown_table(span: Span, name: &str, known: &[String]) -> Diagnostic {
    let diagnostic =
        Diagnostic::error("AQL101", span, format!("no table is called '{name}' here")).label("unknown table");
    let of_ariel = nearest(name, ["events", "flows"]);
    match of_ariel.or_else(|| nearest(name, known.iter().map(String::as_str))) {
        Some(near) => diagnostic.did_you_mean(Some(near)),
        None if name.eq_ignore_ascii_case("flows") => diagnostic.help("logs hold events; network flows are not read"),
        None => diagnostic.help("AQL reads the table events"),
    }
}

pub(super) fn unknown_field<'a>(span: Span, name: &str, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    Diagnostic::error("AQL102", span, format!("nothing here is called '{name}'")).label("unknown field").help(
        match nearest(name, known) {
            Some(near) => format!("did you mean '{near}'?"),
            None => "only the fields that the inner query selects can be used".to_string(),
        },
    )
}

pub(super) fn unknown_function<'a>(span: Span, name: &str, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    Diagnostic::error("AQL103", span, format!("no function is called {name}()")).label("unknown function").help(
        match nearest(name, known) {
            Some(near) => format!("did you mean '{near}'?"),
            None => "`trapline functions` lists the functions".to_string(),
        },
    )
}

pub(super) fn wrong_arguments(span: Span, name: &str, wanted: &str) -> Diagnostic {
    Diagnostic::error("AQL104", span, format!("{name}() does not take these arguments"))
        .label(format!("takes {wanted}"))
        .help(format!("write {name}({wanted})"))
}

pub(super) fn not_supported(span: Span, what: &str, help: &str) -> Diagnostic {
    Diagnostic::error("AQL105", span, format!("{what} cannot be run here")).label("not supported").help(help)
}

pub(super) fn reference_decides(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("AQL106", span, format!("{name}() reads reference data, and the result depends on it"))
        .label("no file is given for it")
        .help("give its values with --reference NAME=PATH: lines, CSV or JSON")
}

pub(super) fn bad_reference(span: Span, name: &str, why: &str) -> Diagnostic {
    Diagnostic::error("AQL123", span, format!("the file of '{name}' cannot be read: {why}"))
        .label("reads it")
        .help("a set has a value a line, a map two columns, a table a header")
}

pub(super) fn too_many_values(span: Span, most: usize) -> Diagnostic {
    Diagnostic::error("AQL124", span, format!("the reference set has more than {most} values"))
        .label("too large")
        .help("give the values that matter")
}

pub(super) fn no_reference_column(span: Span, name: &str, known: &[String]) -> Diagnostic {
    Diagnostic::error("AQL125", span, format!("the table has no column '{name}'")).label("unknown column").help(
        match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("its first row names the columns: {}", known.join(", ")),
        },
    )
}

pub(super) fn needs_literal(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error("AQL107", span, format!("{what} has to be a text in quotes"))
        .label("not a literal")
        .help("write it out between single quotes")
}

pub(super) fn bad_regex(span: Span, why: &str) -> Diagnostic {
    Diagnostic::error("AQL108", span, "this regular expression cannot be used")
        .label(why.to_string())
        .help("it is Java's syntax: in brackets a backslash escapes too, so that one is written twice")
}

pub(super) fn replaces_in_one_pass(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("AQL108", span, "this regular expression cannot be used")
        .label(format!("{name}() has no look-around, back references, possessive quantifiers, nor ^ and $ of lines"))
        .help("capture what is to stay in a group, and name it with $1 in the replacement")
}

pub(super) fn no_condition(span: Span) -> Diagnostic {
    Diagnostic::error("AQL109", span, "this is a value, not a condition")
        .label("neither true nor false")
        .help("compare it with something: x = 1, x LIKE '%a%', x IS NOT NULL")
}

pub(super) fn aggregate_in_filter(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("AQL110", span, format!("{name}() counts groups, and WHERE sees single events"))
        .label("not in WHERE")
        .help("put the condition into HAVING")
}

pub(super) fn aggregate_inside(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("AQL111", span, format!("{name}() stands inside of another aggregate"))
        .label("nested aggregate")
        .help("aggregate in an inner query: FROM (SELECT …)")
}

pub(super) fn bad_time(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error("AQL112", span, format!("'{text}' is not a time"))
        .label("not understood")
        .help("write 'yyyy-MM-dd HH:mm:ss', milliseconds since 1970, or PARSEDATETIME('1 day ago')")
}

pub(super) fn no_time_column(span: Span) -> Diagnostic {
    Diagnostic::error("AQL113", span, "there is no starttime that this window could bound")
        .label("no event time")
        .help("put the window into the inner query")
}

pub(super) fn inner_query_place(span: Span) -> Diagnostic {
    Diagnostic::error("AQL114", span, "IN (SELECT …) is a condition of WHERE and HAVING alone")
        .label("not in the place of a value")
        .help("put it into WHERE")
}

pub(super) fn inner_query_columns(span: Span, count: usize) -> Diagnostic {
    Diagnostic::error("AQL115", span, format!("the query of IN gives {count} columns, not one"))
        .label("one column is compared")
        .help("select one field")
}

pub(super) fn order_of_distinct(span: Span) -> Diagnostic {
    Diagnostic::error("AQL116", span, "SELECT DISTINCT can only be ordered by what it selects")
        .label("not selected")
        .help("add it to the selected fields")
}

pub(super) fn bad_pattern(span: Span, letter: char) -> Diagnostic {
    Diagnostic::error("AQL117", span, format!("a date pattern has no letter '{letter}'"))
        .label("not a field of a time")
        .help("y year, M month, d day, H hour, m minute, s second; other texts stand between ''")
}

pub(super) fn bad_network(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error("AQL118", span, format!("'{text}' is not an IP network"))
        .label("expected address/bits")
        .help("write INCIDR('10.0.0.0/8', sourceip)")
}

pub(super) fn too_large(span: Span) -> Diagnostic {
    Diagnostic::error("AQL119", span, "the query is too large")
        .label("too large here")
        .note("a SELECT has at most 1,000 columns and 1,000 fields, a query 4,000 aggregates, and 20,000 values more than its text once its aliases are put in")
        .help("split the query, or use fewer aliases of aliases")
}

pub(super) fn cursor_twice(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("AQL120", span, format!("'{name}' is taken"))
        .label("a table or an earlier result")
        .help("take another name after INTO")
}

pub(super) fn address_is_no_text(span: Span, field: &str, op: &str) -> Diagnostic {
    Diagnostic::error("AQL121", span, format!("this is an IP address, and {op} looks at texts"))
        .label("not a text")
        .note("QRadar refuses this")
        .help(format!("write STR({field}) {op} …, or INCIDR('10.0.0.0/8', {field}) for a network"))
}

pub(super) fn bad_search(span: Span, why: &str) -> Diagnostic {
    Diagnostic::error("AQL122", span, format!("the search text cannot be used: {why}"))
        .label("not a search text")
        .help("write words, \"phrases in quotes\", word*, AND, OR, NOT and parentheses")
}

pub(super) fn swapped(span: Span, usage: &str) -> Diagnostic {
    Diagnostic::error("AQL126", span, "the arguments are swapped")
        .label("in the wrong order")
        .help(format!("write {usage}"))
}

/// For a query that was ended. `place` is the record that holds the text, where it was found again.
pub fn too_many_steps(span: Span, why: &TooManySteps, place: Option<&str>) -> Diagnostic {
    let text: String = why.text.chars().take(60).collect();
    let cut = if text.len() < why.text.len() { "…" } else { "" };
    let of = place.map(|place| format!(" of {place}")).unwrap_or_default();
    Diagnostic::error("AQL127", span, format!("this regular expression took {}", why.most))
        .label("matched step by step")
        .note(format!("it was at the text '{text}{cut}'{of}; no result is better than a wrong one"))
        .help("say what may repeat in one way only: no * or + within what * or + repeats, and no back reference behind it")
}

pub(super) fn bad_replacement(span: Span, why: &str) -> Diagnostic {
    Diagnostic::error("AQL129", span, "the replacement cannot be used")
        .label(why.to_string())
        .note("Java throws an exception at it, and QRadar's search ends")
        .help(r"$1 is the pattern's first group and $0 all of it; write \$ for the sign itself")
}

pub(super) fn not_planned(span: Span, why: &str) -> Diagnostic {
    Diagnostic::error("AQL198", span, format!("this cannot be planned: {why}"))
        .label("here")
        .help("simplify this part of the query")
}

pub(super) fn incomplete(span: Span) -> Diagnostic {
    Diagnostic::error("AQL199", span, "the query is not complete")
        .label("cannot be run")
        .help("mend the errors of its text first")
}

pub(super) fn no_window(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL201", span, "the query has no time window: all of the evidence is searched")
        .label("no LAST, no START")
        .note("QRadar would search the last minutes only")
        .help("add LAST 24 HOURS, or START and STOP")
}

pub(super) fn never_equal(span: Span, text: &str, fold: &str) -> Diagnostic {
    Diagnostic::warning("AQL202", span, format!("nothing that {fold}() gives can match '{text}'"))
        .label("has letters of the other case")
        .help(format!("write the text in {} case", if fold == "LOWER" { "lower" } else { "upper" }))
}

pub(super) fn not_a_number(span: Span, text: &str) -> Diagnostic {
    Diagnostic::warning("AQL203", span, format!("'{text}' is not a number, and the field is one: this is never true"))
        .label("never true")
        .help("compare with a number; of a time with PARSEDATETIME('yyyy-MM-dd HH:mm:ss')")
}

pub(super) fn whole_value(span: Span, op: &str, any: &str) -> Diagnostic {
    Diagnostic::warning("AQL204", span, format!("{op} has to match the whole value"))
        .label("not found within a longer value")
        .help(format!("put {any} around it to find it anywhere"))
}

pub(super) fn count_distinct(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL205", span, "AQL has no COUNT(DISTINCT …): taken as UNIQUECOUNT")
        .label("QRadar refuses this")
        .help("write UNIQUECOUNT(…)")
}

pub(super) fn payload_bytes(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL206", span, "payload holds bytes: taken as UTF8(payload)")
        .label("QRadar compares bytes")
        .help("write UTF8(payload)")
}

pub(super) fn wrong_id(span: Span, name: &str, wanted: &[&str], field: &str) -> Diagnostic {
    let wanted = wanted.join(" or ");
    Diagnostic::warning("AQL207", span, format!("{name}() names the ids of {wanted}, and {field} is another"))
        .label("gives a wrong name, or none")
        .help(format!("write {name}({})", wanted.split(' ').next().unwrap_or_default()))
}

pub(super) fn console_unknown(span: Span, name: &str, decides: bool) -> Diagnostic {
    let warning = Diagnostic::warning("AQL208", span, format!("{name}() asks the QRadar console: it is empty here"))
        .label("always empty");
    let warning = if decides { warning.note("the result depends on it") } else { warning };
    match name.split_once("::").map_or(name, |(of, _)| of) {
        "ASSETHOSTNAME" | "ASSETUSER" | "ASSETPROPERTY" => {
            warning.help("give what is known with --reference assets=PATH: CSV whose first column is the address")
        }
        "NETWORKNAME" | "FULLNETWORKNAME" => {
            warning.help("give networks with --reference networks=PATH: CSV with a network, a name and a fullname")
        }
        "GEO" => warning.help("give places with --reference geo=PATH: CSV with a network and what is known of it"),
        _ if name.starts_with("REFERENCE") => warning.help("give its values with --reference NAME=PATH"),
        _ => warning.help("take the values of the event itself"),
    }
}

pub(super) fn week_year(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL209", span, "Y is the year of the week, which differs from the year around New Year")
        .label("week year")
        .help("write yyyy")
}

pub(super) fn half_day(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL210", span, "h counts to 12, and nothing says which half of the day")
        .label("ambiguous")
        .help("write HH, or add a")
}

pub(super) fn collate(span: Span, language: &str) -> Diagnostic {
    Diagnostic::warning(
        "AQL211",
        span,
        format!("the rules of '{language}' are not known: letters are ordered as in English"),
    )
    .label("accents count only between equal letters")
    .help("look at letters that the language sorts apart; de, en, fr, it, nl and pt are known")
}

pub(super) fn no_language(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error("AQL128", span, format!("'{text}' names no language"))
        .label("expected a language")
        .help("write COLLATE 'de', or with a country COLLATE 'de-CH'")
}

pub(super) fn goes_nowhere(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL212", span, "only the last statement's result is shown")
        .label("goes nowhere")
        .help("keep it with INTO name, and read it with FROM name")
}

pub(super) fn cast_is_sql(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL213", span, "CAST is not documented for AQL")
        .label("QRadar may refuse this")
        .help("write LONG(…), DOUBLE(…) or STR(…)")
}

pub(super) fn few_names(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("AQL214", span, format!("{name}() knows few names here, and is empty for the others"))
        .label("may be empty")
        .help("use QIDNAME(qid), which comes from the event itself")
}

pub(super) fn unknown_empty(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("AQL215", span, format!("nothing here is called '{name}': it reads as empty"))
        .label("always empty")
        .help("remove it, or name a field of the table")
}

pub(super) fn constant_order(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL216", span, "this is the same for every row and orders nothing")
        .label("a constant")
        .help("name a field or an alias")
}

pub(super) fn no_such_type(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL217", span, "no log source type of Windows events has such a name")
        .label("not the type of any event here")
        .note("Security, Sysmon, PowerShell and the other channels are all of one type")
        .help("compare with 'Microsoft Windows Security Event Log', or write devicetype = 12")
}

pub(super) fn doubled_backslash(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL218", span, "two backslashes look for two backslashes")
        .label("a path has one")
        .note("a backslash is an ordinary character in AQL")
        .help("write it once")
}

pub(super) fn wildcard_in_equality(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL219", span, "= has no wildcards: this looks for the sign % itself")
        .label("compared as it is")
        .help("write LIKE or ILIKE")
}

pub(super) fn not_a_text(span: Span, field: &str, op: &str) -> Diagnostic {
    Diagnostic::warning("AQL222", span, format!("this is no text: {op} looks at it as it prints"))
        .label("QRadar may refuse this")
        .help(format!("write STR({field})"))
}

pub(super) fn not_an_address(span: Span, text: &str) -> Diagnostic {
    Diagnostic::warning(
        "AQL223",
        span,
        format!("'{text}' is not an IP address, and the field is one: this is never true"),
    )
    .label("never true")
    .help("write one address; of a network write INCIDR('10.0.0.0/8', …)")
}

pub(super) fn search_place(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL224", span, "QRadar takes one TEXT SEARCH, alone or beside AND")
        .label("QRadar refuses this")
        .help("put all words into one search text, with AND, OR and NOT in it")
}

pub(super) fn words_side_by_side(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL225", span, "words side by side: an event has to hold all of them")
        .label("taken as AND")
        .help("write AND or OR between them, or quotes around a phrase")
}

pub(super) fn flows_without_payload(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL226", span, "flows have no payload here: TEXT SEARCH finds nothing")
        .label("never true")
        .note("logs of connections hold nothing of what was sent")
        .help("search in events, or compare a field of the flow")
}

pub(super) fn empty_window(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL227", span, "the time window ends before it begins: nothing can match")
        .label("an empty window")
        .help("put the earlier time behind START and the later one behind STOP")
}

pub(super) fn no_length(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL227", span, "the time window has no length: only events of this very millisecond match")
        .label("a window of one moment")
        .help("write how far back it goes, as in LAST 24 HOURS")
}

/// Reference data whose file has no value.
pub(super) fn empty_reference(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("AQL234", span, format!("the file of '{name}' is empty: nothing is found there"))
        .label("no values")
        .help(format!("look into the file that --reference {name}= names"))
}

pub(super) fn no_such_elements(span: Span, element: &str) -> Diagnostic {
    Diagnostic::warning("AQL228", span, format!("nothing in this reference data is {element}: nothing is found there"))
        .label("holds texts alone")
        .help("what is looked for says how it is compared: write STR(…) to compare texts")
}

pub(super) fn having_alone(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL229", span, "HAVING has no GROUP BY: all events are one group")
        .label("at most one row comes of it")
        .note("IBM describes HAVING behind GROUP BY alone")
        .help("add GROUP BY, or write WHERE to filter events")
}

pub(super) fn seconds(span: Span) -> Diagnostic {
    Diagnostic::warning("AQL230", span, "this number is in January 1970: times are milliseconds")
        .label("seconds, by its ten digits")
        .help("append 000")
}

pub(super) fn empty_pattern(span: Span, op: &str) -> Diagnostic {
    Diagnostic::warning("AQL232", span, format!("{op} looks at values, and what is empty has none: this is never true"))
        .label("never true")
        .help("write = '' or IS NULL for what is missing")
}

/// Each with its place, its name in the query, and IBM's.
pub(super) fn other_names(span: Span, spellings: &[(Span, String, String)]) -> Diagnostic {
    let all: Vec<String> = spellings.iter().map(|(_, name, meant)| format!("'{name}' is \"{meant}\"")).collect();
    Diagnostic::warning("AQL233", span, format!("IBM's own content names properties otherwise: {}", all.join(", ")))
        .label("one of several names here")
        .note("QRadar knows a property by the name that somebody gave it, and refuses others")
        .help("write IBM's names, or those of the QRadar that the query is for")
}

pub(super) fn path_in_regex(span: Span, class: &str, op: &str) -> Diagnostic {
    Diagnostic::warning("AQL231", span, format!(r"in {op}, {class} is a class of characters, not a path's backslash"))
        .label("Java's regular expression")
        .help(r"write a path's backslash twice: 'C:\\Windows.*'")
}

/// For a raw field that no event held. `is_kept`: without it, a condition lets every event pass.
pub fn field_without_events<'a>(
    span: Span,
    name: &str,
    is_kept: bool,
    known: impl Iterator<Item = &'a str>,
) -> Diagnostic {
    let (consequence, label) = match is_kept {
        true => (": its condition holds for every event", "the condition filters nothing"),
        false => ("", "always empty"),
    };
    Diagnostic::warning("AQL220", span, format!("no event has a field '{name}'{consequence}")).label(label).help(
        match nearest(name, known) {
            Some(near) => format!("did you mean '{near}'?"),
            None => {
                "`trapline tables events` lists the fields; others are asked for by their name in the log".to_string()
            }
        },
    )
}

pub(super) fn quoted_name(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("AQL221", span, format!("\"{name}\" is a field, not a text"))
        .label("no known field")
        .help(format!("write '{name}' for the text"))
}
