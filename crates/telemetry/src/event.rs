//! Events as columns: which of their fields are asked for, and the batches that hold them.
//!
//! A column name means a system field where [`System`] knows it (`System_Time`, `System_Channel`, …), else the field of
//! EventData or UserData with that name, null where an event has none. So no field of an event is hidden by ours.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use functions::{Type, origin};

use crate::bounds::{Bounds, EventKind};
use crate::spare::Spare;
use crate::texts::WantedText;
use crate::whole::WantedWhole;

/// A run of events from one or several files.
#[derive(Debug, Clone)]
pub struct EventBatch {
    /// The columns of [`Fields::schema`].
    pub batch: RecordBatch,
    /// The channel of each row, as an index that [`crate::Evidence::channel_name`] knows.
    pub channels: Vec<u32>,
    /// The event id of each row, -1 where an event has none.
    pub events: Vec<i64>,
    /// Some text of a raw field is [`functions::several`] values.
    pub has_several: bool,
}

/// The place of the first event of a line, or of a further one.
pub fn ordinal_of(line: u64, member: u64) -> u64 {
    line | member << LINE_BITS
}

/// The line of such a place.
pub fn line_of(ordinal: u64) -> i64 {
    (ordinal & ((1 << LINE_BITS) - 1)).cast_signed()
}

/// How such a place is written: `17`, or `17.2` for the third event of a line.
pub fn spelt_place(ordinal: u64) -> String {
    match ordinal >> LINE_BITS {
        0 => line_of(ordinal).to_string(),
        member => format!("{}.{member}", line_of(ordinal)),
    }
}

/// The place that is written so.
pub fn read_place(text: &str) -> Option<u64> {
    let (line, member) = text.split_once('.').unwrap_or((text, "0"));
    let (line, member): (u64, u64) = (line.parse().ok()?, member.parse().ok()?);
    (line >> LINE_BITS == 0 && member >> (u64::BITS - LINE_BITS) == 0).then(|| ordinal_of(line, member))
}

/// No file has more lines.
const LINE_BITS: u32 = 40;

/// The columns to decode, and of which events they are wanted. Nothing else of an event is kept.
#[derive(Debug, Clone)]
pub struct Fields {
    pub(crate) system: Vec<System>,
    pub(crate) raw: Vec<String>,
    pub(crate) has_origin: bool,
    pub(crate) bounds: Bounds,
    /// The bounds are not for rows of exported tables, which have times of their own.
    pub(crate) spares_exports: bool,
    /// `None` for all.
    pub(crate) kinds: Option<Vec<EventKind>>,
    pub(crate) texts: Vec<WantedText>,
    pub(crate) spare: Option<Spare>,
    pub(crate) is_whole: bool,
    /// Of which events EventData and the payload are asked for; `None` for all.
    pub(crate) wholes: Option<Vec<WantedWhole>>,
    /// `None` for all.
    data: Option<Vec<String>>,
    schema: SchemaRef,
}

impl Fields {
    /// System fields come first, then raw fields in the order given, then the hidden origin column if it is wanted.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>, with_origin: bool) -> Self {
        let mut system = Vec::new();
        let mut raw: Vec<String> = Vec::new();
        let mut known = std::collections::HashSet::new();
        for name in names {
            match System::from_name(name) {
                Some(field) if !system.contains(&field) => system.push(field),
                Some(_) => {}
                None => {
                    if known.insert(name) {
                        raw.push(name.to_owned());
                    }
                }
            }
        }
        system.sort();
        let mut columns: Vec<Field> =
            system.iter().map(|field| Field::new(field.name(), field.kind().arrow(), true)).collect();
        columns.extend(raw.iter().map(|name| Field::new(name, DataType::Utf8, true)));
        if with_origin {
            columns.push(Field::new(origin::COLUMN, DataType::Binary, true));
        }
        let schema = Arc::new(Schema::new(columns));
        Fields {
            system,
            raw,
            has_origin: with_origin,
            bounds: Bounds::default(),
            spares_exports: false,
            kinds: None,
            texts: Vec::new(),
            spare: None,
            is_whole: false,
            wholes: None,
            data: None,
            schema,
        }
    }

    /// A hint: events outside of these bounds need not be given. The report counts them nonetheless.
    pub fn within(self, bounds: Bounds) -> Self {
        Fields { bounds, spares_exports: false, ..self }
    }

    /// As [`Fields::within`], but exported rows are given wherever they lie.
    pub fn of_logs_within(self, bounds: Bounds) -> Self {
        Fields { bounds, spares_exports: true, ..self }
    }

    /// With what a shipper wrote beside the event's own fields in EventData too, for who keeps it all.
    pub(crate) fn whole(self) -> Self {
        Fields { is_whole: true, ..self }
    }

    /// A hint: events of other kinds need not be given. The report counts them nonetheless.
    pub fn of_kinds(self, kinds: Vec<EventKind>) -> Self {
        Fields { kinds: Some(kinds), ..self }
    }

    /// A hint: events of logs need not be given of which one of these is sure not to hold. The report counts them nonetheless.
    pub fn of_texts(self, texts: Vec<WantedText>) -> Self {
        Fields { texts, ..self }
    }

    /// A hint: of which events some fields need not be given.
    pub fn sparing(self, spare: Option<Spare>) -> Self {
        Fields { spare, ..self }
    }

    /// A hint: events that none of these asks for need have neither [`System::EventData`] nor [`System::Payload`].
    pub fn of_wholes(self, wholes: Vec<WantedWhole>) -> Self {
        Fields { wholes: Some(wholes), ..self }
    }

    /// A hint: of the fields in [`System::EventData`], only those that are spelt like one of these need be given.
    pub fn of_data(self, names: Vec<String>) -> Self {
        Fields { data: Some(names), ..self }
    }

    /// The only fields that EventData need hold; `None` for all. A payload is made of all of them.
    pub(crate) fn data(&self) -> Option<&[String]> {
        self.data.as_deref().filter(|_| !self.system.contains(&System::Payload))
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The raw fields that were asked for, in the order of the report's `fields_seen`.
    pub fn raw(&self) -> &[String] {
        &self.raw
    }
}

