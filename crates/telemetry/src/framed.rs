//! A framed record: its JSON within the block that it was read in, so that steps as wide as the processor's registers may
//! reach over its end, and what is known of the block holds for it.

use std::ops::Range;

/// A record and what follows it in memory.
#[derive(Debug, Clone, Copy)]
pub struct Framed<'b> {
    bytes: &'b [u8],
    length: usize,
    /// The record as text, where its block is.
    text: Option<&'b str>,
}

/// A block whose records are read.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'b> {
    bytes: &'b [u8],
    /// Text, unless a byte of it is none.
    text: Option<&'b str>,
}

impl<'b> Frame<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Frame { bytes, text: simdutf8::basic::from_utf8(bytes).ok() }
    }

    /// One of its records; where there is none, an empty one.
    pub fn record(&self, range: Range<usize>) -> Framed<'b> {
        let bytes = self.bytes.get(range.start..).unwrap_or_default();
        let length = range.len().min(bytes.len());
        Framed { bytes, length, text: self.text.and_then(|text| text.get(range)) }
    }
}

impl<'b> Framed<'b> {
    pub fn alone(bytes: &'b [u8]) -> Self {
        Framed { bytes, length: bytes.len(), text: None }
    }

    /// The record.
    pub fn bytes(&self) -> &'b [u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// The record, if it is UTF-8.
    pub fn text(&self) -> Option<&'b str> {
        self.text.or_else(|| simdutf8::basic::from_utf8(self.bytes()).ok())
    }

    /// The record, and what follows it.
    pub fn beyond(&self) -> &'b [u8] {
        self.bytes
    }
}
