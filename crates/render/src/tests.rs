//! The tests of packages as they are shown: failures last, each with what the variant did with the event.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::escape::one_line;
use crate::explanation::Explanation;
use crate::style::Style;
use crate::table::cut;

/// The tests of one package.
#[derive(Debug, Clone)]
pub struct Suite {
    pub package: String,
    pub cases: Vec<Case>,
}

/// One test of one variant.
#[derive(Debug, Clone)]
pub struct Case {
    pub test: String,
    pub variant: &'static str,
    /// Whether it must fire.
    pub must: bool,
    pub findings: u64,
    /// Whether it could be run at all.
    pub ran: bool,
    /// What is wrong; `None` where it passes.
    pub failure: Option<String>,
    pub why: Vec<Explanation>,
}

pub fn text(suites: &[Suite], only_failing: bool, style: Style) -> String {
    let mut out = String::new();
    if !only_failing {
        for suite in suites {
            let _ = writeln!(out, "  {}", style.bold(&one_line(&suite.package)));
            for (test, cases) in by_test(suite) {
                let marks: Vec<String> = cases.iter().map(|case| mark(case, style)).collect();
                let what = if cases.iter().any(|case| case.must) { "fires" } else { "must not fire" };
                let _ = writeln!(out, "    {:<44} {:<14} {}", one_line(test), style.dim(what), marks.join("  "));
            }
        }
    }
    for suite in suites {
        for case in suite.cases.iter().filter(|case| case.failure.is_some()) {
            let name = format!("{} › {} ({})", one_line(&suite.package), one_line(&case.test), case.variant);
            let why = case.failure.as_deref().unwrap_or_default();
            let _ = writeln!(out, "\n  {} {}: {}", style.level("high", "✗"), style.bold(&name), one_line(why));
            case.why.iter().for_each(|why| out.push_str(&format!("\n{}", why.to_text(style))));
        }
    }
    out
}

/// What no test noticed: the line, how it was changed, and what stands there.
pub fn survivors<'a>(
    name: &str,
    killed: usize,
    count: usize,
    survivors: impl Iterator<Item = (usize, &'a str, &'a str)>,
    style: Style,
) -> String {
    let Some(share) = (100 * killed).checked_div(count) else {
        return format!("  {}   nothing in it could be changed\n", style.bold(&one_line(name)));
    };
    let mut out = format!("  {}   {killed} of {count} changes noticed ({share} %)\n", style.bold(&one_line(name)));
    for (line, change, what) in survivors {
        let _ = writeln!(out, "    line {line:<5} {change:<8} {}", cut(what, WIDTH));
    }
    out
}

/// How much of a literal or an operand is shown.
const WIDTH: usize = 90;

fn mark(case: &Case, style: Style) -> String {
    match case.failure {
        None => format!("✓ {}", case.variant),
        Some(_) => style.level("high", &format!("✗ {}", case.variant)),
    }
}

/// The cases of each test, which stand one after the other.
fn by_test(suite: &Suite) -> Vec<(&str, Vec<&Case>)> {
    let mut tests: Vec<(&str, Vec<&Case>)> = Vec::new();
    for case in &suite.cases {
        match tests.last_mut().filter(|(test, _)| *test == case.test) {
            Some((_, cases)) => cases.push(case),
            None => tests.push((&case.test, vec![case])),
        }
    }
    tests
}

pub fn json(suites: &[Suite], only_failing: bool) -> Value {
    let case = |case: &Case| {
        json!({
            "test": case.test, "variant": case.variant, "must_fire": case.must, "findings": case.findings,
            "passes": case.failure.is_none(), "failure": case.failure,
            "why": case.why.iter().map(Explanation::to_json).collect::<Vec<_>>(),
        })
    };
    let suite = |suite: &Suite| {
        let shown = suite.cases.iter().filter(|case| !only_failing || case.failure.is_some());
        json!({"package": suite.package, "tests": shown.map(case).collect::<Vec<_>>()})
    };
    suites.iter().map(suite).collect::<Vec<_>>().into()
}

/// As the builders of software take it: what could not be run is an error there, and no failure.
pub fn junit(suites: &[Suite]) -> String {
    let all = || suites.iter().flat_map(|suite| &suite.cases);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites name=\"trapline\" {}>", counts(all()));
    for suite in suites {
        let counts = counts(suite.cases.iter());
        let _ = writeln!(out, "  <testsuite name=\"{}\" {counts} skipped=\"0\">", xml(&suite.package));
        for case in &suite.cases {
            let (test, class) = (xml(&case.test), xml(&format!("{}.{}", suite.package, case.variant)));
            let _ = write!(out, "    <testcase name=\"{test}\" classname=\"{class}\" time=\"0\"");
            let Some(failure) = &case.failure else {
                out.push_str("/>\n");
                continue;
            };
            let why: String = case.why.iter().map(|why| why.to_text(Style::plain())).collect();
            let (kind, failure, why) = (if case.ran { "failure" } else { "error" }, xml(failure), xml(&why));
            let _ = writeln!(out, ">\n      <{kind} message=\"{failure}\">{why}</{kind}>\n    </testcase>");
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// How many cases there are, and how many of them fail or could not be run, as attributes.
fn counts<'a>(cases: impl Iterator<Item = &'a Case>) -> String {
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for case in cases {
        tests += 1;
        failures += usize::from(case.failure.is_some() && case.ran);
        errors += usize::from(case.failure.is_some() && !case.ran);
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"")
}

/// What XML 1.0 can hold; control characters have no way in, not even escaped.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod checks {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(xml("a<b>&\"c\u{1b}\n\t"), "a&lt;b&gt;&amp;&quot;c\u{fffd}&#10;&#9;");
    }
}
