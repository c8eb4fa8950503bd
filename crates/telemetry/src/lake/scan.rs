//! A scan: the parts of a lake read as batches of events, only the columns and rows that are wanted.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::new_null_array;
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryBuilder, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StringBuilder,
};
use arrow::compute::concat_batches;
use arrow::datatypes::DataType;
use functions::origin::Origin;
use functions::several;
use parquet::arrow::arrow_reader::RowSelection;

use super::columns;
use super::commit::{Group, Part};
use super::partial::{self, Given, Partial};
use super::piece::Piece;
use super::reading::Reading;
use super::sifted::sift;
use super::stands::{Place, Stands};
use super::wanted::{Choice, is_inside, look, looks_at};
use super::wholes::Asked;
use crate::event::{EventBatch, Fields, System, line_of};
use crate::logs::Logs;
use crate::read::{Sink, Turn, clock};
use crate::report::{Report, Withheld};
use crate::sieve::Sieve;

/// How many rows and bytes may wait for more.
const FEW: usize = 4096;
const SMALL: usize = 4 << 20;
/// How many bytes may wait for their turn.
const LARGE: usize = 32 << 20;

/// One worker's reader of lakes.
pub struct Scanner<'a> {
    fields: &'a Fields,
    logs: &'a Logs,
    report: Report,
    sink: Sink<'a>,
    stop: &'a AtomicBool,
    clock: i64,
    sieve: Sieve,
    asked: Asked,
    channels: HashMap<String, (u32, String)>,
    waiting: Waiting,
}

/// Small batches, until they are worth the sink's while: thousands of rules look at each batch.
#[derive(Default)]
struct Waiting {
    batches: Vec<EventBatch>,
    rows: usize,
    bytes: usize,
}

impl<'a> Scanner<'a> {
    pub fn new(fields: &'a Fields, logs: &'a Logs, report: Report, sink: Sink<'a>, stop: &'a AtomicBool) -> Self {
        Scanner {
            fields,
            logs,
            report,
            sink,
            stop,
            clock: clock(),
            sieve: Sieve::new(&fields.texts),
            asked: Asked::new(fields),
            channels: HashMap::new(),
            waiting: Waiting::default(),
        }
    }

    pub fn finish(mut self) -> Report {
        self.give(None);
        self.report
    }

    fn take(&mut self, events: EventBatch, turn: Option<&mut Turn<'_>>) {
        self.waiting.rows += events.events.len();
        self.waiting.bytes += events.batch.get_array_memory_size();
        self.waiting.batches.push(events);
        let is_enough = match turn {
            None => self.waiting.rows >= FEW || self.waiting.bytes >= SMALL,
            // Whatever waits for its turn might as well be one.
            Some(_) => self.waiting.bytes >= LARGE,
        };
        if is_enough {
            self.give(turn);
        }
    }

