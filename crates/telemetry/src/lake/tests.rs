//! What a lake gives is what its logs give.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::DataType;
use arrow::util::display::array_value_to_string;
use functions::origin::{COLUMN, Origins};
use functions::predicate::Shape;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::bounds::{Bounds, EventKind};
use crate::trial::{Folder, evtx, read};
use crate::{EventBatch, Evidence, Fields, Input, Needle, ReadOptions, Report, System, WantedText};

fn ingest(evidence: &Evidence, to: &Path) -> Result<Ingested, LakeError> {
    Ingest { evidence, to, memory: 64 << 20, threads: 2, waiting: &|| {}, progress: &|_| {} }.run()
}

/// Each row as text, with what its origin says in names and not in numbers.
fn rows(evidence: &Evidence, names: &[&str]) -> (BTreeSet<String>, usize, Report) {
    let (batch, report) = read(evidence, names);
    let cells = batch.column_by_name(COLUMN).unwrap().as_binary::<i32>().clone();
    let line = |row: usize| {
        let mut line = String::new();
        for column in batch.columns().iter().take(batch.num_columns() - 1) {
            let text = array_value_to_string(column, row).unwrap();
            line += &if column.is_null(row) { "\u{1}null|".to_owned() } else { text + "|" };
        }
        let origin = Origins::from_cell(cells.value(row)).kept[0];
        let log = evidence.log(origin.log).unwrap();
        let file = evidence.file_name(origin.file).unwrap();
        format!("{line}{file}#{} {} {:?} {:?}", origin.ordinal, origin.record, origin.time(), log)
    };
    ((0..batch.num_rows()).map(line).collect(), batch.num_rows(), report)
}

/// Names of every kind: System's own but the number of the log, which depends on the order of reading, and fields.
fn all<'a>(fields: &[&'a str]) -> Vec<&'a str> {
    let system = System::ALL.iter().filter(|field| **field != System::LogSource).map(|field| field.name());
    system.chain(fields.iter().copied()).collect()
}

fn same(folder: &Folder, fields: &[&str]) -> (Report, Report) {
    let lake = Folder::new();
    let to = lake.0.join("lake");
    ingest(&folder.evidence(), &to).unwrap();
    let names = all(fields);
    let (wanted, count, raw) = rows(&folder.evidence(), &names);
    let evidence = Evidence::discover(std::slice::from_ref(&to)).unwrap();
    let (found, found_count, report) = rows(&evidence, &names);
    assert_eq!(found.difference(&wanted).next(), None);
    assert_eq!(wanted.difference(&found).next(), None);
    assert_eq!((found_count, &report.fields_seen), (count, &raw.fields_seen));
    assert_eq!((report.events(), report.oldest, report.newest), (raw.events(), raw.oldest, raw.newest));
    assert_eq!((report.future, report.untimed), (raw.future, raw.untimed));
    let kinds = |evidence: &Evidence, report: &Report| -> BTreeSet<(String, i64, u64)> {
        report.kinds.iter().map(|((c, e), n)| (evidence.channel_name(*c).unwrap(), *e, *n)).collect()
    };
    let raw_evidence = folder.evidence();
    let again = read(&raw_evidence, &[]).1;
    assert_eq!(kinds(&evidence, &report), kinds(&raw_evidence, &again));
    (raw, report)
}

