//! Rows: one event is gathered field by field in a scratch row and joins the columns only when it is whole, so that a
//! record that breaks off leaves nothing behind.

mod columns;
mod names;
mod payload;
mod provider;
mod repeated;
pub mod shipped;
mod time;
pub mod times;

use std::collections::HashSet;

use functions::several;
use serde::de::DeserializeSeed;

use self::names::{Names, SpellingId};
use self::payload::Pair;
use self::shipped::{Shipped, Shippers};
use self::times::Times;
use crate::event::{Fields, System};
use crate::logs::Logs;
use crate::text::{AsText, Kind, push_json_text};

pub use columns::Columns;
pub use time::parse_time;

/// The field that Sysmon keeps its time in.
pub const SYSMON_TIME: &str = "UtcTime";
/// Buffers that one event made longer than this are not kept for the next.
const KEPT: usize = 64 << 10;
/// How long the name of a channel or a host may be. Windows allows less; what is cut is hostile.
const NAME: usize = 1 << 10;

/// The event that is being read. Its buffers are used again for the next one.
pub struct Row {
    system: Vec<Slot>,
    numbers: [Option<i64>; System::ALL.len()],
    raw: Vec<Slot>,
    names: Names,
    wants: [bool; System::ALL.len()],
    times: Times,
    /// What the field that Sysmon keeps its time in says; another provider may mean anything by it.
    sysmon_time: Option<i64>,
    is_sysmon: bool,
    /// It is a row of an exported table; no event may say so of itself.
    is_of_table: bool,
    /// What may be the provider, and may be a field of the event that is called so.
    named_provider: String,
    /// The members of EventData.
    data_json: String,
    shipped: Shipped,
    /// A shipper's fields are to be in EventData too.
    is_whole: bool,
    data_text: String,
    pairs: Vec<Pair>,
    /// Counts the events, so that names remember the last that had them; the few that nobody remembers are here.
    event: u64,
    unremembered: HashSet<String>,
    /// It has a field several times.
    is_repeated: bool,
}

/// A data field by its spelling.
#[derive(Debug, Clone, Copy)]
pub struct DataField(Option<SpellingId>);

#[derive(Debug, Clone, Default)]
struct Slot {
    name: String,
    text: String,
    is_set: bool,
    is_exact: bool,
    /// The name of the field that it shows, where that is spelt otherwise.
    spelling: String,
}

impl Row {
    pub fn new(fields: &Fields) -> Self {
        let mut wants = [false; System::ALL.len()];
        for field in &fields.system {
            wants[*field as usize] = true;
        }
        if wants[System::Payload as usize] {
            // A payload is made of all that comes before it.
            wants[..System::Payload as usize].fill(true);
            wants[System::EventData as usize] = fields.system.contains(&System::EventData);
        }
        Row {
            system: vec![Slot::default(); System::ALL.len()],
            numbers: [None; System::ALL.len()],
            raw: fields.raw.iter().map(|name| Slot { name: name.clone(), ..Slot::default() }).collect(),
            names: Names::new(&fields.raw),
            wants,
            times: Times::default(),
            sysmon_time: None,
            is_sysmon: false,
            is_of_table: false,
            named_provider: String::new(),
            data_json: String::new(),
            shipped: Shipped::default(),
            is_whole: fields.is_whole,
            data_text: String::new(),
            pairs: Vec::new(),
            event: 0,
            unremembered: HashSet::new(),
            is_repeated: false,
        }
    }

    pub fn clear(&mut self) {
        for slot in self.system.iter_mut().chain(&mut self.raw).filter(|slot| slot.is_set) {
            empty(&mut slot.text);
            slot.is_set = false;
            slot.is_exact = false;
        }
        self.numbers.fill(None);
        self.times = Times::default();
        self.sysmon_time = None;
        self.is_sysmon = false;
        self.is_of_table = false;
        empty(&mut self.named_provider);
        empty(&mut self.data_json);
        self.shipped.clear();
        empty(&mut self.data_text);
        self.pairs.clear();
        self.event += 1;
        self.unremembered.clear();
        self.is_repeated = false;
    }

    /// Sets a system field from its text.
    pub fn set(&mut self, field: System, text: &str) {
        if several::are_in(text) {
            return self.set(field, &several::lines(text));
        }
        match field {
            System::Time => self.set_time(times::OWN, text),
            System::Keywords => {
                // A collector that prints the bits as a signed number means the same bits.
                match text.parse::<i64>() {
                    Ok(bits) => self.set_text(field, &format!("0x{bits:x}")),
                    Err(_) => self.set_text(field, text),
                }
            }
            field if field.is_number() => {
                self.set_number(field, number(text));
            }
            field => {
                self.is_sysmon |= is_sysmon(field, text);
                self.set_text(field, text);
            }
        }
    }

