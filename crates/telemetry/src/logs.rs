//! Logs: which channel on which host, each known by a small number and by one spelling.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Spellings that do not depend on what is read first.
const CANONICAL: [&str; 12] = [
    "Security",
    "System",
    "Application",
    "Setup",
    "ForwardedEvents",
    "Windows PowerShell",
    "PowerShellCore/Operational",
    "Microsoft-Windows-Sysmon/Operational",
    "Microsoft-Windows-PowerShell/Operational",
    "Microsoft-Windows-WMI-Activity/Operational",
    "Microsoft-Windows-TaskScheduler/Operational",
    "Microsoft-Windows-Windows Defender/Operational",
];

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
    logs: RwLock<Names>,
}

/// Names with numbers. Those beyond the limit share the last number: evidence with more is hostile.
#[derive(Debug)]
struct Names {
    limit: usize,
    spellings: Vec<(String, String)>,
    by_lower_case: HashMap<String, u32>,
}

impl Default for Logs {
    fn default() -> Self {
        let mut channels = Names::new(Logs::CHANNELS);
        for name in CANONICAL {
            channels.id(name, "");
        }
        Logs { channels: RwLock::new(channels), logs: RwLock::new(Names::new(Logs::LOGS)) }
    }
}

impl Logs {
    pub const CHANNELS: usize = 4096;
    pub const LOGS: usize = 1 << 16;

    /// The number of a channel, and its spelling.
    pub fn channel_id(&self, name: &str) -> (u32, String) {
        let mut channels = self.channels.write().unwrap_or_else(PoisonError::into_inner);
        let id = channels.id(name, "");
        (id, channels.get(id).map(|(name, _)| name.clone()).unwrap_or_default())
    }

    pub fn log_id(&self, channel: &str, computer: &str) -> u32 {
        self.logs.write().unwrap_or_else(PoisonError::into_inner).id(channel, computer)
    }

    /// The number of a channel if it was seen.
    pub fn find_channel(&self, name: &str) -> Option<u32> {
        let channels = self.channels.read().unwrap_or_else(PoisonError::into_inner);
        channels.by_lower_case.get(&key(name, "")).copied()
    }

    pub fn channel(&self, id: u32) -> Option<String> {
        let channels = self.channels.read().unwrap_or_else(PoisonError::into_inner);
        channels.get(id).map(|(name, _)| name.clone())
    }

    pub fn log(&self, id: u32) -> Option<Log> {
        let logs = self.logs.read().unwrap_or_else(PoisonError::into_inner);
        logs.get(id).map(|(channel, computer)| Log { channel: channel.clone(), computer: computer.clone() })
    }
}

impl Names {
    fn new(limit: usize) -> Self {
        Names { limit, spellings: Vec::new(), by_lower_case: HashMap::new() }
    }

    fn id(&mut self, first: &str, second: &str) -> u32 {
        let key = key(first, second);
        if let Some(id) = self.by_lower_case.get(&key) {
            return *id;
        }
        let is_full = self.spellings.len() >= self.limit;
        if !is_full {
            self.spellings.push((first.to_owned(), second.to_owned()));
        }
        let id = u32::try_from(self.spellings.len().saturating_sub(1)).unwrap_or(u32::MAX);
        if !is_full {
            self.by_lower_case.insert(key, id);
        }
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
    fn their_number_is_bounded() {
        let logs = Logs::default();
        for number in 0..5000 {
            logs.channel_id(&format!("Log {number}"));
        }
        assert_eq!(logs.channel_id("One more").0, 4095);
        assert_eq!(logs.channel(4096), None);
    }
}
