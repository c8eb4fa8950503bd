//! What a shipper wrote beside the fields of an event: kept under its name, but no part of EventData.
//!
//! Who shipped a record may be said behind its fields, so those that could be a shipper's are held apart until it is whole.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use foldhash::fast::RandomState;
use serde::Deserialize;

use super::payload::Pair;
use crate::text::Kind;

const FILE: &str = include_str!("../../tables/shippers.toml");
/// Which shippers a field may be of, one bit each; the last for what one made of the event's own fields.
const MADE: u16 = 1 << 15;
/// The text that one rendered of them.
const RENDERED: u16 = 1 << 14;
const SETS: usize = 8;

/// Whose a field is, as far as the place tells where it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whose {
    Shipper,
    /// Its name and its record tell.
    #[default]
    Anyone,
    Event,
}

impl Whose {
    /// What stands before a name where all fields are kept, if it must be known later whose the field is.
    pub fn mark(self, name: &str) -> Option<char> {
        match self {
            Whose::Shipper => Some(SHIPPERS),
            Whose::Event if name.starts_with(MARKS) || known().get(name).is_some() => Some(EVENTS),
            Whose::Anyone if name.starts_with(MARKS) => Some(ANYONES),
            Whose::Event | Whose::Anyone => None,
        }
    }

    /// Whose field has a name with such a mark, and the name without it.
    pub fn of_marked(name: &str) -> (Whose, &str) {
        let marked = |mark: char, whose: Whose| name.strip_prefix(mark).map(|name| (whose, name));
        let found = marked(EVENTS, Whose::Event).or_else(|| marked(SHIPPERS, Whose::Shipper));
        found.or_else(|| marked(ANYONES, Whose::Anyone)).unwrap_or((Whose::Anyone, name))
    }
}

const EVENTS: char = '\u{1}';
const SHIPPERS: char = '\u{2}';
const ANYONES: char = '\u{3}';
const MARKS: [char; 3] = [EVENTS, SHIPPERS, ANYONES];

/// The fields of one record that may be a shipper's.
#[derive(Debug, Default)]
pub struct Shipped {
    by: Shippers,
    /// The fields, apart by whose they may be, in the order in which the first of each came; behind them memory for others.
    held: Vec<(u16, Members)>,
    count: usize,
}

/// Fields as the members of an object of JSON, and as pairs of a payload.
#[derive(Debug, Default)]
pub struct Members {
    pub json: String,
    pub pairs: String,
    pub ends: Vec<Pair>,
}

impl Members {
    pub fn clear(&mut self) {
        super::empty(&mut self.json);
        super::empty(&mut self.pairs);
        self.ends.clear();
    }

    /// Each pair of the payload.
    pub fn each_pair(&self) -> impl Iterator<Item = (&str, &Pair)> {
        let mut start = 0;
        self.ends.iter().map(move |pair| {
            let text = self.pairs.get(start..pair.end).unwrap_or_default();
            let text = if start == 0 { text } else { text.get(1..).unwrap_or_default() };
            start = pair.end;
            (text, pair)
        })
    }

    fn is_empty(&self) -> bool {
        self.json.is_empty() && self.pairs.is_empty()
    }
}

/// Who shipped a record.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shippers {
    by: u16,
    /// It has fields that are no shipper's.
    has_own: bool,
}

impl Shippers {
    /// Of a record with these fields, whichever of them are looked at.
    pub fn of<'n>(names: impl Iterator<Item = (&'n str, Whose)>) -> Self {
        let mut of = Shippers::default();
        for (name, whose) in names {
            match known().get(name) {
                Some(name) if whose == Whose::Anyone => of.by |= name.marks,
                _ => of.has_own |= whose != Whose::Shipper,
            }
        }
        of
    }
}

impl Shipped {
    pub fn clear(&mut self) {
        self.by = Shippers::default();
        self.held.iter_mut().take(std::mem::take(&mut self.count)).for_each(|(_, members)| members.clear());
    }

    /// Tells who shipped the record before its fields do.
    pub fn tell(&mut self, by: Shippers) {
        self.by = by;
    }

