//! An event as nxlog's flat line of JSON, written at once: the tree that `shape` builds takes ten times as long.

use std::io::{Result, Write};

use crate::clock;
use crate::event::{Event, Value};

pub fn nxlog(event: &Event, out: &mut impl Write) -> Result<()> {
    let source = event.source;
    write!(
        out,
        r#"{{"EventTime":"{}","@timestamp":"{}","Hostname":"{}","Keywords":"0x{:x}","Level":"{}","EventID":{},"SourceName":"{}","ProviderGuid":"{{{}}}","Version":{},"Task":"{}","RecordNumber":{},"ExecutionProcessID":"{}","ThreadID":"{}","Channel":"{}""#,
        clock::seconds(event.time),
        clock::iso(event.time),
        event.computer,
        source.keywords,
        source.level,
        event.id,
        source.provider,
        source.guid.to_lowercase(),
        event.version,
        event.task,
        event.record,
        source.process,
        source.thread,
        source.channel,
    )?;
    for (name, value) in &event.data {
        write!(out, r#","{name}":""#)?;
        match value {
            Value::Text(text) => escaped(text, out)?,
            Value::Number(number) => write!(out, "{number}")?,
            Value::Hex(number) => write!(out, "0x{number:x}")?,
            Value::Flag(flag) => write!(out, "{flag}")?,
            Value::Guid(guid) => write!(out, "{{{}}}", guid.to_lowercase())?,
        }
        out.write_all(b"\"")?;
    }
    out.write_all(b"}\n")
}

/// The texts of these events hold no control characters.
fn escaped(text: &str, out: &mut impl Write) -> Result<()> {
    for part in text.split_inclusive(['"', '\\']) {
        match part.as_bytes() {
            [before @ .., mark @ (b'"' | b'\\')] => {
                out.write_all(before)?;
                out.write_all(&[b'\\', *mark])?;
            }
            plain => out.write_all(plain)?,
        }
    }
    Ok(())
}
