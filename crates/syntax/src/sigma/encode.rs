//! Encodings that a modifier applies to a value: dashes of the Windows command line, UTF-16, Base64.

use super::pattern::Piece;

/// What Windows programs take for the dash of an option.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// Five to this power is how many texts one value may become.
pub const MAX_DASHES: usize = 4;

/// Every spelling of a value's options: a dash or slash that starts a word stands for each of the dashes. `None` where there are
/// too many.
pub(super) fn windash(pieces: &[Piece]) -> Option<Vec<Vec<Piece>>> {
    let mut spellings: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut dashes = 0;
    for piece in pieces {
        let Piece::Text(text) = piece else {
            spellings.iter_mut().for_each(|spelling| spelling.push(piece.clone()));
            continue;
        };
        let mut texts = vec![String::new()];
        let chars: Vec<char> = text.chars().collect();
        for (index, c) in chars.iter().enumerate() {
            let starts_word = matches!(c, '-' | '/')
                && !index.checked_sub(1).and_then(|before| chars.get(before)).is_some_and(is_word)
                && chars.get(index + 1).is_some_and(is_word);
            if !starts_word {
                texts.iter_mut().for_each(|text| text.push(*c));
                continue;
            }
            dashes += 1;
            if dashes > MAX_DASHES {
                return None;
            }
            texts = texts.iter().flat_map(|text| DASHES.map(|dash| format!("{text}{dash}"))).collect();
        }
        let join = |spelling: &Vec<Piece>| {
            let with = |text: &String| spelling.iter().cloned().chain([Piece::Text(text.clone())]).collect();
            texts.iter().map(with).collect::<Vec<Vec<Piece>>>()
        };
        spellings = spellings.iter().flat_map(join).collect();
    }
    Some(spellings)
}

fn is_word(c: &char) -> bool {
    c.is_alphanumeric() || *c == '_'
}

pub(super) fn utf16_le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub(super) fn utf16_be(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Little endian behind its byte order mark.
pub(super) fn utf16(text: &str) -> Vec<u8> {
    [vec![0xff, 0xfe], utf16_le(text)].concat()
}

/// What the Base64 of any text that holds these bytes holds: one spelling for each place modulo three, without the characters
/// that depend on the neighbours.
pub(super) fn base64_offsets(bytes: &[u8]) -> Vec<String> {
    let spelling = |offset: usize| {
        let shifted = [vec![b' '; offset], bytes.to_vec()].concat();
        let cut_start = [0, 2, 3].get(offset).copied().unwrap_or(0);
        let cut_end = [0, 3, 2].get(shifted.len() % 3).copied().unwrap_or(0);
        let encoded = base64(&shifted);
        let end = encoded.len().saturating_sub(cut_end);
        encoded.get(cut_start..end).unwrap_or("").to_string()
    };
    (0..3).map(spelling).collect()
}

/// Bytes in Base64, with its padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = |chunk: &[u8]| {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let (group, held) = (byte(0) << 16 | byte(1) << 8 | byte(2), chunk.len());
        [18, 12, 6, 0].into_iter().enumerate().map(move |(index, shift)| {
            let digit = ALPHABET.get((group >> shift & 63) as usize).copied().unwrap_or(b'=');
            if index > held { '=' } else { char::from(digit) }
        })
    };
    bytes.chunks(3).flat_map(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offset_is_found_in_the_encoded_text() {
        assert_eq!(base64_offsets(b"foobar"), ["Zm9vYmFy", "Zvb2Jhc", "mb29iYX"]);
        for needle in ["http://", "IEX", "ab"] {
            for before in 0..4 {
                let text = format!("{}{needle}~~", "x".repeat(before));
                let encoded = base64(text.as_bytes());
                assert!(base64_offsets(needle.as_bytes()).iter().any(|part| encoded.contains(part.as_str())));
            }
        }
    }

    #[test]
    fn utf16_puts_a_zero_behind_each_letter() {
        assert_eq!(base64(&utf16_le("IEX")), "SQBFAFgA");
        assert_eq!(utf16_be("A"), [0, 65]);
        assert_eq!(utf16("A"), [0xff, 0xfe, 65, 0]);
    }

    #[test]
    fn only_a_dash_that_starts_a_word_varies() {
        let texts = |value: &str| -> Vec<String> {
            let spellings = windash(&[Piece::Text(value.into())]).unwrap();
            spellings
                .into_iter()
                .map(|pieces| match pieces.as_slice() {
                    [Piece::Text(text)] => text.clone(),
                    _ => panic!(),
                })
                .collect()
        };
        assert_eq!(texts(" -enc"), [" -enc", " /enc", " –enc", " —enc", " ―enc"]);
        assert_eq!(texts("a-b - c"), ["a-b - c"]);
        assert_eq!(texts("/a -b").len(), 25);
        assert!(windash(&[Piece::Text("-a -b -c -d -e".into())]).is_none());
    }
}
