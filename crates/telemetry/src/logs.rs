//! Logs: which channel on which host, each known by a small number and by one spelling.

mod windows;

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use xxhash_rust::xxh3::xxh3_64;

/// One channel on one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    pub channel: String,
    pub computer: String,
}

/// All channels and logs seen so far. Names are compared without regard to case; the first spelling stays.
#[derive(Debug)]
pub struct Logs {
    channels: RwLock<Names>,
    /// Tables that rows were exported from. Only names that are known, or that a person gave, come in here.
    tables: RwLock<Names>,
    logs: RwLock<Names>,
}

/// Names with numbers. Those beyond the limits have none: evidence with more is hostile.
#[derive(Debug)]
struct Names {
    limit: usize,
    /// How long all names may be together, and how long they are.
    room: usize,
    used: usize,
    spellings: Vec<(String, String)>,
    by_lower_case: HashMap<String, u32>,
}

impl Default for Logs {
    fn default() -> Self {
        let mut channels = Names::new(Logs::CHANNELS);
        for name in windows::CHANNELS {
            channels.id(name, "");
        }
        let tables = RwLock::new(Names::new(usize::MAX));
        Logs { channels: RwLock::new(channels), tables, logs: RwLock::new(Names::new(Logs::LOGS)) }
    }
}

impl Logs {
    pub const CHANNELS: usize = 4096;
    pub const LOGS: usize = 1 << 18;
    /// The number of every channel, and of every log, that is beyond the limits.
    pub const UNKNOWN: u32 = u32::MAX;
    const UNKNOWN_CHANNEL: &str = "(unknown)";
    const ROOM: usize = 32 << 20;
    /// The numbers from here on are those of exported tables.
    const TABLES: u32 = 1 << 31;
    const TABLE: &str = "table:";

    /// The channel that the rows of an exported table are events of.
    pub fn table_channel(name: &str) -> String {
        format!("{}{name}", Logs::TABLE)
    }

    /// The table whose rows are the events of a channel.
    pub fn table_of(channel: &str) -> Option<&str> {
        channel.strip_prefix(Logs::TABLE)
    }

    /// Whether a channel's events are rows of an exported table.
    pub fn is_table(channel: u32) -> bool {
        channel >= Logs::TABLES && channel != Logs::UNKNOWN
    }

    /// The number of a channel, and its spelling. One without a number is spelt as the event spells it.
    pub fn channel_id(&self, name: &str) -> (u32, String) {
        if Logs::table_of(name).is_some() {
            let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
            return (tables.id(name, "").saturating_add(Logs::TABLES), name.to_owned());
        }
        let mut channels = self.channels.write().unwrap_or_else(PoisonError::into_inner);
        let id = channels.id(name, "");
        (id, channels.get(id).map_or_else(|| name.to_owned(), |(spelling, _)| spelling.clone()))
    }

    /// What a log is called by as a number, wherever and in whatever order it is read: 52 bits, which JSON's readers hold exactly.
    pub fn number(channel: &str, computer: &str) -> i64 {
        i64::try_from(xxh3_64(key(channel, computer).as_bytes()) >> 12).unwrap_or_default()
    }

    pub fn log_id(&self, channel: &str, computer: &str) -> u32 {
        self.logs.write().unwrap_or_else(PoisonError::into_inner).id(channel, computer)
    }

    /// Whether tables name such events, so that they must be counted whatever else there is.
    pub fn is_named(channel: u32, event: i64) -> bool {
        if Logs::is_table(channel) {
            return true;
        }
        // Windows' own channels have the first numbers.
        let is_own = usize::try_from(channel).is_ok_and(|place| place < windows::CHANNELS.len());
        is_own && windows::EVENTS.binary_search(&event).is_ok()
    }

    /// The number of a channel if it was seen.
    pub fn find_channel(&self, name: &str) -> Option<u32> {
        if Logs::table_of(name).is_some() {
            let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
            return tables.by_lower_case.get(&key(name, "")).map(|id| id + Logs::TABLES);
        }
        let channels = self.channels.read().unwrap_or_else(PoisonError::into_inner);
        channels.by_lower_case.get(&key(name, "")).copied()
    }

    pub fn channel(&self, id: u32) -> Option<String> {
        if id == Logs::UNKNOWN {
            return Some(Logs::UNKNOWN_CHANNEL.to_owned());
        }
        if Logs::is_table(id) {
            let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
            return tables.get(id - Logs::TABLES).map(|(name, _)| name.clone());
        }
        let channels = self.channels.read().unwrap_or_else(PoisonError::into_inner);
        channels.get(id).map(|(name, _)| name.clone())
    }

    /// The hosts of all logs, each by its first spelling.
    pub fn hosts(&self) -> Vec<String> {
        let logs = self.logs.read().unwrap_or_else(PoisonError::into_inner);
        logs.spellings.iter().map(|(_, computer)| computer.clone()).collect()
    }

    /// The log of this number; `None` for those beyond the limits.
    pub fn log(&self, id: u32) -> Option<Log> {
        let logs = self.logs.read().unwrap_or_else(PoisonError::into_inner);
        logs.get(id).map(|(channel, computer)| Log { channel: channel.clone(), computer: computer.clone() })
    }
}