#[test]
fn every_field_of_every_event_comes_back() {
    let lines = [
        r#"{"EventID":1,"Channel":"A","Image":"x","IMAGE":"y","image":"z","UtcTime":"2020-01-01 10:00:00.1234567"}"#,
        r#"{"EventID":2,"Channel":"A","Image":null,"IMAGE":"only","Empty":"","List":["a","b"],"Number":7}"#,
        r#"{"EventID":3,"Channel":"b","Nested":{"a":[1,"\"q\"\n"],"b":{}},"nested":"text","Quote":"\"\\\n\u0001é"}"#,
        r#"{"EventID":3,"Channel":"B","Straße":"x","a.b c":"y","":"empty name","data_x":"1","time":"2","@timestamp":"9000-01-01"}"#,
        r#"{"EventID":4,"Channel":"A"}"#,
        r#"{"Channel":"A","Computer":"PC","EventTime":"1601-02-03 00:00:00"}"#,
        r#"{"EventID":5,"Computer":"PC","EventTime":"1601-02-03 00:00:00.9999999","Level":2,"Keywords":-9214364837600034816}"#,
        r#"{"EventID":6,"Channel":"A","Provider":"P","Data":"one","Data":"two","data":"three"}"#,
        r#"{"EventID":8,"Channel":"A","Image":"one","Other":"x","Image":["two","3"],"IMAGE":"four"}"#,
        r##"{"Event":{"System":{"EventID":7,"Channel":"Security","EventRecordID":99,"Execution":{"#attributes":{"ProcessID":4,"ThreadID":8}}},"EventData":{"Data":["a","b"]}}}"##,
    ];
    let folder = Folder::new().with("h/a.json", lines.join("\n")).with("b.evtx", evtx(1000));
    let fields = [
        "Image",
        "IMAGE",
        "iMage",
        "Nested",
        "NESTED",
        "Straße",
        "a.b c",
        "",
        "data_x",
        "time",
        "Data",
        "data",
        "No",
        "CommandLine",
    ];
    let (_, report) = same(&folder, &fields);
    assert_eq!((report.events(), report.future, report.untimed), (1010, 1, 6));
}

