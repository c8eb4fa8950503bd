//! What is read of files, whole and damaged.

use std::collections::BTreeSet;
use std::io::Write;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arrow::array::{AsArray, RecordBatch};
use functions::origin::{COLUMN, Origins};

use crate::trial::{Folder, cell, evtx, evtx_of, read};
use crate::{EventBatch, Fields, ReadOptions};

const CHUNK: usize = 64 << 10;

fn records(batch: &RecordBatch) -> BTreeSet<String> {
    (0..batch.num_rows()).map(|row| cell(batch, "System_Record", row)).collect()
}

#[test]
fn a_whole_evtx_gives_every_record_with_its_origin() {
    let folder = Folder::new().with("deep/a.evtx", evtx(1000));
    let evidence = folder.evidence();
    let (batch, report) = read(
        &evidence,
        &["System_Time", "System_Channel", "System_EventID", "System_Record", "CommandLine", "Rule", "Nowhere"],
    );
    assert_eq!((records(&batch).len(), report.events(), report.damaged_files().count()), (1000, 1000, 0));
    assert_eq!(report.fields_seen, [true, true, false]);
    let row = (0..1000).find(|row| cell(&batch, "System_Record", *row) == "700").unwrap();
    assert_eq!(cell(&batch, "CommandLine", row), "cmd.exe /c echo 700");
    assert_eq!((cell(&batch, "Rule", row), cell(&batch, "Nowhere", row)), (String::new(), "-".to_owned()));
    let origins: Vec<_> = batch.column_by_name(COLUMN).unwrap().as_binary::<i32>().iter().flatten().collect();
    let origin = Origins::from_cell(origins[row]).kept[0];
    assert_eq!((origin.file, origin.record, origin.time.to_string()), (0, 700, cell(&batch, "System_Time", row)));
    let log = evidence.log(origin.log).unwrap();
    assert_eq!(
        (log.channel.as_str(), log.computer.as_str()),
        ("Microsoft-Windows-Sysmon/Operational", "PC1.example.test")
    );
    let places: BTreeSet<_> = origins.iter().map(|cell| Origins::from_cell(cell).kept[0].ordinal).collect();
    assert_eq!((places.len(), evidence.files[0].name.as_str()), (1000, "deep/a.evtx"));
    assert_eq!(report.count(evidence.channel_id("microsoft-windows-sysmon/operational"), Some(1)), 1000);
}

#[test]
fn a_record_whose_names_make_no_xml_is_read_all_the_same() {
    let whole = evtx(1000);
    let name: Vec<u8> = "EventData".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut broken = whole.clone();
    let at = memchr::memmem::find(&broken, &name).unwrap();
    broken[at + 10] = b' ';
    let (batch, report) = read(&Folder::new().with("a.evtx", &broken).evidence(), &["System_Record", "System_Channel"]);
    assert_eq!((records(&batch).len(), batch.num_rows(), report.damaged_records()), (1000, 1000, 0));
    let channels = (0..1000).filter(|row| cell(&batch, "System_Channel", *row).ends_with("Sysmon/Operational"));
    assert_eq!(channels.count(), 1000);
}

#[test]
fn a_file_that_ends_early_says_how_many_records_are_missing() {
    let whole = evtx(1000);
    let cut = &whole[..whole.len() * 6 / 10];
    let (batch, report) = read(&Folder::new().with("a.evtx", cut).evidence(), &["System_Record"]);
    let read = u64::try_from(batch.num_rows()).unwrap();
    assert!(read > 400 && read < 700, "{read}");
    assert_eq!(report.files[0].promised, Some(1000));
    assert!(report.files[0].describe().unwrap().starts_with(&format!("ends after {read} of 1000 records")));
}

