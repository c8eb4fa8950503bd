//! Columns: the batch that is being filled, row by row.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{ArrayBuilder, ArrayRef, BinaryBuilder, Int64Builder, RecordBatch, StringBuilder, new_null_array};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use functions::origin::Origin;
use functions::several;

use super::{Row, payload, repeated};
use crate::event::{EventBatch, Fields, System};
use crate::logs::Logs;
use crate::whole::{Need, Wholes};

/// How many rows and bytes a batch may have.
const ROWS: usize = 4096;
const BYTES: usize = 4 << 20;

/// The columns of the batch that is being filled.
pub struct Columns {
    fields: Fields,
    system: Vec<(System, Values)>,
    raw: Vec<Texts>,
    origin: Option<BinaryBuilder>,
    channels: Vec<u32>,
    events: Vec<i64>,
    bytes: usize,
    has_several: bool,
    wholes: Option<Wholes>,
    /// Which raw fields any row held.
    pub fields_seen: Vec<bool>,
}

enum Values {
    Numbers(Int64Builder),
    Texts(StringBuilder),
}

/// A column of texts, many of which have none at all: nulls are counted, and added before the next text. Room is made with the first
/// text, as much as the batch before took.
#[derive(Default)]
struct Texts {
    texts: Option<StringBuilder>,
    nulls: usize,
    rows: usize,
    bytes: usize,
}

impl Texts {
    fn push(&mut self, text: &str) {
        let texts = self.texts.get_or_insert_with(|| StringBuilder::with_capacity(self.rows, self.bytes));
        if self.nulls > 0 {
            texts.append_nulls(std::mem::take(&mut self.nulls));
        }
        texts.append_value(text);
    }

    /// `nothing` is the column without a text, which is the same for all that have none.
    fn finished(&mut self, nothing: &mut Option<ArrayRef>) -> ArrayRef {
        let nulls = std::mem::take(&mut self.nulls);
        let Some(mut texts) = self.texts.take() else {
            return nothing.get_or_insert_with(|| new_null_array(&DataType::Utf8, nulls)).clone();
        };
        if nulls > 0 {
            texts.append_nulls(nulls);
        }
        let bytes = texts.values_slice().len();
        (self.rows, self.bytes) = (texts.len(), bytes + bytes / 8);
        Arc::new(texts.finish())
    }
}

impl Columns {
    pub fn new(fields: &Fields) -> Self {
        let values = |field: &System| match field.is_number() || *field == System::Time {
            true => Values::Numbers(Int64Builder::new()),
            false => Values::Texts(StringBuilder::new()),
        };
        Columns {
            system: fields.system.iter().map(|field| (*field, values(field))).collect(),
            raw: fields.raw.iter().map(|_| Texts::default()).collect(),
            origin: fields.has_origin.then(BinaryBuilder::new),
            channels: Vec::new(),
            events: Vec::new(),
            bytes: 0,
            has_several: false,
            wholes: Wholes::new(fields.wholes.as_deref()),
            fields_seen: vec![false; fields.raw.len()],
            fields: fields.clone(),
        }
    }

    /// Adds a row; `channel` is the spelling that its channel has everywhere.
    pub fn push(&mut self, row: &Row, origin: Origin, channel_id: u32, channel: &str) {
        let need = self.wholes.as_mut().map_or(Need::Always, |wholes| wholes.need(channel, row.event_id()));
        for &mut (field, ref mut values) in &mut self.system {
            match (values, field) {
                (Values::Numbers(numbers), System::Time) => numbers.append_option(row.time()),
                (Values::Numbers(numbers), System::LogSource) => {
                    numbers.append_value(Logs::number(channel, row.computer()));
                }
                (Values::Numbers(numbers), _) => numbers.append_option(row.numbers[field as usize]),
                (Values::Texts(texts), System::Channel) => {
                    self.bytes += channel.len();
                    texts.append_option((!channel.is_empty()).then_some(channel));
                }
                (Values::Texts(texts), System::EventData | System::Payload) if need == Need::Never => {
                    texts.append_null()
                }
                (Values::Texts(texts), System::EventData) => {
                    let parts = row.own().map(|members| members.json.as_str()).filter(|json| !json.is_empty());
                    if row.is_repeated {
                        let object = repeated::merged(parts, row.is_of_table);
                        self.bytes += object.len();
                        texts.append_value(object);
                        continue;
                    }
                    let mut before = '{';
                    for members in parts {
                        self.bytes += members.len();
                        // Writing to a builder cannot fail.
                        let _ = write!(texts, "{before}{members}");
                        before = ',';
                    }
                    texts.append_value(if before == '{' { "{}" } else { "}" });
                }
                (Values::Texts(texts), System::Payload) => {
                    let text = payload::write(row, channel);
                    if let (Need::Looked(bits), Some(wholes)) = (need, &mut self.wholes)
                        && !wholes.stand_in(bits, &text)
                    {
                        texts.append_null();
                        continue;
                    }
                    self.bytes += text.len();
                    texts.append_value(text);
                }
                (Values::Texts(texts), _) => {
                    let text = row.text(field);
                    self.bytes += text.map_or(0, str::len);
                    texts.append_option(text);
                }
            }
        }
        for ((slot, texts), is_seen) in row.raw.iter().zip(&mut self.raw).zip(&mut self.fields_seen) {
            if slot.is_set {
                self.bytes += slot.text.len();
                texts.push(&slot.text);
                self.has_several |= several::are_in(&slot.text);
                *is_seen = true;
            } else {
                texts.nulls += 1;
            }
        }
        if let Some(origins) = &mut self.origin {
            origins.append_value(origin.to_cell());
        }
        self.channels.push(channel_id);
        self.events.push(row.event_id());
    }

    pub fn is_full(&self) -> bool {
        self.channels.len() >= ROWS || self.bytes >= BYTES
    }

    /// The rows so far as a batch; `None` if there is none. Should they make no batch, the error says how many they were.
    pub fn take(&mut self) -> Option<Result<EventBatch, (u64, ArrowError)>> {
        if self.channels.is_empty() {
            return None;
        }
        self.bytes = 0;
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.system.len() + self.raw.len() + 1);
        for (_, values) in &mut self.system {
            arrays.push(match values {
                Values::Numbers(numbers) => Arc::new(numbers.finish()),
                Values::Texts(texts) => finished(texts),
            });
        }
        let mut nothing = None;
        arrays.extend(self.raw.iter_mut().map(|texts| texts.finished(&mut nothing)));
        if let Some(origins) = &mut self.origin {
            arrays.push(Arc::new(origins.finish()));
        }
        let channels = std::mem::take(&mut self.channels);
        let events = std::mem::take(&mut self.events);
        let has_several = std::mem::take(&mut self.has_several);
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(channels.len()));
        let batch = RecordBatch::try_new_with_options(self.fields.schema().clone(), arrays, &options);
        Some(match batch {
            Ok(batch) => Ok(EventBatch { batch, channels, events, has_several }),
            Err(error) => Err((channels.len() as u64, error)),
        })
    }
}

/// The column as it is, and a builder with room for another like it.
fn finished(texts: &mut StringBuilder) -> ArrayRef {
    let bytes = texts.values_slice().len();
    let next = StringBuilder::with_capacity(texts.len(), bytes + bytes / 8);
    Arc::new(std::mem::replace(texts, next).finish())
}
