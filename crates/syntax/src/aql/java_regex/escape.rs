//! What follows a backslash.

use super::{LINE_END, Translator, hex};

/// What an escape stands for, inside of brackets and outside.
pub(super) enum Escaped {
    Char(char),
    /// A class that can stand in brackets.
    Class(String),
}

/// Sets of ASCII, as they are spelt between brackets.
const POSIX: [(&str, &str); 13] = [
    ("Lower", "a-z"),
    ("Upper", "A-Z"),
    ("ASCII", r"\x00-\x7f"),
    ("Alpha", "a-zA-Z"),
    ("Digit", "0-9"),
    ("Alnum", "a-zA-Z0-9"),
    ("Punct", r"!-/:-@\[-`{-~"),
    ("Graph", "!-~"),
    ("Print", r"\x20-~"),
    ("Blank", r"\x20\t"),
    ("Cntrl", r"\x00-\x1f\x7f"),
    ("XDigit", "0-9a-fA-F"),
    ("Space", r"\x20\t\n\x0b\f\r"),
];

/// Java's own names, and blocks that published patterns use.
const NAMED: [(&str, &str); 14] = [
    ("javaLowerCase", r"\p{Lowercase}"),
    ("javaUpperCase", r"\p{Uppercase}"),
    ("javaAlphabetic", r"\p{Alphabetic}"),
    ("javaLetter", r"\p{L}"),
    ("javaDigit", r"\p{Nd}"),
    ("javaLetterOrDigit", r"\p{L}\p{Nd}"),
    ("javaWhitespace", r"\t-\r\x1c-\x20\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200a}\x{2028}\x{2029}\x{205f}\x{3000}"),
    ("InBasicLatin", r"\x00-\x7f"),
    ("InLatin-1Supplement", r"\x80-\xff"),
    ("InGreek", r"\x{370}-\x{3ff}"),
    ("InCyrillic", r"\x{400}-\x{4ff}"),
    ("InHebrew", r"\x{590}-\x{5ff}"),
    ("InArabic", r"\x{600}-\x{6ff}"),
    ("L1", r"\x00-\xff"),
];

const HORIZONTAL: &str = r"\x20\t\x{a0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}";
const VERTICAL: &str = r"\n\x0b\f\r\x{85}\x{2028}\x{2029}";
const SPACE: &str = r"\x20\t\n\x0b\f\r";

