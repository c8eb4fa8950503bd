//! Compressed bytes, in zlib's and in gzip's wrapping.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::{GzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};

/// A value may not grow larger than this: a small text can hold a bomb.
const LARGEST: u64 = 64 << 20;
/// About what a table of codes takes.
const TABLE: usize = 40;

pub(super) fn zlib(bytes: &[u8]) -> Option<Vec<u8>> {
    smaller(|level| {
        let mut out = ZlibEncoder::new(Vec::new(), level);
        out.write_all(bytes).ok()?;
        out.finish().ok()
    })
}

pub(super) fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut packed = smaller(|level| {
        let mut out = GzEncoder::new(Vec::new(), level);
        out.write_all(bytes).ok()?;
        out.finish().ok()
    })?;
    // Neither a level nor an operating system is told in the header.
    if let Some([level, system]) = packed.get_mut(8..10) {
        (*level, *system) = (0, 0xff);
    }
    Some(packed)
}

pub(super) fn from_zlib(bytes: &[u8]) -> Option<String> {
    text(ZlibDecoder::new(bytes))
}

pub(super) fn from_gzip(bytes: &[u8]) -> Option<String> {
    text(GzDecoder::new(bytes))
}

/// What hardly shrinks is stored as it is: Kusto spends a table of codes on all else, which short texts do not earn back.
fn smaller(pack: impl Fn(Compression) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let (packed, stored) = (pack(Compression::fast())?, pack(Compression::none())?);
    Some(if packed.len() + TABLE < stored.len() { packed } else { stored })
}

fn text(packed: impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    packed.take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
    if bytes.len() as u64 > LARGEST {
        return None;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_no_text() {
        let bomb = zlib(&vec![b'a'; LARGEST as usize + 1]).unwrap();
        assert!(bomb.len() < 1 << 20);
        assert_eq!(from_zlib(&bomb), None);
        assert_eq!(from_zlib(&zlib(b"aaaa").unwrap()).as_deref(), Some("aaaa"));
    }
}