#[test]
fn a_file_that_ends_within_its_last_chunk_is_not_whole_even_if_no_record_is_missing() {
    let whole = evtx(1000);
    let cut = &whole[..whole.len() - 100];
    let (_, report) = read(&Folder::new().with("a.evtx", cut).evidence(), &["System_Record"]);
    assert_eq!((report.events(), report.damaged_records()), (1000, 0));
    assert_eq!(
        report.files[0].describe().unwrap(),
        "does not end where a chunk ends (cut short?); no promised record is missing"
    );

    // A log that was being written to: its header knows nothing of the last chunk, which itself knows what it should hold.
    let mut stale = whole[..whole.len() - CHUNK + 2000].to_vec();
    let chunks = u16::from_le_bytes([stale[42], stale[43]]) - 1;
    stale[42..44].copy_from_slice(&chunks.to_le_bytes());
    stale[120] |= 1;
    let (_, report) = read(&Folder::new().with("a.evtx", &stale).evidence(), &["System_Record"]);
    assert_eq!(report.events() + report.damaged_records(), 1000, "{:?}", report.files);
    assert!(report.events() < 1000, "{:?}", report.files);
    let said = report.files[0].describe().unwrap();
    assert!(said.starts_with("ends within a chunk: the file was cut short; "), "{said}");
}

#[test]
fn a_flipped_record_and_a_broken_chunk_cost_no_more_than_themselves() {
    let whole = evtx(1000);
    let mut flipped = whole.clone();
    let third = 4096 + 2 * CHUNK + 512;
    flipped[third] ^= 0xff;
    let (batch, report) = read(&Folder::new().with("a.evtx", &flipped).evidence(), &["System_Record"]);
    assert_eq!((batch.num_rows(), report.damaged_records(), report.files[0].unverified_chunks), (999, 1, 1));

    let mut broken = whole.clone();
    broken[4096 + CHUNK..4096 + CHUNK + 512].fill(0xee);
    let (batch, report) = read(&Folder::new().with("a.evtx", &broken).evidence(), &["System_Record"]);
    assert_eq!(report.files[0].damaged_chunks, 1);
    assert!(batch.num_rows() > 700 && records(&batch).contains("1000") && records(&batch).contains("1"));
    assert!(report.files[0].describe().unwrap().contains("chunk 1 has no header"));

    let mut headless = whole;
    headless[..4096].iter_mut().for_each(|byte| *byte ^= 0xff);
    let (batch, report) = read(&Folder::new().with("a.evtx", &headless).evidence(), &["System_Record"]);
    assert_eq!((batch.num_rows(), report.damaged_records()), (1000, 0));
    assert_eq!(report.files[0].problem.as_deref(), Some("the file's header is broken"));
}

#[test]
fn a_chunk_that_stands_twice_is_read_once_and_one_that_is_gone_is_told() {
    let whole = evtx(1000);
    let chunk = |number: usize| 4096 + number * CHUNK..4096 + (number + 1) * CHUNK;
    let numbers = |number: usize| {
        let at = |offset: usize| {
            let start = chunk(number).start + offset;
            u64::from_le_bytes(whole[start..start + 8].try_into().unwrap())
        };
        at(16) - at(8) + 1
    };
    let (second, third) = (numbers(1), numbers(2));
    let said = |bytes: &[u8]| {
        let (batch, report) = read(&Folder::new().with("a.evtx", bytes).evidence(), &["System_Record"]);
        assert_eq!(records(&batch).len(), batch.num_rows());
        (batch.num_rows() as u64, report.files[0].describe().unwrap_or_default())
    };
    let put = |place: usize, with: &[u8]| [&whole[..place], with, &whole[place..]].concat();

    let copied = |chunks: &str, records: u64| format!("{chunks}, of {records} records, ");
    let twice = put(chunk(2).start, &whole[chunk(1)]);
    assert_eq!(said(&twice), (1000, copied("1 chunk stands twice: its copy", second) + "is left out"));
    let appended = [whole.as_slice(), &whole].concat();
    let (rows, why) = said(&appended);
    assert!(rows == 1000 && why.ends_with("their copies, of 1000 records, are left out"), "{why}");
    // Other events under the same numbers are no copy.
    let mut altered = whole[chunk(1)].to_vec();
    let at = memchr::memmem::find(&altered, &[b'e', 0, b'c', 0, b'h', 0, b'o', 0]).unwrap();
    altered[at] = b'E';
    let (_, report) = read(&Folder::new().with("a.evtx", put(chunk(2).start, &altered)).evidence(), &[]);
    assert_eq!((report.events(), report.files[0].copied), (1000 + second, (0, 0)));

    let mut gone = whole.clone();
    gone.drain(chunk(2));
    assert_eq!(said(&gone), (1000 - third, format!("{third} records between its chunks are missing")));
    let mut replaced = whole.clone();
    replaced[chunk(2)].copy_from_slice(&whole[chunk(1)]);
    let (rows, why) = said(&replaced);
    let missing = format!("{third} records between its chunks are missing; 1 chunk stands twice");
    assert!(rows == 1000 - third && why.starts_with(&missing), "{why}");
    let mut cut = gone.clone();
    cut.truncate(cut.len() - CHUNK);
    assert!(said(&cut).1.contains(" of 1000 records"), "{:?}", said(&cut));
}

