//! A terminal's guard: data on its way to a terminal, with the characters that would steer it escaped.

use std::io::{self, Write};

use crate::escape::is_harmful;

/// Escapes control and direction characters as `\u202e`, which in JSON means the same; line ends and tabs stay.
pub struct Guard<W: Write> {
    out: W,
    /// The beginning of a character, or a carriage return of which the next byte is not known yet.
    pending: Vec<u8>,
}

impl<W: Write> Guard<W> {
    pub fn new(out: W) -> Self {
        Guard { out, pending: Vec::new() }
    }

    fn pass(&mut self, is_end: bool) -> io::Result<()> {
        let known = match std::str::from_utf8(&self.pending) {
            Err(error) if error.error_len().is_none() && !is_end => error.valid_up_to(),
            _ => self.pending.len(),
        };
        let mut known: Vec<u8> = self.pending.drain(..known).collect();
        if self.pending.is_empty() && !is_end && known.last() == Some(&b'\r') {
            self.pending.extend(known.pop());
        }
        let text = String::from_utf8_lossy(&known);
        let mut safe = String::with_capacity(text.len());
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            let ends_line = c == '\r' && rest.peek() == Some(&'\n');
            if ends_line || matches!(c, '\n' | '\t') || !is_harmful(c) {
                safe.push(c);
            } else {
                safe.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
        }
        self.out.write_all(safe.as_bytes())
    }
}

impl<W: Write> Write for Guard<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        self.pass(false)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass(true)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_however_it_is_cut() {
        let given = "é,\u{1b}[2J\rx\u{9b}1m,\"cod\u{202e}exe\"\tü\r\nnext\n";
        let expected = "é,\\u001b[2J\\u000dx\\u009b1m,\"cod\\u202eexe\"\tü\r\nnext\n";
        for size in 1..given.len() {
            let mut out = Vec::new();
            let mut guard = Guard::new(&mut out);
            given.as_bytes().chunks(size).for_each(|chunk| guard.write_all(chunk).unwrap());
            guard.flush().unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected, "in pieces of {size}");
        }
    }
}
