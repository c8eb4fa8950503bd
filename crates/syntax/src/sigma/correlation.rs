//! A correlation from its document: which rules, grouped by what, within what time, and what is asked of them together.

use super::about::Reader;
use super::rule::has_errors;
use super::tree::{Alias, Asked, Bound, Correlation, Kind, Measure, Spanned};
use super::yaml::{Content, Node};
use super::{messages, scalar, together};
use crate::nearest::nearest;
use crate::{Diagnostic, Source, Span};

const KEYS: [&str; 7] = ["type", "rules", "group-by", "timespan", "aliases", "condition", "generate"];
/// More rules in one correlation than anybody writes.
const MAX_RULES: usize = 1_000;
/// Each order of them is looked at.
const MAX_ORDERED: usize = 50;

fn most(kind: Kind) -> usize {
    if kind == Kind::TemporalOrdered { MAX_ORDERED } else { MAX_RULES }
}

/// `None` where so much is missing that nothing is left to correlate.
pub(super) fn parse(
    source: &Source,
    document: &Node,
    entries: &[(Node, Node)],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Correlation> {
    let before = diagnostics.len();
    let start = Span::at(document.span.start as usize);
    let read = &mut Reader { diagnostics };
    let about = read.about(entries, start);
    let (key, body) = entries.iter().find(|(key, _)| key.scalar() == Some("correlation"))?;
    let Content::Map(parts) = &body.content else {
        read.diagnostics.push(messages::wrong_type(body.span, "correlation", "a map", body.kind()));
        return None;
    };
    let parts = Parts { key: key.span, entries: parts };
    parts.known(read);
    let kind = match parts.get("type") {
        Some(value) => read.word("correlation type", value, &Kind::ALL.map(Kind::name), Kind::from_name),
        None => {
            read.diagnostics.push(messages::correlation_without(key.span, "type", "type: event_count"));
            None
        }
    };
    let kind = kind?.value;
    let timespan = parts.timespan(read);
    let mut rules = parts.get("rules").map(|value| read.texts("rules", value)).unwrap_or_default();
    if let Some(beyond) = rules.get(most(kind)) {
        read.diagnostics.push(messages::too_many_rules(beyond.span, most(kind)));
        rules.truncate(most(kind));
    }
    let condition = parts.condition(source, kind, &mut rules, read);
    if rules.is_empty() && !has_errors(read.diagnostics, before) {
        read.diagnostics.push(messages::correlation_without(key.span, "rules", "rules: [name_of_a_rule]"));
    }
    let top = entries.iter().find(|(key, _)| key.scalar() == Some("generate")).map(|(_, value)| value);
    let generate = parts.get("generate").or(top).is_some_and(|value| parts.flag(value, read));
    let correlation = Correlation {
        span: document.span,
        about,
        kind,
        rules,
        group_by: parts.get("group-by").map(|value| read.texts("group-by", value)).unwrap_or_default(),
        timespan: timespan.unwrap_or_default(),
        aliases: parts.aliases(read),
        condition: condition.unwrap_or_else(|| Asked::Number(Measure::default())),
        generate,
        is_broken: has_errors(read.diagnostics, before),
    };
    Some(correlation)
}

struct Parts<'a> {
    key: Span,
    entries: &'a [(Node, Node)],
}