#[test]
fn a_log_that_wrapped_around_lacks_nothing() {
    let whole = evtx(1000);
    let (header, chunks) = whole.split_at(4096);
    let turned = [header, &chunks[2 * CHUNK..], &chunks[..2 * CHUNK]].concat();
    let (batch, report) = read(&Folder::new().with("a.evtx", turned).evidence(), &["System_Record"]);
    assert_eq!((batch.num_rows(), report.files[0].describe()), (1000, None));
}

#[test]
fn no_bytes_make_it_panic_and_none_go_unsaid() {
    let whole = evtx(3000);
    let mut seed = 7_u64;
    for _ in 0..20 {
        let mut bytes = whole.clone();
        for _ in 0..500 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = usize::try_from(seed >> 20).unwrap() % bytes.len();
            bytes[at] ^= 1 << (seed % 8);
        }
        let (_, report) =
            read(&Folder::new().with("a.evtx", &bytes).evidence(), &["System_EventData", "System_Payload"]);
        let file = &report.files[0];
        assert!(file.events > 0 && file.events < 3000, "{file:?}");
        assert!(file.damaged_chunks > 0 || file.events + file.damaged_records >= 3000, "{file:?}");
    }
}

#[test]
fn a_bad_line_is_counted_and_the_next_one_read() {
    let text = "{\"EventID\":1,\"Channel\":\"A\"}\n\n{broken\r\n{\"no\":\"event\"}\n{\"EventID\":2,\"Channel\":\"A\"}";
    let (batch, report) = read(&Folder::new().with("a.json", text).evidence(), &["System_Record", "System_EventID"]);
    assert_eq!((batch.num_rows(), report.damaged_records()), (2, 2));
    assert_eq!(records(&batch), BTreeSet::from(["1".to_owned(), "5".to_owned()]));
    assert!(report.files[0].describe().unwrap().starts_with("2 records skipped; line 3: "));
}

#[test]
fn members_of_a_zip_are_read_in_place() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in [("in/a.evtx", evtx(500)), ("b.json", b"{\"EventID\":7,\"Channel\":\"System\"}\n".to_vec())] {
        zip.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut zip, &bytes).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let folder = Folder::new().with("x.zip", bytes);
    let evidence = folder.evidence();
    let names: Vec<_> = evidence.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["x.zip!in/a.evtx", "x.zip!b.json"]);
    let (batch, report) = read(&evidence, &["System_Record"]);
    assert_eq!((batch.num_rows(), report.files[0].events, report.files[1].events), (501, 500, 1));
    assert_eq!(report.damaged_files().count(), 0);
}

#[test]
fn members_of_one_name_do_not_pass_for_one() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["a.json", "b.json"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, b"{\"EventID\":7,\"Channel\":\"System\"}\n").unwrap();
    }
    let mut bytes = zip.finish().unwrap().into_inner();
    while let Some(at) = bytes.windows(6).position(|name| name == b"b.json") {
        bytes[at] = b'a';
    }
    let evidence = Folder::new().with("x.zip", bytes).evidence();
    let ignored: Vec<_> = evidence.ignored.iter().map(|ignored| (ignored.name.as_str(), ignored.is_failure)).collect();
    assert_eq!((evidence.files.len(), ignored), (1, vec![("x.zip", true)]));
}

