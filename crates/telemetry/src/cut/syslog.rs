//! Syslog: what collectors write before the JSON of a line, in the old form, the new one, and as files of syslog have it.

use crate::event::System;
use crate::row::{Row, parse_time};

/// How much may stand before the JSON.
const LONGEST: usize = 1 << 10;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What stands before the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'t> {
    host: &'t str,
    /// The old form has neither year nor zone, which is no time of an event.
    time: Option<&'t str>,
}

impl Header<'_> {
    pub fn time(&self) -> Option<i64> {
        self.time.and_then(parse_time)
    }

    /// Names the host of an event that names none.
    pub fn complete(&self, row: &mut Row) {
        if row.computer().is_empty() {
            row.set(System::Computer, self.host);
        }
    }
}

/// The JSON of a line, and what stands before it; a line without that is as it is.
pub fn split(line: &[u8]) -> (&[u8], Option<Header<'_>>) {
    // Nearly all begin so.
    if line.first() == Some(&b'{') {
        return (line, None);
    }
    match header(line) {
        Some((header, length)) => (line.get(length..).unwrap_or_default(), Some(header)),
        None => (line, None),
    }
}

fn header(line: &[u8]) -> Option<(Header<'_>, usize)> {
    let begin = line.get(..LONGEST.min(line.len()))?;
    let length = memchr::memchr(b'{', begin)?;
    let text = std::str::from_utf8(line.get(..length)?).ok()?;
    let (priority, rest) = match text.strip_prefix('<').map(|text| text.split_once('>')) {
        Some(Some((priority, rest))) => (Some(priority), rest),
        Some(None) => return None,
        None => (None, text),
    };
    let is_priority = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    // What goes on with a tag is XML.
    if !priority.is_none_or(is_priority) || rest.contains('<') {
        return None;
    }
    let rest = if priority.is_some() { rest.strip_prefix("1 ").unwrap_or(rest) } else { rest };
    let mut words = rest.split(' ').filter(|word| !word.is_empty());
    let first = words.next()?;
    let time = match MONTHS.contains(&first) {
        true => {
            let (day, clock) = (words.next()?, words.next()?);
            if day.parse::<u8>().is_err() || !clock.contains(':') {
                return None;
            }
            None
        }
        false if first.contains('T') && parse_time(first).is_some() => Some(first),
        false => return None,
    };
    let host = words.next()?;
    Some((Header { host: if host == "-" { "" } else { host }, time }, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Folder, cell, read};

    #[test]
    fn the_headers_of_syslog_are_known_and_no_other_text_is() {
        let split = |line: &'static str| {
            let (json, header) = split(line.as_bytes());
            (std::str::from_utf8(json).unwrap(), header.map(|header| (header.host, header.time)))
        };
        assert_eq!(split("<13>Nov 22 10:00:00 pc app[7]: {}"), ("{}", Some(("pc", None))));
        assert_eq!(split("Nov  2 10:00:00 pc app: @cee: {}"), ("{}", Some(("pc", None))));
        let time = "2024-03-01T10:00:00.5+01:00";
        for line in [
            "<13>1 2024-03-01T10:00:00.5+01:00 pc app - - - {}",
            "<13>1 2024-03-01T10:00:00.5+01:00 pc app 7 id [x a=\"b\"] {}",
            "2024-03-01T10:00:00.5+01:00 pc app: {}",
        ] {
            assert_eq!(split(line), ("{}", Some(("pc", Some(time)))), "{line}");
        }
        for other in
            ["{\"a\":{}}", "<Event Guid=\"{", "<13>Nov 22 10:00:00 pc app: <Event Guid=\"{", "see {}", "<x>1 {"]
        {
            assert_eq!(split(other), (other, None));
        }
    }

    #[test]
    fn json_behind_a_header_is_read_and_the_header_says_what_it_does_not() {
        let bare = r#"{"EventID":4688,"Channel":"Security","Image":"a"}"#;
        let whole = r#"{"EventID":4688,"Channel":"Security","Hostname":"own","TimeCreated":"2024-01-02T03:04:05Z"}"#;
        let lines = [
            format!("<13>1 2024-03-01T10:00:00+01:00 pc app - - - {bare}"),
            format!("<13>1 2024-03-01T10:00:00+01:00 pc app - - - {whole}"),
            format!("<13>Nov 22 10:00:00 pc app: {bare}"),
        ];
        let names = ["System_Record", "System_Computer", "System_Time", "System_EventID"];
        let row = |text: &str, row: usize| {
            let (batch, report) = read(&Folder::new().with("a.log", text).evidence(), &names);
            assert_eq!(report.damaged_records(), 0);
            let row = (0..batch.num_rows()).find(|at| cell(&batch, "System_Record", *at) == row.to_string()).unwrap();
            let time = cell(&batch, "System_Time", row).parse().ok().and_then(functions::ticks::format_datetime);
            (cell(&batch, "System_Computer", row), time, cell(&batch, "System_EventID", row))
        };
        let text = lines.join("\n");
        let time = |text: &str| Some(text.to_owned());
        let id = || "4688".to_owned();
        assert_eq!(row(&text, 1), ("pc".to_owned(), time("2024-03-01T09:00:00.0000000Z"), id()));
        assert_eq!(row(&text, 2), ("own".to_owned(), time("2024-01-02T03:04:05.0000000Z"), id()));
        assert_eq!(row(&text, 3), ("pc".to_owned(), None, id()));
        assert_eq!(row(&lines[2], 1), ("pc".to_owned(), None, id()));
    }
}
