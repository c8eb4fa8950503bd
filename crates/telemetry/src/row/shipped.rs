//! What a shipper wrote beside the fields of an event: kept under its name, but no part of EventData.
//!
//! Who shipped a record may be said behind its fields, so those that could be a shipper's are held apart until it is whole.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use foldhash::fast::RandomState;
use serde::Deserialize;

use crate::text::Kind;

const FILE: &str = include_str!("../../tables/shippers.toml");
/// Which shippers a field may be of, one bit each; the last for what one made of the event's own fields.
const MADE: u16 = 1 << 15;
const SETS: usize = 6;

/// The fields of one record that may be a shipper's, as members of an object of JSON.
#[derive(Debug, Default)]
pub struct Shipped {
    by: Shippers,
    /// The fields, apart by whose they may be.
    held: Vec<(u16, String)>,
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
    pub fn of<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut of = Shippers::default();
        for name in names {
            match known().get(name) {
                Some(name) => of.by |= name.marks,
                None => of.has_own = true,
            }
        }
        of
    }
}

impl Shipped {
    pub fn clear(&mut self) {
        self.by = Shippers::default();
        self.held.iter_mut().for_each(|(_, fields)| super::empty(fields));
    }

    /// Tells who shipped the record before its fields do.
    pub fn tell(&mut self, by: Shippers) {
        self.by = by;
    }

    /// Where a field that may be a shipper's is held until it is known; `None` for one of the event's own.
    pub fn hold(&mut self, name: &str, text: &str, kind: Kind) -> Option<&mut String> {
        let known = known().get(name)?;
        self.by.by |= known.marks;
        let of = known.of(text);
        // What a shipper makes are objects, whole or member by member; an event may well have a field `process` itself.
        let is_single = kind != Kind::Nested && !name.contains('.');
        if of == 0 || of & MADE != 0 && is_single {
            return None;
        }
        let place = match self.held.iter().position(|(set, _)| *set == of) {
            Some(place) => place,
            None if self.held.len() < SETS => {
                self.held.push((of, String::new()));
                self.held.len() - 1
            }
            None => return None,
        };
        self.held.get_mut(place).map(|(_, fields)| fields)
    }

    /// Those that are the event's after all; `has_own` tells whether it has any beside.
    pub fn own(&self, has_own: bool) -> impl Iterator<Item = &str> {
        let Shippers { by, has_own: has_others } = self.by;
        let is_own = move |of: u16| of & by == 0 || of & MADE != 0 && !has_own && !has_others;
        let held = self.held.iter().filter(move |(of, fields)| is_own(*of) && !fields.is_empty());
        held.map(|(_, fields)| fields.as_str())
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
            row.set_data("process", r#"{"name":"a.exe"}"#, Kind::Nested);
            let origin = Origin { file: 0, ordinal: 0, log: 0, record: 0, time: Origin::NO_TIME };
            columns.push(&row, origin, 0, "");
            cell(&columns.take().unwrap().unwrap().batch, "System_EventData", 0)
        };
        assert_eq!(data(Shippers::of(names.into_iter())), "{}");
        let own = r#"{"process":{"name":"a.exe"}}"#;
        assert_eq!(data(Shippers::of(names.into_iter().take(2))), own);
        assert_eq!(data(Shippers::of(names.into_iter().skip(1))), own);
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
}