#[test]
fn a_sink_that_has_enough_ends_the_reading() {
    let lines = "{\"EventID\":1,\"Channel\":\"A\"}\n".repeat(200_000);
    let folder = Folder::new().with("a.json", lines);
    let evidence = folder.evidence();
    let stop = |_: EventBatch| ControlFlow::Break(());
    let report = evidence.read(&Fields::new([], false), &ReadOptions { threads: 1, in_order: false }, &stop, &|_| {});
    assert!(report.was_stopped && report.events() < 200_000, "{}", report.events());
}

#[test]
fn times_later_than_the_clock_are_counted_apart() {
    let lines =
        "{\"EventID\":1,\"@timestamp\":\"2020-01-01T00:00:00Z\"}\n{\"EventID\":1,\"@timestamp\":\"9000-01-01\"}\n";
    let (_, report) = read(&Folder::new().with("a.json", lines).evidence(), &[]);
    assert_eq!((report.future, report.newest), (1, functions::ticks::parse("2020-01-01")));
    assert_eq!((report.untimed, report.beyond_limits(std::iter::empty())), (0, None));
    let lines = "{\"EventID\":1,\"EventTime\":\"some day\"}\n{\"EventID\":1,\"EventTime\":1704103200}\n";
    let (_, report) = read(&Folder::new().with("a.json", lines).evidence(), &[]);
    assert_eq!((report.untimed, report.newest), (1, functions::ticks::parse("2024-01-01T10:00:00Z")));
    let said = report.beyond_limits(std::iter::empty());
    assert_eq!(
        said.as_deref(),
        Some("1 event is without a time that can be read, so queries that ask for a time leave them out")
    );
}

#[test]
fn long_texts_of_the_system_fill_a_batch_too() {
    let line = format!("{{\"EventID\":1,\"Channel\":\"A\",\"Provider\":\"{}\"}}\n", "p".repeat(1 << 20));
    let folder = Folder::new().with("a.json", line.repeat(20));
    let rows = Mutex::new(Vec::new());
    let take = |batch: EventBatch| {
        rows.lock().unwrap().push(batch.events.len());
        ControlFlow::Continue(())
    };
    folder.evidence().read(
        &Fields::new(["System_Provider"], false),
        &ReadOptions { threads: 1, in_order: false },
        &take,
        &|_| {},
    );
    assert_eq!(rows.into_inner().unwrap(), [4, 4, 4, 4, 4]);
}

#[test]
fn what_stands_behind_the_last_chunk_is_read_or_said() {
    let whole = evtx(1000);
    let described = |bytes: &[u8]| {
        let (batch, report) = read(&Folder::new().with("a.evtx", bytes).evidence(), &["System_Record"]);
        (batch.num_rows(), report.files[0].describe().unwrap_or_default())
    };
    let behind = |more: &[u8]| [whole.as_slice(), more].concat();
    let uneven = "does not end where a chunk ends (cut short?); no promised record is missing";
    assert_eq!(described(&behind(&[0; 7000])), (1000, uneven.to_owned()));
    assert_eq!(described(&behind(&[0; CHUNK])), (1000, String::new()));
    assert_eq!(described(&behind(&[7; 7000])), (1000, "7000 bytes behind the last chunk are not read".to_owned()));
    let other = evtx_of("PC2.example.test", 1000);
    assert_eq!(described(&behind(&other)), (2000, String::new()));
    assert_eq!(described(&behind(&other[4096..])), (2000, String::new()));
    let (rows, said) = described(&behind(&other[..other.len() - CHUNK]));
    assert!(rows > 1000 && rows < 2000 && said == "the file ends before its last chunk", "{rows}: {said}");
}