impl Names {
    fn new(limit: usize) -> Self {
        Names { limit, room: Logs::ROOM, used: 0, spellings: Vec::new(), by_lower_case: HashMap::new() }
    }

    fn id(&mut self, first: &str, second: &str) -> u32 {
        let key = key(first, second);
        if let Some(id) = self.by_lower_case.get(&key) {
            return *id;
        }
        let used = self.used + key.len() + first.len() + second.len();
        if self.spellings.len() >= self.limit || used > self.room {
            return Logs::UNKNOWN;
        }
        let id = u32::try_from(self.spellings.len()).unwrap_or(Logs::UNKNOWN);
        self.used = used;
        self.spellings.push((first.to_owned(), second.to_owned()));
        self.by_lower_case.insert(key, id);
        id
    }

    fn get(&self, id: u32) -> Option<&(String, String)> {
        self.spellings.get(usize::try_from(id).ok()?)
    }
}

fn key(first: &str, second: &str) -> String {
    format!("{}\0{}", first.to_ascii_lowercase(), second.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_one_number_and_one_spelling_whatever_its_case() {
        let logs = Logs::default();
        let (id, spelling) = logs.channel_id("security");
        assert_eq!((logs.channel_id("SECURITY").0, spelling.as_str()), (id, "Security"));
        let (own, _) = logs.channel_id("My/Log");
        assert_eq!((logs.channel_id("MY/LOG"), logs.find_channel("my/log")), ((own, "My/Log".into()), Some(own)));
        assert_eq!(logs.find_channel("Other"), None);
    }

    #[test]
    fn a_log_is_a_channel_on_a_host() {
        let logs = Logs::default();
        let first = logs.log_id("Security", "PC1");
        assert_ne!(logs.log_id("Security", "PC2"), first);
        assert_eq!(logs.log_id("Security", "pc1"), first);
        assert_eq!(logs.log(first), Some(Log { channel: "Security".into(), computer: "PC1".into() }));
    }

    #[test]
    fn a_logs_number_is_its_own_wherever_it_is_read() {
        // xxh3_64("security\0pc1") >> 12, by another implementation.
        assert_eq!(Logs::number("Security", "PC1"), 57_225_048_216_560);
        assert_eq!(Logs::number("security", "pc1"), 57_225_048_216_560);
        assert_ne!(Logs::number("Security", "PC2"), 57_225_048_216_560);
        assert_ne!(Logs::number("SecurityP", "C1"), 57_225_048_216_560);
    }

    #[test]
    fn what_is_beyond_the_limits_has_no_name_of_another() {
        let logs = Logs::default();
        for number in 0..5000 {
            logs.channel_id(&format!("Junk {number}"));
        }
        assert_eq!(logs.channel_id("One more"), (Logs::UNKNOWN, "One more".to_owned()));
        assert_eq!(logs.channel(Logs::UNKNOWN).as_deref(), Some("(unknown)"));
        let (ntlm, spelling) = logs.channel_id("microsoft-windows-ntlm/operational");
        assert_eq!((ntlm == Logs::UNKNOWN, spelling.as_str()), (false, "Microsoft-Windows-NTLM/Operational"));
        assert_eq!((logs.find_channel("Junk 7").is_some(), logs.find_channel("One more")), (true, None));

        let last = logs.log_id("Security", "PC");
        for number in 0..=Logs::LOGS {
            logs.log_id("Security", &format!("junk{number}"));
        }
        assert_eq!((logs.log_id("Security", "another"), logs.log(Logs::UNKNOWN)), (Logs::UNKNOWN, None));
        assert_eq!(logs.log_id("Security", "pc"), last);
    }

    #[test]
    fn long_names_fill_the_room_before_their_number_does() {
        let logs = Logs::default();
        let long = "x".repeat(1 << 20);
        let ids: Vec<u32> = (0..20).map(|number| logs.log_id(&format!("{number}"), &long)).collect();
        assert_eq!(ids.iter().filter(|id| **id != Logs::UNKNOWN).count(), 15);
    }

    #[test]
    fn an_exported_table_has_a_number_whatever_else_there_is() {
        let logs = Logs::default();
        for number in 0..5000 {
            logs.channel_id(&format!("Junk {number}"));
        }
        assert_eq!(logs.find_channel("table:DeviceEvents"), None);
        let (id, spelling) = logs.channel_id(&Logs::table_channel("DeviceEvents"));
        assert!(Logs::is_table(id) && Logs::is_named(id, -1) && !Logs::is_table(Logs::UNKNOWN));
        assert_eq!((logs.find_channel("table:DeviceEvents"), logs.channel(id)), (Some(id), Some(spelling)));
    }

    #[test]
    fn events_that_a_table_names_are_known() {
        let logs = Logs::default();
        let id = |name: &str| logs.channel_id(name).0;
        assert!(Logs::is_named(id("security"), 4688));
        assert!(!Logs::is_named(id("Security"), 47_000) && !Logs::is_named(id("Other"), 4688));
        assert!(!Logs::is_named(Logs::UNKNOWN, 4688));
    }
}
