//! A finding: what a detection found, with the events that it rests on.

use serde_json::{Map, Value, json};

/// One finding, of one or several variants of a detection.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// A stable hash of detection, row and events.
    pub id: String,
    /// The detection's id.
    pub detection: String,
    pub title: String,
    pub level: String,
    pub confidence: Option<String>,
    /// The variants that found it, and those that ran and did not.
    pub variants: Vec<&'static str>,
    pub missed_by: Vec<&'static str>,
    /// ATT&CK techniques, such as `T1204.001`.
    pub techniques: Vec<String>,
    /// ISO 8601.
    pub time: Option<String>,
    pub host: Option<String>,
    pub user: Option<String>,
    /// The first hundred of them.
    pub events: Vec<Event>,
    /// How many there are.
    pub event_count: u64,
    /// The row that the first variant gave.
    pub row: Map<String, Value>,
}

/// One record of the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub file: String,
    pub channel: String,
    /// EventRecordID, else the line number.
    pub record: i64,
    /// Where it stands in its file, where others there may have its number.
    pub at: Option<String>,
}

impl Finding {
    /// The finding as one JSON object, in the order of the contract.
    pub fn to_json(&self) -> Value {
        let event = |event: &Event| json!({"file": event.file, "channel": event.channel, "record": event.record});
        json!({
            "id": self.id,
            "detection": self.detection,
            "title": self.title,
            "level": self.level,
            "confidence": self.confidence,
            "variants": self.variants,
            "missed_by": self.missed_by,
            "techniques": self.techniques,
            "time": self.time,
            "host": self.host,
            "user": self.user,
            "events": self.events.iter().map(event).collect::<Vec<_>>(),
            "event_count": self.event_count,
            "row": self.row,
        })
    }
}
