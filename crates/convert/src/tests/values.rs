//! Quotes, backslashes, wildcards and other characters of values, as each language takes them for themselves.

use super::{all_become, both};

#[test]
fn quotes_and_backslashes_stand_for_themselves() {
    all_become(&[
        (r#"{F: 'x"y'}"#, r#"tostring(EventData.F) =~ @"x""y""#, r#""F" ILIKE 'x"y'"#),
        (r#"{F: "x'y"}"#, r#"tostring(EventData.F) =~ "x'y""#, r#""F" ILIKE 'x''y'"#),
        (r"{F: 'x\y'}", r#"tostring(EventData.F) =~ @"x\y""#, r#""F" ILIKE 'x\y'"#),
        (r"{F: 'x\\*'}", r#"tostring(EventData.F) startswith @"x\""#, r#""F" ILIKE 'x\%'"#),
        (r"{F: 'x\*'}", r#"tostring(EventData.F) =~ "x*""#, r#""F" ILIKE 'x*'"#),
    ]);
}

#[test]
fn what_is_no_letter_stands_for_itself() {
    all_become(&[
        ("{F: größe☃}", r#"tostring(EventData.F) =~ "größe☃""#, r#""F" ILIKE 'größe☃'"#),
        (r#"{F: "a\nb"}"#, r#"tostring(EventData.F) =~ "a\nb""#, "\"F\" ILIKE 'a\nb'"),
        // Beside a control character quotes and backslashes need a backslash in KQL.
        (r#"{F: "a\t\"\\\x01"}"#, r#"tostring(EventData.F) =~ "a\t\"\\\u0001""#, "\"F\" ILIKE 'a\t\"\\\u{1}'"),
    ]);
}

#[test]
fn wildcards_are_those_of_the_language() {
    all_become(&[
        ("{F: 'a*c'}", r#"tostring(EventData.F) matches regex "(?is)^a.*c$""#, r#""F" ILIKE 'a%c'"#),
        ("{F: 'a?c'}", r#"tostring(EventData.F) matches regex "(?is)^a.c$""#, r#""F" ILIKE 'a_c'"#),
        ("{F|cased: 'a*c'}", r#"tostring(EventData.F) matches regex "(?s)^a.*c$""#, r#""F" LIKE 'a%c'"#),
        ("{F: '?'}", r#"tostring(EventData.F) matches regex "(?is)^.$""#, r#""F" ILIKE '_'"#),
        ("{F|contains: 'a*c'}", r#"tostring(EventData.F) matches regex "(?is)^.*a.*c.*$""#, r#""F" ILIKE '%a%c%'"#),
    ]);
}

/// Nothing escapes `%` and `_` for LIKE, so such a value becomes a regular expression.
#[test]
fn what_like_takes_for_a_wildcard_is_no_pattern_of_it() {
    all_become(&[
        ("{F: '50%'}", r#"tostring(EventData.F) =~ "50%""#, r#""F" IMATCHES '(?s)50%'"#),
        ("{F|contains: a_b}", r#"tostring(EventData.F) contains "a_b""#, r#""F" IMATCHES '(?s).*a_b.*'"#),
        ("{F|cased: a_b}", r#"tostring(EventData.F) == "a_b""#, r#""F" = 'a_b'"#),
        ("{F|cased|endswith: a_b}", r#"tostring(EventData.F) endswith_cs "a_b""#, r#""F" MATCHES '(?s).*a_b'"#),
    ]);
}

#[test]
fn a_value_within_a_regular_expression_is_no_expression() {
    let [kql, aql] = both(r"{F: '_*^$.|?+()[]{}\\'}");
    assert_eq!(kql, r#"tostring(EventData.F) matches regex @"(?is)^_.*\^\$\.\|.\+\(\)\[\]\{\}\\$""#);
    assert_eq!(aql, r#""F" IMATCHES '(?s)_.*\^\$\.\|.\+\(\)\[\]\{\}\\'"#);
}

#[test]
fn a_regular_expression_keeps_its_own_backslashes() {
    all_become(&[(
        r#"{F|re: "a'\"\\\\b"}"#,
        r#"tostring(EventData.F) matches regex @"a'""\\b""#,
        r#""F" MATCHES '(?s:.*)(?:a''"\\b)(?s:.*)'"#,
    )]);
}

#[test]
fn a_field_is_named_as_each_language_can() {
    all_become(&[
        ("{'a b': x}", r#"tostring(EventData["a b"]) =~ "x""#, r#""a b" ILIKE 'x'"#),
        ("{1a: x}", r#"tostring(EventData["1a"]) =~ "x""#, r#""1a" ILIKE 'x'"#),
        (
            r#"{'a"b': x}"#,
            "SIG063 WindowsEvent of Sentinel has no column for 'a\"b'",
            "SIG063 events of QRadar has no column for 'a\"b'",
        ),
    ]);
}
