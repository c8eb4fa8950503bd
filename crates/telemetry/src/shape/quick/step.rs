//! Steps: how a key is passed in one go that is foreseen, with its value.

use fearless_simd::prelude::*;
use fearless_simd::u8x64;

use super::Act;
use super::keys::{Key, KeyId, Place};
use super::marks::{WIDTH, digits, window};
use super::runs::RunId;

/// How many digits a number may have that is plain.
const DIGITS: usize = 18;

/// A key with all that stands between the value before it and its own.
pub struct Spelling {
    pub text: Box<str>,
    /// How far from its start the key is, without quotes, and how long.
    pub offset: usize,
    pub length: usize,
}

/// How a key is passed that is foreseen, with a value such as it last had.
#[repr(align(64))]
pub struct Step {
    /// Its spelling, and the quote behind it if its value is a text; a bit for each byte behind that, which may differ.
    head: [u8; WIDTH],
    free: u64,
    /// How long the spelling is.
    pub length: u8,
    pub is_text: bool,
    pub pass: Pass,
    pub place: Place,
    pub next: KeyId,
    /// The run that begins with it.
    pub run: RunId,
}

/// Whether a value is passed together with others, where it is a text or a plain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    No,
    Over,
    /// And taken later.
    Take,
}

impl Spelling {
    pub fn new(text: &str, offset: usize, length: usize) -> Self {
        Spelling { text: Box::from(text), offset, length }
    }

    pub fn length(&self) -> usize {
        self.text.len()
    }

    #[inline]
    pub fn begins(&self, rest: &[u8]) -> bool {
        rest.starts_with(self.text.as_bytes())
    }
}

impl Step {
    pub fn new(key: &Key, is_text: bool) -> Self {
        let (text, quote) = (&key.spelling.text, is_text.then_some(b'"'));
        let mut head = [0; WIDTH];
        head.iter_mut().zip(text.bytes().chain(quote)).for_each(|(into, byte)| *into = byte);
        let looked_at = u32::try_from(text.len() + usize::from(is_text)).unwrap_or(u32::MAX);
        // What is longer is compared whole, by who foresees it.
        let place = if looked_at > u64::BITS { Place::NOWHERE } else { key.place };
        let pass = match key.act {
            Act::Skip => Pass::Over,
            Act::System { .. } | Act::Time { .. } | Act::Data { .. } => Pass::Take,
            _ => Pass::No,
        };
        Step {
            head,
            free: u64::MAX.checked_shl(looked_at).unwrap_or(0),
            length: u8::try_from(text.len()).unwrap_or(u8::MAX),
            is_text,
            pass,
            place,
            next: key.next[0],
            run: RunId::NONE,
        }
    }

    /// Whether bytes begin as they did.
    #[inline(always)]
    pub fn is_like<S: Simd>(&self, simd: S, bytes: u8x64<S>) -> bool {
        bytes.simd_eq(u8x64::simd_from(simd, self.head)).to_bitmask() | self.free == u64::MAX
    }
}

/// How long the number is that begins here; `None` if it is in one of the spellings that are looked at more closely.
#[inline(always)]
pub fn plain_number<S: Simd>(simd: S, bytes: &[u8], at: usize) -> Option<usize> {
    let length = digits(window(simd, bytes, at));
    let is_plain = (1..=DIGITS).contains(&length)
        && (length == 1 || bytes.get(at) != Some(&b'0'))
        && matches!(bytes.get(at + length), Some(b',' | b'}'));
    is_plain.then_some(length)
}
