//! Whole texts: of which events EventData and the payload are asked for. To make them costs more than all else of an event, and
//! hardly any rule looks at them.

use std::sync::{Arc, OnceLock};

use functions::predicate::push_looked;

use crate::bounds::EventKind;
use crate::sieve::Look;

/// Events whose whole text somebody looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedWhole {
    pub kinds: Vec<EventKind>,
    /// Only where one of these stands in the payload; `None` for all of the kinds.
    pub texts: Option<Arc<Sought>>,
}

/// Texts that are looked for in payloads, as [`push_looked`] makes them. What looks for them is made when there is an event to look at, once
/// for all workers.
#[derive(Debug)]
pub struct Sought {
    texts: Vec<String>,
    look: OnceLock<Option<Look>>,
    in_values: OnceLock<Option<Look>>,
}

impl PartialEq for Sought {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl Eq for Sought {}

impl Sought {
    pub fn new(texts: Vec<String>) -> Arc<Self> {
        Arc::new(Sought { texts, look: OnceLock::new(), in_values: OnceLock::new() })
    }

    /// `None` where the texts make no automaton, and any may stand in any payload.
    fn look(&self) -> Option<&Look> {
        let texts = || self.texts.iter().map(String::as_str).collect::<Vec<&str>>();
        self.look.get_or_init(|| Look::new(&texts())).as_ref()
    }

    /// What stands in one value or name of an event wherever a text stands in its payload; `None` where that is not sure.
    fn in_values(&self) -> Option<&Look> {
        let parts = || self.texts.iter().map(|text| part(text)).collect::<Option<Vec<&str>>>();
        self.in_values.get_or_init(|| Look::new(&parts()?)).as_ref()
    }
}

/// Tells which events it is asked for of.
#[derive(Debug)]
pub struct Wholes {
    /// Of these kinds always.
    always: Vec<EventKind>,
    looked: Vec<Looked>,
    /// The last kind that was asked for.
    last: Option<(String, i64, Need)>,
    scratch: String,
}

/// Kinds of events, and texts of which one has to stand in their payloads.
#[derive(Debug)]
struct Looked {
    kinds: Vec<EventKind>,
    sought: Arc<Sought>,
}

/// Whether the whole text of an event is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Always,
    /// Where a text stands in it of those whose bits are set.
    Looked(u64),
    Never,
}

/// What stands between the parts of a payload, and what JSON spells otherwise.
fn is_between(c: char) -> bool {
    c.is_control() || [' ', ':', '=', '\\', '"'].contains(&c)
}

/// Words that every payload has, and those that values of other types are.
const CONSTANT: &str = "agentdevicewindowslog agentlogfile source computer user eventid eventidcode eventcategory recordnumber \
     level opcode timegenerated keywords message true false null infinity";
/// So many sets of texts are told apart.
const MOST: usize = 64;
/// A part of a text has to have so many letters to be looked for in the values of fields.
const LETTERS: usize = 4;

impl Wholes {
    /// `None` for all events.
    pub fn new(wanted: Option<&[WantedWhole]>) -> Option<Wholes> {
        let mut wholes = Wholes { always: Vec::new(), looked: Vec::new(), last: None, scratch: String::new() };
        for WantedWhole { kinds, texts } in wanted? {
            match texts {
                Some(sought) if sought.texts.is_empty() => {}
                Some(sought) if wholes.looked.len() < MOST => {
                    wholes.looked.push(Looked { kinds: kinds.clone(), sought: sought.clone() });
                }
                _ => wholes.always.extend(kinds.iter().cloned()),
            }
        }
        Some(wholes)
    }

    pub fn need(&mut self, channel: &str, event: i64) -> Need {
        if let Some((known, id, need)) = &self.last
            && known == channel
            && *id == event
        {
            return *need;
        }
        let is_of = |kinds: &[EventKind]| kinds.iter().any(|kind| kind.fits(channel, event));
        let looked = self.looked.iter().enumerate().filter(|(_, looked)| is_of(&looked.kinds));
        let need = match looked.fold(0, |bits, (place, _)| bits | 1_u64 << place) {
            _ if is_of(&self.always) => Need::Always,
            0 => Need::Never,
            bits => Need::Looked(bits),
        };
        self.last = Some((channel.to_owned(), event, need));
        need
    }

