//! Files of JSON cut into records, whole and broken.

use super::super::wrapping;
use super::*;

/// The records with their numbers, how many are damaged, and what is unfinished; read a few bytes at a time.
fn cut(text: &str, wrapping: Wrapping) -> (Vec<(u64, String)>, u64, bool) {
    let mut cutter = JsonRecords::new(text.as_bytes(), wrapping);
    let mut records = Vec::new();
    let mut damaged = 0;
    while let Some(block) = cutter.next().unwrap() {
        damaged += block.damaged;
        for span in &block.spans {
            let text = String::from_utf8(block.bytes[span.start..span.end].to_vec()).unwrap();
            records.push((span.number, text));
        }
    }
    (records, damaged, cutter.unfinished().is_some())
}

fn texts(text: &str, wrapping: Wrapping) -> (Vec<String>, u64) {
    let (records, damaged, _) = cut(text, wrapping);
    (records.into_iter().map(|(_, text)| text).collect(), damaged)
}

#[test]
fn a_record_has_the_number_of_its_line_and_no_other_has_it() {
    let numbers = |text: &str| cut(text, wrapping::NONE).0.iter().map(|(number, _)| *number).collect::<Vec<_>>();
    assert_eq!(numbers("[\n {\n \"a\": 1\n },\n {\n \"a\": 2\n }\n]\n"), [2, 5]);
    assert_eq!(numbers("{\"a\":1}{\"a\":2}\n{\"a\":3} {\"a\":4}"), [1, 2, 3, 4]);
    assert_eq!(numbers("{\"a\":1}\n\n{\"a\":\n2}\x1e{\"a\":3}"), [1, 3, 4]);
}

