//! Everything that can be wrong with a Sigma rule: one function a diagnostic, every code in one place.

use crate::{Diagnostic, Span};

// The file.

pub(super) fn broken_yaml(span: Span, info: &str, line: usize, column: usize) -> Diagnostic {
    Diagnostic::error("SIG001", span, format!("this is not valid YAML: {info} (line {line}, column {column})"))
        .label("YAML breaks here")
        .help("texts that hold ': ', '#', quotes or start with a special character go in single quotes")
}

pub(super) fn empty_file() -> Diagnostic {
    Diagnostic::error("SIG002", Span::default(), "the file holds no rule")
        .help("a rule is a YAML map with title, logsource and detection")
}

pub(super) fn file_too_large(limit: usize) -> Diagnostic {
    Diagnostic::error("SIG003", Span::default(), format!("the file is larger than {} MiB", limit >> 20))
        .help("split the file; one rule needs a few kilobytes")
}

pub(super) fn too_deep(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::error("SIG003", span, format!("nested more than {limit} levels deep"))
        .help("flatten the rule: selections hold maps or lists of maps, conditions a few levels of parentheses")
}

pub(super) fn too_many_aliases(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::error("SIG003", span, format!("aliases expand to more than {limit} values"))
        .help("write the values out, or alias smaller parts")
}

pub(super) fn too_many_copies(span: Span) -> Diagnostic {
    Diagnostic::error("SIG003", span, "the rules of this collection share too much")
        .label("this document and those behind it are not read")
        .help("write several smaller files")
}

pub(super) fn too_many_names(span: Span) -> Diagnostic {
    Diagnostic::error("SIG003", span, "the conditions name too many selections too often")
        .help("write several smaller rules")
}

pub fn too_many_values(span: Span) -> Diagnostic {
    Diagnostic::error("SIG003", span, "the rule compares too many values")
        .label("too much from here on")
        .help("write several smaller rules; a selection that a condition names twice counts twice")
}

pub(super) fn too_many_modifiers(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::error("SIG003", span, format!("more than {limit} modifiers behind one field"))
        .help("name each modifier once")
}

pub(super) fn too_much_said(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::error("SIG003", span, format!("there is more to say of this rule than {limit} messages"))
        .label("not looked at from here on")
        .help("mend what is said above")
}

pub(super) fn unknown_alias(span: Span) -> Diagnostic {
    Diagnostic::error("SIG001", span, "this alias names no anchor that is complete before it")
        .help("an alias (*name) repeats what an anchor (&name) marked above it; it cannot hold itself")
}

pub(super) fn duplicate_key(name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error("SIG004", span, format!("the key '{name}' stands twice in one map"))
        .label("second time")
        .note(format!("it stands first at byte {}", first.start))
        .help("join the values in one list, or put the second in a selection of its own")
}

pub(super) fn not_a_rule(span: Span, found: &str) -> Diagnostic {
    Diagnostic::error("SIG005", span, format!("a rule is a map, this document is {found}"))
        .help("a rule starts with 'title: …', followed by logsource and detection")
}

/// The code of [`another_document`], by which a walk through folders tells rules from other YAML.
pub const ANOTHER_DOCUMENT: &str = "SIG009";

pub(super) fn another_document(span: Span) -> Diagnostic {
    Diagnostic::error(ANOTHER_DOCUMENT, span, "this YAML is no Sigma rule: it has neither logsource nor detection")
        .help("a rule starts with 'title: …', followed by logsource and detection")
}

pub(super) fn wrong_type(span: Span, what: &str, wanted: &str, found: &str) -> Diagnostic {
    Diagnostic::error("SIG005", span, format!("{what} has to be {wanted}, not {found}"))
        .label(format!("this is {found}"))
        .help(format!("write {what} as {wanted}"))
}

pub(super) fn missing(span: Span, what: &str, near: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error("SIG006", span, format!("the rule has no {what}"));
    match near {
        Some(near) => diagnostic.help(format!("is '{near}' meant to be '{what}'?")),
        None => diagnostic.help(format!("add '{what}:' at the top level of the rule")),
    }
}

