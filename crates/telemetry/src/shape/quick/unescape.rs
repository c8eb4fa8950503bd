//! Unescape: the text that a record of JSON spells with escapes.

use std::ops::Range;

#[cfg(target_arch = "x86_64")]
use fearless_simd::{Avx512, Level, prelude::*, u8x64};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::_mm512_maskz_compress_epi8;

use super::marks::{Marks, WIDTH, escaped, places, window};

/// How many bytes are copied in one go.
const COPIED: usize = 32;

/// The text between two quotes, given the record's bytes with those that follow it too; `None` where it is none by the rules.
pub fn unescape<'a>(
    json: &str,
    beyond: &[u8],
    marks: &Marks,
    text: Range<usize>,
    memory: &'a mut Vec<u8>,
) -> Option<&'a str> {
    // No text grows where its escapes are replaced, and of the last step too much is written.
    let room = text.len() + WIDTH;
    if memory.len() < room {
        memory.resize(room, 0);
    }
    let length = at_once(beyond, &text, memory).or_else(|| one_by_one(json, marks, text, memory))?;
    simdutf8::basic::from_utf8(memory.get(..length)?).ok()
}

/// Where every escape stands for the character behind its backslash, which is nearly everywhere, the text is what is left of
/// its bytes; `None` where one does not, or the processor cannot.
fn at_once(bytes: &[u8], text: &Range<usize>, out: &mut [u8]) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if let Some(token) = Level::new().as_avx512() {
        return left_of(token, bytes, text.start, text.end, out);
    }
    None
}

#[cfg(target_arch = "x86_64")]
fearless_simd::kernel!(
    fn left_of(token: Avx512, json: &[u8], start: usize, end: usize, out: &mut [u8]) -> Option<usize> {
        let (mut at, mut length, mut is_first_escaped) = (start, 0, 0);
        while at < end {
            let bytes = window(token, json, at);
            let here = u64::MAX >> (WIDTH - (end - at).min(WIDTH));
            let backslashes = places(bytes, b'\\') & here;
            let escaped = escaped(backslashes, &mut is_first_escaped) & here;
            let themselves = backslashes | places(bytes, b'"') | places(bytes, b'/');
            if escaped & !themselves != 0 {
                return None;
            }
            let left = here & !(backslashes & !escaped);
            let left_bytes: u8x64<Avx512> = _mm512_maskz_compress_epi8(left, bytes.into()).simd_into(token);
            left_bytes.store_slice(out.get_mut(length..length + WIDTH)?);
            length += left.count_ones() as usize;
            at += WIDTH;
        }
        Some(length)
    }
);

fn one_by_one(json: &str, marks: &Marks, text: Range<usize>, out: &mut [u8]) -> Option<usize> {
    let bytes = json.as_bytes();
    let (mut at, mut length) = (text.start, 0);
    loop {
        let plain = marks.backslash(bytes, at, text.end).unwrap_or(text.end) - at;
        copy(bytes.get(at..)?, out.get_mut(length..)?, plain)?;
        at += plain;
        length += plain;
        if at >= text.end {
            return Some(length);
        }
        let escaped = *bytes.get(at + 1)?;
        at += 2;
        if escaped == b'u' {
            let (character, digits) = unicode(json.get(at..text.end)?)?;
            let bytes = out.get_mut(length..length + character.len_utf8())?;
            length += character.encode_utf8(bytes).len();
            at += digits;
        } else {
            *out.get_mut(length)? = match escaped {
                b'\\' | b'"' | b'/' => escaped,
                b'b' => 0x8,
                b'f' => 0xc,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                _ => return None,
            };
            length += 1;
        }
    }
}

/// Copies bytes in wide steps, of the last one too much where there is room for it.
#[inline(always)]
fn copy(from: &[u8], to: &mut [u8], length: usize) -> Option<()> {
    if length <= COPIED
        && let Some(bytes) = from.first_chunk::<COPIED>()
        && let Some(room) = to.first_chunk_mut::<COPIED>()
    {
        *room = *bytes;
        return Some(());
    }
    to.get_mut(..length)?.copy_from_slice(from.get(..length)?);
    Some(())
}

/// The character that an escape's digits name, and how much of the text they are.
fn unicode(digits: &str) -> Option<(char, usize)> {
    match hex(digits.get(..4)?)? {
        high @ 0xd800..0xdc00 => {
            let low = hex(digits.get(4..)?.strip_prefix("\\u")?.get(..4)?)?;
            let low = (0xdc00..0xe000).contains(&low).then_some(low)?;
            Some((char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?, 10))
        }
        code => Some((char::from_u32(code)?, 4)),
    }
}

fn hex(digits: &str) -> Option<u32> {
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_give_the_text_that_is_meant() {
        let long = "C:\\Windows\\System32\\".repeat(40);
        let texts = ["", "a", "\\\\", "\\\"", "a\\/b\\\\c\\\"", "\\u00e9\\n", "\\x", "é\\\\é", &long];
        for before in [1, 40, 63, 64, 65] {
            for text in texts {
                let json = format!("{:.<before$}\"{text}\"", "");
                let mut marks = Marks::default();
                marks.read(json.as_bytes(), json.len());
                let range = before + 1..json.len() - 1;
                let expected: Option<String> = serde_json::from_str(&format!("\"{text}\"")).ok();
                let mut memory = Vec::new();
                assert_eq!(
                    unescape(&json, json.as_bytes(), &marks, range.clone(), &mut memory).map(str::to_owned),
                    expected,
                    "{text}"
                );
                let slow = one_by_one(&json, &marks, range, &mut memory).map(|length| memory[..length].to_vec());
                assert_eq!(slow, expected.map(String::into_bytes), "{text}");
            }
        }
    }
}
