//! Tests of the grammar as a whole: what is read, what is refused and where, and what noise does.

use super::tree::{ExprKind, OperatorKind, Source as Rows};
use super::*;

fn faults(text: &str) -> Vec<(&'static str, usize, Option<String>)> {
    let source = Source::new("query", text);
    let found = parse(&source).diagnostics.into_iter();
    found.map(|fault| (fault.code, source.position(fault.span.start).1, fault.help)).collect()
}

fn places(text: &str) -> Vec<(&'static str, usize)> {
    faults(text).into_iter().map(|(code, column, _)| (code, column)).collect()
}

#[test]
fn every_broken_operator_is_reported_and_the_rest_is_read() {
    let near = |name: &str| Some(format!("did you mean '{name}'?"));
    let found = faults("T | wher a == 1 | sumarize count() | take 5");
    assert_eq!(found, vec![("KS176", 5, near("where")), ("KS176", 19, near("summarize"))]);
    assert_eq!(faults("T | where (a == 1 | take 5")[0].0, "KS005");
    assert_eq!(faults("let x = 1;")[0].0, "KS007");
    assert_eq!(faults("T | where a = 1")[0].1, 13);
}

#[test]
fn faults_have_kustos_codes_and_the_place_is_theirs() {
    for (text, wanted) in [
        ("T |", ("KS176", 4)),
        ("T | | take 5", ("KS176", 5)),
        ("T | extend", ("KS006", 11)),
        ("T | where", ("KS006", 10)),
        ("T | sort a", ("KS005", 10)),
        ("T | summarize count() by", ("KS006", 25)),
        ("T | take 5 by x", ("KS005", 12)),
        ("T | top 5 by a, b", ("KS005", 15)),
        ("T | where a == b == c", ("KS005", 18)),
        ("T | where a has b has c", ("KS005", 19)),
        ("T | where a in (1) == true", ("KS005", 20)),
        ("T | where a matches 'x'", ("KS005", 21)),
        ("T | project a b", ("KS005", 15)),
        ("T | mv-apply x = a on where x > 1", ("KS005", 23)),
        ("T | invoke f", ("KS005", 13)),
        ("T | join kind=iner (U) on a", ("KS005", 15)),
        ("T | join king=inner (U) on a", ("KS179", 10)),
        ("T | join hint.strateg=shuffle (U) on a", ("KS179", 10)),
        ("T | join (U) on a == b", ("KS182", 17)),
        ("T | join (U) on $left.a == $left.b", ("KS182", 23)),
        ("T | make-series n=count() on t", ("KS005", 31)),
        ("T | scan with (true)", ("KS005", 16)),
        ("range x from 1 to 10", ("KS005", 21)),
        ("datatable(a)['x']", ("KS005", 12)),
        ("externaldata(a:string) with (format='csv')", ("KS005", 24)),
        ("print dynamic([1,2,])", ("KS006", 20)),
        ("print dynamic({a:1})", ("KS006", 16)),
        ("print 1 +", ("KS006", 10)),
        ("T T", ("KS005", 3)),
        ("declare x", ("KS005", 9)),
    ] {
        assert_eq!(places(text).first(), Some(&wanted), "{text}");
    }
}

