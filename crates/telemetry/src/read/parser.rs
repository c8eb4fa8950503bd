//! A parser: one worker's rows, columns and counts.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use functions::origin::Origin;
use functions::{Type, ticks};

use super::Sink;
use super::known_logs::KnownLogs;
use super::turns::Turn;
use crate::event::{EventBatch, Fields};
use crate::foreign;
use crate::framed::Framed;
use crate::logs::Logs;
use crate::report::{FileReport, Report};
use crate::row::{Columns, Row};
use crate::rows::cells::Cells;
use crate::rows::{Header, RowReader, Rows};
use crate::shape::quick::Quick;
use crate::shape::read_event;
use crate::shape::xml::read_event_xml;
use crate::zones::Zones;

/// Gathers events into batches, and counts what it could not read.
pub struct Parser<'a> {
    fields: &'a Fields,
    row: Row,
    quick: Quick,
    columns: Columns,
    scratch: String,
    rows: RowReader,
    /// The record that is read holds text that is no UTF-8.
    is_foreign: bool,
    file: u32,
    zones: Option<&'a Zones>,
    report: Report,
    events: u64,
    damaged: u64,
    logs: &'a Logs,
    known: KnownLogs,
    /// The last event's kind, and how many of it came in a row.
    run: Option<((u32, i64), u64)>,
    clock: i64,
    sink: Sink<'a>,
    stop: &'a AtomicBool,
    /// When what was made of a piece may be handed over; `None` for at once.
    turn: Option<Turn<'a>>,
}

impl<'a> Parser<'a> {
    pub fn new(fields: &'a Fields, logs: &'a Logs, report: Report, sink: Sink<'a>, stop: &'a AtomicBool) -> Self {
        Parser {
            fields,
            row: Row::new(fields),
            quick: Quick::default(),
            columns: Columns::new(fields),
            scratch: String::new(),
            rows: RowReader::default(),
            is_foreign: false,
            file: 0,
            zones: None,
            report,
            events: 0,
            damaged: 0,
            logs,
            known: KnownLogs::default(),
            run: None,
            clock: clock(),
            sink,
            stop,
            turn: None,
        }
    }

    /// Tables of the user's own making, with the columns that they have.
    pub fn know(&mut self, tables: &[(String, Vec<(String, Type)>)]) {
        self.rows.know(tables);
    }

    /// What follows is of this file.
    pub fn begin(&mut self, file: u32, turn: Option<Turn<'a>>) {
        self.file = file;
        self.is_foreign = false;
        self.turn = turn;
    }

    /// What the file proves of the zones of its hosts.
    pub fn know_zones(&mut self, zones: Option<&'a Zones>) {
        self.zones = zones.filter(|zones| !zones.is_empty());
    }