    /// Sets a system field that is a number.
    pub fn set_number(&mut self, field: System, number: Option<i64>) {
        // Tables hold event ids as 32 bits; one beyond them must not pass for another.
        let fits = |number: &i64| field != System::EventID || (0..=i64::from(i32::MAX)).contains(number);
        self.numbers[field as usize] = number.filter(fits);
    }

    fn set_text(&mut self, field: System, text: &str) {
        if !self.wants[field as usize] && !matches!(field, System::Channel | System::Computer | System::Provider) {
            return;
        }
        let text = match field {
            System::Channel | System::Computer => &text[..text.floor_char_boundary(NAME)],
            _ => text,
        };
        if let Some(slot) = self.system.get_mut(field as usize) {
            slot.text.clear();
            slot.text.push_str(text);
            slot.is_set = true;
        }
    }

    /// Makes the row one of an exported table, which has a channel of its own.
    pub fn set_table(&mut self, channel: &str) {
        self.set(System::Channel, channel);
        self.is_of_table = true;
    }

    /// An event whose channel is called like that of an exported table would pass for a row of it.
    pub fn is_disguised(&self) -> bool {
        !self.is_of_table && Logs::table_of(self.channel()).is_some()
    }

    /// Takes one of the event's times, from a source of this rank.
    pub fn set_time(&mut self, rank: u8, text: &str) {
        self.times.set(rank, text);
    }

    /// Takes the event's time as [`Row::set`] does from its text.
    pub fn set_ticks(&mut self, ticks: i64) {
        self.times.set_own(ticks);
    }

    /// Whether it has a time that no other one of it changes.
    pub fn has_sysmons_time(&self) -> bool {
        self.is_sysmon && self.sysmon_time.is_some()
    }

    /// What receipts of other events prove of the host's zone.
    pub fn know_zones(&mut self, proven: times::Proven) {
        self.times.know(proven);
    }

    /// The zone of the host as far as the event's receipt shows it.
    pub fn receipt(&mut self) -> Option<i64> {
        self.times.receipt()
    }

    pub fn set_record(&mut self, record: i64) {
        self.numbers[System::Record as usize].get_or_insert(record);
    }

    pub fn set_missing_time(&mut self, ticks: impl FnOnce() -> Option<i64>) {
        self.times.set_missing(ticks);
    }

    /// Whether a system field is kept, or says something of the event beside its own value.
    pub fn wants_system(&self, field: System) -> bool {
        let tells =
            [System::Time, System::Channel, System::Provider, System::EventID, System::Computer, System::Record];
        self.wants[field as usize] || tells.contains(&field)
    }

    /// Whether a data field of this name is kept by anything that was asked for, or says something of the event.
    pub fn wants_data(&mut self, name: &str) -> bool {
        if name == SYSMON_TIME || self.wants[System::EventData as usize] || self.wants[System::Payload as usize] {
            return true;
        }
        !self.names.columns(name).is_empty()
    }

    /// Sets a field of EventData or UserData. A raw column takes the field that is spelt as it is, else the last one that differs
    /// by case alone. A field that comes several times is several values, except of a table's row.
    pub fn set_data(&mut self, name: &str, text: &str, kind: Kind) {
        let field = self.field(name);
        self.set_field(field, name, text, kind);
    }

    /// Looks a data field's name up, for whoever meets it again and again.
    pub fn field(&mut self, name: &str) -> DataField {
        DataField(self.names.find(name))
    }

    /// As [`Row::set_data`], of a name that was looked up.
    pub fn set_field(&mut self, field: DataField, name: &str, text: &str, kind: Kind) {
        if name == SYSMON_TIME {
            // Whether the event is Sysmon's may be said later.
            self.sysmon_time = parse_time(text);
        }
        let kind = if kind == Kind::List && !several::are_in(text) { Kind::Scalar } else { kind };
        if self.wants[System::EventData as usize] {
            let held = if self.is_whole { None } else { self.shipped.hold(name, text, kind) };
            let out = held.unwrap_or(&mut self.data_json);
            if !out.is_empty() {
                out.push(',');
            }
            let is_first = match field.0 {
                Some(spelling) => self.names.push_member(spelling, self.event, out),
                None => {
                    push_json_text(out, name);
                    out.push(':');
                    self.unremembered.insert(name.to_owned())
                }
            };
            self.is_repeated |= !is_first;
            match kind {
                Kind::Null => out.push_str("null"),
                Kind::Scalar => push_json_text(out, text),
                Kind::List => repeated::push_list(out, text),
                Kind::Nested => out.push_str(text),
            }
        }
        if self.wants[System::Payload as usize] {
            if !self.wants[System::EventData as usize] {
                self.is_repeated |= self.meet(field, name);
            }
            payload::push_pair(&mut self.data_text, name, &several::lines(text));
            self.pairs.push(Pair { name: name.len(), end: self.data_text.len(), is_null: kind == Kind::Null });
        }
        if kind != Kind::Null {
            self.show(field, name, text, kind);
        }
    }

