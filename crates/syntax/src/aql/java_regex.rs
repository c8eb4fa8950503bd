//! Java's regular expressions in the spelling of Rust's engines.
//!
//! Everything is spelt out: classes are ASCII's, a dot excludes Java's line ends, and case is ignored within ASCII only, letter
//! by letter. So the result means the same to every engine, whatever its own flags. Look-around, back references, atomic groups
//! and possessive quantifiers need an engine that backtracks; [`Translated::backtracks`] says so.

mod class;
mod escape;

use std::iter::Peekable;
use std::str::Chars;

/// A pattern that has to match a whole text, without anchors of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    pub pattern: String,
    pub backtracks: bool,
}

/// Translates a pattern; the reason where Java refuses it, or where it asks for what no engine here has.
pub fn translate(pattern: &str, ignores_case: bool) -> Result<Translated, String> {
    let flags = Flags { ignores_case, ..Flags::default() };
    let mut translator = Translator {
        chars: pattern.chars().peekable(),
        out: String::with_capacity(2 * pattern.len()),
        flags,
        depth: 0,
        groups: pattern.matches('(').count(),
        backtracks: false,
    };
    translator.alternatives()?;
    if translator.chars.peek().is_some() {
        return Err("a parenthesis closes that was not opened".to_owned());
    }
    Ok(Translated { pattern: translator.out, backtracks: translator.backtracks })
}

const MAX_DEPTH: usize = 100;
/// The characters that end a line in Java.
const LINE_ENDS: &str = r"\n\r\x{85}\x{2028}\x{2029}";
const LINE_END: &str = r"(?:\r\n|[\n\r\x{85}\x{2028}\x{2029}])";

/// What `(?imsxudU)` switches.
#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    ignores_case: bool,
    /// Beyond ASCII too.
    of_unicode: bool,
    /// `\w` and its kin know Unicode.
    unicode_classes: bool,
    many_lines: bool,
    dot_all: bool,
    unix_lines: bool,
    comments: bool,
}

struct Translator<'p> {
    chars: Peekable<Chars<'p>>,
    out: String,
    flags: Flags,
    depth: usize,
    /// No more groups than parentheses.
    groups: usize,
    backtracks: bool,
}