    /// The turn of the piece that began.
    pub fn turn(&mut self) -> Option<&mut Turn<'a>> {
        self.turn.as_mut()
    }

    /// A piece ends. Where order counts, no batch reaches into the next one.
    pub fn end(&mut self) {
        if self.turn.is_some() {
            self.flush();
            self.turn = None;
        }
    }

    /// Reads a record's JSON into the row.
    pub fn read_record(&mut self, json: Framed<'_>, rows: &Rows) -> Result<(), String> {
        self.is_foreign = false;
        let is_read = *rows == Rows::Plain && self.quick.read(json, &mut self.row, &mut self.scratch);
        // An event without an id may be one that says it elsewhere.
        if is_read && self.row.event_id() >= 0 {
            return Ok(());
        }
        let json = self.text(json.bytes());
        self.rows.record(json.as_bytes(), rows, &mut self.row, &mut self.scratch)
    }

    /// The text of a record.
    fn text<'t>(&mut self, bytes: &'t [u8]) -> Cow<'t, str> {
        let text = foreign::utf8(bytes);
        self.is_foreign = matches!(text, Cow::Owned(_));
        text
    }

    /// Reads a list of values into the row.
    pub fn read_values(&mut self, json: &[u8], header: &Header, rows: &Rows) -> Result<(), String> {
        let json = self.text(json);
        self.rows.values(json.as_bytes(), header, rows, &mut self.row, &mut self.scratch)
    }

    /// The cells to be filled for [`Parser::read_cells`].
    pub fn cells(&mut self) -> &mut Cells {
        self.rows.emptied()
    }

    /// `is_foreign`: they hold text that was no UTF-8.
    pub fn read_cells(&mut self, rows: &Rows, is_foreign: bool) -> Result<(), String> {
        self.is_foreign = is_foreign;
        self.rows.cells(rows, &mut self.row, &mut self.scratch)
    }

    pub fn fields(&self) -> &'a Fields {
        self.fields
    }

    pub fn logs(&self) -> &'a Logs {
        self.logs
    }

    /// The number of the file that is read.
    pub fn file(&self) -> u32 {
        self.file
    }

    /// Hands over events that were read as columns, behind what came before.
    pub fn give(&mut self, events: EventBatch) {
        self.flush();
        self.hand_over(events);
    }

    /// Counts events that were read as columns; `seen`: which of the raw fields they hold.
    pub fn count(&mut self, events: u64, untimed: u64, seen: &[bool], change: impl FnOnce(&mut Report)) {
        self.events += events;
        self.report.untimed += untimed;
        self.with_file(|file| {
            file.events += events;
            file.untimed += untimed;
        });
        self.columns.fields_seen.iter_mut().zip(seen).for_each(|(known, seen)| *known |= seen);
        change(&mut self.report);
    }

    /// The row that is read into.
    pub fn row(&mut self) -> &mut Row {
        &mut self.row
    }

    /// Reads an event's XML into the row.
    pub fn read_xml(&mut self, xml: &[u8]) -> Result<(), String> {
        let xml = self.text(xml);
        read_event_xml(xml.as_bytes(), &mut self.row, &mut self.scratch)
    }

    /// Reads an event's JSON into the row; what is no event is not looked at for another tool's.
    pub fn read_json(&mut self, json: &[u8]) -> Result<(), String> {
        self.is_foreign = false;
        read_event(json, &mut self.row, &mut self.scratch)
    }

    /// Adds the row to the columns. `record` and `time` hold where the event itself names none.
    pub fn accept(&mut self, ordinal: u64, record: i64, time: impl FnOnce() -> Option<i64>) {
        let (mut misfits, is_nameless, lacks_log) =
            (self.rows.misfits(), self.rows.is_nameless(), self.rows.lacks_log());
        let is_foreign = std::mem::take(&mut self.is_foreign);
        if self.row.is_disguised() {
            return self.damaged_record(|| format!("record {record} is of a channel that no log can have"));
        }
        self.row.complete();
        let is_logless = lacks_log && self.row.channel().is_empty();
        if let Some(zones) = self.zones.filter(|_| !self.row.has_sysmons_time()) {
            self.row.know_zones(zones.of(self.row.computer()));
        }
        self.row.set_record(record);
        misfits.extend(self.row.misfits());
        self.row.set_missing_time(time);
        // What an export's column is told of is told.
        if !misfits.iter().any(|misfit| misfit.kind == Type::Datetime) {
            misfits.extend(self.row.unread_time());
        }
        let Some((channel, log)) = self.known.find(self.logs, self.row.channel(), self.row.computer()) else {
            return;
        };
        let time = self.row.time().unwrap_or(Origin::NO_TIME);
        let origin = Origin { file: self.file, ordinal, log, record: self.row.record(), time };
        let id = channel.id;
        self.columns.push(&self.row, origin, id, &channel.spelling);
        self.count_kind(id, self.row.event_id());
        self.report.logs_overflowed += u64::from(log == Logs::UNKNOWN);
        self.count_time();
        self.events += 1;
        self.with_file(|file| {
            file.events += 1;
            file.nameless += u64::from(is_nameless);
            file.logless += u64::from(is_logless);
            file.foreign += u64::from(is_foreign);
            misfits.into_iter().for_each(|misfit| file.misfits.count(misfit, record.cast_unsigned()));
        });
        if self.columns.is_full() {
            self.flush();
        }
    }

    pub fn damaged_record(&mut self, reason: impl FnOnce() -> String) {
        self.damaged_records(1, reason);
    }

    pub fn damaged_records(&mut self, count: u64, reason: impl FnOnce() -> String) {
        self.damaged += count;
        self.with_file(|file| {
            file.damaged_records += count;
            file.note(reason);
        });
    }

    pub fn damaged_chunk(&mut self, reason: impl FnOnce() -> String) {
        self.with_file(|file| {
            file.damaged_chunks += 1;
            file.note(reason);
        });
    }

    /// The file ends within a chunk that counts so many records more.
    pub fn cut_off(&mut self, records: u64) {
        self.with_file(|file| file.cut_off += records);
    }

    pub fn unverified_chunk(&mut self) {
        self.with_file(|file| file.unverified_chunks += 1);
    }

    /// How many events this worker has read, and how many records it has counted as damaged.
    pub fn events(&self) -> u64 {
        self.events
    }

    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub fn finish(mut self) -> Report {
        self.flush();
        self.end_run();
        self.report.fields_seen = self.columns.fields_seen;
        self.report
    }

    pub fn flush(&mut self) {
        let Some(taken) = self.columns.take() else { return };
        match taken {
            Ok(events) => self.hand_over(events),
            Err((rows, error)) => {
                self.damaged_records(rows, || format!("events that were read make no batch: {error}"));
            }
        }
    }

    fn hand_over(&mut self, events: EventBatch) {
        match &mut self.turn {
            Some(turn) => turn.give(events),
            None => {
                if !self.is_stopped() && (self.sink)(events).is_break() {
                    self.stop.store(true, Ordering::Relaxed);
                }
            }
        }
    }

    fn count_kind(&mut self, channel: u32, event: i64) {
        if let Some((run, count)) = &mut self.run
            && *run == (channel, event)
        {
            *count += 1;
        } else {
            self.end_run();
            self.run = Some(((channel, event), 1));
        }
    }

    fn end_run(&mut self) {
        if let Some(((channel, event), count)) = self.run.take() {
            self.report.count_events(channel, event, count);
        }
    }

    fn count_time(&mut self) {
        let Some(time) = self.row.time() else {
            self.report.untimed += 1;
            self.with_file(|file| file.untimed += 1);
            return;
        };
        if time > self.clock {
            self.report.future += 1;
            return;
        }
        self.report.newest = self.report.newest.max(Some(time));
        self.report.oldest = Some(self.report.oldest.map_or(time, |known| known.min(time)));
    }

    fn with_file(&mut self, change: impl FnOnce(&mut FileReport)) {
        let file = usize::try_from(self.file).ok().and_then(|index| self.report.files.get_mut(index));
        if let Some(file) = file {
            change(file);
        }
    }
}

/// The machine's clock in ticks.
pub fn clock() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).ok().and_then(|seconds| ticks::from_unix_nanos(seconds, 0)).unwrap_or(ticks::MAX)
}