pub(super) fn empty_log_source(span: Span) -> Diagnostic {
    Diagnostic::error("SIG006", span, "the logsource says neither product, category nor service")
        .help("say at least one of them: a rule for every event there is would be slow and wrong")
}

pub(super) fn no_title(span: Span) -> Diagnostic {
    Diagnostic::warning("SIG007", span, "the rule has no title").help("add 'title:': findings are listed under it")
}

pub(super) fn unknown_word(span: Span, what: &str, word: &str, known: &str, near: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error("SIG008", span, format!("'{word}' is no {what}"));
    match near {
        Some(_) => diagnostic.note(format!("a {what} is one of {known}")).did_you_mean(near),
        None => diagnostic.help(format!("a {what} is one of {known}")),
    }
}

// Kinds of documents that are not rules.

pub(super) fn correlation_without(span: Span, what: &str, example: &str) -> Diagnostic {
    Diagnostic::error("SIG030", span, format!("the correlation has no {what}"))
        .help(format!("add it, such as '{example}'"))
}

pub(super) fn filter_without_rules(span: Span) -> Diagnostic {
    Diagnostic::error("SIG031", span, "the filter does not say for which rules it is")
        .help("add 'rules:' with their ids or names, or 'rules: any' for all of its log source")
}

pub(super) fn action(span: Span) -> Diagnostic {
    Diagnostic::warning("SIG032", span, "rule collections with 'action' are retired: later tools may not read them")
        .help("write each document as a whole rule")
}

pub(super) fn unknown_action(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error("SIG032", span, format!("'{word}' is no action of a rule collection"))
        .help("an action is global, repeat or reset; a document without one is a rule")
}

pub(super) fn timeframe(span: Span) -> Diagnostic {
    Diagnostic::error("SIG033", span, "'timeframe' belongs to aggregating conditions, which Sigma has retired")
        .help("a detection that counts over time is a correlation rule, or a KQL or AQL query")
}

// Correlations.

pub(super) fn bad_timespan(span: Span) -> Diagnostic {
    Diagnostic::error("SIG034", span, "this is no timespan")
        .help("a timespan is a number above zero and a unit: s, m, h, d, w, M (month) or y, such as '15m'")
}

pub(super) fn condition_without_bound(span: Span) -> Diagnostic {
    Diagnostic::error("SIG035", span, "the condition of the correlation asks for no number")
        .help("add one or more of gt, gte, lt, lte, eq and neq, such as 'gte: 10'")
}

pub(super) fn extended_elsewhere(span: Span, kind: &str) -> Diagnostic {
    Diagnostic::error("SIG036", span, format!("an expression of rules is no condition of '{kind}'"))
        .help("write a map such as 'gte: 10', or make the correlation temporal")
}

pub(super) fn rule_not_listed(span: Span, name: &str, near: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error("SIG037", span, format!("the correlation lists no rule '{name}'"));
    match near {
        Some(_) => diagnostic.did_you_mean(near),
        None => diagnostic.help("add it to 'rules:', or leave 'rules:' out"),
    }
}

pub(super) fn rule_without_place(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("SIG037", span, format!("the condition of the correlation does not name '{name}'"))
        .help("name every listed rule in the condition, or take it out of 'rules:'")
}

pub fn only_in_hunts(span: Span) -> Diagnostic {
    Diagnostic::error("SIG039", span, "correlations and filters look at more than one rule, and a query is one")
        .help("run the file by 'trapline hunt PATH --detections FILE'")
}

pub(super) fn too_many_rules(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::error("SIG003", span, format!("a correlation of more than {limit} rules"))
        .help("chain smaller correlations")
}

pub(super) fn unknown_key(span: Span, key: &str, place: &str, near: Option<&str>, known: &str) -> Diagnostic {
    let diagnostic =
        Diagnostic::warning("SIG038", span, format!("'{key}' is no key of {place}")).label("not looked at");
    match near {
        Some(_) => diagnostic.did_you_mean(near),
        None => diagnostic.help(format!("known are {known}")),
    }
}

// The detection.

