//! Flat files: read column by column they give what they give row by row.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use arrow::array::{
    ArrayRef, AsArray, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray,
    TimestampMicrosecondArray, UInt32Array,
};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Int64Type};
use functions::origin::{self, Origin, Origins};
use functions::predicate::Shape;
use functions::ticks;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::ParquetFile;
use super::layout::Layout;
use crate::bounds::{Bounds, EventKind};
use crate::trial::{Folder, cell};
use crate::{Evidence, Fields, Input, Made, Needle, ReadOptions, Report, Stands, WantedText};

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn of<'t>(&mut self, texts: &[Option<&'t str>]) -> Option<&'t str> {
        texts[self.roll(texts.len())]
    }
}

type Named = (&'static str, ArrayRef);

/// A file of these columns. `nested`: one more that is always null, and keeps it from being flat.
fn file(columns: &[Named], nested: bool, dictionary: bool) -> Vec<u8> {
    let mut columns: Vec<Named> = columns.to_vec();
    if nested {
        let rows = columns[0].1.len();
        let lists: ArrayRef =
            Arc::new(ListArray::from_iter_primitive::<Int64Type, Vec<Option<i64>>, _>((0..rows).map(|_| None)));
        columns.push(("Unused", lists));
    }
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)));
    let batch = batch.unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(97))
        .set_dictionary_enabled(dictionary)
        .set_compression(Compression::SNAPPY)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// The rows in the order of the evidence, and the report.
fn read(evidence: &Evidence, fields: &Fields) -> (RecordBatch, Report) {
    let batches = Mutex::new(Vec::new());
    let take = |events: crate::EventBatch| {
        assert_eq!(events.batch.num_rows(), events.channels.len());
        assert_eq!(events.batch.num_rows(), events.events.len());
        batches.lock().unwrap().push(events.batch);
        ControlFlow::Continue(())
    };
    let report = evidence.read(fields, &ReadOptions { threads: 2, in_order: true }, &take, &|_| {});
    (concat_batches(fields.schema(), batches.lock().unwrap().iter()).unwrap(), report)
}

/// Rows as they are shown; of an origin the log by its name, for the order in which logs are met counts for nothing.
fn shown(batch: &RecordBatch, evidence: &Evidence) -> Vec<String> {
    let schema = batch.schema();
    let origins = batch.column_by_name(origin::COLUMN).map(|column| column.as_binary::<i32>());
    let row = |row: usize| {
        let names = schema.fields().iter().map(|field| field.name()).filter(|name| *name != origin::COLUMN);
        let mut cells: Vec<String> = names.map(|name| format!("{name}={}", cell(batch, name, row))).collect();
        for origin in origins.iter().flat_map(|origins| Origins::from_cell(origins.value(row)).kept) {
            cells.push(format!("{:?} {:?}", Origin { log: 0, ..origin }, evidence.logs.log(origin.log)));
        }
        cells.join("; ")
    };
    (0..batch.num_rows()).map(row).collect()
}

/// Everything of a report that a reading column by column may not change.
fn account(report: &Report) -> impl PartialEq + std::fmt::Debug {
    let files: Vec<_> = report.files.iter().map(|file| (file.events, file.untimed, file.damaged_records)).collect();
    let times = (report.oldest, report.newest, report.future, report.untimed);
    (files, report.kinds.clone(), report.fields_seen.clone(), times, format!("{:?}", report.files[0].misfits))
}

const NAMES: [&str; 14] = [
    "System_Time",
    "System_Channel",
    "System_EventID",
    "System_Computer",
    "System_Record",
    "System_Level",
    "System_LogSource",
    "System_ThreadID",
    "Image",
    "commandline",
    "ProcessId",
    "UtcTime",
    "Missing",
    "Score",
];