#[test]
fn a_chunk_that_was_altered_is_not_served_as_good() {
    let mut bytes = evtx(1000);
    let at = bytes.windows(18).position(|text| text == b"c\0m\0d\0.\0e\0x\0e\0 \0/\0").unwrap();
    bytes[at] = b'x';
    let (batch, report) = read(&Folder::new().with("a.evtx", &bytes).evidence(), &["System_Record"]);
    assert_eq!(batch.num_rows(), 1000);
    let said = report.files[0].describe();
    assert_eq!(said.as_deref(), Some("1 chunk does not fit its checksum: altered, or damaged"));
    bytes[120] |= 1;
    let (_, report) = read(&Folder::new().with("a.evtx", &bytes).evidence(), &[]);
    assert_eq!(report.files[0].describe(), None);
}

#[test]
fn chunks_are_found_wherever_bytes_were_lost_or_put_in() {
    let whole = evtx(1000);
    let events = |bytes: &[u8]| {
        let (batch, report) = read(&Folder::new().with("a.evtx", bytes).evidence(), &["System_Record"]);
        (batch.num_rows(), report.files[0].problem.clone().unwrap_or_default())
    };
    let broken = "the file's header is broken".to_owned();
    assert_eq!(events(&whole[4096..]), (1000, broken.clone()));
    assert_eq!(events(&[&whole[..10], &whole[20..]].concat()), (1000, broken));
    assert_eq!(events(&[&whole[..4096], &[7; 100], &whole[4096..]].concat()).0, 1000);
    let third = 4096 + 2 * CHUNK;
    let (found, said) = events(&[&whole[..third], &[7; 100], &whole[third..]].concat());
    assert_eq!((found, said.as_str()), (1000, "100 bytes between its chunks are not read"));
    // The chunk that lost some of its bytes, and the one that follows it.
    let (found, _) = events(&[&whole[..third + 600], &whole[third + 700..]].concat());
    let in_chunk = 1000 / ((whole.len() - 4096) / CHUNK);
    assert!(found >= 1000 - 3 * in_chunk && found < 1000, "{found}");
}

#[test]
fn a_carved_log_is_read_from_its_first_whole_chunk_and_one_without_its_first_header_from_the_next() {
    let whole = evtx(1000);
    let carved = &whole[4096 - 777..];
    let (batch, report) = read(&Folder::new().with("a.evtx", carved).evidence(), &["System_Record"]);
    assert_eq!((batch.num_rows(), report.damaged_records()), (1000, 0));
    let said = report.files[0].describe().unwrap();
    assert_eq!(said, "begins within a chunk: its first 777 bytes are not read");
    let mut headless = whole;
    headless[..4096 + 512].fill(0xee);
    let (batch, report) = read(&Folder::new().with("a.evtx", &headless).evidence(), &["System_Record"]);
    assert!(batch.num_rows() > 700 && report.files[0].damaged_chunks == 1);
}

#[test]
fn a_packed_file_keeps_its_name_and_a_cut_one_tells_its_end() {
    let pack = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let packed = pack(&evtx(1000));
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("../b.json.gz", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&pack(b"[{\"EventID\":7,\"Channel\":\"System\"}]")).unwrap();
    let folder = Folder::new()
        .with("a.evtx.gz", &packed)
        .with("c.evtx.gz", &packed[..packed.len() / 2])
        .with("x.zip", zip.finish().unwrap().into_inner());
    let evidence = folder.evidence();
    let names: Vec<_> = evidence.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["a.evtx.gz", "c.evtx.gz", "x.zip!../b.json.gz"]);
    let (_, report) = read(&evidence, &["System_Record"]);
    assert_eq!((report.files[0].events, report.files[2].events), (1000, 1));
    assert!(report.files[1].events > 200, "{:?}", report.files[1]);
    assert!(report.files[1].describe().unwrap().contains("cannot be read to its end"));
}