pub(super) fn no_condition(span: Span) -> Diagnostic {
    Diagnostic::error("SIG010", span, "the detection has no condition")
        .help("add 'condition:' with the names of the selections, such as 'selection and not filter'")
}

pub(super) fn no_selections(span: Span) -> Diagnostic {
    Diagnostic::error("SIG011", span, "the detection has no selection")
        .help("add 'selection:' with the fields to match")
}

pub(super) fn empty_search(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("SIG012", span, format!("'{name}' holds nothing to search for"))
        .help("give it fields or keywords, or remove it")
}

pub(super) fn missing_selection(span: Span, name: &str, near: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error("SIG013", span, format!("the detection has no selection '{name}'"))
        .label("no such selection");
    match near {
        Some(_) => diagnostic.did_you_mean(near),
        None => diagnostic.help("name a selection of this detection, or add one under this name"),
    }
}

pub(super) fn unused_selection(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("SIG014", span, format!("no condition uses '{name}'"))
        .label("never looked at")
        .help("name it in the condition, or remove it")
}

pub(super) fn condition(span: Span, what: &str, label: &str) -> Diagnostic {
    Diagnostic::error("SIG015", span, what)
        .label(label)
        .help("a condition joins selections by and, or, not, parentheses, '1 of name*' and 'all of them'")
}

pub(super) fn aggregation(span: Span) -> Diagnostic {
    Diagnostic::error(
        "SIG016",
        span,
        "conditions that aggregate ('| count() …') are not supported: Sigma has retired them",
    )
    .label("from here")
    .help("a detection that counts over time is a correlation rule, or a KQL or AQL query")
}

// Fields, modifiers, values.

pub(super) fn unknown_modifier(span: Span, name: &str, near: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error("SIG020", span, format!("unknown modifier '{name}'")).label("no such modifier");
    match near {
        Some(_) => diagnostic.did_you_mean(near),
        None => {
            diagnostic.help("known are contains, startswith, endswith, all, re, cidr, windash, base64offset and others")
        }
    }
}

pub(super) fn all_of_one(span: Span) -> Diagnostic {
    Diagnostic::warning("SIG049", span, "'all' with a single value: Sigma does not allow it, and it changes nothing")
        .help("remove it, or list the values that all have to match")
}

pub fn modifiers_conflict(span: Span, first: &str, second: &str) -> Diagnostic {
    Diagnostic::error("SIG021", span, format!("'{second}' cannot stand beside '{first}'"))
        .label("does not fit")
        .help(format!("keep either '{first}' or '{second}'"))
}

pub fn modifier_needs(span: Span, name: &str, needed: &str) -> Diagnostic {
    Diagnostic::error("SIG022", span, format!("'{name}' stands only behind '{needed}'"))
        .help(format!("write '|{needed}|{name}', or remove '{name}'"))
}

pub fn wrong_value(span: Span, modifier: &str, wanted: &str) -> Diagnostic {
    Diagnostic::error("SIG023", span, format!("'{modifier}' takes {wanted}"))
        .label("not this value")
        .help(format!("give {wanted}, or use another modifier"))
}

pub(super) fn no_network(span: Span) -> Diagnostic {
    wrong_value(span, "cidr", "an IP network such as 10.0.0.0/8")
}

pub(super) fn host_bits(span: Span, network: &str) -> Diagnostic {
    Diagnostic::error("SIG023", span, "the address has bits beyond the prefix, so it is no network")
        .label("no first address of a network")
        .help(format!("write {network}, or the address alone"))
}

pub fn null_takes_no_modifier(span: Span) -> Diagnostic {
    Diagnostic::error("SIG023", span, "null says that a field is missing: it takes no modifier and is no keyword")
        .help("write 'field: null', or quote the word: 'null'")
}

pub fn bytes_without_base64(span: Span) -> Diagnostic {
    Diagnostic::error("SIG024", span, "in this encoding the value is no text, and events hold text alone")
        .help("put 'base64offset' behind the encoding: '|utf16|base64offset|contains'")
}

pub fn too_short_for_base64(span: Span) -> Diagnostic {
    Diagnostic::error(
        "SIG024",
        span,
        "the value is too short for 'base64offset': nothing of it is the same at every offset",
    )
    .help("take more of the text that is looked for, two characters at least")
}