/// The fields that every event has, whatever its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum System {
    /// When it happened: Sysmon's own UtcTime where there is one, else System.TimeCreated.
    Time,
    Channel,
    Provider,
    ProviderGuid,
    EventID,
    Computer,
    /// EventRecordID, else the number of the line.
    Record,
    Level,
    Task,
    Opcode,
    Version,
    ProcessID,
    ThreadID,
    /// The log, which is a channel on a host: its number ([`crate::logs::Logs::number`]).
    LogSource,
    Keywords,
    UserID,
    /// Every field of EventData and UserData as a JSON object of texts; of those that the event has several times a list.
    EventData,
    /// The event as the text that a collector would have sent.
    Payload,
}

impl System {
    pub const ALL: [System; 18] = [
        System::Time,
        System::Channel,
        System::Provider,
        System::ProviderGuid,
        System::EventID,
        System::Computer,
        System::Record,
        System::Level,
        System::Task,
        System::Opcode,
        System::Version,
        System::ProcessID,
        System::ThreadID,
        System::LogSource,
        System::Keywords,
        System::UserID,
        System::EventData,
        System::Payload,
    ];

    pub fn name(self) -> &'static str {
        match self {
            System::Time => "System_Time",
            System::Channel => "System_Channel",
            System::Provider => "System_Provider",
            System::ProviderGuid => "System_ProviderGuid",
            System::EventID => "System_EventID",
            System::Computer => "System_Computer",
            System::Record => "System_Record",
            System::Level => "System_Level",
            System::Task => "System_Task",
            System::Opcode => "System_Opcode",
            System::Version => "System_Version",
            System::ProcessID => "System_ProcessID",
            System::ThreadID => "System_ThreadID",
            System::LogSource => "System_LogSource",
            System::Keywords => "System_Keywords",
            System::UserID => "System_UserID",
            System::EventData => "System_EventData",
            System::Payload => "System_Payload",
        }
    }

    pub fn from_name(name: &str) -> Option<System> {
        System::ALL.into_iter().find(|field| field.name() == name)
    }

    pub fn kind(self) -> Type {
        match self {
            System::Time => Type::Datetime,
            System::EventData => Type::Dynamic,
            field if field.is_number() => Type::Long,
            _ => Type::String,
        }
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(
            self,
            System::EventID
                | System::Record
                | System::Level
                | System::Task
                | System::Opcode
                | System::Version
                | System::ProcessID
                | System::ThreadID
                | System::LogSource
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_system_field_or_a_raw_one_and_counts_once() {
        let fields = Fields::new(["Image", "System_EventID", "System_Time", "Image", "Channel"], true);
        let names: Vec<_> = fields.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(names, ["System_Time", "System_EventID", "Image", "Channel", origin::COLUMN]);
        assert_eq!(fields.schema().field(1).data_type(), &DataType::Int64);
        assert_eq!(fields.raw(), ["Image", "Channel"]);
    }

    #[test]
    fn every_system_field_is_found_by_its_name() {
        for field in System::ALL {
            assert_eq!(System::from_name(field.name()), Some(field));
        }
        assert_eq!(System::from_name("Time"), None);
    }
}