    /// Where a field that may be a shipper's is held until it is known; `None` for one of the event's own.
    pub fn hold(&mut self, name: &str, text: &str, kind: Kind) -> Option<&mut Members> {
        let known = known().get(name)?;
        self.by.by |= known.marks;
        let of = known.of(text);
        // What a shipper makes are objects, whole or member by member; an event may well have a field `process` itself.
        let is_single = kind != Kind::Nested && !name.contains('.');
        if of == 0 || of & MADE != 0 && is_single {
            return None;
        }
        let place = match self.held.iter().take(self.count).position(|(set, _)| *set == of) {
            Some(place) => place,
            None if self.count < SETS => {
                self.count += 1;
                self.count - 1
            }
            None => return None,
        };
        if self.held.len() == place {
            self.held.push((of, Members::default()));
        }
        let (set, members) = self.held.get_mut(place)?;
        *set = of;
        Some(members)
    }

    /// Those that are the event's after all; `has_own` tells whether it has any beside.
    pub fn own(&self, has_own: bool) -> impl Iterator<Item = &Members> {
        let Shippers { by, has_own: has_others } = self.by;
        let is_own = move |of: u16| of & by == 0 || of & (MADE | RENDERED) != 0 && !has_own && !has_others;
        let held = self.held.iter().take(self.count).filter(move |(of, members)| is_own(*of) && !members.is_empty());
        held.map(|(_, members)| members)
    }
}

/// What is known of a name.
#[derive(Default)]
struct Name {
    /// The shippers whose field it is, and those that it tells of.
    of: u16,
    marks: u16,
    /// A shipper writes only these words into it.
    words: Vec<(u16, Vec<String>)>,
    /// A text that holds one of these is the event's own.
    own: Vec<String>,
}

