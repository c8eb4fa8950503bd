//! Whole texts: of which events EventData and the payload are asked for. To make them costs more than all else of an event, and
//! hardly any rule looks at them.

use functions::predicate::push_looked;

use crate::bounds::EventKind;
use crate::sieve::Look;

/// Events whose whole text somebody looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedWhole {
    pub kinds: Vec<EventKind>,
    /// Only where one of these stands in the payload, as [`push_looked`] makes it; `None` for all of the kinds.
    pub texts: Option<Vec<String>>,
}

/// Tells which events it is asked for of.
#[derive(Debug)]
pub struct Wholes {
    /// Of these kinds always.
    always: Vec<EventKind>,
    /// Of these where one of some texts stands in it.
    looked: Vec<EventKind>,
    look: Option<Look>,
    /// The last kind that was asked for.
    last: Option<(String, i64, Need)>,
    scratch: String,
}

/// Whether the whole text of an event is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Always,
    /// Where one of the texts stands in it.
    Looked,
    Never,
}

/// What stands between the parts of a payload, and what JSON spells otherwise.
const BETWEEN: [char; 7] = [' ', ':', '=', '\t', '\n', '\\', '"'];
/// Words that every payload has, and those that values of other types are.
const CONSTANT: &str = "agentdevicewindowslog agentlogfile source computer user eventid eventidcode eventcategory recordnumber \
     level opcode timegenerated keywords message true false null infinity";
/// A part of a text has to have so many letters to be looked for in the values of fields.
const LETTERS: usize = 4;

impl Wholes {
    /// `None` for all events.
    pub fn new(wanted: Option<&[WantedWhole]>) -> Option<Wholes> {
        let wanted = wanted?;
        let mut wholes =
            Wholes { always: Vec::new(), looked: Vec::new(), look: None, last: None, scratch: String::new() };
        let mut texts: Vec<&str> = Vec::new();
        for WantedWhole { kinds, texts: looked } in wanted {
            match looked {
                None => wholes.always.extend(kinds.iter().cloned()),
                Some(looked) => {
                    wholes.looked.extend(kinds.iter().cloned());
                    texts.extend(looked.iter().map(String::as_str));
                }
            }
        }
        if !texts.is_empty() {
            match Look::new(&texts) {
                Some(look) => wholes.look = Some(look),
                None => wholes.always.append(&mut wholes.looked),
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
        let need = match (is_of(&self.always), is_of(&self.looked)) {
            (true, _) => Need::Always,
            (false, true) => Need::Looked,
            (false, false) => Need::Never,
        };
        self.last = Some((channel.to_owned(), event, need));
        need
    }

    /// Whether the whole text of some events of these kinds is asked for.
    pub fn need_of<'k>(&mut self, kinds: impl Iterator<Item = (&'k str, i64)>) -> Need {
        kinds.fold(Need::Never, |all, (channel, event)| match (all, self.need(channel, event)) {
            (Need::Always, _) | (_, Need::Always) => Need::Always,
            (Need::Looked, _) | (_, Need::Looked) => Need::Looked,
            _ => Need::Never,
        })
    }

    /// Whether one of the texts stands in a payload.
    pub fn stands_in(&mut self, payload: &str) -> bool {
        self.scratch.clear();
        push_looked(payload, &mut self.scratch);
        self.look.as_ref().is_some_and(|look| look.stands_in(&self.scratch))
    }

    /// What of the texts stands in one value or name of an event wherever they stand in its payload; `None` where that is not sure.
    pub fn in_values(wanted: Option<&[WantedWhole]>) -> Option<Look> {
        let texts = wanted?.iter().filter_map(|wanted| wanted.texts.as_ref()).flatten();
        let parts: Vec<&str> = texts.map(|text| part(text)).collect::<Option<_>>()?;
        Look::new(&parts)
    }
}

/// The longest part of a text that no separator of a payload is in.
fn part(text: &str) -> Option<&str> {
    let part = text.split(BETWEEN).max_by_key(|part| part.len())?;
    // What is of a number or a time, or of a word that every payload has, may stand nowhere else.
    let letters = part.chars().filter(|c| c.is_alphabetic()).count();
    (part.is_ascii() && letters >= LETTERS && !CONSTANT.contains(part)).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(texts: &[&str]) -> Vec<WantedWhole> {
        let kinds = vec![EventKind { channel: None, events: vec![1] }];
        vec![
            WantedWhole { kinds, texts: Some(texts.iter().map(|text| (*text).to_owned()).collect()) },
            WantedWhole { kinds: vec![EventKind { channel: Some("System".to_owned()), events: vec![] }], texts: None },
        ]
    }

    #[test]
    fn a_kind_is_asked_for_always_or_where_a_text_stands_or_never() {
        let wanted = wanted(&["sekurlsa::logon", "two words"]);
        let mut wholes = Wholes::new(Some(&wanted)).unwrap();
        let needs =
            [("System", 1), ("System", 7), ("Security", 1), ("Security", 2)].map(|(name, id)| wholes.need(name, id));
        assert_eq!(needs, [Need::Always, Need::Always, Need::Looked, Need::Never]);
        assert!(wholes.stands_in("Message=a: SEKURLSA::LogonPasswords") && !wholes.stands_in("sekurlsa:logon"));
        assert!(Wholes::new(None).is_none());
    }

    #[test]
    fn of_a_text_the_longest_part_between_separators_is_in_a_value() {
        assert_eq!(part("sekurlsa::logonpasswords"), Some("logonpasswords"));
        assert_eq!(part("two words"), Some("words"));
        for unsure in ["4104", "e id", "message", "log=file", "0x1f", "", "agentdevice"] {
            assert_eq!(part(unsure), None, "{unsure}");
        }
        let in_values = |texts: &[&str]| Wholes::in_values(Some(&wanted(texts))).is_some();
        assert!(in_values(&["mimikatz", "gentilkiwi"]) && !in_values(&["mimikatz", "7045"]));
    }
}