fn logs(dice: &mut Dice, rows: usize, is_sysmon: bool) -> Vec<Named> {
    let mut texts = |choice: &[Option<&'static str>]| -> ArrayRef {
        Arc::new((0..rows).map(|_| dice.of(choice)).collect::<StringArray>())
    };
    let sysmon = Some("Microsoft-Windows-Sysmon/Operational");
    let channels = if is_sysmon { vec![sysmon] } else { vec![sysmon, Some("Security"), Some("security"), Some("Odd")] };
    let channel = texts(&channels);
    let image = texts(&[
        Some(r"C:\a\cmd.exe"),
        Some(r"C:\a\CMD.EXE"),
        None,
        Some(""),
        Some("\u{fdd0}cmd"),
        Some("né\u{212a}it"),
    ]);
    let command = texts(&[Some("cmd.exe /c whoami"), Some("x"), None, Some("WHOAMI /all"), Some("who"), Some("ami")]);
    let host = texts(&[Some("pc1.example"), Some("pc2.example"), None, Some("")]);
    let thread = texts(&[Some("17"), Some("x"), None, Some("0x1f")]);
    let id = |dice: &mut Dice| 1 + dice.roll(3) as i64;
    let time = |row: usize| 1_709_287_200_000_000 + row as i64 * 1_000_003;
    let times: TimestampMicrosecondArray = (0..rows).map(|row| Some(time(row))).collect();
    let mut columns: Vec<Named> = vec![
        ("Channel", channel),
        ("EventID", Arc::new((0..rows).map(|_| Some(id(dice))).collect::<Int64Array>())),
        ("Hostname", host),
        ("Image", image),
        ("CommandLine", command),
        ("ThreadID", thread),
        ("Level", Arc::new((0..rows).map(|row| Some(row as i64 % 5)).collect::<Int64Array>())),
        ("ProcessId", Arc::new((0..rows).map(|row| (row % 3 > 0).then_some(row as i32)).collect::<Int32Array>())),
        (
            "RecordNumber",
            Arc::new((0..rows).map(|row| (row % 7 > 0).then_some(1000 + row as i64)).collect::<Int64Array>()),
        ),
        ("Score", Arc::new((0..rows).map(|row| Some(row as f64 / 8.0)).collect::<Float64Array>())),
    ];
    columns.push(if is_sysmon {
        ("UtcTime", Arc::new(times))
    } else {
        ("@timestamp", Arc::new(times.with_timezone("UTC")))
    });
    columns
}

/// A column of times as the texts that tools write.
fn spelt(columns: &mut [Named]) {
    for (_, column) in columns.iter_mut().filter(|(_, column)| matches!(column.data_type(), DataType::Timestamp(..))) {
        *column = cast(column, &DataType::Utf8).unwrap();
    }
}

fn evidence(columns: &[Named], nested: bool, dictionary: bool, table: Option<&str>) -> (Folder, Evidence) {
    let folder = Folder::new().with("a.parquet", file(columns, nested, dictionary));
    let input = Input { path: folder.0.join("a.parquet"), table: table.map(str::to_owned) };
    let evidence = Evidence::of_inputs(&[input]).unwrap();
    (folder, evidence)
}

/// Whether a file's names say how it is to be read.
fn is_flat(evidence: &Evidence) -> bool {
    let file = &evidence.files[0];
    let parquet = ParquetFile::open(&file.path).unwrap();
    Layout::new(parquet.metadata.schema(), &file.rows, &Fields::new(["System_Time"], true), &evidence.bound).is_some()
}

#[test]
fn a_flat_file_gives_what_its_rows_give() {
    let mut dice = Dice(7);
    for is_sysmon in [true, false] {
        for dictionary in [true, false] {
            let mut columns = logs(&mut dice, 400, is_sysmon);
            if dictionary {
                spelt(&mut columns);
            }
            let (_kept, flat) = evidence(&columns, false, dictionary, None);
            let (_too, by_row) = evidence(&columns, true, dictionary, None);
            assert!(is_flat(&flat) && !is_flat(&by_row));
            let names = NAMES.into_iter().chain(if is_sysmon { None } else { Some("@timestamp") });
            let fields = Fields::new(names, true);
            let ((found, report), (expected, known)) = (read(&flat, &fields), read(&by_row, &fields));
            assert_eq!((found.num_rows(), known.events()), (400, 400));
            for (is, was) in shown(&found, &flat).into_iter().zip(shown(&expected, &by_row)) {
                assert_eq!(is, was);
            }
            assert_eq!(account(&report), account(&known));
        }
    }
}

