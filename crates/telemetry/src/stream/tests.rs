//! Streams unpacked and decoded, and those that are cut or blown up.

use std::io::Write;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read(bytes: &[u8]) -> (Vec<u8>, Option<String>) {
    let mut stream = Stream::open(bytes, None).unwrap();
    let mut out = Vec::new();
    stream.reader.read_to_end(&mut out).unwrap();
    assert!(out.starts_with(&stream.head));
    (out, stream.problem().get().cloned())
}

#[test]
fn members_and_frames_follow_one_another() {
    let long = "line of a log\n".repeat(20_000).into_bytes();
    let twice = [long.as_slice(), &long].concat();
    assert_eq!(read(&[gzip(&long), gzip(&long)].concat()), (twice.clone(), None));
    let frame = zstd::encode_all(long.as_slice(), 1).unwrap();
    assert_eq!(read(&[frame.as_slice(), &frame].concat()), (twice, None));
    assert_eq!(read(&zstd::encode_all(gzip(&long).as_slice(), 1).unwrap()), (long.clone(), None));
    let thrice = gzip(&gzip(&gzip(&long)));
    let refused = Stream::open(thrice.as_slice(), None).err().map(|error| error.to_string());
    assert_eq!(refused.as_deref(), Some("it is compressed more than twice: unpack it"));
}

#[test]
fn what_came_before_a_cut_is_read_and_the_cut_is_told() {
    let mut seed = 1_u32;
    let long: Vec<u8> = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b'a' + u8::try_from(seed >> 28).unwrap()
    })
    .take(400_000)
    .collect();
    for packed in [gzip(&long), zstd::encode_all(long.as_slice(), 1).unwrap()] {
        let (out, problem) = read(&packed[..packed.len() / 2]);
        assert!(out.len() > 100_000 && long.starts_with(&out), "{}", out.len());
        assert!(problem.is_some());
    }
}

#[test]
fn utf_16_is_read_with_and_without_its_mark() {
    let text = "[{\"EventID\":1,\"Image\":\"C:\\\\Zürich\\\\😀.exe\"}]\r\n".repeat(3_000);
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (mark, bytes) in [(&b"\xff\xfe"[..], &little), (b"\xfe\xff", &big), (b"", &little), (b"", &big)] {
        let (out, problem) = read(&[mark, bytes].concat());
        assert!(out == text.as_bytes() && problem.is_none());
    }
    assert_eq!(read(b"\xef\xbb\xbf{}").0, b"{}");
    assert_eq!(read(b"a\0b").0, b"a\0b");
}

#[test]
fn a_bomb_ends_and_a_log_of_one_event_over_and_over_does_not() {
    let zeros = std::io::repeat(0).take(3 << 30);
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    std::io::copy(&mut { zeros }, &mut encoder).unwrap();
    let bomb = encoder.finish().unwrap();
    let mut stream = Stream::open(bomb.as_slice(), None).unwrap();
    let given = std::io::copy(&mut stream.reader, &mut std::io::sink()).unwrap();
    assert!((1 << 30..1_100_000_000).contains(&given), "{given}");
    assert!(stream.problem().get().unwrap().starts_with("it unpacks to more than 400 times its size"));
}