    fn give(&mut self, turn: Option<&mut Turn<'_>>) {
        let Waiting { mut batches, .. } = std::mem::take(&mut self.waiting);
        let whole = match batches.len() {
            0 | 1 => batches.pop(),
            _ => concat_batches(self.fields.schema(), batches.iter().map(|events| &events.batch)).ok().map(|batch| {
                let channels = batches.iter().flat_map(|events| events.channels.iter().copied()).collect();
                let events = batches.iter().flat_map(|events| events.events.iter().copied()).collect();
                let has_several = batches.iter().any(|events| events.has_several);
                EventBatch { batch, channels, events, has_several }
            }),
        };
        // Should they not fit into one after all, they are given one by one.
        let batches = whole.map_or(batches, |whole| vec![whole]);
        if let Some(turn) = turn {
            return batches.into_iter().for_each(|events| turn.give(events));
        }
        for events in batches {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            if (self.sink)(events).is_break() {
                self.stop.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Reads a row group, and hands over its batches in its turn. What of it cannot be read is told of each log that it holds
    /// events of.
    pub fn scan(&mut self, lake: &Stands, place: Place, mut turn: Option<&mut Turn<'_>>) {
        let Some((part, first)) = lake.part(place) else { return };
        let Some(census) = part.groups.get(place.group) else { return };
        self.mark_seen(part);
        let choice = self.choice(census, self.is_unsure(part));
        if matches!(choice, Choice::Outside | Choice::Unwanted) {
            if let Err(reason) = is_there(lake.root(), part) {
                return self.lose(part, &census.sources, first, &reason);
            }
            self.withhold(census, choice);
            return self.account(census, first, (census.oldest, census.newest, 0));
        }
        let mut given = Given::default();
        let mut is_empty = false;
        let may_be_empty = !self.is_unsure(part) && is_inside(census, self.fields, self.clock);
        let kinds = census.kinds.iter().flat_map(|(name, ids)| ids.keys().map(move |id| (name.as_str(), *id)));
        let with_whole = self.asked.needs(kinds);
        let outcome = Reading::new(lake.root(), part, self.fields, with_whole).and_then(|mut reading| {
            if may_be_empty && !reading.may_hold(place.group, census, &self.fields.texts) {
                is_empty = true;
                return Ok((census.oldest, census.newest, 0));
            }
            self.report.row_groups += 1;
            self.group(
                &mut reading,
                (place.group, census, first),
                choice == Choice::Look,
                turn.as_deref_mut(),
                &mut given,
            )
        });
        if is_empty {
            self.withhold(census, Choice::Unwanted);
        }
        match outcome {
            Ok(times) => self.account(census, first, times),
            Err(reason) => self.fail(lake.root(), part, (place.group, census, first), &given, &reason),
        }
        if turn.is_some() {
            self.give(turn);
        }
    }

    /// Where a commit does not list all fields, only the values can tell which there are, so all of them are read.
    fn is_unsure(&self, part: &Part) -> bool {
        part.rest.is_none() && !self.fields.raw.is_empty()
    }

    fn choice(&self, census: &Group, is_unsure: bool) -> Choice {
        match Choice::new(census, self.fields, self.clock) {
            Choice::Outside | Choice::Unwanted if is_unsure => Choice::All,
            choice => choice,
        }
    }

    fn mark_seen(&mut self, part: &Part) {
        for (name, is_seen) in self.fields.raw.iter().zip(&mut self.report.fields_seen) {
            let in_rest = || part.rest.iter().flatten().any(|rest| rest.eq_ignore_ascii_case(name));
            *is_seen |= part.fields.iter().any(|field| field.eq_ignore_ascii_case(name)) || in_rest();
        }
    }

    fn withhold(&mut self, census: &Group, choice: Choice) {
        if choice == Choice::Outside {
            self.report.withheld.outside += census.rows;
            self.report.withheld.untimed += if self.fields.bounds.is_timed() { census.untimed } else { 0 };
            return;
        }
        for (channel, events) in &census.kinds {
            let channel = self.channel(channel).0;
            for (event, count) in events {
                *self.report.withheld.kinds.entry((channel, *event)).or_default() += count;
            }
        }
        self.report.withheld.newest = self.report.withheld.newest.max(census.newest);
    }

    /// Counts a row group's events, whether they were wanted or not.
    fn account(&mut self, census: &Group, first: usize, (oldest, newest, future): Times) {
        for (channel, events) in &census.kinds {
            let channel = self.channel(channel).0;
            for (event, count) in events {
                self.report.count_events(channel, *event, *count);
            }
        }
        for (source, count) in &census.sources {
            if let Some(file) = self.report.files.get_mut(first + source) {
                file.events += count;
            }
        }
        self.report.untimed += census.untimed;
        self.report.future += future;
        self.report.oldest = [self.report.oldest, oldest].into_iter().flatten().min();
        self.report.newest = self.report.newest.max(newest);
    }

    /// A row group could not be read to its end. Where some of its rows were given, only the others are lost.
    fn fail(
        &mut self,
        root: &Path,
        part: &Part,
        (number, census, first): (usize, &Group, usize),
        given: &Given,
        reason: &str,
    ) {
        let partial = || -> Result<Partial, String> {
            let reading = Reading::new(root, part, self.fields, false)?;
            let places = partial::COLUMNS.iter().map(|name| reading.place(name)).collect::<Result<_, _>>()?;
            Partial::new(&reading.whole(number, &places, census)?, given, self.clock)
        };
        match (given.rows > 0).then(partial) {
            Some(Ok(Partial { read, future, lost })) => {
                self.account(&read, first, (read.oldest, read.newest, future));
                self.lose(part, &lost, first, reason);
            }
            _ => self.lose(part, &census.sources, first, reason),
        }
    }

    fn lose(&mut self, part: &Part, sources: &[(usize, u64)], first: usize, reason: &str) {
        for (source, count) in sources {
            if let Some(file) = self.report.files.get_mut(first + source) {
                file.damaged_records += count;
                file.note(|| format!("{} of the lake cannot be read: {reason}", part.path));
            }
        }
    }

    fn channel(&mut self, name: &str) -> &(u32, String) {
        let logs = self.logs;
        self.channels.entry(name.to_owned()).or_insert_with(|| logs.channel_id(name))
    }

    /// Reads a row group, and gives the times in it.
    fn group(
        &mut self,
        reading: &mut Reading<'_>,
        (number, census, first): (usize, &Group, usize),
        must_look: bool,
        mut turn: Option<&mut Turn<'_>>,
        given: &mut Given,
    ) -> Result<Times, String> {
        let mut times = (census.oldest, census.newest, 0);
        let (mut selection, mut withheld) = (None, Withheld::default());
        let may_sift = !self.is_unsure(reading.part) && !self.sieve.is_empty();
        if must_look || may_sift {
            let names = looks_at(self.fields, census, self.clock);
            let places = names.iter().map(|name| reading.place(name)).collect::<Result<_, _>>()?;
            let small = reading.whole(number, &places, census)?;
            let mut looked = look(&small, self.fields, census, self.clock, None, |name| self.channel(name).0)?;
            if may_sift {
                let may_hold = sift(&mut self.sieve, reading, number, &small, &looked.wanted)?;
                if may_hold != looked.wanted {
                    let may_hold = Some(may_hold.as_slice());
                    looked = look(&small, self.fields, census, self.clock, may_hold, |name| self.channel(name).0)?;
                }
            }
            times = (looked.oldest, looked.newest, looked.future);
            if !self.is_unsure(reading.part) {
                withheld = looked.withheld;
                if !looked.wanted.contains(&true) {
                    self.report.withheld.add(&withheld);
                    return Ok(times);
                }
                if looked.wanted.contains(&false) {
                    selection = Some(RowSelection::from_filters(&[BooleanArray::from(looked.wanted.clone())]));
                    given.wanted = Some(looked.wanted);
                }
            }
        }
        let projection = reading.projection.clone();
        let size = reading.batch_size(number, census);
        for batch in reading.read(number, &projection, size, selection)? {
            let batch = batch.map_err(|error| error.to_string())?;
            let events = self.events(reading, &batch, first)?;
            if given.rows == 0 {
                // From here on the row group counts, as far as it can be read.
                self.report.withheld.add(&withheld);
            }
            given.rows += batch.num_rows() as u64;
            self.take(events, turn.as_deref_mut());
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
        }
        Ok(times)
    }

    /// A batch of a part as a batch of events.
    fn events(&mut self, reading: &mut Reading<'_>, batch: &RecordBatch, first: usize) -> Result<EventBatch, String> {
        let (piece, rows) = (Piece(batch), batch.num_rows());
        let channels = piece.repeated(columns::CHANNEL)?;
        let mut known = Channels::new();
        let mut ids = Vec::with_capacity(rows);
        for row in 0..rows {
            let key = channels.key(row);
            let (id, _) = known.entry(key).or_insert_with(|| self.channel(channels.text(key).unwrap_or("")).clone());
            ids.push(*id);
        }
        let spelling = |row: usize| known.get(&channels.key(row)).map_or("", |(_, spelling)| spelling.as_str());
        let events = piece.numbers(columns::EVENT_ID)?;
        let logs = if self.fields.has_origin { self.log_ids(&piece, &known)? } else { Vec::new() };
        let whole = match reading.with_whole {
            true => self.asked.whole(&mut reading.shapes, &piece)?,
            false => Vec::new(),
        };
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.fields.schema().fields().len());
        for field in &self.fields.system {
            let plain = columns::PLAIN.iter().find(|(plain, _)| plain == field).map(|(_, name)| *name);
            arrays.push(match (field, plain) {
                (System::Time, _) => Arc::new(piece.times()?),
                (System::Channel, _) => {
                    let mut out = StringBuilder::new();
                    (0..rows).map(spelling).for_each(|name| out.append_option((!name.is_empty()).then_some(name)));
                    Arc::new(out.finish())
                }
                (System::LogSource, _) => Arc::new(Int64Array::from(of_logs(&piece, &known, Logs::number)?)),
                (field, Some(name)) if field.is_number() => Arc::new(piece.numbers(name)?),
                (_, Some(name)) => Arc::new(piece.texts(name)?),
                (field, None) => {
                    let made = whole.iter().find(|(made, _)| made == field).map(|(_, column)| column.clone());
                    made.unwrap_or_else(|| new_null_array(&field.kind().arrow(), rows))
                }
            });
        }
        let mut has_several = false;
        // Most fields are those of other events.
        let none = new_null_array(&DataType::Utf8, rows);
        for ((name, (column, is_split)), is_seen) in
            self.fields.raw.iter().zip(&reading.raw).zip(&mut self.report.fields_seen)
        {
            let values = column.as_ref().map(|column| piece.texts(column)).transpose()?;
            let array = match (values, is_split) {
                (values, true) => reading.shapes.shown(&piece, name, values.as_ref())?,
                (Some(values), false) => Arc::new(values),
                (None, false) => none.clone(),
            };
            *is_seen |= array.null_count() < rows;
            has_several |= array.as_string_opt::<i32>().is_some_and(several::any_are_in);
            arrays.push(array);
        }
        if self.fields.has_origin {
            arrays.push(origins(&piece, &logs, first)?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(self.fields.schema().clone(), arrays, &options);
        let batch = batch.map_err(|error| error.to_string())?;
        let events = events.iter().map(|event| event.unwrap_or(-1)).collect();
        Ok(EventBatch { batch, channels: ids, events, has_several })
    }

    /// What each row's log is known by in this reading.
    fn log_ids(&mut self, piece: &Piece<'_>, channels: &Channels) -> Result<Vec<u32>, String> {
        let ids = of_logs(piece, channels, |channel, computer| self.logs.log_id(channel, computer))?;
        self.report.logs_overflowed += ids.iter().filter(|id| **id == Logs::UNKNOWN).count() as u64;
        Ok(ids)
    }
}

/// The channels of a piece by their keys in it: each by its number and its spelling.
type Channels = HashMap<Option<usize>, (u32, String)>;

/// What is asked of each row's log, once for all rows of a log.
fn of_logs<T: Copy>(piece: &Piece<'_>, channels: &Channels, ask: impl Fn(&str, &str) -> T) -> Result<Vec<T>, String> {
    let (names, computers) = (piece.repeated(columns::CHANNEL)?, piece.repeated(columns::COMPUTER)?);
    let mut known: HashMap<(Option<usize>, Option<usize>), T> = HashMap::new();
    let log = |row: usize| {
        let key = (names.key(row), computers.key(row));
        let channel = channels.get(&key.0).map_or("", |(_, spelling)| spelling.as_str());
        *known.entry(key).or_insert_with(|| ask(channel, computers.text(key.1).unwrap_or("")))
    };
    Ok((0..names.len()).map(log).collect())
}

/// The oldest and the newest time that is not later than the clock, and how many are.
type Times = (Option<i64>, Option<i64>, u64);

fn origins(piece: &Piece<'_>, logs: &[u32], first: usize) -> Result<ArrayRef, String> {
    let (sources, ordinals) = (piece.numbers(columns::SOURCE)?, piece.numbers(columns::SOURCE_ORDINAL)?);
    let (records, times) = (piece.numbers(columns::RECORD)?, piece.times()?);
    let mut cells = BinaryBuilder::new();
    for (row, log) in logs.iter().enumerate() {
        let source = usize::try_from(sources.value(row)).map_err(|error| error.to_string())?;
        let file = u32::try_from(first + source).map_err(|error| error.to_string())?;
        let time = if times.is_valid(row) { times.value(row) } else { Origin::NO_TIME };
        let ordinal = ordinals.value(row).cast_unsigned();
        let record = if records.is_valid(row) { records.value(row) } else { line_of(ordinal) };
        let origin = Origin { file, ordinal, log: *log, record, time };
        cells.append_value(origin.to_cell());
    }
    Ok(Arc::new(cells.finish()))
}

/// A part that nobody wants rows of is there nonetheless, or its events are lost.
fn is_there(root: &Path, part: &Part) -> Result<(), String> {
    let found = std::fs::metadata(root.join(&part.path)).map_err(|error| error.to_string())?;
    match found.len() == part.bytes {
        true => Ok(()),
        false => Err(format!("it has {} bytes, not {}", found.len(), part.bytes)),
    }
}