impl Name {
    fn of(&self, text: &str) -> u16 {
        if self.own.iter().any(|part| text.contains(part.as_str())) {
            return 0;
        }
        let others = self.words.iter().filter(|(_, words)| !words.iter().any(|word| word == text));
        others.fold(self.of, |of, (shipper, _)| of & !shipper)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shipper {
    marks: Vec<String>,
    fields: Vec<String>,
    #[serde(default)]
    made: Vec<String>,
    #[serde(default)]
    rendered: Vec<String>,
    #[serde(default)]
    words: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    own: BTreeMap<String, Vec<String>>,
}

/// The names of the table.
struct Known {
    names: HashMap<String, Name, RandomState>,
    /// By their first byte the lengths that they have, one bit each: most fields need not be looked up.
    lengths: [u64; 256],
}

impl Known {
    fn get(&self, name: &str) -> Option<&Name> {
        let first = name.bytes().next()?;
        let lengths = self.lengths.get(usize::from(first)).copied().unwrap_or(0);
        if lengths == 0 {
            return None;
        }
        let name = name.split('.').next().unwrap_or(name);
        let may_be = lengths & 1 << name.len().min(63) != 0;
        may_be.then(|| self.names.get(name))?
    }

    fn name(&mut self, name: String) -> &mut Name {
        let first = name.bytes().next().unwrap_or(0);
        if let Some(lengths) = self.lengths.get_mut(usize::from(first)) {
            *lengths |= 1 << name.len().min(63);
        }
        self.names.entry(name).or_default()
    }
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let file: BTreeMap<String, Shipper> = toml::from_str(FILE).unwrap_or_default();
        let mut known = Known { names: HashMap::default(), lengths: [0; 256] };
        for (place, shipper) in file.into_values().enumerate() {
            let bit = 1 << place;
            shipper.fields.into_iter().for_each(|name| known.name(name).of |= bit);
            shipper.made.into_iter().for_each(|name| known.name(name).of |= bit | MADE);
            shipper.rendered.into_iter().for_each(|name| known.name(name).of |= bit | RENDERED);
            shipper.marks.into_iter().for_each(|name| known.name(name).marks |= bit);
            for (name, words) in shipper.words {
                known.name(name).words.push((bit, words));
            }
            for (name, parts) in shipper.own {
                known.name(name).own = parts;
            }
        }
        known
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Fields;
    use crate::row::{Columns, Row};
    use crate::text::Kind;
    use crate::trial::{cell, one};
    use functions::origin::Origin;

    fn data(line: &str) -> String {
        cell(&one(line, &["System_EventData"]), "System_EventData", 0)
    }

    #[test]
    fn what_nxlog_writes_of_its_own_is_not_the_events() {
        let shipped = r#"{"EventTime":"2020-06-09 22:50:54","@timestamp":"2020-06-10T02:50:56Z","Hostname":"PC","EventType":"INFO","Severity":"INFO","SeverityValue":2,"EventID":1,"Channel":"X","AccountName":"SYSTEM","AccountType":"User","Domain":"NT AUTHORITY","Category":"c","Opcode":"Info","Message":"m","Image":"a.exe","tags":["t"],"host":"h","SourceModuleName":"in","SourceModuleType":"im_msvistalog"}"#;
        assert_eq!(data(shipped), r#"{"Image":"a.exe"}"#);
        let batch = one(shipped, &["AccountName", "Message", "System_EventData"]);
        assert_eq!((cell(&batch, "AccountName", 0), cell(&batch, "Message", 0)), ("SYSTEM".into(), "m".into()));
        assert_eq!(
            data(&shipped.replace(r#""EventType":"INFO""#, r#""EventType":"SetValue""#)),
            r#"{"EventType":"SetValue","Image":"a.exe"}"#
        );
        let service = shipped.replace(r#""AccountName":"SYSTEM""#, r#""AccountName":".\\svc""#);
        assert_eq!(data(&service), r#"{"AccountName":".\\svc","Image":"a.exe"}"#);
        // Where there is nothing else, the message is what the event says.
        let bare = shipped.replace(r#","Image":"a.exe""#, "");
        assert_eq!(data(&bare), r#"{"Message":"m"}"#);
        let collected = r#"{"EventID":1,"Channel":"X","@timestamp":"2020-06-10T02:50:56Z","TimeCreated":"2020-06-10T02:50:56Z","Image":"a.exe","Message":"m"}"#;
        assert_eq!(data(collected), r#"{"Image":"a.exe","Message":"m"}"#);
        // Nobody says that it was shipped.
        let own = r#"{"EventID":7045,"Channel":"System","AccountName":"LocalSystem","ServiceName":"s","Message":"m"}"#;
        assert_eq!(data(own), r#"{"AccountName":"LocalSystem","ServiceName":"s","Message":"m"}"#);
    }

    #[test]
    fn who_shipped_a_record_may_be_told_where_few_of_its_fields_are_looked_at() {
        let names = ["agent", "process", "Image"];
        let data = |told: Shippers| {
            let fields = Fields::new(["System_EventData"], false);
            let (mut row, mut columns) = (Row::new(&fields), Columns::new(&fields));
            row.clear();
            row.set_shippers(told);
            row.set_data("process", r#"{"name":"a.exe"}"#, Kind::Nested, Whose::Anyone);
            let origin = Origin { file: 0, ordinal: 0, log: 0, record: 0, time: Origin::NO_TIME };
            columns.push(&row, origin, 0, "");
            cell(&columns.take().unwrap().unwrap().batch, "System_EventData", 0)
        };
        let names = names.map(|name| (name, Whose::Anyone)).into_iter();
        assert_eq!(data(Shippers::of(names.clone())), "{}");
        let own = r#"{"process":{"name":"a.exe"}}"#;
        assert_eq!(data(Shippers::of(names.clone().take(2))), own);
        assert_eq!(data(Shippers::of(names.skip(1))), own);
        let agent = ("agent", Whose::Event);
        assert_eq!(data(Shippers::of([agent].into_iter())), own, "that the event has such a field tells of no shipper");
    }

    #[test]
    fn an_event_is_the_same_whatever_came_before_it() {
        let fields = Fields::new(["System_EventData"], false);
        let read = |records: &[[&str; 2]]| {
            let (mut row, mut columns) = (Row::new(&fields), Columns::new(&fields));
            for names in records {
                row.clear();
                names.iter().for_each(|name| row.set_data(name, "x", Kind::Scalar, Whose::Anyone));
            }
            let origin = Origin { file: 0, ordinal: 0, log: 0, record: 0, time: Origin::NO_TIME };
            columns.push(&row, origin, 0, "");
            cell(&columns.take().unwrap().unwrap().batch, "System_EventData", 0)
        };
        let (one, other) = (["AccountName", "level"], ["level", "AccountName"]);
        assert_eq!(read(&[one]), r#"{"AccountName":"x","level":"x"}"#);
        assert_eq!(read(&[other, one]), read(&[one]));
        assert_eq!(read(&[one, other]), r#"{"level":"x","AccountName":"x"}"#);
    }

    #[test]
    fn what_beats_write_of_their_own_is_not_the_events_but_may_stand_for_it() {
        let beat = |data: &str| {
            format!(
                r#"{{"@timestamp":"2024-03-01T10:00:00Z","agent":{{"type":"winlogbeat"}},"ecs":{{"version":"8"}},"host":{{"name":"pc"}},"log":{{"level":"info"}},"message":"m","tags":["t"],"event":{{"code":"1"}},"process":{{"executable":"a.exe"}},"winlog":{{"channel":"X","event_id":1,"api":"wineventlog","opcode":"Info","task":"t"{data}}}}}"#
            )
        };
        let sshd = beat(r#","event_data":{"process":"sshd","payload":"x"}"#);
        assert_eq!(data(&sshd), r#"{"process":"sshd","payload":"x"}"#);
        let own = beat(r#","event_data":{"Image":"a.exe","AccountName":"x","Message":"own"}"#);
        assert_eq!(data(&own), r#"{"Image":"a.exe","AccountName":"x","Message":"own"}"#);
        assert_eq!(data(&beat("")), r#"{"process":{"executable":"a.exe"}}"#);
        assert_eq!(cell(&one(&own, &["message", "System_EventData"]), "message", 0), "m");
    }

    const OWN: &str = r#""event_data":{"Image":"a.exe","level":"high","type":"t","host":"h","agent":"x"}"#;
    const OWN_DATA: &str = r#"{"Image":"a.exe","level":"high","type":"t","host":"h","agent":"x"}"#;

    #[test]
    fn what_stands_in_the_events_own_data_is_the_events_and_what_stands_beside_it_the_shippers() {
        let beat = |more: &str| {
            format!(
                r#"{{"@timestamp":"2024-03-01T10:00:00Z","event":{{"outcome":"success"}},"level":"info","winlog":{{"channel":"X","event_id":1,"time_created":"2024-03-01T10:00:00Z","logon":{{"type":"x"}},"trustAttribute":"y",{more}}}}}"#
            )
        };
        assert_eq!(data(&beat(OWN)), OWN_DATA);
        assert_eq!(data(&beat(r#""event_data":{}"#)), "{}");
        let evtx = format!(r#"{{"Event":{{"System":{{"EventID":1,"Channel":"X"}},{OWN}}}}}"#);
        assert_eq!(data(&evtx.replace("event_data", "EventData")), OWN_DATA);
        let dotted = r#"{"@timestamp":"2024-03-01T10:00:00Z","event.outcome":"success","host.name":"h","log.level":"info","winlog.channel":"X","winlog.event_id":1,"winlog.event_data.Image":"a.exe","winlog.event_data.level":"high","winlog.logon.id":"7"}"#;
        assert_eq!(data(dotted), r#"{"Image":"a.exe","level":"high"}"#);
        let found = one(&beat(OWN), &["trustAttribute", "Image"]);
        assert_eq!([cell(&found, "trustAttribute", 0), cell(&found, "Image", 0)], ["y", "a.exe"]);
    }

    #[test]
    fn a_payload_has_no_fields_of_a_shipper() {
        let message = |line: &str| {
            let payload = cell(&one(line, &["System_Payload"]), "System_Payload", 0);
            payload.split_once("\tMessage=").unwrap().1.to_owned()
        };
        let flat =
            r#"{"EventID":1,"Channel":"X","SourceModuleName":"in","Severity":"INFO","Image":"a.exe","tags":["t"]}"#;
        assert_eq!(message(flat), "Image: a.exe");
        assert_eq!(message(&flat.replace(r#""SourceModuleName":"in","#, "")), "Image: a.exe Severity: INFO tags: t");
        let beat = format!(r#"{{"@timestamp":"2024","winlog":{{"event_id":1,"channel":"X","logon":"n",{OWN}}}}}"#);
        assert_eq!(message(&beat), "Image: a.exe level: high type: t host: h agent: x");
    }
}
