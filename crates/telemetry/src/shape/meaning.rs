//! Meaning: what a key says at its place in an event's JSON. The one table of the shapes, for both ways of reading them.

use crate::event::System;
use crate::row::shipped::Whose;
use crate::row::{SYSMON_TIME, times};

/// A place in the JSON, which says what the keys there mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Top,
    Event,
    System,
    /// An element of System; its attributes are the keys.
    Element(Element),
    Data,
    UserData,
    Rendering,
    Winlog,
    WinlogProcess,
    WinlogThread,
    WinlogUser,
}

/// An element of System: what its text says, and by which of its attributes it says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    pub text: Option<System>,
    attributes: &'static [(&'static str, System)],
}

/// What to do with the value of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Skip,
    /// It holds further keys.
    Into(Part),
    System(System),
    /// The event's time, of this rank.
    Time(u8),
    /// A field, named by what of the key follows a prefix of this length.
    Data(usize, Whose),
    /// The id of the process that wrote the record, if it is a number and stands under no other name; else a field of the event.
    Writer,
    /// A number that a header has; what is none is a field of the event.
    Numbered(System),
    /// The provider, where nothing else names it; else a field of the event, as of those that tell of cryptographic providers.
    NamedProvider,
    /// Fields of the event as a list of elements.
    Elements,
}

pub fn meaning(part: Part, key: &str) -> Meaning {
    match part {
        Part::Top => match key {
            "Event" => Meaning::Into(Part::Event),
            "winlog" => Meaning::Into(Part::Winlog),
            "Event_attributes" => Meaning::Skip,
            "event_data" | "user_data" => Meaning::Into(Part::Data),
            _ => flat(key),
        },
        Part::Event => match key {
            "System" => Meaning::Into(Part::System),
            "EventData" => Meaning::Into(Part::Data),
            "UserData" => Meaning::Into(Part::UserData),
            "RenderingInfo" => Meaning::Into(Part::Rendering),
            _ => Meaning::Skip,
        },
        Part::System => Meaning::Into(Part::Element(element(key.strip_suffix("_attributes").unwrap_or(key)))),
        Part::Element(element) => match key {
            "#attributes" | "#text" => Meaning::Into(part),
            attribute => {
                let name = attribute.trim_start_matches('@');
                let known = element.attributes.iter().find(|(known, _)| *known == name);
                known.map_or(Meaning::Skip, |(_, field)| Meaning::System(*field))
            }
        },
        Part::Data => match key {
            "Data" => Meaning::Elements,
            _ if is_attribute(key) => Meaning::Skip,
            _ => Meaning::Data(0, Whose::Event),
        },
        Part::UserData if is_attribute(key) => Meaning::Skip,
        Part::UserData => Meaning::Into(Part::Data),
        Part::Rendering => match key {
            "Message" => Meaning::Data(0, Whose::Anyone),
            _ => Meaning::Skip,
        },
        Part::Winlog => match key {
            "event_data" | "user_data" => Meaning::Into(Part::Data),
            "process" => Meaning::Into(Part::WinlogProcess),
            "user" => Meaning::Into(Part::WinlogUser),
            _ => winlog_field(key).map_or(Meaning::Data(0, Whose::Shipper), Meaning::System),
        },
        Part::WinlogProcess => match key {
            "pid" => Meaning::System(System::ProcessID),
            "thread" => Meaning::Into(Part::WinlogThread),
            _ => Meaning::Skip,
        },
        Part::WinlogThread if key == "id" => Meaning::System(System::ThreadID),
        Part::WinlogUser if key == "identifier" => Meaning::System(System::UserID),
        Part::WinlogThread | Part::WinlogUser => Meaning::Skip,
    }
}

/// Whether a key at the top is of those that a beat keeps an event in.
pub fn is_of_beats(key: &str) -> bool {
    key.starts_with("winlog.") || key == "winlog"
}

fn is_attribute(key: &str) -> bool {
    key == "#attributes" || key.ends_with("_attributes")
}

fn flat(key: &str) -> Meaning {
    for prefix in ["winlog.event_data.", "event_data."] {
        if key.starts_with(prefix) {
            return Meaning::Data(prefix.len(), Whose::Event);
        }
    }
    if let Some(field) = key.strip_prefix("winlog.").and_then(winlog_field) {
        return Meaning::System(field);
    }
    if key == SYSMON_TIME {
        return Meaning::Data(0, Whose::Anyone);
    }
    if let Some(rank) = time_rank(key) {
        return Meaning::Time(rank);
    }
    if key == "ProcessID" {
        return Meaning::Writer;
    }
    if key == "Version" {
        return Meaning::Numbered(System::Version);
    }
    if key == "ProviderName" {
        return Meaning::NamedProvider;
    }
    flat_field(key).map_or(Meaning::Data(0, Whose::Anyone), Meaning::System)
}

/// An element of System by its name, as JSON and XML have it.
pub fn element(name: &str) -> Element {
    let text = match name {
        "EventID" => Some(System::EventID),
        "Version" => Some(System::Version),
        "Level" => Some(System::Level),
        "Task" => Some(System::Task),
        "Opcode" => Some(System::Opcode),
        "Keywords" => Some(System::Keywords),
        "TimeCreated" => Some(System::Time),
        "EventRecordID" => Some(System::Record),
        "Channel" => Some(System::Channel),
        "Computer" => Some(System::Computer),
        "Provider" => Some(System::Provider),
        _ => None,
    };
    let attributes: &[(&str, System)] = match name {
        "Provider" => &[("Name", System::Provider), ("Guid", System::ProviderGuid)],
        "TimeCreated" => &[("SystemTime", System::Time)],
        "Execution" => &[("ProcessID", System::ProcessID), ("ThreadID", System::ThreadID)],
        "Security" => &[("UserID", System::UserID)],
        _ => &[],
    };
    Element { text, attributes }
}

impl Element {
    pub fn attribute(self, name: &str) -> Option<System> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }
}

fn winlog_field(name: &str) -> Option<System> {
    Some(match name {
        "channel" => System::Channel,
        "event_id" => System::EventID,
        "provider_name" => System::Provider,
        "provider_guid" => System::ProviderGuid,
        "record_id" => System::Record,
        "computer_name" => System::Computer,
        "version" => System::Version,
        "keywords" => System::Keywords,
        _ => return None,
    })
}

fn flat_field(name: &str) -> Option<System> {
    Some(match name {
        "EventID" | "EventId" | "event_id" => System::EventID,
        "Channel" | "LogName" | "log_name" => System::Channel,
        "Hostname" | "Computer" | "ComputerName" | "MachineName" | "computer_name" => System::Computer,
        "SourceName" | "Provider" | "Provider_Name" | "source_name" => System::Provider,
        "ProviderGuid" | "provider_guid" => System::ProviderGuid,
        "EventRecordID" | "RecordNumber" | "RecordId" | "record_number" => System::Record,
        "Level" => System::Level,
        "Task" => System::Task,
        "OpcodeValue" => System::Opcode,
        "Keywords" => System::Keywords,
        "ExecutionProcessID" | "process_id" => System::ProcessID,
        "ThreadID" | "thread_id" => System::ThreadID,
        "UserID" => System::UserID,
        _ => return None,
    })
}

/// Flat shapes hold several times; together they tell the event's.
fn time_rank(name: &str) -> Option<u8> {
    Some(match name {
        "TimeCreated" | "SystemTime" => times::LOGGED,
        "@timestamp" => times::RECEIVED,
        "EventTime" => times::LOCAL,
        "EventReceivedTime" => times::RECEIVED_LOCAL,
        _ => return None,
    })
}
