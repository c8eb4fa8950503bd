//! A chunk: rows of a buffer in their final order, made into the columns of a Parquet file.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use arrow::array::DictionaryArray;
use arrow::array::{
    Array, ArrayRef, AsArray, Int8Array, Int32Array, Int64Array, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray,
};
use arrow::compute::{cast, interleave};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use functions::ticks;

use super::columns;
use super::commit::Group;
use super::shred::{Shredded, Values};
use crate::event::System;
use crate::text::push_json_text;

/// How many computers and kinds of event a census lists.
const COMPUTERS: usize = 64;

const NONE: u32 = u32::MAX;

/// Batches, and their rows in order.
pub struct Sorted<'a> {
    pub batches: &'a [Shredded],
    /// Names of the sources, by the number that the batches know them by.
    pub names: &'a [String],
    /// Batch and row.
    order: Vec<(u32, u32)>,
    /// For each batch, the place of each row in the order.
    places: Vec<Vec<u32>>,
}

impl<'a> Sorted<'a> {
    /// By time, source and place in the source; rows without a time come last.
    pub fn new(batches: &'a [Shredded], names: &'a [String]) -> Self {
        let mut keyed = Vec::with_capacity(batches.iter().map(|batch| batch.shapes.len()).sum());
        for (number, batch) in (0_u32..).zip(batches) {
            let keys = batch.times.iter().zip(&batch.sources).zip(&batch.ordinals);
            for (row, ((time, source), ordinal)) in (0_u32..).zip(keys) {
                keyed.push((time.is_none(), time.unwrap_or(0), *source, *ordinal, number, row));
            }
        }
        keyed.sort_unstable();
        let mut places: Vec<Vec<u32>> = batches.iter().map(|batch| vec![0; batch.shapes.len()]).collect();
        for (place, (_, _, _, _, batch, row)) in (0_u32..).zip(&keyed) {
            if let Some(known) = places.get_mut(*batch as usize).and_then(|batch| batch.get_mut(*row as usize)) {
                *known = place;
            }
        }
        let order = keyed.into_iter().map(|(_, _, _, _, batch, row)| (batch, row)).collect();
        Sorted { batches, names, order, places }
    }

    pub fn rows(&self) -> usize {
        self.order.len()
    }

    pub fn time(&self, place: usize) -> Option<i64> {
        let (batch, row) = self.at(place)?;
        batch.times.get(row).copied().flatten()
    }

    fn at(&self, place: usize) -> Option<(&'a Shredded, usize)> {
        let (batch, row) = self.order.get(place)?;
        Some((self.batches.get(*batch as usize)?, *row as usize))
    }

    /// Batches with rows in this range.
    fn within(&self, range: &Range<usize>) -> Vec<usize> {
        let touched: BTreeSet<u32> =
            self.order.get(range.clone()).unwrap_or_default().iter().map(|(b, _)| *b).collect();
        touched.into_iter().map(|batch| batch as usize).collect()
    }
}

/// Which fields of a range of rows have columns, by their lower-cased names, and the names of all others.
pub struct Layout {
    pub fields: BTreeMap<String, String>,
    pub rest: BTreeSet<String>,
    pub schema: SchemaRef,
}

impl Layout {
    /// The most frequent fields get a column.
    pub fn new(sorted: &Sorted<'_>, range: &Range<usize>) -> Self {
        let mut counts: HashMap<&str, (u64, &str)> = HashMap::new();
        let mut rest = BTreeSet::new();
        for index in sorted.within(range) {
            let (Some(batch), Some(places)) = (sorted.batches.get(index), sorted.places.get(index)) else { continue };
            for (lower, field) in &batch.by_name {
                let Some(values) = batch.fields.get(*field) else { continue };
                let is_within =
                    |row: &u32| places.get(*row as usize).is_some_and(|place| range.contains(&(*place as usize)));
                let mut further = 0;
                let mut count = 0;
                for (at, row) in values.rows.iter().enumerate() {
                    if is_within(row) {
                        count += 1;
                        further += u64::from(values.is_further(at));
                    }
                }
                if count > 0 {
                    counts.entry(lower).or_insert((0, &values.name)).0 += count;
                }
                if further > 0 {
                    rest.insert(lower.clone());
                }
            }
        }
        let (mut chosen, others): (Vec<_>, Vec<_>) =
            counts.into_iter().partition(|(lower, _)| columns::may_have_column(lower));
        chosen.sort_unstable_by(|(a, (more, _)), (b, (less, _))| less.cmp(more).then(a.cmp(b)));
        let beyond = chosen.split_off(chosen.len().min(columns::MOST));
        rest.extend(beyond.into_iter().chain(others).map(|(lower, _)| lower.to_owned()));
        let fields: BTreeMap<String, String> =
            chosen.into_iter().map(|(lower, (_, name))| (lower.to_owned(), name.to_owned())).collect();
        let mut all = columns::own();
        let data = |name: &String| Field::new(format!("{}{name}", columns::DATA), DataType::Utf8, true);
        all.extend(fields.values().map(data));
        Layout { fields, rest, schema: Arc::new(Schema::new(all)) }
    }

