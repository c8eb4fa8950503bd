//! UTF-16, as Windows writes XML and CSV, read as UTF-8.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_16BE, UTF_16LE};

const BUFFER: usize = 32 << 10;
/// How many characters at the beginning of a head without a mark must be of one byte each.
const SAMPLE: usize = 16;

/// Which UTF-16 a head is: by its mark, else because every second byte of its beginning is zero.
pub fn encoding(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [0xff, 0xfe, ..] => return Some(UTF_16LE),
        [0xfe, 0xff, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let pairs = || head.chunks_exact(2).take(SAMPLE);
    if pairs().len() < 4 {
        return None;
    }
    if pairs().all(|pair| matches!(pair, [1..=127, 0])) {
        return Some(UTF_16LE);
    }
    pairs().all(|pair| matches!(pair, [0, 1..=127])).then_some(UTF_16BE)
}

/// The text of a reader as UTF-8; what is no character becomes U+FFFD.
pub struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    input: Vec<u8>,
    output: Vec<u8>,
    /// How much of the output was given away.
    given: usize,
    is_done: bool,
}

impl<R: Read> Decoded<R> {
    pub fn new(inner: R, encoding: &'static Encoding) -> Self {
        Decoded {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            input: Vec::with_capacity(BUFFER),
            output: Vec::new(),
            given: 0,
            is_done: false,
        }
    }

    fn decode(&mut self) -> io::Result<()> {
        self.input.clear();
        let read = (&mut self.inner).take(BUFFER as u64).read_to_end(&mut self.input)?;
        self.is_done = read < BUFFER;
        // A pair of bytes becomes three at most, and what was left of the last input as much again.
        self.output.resize(2 * BUFFER + 16, 0);
        self.given = 0;
        let (result, _, written, _) = self.decoder.decode_to_utf8(&self.input, &mut self.output, self.is_done);
        if result == CoderResult::OutputFull {
            return Err(io::Error::other("its UTF-16 does not fit as UTF-8"));
        }
        self.output.truncate(written);
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given >= self.output.len() && !self.is_done {
            self.decode()?;
        }
        let rest = self.output.get(self.given..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(from), Some(to)) = (rest.get(..count), buffer.get_mut(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}
