//! KQL: its tokens, its tree and its parser.

mod lex;
mod messages;
mod parse;
mod token;
pub mod tree;

use crate::{Parsed, Source};
use tree::{Expr, Query};

/// Parses a whole query: statements divided by semicolons.
pub fn parse(source: &Source) -> Parsed<Query> {
    let mut parser = parse::Parser::new(source);
    let tree = parser.query();
    Parsed { tree, diagnostics: parser.finish() }
}

/// Parses one scalar expression, as the mappings of telemetry tables hold them.
pub fn parse_expression(source: &Source) -> Parsed<Expr> {
    let mut parser = parse::Parser::new(source);
    let tree = parser.whole_expression();
    Parsed { tree, diagnostics: parser.finish() }
}

/// The names of the tabular operators, for hints and listings.
pub fn operators() -> impl Iterator<Item = &'static str> {
    parse::OPERATORS.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<(&'static str, usize, Option<String>)> {
        let source = Source::new("query", text);
        let found = parse(&source).diagnostics.into_iter();
        found.map(|fault| (fault.code, source.position(fault.span.start).1, fault.help)).collect()
    }

    #[test]
    fn every_broken_operator_is_reported_and_the_rest_is_read() {
        let near = |name: &str| Some(format!("did you mean '{name}'?"));
        let found = faults("T | wher a == 1 | sumarize count() | take 5");
        assert_eq!(found, vec![("KS005", 5, near("where")), ("KS005", 19, near("summarize"))]);
        assert_eq!(faults("T | where (a == 1 | take 5")[0].0, "KS006");
        assert_eq!(faults("let x = 1;")[0].0, "KS007");
        assert_eq!(faults("T | where a = 1")[0].1, 13);
    }

    #[test]
    fn what_rules_hold_parses() {
        for text in [
            "// note\nT\n| where Type == 'a' and ['odd name'] in~ ('b', \"c\")\n\n| project-away *_x, Kind;",
            "let f = (T:(*), n:long = 5) { T | take n };\nf(U)",
            "T | join kind=inner hint.strategy=shuffle (U | where a !has 'x') on $left.a == $right.b, c",
            "union isfuzzy=true withsource=Source Device*, (T | count)",
            "T | mv-expand x = d to typeof(long), y limit 10 | parse-where c with * 'a=' a:long ';' *",
            "T | where t between (ago(1d)..now()) | sort by a asc nulls last, b | render timechart with (title='x')",
            "T | where d.a['b c'][0].e matches regex @'^\\d+$' | summarize arg_max(t, *), n=count() by bin(t, 1h)",
            "print dynamic({'a': [1, -2.5, null, datetime(2024-01-01)], \"b\": {}})",
        ] {
            assert_eq!(faults(text), vec![], "{text}");
        }
    }

    #[test]
    fn noise_never_panics_and_its_faults_are_bounded() {
        let noise = "|)(]{['\"@h`~!..;let = dynamic([datetime( \\u12 ´ž 9e9e9 in~ between join on by union";
        for start in (0..noise.len()).filter(|start| noise.is_char_boundary(*start)) {
            let text = noise.get(start..).unwrap_or("").repeat(200);
            assert!(parse(&Source::new("query", text)).diagnostics.len() <= 200);
        }
    }
}