#[test]
fn a_reading_in_order_gives_the_events_of_all_files_one_after_another_whoever_parses_them() {
    let line = |n: u32| format!("{{\"EventID\":1,\"Channel\":\"A\",\"Text\":\"{}\"}}\n", "x".repeat(n as usize % 900));
    let lines: String = (0..30_000).map(line).collect();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("c.json", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut zip, lines.as_bytes()).unwrap();
    let folder = Folder::new()
        .with("a.json", &lines)
        .with("b.evtx", evtx(3_000))
        .with("c.zip", zip.finish().unwrap().into_inner())
        .with("d.json", line(1))
        .with("e.json", &lines);
    let evidence = folder.evidence();
    let is_busy = AtomicBool::new(false);
    let (places, batches) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    let take = |events: EventBatch| {
        assert!(!is_busy.swap(true, Ordering::SeqCst), "two batches at once");
        let cells = events.batch.column_by_name(COLUMN).unwrap().as_binary::<i32>().clone();
        let place = |cell: &[u8]| {
            let origin = Origins::from_cell(cell).kept[0];
            (origin.file, origin.ordinal)
        };
        places.lock().unwrap().extend(cells.iter().flatten().map(place));
        batches.fetch_add(1, Ordering::SeqCst);
        is_busy.store(false, Ordering::SeqCst);
        ControlFlow::Continue(())
    };
    let options = ReadOptions { threads: 5, in_order: true };
    let report = evidence.read(&Fields::new(["System_Record"], true), &options, &take, &|_| {});
    let places = places.into_inner().unwrap();
    assert_eq!((places.len(), report.events()), (93_001, 93_001));
    assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "an event stands before one that came before it");
    assert!(batches.into_inner() > 20);
}

#[test]
fn every_object_of_a_line_is_an_event() {
    let event = |id: u64| format!(r#"{{"EventID":{id},"Channel":"A","Text":"}}{{"}}"#);
    let lines = [
        event(1),
        format!("{}{}", event(2), event(3)),
        format!("[{}, {}]", event(4), event(5)),
        format!("{},", event(6)),
        format!("{} and so on", event(7)),
        format!(r#"{{"EventID":8,"Chan{}"#, event(9)),
        r#"{"EventID":10,"Chan"#.to_owned(),
        event(11),
    ];
    let more: String = (12..40).map(|id| format!("{}\n", event(id))).collect();
    let folder = Folder::new().with("a.json", format!("{more}{}\n", lines.join("\n")));
    let (batch, report) = read(&folder.evidence(), &["System_EventID", "System_Record"]);
    let mut read: Vec<(u64, u64)> = (0..batch.num_rows())
        .map(|row| ["System_EventID", "System_Record"].map(|name| cell(&batch, name, row).parse().unwrap()).into())
        .collect();
    read.sort_unstable();
    let odd = [(1, 29), (2, 30), (3, 30), (4, 31), (5, 31), (6, 32), (7, 33), (9, 34), (11, 36)];
    let wanted: Vec<(u64, u64)> = odd.into_iter().chain((12..40).map(|id| (id, id - 11))).collect();
    assert_eq!(read, wanted);
    let origins = batch.column_by_name(COLUMN).unwrap().as_binary::<i32>();
    let places: BTreeSet<_> = origins.iter().flatten().map(|cell| Origins::from_cell(cell).kept[0].ordinal).collect();
    assert_eq!(places.len(), wanted.len());
    let said = "3 records skipped; line 33: text stands beside its objects";
    assert_eq!(report.files[0].describe().as_deref(), Some(said));
}

#[test]
fn a_bomb_is_told_whatever_else_is_odd_at_its_end() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(b"[{\"EventID\":1,\"Channel\":\"A\"},").unwrap();
    (0..1100).for_each(|_| packed.write_all(&vec![b' '; 1 << 20]).unwrap());
    let (batch, report) = read(&Folder::new().with("a.json.gz", packed.finish().unwrap()).evidence(), &[]);
    let said = "cannot be read to its end: it unpacks to more than 400 times its size, which no log does; what lies behind the first 1 GiB is not read";
    assert_eq!((batch.num_rows(), report.files[0].describe().as_deref()), (1, Some(said)));
}