    /// The rows of a range as columns, and their census.
    pub fn chunk(&self, sorted: &Sorted<'_>, range: Range<usize>) -> Result<(RecordBatch, Group), String> {
        let order = sorted.order.get(range.clone()).unwrap_or_default();
        let touched = sorted.within(&range);
        let rows: Vec<(&Shredded, usize)> = range.clone().filter_map(|place| sorted.at(place)).collect();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        let times: Vec<Option<i64>> =
            rows.iter().map(|(batch, row)| batch.times.get(*row).copied().flatten()).collect();
        arrays.extend(times_of(&times));
        for (field, name) in columns::PLAIN {
            let parts: Option<Vec<&dyn Array>> =
                sorted.batches.iter().map(|batch| Some(batch.system.column_by_name(field.name())?.as_ref())).collect();
            let parts = parts.ok_or_else(|| format!("the events were read without {}", field.name()))?;
            let places: Vec<(usize, usize)> =
                order.iter().map(|(batch, row)| (*batch as usize, *row as usize)).collect();
            let array = interleave(&parts, &places).map_err(|error| error.to_string())?;
            let is_dictionary = matches!(name, columns::CHANNEL | columns::COMPUTER);
            arrays.push(match is_dictionary {
                true => cast(&array, &columns::dictionary()).map_err(|error| error.to_string())?,
                false => array,
            });
        }
        let sources: Vec<u32> = rows.iter().filter_map(|(batch, row)| batch.sources.get(*row).copied()).collect();
        let name = |source: &u32| sorted.names.get(*source as usize).map_or("", String::as_str);
        arrays.push(Arc::new(StringArray::from_iter_values(sources.iter().map(name))));
        arrays.push(Arc::new(Int32Array::from_iter_values(sources.iter().map(|source| source.cast_signed()))));
        let ordinals = rows.iter().filter_map(|(batch, row)| batch.ordinals.get(*row));
        arrays.push(Arc::new(Int64Array::from_iter_values(ordinals.map(|ordinal| ordinal.cast_signed()))));
        arrays.push(shapes(&rows)?);
        arrays.push(self.rest(sorted, &range, &touched));
        arrays.extend(self.fields.keys().map(|lower| column(sorted, &range, &touched, lower)));
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(|error| error.to_string())?;
        let census = census(&rows, &times, &sources, &batch)?;
        Ok((batch, census))
    }

    /// What has no column, as one JSON object for each row that has such.
    fn rest(&self, sorted: &Sorted<'_>, range: &Range<usize>, touched: &[usize]) -> ArrayRef {
        let mut found: Vec<(usize, u32, &Shredded, &Values, usize)> = Vec::new();
        for index in touched {
            let (Some(batch), Some(places)) = (sorted.batches.get(*index), sorted.places.get(*index)) else { continue };
            for (lower, field) in batch.by_name.iter().filter(|(lower, _)| self.rest.contains(*lower)) {
                let Some(values) = batch.fields.get(*field) else { continue };
                let has_column = self.fields.contains_key(lower);
                for (at, (row, place)) in values.rows.iter().zip(&values.places).enumerate() {
                    let in_order = places.get(*row as usize).map_or(usize::MAX, |place| *place as usize);
                    if range.contains(&in_order) && (!has_column || values.is_further(at)) {
                        found.push((in_order, *place, batch, values, at));
                    }
                }
            }
        }
        found.sort_unstable_by_key(|(in_order, place, ..)| (*in_order, *place));
        let mut out = StringBuilder::new();
        let mut found = found.into_iter().peekable();
        let mut text = String::new();
        for in_order in range.clone() {
            text.clear();
            while let Some((_, place, batch, values, at)) = found.next_if(|(row, ..)| *row == in_order) {
                let row = values.rows.get(at).map_or(0, |row| *row as usize);
                let shape = batch.shapes.get(row).and_then(|shape| batch.known_shapes.get(*shape as usize));
                let Some((name, held)) = shape.and_then(|shape| shape.shape.fields.get(place as usize)) else {
                    continue;
                };
                text.push(if text.is_empty() { '{' } else { ',' });
                push_json_text(&mut text, name);
                text.push(':');
                match held {
                    super::shape::Held::Json => text.push_str(values.get(at)),
                    _ => push_json_text(&mut text, values.get(at)),
                }
            }
            if text.is_empty() {
                out.append_null();
            } else {
                text.push('}');
                out.append_value(&text);
            }
        }
        Arc::new(out.finish())
    }
}