#[test]
fn whose_a_field_is_comes_back() {
    let own = r#""event_data":{"Image":"a","level":"high","type":"t","agent":"x","tags":null,"process":{"a":1},"\u0001host":"h"}"#;
    let lines = [
        format!(r#"{{"@timestamp":"2024-03-01T10:00:00Z","level":"i","event":{{"outcome":"s"}},"winlog":{{"event_id":1,"channel":"A","logon":{{"id":7}},"\u0002x":"y",{own}}}}}"#),
        r#"{"@timestamp":"2024-03-01T10:00:00Z","event":{"outcome":"s"},"process":{"name":"p"},"winlog":{"event_id":2,"channel":"A"}}"#.to_owned(),
        format!(r#"{{"Event":{{"System":{{"EventID":3,"Channel":"A"}},{}}}}}"#, own.replace("event_data", "EventData")),
        r#"{"EventID":4,"Channel":"A","SourceModuleName":"in","Severity":"x","Image":"a","Version":"10.0","\u0003x":"z"}"#.to_owned(),
        r#"{"@timestamp":"2024-03-01T10:00:00Z","winlog.channel":"A","winlog.event_id":5,"winlog.event_data.level":"own","level":"i","winlog.logon.id":"7"}"#.to_owned(),
    ];
    let folder = Folder::new().with("a.json", lines.join("\n"));
    same(&folder, &["level", "logon", "\u{1}host", "\u{2}x", "\u{3}x", "Version", "process", "agent"]);
}

#[test]
fn a_name_with_a_zero_in_it_is_not_two_names() {
    let lines = [
        r#"{"EventID":1,"Channel":"A","a":"1","b":"2"}"#,
        r#"{"EventID":1,"Channel":"A","a\u0000tb":"3"}"#,
        r#"{"EventID":1,"Channel":"A","a\u00001:b":"4","1:a":"5","t1:a":"6"}"#,
    ];
    let folder = Folder::new().with("a.json", lines.join("\n"));
    same(&folder, &["a", "b", "a\0tb", "a\u{0}1:b"]);
}

#[test]
fn rows_of_a_table_that_nothing_declares_are_not_taken() {
    let folder = Folder::new().with("a.csv", "Timestamp,Name\n2024-01-01T00:00:00Z,x\n");
    let bound = |table: &str| {
        let input = Input { path: folder.0.join("a.csv"), table: Some(table.to_owned()) };
        ingest(&Evidence::of_inputs(&[input]).unwrap(), &folder.0.join("lake")).map(|ingested| ingested.events)
    };
    assert!(matches!(bound("Mine"), Err(LakeError::Undeclared(name)) if name == "Mine"));
    assert_eq!(bound("DeviceProcessEvents").unwrap(), 1);
}

#[test]
fn fields_beyond_the_columns_come_back_too() {
    let event = |event: usize| {
        let fields: Vec<String> =
            (0..600).map(|field| format!("\"f{}\":\"{event}.{field}\"", event * 300 + field)).collect();
        format!("{{\"EventID\":{event},\"Channel\":\"A\",{}}}", fields.join(","))
    };
    let text: Vec<String> = (0..12).map(event).collect();
    let folder = Folder::new().with("a.json", text.join("\n"));
    same(&folder, &["f0", "f299", "F300", "f899", "f3500", "f3899", "f3900"]);
}

#[test]
fn what_was_damaged_stays_told() {
    let mut broken = evtx(1000);
    broken[4096 + (64 << 10)..4096 + (64 << 10) + 512].fill(0xee);
    let cut = evtx(1000)[..150_000].to_vec();
    let folder = Folder::new().with("a.evtx", broken).with("b.evtx", cut).with("c.json", "{\"EventID\":1}\n{broken\n");
    let (raw, report) = same(&folder, &["Image"]);
    let told = |report: &Report| -> Vec<Option<String>> { report.files.iter().map(|file| file.describe()).collect() };
    assert_eq!(told(&report), told(&raw));
    assert_eq!(raw.damaged_files().count(), 3);
}

#[test]
fn a_log_is_ingested_once_whatever_it_is_called() {
    let folder = Folder::new().with("a/x.evtx", evtx(10)).with("b/y.evtx", evtx(10)).with("z.json", "{\"EventID\":1}");
    let lake = Folder::new();
    let to = lake.0.join("lake");
    let first = ingest(&folder.evidence(), &to).unwrap();
    // A copy beside its like counts, as it does where the logs themselves are read.
    assert_eq!((first.added.len(), first.known.len(), first.total_events), (3, 0, 21));
    let second = ingest(&folder.evidence(), &to).unwrap();
    assert_eq!((second.added.len(), second.known.len(), second.total_events), (0, 3, 21));
    let renamed = Folder::new().with("other.evtx", evtx(10));
    let third = ingest(&renamed.evidence(), &to).unwrap();
    assert_eq!((third.added.len(), third.known[0].0.as_str(), third.total_events), (0, "other.evtx", 21));
    let folder = folder.with("z.json", "{\"EventID\":2}");
    ingest(&folder.evidence(), &to).unwrap();
    let evidence = Evidence::discover(&[to]).unwrap();
    let names: Vec<_> = evidence.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        (names[..3].to_vec(), &names[3][..7], names[3].len()),
        (vec!["a/x.evtx", "b/y.evtx", "z.json"], "z.json~", 15)
    );
}

#[test]
fn hints_leave_the_counts_as_they_are() {
    let line = |event: i64, day: u32, host: &str| {
        format!(
            "{{\"EventID\":{event},\"Channel\":\"Security\",\"Computer\":\"{host}\",\"TimeCreated\":\"2020-01-{day:02}T00:00:00Z\",\"X\":\"{event}\"}}\n"
        )
    };
    let mut text = String::from("{\"EventID\":1,\"Channel\":\"Security\",\"Computer\":\"a.lab\"}\n");
    for day in 1..=9 {
        text += &line(4688, day, "a.lab");
        text += &line(4624, day, "b");
    }
    text += &line(7, 9, "b").replace("2020", "9000");
    let folder = Folder::new().with("a.json", text);
    let lake = Folder::new();
    let to = lake.0.join("lake");
    ingest(&folder.evidence(), &to).unwrap();
    let day = |day: &str| functions::ticks::parse(day);
    let kinds = vec![EventKind { channel: Some("security".to_owned()), events: vec![4688, 1] }];
    let both = |bounds: &Bounds| {
        let evidence = Evidence::discover(std::slice::from_ref(&to)).unwrap();
        let whole = Fields::new(["System_Time", "X"], false);
        let hinted = whole.clone().within(bounds.clone()).of_kinds(kinds.clone());
        let count = |fields: &Fields| {
            let given = Mutex::new(0);
            let take = |events: EventBatch| {
                *given.lock().unwrap() += events.events.len() as u64;
                ControlFlow::Continue(())
            };
            let report = evidence.read(fields, &ReadOptions { threads: 1, in_order: true }, &take, &|_| {});
            (given.into_inner().unwrap(), report)
        };
        let ((all, plain), (some, hinted)) = (count(&whole), count(&hinted));
        assert_eq!((all, plain.withheld.clone()), (20, Default::default()));
        assert_eq!(
            (&plain.kinds, &plain.files, &plain.fields_seen),
            (&hinted.kinds, &hinted.files, &hinted.fields_seen)
        );
        assert_eq!((plain.newest, plain.oldest, plain.future), (hinted.newest, hinted.oldest, hinted.future));
        let kept: u64 = hinted.withheld.kinds.values().sum();
        assert_eq!(some + hinted.withheld.outside + kept, 20);
        (some, hinted.withheld.outside, hinted.withheld.untimed, kept, hinted.withheld.newest)
    };
    assert_eq!(both(&Bounds::default()), (10, 0, 0, 10, day("2020-01-09")));
    let days = Bounds { from: day("2020-01-03"), to: day("2020-01-05"), hosts: Vec::new() };
    assert_eq!(both(&days), (2, 16, 1, 2, day("2020-01-04")));
    let host = Bounds { hosts: vec!["A".to_owned()], ..Bounds::default() };
    assert_eq!(both(&host), (10, 10, 0, 0, None));
    let both_bounds = Bounds { hosts: vec!["b".to_owned()], ..days };
    assert_eq!(both(&both_bounds), (0, 18, 1, 2, day("2020-01-04")));
}

#[test]
fn a_file_that_rotted_or_is_gone_is_told_and_the_rest_read() {
    let folder =
        Folder::new().with("a.evtx", evtx(100)).with("b.json", "{\"EventID\":1,\"TimeCreated\":\"2020-01-01\"}");
    let lake = Folder::new();
    let to = lake.0.join("lake");
    ingest(&folder.evidence(), &to).unwrap();
    let day = std::fs::read_dir(to.join("events/day=2024-05-06")).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&day).unwrap();
    let told = |bytes: Option<&[u8]>| {
        match bytes {
            Some(bytes) => std::fs::write(&day, bytes).unwrap(),
            None => std::fs::remove_file(&day).unwrap(),
        }
        let evidence = Evidence::discover(std::slice::from_ref(&to)).unwrap();
        let (batch, report) = read(&evidence, &["System_Payload"]);
        (batch.num_rows(), report.files[0].damaged_records, report.files[1].damaged_records)
    };
    // Where the columns end, and what is known of their terms begins.
    let text = String::from_utf8_lossy(&whole).into_owned();
    let lines = text.split_once(&functions::predicate::definition()).unwrap().1.trim_start();
    let columns: usize = lines.split(' ').next().unwrap().parse().unwrap();
    for at in [10, columns / 8, columns / 4, columns / 3, whole.len() - 3] {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        assert_eq!(told(Some(&bytes)), (1, 100, 0), "byte {at} of {}", whole.len());
    }
    assert_eq!(told(Some(&whole[..whole.len() - 1])), (1, 100, 0));
    assert_eq!(told(None), (1, 100, 0));
    assert_eq!(told(Some(&whole)), (101, 0, 0));
}

