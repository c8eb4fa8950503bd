//! How collectors write an event as JSON: nested as evtx_dump does, winlogbeat's, and nxlog's flat one.

use anyhow::Result;
use functions::ticks;
use serde_json::{Map, Value as Json, json};
use telemetry::evtx_writer::{EventToWrite, EvtxWriter};

use crate::clock;
use crate::event::{Event, Value};

/// One event a line.
pub fn lines(events: &[Event], shape: fn(&Event) -> Json) -> String {
    events.iter().map(|event| format!("{}\n", shape(event))).collect()
}

/// A binary event log, as Windows keeps it.
pub fn evtx(events: &[Event]) -> Result<Vec<u8>> {
    let mut writer = EvtxWriter::new();
    for event in events {
        let source = event.source;
        let data: Vec<(&str, String)> = event.data.iter().map(|(name, value)| (*name, plain(value))).collect();
        let data: Vec<(&str, &str)> = data.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let keywords = format!("0x{:x}", source.keywords);
        writer.push(&EventToWrite {
            provider: source.provider,
            channel: source.channel,
            computer: &event.computer,
            event: event.id.into(),
            version: event.version.into(),
            level: source.level.into(),
            task: event.task.into(),
            keywords: &keywords,
            record: event.record,
            time: ticks::UNIX_EPOCH + event.time * ticks::PER_MICROSECOND,
            process: source.process.into(),
            thread: source.thread.into(),
            user: source.user.unwrap_or(""),
            data: &data,
        })?;
    }
    Ok(writer.finish())
}

pub fn nested(event: &Event) -> Json {
    let source = event.source;
    let data: Map<String, Json> = event.data.iter().map(|(name, value)| ((*name).to_owned(), typed(value))).collect();
    let security = source.user.map_or(Json::Null, |user| json!({"#attributes": {"UserID": user}}));
    json!({"Event": {
        "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
        "System": {
            "Provider": {"#attributes": {"Name": source.provider, "Guid": source.guid}},
            "EventID": event.id,
            "Version": event.version,
            "Level": source.level,
            "Task": event.task,
            "Opcode": 0,
            "Keywords": format!("0x{:x}", source.keywords),
            "TimeCreated": {"#attributes": {"SystemTime": clock::iso(event.time)}},
            "EventRecordID": event.record,
            "Correlation": null,
            "Execution": {"#attributes": {"ProcessID": source.process, "ThreadID": source.thread}},
            "Channel": source.channel,
            "Computer": event.computer,
            "Security": security,
        },
        "EventData": data,
    }})
}

pub fn winlogbeat(event: &Event) -> Json {
    let source = event.source;
    let data: Map<String, Json> =
        event.data.iter().map(|(name, value)| ((*name).to_owned(), plain(value).into())).collect();
    let mut winlog = json!({
        "channel": source.channel,
        "computer_name": event.computer,
        "event_id": event.id.to_string(),
        "provider_name": source.provider,
        "provider_guid": braces(source.guid),
        "record_id": event.record,
        "version": event.version,
        "opcode": "Info",
        "api": "wineventlog",
        "process": {"pid": source.process, "thread": {"id": source.thread}},
        "event_data": data,
    });
    if let Some(user) = source.user {
        winlog["user"] = json!({"identifier": user, "domain": "NT AUTHORITY", "name": "SYSTEM", "type": "User"});
    }
    json!({
        "@timestamp": clock::iso(event.time),
        "event": {"code": event.id.to_string(), "kind": "event", "provider": source.provider},
        "host": {"name": event.computer},
        "agent": {"type": "winlogbeat", "version": "8.17.3"},
        "ecs": {"version": "8.0.0"},
        "winlog": winlog,
    })
}

pub fn nxlog(event: &Event) -> Json {
    let source = event.source;
    let mut flat = json!({
        "EventTime": clock::seconds(event.time),
        "@timestamp": clock::iso(event.time),
        "Hostname": event.computer,
        "Keywords": format!("0x{:x}", source.keywords),
        "Level": source.level.to_string(),
        "EventID": event.id,
        "SourceName": source.provider,
        "ProviderGuid": braces(source.guid),
        "Version": event.version,
        "Task": event.task.to_string(),
        "RecordNumber": event.record,
        "ExecutionProcessID": source.process.to_string(),
        "ThreadID": source.thread.to_string(),
        "Channel": source.channel,
    });
    if let Some(fields) = flat.as_object_mut() {
        fields.extend(event.data.iter().map(|(name, value)| ((*name).to_owned(), plain(value).into())));
    }
    flat
}

fn typed(value: &Value) -> Json {
    match value {
        Value::Number(number) => json!(number),
        Value::Flag(flag) => json!(flag),
        Value::Guid(guid) => json!(guid),
        other => json!(plain(other)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Hex(number) => format!("0x{number:x}"),
        Value::Flag(flag) => flag.to_string(),
        Value::Guid(guid) => braces(guid),
    }
}

fn braces(guid: &str) -> String {
    format!("{{{}}}", guid.to_lowercase())
}