    /// Whether the event had a field of this name before.
    fn meet(&mut self, field: DataField, name: &str) -> bool {
        match field.0 {
            Some(spelling) => !self.names.is_first_in(spelling, self.event),
            None => !self.unremembered.insert(name.to_owned()),
        }
    }

    /// Fills the raw columns of a field.
    #[inline]
    fn show(&mut self, field: DataField, name: &str, text: &str, kind: Kind) {
        let columns = match field.0 {
            Some(spelling) => self.names.columns_of(spelling),
            None => self.names.columns(name),
        };
        for index in columns {
            let Some(slot) = self.raw.get_mut(*index) else { continue };
            let is_exact = slot.name == name;
            if !is_exact && slot.is_exact {
                continue;
            }
            // A row of a table has one value in each column.
            let is_further = slot.is_set && slot.is_exact == is_exact && (is_exact || slot.spelling == name);
            if is_further && !self.is_of_table {
                several::add(&mut slot.text, text);
                continue;
            }
            slot.text.clear();
            match kind {
                Kind::List => slot.text.push_str(text),
                _ => slot.text.push_str(&several::one(text)),
            }
            slot.is_set = true;
            slot.is_exact = is_exact;
            if !is_exact {
                slot.spelling.clear();
                slot.spelling.push_str(name);
            }
        }
    }

    /// As [`Row::set_data`], of a cell that may be a list of JSON.
    pub fn set_cell(&mut self, name: &str, text: &str, kind: Kind) {
        let mut values = String::new();
        let is_list = kind == Kind::Nested
            && text.starts_with('[')
            && AsText(&mut values).deserialize(&mut serde_json::Deserializer::from_str(text)).is_ok();
        match is_list {
            true => self.set_data(name, &values, Kind::List),
            false => self.set_data(name, text, kind),
        }
    }

    /// Tells who shipped the record, of which only some fields will be set.
    pub fn set_shippers(&mut self, by: Shippers) {
        self.shipped.tell(by);
    }

    /// An event has at least an id or a channel.
    pub fn is_event(&self) -> bool {
        self.numbers[System::EventID as usize].is_some() || !self.channel().is_empty()
    }

    pub fn channel(&self) -> &str {
        self.text(System::Channel).unwrap_or("")
    }

    pub fn set_named_provider(&mut self, text: &str) {
        self.named_provider.clear();
        self.named_provider.push_str(text);
    }

    /// An event that does not name its log is of the one that its provider writes to.
    pub fn complete(&mut self) {
        if !self.named_provider.is_empty() {
            let name = std::mem::take(&mut self.named_provider);
            match self.text(System::Provider) {
                None => self.set(System::Provider, &name),
                Some(_) => self.set_data("ProviderName", &name, Kind::Scalar),
            }
        }
        if self.channel().is_empty()
            && let Some(channel) = self.text(System::Provider).and_then(provider::channel)
        {
            self.set(System::Channel, channel);
        }
    }

    pub fn computer(&self) -> &str {
        self.text(System::Computer).unwrap_or("")
    }

    pub fn event_id(&self) -> i64 {
        self.numbers[System::EventID as usize].unwrap_or(-1)
    }

    pub fn record(&self) -> i64 {
        self.numbers[System::Record as usize].unwrap_or(0)
    }

    pub fn time(&self) -> Option<i64> {
        let logged = self.times.get();
        if self.is_sysmon { self.sysmon_time.or(logged) } else { logged.or(self.sysmon_time) }
    }

    fn text(&self, field: System) -> Option<&str> {
        self.system.get(field as usize).filter(|slot| slot.is_set).map(|slot| slot.text.as_str())
    }
}

fn empty(buffer: &mut String) {
    if buffer.capacity() > KEPT {
        *buffer = String::new();
    }
    buffer.clear();
}

fn is_sysmon(field: System, text: &str) -> bool {
    let name = match field {
        System::Channel => "Microsoft-Windows-Sysmon/Operational",
        System::Provider => "Microsoft-Windows-Sysmon",
        _ => return false,
    };
    text == name || text.eq_ignore_ascii_case(name)
}

fn number(text: &str) -> Option<i64> {
    // Most are short and plain.
    if text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        return Some(text.bytes().fold(0, |sum, byte| 10 * sum + i64::from(byte - b'0')));
    }
    match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.trim().parse().ok(),
    }
}
