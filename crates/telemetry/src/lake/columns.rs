//! The columns of a lake's Parquet files. Those of ours have plain names; fields of events begin with `data_`, so that no
//! event can bring a column that passes for one of ours.

use arrow::datatypes::{DataType, Field, TimeUnit};

use crate::event::System;

/// When it happened, in microseconds, and the last digit of it.
pub const TIME: &str = "time";
pub const TIME_DIGIT: &str = "time_100ns";
pub const CHANNEL: &str = "channel";
pub const COMPUTER: &str = "computer";
pub const EVENT_ID: &str = "event_id";
pub const RECORD: &str = "record";
/// The log that it stood in: its name, its place in the commit, and the place of the event in it.
pub const SOURCE_FILE: &str = "source_file";
pub const SOURCE: &str = "source";
pub const SOURCE_ORDINAL: &str = "source_ordinal";
/// Which fields it has, in their order.
pub const SHAPE: &str = "shape";
/// Fields without a column of their own.
pub const REST: &str = "rest";

/// What the columns of fields begin with.
pub const DATA: &str = "data_";

/// How many columns fields may have in one file, and how long the name of one may be.
pub const MOST: usize = 1000;
const NAME: usize = 128;

/// The columns that hold one field of System as it is.
pub const PLAIN: [(System, &str); 14] = [
    (System::Channel, CHANNEL),
    (System::Provider, "provider"),
    (System::ProviderGuid, "provider_guid"),
    (System::EventID, EVENT_ID),
    (System::Computer, COMPUTER),
    (System::Record, RECORD),
    (System::Level, "level"),
    (System::Task, "task"),
    (System::Opcode, "opcode"),
    (System::Version, "version"),
    (System::ProcessID, "process_id"),
    (System::ThreadID, "thread_id"),
    (System::Keywords, "keywords"),
    (System::UserID, "user_id"),
];

/// Every column of ours, in their order.
pub fn own() -> Vec<Field> {
    let mut fields = vec![
        Field::new(TIME, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
        Field::new(TIME_DIGIT, DataType::Int8, true),
    ];
    fields.extend(PLAIN.iter().map(|(field, name)| {
        let kind = match *name {
            CHANNEL | COMPUTER => dictionary(),
            _ => field.kind().arrow(),
        };
        Field::new(*name, kind, true)
    }));
    fields.push(Field::new(SOURCE_FILE, DataType::Utf8, false));
    fields.push(Field::new(SOURCE, DataType::Int32, false));
    fields.push(Field::new(SOURCE_ORDINAL, DataType::Int64, false));
    fields.push(Field::new(SHAPE, dictionary(), false));
    fields.push(Field::new(REST, DataType::Utf8, true));
    fields
}

/// Texts that repeat so much that readers look at each but once.
pub fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Whether a field may have a column. Other engines do not tell names apart by case, in ways of their own beyond ASCII.
pub fn may_have_column(name: &str) -> bool {
    !name.is_empty() && name.len() <= NAME && name.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}