impl Parts<'_> {
    fn get(&self, name: &str) -> Option<&Node> {
        self.entries.iter().find(|(key, _)| key.scalar() == Some(name)).map(|(_, value)| value)
    }

    /// A key that is mistyped would be passed over.
    fn known(&self, read: &mut Reader<'_>) {
        for (key, _) in self.entries {
            let name = key.scalar().unwrap_or("");
            if !KEYS.contains(&name) {
                let near = nearest(name, KEYS);
                read.diagnostics.push(messages::unknown_key(key.span, name, "a correlation", near, &KEYS.join(", ")));
            }
        }
    }

    fn flag(&self, value: &Node, read: &mut Reader<'_>) -> bool {
        let flag = value.scalar().and_then(scalar::boolean);
        if flag.is_none() {
            read.diagnostics.push(messages::wrong_type(value.span, "generate", "true or false", value.kind()));
        }
        flag.unwrap_or(false)
    }

    fn timespan(&self, read: &mut Reader<'_>) -> Option<u64> {
        let Some(value) = self.get("timespan") else {
            read.diagnostics.push(messages::correlation_without(self.key, "timespan", "timespan: 5m"));
            return None;
        };
        let seconds = value.scalar().and_then(seconds);
        if seconds.is_none() {
            read.diagnostics.push(messages::bad_timespan(value.span));
        }
        seconds
    }

    fn aliases(&self, read: &mut Reader<'_>) -> Vec<Alias> {
        let Some(value) = self.get("aliases") else { return Vec::new() };
        let mut aliases = Vec::new();
        let Content::Map(entries) = &value.content else {
            read.diagnostics.push(messages::wrong_type(value.span, "aliases", "a map", value.kind()));
            return aliases;
        };
        for (name, fields) in entries {
            let Content::Map(of_rules) = &fields.content else {
                read.diagnostics.push(messages::wrong_type(
                    fields.span,
                    "an alias",
                    "a map of rules to fields",
                    fields.kind(),
                ));
                continue;
            };
            let pair = |(rule, field): &(Node, Node)| {
                Some((read.text("a rule's name", rule)?, read.text("a field's name", field)?))
            };
            let fields = of_rules.iter().filter_map(pair).collect();
            aliases.extend(read.text("an alias", name).map(|name| Alias { name, fields }));
        }
        aliases
    }

    /// What is asked; of a temporal correlation by itself that all its rules are there.
    fn condition(
        &self,
        source: &Source,
        kind: Kind,
        rules: &mut Vec<Spanned<String>>,
        read: &mut Reader<'_>,
    ) -> Option<Asked> {
        let Some(value) = self.get("condition") else {
            if kind.is_temporal() {
                let all = Measure { bounds: vec![(Bound::Gte, rules.len() as f64)], ..Measure::default() };
                return Some(Asked::Number(all));
            }
            read.diagnostics.push(messages::correlation_without(self.key, "condition", "condition: {gte: 10}"));
            return None;
        };
        match &value.content {
            Content::Map(entries) => self.measure(kind, value.span, entries, read).map(Asked::Number),
            Content::Scalar { .. } if kind.is_temporal() && !value.is_null() => {
                together::parse(source, value, rules, most(kind), read.diagnostics).map(Asked::Rules)
            }
            Content::Scalar { .. } if !value.is_null() => {
                read.diagnostics.push(messages::extended_elsewhere(value.span, kind.name()));
                None
            }
            _ => {
                read.diagnostics.push(messages::wrong_type(value.span, "condition", "a map", value.kind()));
                None
            }
        }
    }

    fn measure(&self, kind: Kind, span: Span, entries: &[(Node, Node)], read: &mut Reader<'_>) -> Option<Measure> {
        let mut measure = Measure::default();
        let before = read.diagnostics.len();
        for (key, value) in entries {
            let name = key.scalar().unwrap_or("");
            let number = value.scalar().and_then(|text| text.parse::<f64>().ok()).filter(|number| number.is_finite());
            if let Some(bound) = Bound::ALL.into_iter().find(|bound| bound.name() == name) {
                match number {
                    Some(number) => measure.bounds.push((bound, number)),
                    None => read.diagnostics.push(messages::wrong_value(value.span, name, "a number")),
                }
            } else if name == "field" {
                measure.fields = read.texts("field", value);
            } else if name == "percentile" {
                measure.percentile = number.filter(|number| (0.0..=100.0).contains(number));
                if measure.percentile.is_none() {
                    read.diagnostics.push(messages::wrong_value(value.span, name, "a number from 0 to 100"));
                }
            } else {
                let known = "gt, gte, lt, lte, eq, neq, field, percentile";
                let near = nearest(name, known.split(", "));
                let mut unknown = messages::unknown_key(key.span, name, "this condition", near, known);
                unknown.severity = crate::Severity::Error;
                read.diagnostics.push(unknown);
            }
        }
        if measure.bounds.is_empty() {
            if !has_errors(read.diagnostics, before) {
                read.diagnostics.push(messages::condition_without_bound(span));
            }
            return None;
        }
        if kind.has_field() && measure.fields.is_empty() {
            read.diagnostics.push(messages::correlation_without(span, "field", "condition: {field: User, gte: 10}"));
            return None;
        }
        if kind == Kind::ValuePercentile && measure.percentile.is_none() {
            read.diagnostics.push(messages::correlation_without(
                span,
                "percentile",
                "condition: {field: Size, percentile: 95, gt: 10}",
            ));
            return None;
        }
        Some(measure)
    }
}

/// `15m` in seconds. A month and a year are their means in the Gregorian calendar.
fn seconds(text: &str) -> Option<u64> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        'M' => 2_629_746,
        'y' => 31_556_952,
        _ => return None,
    };
    let digits = text.get(..text.len() - 1)?;
    let count: u64 = digits.parse().ok().filter(|_| digits.bytes().all(|c| c.is_ascii_digit()))?;
    count.checked_mul(unit).filter(|seconds| *seconds > 0 && *seconds < MOST_SECONDS)
}

/// Some thousand years: beyond it, no time is left to add to.
const MOST_SECONDS: u64 = 100_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    // The seconds of pySigma's SigmaCorrelationTimespan.
    #[test]
    fn a_timespan_is_a_count_and_a_unit() {
        let read = ["10s", "5m", "1h", "1d", "2w", "1M", "1y"].map(seconds);
        assert_eq!(read, [10, 300, 3_600, 86_400, 1_209_600, 2_629_746, 31_556_952].map(Some));
        assert_eq!(["5", "m", "0m", "-1m", "1 m", "1.5h", "1H", ""].map(seconds), [None; 8]);
    }
}
