//! Trials: a folder for a test's files, and the rows that reading it gives.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::util::display::array_value_to_string;
use functions::{several, ticks};

use crate::evtx_writer::{EventToWrite, EvtxWriter};
use crate::{Evidence, Fields, ReadOptions, Report};

/// A folder that goes with its test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("trapline-telemetry-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn with(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    pub fn evidence(&self) -> Evidence {
        Evidence::discover(std::slice::from_ref(&self.0)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// All events in one batch, in no order.
pub fn read(evidence: &Evidence, names: &[&str]) -> (RecordBatch, Report) {
    let fields = Fields::new(names.iter().copied(), true);
    let batches = Mutex::new(Vec::new());
    let take = |batch: crate::EventBatch| {
        batches.lock().unwrap().push(batch.batch);
        ControlFlow::Continue(())
    };
    let report = evidence.read(&fields, &ReadOptions { threads: 2, in_order: false }, &take, &|_| {});
    (concat_batches(fields.schema(), batches.lock().unwrap().iter()).unwrap(), report)
}

/// One value of a batch as it is shown; null is `-`.
pub fn cell(batch: &RecordBatch, column: &str, row: usize) -> String {
    let column = batch.column_by_name(column).unwrap();
    if column.is_null(row) {
        return "-".to_owned();
    }
    several::lines(&array_value_to_string(column, row).unwrap()).into_owned()
}

/// The only event of some NDJSON.
pub fn one(line: &str, names: &[&str]) -> RecordBatch {
    let (batch, report) = read(&Folder::new().with("a.json", line).evidence(), names);
    assert_eq!((report.events(), report.damaged_records()), (1, 0), "{line}");
    batch
}

/// An EVTX of this many process creations, with records from 1.
pub fn evtx(records: u64) -> Vec<u8> {
    evtx_of("PC1.example.test", records)
}

/// As [`evtx`], of another host.
pub fn evtx_of(computer: &str, records: u64) -> Vec<u8> {
    let mut writer = EvtxWriter::new();
    for record in 1..=records {
        let line = format!("cmd.exe /c echo {record}");
        let event = EventToWrite {
            provider: "Microsoft-Windows-Sysmon",
            channel: "Microsoft-Windows-Sysmon/Operational",
            computer,
            event: 1,
            level: 4,
            keywords: "0x8000000000000000",
            record,
            time: ticks::parse("2024-05-06T07:08:09Z").unwrap() + i64::try_from(record).unwrap(),
            data: &[("Image", "C:\\Windows\\System32\\cmd.exe"), ("CommandLine", &line), ("Rule", "")],
            ..EventToWrite::default()
        };
        writer.push(&event).unwrap();
    }
    writer.finish()
}
