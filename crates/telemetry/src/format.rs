//! Formats: what a file is, by its first bytes and never by its name.

use crate::event::Fields;
use crate::row::Row;
use crate::shape::read_event;

/// How much of a file is looked at.
pub const HEAD: usize = 64 << 10;

/// A format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Evtx,
    /// One JSON event a line.
    Ndjson,
    /// A log that a lake was made of; its events stand in the lake's own files.
    Lake,
}

/// What the head of a file says.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    Log(Format),
    Zip,
    /// A log in a form that is not read, and which.
    Refused(&'static str),
    /// Not a log, and why.
    Other(&'static str),
}

pub fn detect(head: &[u8]) -> Found {
    if head.is_empty() {
        return Found::Other("it is empty");
    }
    // A file whose header is broken is known by its first chunk.
    if head.starts_with(b"ElfFile\0") || head.get(4096..4104) == Some(b"ElfChnk\0") {
        return Found::Log(Format::Evtx);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Found::Zip;
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Found::Refused("it is UTF-16 text; only UTF-8 is read");
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match text.first() {
        Some(b'{') => json_lines(text, head.len() >= HEAD),
        Some(b'[') if looks_like_event(text) => Found::Refused("it is a JSON list; only one event a line is read"),
        _ => Found::Other("neither EVTX nor JSON events, one a line"),
    }
}

/// Lines are JSON events if one of the first is; a file may begin with a damaged one.
fn json_lines(text: &[u8], goes_on: bool) -> Found {
    let fields = Fields::new([], false);
    let mut row = Row::new(&fields);
    let mut scratch = String::new();
    let mut lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(16).peekable();
    let mut is_json = false;
    while let Some(line) = lines.next() {
        let is_cut = goes_on && lines.peek().is_none();
        if read_event(line, &mut row, &mut scratch).is_ok() || (is_cut && looks_like_event(line)) {
            return Found::Log(Format::Ndjson);
        }
        is_json |= serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
    }
    if looks_like_event(text) {
        return Found::Refused("it has events, but not one a line");
    }
    match is_json {
        true => Found::Other("its JSON holds no event: there is neither an event id nor a channel"),
        false => Found::Other("it is not JSON with one event a line"),
    }
}

/// For what cannot be parsed: a line longer than the head, or events in another form.
fn looks_like_event(line: &[u8]) -> bool {
    let names: [&[u8]; 3] = [b"\"EventID\"", b"\"event_id\"", b"\"winlog\""];
    names.iter().any(|name| memchr::memmem::find(line, name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_content() {
        assert_eq!(detect(b"ElfFile\0rest"), Found::Log(Format::Evtx));
        let mut broken = vec![7; 4096];
        broken.extend_from_slice(b"ElfChnk\0");
        assert_eq!(detect(&broken), Found::Log(Format::Evtx));
        assert_eq!(detect(b"PK\x03\x04"), Found::Zip);
        assert_eq!(detect(b"\xef\xbb\xbf\n{\"EventID\":1}\n"), Found::Log(Format::Ndjson));
        assert_eq!(detect(b"{broken\n{\"Channel\":\"Security\"}"), Found::Log(Format::Ndjson));
        for other in [&b""[..], b"# Samples", b"{\n \"a\": 1\n}", b"{\"a\":1}", b"[{}]"] {
            assert!(matches!(detect(other), Found::Other(_)), "{other:?}");
        }
        for refused in [&b"\xff\xfe{\0"[..], b"[\n {\"EventID\": 1}\n]", b"{\n \"EventID\": 1\n}"] {
            assert!(matches!(detect(refused), Found::Refused(_)), "{refused:?}");
        }
    }

    #[test]
    fn a_first_line_longer_than_the_head_is_known_too() {
        let mut line = b"{\"EventID\":4104,\"ScriptBlockText\":\"".to_vec();
        line.resize(HEAD, b'x');
        assert_eq!(detect(&line), Found::Log(Format::Ndjson));
    }
}
