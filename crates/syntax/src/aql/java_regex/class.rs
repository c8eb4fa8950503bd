//! What stands between brackets: characters, ranges, classes within, and what `&&` cuts out.

use super::escape::{Escaped, member};
use super::{MAX_DEPTH, Translator};

impl Translator<'_> {
    /// After the bracket that opens it.
    pub(super) fn class(&mut self) -> Result<String, String> {
        let class = self.brackets()?;
        let is_folded = self.flags.ignores_case && self.flags.of_unicode;
        Ok(if is_folded { format!("(?i:{class})") } else { class })
    }

    fn brackets(&mut self) -> Result<String, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("its classes nest too deeply".to_owned());
        }
        let is_negated = self.chars.next_if_eq(&'^').is_some();
        // What `&&` stands between.
        let mut sides: Vec<String> = Vec::new();
        let mut side = String::new();
        loop {
            if self.flags.comments && self.chars.next_if(char::is_ascii_whitespace).is_some() {
                continue;
            }
            let Some(c) = self.chars.next() else { return Err("a class is not closed".to_owned()) };
            match c {
                ']' if !side.is_empty() || !sides.is_empty() => break,
                '[' => {
                    let inner = self.brackets()?;
                    side.push_str(&inner);
                }
                '&' if self.chars.next_if_eq(&'&').is_some() => {
                    // Nothing on the left is no side.
                    if !side.is_empty() {
                        sides.push(std::mem::take(&mut side));
                    }
                }
                '\\' if self.chars.next_if_eq(&'Q').is_some() => self.quoted_members(&mut side),
                '\\' => match self.escaped()? {
                    Escaped::Char(c) => self.from(c, &mut side)?,
                    Escaped::Class(class) => side.push_str(&class),
                },
                _ => self.from(c, &mut side)?,
            }
        }
        self.depth -= 1;
        if !side.is_empty() {
            sides.push(side);
        }
        let sides: Vec<String> = match sides.as_slice() {
            [only] => vec![only.clone()],
            many => many.iter().map(|side| format!("[{side}]")).collect(),
        };
        Ok(format!("[{}{}]", if is_negated { "^" } else { "" }, sides.join("&&")))
    }

    fn quoted_members(&mut self, side: &mut String) {
        while let Some(c) = self.chars.next() {
            if c == '\\' && self.chars.next_if_eq(&'E').is_some() {
                return;
            }
            self.push(c, c, side);
        }
    }

    /// One character, or the range that begins with it.
    fn from(&mut self, first: char, side: &mut String) -> Result<(), String> {
        let mut ahead = self.chars.clone();
        let is_range = ahead.next() == Some('-') && !matches!(ahead.peek(), Some(']' | '[') | None);
        if !is_range {
            self.push(first, first, side);
            return Ok(());
        }
        self.chars.next();
        let last = match self.chars.next() {
            Some('\\') => match self.escaped()? {
                Escaped::Char(c) => c,
                Escaped::Class(_) => return Err("a range ends with a class".to_owned()),
            },
            Some(c) => c,
            None => return Err("a class is not closed".to_owned()),
        };
        if last < first {
            return Err("a range goes from a later character to an earlier one".to_owned());
        }
        self.push(first, last, side);
        Ok(())
    }

    /// A range, with its letters of the other case where case is ignored.
    fn push(&self, first: char, last: char, side: &mut String) {
        add(first, last, side);
        if !self.flags.ignores_case {
            return;
        }
        for (least, most, turn) in [('a', 'z', 'A'), ('A', 'Z', 'a')] {
            let (from, to) = (first.max(least), last.min(most));
            if from <= to {
                let turned = |c: char| {
                    let place = u32::from(c) - u32::from(least) + u32::from(turn);
                    char::from_u32(place).unwrap_or(c)
                };
                add(turned(from), turned(to), side);
            }
        }
    }
}

fn add(first: char, last: char, side: &mut String) {
    side.push_str(&member(first));
    if first != last {
        side.push('-');
        side.push_str(&member(last));
    }
}
