//! Rows: one event is gathered field by field in a scratch row and joins the columns only when it is whole, so that a
//! record that breaks off leaves nothing behind.

mod columns;
mod fields;
mod names;
mod payload;
mod provider;
mod repeated;
pub mod shipped;
mod time;
pub mod times;
mod waiting;

use std::collections::HashSet;

use self::names::Names;
use self::shipped::{Members, Shipped, Shippers, Whose};
use self::times::Times;
use self::waiting::Waiting;
use crate::event::{Fields, System};
use crate::logs::Logs;
use crate::rows::typed::{Misfit, whole};
use crate::text::Kind;
use functions::cast::shown_long;
use functions::{Type, several};

pub use columns::Columns;
pub use fields::DataField;
pub use time::parse_time;

/// The field that Sysmon keeps its time in.
pub const SYSMON_TIME: &str = "UtcTime";
/// What older collectors call the process that wrote a record, and events one of their own fields.
const WRITER: &str = "ProcessID";
/// What an event calls its number.
const RECORD: &str = "EventRecordID";
/// Buffers that one event made longer than this are not kept for the next.
const KEPT: usize = 64 << 10;
/// How long the name of a channel or a host may be. Windows allows less; what is cut is hostile.
pub const NAME: usize = 1 << 10;

/// The event that is being read. Its buffers are used again for the next one.
pub struct Row {
    system: Vec<Slot>,
    numbers: [Option<i64>; System::ALL.len()],
    raw: Vec<Slot>,
    /// The slots of either that are set.
    filled: Vec<usize>,
    filled_raw: Vec<usize>,
    names: Names,
    wants: [bool; System::ALL.len()],
    times: Times,
    /// Times that are read once it shows that they count.
    waiting: Waiting,
    /// The first text that should be one of the event's times and is none.
    unread_time: String,
    /// Where in the file the event stands, for one without a number of its own.
    place: i64,
    /// What of the event's own id and number is none.
    misfits: Vec<Misfit>,
    /// What the field that Sysmon keeps its time in says; another provider may mean anything by it.
    sysmon_time: Option<i64>,
    is_sysmon: bool,
    /// It is a row of an exported table; no event may say so of itself.
    is_of_table: bool,
    /// What may be the provider, and may be a field of the event that is called so.
    named_provider: String,
    /// Whether something is asked for that may hold such an id, where another field says it too.
    tells_writer: bool,
    /// What may be the id of the process that wrote the record, and may be a field of the event that is called so.
    writer: String,
    /// The event's own fields.
    data: Members,
    shipped: Shipped,
    is_of_beats: bool,
    /// A shipper's fields are to be in EventData too.
    is_whole: bool,
    /// Counts the events, so that names remember the last that had them; the few that nobody remembers are here.
    event: u64,
    unremembered: HashSet<String>,
    /// It has a field several times.
    is_repeated: bool,
}

