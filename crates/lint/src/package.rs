//! Lints of packages and of what rules say of themselves: ATT&CK, references, and elements that are not there.

use std::collections::HashSet;

use catalogue::package::manifest::{Attack, Named};
use catalogue::{Detection, Package};
use syntax::sigma::Spanned;
use syntax::{Diagnostic, Span};

use crate::attack::{self, Known, Standing};
use crate::messages;

/// What is doubtful in a package's manifest; `is_known` tells whether there is a detection of an id.
pub fn check(package: &Package, is_known: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
    let manifest = &package.manifest;
    let mut said = Vec::new();
    if let Some(attack) = &manifest.attack {
        of_attack(attack, &mut said);
    }
    of_related(manifest.related.iter().map(|one| (one.get_ref().as_str(), span(one))), is_known, &mut said);
    let references = manifest.references.iter().map(|one| (one.get_ref().as_str(), span(one)));
    of_references(references, &mut said);
    for one in &mut said {
        // Nothing but a comma goes with it.
        let is_safe = |fix: &syntax::Fix| {
            let between = package.manifest_source.slice(fix.span).split(['"', '\'']).next().unwrap_or("");
            between.chars().all(|c| c == ',' || c.is_whitespace())
        };
        one.fix = one.fix.take().filter(is_safe);
    }
    let elements = [
        ("description", !manifest.description.trim().is_empty()),
        ("ATT&CK technique", manifest.attack.is_some()),
        ("author", !manifest.authors.is_empty()),
        ("licence", manifest.license.is_some()),
        ("version", manifest.version.is_some()),
        ("changelog", !manifest.changelog.is_empty()),
        ("data source", !manifest.data_sources.is_empty()),
        ("false positive", !manifest.false_positives.is_empty()),
        ("blind spot", !manifest.blind_spots.is_empty()),
        ("tuning parameter", !manifest.tuning.is_empty()),
        ("reference", !manifest.references.is_empty()),
        ("date of validation", manifest.validated.is_some()),
        ("hunting query", !package.hunting.is_empty()),
        ("response playbook", package.playbook.is_some()),
        ("investigation guide", package.guide.is_some()),
    ];
    said.extend(elements.iter().filter(|(_, is_there)| !is_there).map(|(name, _)| messages::missing_element(name)));
    if package.written_tests < LEAST_TESTS {
        said.push(messages::few_tests(package.written_tests));
    }
    said
}

const LEAST_TESTS: usize = 5;

/// What is doubtful in what a rule says of itself.
pub fn check_rule(detection: &Detection, said: &mut Vec<Diagnostic>) {
    let abouts = detection.variants.iter().flat_map(|variant| {
        let rules = variant.rules.iter().map(|rule| &rule.about);
        rules.chain(variant.correlations.iter().map(|one| &one.correlation.about))
    });
    for about in abouts {
        for tag in &about.tags {
            of_tag(tag, said);
        }
        // Rules refer to mails and to research without an address too.
        about.references.iter().for_each(|one| of_atomics(&one.value, one.span, said));
    }
}

/// `attack.t1204.001`.
fn of_tag(tag: &Spanned<String>, said: &mut Vec<Diagnostic>) {
    let Some(name) = tag.value.strip_prefix("attack.") else {
        return;
    };
    let is_technique = name.strip_prefix('t').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_technique {
        standing(&name.to_uppercase(), tag.span, said);
    }
}

fn standing(id: &str, span: Span, said: &mut Vec<Diagnostic>) -> Option<Known> {
    let found = attack::find(id);
    match found {
        None if attack::may_be_newer(id) => said.push(messages::newer_technique(span, id)),
        None => said.push(messages::unknown_technique(span, id)),
        Some(Known { standing: Standing::Revoked(by), .. }) => {
            said.push(messages::past_technique(span, id, "revoked", by));
        }
        Some(Known { standing: Standing::Deprecated, .. }) => {
            said.push(messages::past_technique(span, id, "deprecated", ""));
        }
        Some(_) => {}
    }
    found
}

