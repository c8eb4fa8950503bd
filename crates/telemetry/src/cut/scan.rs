//! A scan: from the beginning of a JSON value to its end, across as many reads as it takes, by structure alone.

/// How deep a value may nest. Readers keep what lies deeper than they go as text.
const DEPTH: usize = 1 << 20;

/// How far a scan has come.
#[derive(Debug, Default)]
pub struct Scan {
    depth: usize,
    /// For each level a bit: whether it is an object.
    objects: Vec<u64>,
    in_string: bool,
    is_escaped: bool,
    /// A colon was the last that counts, or a text.
    after_colon: bool,
    after_text: bool,
    pub lines: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The value ends before this place.
    Done(usize),
    /// No JSON goes on as it does at this place.
    Broken(usize),
    /// It goes on behind the bytes.
    More,
}

impl Scan {
    pub fn clear(&mut self) {
        *self = Scan { objects: std::mem::take(&mut self.objects), ..Scan::default() };
        self.objects.clear();
    }

    /// Scans on from a place in the bytes, where the value begins or the last scan ended.
    pub fn run(&mut self, bytes: &[u8], from: usize) -> Outcome {
        let mut at = from;
        if self.is_escaped && at < bytes.len() {
            self.is_escaped = false;
            at += 1;
        }
        loop {
            if self.in_string {
                let rest = bytes.get(at..).unwrap_or_default();
                let Some(found) = memchr::memchr3(b'"', b'\\', b'\n', rest) else { return Outcome::More };
                at += found;
                match bytes.get(at) {
                    Some(b'\n') => self.lines += 1,
                    Some(b'\\') => {
                        at += 1;
                        if at >= bytes.len() {
                            self.is_escaped = true;
                            return Outcome::More;
                        }
                    }
                    _ => {
                        self.in_string = false;
                        self.after_text = true;
                        if self.depth == 0 {
                            return Outcome::Done(at + 1);
                        }
                    }
                }
                at += 1;
                continue;
            }
            let Some(byte) = bytes.get(at) else { return Outcome::More };
            let after_text = std::mem::replace(&mut self.after_text, false);
            match byte {
                b' ' | b'\t' | b'\r' => self.after_text = after_text,
                b'\n' => {
                    self.lines += 1;
                    self.after_text = after_text;
                }
                byte if after_text && !matches!(byte, b',' | b':' | b'}' | b']') => return Outcome::Broken(at),
                b'"' => self.in_string = true,
                b'{' | b'[' if !self.open(*byte == b'{') => return Outcome::Broken(at),
                b'{' | b'[' => {}
                b'}' | b']' => match self.close(*byte == b'}') {
                    true if self.depth == 0 => return Outcome::Done(at + 1),
                    true => {}
                    // The value was a number or a word, and this ends what it stands in.
                    false if self.depth == 0 => return Outcome::Done(at),
                    false => return Outcome::Broken(at),
                },
                b',' if self.depth == 0 => return Outcome::Done(at),
                b':' => self.after_colon = true,
                b',' => self.after_colon = false,
                byte if !MAY_STAND_BARE[usize::from(*byte)] => return Outcome::Broken(at),
                _ => {}
            }
            at += 1;
        }
    }

    fn open(&mut self, is_object: bool) -> bool {
        // In an object a value follows a colon.
        let fits = self.depth == 0 || !self.is_object() || self.after_colon;
        if !fits || self.depth >= DEPTH {
            return false;
        }
        let (word, bit) = (self.depth / 64, 1_u64 << (self.depth % 64));
        if word >= self.objects.len() {
            self.objects.push(0);
        }
        if let Some(word) = self.objects.get_mut(word) {
            *word = if is_object { *word | bit } else { *word & !bit };
        }
        self.depth += 1;
        self.after_colon = false;
        true
    }

    fn close(&mut self, is_object: bool) -> bool {
        if self.depth == 0 || self.is_object() != is_object {
            return false;
        }
        self.depth -= 1;
        self.after_colon = false;
        true
    }

    fn is_object(&self) -> bool {
        let top = self.depth.saturating_sub(1);
        self.objects.get(top / 64).is_some_and(|word| word & (1 << (top % 64)) != 0)
    }
}

/// Bytes of numbers and of the words that JSON knows, `NaN` and `Infinity` too.
const MAY_STAND_BARE: [bool; 256] = {
    let mut table = [false; 256];
    let allowed = b"+-.0123456789eEtrufalsnNIity";
    let mut at = 0;
    while at < allowed.len() {
        table[allowed[at] as usize] = true;
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_where_it_ends_wherever_it_is_read_in_two() {
        let text = r#"{"a":"}\"\\","b":[1,{"c":null}],"d":-1.5e3} {"#;
        let end = text.len() - 2;
        for cut in 0..end {
            let mut scan = Scan::default();
            assert_eq!(scan.run(&text.as_bytes()[..cut], 0), Outcome::More, "{cut}");
            assert_eq!(scan.run(text.as_bytes(), cut), Outcome::Done(end), "{cut}");
        }
    }

    #[test]
    fn what_is_no_json_is_broken_where_it_shows() {
        for (text, at) in
            [("{]", 1), (r#"{"a":"b","C":x}"#, 13), (r#"{"a":1,{"b"#, 7), (r#"{"a":"b" , "c:\x": 1}"#, 99)]
        {
            let mut scan = Scan::default();
            match scan.run(text.as_bytes(), 0) {
                Outcome::Broken(found) => assert_eq!(found, at, "{text}"),
                other => assert_eq!((other, at), (Outcome::Done(text.len()), 99), "{text}"),
            }
        }
        assert!(matches!(Scan::default().run("[".repeat(DEPTH + 1).as_bytes(), 0), Outcome::Broken(_)));
    }
}
