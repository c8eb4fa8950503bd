//! Tests: both ways of reading a record, held against each other.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;

use super::*;
use crate::evtx_writer::chunk::ChunkToWrite;
use crate::evtx_writer::token::Tokens;
use crate::trial::cell;
use crate::{EventBatch, Fields, FileReport, Logs, Report, System};

/// A template: how it is written, and the values of its instance.
type Template<'a> = (&'a dyn Fn(&mut Tokens), Vec<(u8, Vec<u8>)>);

/// A chunk of one record: System as Windows has it, then what the template says.
fn chunk((write, values): &Template<'_>) -> Vec<u8> {
    let mut chunk = ChunkToWrite::new(1);
    let whole = |tokens: &mut Tokens| {
        tokens.element("Event", &[], |tokens| {
            tokens.element("System", &[], |tokens| {
                tokens.empty("Provider", &[("Name", &|tokens| tokens.text("P")), ("Guid", &|tokens| tokens.text(""))]);
                tokens.empty("Security", &[("UserID", &|tokens| tokens.substitution(0, 0x01))]);
                tokens.element("EventID", &[], |tokens| tokens.text("7"));
                tokens.element("Channel", &[], |tokens| tokens.text("Application"));
            });
            write(tokens);
        });
    };
    let was_written = chunk.record(41, ticks::parse("2024-05-06T07:08:09Z").unwrap(), |chunk| {
        chunk.instance(&["x"], whole);
        chunk.tokens.values(values.len(), values);
    });
    assert!(was_written);
    chunk.finish()
}

fn fields() -> Fields {
    Fields::new(System::ALL.map(System::name), true)
}

