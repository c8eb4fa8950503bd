//! Known logs: a worker's channels and logs, so that the shared ones are asked once.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use crate::logs::Logs;

/// How many bytes of names a worker remembers before it starts anew, and what a name costs beside its own length.
const REMEMBERED: usize = 8 << 20;
const ENTRY: usize = 64;
/// How many logs are at hand.
const AT_HAND: usize = 1024;
/// How long the name of a computer may be whose log is.
const SHORT: usize = 55;

/// What a worker was told.
#[derive(Default)]
pub struct KnownLogs {
    channels: Vec<KnownChannel>,
    by_name: HashMap<String, usize, RandomState>,
    /// The place of the channel that was asked for last.
    last: usize,
    /// The logs that were asked for last, by what their computers' names hash to. Each event asks for one, and what the maps
    /// hold is spread over memory that reading has pushed out of the cache.
    at_hand: Vec<AtHand>,
    hasher: RandomState,
    /// How many bytes all this takes.
    size: usize,
}

/// A channel and its logs.
pub struct KnownChannel {
    /// As events spell it, and as all that is known of it is spelt.
    name: String,
    pub spelling: String,
    pub id: u32,
    logs: HashMap<String, u32, RandomState>,
}

/// A log with all that it is known by, in one line of the cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct AtHand {
    /// The place of its channel, from 1.
    channel: u32,
    log: u32,
    length: u8,
    computer: [u8; SHORT],
}

impl KnownLogs {
    /// The channel, and the number of its log on a computer.
    pub fn find(&mut self, all: &Logs, name: &str, computer: &str) -> Option<(&KnownChannel, u32)> {
        if self.size > REMEMBERED {
            *self = KnownLogs::default();
        }
        if self.channels.get(self.last).is_none_or(|channel| channel.name != name) {
            self.last = match self.by_name.get(name) {
                Some(place) => *place,
                None => self.add(all, name),
            };
        }
        if self.at_hand.is_empty() {
            self.at_hand.resize(AT_HAND, AtHand::NONE);
        }
        let number = u32::try_from(self.last + 1).ok()?;
        let [low, high, ..] = self.hasher.hash_one(computer).to_le_bytes();
        let at_hand = self.at_hand.get_mut(usize::from(u16::from_le_bytes([low, high])) % AT_HAND)?;
        if at_hand.is(number, computer) {
            let log = at_hand.log;
            return Some((self.channels.get(self.last)?, log));
        }
        let channel = self.channels.get_mut(self.last)?;
        let log = match channel.logs.get(computer) {
            Some(log) => *log,
            None => {
                self.size += ENTRY + computer.len();
                let log = all.log_id(&channel.spelling, computer);
                channel.logs.insert(computer.to_owned(), log);
                log
            }
        };
        at_hand.become_that(number, computer, log);
        Some((channel, log))
    }

    fn add(&mut self, all: &Logs, name: &str) -> usize {
        self.size += ENTRY + 3 * name.len();
        let (id, spelling) = all.channel_id(name);
        self.by_name.insert(name.to_owned(), self.channels.len());
        self.channels.push(KnownChannel { name: name.to_owned(), spelling, id, logs: HashMap::default() });
        self.channels.len() - 1
    }
}

impl AtHand {
    const NONE: AtHand = AtHand { channel: 0, log: 0, length: 0, computer: [0; SHORT] };

    fn is(&self, channel: u32, computer: &str) -> bool {
        self.channel == channel && self.computer.get(..usize::from(self.length)) == Some(computer.as_bytes())
    }

    fn become_that(&mut self, channel: u32, computer: &str, log: u32) {
        let Some(room) = self.computer.get_mut(..computer.len()) else { return };
        room.copy_from_slice(computer.as_bytes());
        self.length = u8::try_from(computer.len()).unwrap_or_default();
        (self.channel, self.log) = (channel, log);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_there_are_and_however_long_their_names_each_log_keeps_its_number() {
        let (all, mut known) = (Logs::default(), KnownLogs::default());
        let long = "x".repeat(SHORT);
        let mut computers: Vec<String> = (0..3 * AT_HAND).map(|number| format!("PC{number}")).collect();
        computers.extend(["".to_owned(), long.clone(), format!("{long}a"), format!("{long}b")]);
        let mut ask = |name: &str, computer: &str| {
            let (channel, log) = known.find(&all, name, computer).unwrap();
            (channel.spelling.clone(), log)
        };
        let mut numbers = std::collections::HashSet::new();
        for channel in ["System", "Security"] {
            for computer in &computers {
                let (spelling, log) = ask(channel, computer);
                assert_eq!((spelling.as_str(), log), (channel, all.log_id(channel, computer)));
                assert_eq!(ask(channel, computer), (spelling, log));
                assert!(numbers.insert(log), "{channel} {computer}");
            }
        }
    }
}