#[test]
fn records_are_found_within_what_stands_around_them() {
    let one =
        |text: &str, wrapping| assert_eq!(texts(text, wrapping), (vec![r#"{"a":[1,{}]}"#.to_owned()], 0), "{text}");
    one(r#"{"events":[{"a":[1,{}]}]}"#, wrapping::EVENTS);
    one(r#"{"took":5,"hits":{"total":{"hits":[1]},"hits":[{"a":[1,{}]}]},"x":"}"}"#, &["hits", "hits"]);
    one(r#"{"Stats":[{"a":1}],"Results":[{"a":[1,{}]}],"Schema":[{"a":2}]}"#, &["Results"]);
    one(r#"[{"records":[{"a":[1,{}]}]}]"#, &["records"]);
    let (records, damaged) =
        texts("{\"records\":[{\"a\":1}]}\n{\"other\":[]}\n{\"records\":[{\"a\":2}]}", &["records"]);
    assert_eq!((records.len(), damaged), (2, 1));
}

#[test]
fn rows_of_tables_come_with_their_names() {
    let text = r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"A","type":"string"},{"name":"B","type":"long"}],"rows":[["x",1],["y",2]]},{"name":"T2","columns":[{"name":"C","type":"long"}],"rows":[[3]]}]}"#;
    let mut cutter = JsonRecords::new(text.as_bytes(), wrapping::TABLES);
    let mut seen = Vec::new();
    while let Some(block) = cutter.next().unwrap() {
        let header = block.header.clone().unwrap();
        for span in &block.spans {
            let text = String::from_utf8_lossy(&block.bytes[span.start..span.end]).into_owned();
            seen.push((header.table.clone().unwrap(), header.names.join(","), text));
        }
    }
    let wanted = [("PrimaryResult", "A,B", r#"["x",1]"#), ("PrimaryResult", "A,B", r#"["y",2]"#), ("T2", "C", "[3]")];
    assert_eq!(seen, wanted.map(|(table, names, row)| (table.to_owned(), names.to_owned(), row.to_owned())));
}

#[test]
fn a_broken_record_costs_no_other() {
    for broken in [
        r#"{"a":"no end}"#,
        r#"{"a":1,"b":{"c":2}"#,
        r#"{"a":[1}"#,
        r#"{"a":x\"y}"#,
        r#""a":1}"#,
        r#"{"a":"C:\Users\","b":"x"}"#,
        "7 8 x",
    ] {
        for (text, wrapping) in [
            (format!(r#"[{{"a":1}},{{"a":2}},{broken},{{"a":3}},{{"a":4}}]"#), wrapping::NONE),
            (
                format!("{{\"value\":[\n{{\"a\":1}},\n{{\"a\":2}},\n{broken},\n{{\"a\":3}},\n{{\"a\":4}}\n]}}"),
                &["value"][..],
            ),
            (format!("{{\"a\":1}}\n{{\"a\":2}}\n{broken}\n{{\"a\":3}}\n{{\"a\":4}}\n"), wrapping::NONE),
        ] {
            let (records, damaged) = texts(&text, wrapping);
            let found: Vec<_> = records.iter().filter(|record| record.len() == 7).cloned().collect();
            assert_eq!(found, [1, 2, 3, 4].map(|value| format!("{{\"a\":{value}}}")), "{text}");
            assert_eq!(damaged, 1, "{text}");
        }
    }
}

#[test]
fn a_cut_file_gives_all_before_the_cut() {
    let whole = r#"{"events":[{"a":1},{"a":{"b":"]}"}},{"a":3}]}"#;
    let first = whole.find("},").unwrap();
    for end in first + 1..whole.len() - 1 {
        let (records, damaged, is_unfinished) = cut(&whole[..end], wrapping::EVENTS);
        assert!(!records.is_empty() && (damaged == 1 || is_unfinished), "{end}");
        assert!(damaged <= 1);
    }
    assert!(!cut(whole, wrapping::EVENTS).2);
}

#[test]
fn a_record_beyond_all_measure_is_left_out_and_the_rest_read() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(3 * RECORD));
    let (records, damaged) = texts(&format!("[{{\"a\":1}},{long},{{\"a\":2}}]"), wrapping::NONE);
    assert_eq!((records.len(), damaged), (2, 1));
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let (records, damaged) = texts(&format!("[{{\"a\":{deep}}},{{\"a\":2}}]"), wrapping::NONE);
    assert_eq!((records.len(), damaged), (2, 0));
}

#[test]
fn blocks_hold_whole_records_however_many_there_are() {
    let text = format!("[{}]", vec![format!("{{\"a\":\"{}\"}}", "y".repeat(1_000)); 5_000].join(",\n"));
    let mut cutter = JsonRecords::new(text.as_bytes(), wrapping::NONE);
    let (mut blocks, mut last) = (0, 0);
    while let Some(block) = cutter.next().unwrap() {
        blocks += 1;
        assert!(block.spans.iter().all(|span| span.end - span.start == 1_008 && block.bytes[span.start] == b'{'));
        last = block.spans.last().unwrap().number;
    }
    assert!(blocks > 3 && last == 5_000, "{blocks} {last}");
}

#[test]
fn a_file_that_ends_within_countless_records_is_given_up_in_time() {
    let (records, damaged) = texts(&format!("{{\"a\":1}}\n{}", "{\"a\":".repeat(300_000)), wrapping::NONE);
    assert_eq!(records, [r#"{"a":1}"#]);
    assert!((1..1000).contains(&damaged), "{damaged}");
}

#[test]
fn lines_that_count_records_are_none() {
    let text: String = (1..4).map(|number| format!("Record {number}\r\n{{\n \"a\": {number}\n}}\n")).collect();
    let (records, damaged) = texts(&text, wrapping::NONE);
    assert_eq!((records.len(), damaged, records[2].as_str()), (3, 0, "{\n \"a\": 3\n}"));
    let (records, damaged) = texts("{\"a\":1}\nRecord x\n{\"a\":2}", wrapping::NONE);
    assert_eq!((records.len(), damaged), (2, 1));
}

#[test]
fn text_before_the_first_record_is_none_unless_it_was_one() {
    for (before, damaged) in [("", 0), ("\n \n", 0), ("Export of Security\n\n", 0), ("b\":1}\n", 1)] {
        for (open, close) in [("", ""), ("[", "]"), ("\x1e", "")] {
            let text = format!("{before}{open}{{\n\"a\":1}}\n{{\"a\":2}}{close}");
            let (records, found) = texts(&text, wrapping::NONE);
            assert_eq!((records.len(), found), (2, damaged), "{text}");
        }
    }
}

/// The head of a file may end anywhere.
#[test]
fn a_list_with_members_behind_it_may_be_cut_anywhere() {
    let whole =
        "{\"value\":[{\"a\":1},{\"b\":\"x\"}],\"c\":{\"d\":[1,2]},\"e\":\"f\"}\n{\"value\":[{\"a\":2}],\"c\":3}\n";
    for end in 0..=whole.len() {
        for wrapping in [&["value"] as Wrapping, wrapping::TABLES, wrapping::EVENTS] {
            let mut records = JsonRecords::new(&whole.as_bytes()[..end], wrapping);
            while records.next().unwrap().is_some() {}
            assert!(records.at <= end, "{end}");
        }
    }
}
