//! What the modifiers of a field say together: how its values are compared, and what is done to them before.

use super::messages;
use super::modifier::Modifier;
use super::tree::{Bound, FieldMatch, Spanned};
use crate::Diagnostic;

/// The modifiers of one field, checked against each other.
#[derive(Debug)]
pub struct Terms {
    pub way: Way,
    /// Every value has to match, not just one.
    pub all: bool,
    pub case_sensitive: bool,
    pub negated: bool,
    /// What of the field's time is compared, instead of the field.
    pub part: Option<Modifier>,
    /// What becomes of a value's text before it is compared, in order.
    pub steps: Vec<Modifier>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Wildcard patterns, open on one side or both.
    Text(Open),
    /// With the flags that stand before it, held to an end or not.
    Regex {
        multi_line: bool,
        dot_all: bool,
        held: Held,
    },
    Cidr,
    Exists,
    Compare(Bound),
    /// Another field in the place of the value.
    FieldRef(Open),
}

/// Where a regular expression has to match; anywhere by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Held {
    #[default]
    Nowhere,
    ToStart,
    ToEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Open {
    pub before: bool,
    pub after: bool,
}

impl Terms {
    pub fn of(found: &FieldMatch) -> Result<Self, Box<Diagnostic>> {
        let is_keyword = found.field.is_none();
        let mut terms = Terms {
            way: Way::Text(Open::default()),
            all: false,
            case_sensitive: false,
            negated: false,
            part: None,
            steps: Vec::new(),
        };
        let mut open = Open::default();
        // The modifier that decides how values are compared, and the one that opens a side: each can stand once.
        let mut decides: Option<&Spanned<Modifier>> = None;
        let mut opens: Option<&Spanned<Modifier>> = None;
        let mut ignores_case = false;
        let mut part: Option<&Spanned<Modifier>> = None;
        for modifier in &found.modifiers {
            let way = match modifier.value {
                Modifier::All => {
                    terms.all = true;
                    continue;
                }
                Modifier::Cased => {
                    terms.case_sensitive = true;
                    continue;
                }
                Modifier::Neq => {
                    terms.negated = true;
                    continue;
                }
                Modifier::Minute
                | Modifier::Hour
                | Modifier::Day
                | Modifier::Week
                | Modifier::Month
                | Modifier::Year => {
                    if is_keyword {
                        return Err(Box::new(messages::not_for_keywords(modifier.span, modifier.value.name())));
                    }
                    once(&mut part, modifier)?;
                    terms.part = Some(modifier.value);
                    continue;
                }
                Modifier::Contains | Modifier::StartsWith | Modifier::EndsWith => {
                    if is_keyword && modifier.value != Modifier::Contains {
                        return Err(Box::new(messages::not_for_keywords(modifier.span, modifier.value.name())));
                    }
                    once(&mut opens, modifier)?;
                    open.before = modifier.value != Modifier::StartsWith;
                    open.after = modifier.value != Modifier::EndsWith;
                    continue;
                }
                Modifier::IgnoreCase | Modifier::MultiLine | Modifier::DotAll => {
                    let Way::Regex { multi_line, dot_all, .. } = &mut terms.way else {
                        let name = modifier.value.name();
                        return Err(Box::new(messages::modifier_needs(modifier.span, name, "re")));
                    };
                    ignores_case |= modifier.value == Modifier::IgnoreCase;
                    *multi_line |= modifier.value == Modifier::MultiLine;
                    *dot_all |= modifier.value == Modifier::DotAll;
                    continue;
                }
                Modifier::Windash
                | Modifier::Base64
                | Modifier::Base64Offset
                | Modifier::Utf16Le
                | Modifier::Utf16Be
                | Modifier::Utf16
                | Modifier::Expand => {
                    terms.steps.push(modifier.value);
                    continue;
                }
                Modifier::Re => Way::Regex { multi_line: false, dot_all: false, held: Held::default() },
                Modifier::Cidr => Way::Cidr,
                Modifier::Exists => Way::Exists,
                Modifier::Gt => Way::Compare(Bound::Gt),
                Modifier::Gte => Way::Compare(Bound::Gte),
                Modifier::Lt => Way::Compare(Bound::Lt),
                Modifier::Lte => Way::Compare(Bound::Lte),
                Modifier::FieldRef => Way::FieldRef(Open::default()),
            };
            if is_keyword && modifier.value != Modifier::Re {
                return Err(Box::new(messages::not_for_keywords(modifier.span, modifier.value.name())));
            }
            once(&mut decides, modifier)?;
            terms.way = way;
        }
        terms.way = match terms.way {
            // A keyword stands anywhere in the event.
            Way::Text(_) if is_keyword => Way::Text(Open { before: true, after: true }),
            Way::Text(_) => Way::Text(open),
            Way::FieldRef(_) => Way::FieldRef(open),
            Way::Regex { multi_line, dot_all, .. } => {
                let held = match opens.map(|opens| opens.value) {
                    Some(Modifier::StartsWith) => Held::ToStart,
                    Some(Modifier::EndsWith) => Held::ToEnd,
                    _ => Held::Nowhere,
                };
                Way::Regex { multi_line, dot_all, held }
            }
            way => way,
        };
        if matches!(terms.way, Way::Regex { .. }) && !ignores_case {
            terms.case_sensitive = true;
        }
        terms.check(found, decides, opens)?;
        if let Some(part) = part {
            terms.check_part(found, part, decides, opens)?;
        }
        Ok(terms)
    }