pub fn wildcard_in_encoded(span: Span, modifier: &str) -> Diagnostic {
    Diagnostic::error("SIG024", span, format!("a wildcard cannot be encoded by '{modifier}'"))
        .help("escape it with a backslash if the character itself is meant")
}

pub fn too_many_dashes(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::error("SIG025", span, format!("'windash' on a value with more than {limit} dashes"))
        .help("split the value into a list with 'contains|all|windash'")
}

/// A rule may name a placeholder twice in a value, and a file may give it ten thousand values.
pub fn too_many_texts(span: Span) -> Diagnostic {
    Diagnostic::error("SIG069", span, "the placeholders of this value stand for more texts than can be looked for")
        .label("the rule was left out")
        .help("give its placeholders fewer values")
}

pub fn placeholder(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("SIG026", span, format!("the placeholder '%{name}%' has no value here"))
        .label("has to be expanded first")
        .help("say them in a file, as 'name: [value, …]', and give it as --placeholders FILE")
}

pub fn bad_regex(span: Span, reason: &str) -> Diagnostic {
    Diagnostic::error("SIG027", span, format!("this regular expression is not understood: {reason}"))
        .help("the dialect is that of Rust's regex crate: Perl's, without look-around and backreferences")
}

pub fn look_around(span: Span) -> Diagnostic {
    Diagnostic::error("SIG028", span, "this regular expression looks around ('(?=', '(?!', '(?<=', '(?<!')")
        .label("not supported: its time has no bound")
        .help("say it with a second selection and 'and not'")
}

pub fn backreference(span: Span) -> Diagnostic {
    Diagnostic::error("SIG029", span, "this regular expression refers back to a group ('\\1')")
        .label("not supported: its time has no bound")
        .help("write the repeated part out")
}

pub(super) fn date(span: Span) -> Diagnostic {
    Diagnostic::warning("SIG048", span, "YAML takes this for a date, and other tools refuse it: here it is the text")
        .help("put it in quotes")
}

// Binding.

pub fn unknown_log_source(span: Span, name: &str, near: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error("SIG040", span, format!("no events are known for the log source {name}"))
        .label("this rule cannot be applied to any event");
    match near {
        Some(_) => diagnostic.did_you_mean(near),
        None => diagnostic.help("'trapline tables sigma' lists the log sources that are mapped to events"),
    }
}

pub fn no_event_text(span: Span, table: &str) -> Diagnostic {
    Diagnostic::error("SIG041", span, format!("keywords search the whole event, and {table} has no text of it"))
        .help("name the fields to search")
}

pub fn unknown_field(span: Span, name: &str, table: &str, near: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::error("SIG042", span, format!("{table} has no field '{name}'")).label("no such field");
    match near {
        Some(_) => diagnostic.did_you_mean(near),
        None => diagnostic.help("--lenient takes unknown fields as empty"),
    }
}

pub fn field_is_a_time(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("SIG044", span, format!("'{name}' is a point in time here, which has no text to compare"))
        .help("bound the time with --from and --to")
}

/// For a raw field that no event held.
pub fn field_without_events(span: Span, name: &str, near: Option<&str>) -> Diagnostic {
    Diagnostic::warning("SIG046", span, format!("no event has a field '{name}'"))
        .label("always empty")
        .help("a rule that needs it cannot match here")
        .did_you_mean(near)
}

pub fn control_in_name(span: Span) -> Diagnostic {
    Diagnostic::error("SIG047", span, "the name of a field cannot hold control characters")
        .help("use letters, digits and signs")
}

pub fn not_for_keywords(span: Span, modifier: &str) -> Diagnostic {
    Diagnostic::error("SIG045", span, format!("'{modifier}' needs a field"))
        .label("keywords search the whole event")
        .help("name the field, or use contains, all, re, windash or an encoding")
}

pub fn not_planned(span: Span, reason: &str) -> Diagnostic {
    Diagnostic::error("SIG043", span, format!("the rule cannot be planned: {reason}"))
        .help("this is a fault of trapline, not of the rule; please report it")
}
