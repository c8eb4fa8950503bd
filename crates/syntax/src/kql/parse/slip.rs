//! Slips: what other languages write where KQL has something of its own, and what it is in KQL. They are looked for only where the
//! text is wrong already.

use super::operator::OPERATORS;
use super::{Parser, Sign};
use crate::kql::token::Kind;
use crate::kql::tree::TextOperator;
use crate::nearest::nearest;

/// How far back the parenthesis of a list is looked for.
const REACH: usize = 200;

/// Words for operators of other languages, and those of KQL.
const OPERATORS_ELSEWHERE: &[(&str, &str)] = &[
    ("select", "write project for the columns: T | project a, b"),
    ("fields", "write project for the columns: T | project a, b"),
    ("table", "write project for the columns: T | project a, b"),
    ("group", "write summarize: T | summarize count() by a"),
    ("groupby", "write summarize: T | summarize count() by a"),
    ("aggregate", "write summarize: T | summarize count() by a"),
    ("stats", "write summarize: T | summarize count() by a"),
    ("having", "write where behind summarize"),
    ("orderby", "write order by"),
    ("eval", "write extend: T | extend a = b"),
    ("head", "write take"),
    ("rename", "write project-rename new = old"),
    ("dedup", "write distinct, or summarize take_any(*) by the columns"),
    ("from", "a query begins with the table's name: T | where …"),
    ("rex", "write extract(), or parse"),
];

/// Text operators that a misspelt word may have meant.
const TEXT_OPERATORS: [&str; 20] = [
    "contains",
    "!contains",
    "contains_cs",
    "!contains_cs",
    "startswith",
    "!startswith",
    "startswith_cs",
    "!startswith_cs",
    "endswith",
    "!endswith",
    "endswith_cs",
    "!endswith_cs",
    "has",
    "!has",
    "has_cs",
    "!has_cs",
    "hasprefix",
    "!hasprefix",
    "hassuffix",
    "!hassuffix",
];

/// What a word that is no operator of KQL is called there.
pub(super) fn operator_elsewhere(word: &str) -> Option<&'static str> {
    OPERATORS_ELSEWHERE.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, help)| *help)
}

fn is_like(word: &str) -> bool {
    word.eq_ignore_ascii_case("like") || word.eq_ignore_ascii_case("ilike")
}