#[test]
fn what_nobody_wants_of_a_flat_file_is_left_out_and_counted() {
    let mut dice = Dice(11);
    let at = |row: i64| ticks::UNIX_EPOCH + (1_709_287_200_000_000 + row * 1_000_003) * ticks::PER_MICROSECOND;
    for (number, is_sysmon) in [true, false, true, false].into_iter().enumerate() {
        let columns = logs(&mut dice, 400, is_sysmon);
        let (_kept, flat) = evidence(&columns, false, number < 2, None);
        let (_too, by_row) = evidence(&columns, true, number < 2, None);
        let needle = |field: &str, text: &str| {
            Needle::new(Arc::new([Stands::anywhere(field)]), Made::Whole, Shape::Contains, &[text], true).unwrap()
        };
        let texts = vec![
            WantedText { needles: vec![needle("Image", "cmd.exe"), needle("Image", "kit"), needle("Missing", "x")] },
            WantedText { needles: vec![needle("CommandLine", "whoami")] },
        ];
        let kinds =
            vec![EventKind { channel: Some("Microsoft-Windows-Sysmon/Operational".to_owned()), events: vec![1, 2] }];
        let bounds = Bounds { from: Some(at(50)), to: Some(at(333)), hosts: Vec::new() };
        let plain = || Fields::new(NAMES, true);
        for fields in [
            plain().of_texts(texts.clone()),
            plain().of_kinds(kinds.clone()),
            plain().within(bounds.clone()),
            plain().within(bounds.clone()).of_kinds(kinds.clone()).of_texts(texts.clone()),
        ] {
            let ((found, report), (all, known)) = (read(&flat, &fields), read(&by_row, &plain()));
            let holds = |row: usize, name: &str, text: &str| {
                cell(&all, name, row).replace('\u{212a}', "k").to_lowercase().contains(text)
            };
            let is_wanted = |row: usize| {
                let time = cell(&all, "System_Time", row).parse().ok();
                let kind: i64 = cell(&all, "System_EventID", row).parse().unwrap();
                fields.bounds.has_time(time)
                    && fields.kinds.as_ref().is_none_or(|kinds| kinds[0].fits(&cell(&all, "System_Channel", row), kind))
                    && (fields.texts.is_empty()
                        || (holds(row, "Image", "cmd.exe") || holds(row, "Image", "kit"))
                            && holds(row, "commandline", "whoami"))
            };
            let wanted: Vec<u32> = (0..400).filter(|row| is_wanted(*row)).map(|row| row as u32).collect();
            assert!(!wanted.is_empty() && wanted.len() < 400);
            let expected = take_record_batch(&all, &UInt32Array::from(wanted.clone())).unwrap();
            assert_eq!(shown(&found, &flat), shown(&expected, &by_row));
            assert_eq!(account(&report), account(&known));
            let withheld = &report.withheld;
            assert_eq!(withheld.outside + withheld.kinds.values().sum::<u64>(), 400 - wanted.len() as u64);
            let outside = (0..400).filter(|row| !fields.bounds.has_time(cell(&all, "System_Time", *row).parse().ok()));
            assert_eq!(withheld.outside, outside.count() as u64);
        }
    }
}

#[test]
fn a_flat_table_gives_what_its_rows_give() {
    let mut dice = Dice(5);
    let rows = 300;
    let mut texts = |choice: &[Option<&'static str>]| -> ArrayRef {
        Arc::new((0..rows).map(|_| dice.of(choice)).collect::<StringArray>())
    };
    let times: TimestampMicrosecondArray = (0..rows).map(|row| Some(1_709_287_200_123_456 + row as i64)).collect();
    let columns: Vec<Named> = vec![
        ("Timestamp", Arc::new(times.with_timezone("UTC"))),
        ("DeviceName", texts(&[Some("pc1"), None, Some("")])),
        ("ActionType", texts(&[Some("ProcessCreated")])),
        ("FileName", texts(&[Some("cmd.exe"), Some("x.exe"), None, Some("")])),
        ("ProcessCommandLine", texts(&[Some("cmd /c"), None, Some("whoami")])),
        ("ProcessId", Arc::new((0..rows).map(|row| Some(row as i64)).collect::<Int64Array>())),
        ("AccountName", texts(&[Some("a"), None])),
    ];
    let mut texts = columns.clone();
    spelt(&mut texts);
    let known = Some("DeviceProcessEvents");
    for (table, columns) in
        [(None, &columns), (known, &columns), (Some("Mine"), &columns), (None, &texts), (known, &texts)]
    {
        let (_kept, flat) = evidence(columns, false, true, table);
        let (_too, by_row) = evidence(columns, true, true, table);
        assert!(is_flat(&flat) && !is_flat(&by_row));
        let names = [
            "System_Time",
            "System_Channel",
            "System_Computer",
            "System_Record",
            "Timestamp",
            "FileName",
            "ProcessId",
            "AccountName",
        ];
        let fields = Fields::new(names, true);
        let ((found, report), (expected, known)) = (read(&flat, &fields), read(&by_row, &fields));
        assert_eq!(shown(&found, &flat), shown(&expected, &by_row), "{table:?}");
        assert_eq!((account(&report), known.events()), (account(&known), 300));
    }
    // An action of another table makes its rows that table's.
    let mut mixed = columns;
    mixed[2].1 = Arc::new(
        (0..rows).map(|row| Some(if row == 7 { "FileCreated" } else { "ProcessCreated" })).collect::<StringArray>(),
    );
    let folder = Folder::new().with("DeviceProcessEvents.parquet", file(&mixed, false, true));
    let (found, _) = read(&folder.evidence(), &Fields::new(["System_Channel"], false));
    let others: Vec<usize> =
        (0..rows).filter(|row| cell(&found, "System_Channel", *row) == "table:DeviceFileEvents").collect();
    assert_eq!(others, [7]);
}
