//! Each modifier in both languages.

use super::{all_become, both};

#[test]
fn a_text_is_compared_whole_whatever_its_case() {
    all_become(&[
        ("{F: a}", r#"tostring(EventData.F) =~ "a""#, r#""F" ILIKE 'a'"#),
        ("{F: [a, b]}", r#"tostring(EventData.F) in~ ("a", "b")"#, r#"("F" ILIKE 'a' OR "F" ILIKE 'b')"#),
        ("{F|cased: a}", r#"tostring(EventData.F) == "a""#, r#""F" = 'a'"#),
        ("{F|cased: [a, b]}", r#"tostring(EventData.F) in ("a", "b")"#, r#"("F" = 'a' OR "F" = 'b')"#),
    ]);
}

#[test]
fn a_text_is_open_at_its_ends() {
    all_become(&[
        ("{F|contains: a}", r#"tostring(EventData.F) contains "a""#, r#""F" ILIKE '%a%'"#),
        ("{F|startswith: a}", r#"tostring(EventData.F) startswith "a""#, r#""F" ILIKE 'a%'"#),
        ("{F|endswith: a}", r#"tostring(EventData.F) endswith "a""#, r#""F" ILIKE '%a'"#),
        ("{F|contains|cased: a}", r#"tostring(EventData.F) contains_cs "a""#, r#""F" LIKE '%a%'"#),
        ("{F|startswith|cased: a}", r#"tostring(EventData.F) startswith_cs "a""#, r#""F" LIKE 'a%'"#),
        ("{F|endswith|cased: a}", r#"tostring(EventData.F) endswith_cs "a""#, r#""F" LIKE '%a'"#),
        (
            "{F|contains: [a, b]}",
            r#"tostring(EventData.F) contains "a" or tostring(EventData.F) contains "b""#,
            r#"("F" ILIKE '%a%' OR "F" ILIKE '%b%')"#,
        ),
        (
            "{F|contains|all: [a, b]}",
            "tostring(EventData.F) contains \"a\"\n| where tostring(EventData.F) contains \"b\"",
            "\"F\" ILIKE '%a%'\n  AND \"F\" ILIKE '%b%'",
        ),
    ]);
}

#[test]
fn a_regular_expression_is_found_anywhere() {
    all_become(&[
        ("{F|re: 'a.c'}", r#"tostring(EventData.F) matches regex "a.c""#, r#""F" MATCHES '(?s:.*)(?:a.c)(?s:.*)'"#),
        (
            "{F|re|i: 'a.c'}",
            r#"tostring(EventData.F) matches regex "(?i)a.c""#,
            r#""F" IMATCHES '(?s:.*)(?:a.c)(?s:.*)'"#,
        ),
        (
            "{F|re|m|s: '^a.c$'}",
            r#"tostring(EventData.F) matches regex "(?ms)^a.c$""#,
            r#""F" MATCHES '(?s:.*)(?:(?ms)^a.c$)(?s:.*)'"#,
        ),
    ]);
}

#[test]
fn numbers_are_compared_as_numbers_and_what_is_none_is_not() {
    all_become(&[
        ("{EventID: 5}", "EventID == 5", r#""Event ID" = 5"#),
        ("{EventID: [5, 6]}", "EventID in (5, 6)", r#""Event ID" IN (5, 6)"#),
        ("{EventID|gte: 5}", "coalesce(EventID >= 5, false)", r#""Event ID" >= 5"#),
        ("{F: 5}", r#"tostring(EventData.F) =~ "5""#, r#""F" ILIKE '5'"#),
        ("{F|gt: 5}", "coalesce(todouble(tostring(EventData.F)) > 5, false)", r#"DOUBLE("F") > 5"#),
        ("{F|lt: -1.5}", "coalesce(todouble(tostring(EventData.F)) < -1.5, false)", r#"DOUBLE("F") < -1.5"#),
        ("{F|lte: 5}", "coalesce(todouble(tostring(EventData.F)) <= 5, false)", r#"DOUBLE("F") <= 5"#),
        ("{F|neq: a}", r#"not(tostring(EventData.F) =~ "a")"#, r#"NOT ("F" ILIKE 'a')"#),
    ]);
}

#[test]
fn what_is_missing_and_what_is_empty_are_one() {
    all_become(&[
        ("{F: null}", "isempty(tostring(EventData.F))", r#""F" IS NULL"#),
        ("{F: ''}", r#"tostring(EventData.F) =~ """#, r#""F" IS NULL"#),
        ("{F|exists: true}", "isnotempty(tostring(EventData.F))", r#""F" IS NOT NULL"#),
        ("{F|exists: false}", "isempty(tostring(EventData.F))", r#""F" IS NULL"#),
        ("{F: '*'}", "isnotempty(tostring(EventData.F))", r#""F" IS NOT NULL"#),
        ("{F|contains: ''}", "isnotempty(tostring(EventData.F))", r#""F" IS NOT NULL"#),
        (
            "{F: [a, null]}",
            r#"tostring(EventData.F) =~ "a" or isempty(tostring(EventData.F))"#,
            r#"("F" ILIKE 'a' OR "F" IS NULL)"#,
        ),
    ]);
}

#[test]
fn a_network_holds_addresses() {
    all_become(&[
        (
            "{F|cidr: 10.0.0.0/8}",
            r#"coalesce(ipv4_is_in_range(tostring(EventData.F), "10.0.0.0/8"), false)"#,
            r#"INCIDR('10.0.0.0/8', "F")"#,
        ),
        (
            "{F|cidr: 'fe80::/10'}",
            r#"coalesce(ipv6_is_in_range(tostring(EventData.F), "fe80::/10"), false)"#,
            r#"INCIDR('fe80::/10', "F")"#,
        ),
    ]);
}

#[test]
fn another_field_is_no_needle_where_it_is_absent() {
    let kql = |operator: &str| {
        format!("isnotempty(tostring(EventData.G)) and tostring(EventData.F) {operator} tostring(EventData.G)")
    };
    for (modifiers, operator, aql) in [
        ("fieldref", "=~", r#"LOWER("F") = LOWER("G")"#),
        ("fieldref|cased", "==", r#""F" = "G""#),
        ("fieldref|contains", "contains", r#"STRPOS(LOWER("F"), LOWER("G")) >= 0"#),
        ("fieldref|startswith", "startswith", r#"STRPOS(LOWER("F"), LOWER("G")) = 0"#),
        ("fieldref|endswith|cased", "endswith_cs", r#"STRPOS("F", "G", STRLEN("F") - STRLEN("G")) >= 0"#),
    ] {
        let selection = format!("{{F|{modifiers}: G}}");
        assert_eq!(both(&selection), [kql(operator), aql.to_string()], "{selection}");
    }
}

#[test]
fn what_becomes_of_a_value_is_in_the_query() {
    all_become(&[
        ("{F|base64: foo}", r#"tostring(EventData.F) =~ "Zm9v""#, r#""F" ILIKE 'Zm9v'"#),
        ("{F|wide|base64: foo}", r#"tostring(EventData.F) =~ "ZgBvAG8A""#, r#""F" ILIKE 'ZgBvAG8A'"#),
        (
            "{F|base64offset|contains: foo}",
            r#"tostring(EventData.F) contains "Zm9v" or tostring(EventData.F) contains "Zvb" or tostring(EventData.F) contains "mb2""#,
            r#"("F" ILIKE '%Zm9v%' OR "F" ILIKE '%Zvb%' OR "F" ILIKE '%mb2%')"#,
        ),
        (
            "{F|windash: ' -a'}",
            r#"tostring(EventData.F) in~ (" -a", " /a", " –a", " —a", " ―a")"#,
            r#"("F" ILIKE ' -a' OR "F" ILIKE ' /a' OR "F" ILIKE ' –a' OR "F" ILIKE ' —a' OR "F" ILIKE ' ―a')"#,
        ),
    ]);
}

#[test]
fn keywords_search_the_whole_event() {
    all_become(&[
        (
            "[a, b]",
            r#"tostring(EventData) contains "a" or tostring(EventData) contains "b""#,
            "(UTF8(payload) ILIKE '%a%' OR UTF8(payload) ILIKE '%b%')",
        ),
        (
            "{'|all': [a, b]}",
            "tostring(EventData) contains \"a\"\n| where tostring(EventData) contains \"b\"",
            "UTF8(payload) ILIKE '%a%'\n  AND UTF8(payload) ILIKE '%b%'",
        ),
        // JSON doubles a backslash.
        (r"['a\b']", r#"tostring(EventData) contains @"a\\b""#, r"UTF8(payload) ILIKE '%a\b%'"),
    ]);
}
