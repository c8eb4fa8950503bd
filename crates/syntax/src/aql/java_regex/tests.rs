//! What becomes of Java's patterns. Whether they match what Java matches, tests of the engines tell.

use super::*;

fn plain(pattern: &str) -> String {
    let translated = translate(pattern, false).unwrap();
    assert!(!translated.backtracks, "{pattern}");
    translated.pattern
}

#[test]
fn classes_are_ascii_and_quotations_are_taken_apart() {
    assert_eq!(plain(r"k\w{1,64}[\d.]\d"), r"k[a-zA-Z0-9_]{1,64}[0-9\x{2e}][0-9]");
    assert_eq!(plain(r"\Qa.b\E+c"), r"a\x{2e}b+c");
    assert_eq!(plain("(^a.*$)"), r"(\Aa[^\n\r\x{85}\x{2028}\x{2029}]*\z)");
}

#[test]
fn case_is_ignored_letter_by_letter() {
    assert_eq!(translate("aB1", true).unwrap().pattern, "[aA][Bb]1");
    assert_eq!(plain("a(?i)b(?-i)c"), "a[bB]c");
    assert_eq!(plain("(?i)[a-cX]"), "[a-cA-CXx]");
}

#[test]
fn what_needs_backtracking_says_so() {
    for pattern in ["(?=a)", "(?<!a)b", r"(a)\1", "a++", "(?>a)", "a$b"] {
        assert!(translate(pattern, false).unwrap().backtracks, "{pattern}");
    }
    assert_eq!(translate("a++b", false).unwrap().pattern, "(?>a+)b");
    assert!(!translate("(^a.*b$)", false).unwrap().backtracks);
}

#[test]
fn what_java_refuses_has_a_reason() {
    for pattern in [
        "[^\\]+.exe",
        "a\\",
        "a{",
        "a{,2}",
        "{a}",
        "a**",
        "*a",
        "(a",
        "a)",
        "(?P<n>x)",
        "(?#n)a",
        r"\y",
        "[z-a]",
        "a{3,1}",
    ] {
        assert!(translate(pattern, false).is_err(), "{pattern}");
    }
    assert!(translate(&"(".repeat(10_000), false).is_err());
    assert!(translate(&"[".repeat(10_000), false).is_err());
}