#[test]
fn what_rules_hold_parses() {
    for text in [
        "// note\nT\n| where Type == 'a' and ['odd name'] in~ ('b', \"c\")\n\n| project-away *_x, *1, Kind;",
        "let f = (T:(*), n:long = 5) { T | take n };\nf(U)",
        "let v = view () { T | take 1 }; let g = (T:(a:string), s:dynamic) { T }; union v, g(U, dynamic([]))",
        "union isfuzzy=true withsource=Source Device*, (T | count), database('x').Device*, cluster('c').database('d').T",
        "union *\n| where a == 1",
        "T | where t between (ago(1d)..now()) | sort by a asc nulls last, b | project-reorder a asc, b* granny-desc",
        "T | where d.a['b c'][0].e.[1].['x'] matches regex @'^\\d+$' and e ['f'] == 1",
        "T | summarize hint.strategy=shuffle arg_max(t, *), (x, y) = arg_min(t, z), n=count() by bin(5Min=t, 5m)",
        "print dynamic({'a': [1, -2.5, null, datetime(2024-01-01)], \"b\": {}}), 24./31., 1.e3, a = 'x' \"y\" h'z'",
        "T | where FileName has_any ('a', 'b') and not(x) | count as n",
        "let x = externaldata(a:string, b:long,)\n [h@'https://x', 'y'] with(format='csv', ignoreFirstRecord=true); x",
        "set notruncation; set truncationmaxsize = 10; declare query_parameters(a:string = 'x', b:long); T",
        "declare pattern P = (a:string)[b:string] { ('x').['y'] = { T | take 1 }; ('z').['w'] = { U }; }; T",
        "declare pattern P; alias database d = cluster('c').database('x'); restrict access to (T, d.*, U*); T",
        "T | as hint.materialized=true X | invoke f(1, x='a') | getschema kind=csl",
        "T | fork (take 1) named=(where a > 1 | count)",
        "T | facet by a, b with (take 1)",
        "T | reduce kind=source by a with threshold=0.1, characters='x' | consume decodeblocks=true",
        "T | make-graph a --> b with N on id | graph-match cycles=none (x)-[e*1..5]->(y)<--(z), (q)--(r) \
         where x.a == 1 project x.a, p = e.z",
        "T | make-graph a --> b with_node_id=n | graph-to-table nodes as N, edges as E",
        "T | where set == 1 and let == 2 and alias == 3 | project set, on, kind, type, title",
    ] {
        assert_eq!(faults(text), vec![], "{text}");
    }
}

/// The kind of a printed expression: names for operators, and what they hold.
fn shape(text: &str) -> String {
    fn of(expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Name(name) => name.clone(),
            ExprKind::Compare { comparison, left, right, .. } => {
                format!("({} {} {})", of(left), comparison.sign(), of(right))
            }
            ExprKind::Text { left, right, .. } => {
                format!("({} ? {})", of(left), right.iter().map(of).collect::<Vec<_>>().join(","))
            }
            ExprKind::In { left, list, .. } => {
                format!("({} in {})", of(left), list.iter().map(of).collect::<Vec<_>>().join(","))
            }
            ExprKind::Arithmetic { first, rest } => {
                let rest: String = rest.iter().map(|(sign, expr)| format!(" {} {}", sign.sign(), of(expr))).collect();
                format!("({}{rest})", of(first))
            }
            ExprKind::Negate(operand) => format!("-{}", of(operand)),
            other => format!("{other:?}"),
        }
    }
    let parsed = parse_expression(&Source::new("q", text));
    assert_eq!(parsed.diagnostics, vec![], "{text}");
    of(&parsed.tree)
}

#[test]
fn tests_of_texts_bind_tightest_and_equality_loosest() {
    for (text, wanted) in [
        ("a == b has c", "(a == (b ? c))"),
        ("a has b == c", "((a ? b) == c)"),
        ("a < b == c", "((a < b) == c)"),
        ("a == b < c", "(a == (b < c))"),
        ("a < b in (c)", "((a < b) in c)"),
        ("a has b has_any (c, d)", "((a ? b) ? c,d)"),
        ("a has -b + c * d", "((a ? -b) + (c * d))"),
        ("-a * b", "(-a * b)"),
    ] {
        assert_eq!(shape(text), wanted, "{text}");
    }
}

#[test]
fn the_least_long_is_a_number_and_one_beyond_is_not() {
    let parsed = parse_expression(&Source::new("q", "-9223372036854775808"));
    assert_eq!(parsed.tree.kind, ExprKind::Literal(tree::Literal::Long(i64::MIN)));
    assert_eq!(places("print 9223372036854775808"), vec![("KS002", 7)]);
}

