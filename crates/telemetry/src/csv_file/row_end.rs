//! Ends of rows: newlines that stand in no quotes, found as the parser of the rows finds them.

/// Where in a row a scan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a value, where a quote opens.
    Begin,
    Bare,
    Quoted,
    /// Behind a quote within quotes: a second one is a quote, anything else goes on bare.
    Quote,
}

/// Finds the ends of rows, one after another, as more is read.
#[derive(Debug)]
pub struct RowEnds {
    delimiter: u8,
    state: State,
    is_odd: bool,
}

impl RowEnds {
    pub fn new(delimiter: u8) -> Self {
        RowEnds { delimiter, state: State::Begin, is_odd: false }
    }

    /// Whether quotes of a row end where no value does: most likely one before did not end at all.
    pub fn is_odd(delimiter: u8, row: &[u8]) -> bool {
        let mut ends = RowEnds::new(delimiter);
        let mut at = 0;
        while let Some(end) = ends.next(row, at) {
            at = end;
        }
        ends.is_odd || ends.state == State::Quoted
    }

    /// The place behind the next newline that ends a row, from a place up to which it has looked.
    pub fn next(&mut self, bytes: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
            match self.state {
                State::Quoted => {
                    at += memchr::memchr(b'"', rest).unwrap_or(rest.len());
                    if at < bytes.len() {
                        self.state = State::Quote;
                        at += 1;
                    }
                    continue;
                }
                State::Bare => at += memchr::memchr2(self.delimiter, b'\n', rest).unwrap_or(rest.len()),
                State::Begin | State::Quote => {}
            }
            let byte = *bytes.get(at)?;
            at += 1;
            self.is_odd |=
                self.state == State::Quote && !matches!(byte, b'"' | b'\r' | b'\n') && byte != self.delimiter;
            self.state = match (byte, self.state) {
                (b'\n', _) => {
                    self.state = State::Begin;
                    return Some(at);
                }
                (b'"', State::Begin | State::Quote) => State::Quoted,
                (byte, _) if byte == self.delimiter => State::Begin,
                _ => State::Bare,
            };
        }
    }
}