#[test]
fn what_no_commit_names_does_not_exist() {
    let folder = Folder::new().with("a.evtx", evtx(100));
    let lake = Folder::new();
    let to = lake.0.join("lake");
    std::fs::create_dir_all(to.join("_trapline/tmp")).unwrap();
    std::fs::write(to.join("_trapline/tmp/00000001-1.parquet"), "half").unwrap();
    ingest(&folder.evidence(), &to).unwrap();
    let orphan = to.join("events/day=2024-05-06/00000002-1.parquet");
    std::fs::write(&orphan, "half").unwrap();
    let events = |to: &Path| read(&Evidence::discover(&[to.to_owned()]).unwrap(), &[]).1.events();
    assert_eq!(events(&to), 100);
    ingest(&folder.evidence(), &to).unwrap();
    assert_eq!((events(&to), orphan.exists()), (100, false));
    std::fs::rename(to.join("_trapline/commits/00000001.json"), to.join("_trapline/commits/00000002.json")).unwrap();
    let evidence = Evidence::discover(std::slice::from_ref(&to)).unwrap();
    assert_eq!(evidence.ignored.iter().filter(|ignored| ignored.is_failure).count(), 3, "{:?}", evidence.ignored);
    assert!(matches!(ingest(&folder.evidence(), &to), Err(LakeError::Unreadable { .. })));
}