#[test]
fn sources_and_operators_are_told_apart() {
    let tree = |text: &str| {
        let parsed = parse(&Source::new("q", text));
        assert_eq!(parsed.diagnostics, vec![], "{text}");
        parsed.tree.body.unwrap()
    };
    assert!(matches!(tree("search in (T, U*) a:'x' and 'y'").source, Rows::Search(search) if search.tables.len() == 2));
    assert!(matches!(tree("find in (T) where a == 1 project a, b:long, pack(*)").source, Rows::Find(_)));
    assert!(matches!(tree("evaluate bag_unpack(d)").source, Rows::Evaluate(_)));
    // Words of the language that name a table.
    for text in ["search | take 1", "union | take 1", "set | take 1", "print | take 1"] {
        assert!(matches!(tree(text).source, Rows::Expr(Expr { kind: ExprKind::Name(_), .. })), "{text}");
    }
    let hinted = tree("T | join hint.strategy=shuffle (U) on a").operators.remove(0);
    assert_eq!((hinted.hints[0].name.text.as_str(), hinted.hints[0].value.text.as_str()), ("hint.strategy", "shuffle"));
    assert!(matches!(hinted.kind, OperatorKind::Join(_)));
}

#[test]
fn noise_never_panics_and_its_faults_are_bounded() {
    let noise = "|)(]{['\"@h`~!..;let = dynamic([datetime( \\u12 ´ž 9e9e9 in~ between join on by union";
    for start in (0..noise.len()).filter(|start| noise.is_char_boundary(*start)) {
        let text = noise.get(start..).unwrap_or("").repeat(200);
        assert!(parse(&Source::new("query", text)).diagnostics.len() <= 200);
    }
}

#[test]
fn random_words_of_the_language_never_panic() {
    const WORDS: &[&str] = &[
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
        ":",
        ".",
        "..",
        "|",
        "=",
        "==",
        "=>",
        "-",
        "--",
        "<",
        "*",
        "$left",
        "a",
        "b",
        "T",
        "1",
        "2.",
        "9223372036854775808",
        "1d",
        "'x'",
        "@\"y\"",
        "``` z",
        "h'",
        "datetime(",
        "dynamic(",
        "by",
        "on",
        "with",
        "in",
        "to",
        "of",
        "from",
        "step",
        "as",
        "asc",
        "default",
        "typeof",
        "range",
        "kind",
        "hint.x",
        "and",
        "or",
        "has",
        "!has",
        "between",
        "has_any",
        "matches",
        "let",
        "set",
        "declare",
        "query_parameters",
        "pattern",
        "alias",
        "restrict",
        "access",
        "view",
        "union",
        "search",
        "find",
        "evaluate",
        "externaldata",
        "datatable",
        "print",
        "\n",
        "//",
    ];
    let words: Vec<&str> = WORDS.iter().chain(parse::OPERATORS).copied().collect();
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..1_500 {
        let mut text = String::from("T | ");
        for _ in 0..40 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            text.push_str(words[usize::try_from(seed % words.len() as u64).unwrap()]);
            text.push(' ');
        }
        parse(&Source::new("query", text));
    }
}

#[test]
fn depth_and_length_are_bounded_everywhere() {
    for text in [
        format!("print {}1{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("T {}", "| mv-apply x = a on (".repeat(5_000)),
        format!("T {}", "| partition by a (fork (".repeat(5_000)),
        format!("T {}", "| facet by a with facet by a with".repeat(5_000)),
        format!("T {}", "| join (T ".repeat(5_000)),
        format!("print {}", "a[".repeat(10_000)),
        format!("print {}", "f(".repeat(10_000)),
        format!("print dynamic({}", "[".repeat(10_000)),
        "let f = () {".repeat(5_000),
        format!("T{}", "| take 1".repeat(5_000)),
        format!("print {}1", "-".repeat(50_000)),
        format!("T | graph-match (a){}", "-->(b)".repeat(20_000)),
        format!("T | extend {}", "(a,".repeat(10_000)),
    ] {
        let found = parse(&Source::new("query", text.as_str())).diagnostics;
        assert!(found.len() <= 2 * parse::DIAGNOSTICS, "{}", text.get(..40).unwrap_or(""));
    }
}
