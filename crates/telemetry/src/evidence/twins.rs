//! A look ahead: whether the evidence can hold one process creation in two logs at all. Most holds but one of the two, and
//! then need not be read twice.
//!
//! Nothing is parsed: it is sought for what no such event is without. What cannot be sought in may hold everything. A look at
//! the heads is cheap and settles most; a look at the whole costs a quarter of a reading, and is for those who cannot wait
//! for what the reading itself counts.

use std::fs;
use std::io::Read;

use aho_corasick::AhoCorasick;

use super::{Evidence, File};
use crate::format::Format;
use crate::lake::Stands;
use crate::read::{OpenArchive, open_archive};
use crate::report::Report;
use crate::stream::Stream;

/// How much is looked at in one go.
const BLOCK: usize = 1 << 20;
/// How much of a file its head is, and how much of all heads together is looked at.
const HEAD: u64 = 1 << 20;
const HEADS: u64 = 32 << 20;
/// What it takes to open a file, in bytes that could be looked at instead.
const OPENING: u64 = 32 << 10;

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

/// What is known of twins before any event is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// No event can be in two logs.
    Never,
    /// The one log or the other may still be where nobody looked.
    Open,
    Likely,
}

impl Evidence {
    /// Whether Sysmon and the Security log both tell of process creations, as far as lakes and the heads of files show.
    pub fn outlook_on_twins(&self) -> Outlook {
        let mut holds = self.of_lakes();
        let (mut room, mut is_whole) = (HEADS, true);
        let mut archive = None;
        for file in self.files.iter().filter(|file| file.format != Format::Lake) {
            if holds == Holds::BOTH {
                break;
            }
            let looked = match room {
                0 => None,
                _ => head(file, room.min(HEAD), &mut archive),
            };
            let looked = looked.unwrap_or_default();
            // To open a file costs, however short it is.
            room = room.saturating_sub(looked.bytes.max(OPENING));
            is_whole &= looked.is_whole && !looked.has_spelt;
            holds = holds.and(looked.holds);
        }
        match holds == Holds::BOTH {
            true => Outlook::Likely,
            false if is_whole => Outlook::Never,
            false => Outlook::Open,
        }
    }

    /// Whether Sysmon and the Security log may both tell of one process creation, by a look at every byte of the evidence.
    pub fn may_hold_twins(&self) -> bool {
        let mut holds = self.of_lakes();
        for file in self.files.iter().filter(|file| file.format != Format::Lake) {
            if holds == Holds::BOTH {
                break;
            }
            holds = holds.and(whole(file).unwrap_or(Holds::BOTH));
        }
        holds == Holds::BOTH
    }

    /// Whether both told of process creations, by what a whole reading counted.
    pub fn held_twins(&self, report: &Report) -> bool {
        let has = |(channel, event): (&str, i64)| {
            self.channel_id(channel).is_some_and(|channel| report.count(Some(channel), Some(event)) > 0)
        };
        has(SYSMON) && has(SECURITY)
    }

    fn of_lakes(&self) -> Holds {
        let holds = |lake: &Stands| {
            let has = |(channel, event)| lake.holds(channel, event);
            Holds { sysmon: has(SYSMON), security: has(SECURITY) }
        };
        self.lakes.iter().map(holds).fold(Holds::default(), Holds::and)
    }
}

const SYSMON: (&str, i64) = ("Microsoft-Windows-Sysmon/Operational", 1);
const SECURITY: (&str, i64) = ("Security", 4688);

/// What a look at some bytes came to.
#[derive(Debug, Clone, Copy, Default)]
struct Looked {
    holds: Holds,
    /// A letter is spelt by its number, so that any word may be.
    has_spelt: bool,
    bytes: u64,
    is_whole: bool,
}

/// The head of a file, packed or not; `None` for a file in which nothing can be sought.
fn head<'f>(file: &'f File, length: u64, archive: &mut Option<OpenArchive<'f>>) -> Option<Looked> {
    let seeker = Seeker::new(file.format)?;
    let stream = match file.member {
        None => Stream::open(fs::File::open(&file.path).ok()?, None),
        Some(member) => {
            let member = open_archive(file, archive).ok()?.zip.by_index(member).ok()?;
            let packed = member.compressed_size();
            return look(&seeker, Stream::open(member, Some(packed)).ok()?, Some(length));
        }
    };
    look(&seeker, stream.ok()?, Some(length))
}

/// All of a file; `None` where nothing can be sought without unpacking it.
fn whole(file: &File) -> Option<Holds> {
    if file.member.is_some() {
        return None;
    }
    let seeker = Seeker::new(file.format)?;
    let stream = Stream::open(fs::File::open(&file.path).ok()?, None).ok()?;
    if !stream.is_plain {
        return None;
    }
    look(&seeker, stream, None).map(|looked| if looked.has_spelt { Holds::BOTH } else { looked.holds })
}

