//! Quick reading against the slow: the same row, or none.

use super::*;
use crate::event::Fields;
use crate::row::Columns;
use crate::shape::read_event;
use functions::origin::Origin;

fn rendered(row: &Row, fields: &Fields) -> String {
    let mut columns = Columns::new(fields);
    let origin = Origin { file: 0, ordinal: 0, log: 0, record: 0, time: 0 };
    columns.push(row, origin, 0, row.channel());
    format!("{:?}", columns.take().unwrap().unwrap().batch)
}

/// Whether each line was read quickly. Where it was, the row must be the slow one's.
fn quick(lines: &[&str]) -> Vec<bool> {
    let names = System::ALL.map(System::name).into_iter().chain(["Image", "UtcTime", "Data", "n", "@timestamp"]);
    let all = Fields::new(names, false);
    let few = Fields::new(["image"], false);
    let mut was_quick = vec![false; lines.len()];
    for fields in [&all, &few] {
        let (mut quick, mut row, mut slow) = (Quick::default(), Row::new(fields), Row::new(fields));
        let mut scratch = String::new();
        for round in 0..2 {
            for (line, was_quick) in lines.iter().zip(&mut was_quick) {
                *was_quick = quick.read(line.as_bytes(), &mut row, &mut scratch);
                if *was_quick {
                    read_event(line.as_bytes(), &mut slow, &mut scratch).unwrap();
                    assert_eq!(rendered(&row, fields), rendered(&slow, fields), "{round}: {line}");
                }
            }
        }
    }
    was_quick
}

#[test]
fn the_shapes_of_events_are_read_quickly_and_give_the_same_row() {
    let lines = [
        r##"{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"P","Guid":"g"}},"EventID":{"#attributes":{"Qualifiers":""},"#text":1},"Level":4,"Correlation":null,"Execution":{"#attributes":{"ProcessID":2032,"ThreadID":2092}},"Channel":"Security","Computer":"PC"},"EventData":{"Image":"C:\\a.exe","n":652,"Nothing":null,"Data":{"#text":["a","b"]}}}}"##,
        r#"{"ProcessId":"652","Image":"C:\\\"a\u0041\ud83d\ude00\t.exe","EventID":1,"Channel":"a","Keywords":-9223372036854775808,"EventTime":"2019-05-21 21:02:11","@timestamp":"2019-05-22T04:02:13Z","n":-0}"#,
        r#"{"@timestamp":"2019-05-22T04:02:11.2871234Z","winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":"1","process":{"pid":2032,"thread":{"id":2092}},"user":{"identifier":"S-1-5-18"},"event_data":{"Image":"C:\\a.exe","UtcTime":"2019-05-22 04:02:11.287","n":[1,"x",{"a":2}]}},"message":"Process Create","tags":[],"n":1.50}"#,
        "  { \"EventID\" : 1 ,\t\"Image\" : true , \"n\" : 12345678901234567890123 }  ",
        r#"{"EventID":1,"n":{"a":[1,2],"b":"}"},"Image":""}"#,
        r#"{"EventID":1,"ProcessID":2832}"#,
        r#"{"EventID":1,"ProcessID":"716"}"#,
    ];
    assert_eq!(quick(&lines), [true; 7]);
}

#[test]
fn at_anything_odd_it_gives_up() {
    let deep = format!("{{\"EventID\":1,\"x\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    let parts = format!("{{\"Event\":{{\"System\":{{\"EventID\":{}1{}}}}}}}", "{\"#text\":".repeat(50), "}".repeat(50));
    let lines = [
        "",
        "[]",
        "{}",
        r#"{"EventID":1"#,
        r#"{"EventID":1}x"#,
        r#"{"EventID":1,}"#,
        r#"{"EventID":1 "a":2}"#,
        r#"{"EventID":01}"#,
        r#"{"EventID":1,"skipped":-}"#,
        r#"{"EventID":1,"skipped":{"a":nope}}"#,
        r#"{"EventID":1,"Image":"\x"}"#,
        r#"{"EventID":1,"Image":"\ud800"}"#,
        r#"{"EventID":1,"Im\u0061ge":"x"}"#,
        r#"{"a":"\\"}"#,
        deep.as_str(),
        parts.as_str(),
    ];
    assert_eq!(quick(&lines), [false; 16]);
}