    /// Whether the whole text of some events of these kinds is asked for.
    pub fn need_of<'k>(&mut self, kinds: impl Iterator<Item = (&'k str, i64)>) -> Need {
        kinds.fold(Need::Never, |all, (channel, event)| match (all, self.need(channel, event)) {
            (Need::Always, _) | (_, Need::Always) => Need::Always,
            (Need::Looked(bits), Need::Looked(more)) => Need::Looked(bits | more),
            (Need::Never, need) | (need, Need::Never) => need,
        })
    }

    /// Whether one of the texts of these bits stands in a payload.
    pub fn stand_in(&mut self, bits: u64, payload: &str) -> bool {
        self.scratch.clear();
        push_looked(payload, &mut self.scratch);
        let mut looked = of_bits(&self.looked, bits);
        looked.any(|(_, looked)| looked.sought.look().is_none_or(|look| look.stands_in(&self.scratch)))
    }

    /// Of these bits each, with what to look for in values; `None` where no value tells.
    pub fn in_values(&self, bits: u64) -> impl Iterator<Item = (u64, Option<&Look>)> {
        of_bits(&self.looked, bits).map(|(bit, looked)| (bit, looked.sought.in_values()))
    }
}

fn of_bits(looked: &[Looked], bits: u64) -> impl Iterator<Item = (u64, &Looked)> {
    let looked = looked.iter().enumerate().map(|(place, looked)| (1 << place, looked));
    looked.filter(move |(bit, _)| bits & bit != 0)
}

/// The longest part of a text between what separates the parts of a payload. What is of a number or a time, or of a word that every
/// payload has, may stand nowhere else, so it is none.
fn part(text: &str) -> Option<&str> {
    let is_sure = |part: &&str| {
        let letters = part.chars().filter(|c| c.is_alphabetic()).count();
        part.is_ascii() && letters >= LETTERS && !CONSTANT.contains(part)
    };
    text.split(is_between).filter(is_sure).max_by_key(|part| part.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(texts: &[&str]) -> Vec<WantedWhole> {
        let kinds = vec![EventKind { channel: None, events: vec![1] }];
        vec![
            WantedWhole { kinds, texts: Some(Sought::new(texts.iter().map(|text| (*text).to_owned()).collect())) },
            WantedWhole { kinds: vec![EventKind { channel: Some("System".to_owned()), events: vec![] }], texts: None },
        ]
    }

    #[test]
    fn a_kind_is_asked_for_always_or_where_a_text_stands_or_never() {
        let wanted = wanted(&["sekurlsa::logon", "two words"]);
        let mut wholes = Wholes::new(Some(&wanted)).unwrap();
        let needs =
            [("System", 1), ("System", 7), ("Security", 1), ("Security", 2)].map(|(name, id)| wholes.need(name, id));
        assert_eq!(needs, [Need::Always, Need::Always, Need::Looked(1), Need::Never]);
        assert_eq!(wholes.need_of([("Security", 2), ("Security", 1)].into_iter()), Need::Looked(1));
        assert!(wholes.stand_in(1, "Message=a: SEKURLSA::LogonPasswords") && !wholes.stand_in(1, "sekurlsa:logon"));
        assert!(!wholes.stand_in(2, "Message=a: SEKURLSA::LogonPasswords"));
        assert!(Wholes::new(None).is_none());
    }

    #[test]
    fn of_a_text_the_longest_part_between_separators_is_in_a_value() {
        assert_eq!(part("sekurlsa::logonpasswords"), Some("logonpasswords"));
        assert_eq!(part("two things"), Some("things"));
        assert_eq!(part("message::drop"), Some("drop"));
        assert_eq!(part("abcd\refghi\u{c}jklm\u{7f}x"), Some("efghi"));
        for unsure in ["4104", "e id", "message", "log=file", "0x1f", "", "agentdevice"] {
            assert_eq!(part(unsure), None, "{unsure}");
        }
        let in_values = |texts: &[&str]| {
            let wholes = Wholes::new(Some(&wanted(texts))).unwrap();
            wholes.in_values(1).all(|(_, look)| look.is_some())
        };
        assert!(in_values(&["mimikatz", "gentilkiwi"]) && !in_values(&["mimikatz", "7045"]));
    }
}