fn times_of(times: &[Option<i64>]) -> [ArrayRef; 2] {
    let since = |time: &Option<i64>| time.map(|time| time - ticks::UNIX_EPOCH);
    let micros = times.iter().map(|time| since(time).map(|since| since.div_euclid(ticks::PER_MICROSECOND)));
    let digits = times
        .iter()
        .map(|time| since(time).and_then(|since| i8::try_from(since.rem_euclid(ticks::PER_MICROSECOND)).ok()));
    let micros: TimestampMicrosecondArray = micros.collect();
    [Arc::new(micros.with_timezone("UTC")), Arc::new(digits.collect::<Int8Array>())]
}

fn shapes(rows: &[(&Shredded, usize)]) -> Result<ArrayRef, String> {
    let mut known: HashMap<&str, i32> = HashMap::new();
    let mut values: Vec<&str> = Vec::new();
    let mut keys = Vec::with_capacity(rows.len());
    for (batch, row) in rows {
        let shape = batch.shapes.get(*row).and_then(|shape| batch.known_shapes.get(*shape as usize));
        let text = shape.map_or("[]", |shape| shape.text.as_str());
        let next = i32::try_from(values.len()).map_err(|error| error.to_string())?;
        let key = *known.entry(text).or_insert_with(|| {
            values.push(text);
            next
        });
        keys.push(key);
    }
    let values = Arc::new(StringArray::from_iter_values(values));
    let array = DictionaryArray::<Int32Type>::try_new(Int32Array::from(keys), values);
    Ok(Arc::new(array.map_err(|error| error.to_string())?))
}

/// The first value that each row has of a field.
fn column(sorted: &Sorted<'_>, range: &Range<usize>, touched: &[usize], lower: &str) -> ArrayRef {
    let mut slots = vec![NONE; range.len()];
    let mut bytes = 0;
    let by_batch: HashMap<u32, &Values> = touched
        .iter()
        .filter_map(|index| {
            let batch = sorted.batches.get(*index)?;
            let values = batch.fields.get(*batch.by_name.get(lower)?)?;
            let places = sorted.places.get(*index)?;
            for (at, row) in (0_u32..).zip(&values.rows) {
                let place = places.get(*row as usize).map_or(usize::MAX, |place| *place as usize);
                let slot = place.checked_sub(range.start).and_then(|place| slots.get_mut(place));
                if let Some(slot) = slot.filter(|slot| **slot == NONE) {
                    *slot = at;
                    bytes += values.get(at as usize).len();
                }
            }
            Some((u32::try_from(*index).ok()?, values))
        })
        .collect();
    let mut out = StringBuilder::with_capacity(range.len(), bytes);
    let order = sorted.order.get(range.clone()).unwrap_or_default();
    for ((batch, _), slot) in order.iter().zip(slots) {
        match by_batch.get(batch) {
            Some(values) if slot != NONE => out.append_value(values.get(slot as usize)),
            _ => out.append_null(),
        }
    }
    Arc::new(out.finish())
}

fn census(
    rows: &[(&Shredded, usize)],
    times: &[Option<i64>],
    sources: &[u32],
    batch: &RecordBatch,
) -> Result<Group, String> {
    let mut census = Group {
        rows: rows.len() as u64,
        oldest: times.iter().flatten().min().copied(),
        newest: times.iter().flatten().max().copied(),
        untimed: times.iter().filter(|time| time.is_none()).count() as u64,
        ..Group::default()
    };
    let dictionary = |name: &str| {
        let column = batch.column_by_name(name).and_then(|column| column.as_dictionary_opt::<Int32Type>());
        column.ok_or_else(|| format!("there is no {name}"))
    };
    let channels = dictionary(columns::CHANNEL)?;
    let names = channels.values().as_string::<i32>();
    let mut kinds: HashMap<(Option<i32>, i64), u64> = HashMap::new();
    for (channel, (shredded, row)) in channels.keys().iter().zip(rows) {
        let event = shredded.events.get(*row).copied().unwrap_or(-1);
        *kinds.entry((channel, event)).or_default() += 1;
    }
    for ((channel, event), count) in kinds {
        let name = channel.and_then(|key| usize::try_from(key).ok()).map_or("", |key| names.value(key));
        *census.kinds.entry(name.to_owned()).or_default().entry(event).or_default() += count;
    }
    let mut by_source: BTreeMap<usize, u64> = BTreeMap::new();
    for source in sources {
        *by_source.entry(*source as usize).or_default() += 1;
    }
    census.sources = by_source.into_iter().collect();
    let computers = dictionary(columns::COMPUTER)?;
    if computers.values().len() <= COMPUTERS {
        let names = computers.values().as_string::<i32>().iter().map(|name| name.map(str::to_owned));
        let unnamed = (computers.keys().null_count() > 0).then_some(None);
        census.computers = Some(names.chain(unnamed).collect());
    }
    Ok(census)
}

/// The names of the system fields that a batch must be read with.
pub fn wanted() -> Vec<&'static str> {
    let left_out = |field: &&System| matches!(field, System::Payload | System::LogSource);
    System::ALL.iter().filter(|field| !left_out(field)).map(|field| field.name()).collect()
}