/// What the parser holds after something was read with it.
fn parsed(read: impl FnOnce(&mut Parser<'_>)) -> (RecordBatch, u64) {
    let (fields, logs, stop) = (fields(), Logs::default(), AtomicBool::new(false));
    let batches = Mutex::new(Vec::new());
    let sink = |batch: EventBatch| {
        batches.lock().unwrap().push(batch.batch);
        ControlFlow::Continue(())
    };
    let report = Report { files: vec![FileReport::default()], fields_seen: Vec::new(), ..Report::default() };
    let mut parser = Parser::new(&fields, &logs, report, &sink, &stop);
    read(&mut parser);
    let damaged = parser.finish().files[0].damaged_records;
    (concat_batches(fields.schema(), batches.lock().unwrap().iter()).unwrap(), damaged)
}

/// The EventData of a template's instance. `is_quick` says whether it is to be read without rendering; both ways must agree.
#[track_caller]
fn data(template: &Template<'_>, is_quick: bool) -> String {
    let bytes = chunk(template);
    let record = layout::records(&bytes).unwrap()[0];
    let quickly = parsed(|parser| {
        let mut binary = Binary::default();
        binary.begin();
        let outcome = binary.read(&bytes, &record, Names::Plain, parser.row());
        assert_eq!(outcome.is_some(), is_quick);
        parser.accept(0, record.id, || record.written());
    });
    let rendered = parsed(|parser| {
        let mut data = EvtxChunkData::new(bytes.clone(), false).unwrap();
        ChunkReader::default().rendered(0, &mut data, None, parser).unwrap();
    });
    assert_eq!((rendered.0.num_rows(), rendered.1), (1, 0));
    if is_quick {
        for name in System::ALL.map(System::name) {
            assert_eq!(cell(&quickly.0, name, 0), cell(&rendered.0, name, 0), "{name}");
        }
    }
    let both = parsed(|parser| {
        let chunk = Chunk { number: 0, bytes, is_cut: false };
        ChunkReader::default().read(chunk, parser);
    });
    assert_eq!(both, rendered);
    cell(&both.0, "System_EventData", 0)
}

/// Fields A, B, … of these values.
fn values(values: &[(u8, &[u8])]) -> String {
    let write = |tokens: &mut Tokens| {
        tokens.element("EventData", &[], |tokens| {
            for (slot, (kind, _)) in (0..).zip(values) {
                let name = char::from(b'A' + slot as u8).to_string();
                tokens.element("Data", &[("Name", &|tokens| tokens.text(&name))], |tokens| {
                    tokens.substitution(slot, *kind);
                });
            }
        });
    };
    data(&(&write, values.iter().map(|(kind, bytes)| (*kind, bytes.to_vec())).collect()), true)
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn numbers_are_shown_as_windows_shows_them() {
    let numbers: [(u8, &[u8]); 9] = [
        (0x03, &[0xff]),
        (0x04, &[0xff]),
        (0x05, &[0xfe, 0xff]),
        (0x06, &[0xfe, 0xff]),
        (0x07, &[0, 0, 0, 0x80]),
        (0x08, &[0, 0, 0, 0x80]),
        (0x09, &[0xff; 8]),
        (0x0a, &[0xff; 8]),
        (0x0d, &[2, 0, 0, 0]),
    ];
    assert_eq!(
        values(&numbers),
        r#"{"A":"-1","B":"255","C":"-2","D":"65534","E":"-2147483648","F":"2147483648","G":"-1","H":"18446744073709551615","I":"2"}"#
    );
    let others: [(u8, &[u8]); 7] = [
        (0x0d, &[1, 0, 0, 0]),
        (0x0e, &[0xab, 0x01]),
        (0x0f, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
        (0x11, &[0x80, 0xf7, 0xc1, 0xc0, 0x62, 0x9f, 0xda, 0x01]),
        (0x13, &[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0]),
        (0x14, &[0x3e, 0x01, 0, 0]),
        (0x15, &[0, 0, 0, 0, 0, 0, 0x20, 0x80]),
    ];
    assert_eq!(
        values(&others),
        r#"{"A":"true","B":"AB01","C":"{03020100-0504-0706-0809-0a0b0c0d0e0f}","D":"2024-05-06T03:09:05.0399616Z","E":"S-1-5-32-544","F":"0x13e","G":"0x8020000000000000"}"#
    );
}

#[test]
fn texts_end_at_a_zero_and_what_xml_has_no_room_for_is_told() {
    let long = "C:\\Windows\\System32\\Zürich 😀 ".repeat(5);
    let texts = ["plain", "", "a\0b", "tab\tline\r\n\u{1b}[31m", "\u{fffe}|\u{ffff}|\u{e000}", &long].map(wide);
    let mut lone = wide("x");
    lone.extend_from_slice(&[0x3d, 0xd8, b'y', 0, 0x00, 0xdc]);
    let all: Vec<(u8, &[u8])> = texts.iter().chain([&lone]).map(|text| (0x01, text.as_slice())).collect();
    let long = long.replace('\\', "\\\\");
    assert_eq!(
        values(&all),
        format!(
            r#"{{"A":"plain","B":"","C":"a","D":"tab\tline\r\n_[31m","E":"_|_|{}","F":"{long}","G":"x_y_"}}"#,
            '\u{e000}'
        )
    );
}

#[test]
fn elements_without_a_name_are_one_field_and_lists_are_as_many() {
    let write = |tokens: &mut Tokens| {
        tokens.element("EventData", &[], |tokens| {
            tokens.element("Data", &[], |tokens| tokens.substitution(1, 0x81));
            tokens.empty("Data", &[]);
            tokens.element("Data", &[("Name", &|tokens| tokens.text("N"))], |tokens| tokens.substitution(2, 0x81));
            tokens.element("Data", &[("Name", &|tokens| tokens.text(""))], |tokens| tokens.text("unnamed"));
            tokens.element("Own", &[], |tokens| tokens.substitution(3, 0x01));
            tokens.empty("None", &[]);
        });
    };
    let values =
        |list: &str| vec![(0x00, Vec::new()), (0x81, wide("one\0\0two\0")), (0x81, wide(list)), (0x01, Vec::new())];
    let expected = r#"{"N":"single","Data":["one","","two","","unnamed"],"Own":null,"None":null}"#;
    assert_eq!(data(&(&write, values("single\0")), true), expected);
    assert_eq!(data(&(&write, values("a\0b\0")), false), expected.replace(r#""single""#, r#"["a","b"]"#));
}

#[test]
fn a_name_that_comes_again_is_one_field_of_all_its_values() {
    let write = |tokens: &mut Tokens| {
        tokens.element("EventData", &[], |tokens| {
            for (slot, name) in [(0, "A"), (1, "B"), (2, "A")] {
                tokens.element("Data", &[("Name", &|tokens| tokens.text(name))], |tokens| {
                    tokens.substitution(slot, 0x01);
                });
            }
        });
    };
    let values = ["1", "2", "3"].map(|text| (0x01, wide(text))).to_vec();
    assert_eq!(data(&(&write, values), true), r#"{"A":["1","3"],"B":"2"}"#);
}

#[test]
fn what_depends_on_a_null_is_left_out_and_what_is_beyond_the_values_is_empty() {
    let write = |tokens: &mut Tokens| {
        tokens.element("EventData", &[], |tokens| {
            tokens.dependent("Data", 0, &[("Name", &|tokens| tokens.text("A"))], |tokens| tokens.optional(0, 0x01));
            tokens.dependent("Data", 1, &[("Name", &|tokens| tokens.text("B"))], |tokens| tokens.optional(1, 0x01));
            tokens.element("Data", &[("Name", &|tokens| tokens.text("C"))], |tokens| {
                tokens.text("<");
                tokens.optional(1, 0x01);
                tokens.text("&>");
            });
            tokens.element("Data", &[("Name", &|tokens| tokens.text("D"))], |tokens| tokens.optional(9, 0x01));
        });
    };
    let values = vec![(0x00, vec![0; 6]), (0x01, wide("there"))];
    assert_eq!(data(&(&write, values), true), r#"{"B":"there","C":"<there&>","D":""}"#);
}

#[test]
fn user_data_names_its_fields_by_their_elements() {
    let write = |tokens: &mut Tokens| {
        tokens.element("UserData", &[], |tokens| {
            tokens.element("auto:Cleared", &[("xmlns:auto", &|tokens| tokens.text("urn:x"))], |tokens| {
                tokens.element("SubjectUserName", &[], |tokens| tokens.optional(0, 0x01));
                tokens.element("Empty", &[], |_| {});
            });
        });
    };
    assert_eq!(data(&(&write, vec![(0x01, wide("u"))]), true), r#"{"SubjectUserName":"u","Empty":null}"#);
    let nested = |tokens: &mut Tokens| {
        tokens.element("UserData", &[], |tokens| {
            tokens.element("X", &[], |tokens| {
                tokens.element("Outer", &[], |tokens| tokens.element("Inner", &[], |tokens| tokens.optional(0, 0x01)));
            });
        });
    };
    assert_eq!(data(&(&nested, vec![(0x01, wide("u"))]), false), r#"{"Outer":{"Inner":"u"}}"#);
}

#[test]
fn what_the_steps_do_not_know_is_left_to_the_renderer() {
    let field = |kind: u8| {
        move |tokens: &mut Tokens| {
            tokens.element("EventData", &[], |tokens| {
                tokens.element("Data", &[("Name", &|tokens| tokens.text("A"))], |tokens| tokens.substitution(0, kind));
            });
        }
    };
    assert_eq!(data(&(&field(0x0c), vec![(0x0c, 1.5_f64.to_le_bytes().to_vec())]), false), r#"{"A":"1.5"}"#);
    assert_eq!(data(&(&field(0x02), vec![(0x02, b"ansi".to_vec())]), false), r#"{"A":"ansi"}"#);
    let bare = |tokens: &mut Tokens| tokens.element("EventData", &[], |tokens| tokens.text("bare"));
    assert_eq!(data(&(&bare, Vec::new()), false), r#"{"Data":"bare"}"#);
}

#[test]
fn templates_that_repeat_themselves_cost_no_more_than_a_chunk_may() {
    let long = wide(&"x".repeat(10_000));
    let write = |tokens: &mut Tokens| {
        tokens.element("EventData", &[], |tokens| {
            for _ in 0..1500 {
                tokens.element("Data", &[], |tokens| tokens.substitution(0, 0x01));
            }
        });
    };
    let text = data(&(&write, vec![(0x01, long)]), false);
    assert_eq!(text.len(), 15_000_000 + 1499 * 3 + r#"{"Data":[""]}"#.len());
}

#[test]
fn a_record_whose_names_are_damaged_is_read_as_it_stands() {
    let write = |tokens: &mut Tokens| {
        tokens.element("EventData", &[], |tokens| {
            tokens.element("Da\"<ta", &[("Na=me", &|tokens| tokens.text("A"))], |tokens| tokens.substitution(0, 0x01));
            tokens.element("Data", &[("Name", &|tokens| tokens.text("B"))], |tokens| tokens.substitution(0, 0x01));
        });
    };
    let chunk = Chunk { number: 0, bytes: chunk(&(&write, vec![(0x01, wide("there"))])), is_cut: false };
    let (batch, damaged) = parsed(|parser| ChunkReader::default().read(chunk, parser));
    assert_eq!((batch.num_rows(), damaged), (1, 0));
    assert_eq!(cell(&batch, "System_EventData", 0), r#"{"Da\"<ta":"there","B":"there"}"#);
}

#[test]
fn what_a_record_says_in_words_is_a_field() {
    let write = |tokens: &mut Tokens| {
        tokens.element("RenderingInfo", &[("Culture", &|tokens| tokens.text("en-US"))], |tokens| {
            tokens.element("Message", &[], |tokens| tokens.optional(0, 0x01));
            tokens.element("Level", &[], |tokens| tokens.text("Information"));
        });
    };
    assert_eq!(data(&(&write, vec![(0x01, wide("It began."))]), true), r#"{"Message":"It began."}"#);
}

#[test]
fn a_record_that_is_read_as_it_stands_need_not_say_what_it_is() {
    let mut chunk = ChunkToWrite::new(1);
    let odd = |tokens: &mut Tokens| tokens.element("E ent", &[], |tokens| tokens.element("System", &[], |_| {}));
    chunk.record(41, ticks::parse("2024-05-06T07:08:09Z").unwrap(), |chunk| {
        chunk.instance(&["x"], odd);
        chunk.tokens.values(0, &[]);
    });
    let chunk = Chunk { number: 0, bytes: chunk.finish(), is_cut: false };
    let (batch, damaged) = parsed(|parser| ChunkReader::default().read(chunk, parser));
    assert_eq!((batch.num_rows(), damaged), (1, 0));
    assert_eq!((cell(&batch, "System_Record", 0), cell(&batch, "System_EventID", 0)), ("41".into(), "-".into()));
}