impl Translator<'_> {
    fn alternatives(&mut self) -> Result<(), String> {
        let flags = self.flags;
        loop {
            self.sequence()?;
            if self.chars.next_if_eq(&'|').is_none() {
                self.flags = flags;
                return Ok(());
            }
            self.out.push('|');
        }
    }

    /// To the next `|`, `)` or the end.
    fn sequence(&mut self) -> Result<(), String> {
        loop {
            self.skip_comments();
            let start = self.out.len();
            match self.chars.peek() {
                None | Some('|' | ')') => return Ok(()),
                Some('*' | '+' | '?') => return Err("a quantifier has nothing before it".to_owned()),
                Some(_) => {}
            }
            if self.atom()? {
                self.skip_comments();
                self.quantifier(start)?;
            }
        }
    }

    /// Whether it is one that can be repeated.
    fn atom(&mut self) -> Result<bool, String> {
        let Some(c) = self.chars.next() else { return Ok(false) };
        match c {
            '(' => return self.group(),
            '[' => {
                let class = self.class()?;
                self.out.push_str(&class);
            }
            '.' => self.dot(),
            '^' if self.flags.many_lines => {
                self.backtracks = true;
                let ends = if self.flags.unix_lines { r"\n" } else { r"\n\x{85}\x{2028}\x{2029}" };
                let lone = if self.flags.unix_lines { "" } else { r"|(?<=\r)(?!\n)" };
                self.out.push_str(&format!(r"(?:\A|(?<=[{ends}]){lone})(?!\z)"));
            }
            '^' => self.out.push_str(r"\A"),
            '$' => self.line_end(self.flags.many_lines),
            '\\' => return self.escape(),
            '{' => return Err("a quantifier has nothing before it".to_owned()),
            _ => self.literal(c),
        }
        Ok(true)
    }

    fn dot(&mut self) {
        match (self.flags.dot_all, self.flags.unix_lines) {
            (true, _) => self.out.push_str("(?s:.)"),
            (false, true) => self.out.push_str(r"[^\n]"),
            (false, false) => self.out.push_str(&format!("[^{LINE_ENDS}]")),
        }
    }

    /// `$`: the end, or before a line end that is the last.
    fn line_end(&mut self, of_each_line: bool) {
        let closes = |c: char| c == ')';
        if !of_each_line && self.chars.clone().all(closes) {
            // Nothing can follow, and the whole text has to match.
            self.out.push_str(r"\z");
            return;
        }
        self.backtracks = true;
        // Never between the two characters of one line end.
        let within = r"(?!(?<=\r)\n)";
        self.out.push_str(&match (of_each_line, self.flags.unix_lines) {
            (true, true) => r"(?=\n|\z)".to_owned(),
            (true, false) => format!(r"(?=[{LINE_ENDS}]|\z){within}"),
            (false, true) => r"(?=\n?\z)".to_owned(),
            (false, false) => format!(r"(?={LINE_END}?\z){within}"),
        });
    }

    /// A character that stands for itself.
    fn literal(&mut self, c: char) {
        let other = match c.is_ascii_lowercase() {
            true => c.to_ascii_uppercase(),
            false => c.to_ascii_lowercase(),
        };
        if self.flags.ignores_case && self.flags.of_unicode {
            self.out.push_str(&format!("(?i:{})", hex(c)));
        } else if self.flags.ignores_case && other != c {
            self.out.push_str(&format!("[{c}{other}]"));
        } else if c.is_ascii_alphanumeric() {
            self.out.push(c);
        } else {
            self.out.push_str(&hex(c));
        }
    }

    fn group(&mut self) -> Result<bool, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("its groups nest too deeply".to_owned());
        }
        let outside = self.flags;
        let is_atom = if self.chars.next_if_eq(&'?').is_some() { self.special_group()? } else { self.opened("(")? };
        // `(?i)` holds to the end of the group that it stands in.
        if is_atom {
            self.flags = outside;
        }
        self.depth -= 1;
        Ok(is_atom)
    }

    fn opened(&mut self, open: &str) -> Result<bool, String> {
        self.out.push_str(open);
        self.alternatives()?;
        match self.chars.next() {
            Some(')') => {
                self.out.push(')');
                Ok(true)
            }
            _ => Err("a group is not closed".to_owned()),
        }
    }

    /// After `(?`.
    fn special_group(&mut self) -> Result<bool, String> {
        let Some(c) = self.chars.next() else { return Err("a group is not closed".to_owned()) };
        match c {
            ':' => self.opened("(?:"),
            '=' | '!' | '>' => {
                self.backtracks = true;
                self.opened(&format!("(?{c}"))
            }
            '<' => match self.chars.peek().copied() {
                Some(side @ ('=' | '!')) => {
                    self.chars.next();
                    self.backtracks = true;
                    self.opened(&format!("(?<{side}"))
                }
                _ => {
                    let name = self.group_name()?;
                    self.opened(&format!("(?<{name}>"))
                }
            },
            _ => self.switches(c),
        }
    }

    /// To the `>` that ends it.
    fn group_name(&mut self) -> Result<String, String> {
        let mut name = String::new();
        for c in self.chars.by_ref() {
            match c {
                '>' if !name.is_empty() => return Ok(name),
                _ if c.is_ascii_alphabetic() || (c.is_ascii_digit() && !name.is_empty()) => name.push(c),
                _ => break,
            }
        }
        Err("a group's name is letters and digits between < and >".to_owned())
    }

    /// `(?i-m)` for the rest of the group, `(?i-m:…)` for its own.
    fn switches(&mut self, first: char) -> Result<bool, String> {
        let mut flags = self.flags;
        let mut on = true;
        let mut next = Some(first);
        while let Some(c) = next {
            match c {
                ')' => {
                    self.flags = flags;
                    return Ok(false);
                }
                ':' => {
                    self.flags = flags;
                    return self.opened("(?:");
                }
                '-' => on = false,
                'i' => flags.ignores_case = on,
                'u' => flags.of_unicode = on,
                'U' => (flags.unicode_classes, flags.of_unicode) = (on, on),
                'm' => flags.many_lines = on,
                's' => flags.dot_all = on,
                'd' => flags.unix_lines = on,
                'x' => flags.comments = on,
                _ => return Err(format!("Java has no group that begins with (?{c}")),
            }
            next = self.chars.next();
        }
        Err("a group is not closed".to_owned())
    }

    /// After an atom that was written from `start` on.
    fn quantifier(&mut self, start: usize) -> Result<(), String> {
        let count = match self.chars.peek() {
            Some(c @ ('*' | '+' | '?')) => c.to_string(),
            Some('{') => match self.counted()? {
                Some(count) => count,
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        if !count.starts_with('{') {
            self.chars.next();
        }
        self.out.push_str(&count);
        match self.chars.peek() {
            Some('?') => {
                self.chars.next();
                self.out.push('?');
            }
            Some('+') => {
                self.chars.next();
                self.backtracks = true;
                self.out.insert_str(start, "(?>");
                self.out.push(')');
            }
            _ => {}
        }
        // Java reads one more count here, and it counts nothing.
        while self.chars.peek() == Some(&'{') {
            self.counted()?;
        }
        Ok(())
    }

    /// `{n}`, `{n,}` or `{n,m}`.
    fn counted(&mut self) -> Result<Option<String>, String> {
        self.chars.next();
        let mut text = String::from("{");
        while let Some(c) = self.chars.next_if(|c| c.is_ascii_digit() || *c == ',') {
            text.push(c);
        }
        let is_closed = self.chars.next() == Some('}');
        text.push('}');
        let inside = text.get(1..text.len() - 1).unwrap_or_default();
        let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
        let number = |text: &str| text.parse::<u32>().map_err(|_| "a count between { and } is a number".to_owned());
        if !is_closed {
            return Err("a count between { and } is a number".to_owned());
        }
        let least = number(least)?;
        if !most.is_empty() && number(most)? < least {
            return Err("a count goes from more to less".to_owned());
        }
        Ok(Some(text))
    }

    /// With `(?x)`, blanks and what follows a `#` are no part of the pattern.
    fn skip_comments(&mut self) {
        while self.flags.comments {
            if self.chars.next_if(char::is_ascii_whitespace).is_some() {
                continue;
            }
            if self.chars.next_if_eq(&'#').is_none() {
                return;
            }
            while self.chars.next_if(|c| !matches!(c, '\n' | '\r')).is_some() {}
        }
    }
}

/// A character by its number, which no engine takes for anything else.
fn hex(c: char) -> String {
    format!(r"\x{{{:x}}}", u32::from(c))
}

#[cfg(test)]
mod tests;