    /// A part of a time is a number: it is compared as one, or is one of several.
    fn check_part(
        &self,
        found: &FieldMatch,
        part: &Spanned<Modifier>,
        decides: Option<&Spanned<Modifier>>,
        opens: Option<&Spanned<Modifier>>,
    ) -> Result<(), Box<Diagnostic>> {
        let is_step =
            |modifier: &&Spanned<Modifier>| self.steps.contains(&modifier.value) || modifier.value == Modifier::Cased;
        let decides = decides.filter(|_| !matches!(self.way, Way::Compare(_)));
        match decides.or(opens).or_else(|| found.modifiers.iter().find(is_step)) {
            Some(other) => {
                Err(Box::new(messages::modifiers_conflict(other.span, part.value.name(), other.value.name())))
            }
            None => Ok(()),
        }
    }

    /// Sides and encodings have a meaning for texts alone.
    fn check(
        &self,
        found: &FieldMatch,
        decides: Option<&Spanned<Modifier>>,
        opens: Option<&Spanned<Modifier>>,
    ) -> Result<(), Box<Diagnostic>> {
        let Some(decides) = decides else {
            return Ok(());
        };
        let conflict = |other: &Spanned<Modifier>| {
            Err(Box::new(messages::modifiers_conflict(other.span, decides.value.name(), other.value.name())))
        };
        if let Some(opens) = opens {
            // A regular expression matches anywhere by itself, so `contains` adds nothing to it.
            if !matches!(decides.value, Modifier::Re | Modifier::FieldRef) {
                return conflict(opens);
            }
        }
        let step = found.modifiers.iter().find(|modifier| self.steps.contains(&modifier.value));
        match step {
            // Placeholders may stand in a regular expression too.
            Some(step) if step.value != Modifier::Expand || decides.value != Modifier::Re => conflict(step),
            _ => Ok(()),
        }
    }
}

fn once<'a>(held: &mut Option<&'a Spanned<Modifier>>, modifier: &'a Spanned<Modifier>) -> Result<(), Box<Diagnostic>> {
    match held.replace(modifier) {
        Some(first) if first.value != modifier.value => {
            Err(Box::new(messages::modifiers_conflict(modifier.span, first.value.name(), modifier.value.name())))
        }
        _ => Ok(()),
    }
}
