//! Quick reading against the slow: the same row, or none.

use super::*;
use crate::event::Fields;
use crate::framed::Frame;
use crate::row::Columns;
use crate::shape::read_event;
use functions::origin::Origin;

fn rendered(row: &Row, fields: &Fields) -> String {
    let mut columns = Columns::new(fields);
    let origin = Origin { file: 0, ordinal: 0, log: 0, record: 0, time: 0 };
    columns.push(row, origin, 0, row.channel());
    format!("{:?}", columns.take().unwrap().unwrap().batch)
}

/// A line with what follows it in its block: the next one, or all that the one before it has from there on, be it what the
/// line itself was cut off.
fn followed<L: AsRef<[u8]>>(lines: &[L], place: usize, round: usize) -> Vec<u8> {
    let line = |place: usize| lines.get(place).map(AsRef::as_ref).unwrap_or_default();
    let own = line(place);
    let before = line(place.wrapping_sub(1));
    let next = match round {
        1 => &b"\n"[..],
        2 => before.get(own.len()..).unwrap_or_default(),
        _ => b"\"}}]}",
    };
    [own, next, line(place + 1)].concat()
}

/// Whether each line was read quickly whatever was asked for. Where it was, the row must be the slow one's.
fn quick<L: AsRef<[u8]>>(lines: &[L]) -> Vec<bool> {
    let names = System::ALL.map(System::name).into_iter().chain(["Image", "UtcTime", "Data", "n", "@timestamp"]);
    let all = Fields::new(names, false);
    let few = Fields::new(["image"], false);
    let mut was_quick = vec![true; lines.len()];
    let events = Fields::new(["System_EventData", "System_Payload"], false);
    for fields in [&all, &few, &events] {
        let (mut quick, mut row, mut slow) = (Quick::default(), Row::new(fields), Row::new(fields));
        let mut scratch = String::new();
        for round in 0..4 {
            for (place, (line, was_quick)) in lines.iter().zip(&mut was_quick).enumerate() {
                let line = line.as_ref();
                let block = followed(lines, place, round);
                let record = match round {
                    0 => Framed::alone(line),
                    _ => Frame::new(&block).record(0..line.len()),
                };
                let is_read = quick.read(record, &mut row, &mut scratch);
                *was_quick &= is_read;
                if is_read {
                    let shown = String::from_utf8_lossy(line);
                    read_event(line, &mut slow, &mut scratch).unwrap_or_else(|error| panic!("{error}: {shown}"));
                    assert_eq!(rendered(&row, fields), rendered(&slow, fields), "{round}: {shown}");
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
        "  { \"EventID\" : 1 ,\t\"Image\" : true , \"n\" : 12345678901234567890 }  ",
        r#"{"EventID":1,"n":{"a":[1,2],"b":"}"},"Image":""}"#,
        r#"{"EventID":1,"ProcessID":2832}"#,
        r#"{"EventID":1,"ProcessID":"716"}"#,
        // A name of a beat tells that one shipped the record, whatever of it is wanted.
        r#"{"@timestamp":"2024-03-01T10:00:00Z","winlog.channel":"Security","winlog.event_id":4688,"winlog.keywords":"k","level":"info","message":"m","Image":"a.exe"}"#,
    ];
    assert_eq!(quick(&lines), [true; 8]);
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
        // Digits that a number does not keep.
        r#"{"Event":{"System":{"EventID":1},"EventData":{"Data":[12345678901234567890123]}}}"#,
        deep.as_str(),
        parts.as_str(),
    ];
    assert_eq!(quick(&lines), [false; 17]);
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn text(&mut self) -> String {
        const PIECES: [&str; 20] = [
            "a",
            "]",
            "#",
            "\\\\",
            "\\\"",
            "\\/",
            "\\n",
            "\\u0041",
            "\\u00e9",
            "\\ud83d\\ude00",
            "ä",
            "😀",
            "C:\\\\",
            ".exe",
            " -x ",
            "{",
            "}",
            "[",
            ",",
            ":",
        ];
        const ODD: [&str; 8] = ["\\ud800", "\\udc00", "\u{1}", "\t", "\\x", "\\u12", "\\ud800\\u0041", "\u{7f}"];
        let length = [0, 1, 3, 7, 8, 9, 40][self.below(7)];
        let mut text = String::from("\"");
        for _ in 0..length {
            text.push_str(if self.below(400) == 0 { self.one(&ODD) } else { self.one(&PIECES) });
        }
        text.push('"');
        text
    }

    fn value(&mut self) -> String {
        const PLAIN: [&str; 12] =
            ["0", "1", "-7", "4688", "123456789012345678", "-0", "1.50", "1e3", "2E-2", "true", "false", "null"];
        const ODD: [&str; 14] = [
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "+1",
            "nul",
            "1e999",
            "9223372036854775808",
            "1234567890123456789012",
            "NaN",
            "tru",
            "--1",
            "0x1",
        ];
        const NESTED: [&str; 8] = [
            "[]",
            "{}",
            "[1,\"]\",{\"a\":[2]}]",
            "{\"#text\":\"t\",\"Name\":\"n\"}",
            "{\"x\":nope}",
            "[1,]",
            "{\"}\":\"{\"}",
            "[{]}",
        ];
        match self.below(200) {
            0..=119 => self.text(),
            120..=179 => self.one(&PLAIN).to_owned(),
            180..=185 => self.one(&ODD).to_owned(),
            _ => self.one(&NESTED).to_owned(),
        }
    }

    /// A line of some keys; most lines of one round have the same ones, and some of the same values.
    fn line(&mut self, keys: &[&str], values: &mut [String]) -> Vec<u8> {
        let mut line = String::from("{");
        for (place, (key, value)) in keys.iter().zip(values).enumerate() {
            let comma = if self.below(300) == 0 { self.one(&["", ",,", " , "]) } else { "," };
            let (key, comma) = if self.below(100) == 0 { (self.one(keys), comma) } else { (*key, comma) };
            if self.below(40) > place {
                *value = self.value();
            }
            let spaced = if self.below(60) == 0 { " : " } else { ":" };
            line.push_str(if place == 0 { "" } else { comma });
            line.push_str(&format!("\"{key}\"{spaced}{value}"));
        }
        line.push_str(if self.below(60) == 0 { self.one(&["", "}}", " } ", ",}", "}x"]) } else { "}" });
        let mut line = line.into_bytes();
        match self.below(100) {
            0 => line.truncate(self.below(line.len() + 1)),
            1 => {
                let place = self.below(line.len());
                line[place] = [0xff, b'"', b'\\', b'x', 0, 0xc3][self.below(6)];
            }
            _ => {}
        }
        line
    }
}

#[test]
fn keys_that_differ_behind_all_that_is_compared_at_once_are_two() {
    for length in [50, 60, 61, 62, 63, 64, 65, 66, 100] {
        let line = |last: &str| format!(r#"{{"EventID":1,"{}{last}":"{last}","Image":"a.exe"}}"#, "k".repeat(length));
        let lines: Vec<String> = (0..12).map(|number| line(if number % 5 == 4 { "other" } else { "same." })).collect();
        assert_eq!(quick(&lines), [true; 12], "{length}");
    }
}

#[test]
fn odd_lines_between_even_ones_give_the_same_rows() {
    const KEYS: [&str; 25] = [
        "EventID",
        "Channel",
        "Image",
        "Computer",
        "Keywords",
        "EventTime",
        "@timestamp",
        "UtcTime",
        "n",
        "Data",
        "ProcessID",
        "Task",
        "Version",
        "CommandLine",
        "Opcode",
        "image",
        "a key that is longer than the sixty-four bytes which are compared in one go, one",
        "a key that is longer than the sixty-four bytes which are compared in one go, two",
        "Ünï",
        "RuleName",
        "ThreadID",
        "winlog",
        "Event",
        "event_data",
        "winlog.event_data.Image",
    ];
    let mut taken = 0;
    for seed in 1..41 {
        let mut dice = Dice(seed);
        let mut keys: Vec<&str> = (0..4 + dice.below(16)).map(|_| dice.one(&KEYS)).collect();
        let place = dice.below(keys.len());
        keys[place] = "EventID";
        let mut values: Vec<String> = keys.iter().map(|_| dice.value()).collect();
        let mut line = || {
            values[place] = dice.one(&["1", "1", "1", "12", "\"3\""]).to_owned();
            dice.line(&keys, &mut values)
        };
        let lines: Vec<Vec<u8>> = (0..150).map(|_| line()).collect();
        taken += quick(&lines).into_iter().filter(|was_quick| *was_quick).count();
    }
    assert!((1000..5000).contains(&taken), "{taken}");
}

#[test]
fn a_steady_value_that_changes_is_read_anew() {
    let line =
        |task: &str, image: &str| format!(r#"{{"EventID":1,"Task":{task},"x":"-","y":null,"Image":"{image}","z":0}}"#);
    let mut lines: Vec<String> = (0..50).map(|event| line("1", &format!("{event}"))).collect();
    for task in ["12", "1", "1 ", "1.5", "\"1\"", "1"] {
        lines.push(line(task, "changed"));
    }
    lines.push(r#"{"EventID":1,"Task":1,"x":"-","y":null}"#.to_owned());
    lines.push(r#"{"EventID":1,"Task":1,"x":"-","y":null,"z":0}"#.to_owned());
    lines.push(r#"{"EventID":1,"Task":1,"x":"-","z":0,"y":null,"Image":"other"}"#.to_owned());
    assert!(quick(&lines).into_iter().all(|was_quick| was_quick));
    let moved = [
        r#"{"Task":1,"EventID":1}"#,
        r#"{,"EventID":1,"Task":1}"#,
        r#"{"EventID":1,"Task":1}"#,
        r#"{"Task":1,"EventID":1}"#,
        r#"{"EventID":1"Task":1}"#,
    ];
    assert_eq!(quick(&moved), [true, false, true, true, false]);
    let broken =
        [r#"{"EventID":1,"Task":1,"x":"-","y":null "z":0}"#, r#"{"EventID":1"Task":1,"x":"-"}"#, r#"{,"EventID":1}"#];
    let lines: Vec<&str> = lines.iter().map(String::as_str).chain(broken).collect();
    assert!(quick(&lines).ends_with(&[true, false, false, false]));
}

#[test]
fn quotes_and_backslashes_are_found_wherever_they_stand() {
    let mut lines = Vec::new();
    for before in 0..20 {
        for after in 0..10 {
            let (before, after) = ("a".repeat(before), "]#".repeat(after));
            for escape in ["\\\\", "\\\"", "\\u00e9", "\\\\\\\"", ""] {
                lines.push(format!(
                    r#"{{"EventID":1,"x":"{before}{escape}{after}","Image":"{before}{escape}{after}"}}"#
                ));
            }
        }
    }
    assert!(quick(&lines).into_iter().all(|was_quick| was_quick));
}
