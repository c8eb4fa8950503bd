//! The fields of an event: what EventData, a payload and the columns of single fields hold of each.

use functions::several;
use serde::de::DeserializeSeed;

use super::names::{Filled, SpellingId};
use super::payload::{self, Pair};
use super::repeated;
use super::shipped::{Members, Whose};
use super::{Row, SYSMON_TIME, parse_time};
use crate::event::System;
use crate::text::{AsText, Kind, push_json_text};

/// A data field by its spelling.
#[derive(Debug, Clone, Copy)]
pub struct DataField {
    spelling: Option<SpellingId>,
    is_sysmons_time: bool,
}

impl Row {
    /// Sets a field of EventData or UserData. A raw column takes the field that is spelt as it is, else the last one that differs
    /// by case alone; of one name the event's own before a shipper's. A field that comes several times is several values, except
    /// of a table's row.
    pub fn set_data(&mut self, name: &str, text: &str, kind: Kind, whose: Whose) {
        let field = self.field(name);
        self.set_field(field, name, text, kind, whose);
    }

    /// Looks a data field's name up, for whoever meets it again and again.
    pub fn field(&mut self, name: &str) -> DataField {
        DataField { spelling: self.names.find(name), is_sysmons_time: name == SYSMON_TIME }
    }

    /// As [`Row::set_data`], of a name that was looked up.
    pub fn set_field(&mut self, field: DataField, name: &str, text: &str, kind: Kind, whose: Whose) {
        if field.is_sysmons_time {
            // Whether the event is Sysmon's may be said later.
            self.sysmon_time = parse_time(text);
        }
        let kind = if kind == Kind::List && !several::are_in(text) { Kind::Scalar } else { kind };
        let is_asked = self.wants[System::EventData as usize] || self.wants[System::Payload as usize];
        if is_asked && (self.is_whole || whose != Whose::Shipper) {
            self.keep(field, name, text, kind, whose);
        }
        if kind != Kind::Null {
            self.show(field, name, text, kind, whose);
        }
    }

    /// Keeps a field among those that are shown together.
    fn keep(&mut self, field: DataField, name: &str, text: &str, kind: Kind, whose: Whose) {
        let may_be_held = whose == Whose::Anyone && !self.is_whole;
        let held = if may_be_held { self.shipped.hold(name, text, kind) } else { None };
        let out = held.unwrap_or(&mut self.data);
        let wants_json = self.wants[System::EventData as usize];
        if wants_json {
            if !out.json.is_empty() {
                out.json.push(',');
            }
            let mark = if self.is_whole { whose.mark(name) } else { None };
            let is_first = match (mark, field.spelling) {
                (None, Some(spelling)) => self.names.push_member(spelling, self.event, &mut out.json),
                (mark, _) => {
                    let name: String = mark.into_iter().chain(name.chars()).collect();
                    push_json_text(&mut out.json, &name);
                    out.json.push(':');
                    self.unremembered.insert(name)
                }
            };
            self.is_repeated |= !is_first;
            match kind {
                Kind::Null => out.json.push_str("null"),
                Kind::Scalar => push_json_text(&mut out.json, text),
                Kind::List => repeated::push_list(&mut out.json, text),
                Kind::Nested => out.json.push_str(text),
            }
        }
        if self.wants[System::Payload as usize] {
            if !wants_json {
                let is_first = match field.spelling {
                    Some(spelling) => self.names.is_first_in(spelling, self.event),
                    None => self.unremembered.insert(name.to_owned()),
                };
                self.is_repeated |= !is_first;
            }
            payload::push_pair(&mut out.pairs, name, &several::lines(text));
            out.ends.push(Pair { name: name.len(), end: out.pairs.len(), is_null: kind == Kind::Null });
        }
    }

    /// Fills the raw columns of a field.
    #[inline]
    fn show(&mut self, field: DataField, name: &str, text: &str, kind: Kind, whose: Whose) {
        let unremembered;
        let columns = match field.spelling {
            Some(spelling) => self.names.columns_of(spelling),
            None => {
                unremembered = self.names.columns(name);
                &unremembered
            }
        };
        for &Filled { place, is_exact } in columns {
            let Some(slot) = self.raw.get_mut(place) else { continue };
            if !is_exact && slot.is_exact {
                continue;
            }
            let is_further = slot.is_set && slot.is_exact == is_exact && (is_exact || slot.spelling == name);
            if is_further && slot.whose > whose {
                continue;
            }
            // A row of a table has one value in each column.
            if is_further && slot.whose == whose && !self.is_of_table {
                several::add(&mut slot.text, text);
                continue;
            }
            slot.whose = whose;
            slot.text.clear();
            match kind {
                Kind::List => slot.text.push_str(text),
                _ => slot.text.push_str(&several::one(text)),
            }
            if !std::mem::replace(&mut slot.is_set, true) {
                self.filled_raw.push(place);
            }
            slot.is_exact = is_exact;
            if !is_exact {
                slot.spelling.clear();
                slot.spelling.push_str(name);
            }
        }
    }

    /// As [`Row::set_data`], of a cell that may be a list of JSON.
    pub fn set_cell(&mut self, name: &str, text: &str, kind: Kind, whose: Whose) {
        let mut values = String::new();
        let is_list = kind == Kind::Nested
            && text.starts_with('[')
            && AsText(&mut values).deserialize(&mut serde_json::Deserializer::from_str(text)).is_ok();
        match is_list {
            true => self.set_data(name, &values, Kind::List, whose),
            false => self.set_data(name, text, kind, whose),
        }
    }

    /// The fields that are the event's own.
    pub(super) fn own(&self) -> impl Iterator<Item = &Members> {
        let has_own = !self.data.json.is_empty() || !self.data.pairs.is_empty();
        std::iter::once(&self.data).chain(self.shipped.own(has_own))
    }
}
