//! A Windows event as plain data: what its system part says, and its fields in order. How it is written is a matter of `shape`.

pub struct Event {
    pub source: &'static Source,
    pub id: u32,
    pub version: u8,
    pub task: u32,
    /// Microseconds since 1970, UTC.
    pub time: i64,
    pub record: u64,
    pub computer: String,
    pub data: Vec<(&'static str, Value)>,
}

/// A field as its template types it: the shapes of events spell the types differently.
#[derive(Clone)]
pub enum Value {
    Text(String),
    Number(u64),
    Hex(u64),
    Flag(bool),
    /// Upper case, without braces.
    Guid(String),
}

/// What writes events to a channel, with what all its events have in common.
pub struct Source {
    pub provider: &'static str,
    pub guid: &'static str,
    pub channel: &'static str,
    pub level: u8,
    pub keywords: u64,
    pub process: u32,
    pub thread: u32,
    pub user: Option<&'static str>,
}

pub const SYSMON: Source = Source {
    provider: "Microsoft-Windows-Sysmon",
    guid: "5770385F-C22A-43E0-BF4C-06F5698FFBD9",
    channel: "Microsoft-Windows-Sysmon/Operational",
    level: 4,
    keywords: 0x8000_0000_0000_0000,
    process: 3184,
    thread: 4412,
    user: Some("S-1-5-18"),
};

pub const SECURITY: Source = Source {
    provider: "Microsoft-Windows-Security-Auditing",
    guid: "54849625-5478-4994-A5BA-3E3B0328C30D",
    channel: "Security",
    level: 0,
    keywords: 0x8020_0000_0000_0000,
    process: 4,
    thread: 296,
    user: None,
};

impl Event {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.data.iter().find_map(|(field, value)| match value {
            Value::Text(text) if *field == name => Some(text.as_str()),
            _ => None,
        })
    }
}

pub fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}