#[test]
fn a_lake_is_made_of_nothing_else_and_not_of_itself() {
    let folder = Folder::new().with("a.evtx", evtx(1)).with("other/x.txt", "x");
    assert!(matches!(ingest(&folder.evidence(), &folder.0.join("other")), Err(LakeError::NotALake(_))));
    let to = folder.0.join("lake");
    ingest(&folder.evidence(), &to).unwrap();
    let again = ingest(&folder.evidence(), &to).unwrap();
    assert_eq!((again.added.len(), again.known.len(), again.lakes.len()), (0, 1, 1));
    let lake = Evidence::discover(std::slice::from_ref(&to)).unwrap();
    assert!(matches!(ingest(&lake, &folder.0.join("new")), Err(LakeError::OfALake(_))));
    // A lake in a folder that is walked is found, beside the log that it was made of.
    assert_eq!(folder.evidence().files.len(), 2);
}

#[test]
fn events_of_thousands_of_days_make_no_thousands_of_files() {
    let line =
        |day: i64| format!("{{\"EventID\":1,\"Channel\":\"A\",\"TimeCreated\":{}}}\n", 1_000_000_000 + day * 86_400);
    let text: String = (0..3000).map(line).collect();
    let folder = Folder::new().with("a.json", text + &line(5));
    let lake = Folder::new();
    let to = lake.0.join("lake");
    let ingested = ingest(&folder.evidence(), &to).unwrap();
    assert_eq!((ingested.events, ingested.days.len()), (3001, 65));
    let files = Lake::open(&to).unwrap().commits[0].parts.len();
    assert!(files <= 130, "{files}");
    let (batch, _): (RecordBatch, _) = read(&Evidence::discover(&[to]).unwrap(), &["System_Time"]);
    assert_eq!(concat_batches(&batch.schema(), [&batch]).unwrap().num_rows(), 3001);
}

#[test]
fn what_is_known_of_terms_leaves_out_row_groups_and_loses_none() {
    let line = |n: u32| {
        format!("{{\"EventID\":1,\"Channel\":\"A\",\"TimeCreated\":\"2020-01-0{n}T00:00:00Z\",\"X\":\"a{n} B\"}}\n")
    };
    let folder = Folder::new().with("a.json", (1..=3).map(line).collect::<String>());
    let lake = Folder::new();
    let to = lake.0.join("lake");
    ingest(&folder.evidence(), &to).unwrap();
    let read_of = |term: &str| {
        let needle =
            Needle::new(Arc::new([crate::Stands::anywhere("X")]), crate::Made::Whole, Shape::Has, &[term], true)
                .unwrap();
        let fields = Fields::new(["X"], false).of_texts(vec![WantedText { needles: vec![needle] }]);
        let given = Mutex::new(0);
        let take = |events: EventBatch| {
            *given.lock().unwrap() += events.events.len();
            ControlFlow::Continue(())
        };
        let evidence = Evidence::discover(std::slice::from_ref(&to)).unwrap();
        let report = evidence.read(&fields, &ReadOptions { threads: 1, in_order: true }, &take, &|_| {});
        (given.into_inner().unwrap(), report.row_groups, report.events(), report.damaged_records())
    };
    assert_eq!([read_of("A2"), read_of("b"), read_of("c")], [(1, 1, 3, 0), (3, 3, 3, 0), (0, 0, 3, 0)]);
    let mut commit = Lake::open(&to).unwrap().commits.remove(0);
    let rewrite = |part: &Part, alter: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = std::fs::read(to.join(&part.path)).unwrap();
        alter(&mut bytes);
        std::fs::write(to.join(&part.path), bytes).unwrap();
    };
    // The filter of the last column stands right before the footer.
    for part in &commit.parts {
        rewrite(part, &|bytes| bytes[usize::try_from(part.footer).unwrap() - 1] ^= 1);
    }
    assert_eq!([read_of("a2"), read_of("c")], [(1, 3, 3, 0), (0, 3, 3, 0)]);
    // A lake that was made before there were filters has no such entry.
    for part in &mut commit.parts {
        let footer = usize::try_from(part.footer).unwrap();
        rewrite(part, &|bytes| {
            let at = memchr::memmem::find(bytes, b"trapline.terms").unwrap();
            bytes[at..at + 14].copy_from_slice(b"trapline.other");
        });
        let bytes = std::fs::read(to.join(&part.path)).unwrap();
        part.footer_blake3 = blake3::hash(&bytes[footer..]).to_hex().to_string();
    }
    std::fs::write(to.join(commit_name(1)), serde_json::to_vec(&commit).unwrap()).unwrap();
    assert_eq!([read_of("a2"), read_of("c")], [(1, 3, 3, 0), (0, 3, 3, 0)]);
}