impl Parser<'_> {
    /// A help line for the place where something else was expected.
    pub(super) fn slip(&self) -> Option<String> {
        if self.is(Sign::Pipe) && self.at > 0 && self.last_span().end == self.span().start {
            return Some("write 'or'".to_owned());
        }
        let before = self.word_before();
        match before.to_ascii_lowercase().as_str() {
            "not" => return Some("'not' is a function: not(…)".to_owned()),
            "case" | "when" => return Some("case() is a function: case(condition, value, …, otherwise)".to_owned()),
            "matches" => return Some("write matches regex".to_owned()),
            "in" | "in~" | "!in" | "!in~" => return Some(format!("a list stands in parentheses: {before} ('a', 'b')")),
            "between" | "!between" => return Some(format!("write {before} (low .. high)")),
            _ => {}
        }
        if self.is(Sign::Comma)
            && let Some(operator) = self.listed_for()
        {
            let help = format!("'{operator}' takes one text: write it once for each, with 'or' between");
            return Some(help + "; has_any takes a list of whole words");
        }
        self.slip_of_word()
    }

    fn slip_of_word(&self) -> Option<String> {
        let word = self.word();
        let lowered = word.to_ascii_lowercase();
        let plain = lowered.trim_start_matches('!');
        let not = if lowered.starts_with('!') { "!" } else { "" };
        Some(match plain {
            "" => return None,
            "and" | "or" if word != plain => format!("write '{plain}' in small letters"),
            "not" if is_like(self.word_at(1)) => self.like("!", 2),
            "not" if !self.word_at(1).is_empty() => format!("write !{}", self.word_at(1).to_ascii_lowercase()),
            like if is_like(like) => self.like(not, 1),
            "regex" | "regexp" | "rlike" | "match" => "write matches regex".to_owned(),
            "is" => "write isnull() or isnotnull(); for texts isempty() or isnotempty()".to_owned(),
            "as" => "the new name comes first: name = value".to_owned(),
            "when" | "then" | "else" | "end" => "case() is a function: case(condition, value, …, otherwise)".to_owned(),
            "has_any" | "has_all" | "matches" => format!("write not(… {plain} …)"),
            "equals" | "eq" => "write ==, or =~ to ignore case".to_owned(),
            _ => match plain.strip_suffix("_any").or_else(|| plain.strip_suffix("_all")) {
                Some(stem) if TextOperator::from_word(stem).is_some() => {
                    format!(
                        "write {not}{stem} once for each text, with 'or' between; has_any takes a list of whole words"
                    )
                }
                _ => return self.near_word(word, &lowered),
            },
        })
    }

    fn near_word(&self, word: &str, lowered: &str) -> Option<String> {
        if TextOperator::from_word(lowered).is_some() {
            return Some(format!("write {lowered} in small letters"));
        }
        if *self.kind_at(1) != Kind::End
            && let Some(near) = nearest(lowered, TEXT_OPERATORS)
        {
            return Some(format!("did you mean '{near}'?"));
        }
        let is_operator = OPERATORS.contains(&word);
        is_operator.then(|| format!("an operator stands behind a pipe: | {word}"))
    }

    /// What a pattern with `%`, so many tokens ahead, is in KQL.
    fn like(&self, not: &str, ahead: usize) -> String {
        let Kind::Text(pattern) = self.kind_at(ahead) else {
            return "write contains, startswith or endswith".to_owned();
        };
        let inner = pattern.trim_matches('%');
        if inner.contains(['%', '_']) {
            return format!("write {not}contains, startswith or endswith, or matches regex");
        }
        let operator = match (pattern.starts_with('%'), pattern.ends_with('%')) {
            (true, true) => "contains",
            (true, false) => "endswith",
            (false, true) => "startswith",
            (false, false) if not == "!" => return format!("write !~ '{inner}'"),
            (false, false) => return format!("write =~ '{inner}'"),
        };
        format!("write {not}{operator} '{inner}'")
    }

    fn word_before(&self) -> &str {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        match before {
            Some(token) if matches!(token.kind, Kind::Name | Kind::NotName) => self.source.slice(token.span),
            _ => "",
        }
    }

    /// The operator of one text before the parenthesis that is open here.
    fn listed_for(&self) -> Option<&str> {
        let mut open = 0_usize;
        for at in (self.at.saturating_sub(REACH)..self.at).rev() {
            match self.tokens.get(at)?.kind {
                Kind::Sign(Sign::CloseParen) => open += 1,
                Kind::Sign(Sign::OpenParen) => match open.checked_sub(1) {
                    Some(outer) => open = outer,
                    None => {
                        let token = self.tokens.get(at.checked_sub(1)?)?;
                        let word = self.source.slice(token.span);
                        let operator = TextOperator::from_word(word)?;
                        return (!operator.takes_list()).then_some(word);
                    }
                },
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::kql::parse;
    use crate::source::Source;

    #[test]
    fn what_other_languages_write_has_its_help() {
        for (text, wanted) in [
            ("where not a == 'x'", "'not' is a function: not(…)"),
            ("where a == 1 AND b == 2", "write 'and' in small letters"),
            ("where a == 1 Or b == 2", "write 'or' in small letters"),
            ("where a || b", "write 'or'"),
            ("where a && b", "write 'and'"),
            ("where a like '%x%'", "write contains 'x'"),
            ("where a LIKE 'x%'", "write startswith 'x'"),
            ("where a not like '%x'", "write !endswith 'x'"),
            ("where a like 'x'", "write =~ 'x'"),
            ("where a not contains 'x'", "write !contains"),
            (
                "where a contains_any ('b', 'c')",
                "write contains once for each text, with 'or' between; has_any takes a list of whole words",
            ),
            (
                "where a endswith ('b', 'c')",
                "'endswith' takes one text: write it once for each, with 'or' between; has_any takes a list of whole words",
            ),
            ("where a !has_any ('b')", "write not(… has_any …)"),
            ("where a !contains_csx 'b'", "did you mean '!contains_cs'?"),
            ("where a CONTAINS 'b'", "write contains in small letters"),
            ("where a = 'b'", "write '==', or '=~' to ignore case"),
            ("where a in 'b'", "a list stands in parentheses: in ('a', 'b')"),
            ("where a is null", "write isnull() or isnotnull(); for texts isempty() or isnotempty()"),
            ("where a matches 'b'", "write matches regex"),
            ("select a", "write project for the columns: T | project a, b"),
            ("project a as b", "the new name comes first: name = value"),
            ("sort by a take 5", "an operator stands behind a pipe: | take"),
        ] {
            let found = parse(&Source::new("query", format!("T | {text}"))).diagnostics;
            let help = found.first().and_then(|fault| fault.help.as_deref());
            assert_eq!(help, Some(wanted), "{text}");
        }
    }

    #[test]
    fn columns_may_have_the_names_of_operators() {
        for text in [
            "T | extend x = iff(take contains 'a' and where == 1, top, limit)",
            "T | sort by count desc, (limit)",
            "T | where (order in (1))",
        ] {
            assert_eq!(parse(&Source::new("query", text)).diagnostics, vec![], "{text}");
        }
        let found = parse(&Source::new("query", "T | partition by a { where b > 1 | take 1 }")).diagnostics;
        let found: Vec<(&str, u32)> = found.iter().map(|fault| (fault.code, fault.span.start)).collect();
        assert_eq!(found, vec![("KS174", 21)]);
    }
}