impl Translator<'_> {
    /// Outside of brackets; whether it can be repeated.
    pub(super) fn escape(&mut self) -> Result<bool, String> {
        match self.chars.peek().copied() {
            Some(c @ ('b' | 'B')) => self.out.extend(['\\', c]),
            Some('A' | 'G') => self.out.push_str(r"\A"),
            Some('z') => self.out.push_str(r"\z"),
            Some('Z') => {
                self.chars.next();
                self.line_end(false);
                return Ok(true);
            }
            Some('R') => self.out.push_str(LINE_END),
            Some('Q') => {
                self.chars.next();
                return self.quotation();
            }
            Some('k') => {
                self.chars.next();
                if self.chars.next() != Some('<') {
                    return Err(r"\k names a group between < and >".to_owned());
                }
                let name = self.group_name()?;
                self.refer(&format!(r"\k<{name}>"));
                return Ok(true);
            }
            Some('1'..='9') => {
                self.back_reference();
                return Ok(true);
            }
            _ => {
                match self.escaped()? {
                    Escaped::Char(c) => self.literal(c),
                    Escaped::Class(class) => self.out.push_str(&format!("[{class}]")),
                }
                return Ok(true);
            }
        }
        self.chars.next();
        Ok(true)
    }

    /// `\Q…\E`; a quantifier after it repeats its last character.
    fn quotation(&mut self) -> Result<bool, String> {
        let mut last = None;
        while let Some(c) = self.chars.next() {
            if c == '\\' && self.chars.next_if_eq(&'E').is_some() {
                break;
            }
            let start = self.out.len();
            self.literal(c);
            last = Some(start);
        }
        if let Some(start) = last {
            self.quantifier(start)?;
        }
        Ok(false)
    }

    /// As many digits as there can be groups.
    fn back_reference(&mut self) {
        let mut number = 0;
        while let Some(digit) = self.chars.peek().and_then(|c| c.to_digit(10)) {
            let longer = number * 10 + digit as usize;
            if number > 0 && longer > self.groups {
                break;
            }
            number = longer;
            self.chars.next();
        }
        self.refer(&format!(r"\{number}"));
    }

    fn refer(&mut self, group: &str) {
        self.backtracks = true;
        let case = if self.flags.ignores_case { "i" } else { "" };
        self.out.push_str(&format!("(?{case}:{group})"));
    }

    /// What stands inside of brackets as well.
    pub(super) fn escaped(&mut self) -> Result<Escaped, String> {
        let Some(c) = self.chars.next() else { return Err("a backslash stands at its end".to_owned()) };
        Ok(Escaped::Char(match c {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\u{c}',
            'a' => '\u{7}',
            'e' => '\u{1b}',
            '0' => self.octal()?,
            'x' => self.hexadecimal()?,
            'u' => self.utf16()?,
            'c' => {
                let key = self.chars.next().and_then(|key| u8::try_from(key).ok());
                key.map(|key| char::from(key ^ 64)).ok_or(r"\c needs a letter")?
            }
            'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'h' | 'H' | 'v' | 'V' => return Ok(Escaped::Class(self.shorthand(c))),
            'p' | 'P' => return self.property(c == 'P').map(Escaped::Class),
            'X' | 'N' => return Err(format!(r"\{c} is not supported")),
            _ if c.is_ascii_alphanumeric() => return Err(format!(r"Java has no escape \{c}")),
            _ => c,
        }))
    }

    fn shorthand(&self, c: char) -> String {
        let is_unicode = self.flags.unicode_classes && !matches!(c, 'h' | 'H' | 'v' | 'V');
        let set = match c.to_ascii_lowercase() {
            _ if is_unicode => return format!(r"\{c}"),
            'd' => "0-9",
            'w' => "a-zA-Z0-9_",
            's' => SPACE,
            'h' => HORIZONTAL,
            _ => VERTICAL,
        };
        if c.is_ascii_uppercase() { format!("[^{set}]") } else { set.to_owned() }
    }

    fn property(&mut self, is_negated: bool) -> Result<String, String> {
        let mut name = String::new();
        match self.chars.next() {
            Some('{') => loop {
                match self.chars.next() {
                    Some('}') => break,
                    Some(c) if name.len() < 64 => name.push(c),
                    _ => return Err(r"\p names a property between { and }".to_owned()),
                }
            },
            Some(c) => name.push(c),
            None => return Err(r"\p names a property between { and }".to_owned()),
        }
        let is_cased =
            matches!(name.as_str(), "Lower" | "Upper" | "javaLowerCase" | "javaUpperCase" | "Lu" | "Ll" | "Lt");
        let known = POSIX.iter().chain(&NAMED).find(|(known, _)| *known == name);
        let set = match known {
            _ if is_cased && self.flags.ignores_case && name.len() == 5 => "a-zA-Z".to_owned(),
            _ if is_cased && self.flags.ignores_case => r"\p{Lu}\p{Ll}\p{Lt}".to_owned(),
            Some((_, set)) => (*set).to_owned(),
            None => format!(r"\p{{{}}}", name.strip_prefix("Is").unwrap_or(&name)),
        };
        Ok(if is_negated { format!("[^{set}]") } else { set })
    }

    /// `\0n`, `\0nn` or `\0mnn`, no more than `\0377`.
    fn octal(&mut self) -> Result<char, String> {
        let mut value: Option<u32> = None;
        for _ in 0..3 {
            let Some(digit) = self.chars.peek().and_then(|c| c.to_digit(8)) else { break };
            let longer = value.unwrap_or(0) * 8 + digit;
            if longer > 0o377 {
                break;
            }
            value = Some(longer);
            self.chars.next();
        }
        value.and_then(char::from_u32).ok_or_else(|| r"\0 needs octal digits".to_owned())
    }

    fn hexadecimal(&mut self) -> Result<char, String> {
        let why = || r"\x needs two hexadecimal digits, or more between { and }".to_owned();
        if self.chars.next_if_eq(&'{').is_none() {
            return char::from_u32(self.digits(2).ok_or_else(why)?).ok_or_else(why);
        }
        let mut value: u32 = 0;
        while let Some(digit) = self.chars.peek().and_then(|c| c.to_digit(16)) {
            value = value.checked_mul(16).and_then(|value| value.checked_add(digit)).ok_or_else(why)?;
            self.chars.next();
        }
        if self.chars.next() != Some('}') {
            return Err(why());
        }
        char::from_u32(value).ok_or_else(why)
    }

    /// `\uhhhh`; two of them may be one character.
    fn utf16(&mut self) -> Result<char, String> {
        let why = || r"\u needs four hexadecimal digits of a character".to_owned();
        let high = self.digits(4).ok_or_else(why)?;
        if !(0xd800..0xdc00).contains(&high) {
            return char::from_u32(high).ok_or_else(why);
        }
        if self.chars.next() != Some('\\') || self.chars.next() != Some('u') {
            return Err(why());
        }
        let low = self.digits(4).filter(|low| (0xdc00..0xe000).contains(low)).ok_or_else(why)?;
        char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)).ok_or_else(why)
    }

    fn digits(&mut self, count: usize) -> Option<u32> {
        (0..count).try_fold(0, |value, _| Some(value * 16 + self.chars.next()?.to_digit(16)?))
    }
}

/// A character between brackets.
pub(super) fn member(c: char) -> String {
    if c.is_ascii_alphanumeric() { c.to_string() } else { hex(c) }
}