/// A lake of these lines, with the shape of one row replaced by what is none, sound as its checksums are.
fn with_a_broken_row(lake: &Folder, lines: &str, broken: usize) -> Evidence {
    let to = lake.0.join("lake");
    ingest(&Folder::new().with("a.json", lines).evidence(), &to).unwrap();
    let mut commit = Lake::open(&to).unwrap().commits.remove(0);
    let part = commit.parts.remove(0);
    let file = to.join(&part.path);
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(&file).unwrap()).unwrap();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    let rows = concat_batches(&batches[0].schema(), &batches).unwrap();
    let place = rows.schema().index_of(columns::SHAPE).unwrap();
    let shapes = cast(rows.column(place), &DataType::Utf8).unwrap();
    let shapes = shapes.as_string::<i32>().iter().enumerate();
    let shapes: StringArray = shapes.map(|(row, shape)| if row == broken { Some("none") } else { shape }).collect();
    let mut arrays = rows.columns().to_vec();
    arrays[place] = cast(&shapes, rows.column(place).data_type()).unwrap();
    let rows = RecordBatch::try_new(rows.schema(), arrays).unwrap();
    std::fs::remove_file(&file).unwrap();
    let chunks = std::iter::once(Ok((rows.clone(), part.groups[0].clone())));
    let stored = part::store(&file, part.path.clone(), rows.schema(), chunks).unwrap();
    commit.parts.push(Part { fields: part.fields, rest: part.rest, ..stored });
    std::fs::write(to.join(commit_name(1)), serde_json::to_vec(&commit).unwrap()).unwrap();
    Evidence::discover(&[to]).unwrap()
}

#[test]
fn what_was_given_of_a_row_group_counts_and_the_rest_is_lost() {
    let line = |n: usize| format!("{{\"EventID\":{},\"Channel\":\"A\",\"Text\":\"x\"}}\n", n % 2);
    let lines: String = (0..20_000).map(line).collect();
    let read_of = |broken: usize, kinds: Option<Vec<EventKind>>| {
        let lake = Folder::new();
        let evidence = with_a_broken_row(&lake, &lines, broken);
        let fields = Fields::new(["System_EventData"], true);
        let fields = kinds.map_or(fields.clone(), |kinds| fields.of_kinds(kinds));
        let given = Mutex::new(0);
        let take = |events: EventBatch| {
            *given.lock().unwrap() += events.events.len();
            ControlFlow::Continue(())
        };
        let report = evidence.read(&fields, &ReadOptions { threads: 1, in_order: true }, &take, &|_| {});
        let withheld: u64 = report.withheld.kinds.values().sum();
        let of_kind = [0, 1].map(|event| report.count(None, Some(event)));
        (given.into_inner().unwrap(), of_kind, report.events(), report.damaged_records(), withheld)
    };
    assert_eq!(read_of(usize::MAX, None), (20_000, [10_000, 10_000], 20_000, 0, 0));
    assert_eq!(read_of(100, None), (0, [0, 0], 0, 20_000, 0));
    assert_eq!(read_of(9_000, None), (8_192, [4_096, 4_096], 8_192, 11_808, 0));
    let odd = || Some(vec![EventKind { channel: None, events: vec![1] }]);
    assert_eq!(read_of(19_001, odd()), (8_192, [10_000, 8_192], 18_192, 1_808, 10_000));
    assert_eq!(read_of(101, odd()), (0, [0, 0], 0, 20_000, 0));
}