fn of_attack(attack: &Attack, said: &mut Vec<Diagnostic>) {
    let named = |named: &Named, said: &mut Vec<Diagnostic>| {
        // What is no id at all has been said.
        if !catalogue::is_attack_id(named.id.get_ref()) {
            return None;
        }
        let found = standing(named.id.get_ref(), span(&named.id), said)?;
        if matches!(found.standing, Standing::Current(_)) && found.name != named.name.get_ref() {
            said.push(messages::misnamed_technique(span(&named.name), named.id.get_ref(), found.name));
        }
        Some(found)
    };
    let tactic = named(&attack.tactic, said).map(|found| found.name.to_lowercase().replace(' ', "-"));
    for technique in std::iter::once(&attack.technique).chain(&attack.subtechnique) {
        let found = named(technique, said);
        if let (Some(Known { standing: Standing::Current(tactics), .. }), Some(tactic)) = (found, &tactic)
            && !attack::is_of(tactics, tactic)
        {
            said.push(messages::other_tactic(span(&technique.id), technique.id.get_ref(), tactics));
        }
    }
}

/// Each names a detection, or begins with a technique.
fn of_related<'a>(
    all: impl Iterator<Item = (&'a str, Span)>,
    is_known: &dyn Fn(&str) -> bool,
    said: &mut Vec<Diagnostic>,
) {
    for (text, place) in all {
        let first = text.split_whitespace().next().unwrap_or_default();
        if catalogue::is_attack_id(first) {
            standing(first, place, said);
        } else if !is_known(text) {
            said.push(messages::unknown_related(place, text));
        }
    }
}

fn of_references<'a>(all: impl Iterator<Item = (&'a str, Span)>, said: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    let mut before = None;
    for (text, span) in all {
        if let Some(why) = malformed(text) {
            said.push(messages::bad_reference(span, why));
        } else if !seen.insert(text) {
            let cut = before.map(|before: Span| Span { start: before.end, end: span.end });
            said.push(messages::bad_reference(span, "it stands there twice").cut(cut));
        }
        of_atomics(text, span, said);
        before = Some(span);
    }
}

fn of_atomics(text: &str, span: Span, said: &mut Vec<Diagnostic>) {
    let path = text.split_once("atomic-red-team/").and_then(|(_, path)| path.split("atomics/").nth(1));
    let id = path.and_then(|path| path.split(['/', '#', '?']).next());
    said.extend(id.filter(|id| attack::has_no_atomics(id)).map(|id| messages::no_atomics(span, id)));
}

fn malformed(text: &str) -> Option<&'static str> {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return Some("it is no address of the web");
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c)) {
        Some("it holds what no address holds")
    } else if !host.contains('.') || host.starts_with('.') || host.ends_with('.') {
        Some("it names no host")
    } else {
        None
    }
}

fn span<T>(value: &toml::Spanned<T>) -> Span {
    let range = value.span();
    Span::new(range.start, range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_held_to_be_followed() {
        let said = |texts: &[&str]| {
            let mut said = Vec::new();
            of_references(texts.iter().map(|text| (*text, Span::at(0))), &mut said);
            said.into_iter().map(|one| one.code).collect::<Vec<_>>()
        };
        let sound = "https://attack.mitre.org/techniques/T1204/001/";
        assert_eq!(said(&[sound, "http://a.example/x?y=1#z"]), [""; 0]);
        assert_eq!(said(&[sound, sound, "attack.mitre.org", "https://", "https://a b.example"]), ["LNT020"; 4]);
        let atomics = "https://github.com/redcanaryco/atomic-red-team/blob/master/atomics/";
        assert_eq!(said(&[&format!("{atomics}T1204.001/T1204.001.md")]), ["LNT021"]);
        assert_eq!(said(&[&format!("{atomics}T1204.002/T1204.002.md")]), [""; 0]);
    }
}