#[derive(Debug, Clone, Default)]
struct Slot {
    text: String,
    is_set: bool,
    is_exact: bool,
    /// The name of the field that it shows, where that is spelt otherwise.
    spelling: String,
    whose: Whose,
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
            raw: vec![Slot::default(); fields.raw.len()],
            filled: Vec::new(),
            filled_raw: Vec::new(),
            names: Names::new(&fields.raw),
            wants,
            times: Times::default(),
            waiting: Waiting::default(),
            unread_time: String::new(),
            place: 0,
            misfits: Vec::new(),
            sysmon_time: None,
            is_sysmon: false,
            is_of_table: false,
            named_provider: String::new(),
            tells_writer: fields.raw.iter().any(|name| name.eq_ignore_ascii_case(WRITER))
                || wants[System::EventData as usize]
                || wants[System::Payload as usize],
            writer: String::new(),
            data: Members::default(),
            shipped: Shipped::default(),
            is_of_beats: false,
            is_whole: fields.is_whole,
            event: 0,
            unremembered: HashSet::new(),
            is_repeated: false,
        }
    }

    pub fn clear(&mut self) {
        for (slots, filled) in [(&mut self.system, &mut self.filled), (&mut self.raw, &mut self.filled_raw)] {
            for place in filled.drain(..) {
                let Some(slot) = slots.get_mut(place) else { continue };
                empty(&mut slot.text);
                slot.is_set = false;
                slot.is_exact = false;
            }
        }
        self.numbers.fill(None);
        self.times = Times::default();
        self.waiting.clear();
        empty(&mut self.unread_time);
        self.misfits.clear();
        self.sysmon_time = None;
        self.is_sysmon = false;
        self.is_of_table = false;
        empty(&mut self.named_provider);
        empty(&mut self.writer);
        self.data.clear();
        self.shipped.clear();
        self.is_of_beats = false;
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
                if self.numbers[field as usize].is_none() {
                    self.set_misfit(field, text);
                }
            }
            field => {
                self.is_sysmon = self.is_sysmon || is_sysmon(field, text);
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

    /// Takes a text that is no value of a field that tells one event from another.
    pub fn set_misfit(&mut self, field: System, text: &str) {
        let (name, kind) = match field {
            System::EventID => ("EventID", Type::Int),
            System::Record => (RECORD, Type::Long),
            _ => return,
        };
        if !text.trim().is_empty() {
            self.misfits.push(Misfit::of_event(name, kind, text));
        }
    }

    /// What of the event's own id and number is none.
    pub fn misfits(&mut self) -> Vec<Misfit> {
        std::mem::take(&mut self.misfits)
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
            if !std::mem::replace(&mut slot.is_set, true) {
                self.filled.push(field as usize);
            }
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
        if !self.waiting.push(rank, text) {
            self.read_times();
            self.read_time(rank, text);
        }
    }

    /// Takes the event's time as [`Row::set`] does from its text.
    pub fn set_ticks(&mut self, ticks: i64) {
        self.read_times();
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
        self.read_times();
        self.times.receipt()
    }

    pub fn set_record(&mut self, record: i64) {
        self.place = record;
        // One that says a number which cannot be held has not that of its line.
        if !self.misfits.iter().any(|misfit| misfit.column == RECORD) {
            self.numbers[System::Record as usize].get_or_insert(record);
        }
    }

    pub fn set_missing_time(&mut self, ticks: impl FnOnce() -> Option<i64>) {
        if self.is_sysmon && self.sysmon_time.is_some() {
            return self.waiting.clear();
        }
        self.read_times();
        self.times.set_missing(ticks);
    }

    fn read_times(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        for (rank, text) in waiting.texts() {
            self.read_time(rank, text);
        }
        waiting.clear();
        self.waiting = waiting;
    }

    fn read_time(&mut self, rank: u8, text: &str) {
        if self.times.set(rank, text) && self.unread_time.is_empty() {
            let text = text.trim_matches(|c: char| c.is_whitespace() || c == '-');
            self.unread_time.push_str(text.get(..text.floor_char_boundary(NAME)).unwrap_or_default());
        }
    }

    /// What should be the event's time, if all that it has are texts that are none.
    pub fn unread_time(&self) -> Option<Misfit> {
        let is_told = self.unread_time.is_empty() || self.is_of_table || self.time().is_some();
        (!is_told).then(|| Misfit::of_event("the event's time", Type::Datetime, &self.unread_time))
    }

    /// Whether a system field is kept, or says something of the event beside its own value.
    pub fn wants_system(&self, field: System) -> bool {
        let tells =
            [System::Time, System::Channel, System::Provider, System::EventID, System::Computer, System::Record];
        self.wants[field as usize] || tells.contains(&field) || field == System::ProcessID && self.tells_writer
    }

    /// Whether a data field of this name is kept by anything that was asked for, or says something of the event.
    pub fn wants_data(&mut self, name: &str) -> bool {
        if name == SYSMON_TIME || self.wants[System::EventData as usize] || self.wants[System::Payload as usize] {
            return true;
        }
        self.names.fills(name)
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

    /// The record has the object, or the names, that a beat keeps an event in.
    pub fn set_of_beats(&mut self) {
        let is_asked = self.wants[System::EventData as usize] || self.wants[System::Payload as usize];
        if is_asked && !self.is_of_beats {
            self.is_of_beats = true;
            self.set_data("winlog", "", Kind::Null, Whose::Anyone);
        }
    }

    /// Takes a number that a header has; what is none is a field of the event that is called so.
    pub fn set_numbered(&mut self, field: System, name: &str, text: &str, kind: Kind) {
        match kind {
            Kind::Null => {}
            Kind::Scalar if number(text).is_some() => self.set(field, text),
            _ => self.set_data(name, text, kind, Whose::Anyone),
        }
    }

    /// Takes the id of the process that wrote the record, under a name that an event's own field may have too.
    pub fn set_writer(&mut self, text: &str) {
        self.writer.clear();
        self.writer.push_str(text);
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
                Some(_) => self.set_data("ProviderName", &name, Kind::Scalar, Whose::Anyone),
            }
        }
        if !self.writer.is_empty() {
            let writer = std::mem::take(&mut self.writer);
            match self.numbers[System::ProcessID as usize] {
                None => self.set(System::ProcessID, &writer),
                Some(_) => self.set_data(WRITER, &writer, Kind::Scalar, Whose::Anyone),
            }
        }
        if self.channel().is_empty()
            && let Some(channel) =
                self.text(System::Provider).and_then(|provider| provider::channel(provider, self.event_id()))
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
        self.numbers[System::Record as usize].unwrap_or(self.place)
    }

    pub fn time(&self) -> Option<i64> {
        match self.sysmon_time {
            Some(time) if self.is_sysmon => Some(time),
            other => self.times.get().or(other),
        }
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

/// The number that a field of a log says.
pub fn number(text: &str) -> Option<i64> {
    // Most are short and plain.
    if matches!(text.len(), 1..=9) {
        let (sum, is_plain) = text.bytes().fold((0, true), |(sum, is_plain), byte| {
            let digit = byte.wrapping_sub(b'0');
            (10 * sum + i64::from(digit), is_plain & (digit <= 9))
        });
        if is_plain {
            return Some(sum);
        }
    }
    match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => shown_long(text).or_else(|| whole(text.trim())?.parse().ok()),
    }
}