/// Looks until both are found, or so many bytes are looked at.
fn look(seeker: &Seeker, mut stream: Stream<'_>, length: Option<u64>) -> Option<Looked> {
    let mut looked = Looked::default();
    let mut block = Vec::with_capacity(BLOCK);
    while looked.holds != Holds::BOTH && !looked.has_spelt && length.is_none_or(|length| looked.bytes < length) {
        // What lies across the seam of two blocks is found in the second.
        let kept = block.len().saturating_sub(seeker.longest);
        block.drain(..kept);
        let before = block.len();
        (&mut stream.reader).take((BLOCK - before) as u64).read_to_end(&mut block).ok()?;
        if block.len() == before {
            looked.is_whole = stream.problem().get().is_none();
            break;
        }
        looked.bytes += (block.len() - before) as u64;
        looked.holds = looked.holds.and(seeker.seek(&block));
        looked.has_spelt |= seeker.spelt.as_ref().is_some_and(|spelt| spelt.is_match(&block));
    }
    Some(looked)
}

/// What to seek in a format, and how.
struct Seeker {
    sysmon: AhoCorasick,
    security: AhoCorasick,
    /// Letters by their numbers, as nobody spells them; brackets and their like some do.
    spelt: Option<AhoCorasick>,
    longest: usize,
}

impl Seeker {
    fn new(format: Format) -> Option<Seeker> {
        // The names of the providers, for only these write such events; and of a field that every 4688 has.
        let (sysmon, security, spelt): (&[u8], &[u8], &[&[u8]]) = match format {
            Format::Evtx => {
                (b"W\0i\0n\0d\0o\0w\0s\0-\0S\0y\0s\0m\0o\0n", b"S\0e\0c\0u\0r\0i\0t\0y\0-\0A\0u\0d\0i\0t\0i\0n\0g", &[])
            }
            Format::Xml => (b"sysmon", b"newprocessname", &[b"&#"]),
            Format::Ndjson | Format::Json(_) | Format::Csv => {
                (b"sysmon", b"newprocessname", &[b"\\u004", b"\\u005", b"\\u006", b"\\u007"])
            }
            Format::Parquet | Format::Lake => return None,
        };
        let finder = |needles: &[&[u8]]| AhoCorasick::builder().ascii_case_insensitive(true).build(needles).ok();
        let longest = sysmon.len().max(security.len());
        let spelt = if spelt.is_empty() { None } else { Some(finder(spelt)?) };
        Some(Seeker { sysmon: finder(&[sysmon])?, security: finder(&[security])?, spelt, longest })
    }

    fn seek(&self, block: &[u8]) -> Holds {
        Holds { sysmon: self.sysmon.is_match(block), security: self.security.is_match(block) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::Outlook;
    use crate::trial::{Folder, evtx, read};

    const SYSMON: &str =
        "{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":1,\"ProcessId\":\"4688\"}\n";
    const SECURITY: &str = "{\"Channel\":\"Security\",\"EventID\":4688,\"NewProcessName\":\"a.exe\"}\n";

    #[test]
    fn evidence_of_one_log_holds_no_twins_and_what_cannot_be_sought_in_may() {
        let (sysmon, security) = (SYSMON, SECURITY);
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

    fn zip(member: &[u8]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("a.json", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(member).unwrap();
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn heads_settle_what_is_short_or_holds_both_and_leave_the_rest_open() {
        let outlook = |files: &[(&str, &[u8])]| {
            let folder = files.iter().fold(Folder::new(), |folder, (name, bytes)| folder.with(name, bytes));
            folder.evidence().outlook_on_twins()
        };
        let long = SYSMON.repeat(30_000);
        let late = format!("{long}{SECURITY}");
        assert_eq!(outlook(&[("a.json", SYSMON.as_bytes()), ("b.evtx", &evtx(3))]), Outlook::Never);
        assert_eq!(outlook(&[("a.json", long.as_bytes())]), Outlook::Open);
        assert_eq!(outlook(&[("a.json", late.as_bytes())]), Outlook::Open);
        assert_eq!(outlook(&[("a.json", long.as_bytes()), ("b.json", late.as_bytes())]), Outlook::Open);
        assert_eq!(outlook(&[("a.json", long.as_bytes()), ("b.json", SECURITY.as_bytes())]), Outlook::Likely);
        assert_eq!(outlook(&[("a.zip", &zip(SYSMON.as_bytes()))]), Outlook::Never);
        assert_eq!(outlook(&[("a.zip", &zip(SYSMON.as_bytes())), ("b.evtx", &evtx(3))]), Outlook::Never);
        let quoted = SYSMON.replace("4688", "\\u0060");
        assert_eq!(outlook(&[("a.json", quoted.as_bytes())]), Outlook::Open);
        let both = format!("{SYSMON}{SECURITY}");
        assert_eq!(outlook(&[("a.zip", &zip(both.as_bytes()))]), Outlook::Likely);
    }

    #[test]
    fn a_reading_counts_whether_both_were_there() {
        let held = |text: &str| {
            let evidence = Folder::new().with("a.json", text);
            let evidence = evidence.evidence();
            let (_, report) = read(&evidence, &[]);
            evidence.held_twins(&report)
        };
        let other = SECURITY.replace("4688", "4689");
        let kinds = [SYSMON.to_owned(), format!("{SYSMON}{other}"), format!("{SYSMON}{SECURITY}")];
        assert_eq!(kinds.map(|text| held(&text)), [false, false, true]);
    }
}
