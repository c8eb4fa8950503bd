//! A look ahead: whether the evidence can hold one process creation in two logs at all. Most holds but one of the two, and
//! then need not be read twice.
//!
//! Nothing is parsed: it is sought for what no such event is without. What cannot be sought in may hold everything.

use std::fs;
use std::io::Read;

use aho_corasick::AhoCorasick;

use super::{Evidence, File};
use crate::format::Format;
use crate::stream::Stream;

/// How much is looked at in one go.
const BLOCK: usize = 1 << 20;

/// Which of the two creations something may hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Holds {
    sysmon: bool,
    security: bool,
}

impl Holds {
    const BOTH: Holds = Holds { sysmon: true, security: true };

    fn and(self, other: Holds) -> Holds {
        Holds { sysmon: self.sysmon || other.sysmon, security: self.security || other.security }
    }
}

impl Evidence {
    /// Whether Sysmon and the Security log may both tell of one process creation.
    pub fn may_hold_twins(&self) -> bool {
        let mut holds = Holds::default();
        for lake in &self.lakes {
            let has = |channel: &str, event| lake.holds(channel, event);
            let of_lake =
                Holds { sysmon: has("Microsoft-Windows-Sysmon/Operational", 1), security: has("Security", 4688) };
            holds = holds.and(of_lake);
        }
        for file in self.files.iter().filter(|file| file.format != Format::Lake) {
            if holds == Holds::BOTH {
                break;
            }
            holds = holds.and(of_file(file).unwrap_or(Holds::BOTH));
        }
        holds == Holds::BOTH
    }
}

/// `None` for a file in which nothing can be sought.
fn of_file(file: &File) -> Option<Holds> {
    if file.member.is_some() {
        return None;
    }
    // The names of the providers, for only these write such events; and of a field that every 4688 has.
    let needles: [&[&[u8]]; 2] = match file.format {
        Format::Evtx => {
            [&[b"W\0i\0n\0d\0o\0w\0s\0-\0S\0y\0s\0m\0o\0n"], &[b"S\0e\0c\0u\0r\0i\0t\0y\0-\0A\0u\0d\0i\0t\0i\0n\0g"]]
        }
        // A letter may also be spelt by its number, though nobody does.
        Format::Ndjson | Format::Json(_) | Format::Xml | Format::Csv => {
            let spelt: [&[u8]; 4] = [b"\\u004", b"\\u005", b"\\u006", b"\\u007"];
            [
                &[b"sysmon", spelt[0], spelt[1], spelt[2], spelt[3]],
                &[b"newprocessname", spelt[0], spelt[1], spelt[2], spelt[3]],
            ]
        }
        Format::Parquet | Format::Lake => return None,
    };
    let mut stream = Stream::open(fs::File::open(&file.path).ok()?, None).ok()?;
    if !stream.is_plain {
        return None;
    }
    let finder = |needles: &[&[u8]]| AhoCorasick::builder().ascii_case_insensitive(true).build(needles).ok();
    let (sysmon, security) = (finder(needles[0])?, finder(needles[1])?);
    let longest = needles.iter().flat_map(|needles| needles.iter()).map(|needle| needle.len()).max().unwrap_or(1);
    let mut holds = Holds::default();
    let mut block = Vec::with_capacity(BLOCK);
    while holds != Holds::BOTH {
        // What lies across the seam of two blocks is found in the second.
        let kept = block.len().saturating_sub(longest);
        block.drain(..kept);
        let before = block.len();
        (&mut stream.reader).take((BLOCK - before) as u64).read_to_end(&mut block).ok()?;
        if block.len() == before {
            return Some(holds);
        }
        holds = Holds {
            sysmon: holds.sysmon || sysmon.is_match(&block),
            security: holds.security || security.is_match(&block),
        };
    }
    Some(holds)
}

#[cfg(test)]
mod tests {
    use crate::trial::{Folder, evtx};

    #[test]
    fn evidence_of_one_log_holds_no_twins_and_what_cannot_be_sought_in_may() {
        let sysmon = "{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":1,\"ProcessId\":\"4688\"}\n";
        let security = "{\"Channel\":\"Security\",\"EventID\":4688,\"NewProcessName\":\"a.exe\"}\n";
        let may = |files: &[(&str, &[u8])]| {
            let folder = files.iter().fold(Folder::new(), |folder, (name, bytes)| folder.with(name, bytes));
            folder.evidence().may_hold_twins()
        };
        let long = sysmon.repeat(30_000);
        assert!(!may(&[("a.json", long.as_bytes())]));
        assert!(!may(&[("a.json", security.as_bytes())]));
        assert!(may(&[("a.json", long.as_bytes()), ("b.json", security.as_bytes())]));
        assert!(may(&[("a.json", format!("{long}{security}").as_bytes())]));
        let odd = security.replace("NewProcessName", "newProcess\\u004eame");
        assert!(may(&[("a.json", sysmon.as_bytes()), ("b.json", odd.as_bytes())]));
        assert!(may(&[("a.evtx", &evtx(3)), ("b.json", security.as_bytes())]));
        assert!(!may(&[("a.evtx", &evtx(3)), ("b.json", sysmon.as_bytes())]));
        let wide: Vec<u8> =
            b"\xff\xfe".iter().copied().chain(sysmon.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert!(may(&[("a.json", &wide)]));
    }
}
