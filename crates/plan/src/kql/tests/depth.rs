//! Depth without end is refused in words, and length is not.

use super::*;

/// What is said of a text first; on a stack as large as the program's.
fn said(text: String) -> Option<&'static str> {
    let bind = move || {
        let source = Source::new("query", text);
        let parsed = syntax::kql::parse(&source);
        if let Some(error) = parsed.diagnostics.iter().find(|found| found.is_error()) {
            return Some(error.code);
        }
        let now = || 0;
        let options = Options {
            now: &now,
            rows: None,
            window: Window::AsWritten,
            mode: Mode::Strict,
            origins: true,
            no_limit: false,
            nulls: Nulls::TwoValued,
            trace: false,
        };
        let bound = bind(&source, &parsed.tree, &Fake, &options);
        bound.diagnostics.iter().find(|found| found.is_error()).map(|error| error.code)
    };
    std::thread::Builder::new().stack_size(256 << 20).spawn(bind).unwrap().join().unwrap()
}

fn nested(before: &str, open: &str, inner: &str, close: &str) -> String {
    format!("{before}{}{inner}{}", open.repeat(10_000), close.repeat(10_000))
}

#[test]
fn ten_thousand_levels_are_refused() {
    for (before, open, inner, close) in [
        ("print ", "(", "1", ")"),
        ("print x = a", "[a", "", "]"),
        ("print ", "not(", "true", ")"),
        ("print ", "-(", "1", ")"),
        ("print ", "strcat('a', ", "'b'", ")"),
        ("print ", "case(true, 1, ", "2", ")"),
        ("print ", "dynamic([", "1", "])"),
        ("print dynamic(", "[", "", "])"),
        ("print dynamic(", "{'a': ", "1", "})"),
        ("print ", "toscalar(print ", "1", ")"),
        ("", "union (", "print 1", ")"),
        ("", "materialize(", "print 1", ")"),
        ("print x = 1 ", "| join (print x = 1 ", "", ") on x"),
        ("print x = dynamic([1]) ", "| mv-apply x on (extend y = 1 ", "", ")"),
        ("print x = 1 ", "| partition by x (extend y = 1 ", "", ")"),
    ] {
        let code = said(nested(before, open, inner, close));
        assert!(matches!(code, Some("KQL001" | "KS005" | "KS006")), "{open}: {code:?}");
    }
}

#[test]
fn ten_thousand_lets_within_lets_are_refused() {
    let chain = |first: &str, next: &dyn Fn(usize) -> String, last: &str| {
        let lets: String = (1..10_000).map(next).collect();
        said(format!("{first}{lets}{last}"))
    };
    let values = chain("let a0 = 1; ", &|n| format!("let a{n} = a{} + 1; ", n - 1), "print a9999");
    let rows = chain("let a0 = print x = 1; ", &|n| format!("let a{n} = a{} | where true; ", n - 1), "a9999");
    let functions = chain("let f0 = () { 1 }; ", &|n| format!("let f{n} = () {{ f{}() }}; ", n - 1), "print f9999()");
    assert_eq!([values, rows, functions], [Some("KQL001"); 3]);
}

#[test]
fn ten_thousand_in_a_row_are_told_or_taken() {
    assert_eq!(said(format!("print 1{}", " + 1".repeat(10_000))), Some("KQL002"));
    assert_eq!(said(format!("print x = 1{}", " | extend x = x + 1".repeat(10_000))), Some("KQL002"));
    assert_eq!(said(format!("print {}1", "-".repeat(10_000))), None);
    assert_eq!(said(format!("print x = 1 | where x == 1{}", " and x == 1".repeat(10_000))), None);
    assert_eq!(said(format!("print 1 in (1{})", ", 1".repeat(10_000))), None);
    assert_eq!(said(format!("print x = dynamic({{}}) | extend y = x{}", ".a".repeat(10_000))), None);
}
