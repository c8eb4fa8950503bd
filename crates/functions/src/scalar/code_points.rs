//! Texts as numbers and bytes: code points, Base64, compression.

use serde_json::Value;

use crate::cast::guid_of;
use crate::function::{Function, Overload, Param, kernel};
use crate::rows::{Row, to_text};
use crate::scalar::{base64, deflate};
use crate::types::Type;

const JSON: Param = Param::Is(Type::Dynamic);
const TEXT: Param = Param::Text;

pub const FUNCTIONS: &[Function] = &[
    kernel!(["unicode_codepoints_from_string", "to_utf8"], "the code points of a text", [Param::Printed] => Type::Dynamic,
        |args| to_text(args, |row| Some(Value::from(row.text_or_empty(0).chars().map(u32::from).collect::<Vec<_>>()).to_string())),
        [("unicode_codepoints_from_string('Ku')", "[75,117]"),
        ("unicode_codepoints_from_string('é')", "[233]")]),
    Function::kql(
        &["unicode_codepoints_to_string", "make_string"],
        "the text of code points, given as numbers and arrays of them; empty where one is none",
        &[Overload::kernel(&[JSON], Type::String, |args| {
            to_text(args, |row| Some(characters(row).unwrap_or_default()))
        })
        .rest(JSON)],
        &[("unicode_codepoints_to_string(dynamic([75, 117, 115]), 116, 111)", "Kusto")],
    ),
    kernel!(["base64_encode_tostring", "base64_encodestring"], "a text in Base64", [TEXT] => Type::String,
        |args| to_text(args, |row| Some(base64::encode(row.text_or_empty(0).as_bytes()))), [("base64_encode_tostring('Kusto')", "S3VzdG8="),
        ("base64_encode_tostring('')", ""),
        ("base64_encode_tostring('é')", "w6k=")]),
    kernel!(["base64_decode_toarray"], "the bytes of a Base64 text; null where it is none", [TEXT] => Type::Dynamic,
        |args| to_text(args, |row| Some(Value::from(base64::bytes(row.text_or_empty(0))?).to_string())), [("base64_decode_toarray('S3U=')", "[75,117]"),
        ("base64_decode_toarray('S3VzdG8=')", "[75,117,115,116,111]")]),
    kernel!(["base64_encode_fromarray"], "an array of bytes in Base64; empty where it is none", [JSON] => Type::String,
        |args| to_text(args, |row| Some(octets(row).map(|bytes| base64::encode(&bytes)).unwrap_or_default())), [("base64_encode_fromarray(dynamic([75, 117]))", "S3U=")]),
    kernel!(["base64_decode_toguid"], "the guid of a Base64 text; null where it is none", [TEXT] => Type::Guid,
        |args| to_text(args, |row| {
            let bytes: [u8; 16] = base64::bytes(row.text_or_empty(0))?.try_into().ok()?;
            guid_of(&swapped(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }), [("base64_decode_toguid('8jMxriJurkmwahbmqbIS6w==')", "ae3133f2-6e22-49ae-b06a-16e6a9b212eb")]),
    kernel!(["base64_encode_fromguid"], "a guid in Base64", [Param::Is(Type::Guid)] => Type::String,
        |args| to_text(args, |row| Some(guid_bytes(row).map(|bytes| base64::encode(&bytes)).unwrap_or_default())),
        [("base64_encode_fromguid(guid(ae3133f2-6e22-49ae-b06a-16e6a9b212eb))", "8jMxriJurkmwahbmqbIS6w==")]),
    kernel!(["zlib_compress_to_base64_string"], "a text compressed with zlib, in Base64", [TEXT] => Type::String,
        |args| to_text(args, |row| deflate::zlib(row.text_or_empty(0).as_bytes()).map(|bytes| base64::encode(&bytes))),
        [("zlib_compress_to_base64_string('1234567890qwertyuiop')", "eAEBFADr/zEyMzQ1Njc4OTBxd2VydHl1aW9wOAkGdw==")]),
    kernel!(["zlib_decompress_from_base64_string"], "the text of a Base64 text that zlib compressed; empty where it is none", [TEXT] => Type::String,
        |args| to_text(args, |row| Some(base64::bytes(row.text_or_empty(0)).and_then(|bytes| deflate::from_zlib(&bytes)).unwrap_or_default())),
        [("zlib_decompress_from_base64_string('eAEBFADr/zEyMzQ1Njc4OTBxd2VydHl1aW9wOAkGdw==')", "1234567890qwertyuiop"), ("zlib_decompress_from_base64_string('x0x0x0')", "")]),
    kernel!(["gzip_compress_to_base64_string"], "a text compressed with gzip, in Base64", [TEXT] => Type::String,
        |args| to_text(args, |row| deflate::gzip(row.text_or_empty(0).as_bytes()).map(|bytes| base64::encode(&bytes))),
        [("gzip_compress_to_base64_string('1234567890qwertyuiop')", "H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==")]),
    kernel!(["gzip_decompress_from_base64_string"], "the text of a Base64 text that gzip compressed; empty where it is none", [TEXT] => Type::String,
        |args| to_text(args, |row| Some(base64::bytes(row.text_or_empty(0)).and_then(|bytes| deflate::from_gzip(&bytes)).unwrap_or_default())),
        [("gzip_decompress_from_base64_string('H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==')", "1234567890qwertyuiop")]),
];

fn characters(row: &Row<'_>) -> Option<String> {
    let mut out = String::new();
    let mut push = |value: &Value| {
        out.push(char::from_u32(u32::try_from(value.as_i64()?).ok()?)?);
        Some(())
    };
    for index in 0..row.len() {
        match row.json(index) {
            Value::Array(items) => items.iter().try_for_each(&mut push)?,
            one => push(&one)?,
        }
    }
    Some(out)
}

fn octets(row: &Row<'_>) -> Option<Vec<u8>> {
    row.array(0)?.iter().map(|item| u8::try_from(item.as_u64()?).ok()).collect()
}

fn guid_bytes(row: &Row<'_>) -> Option<[u8; 16]> {
    let digits: String = row.text(0)?.chars().filter(|letter| *letter != '-').collect();
    let number = u128::from_str_radix(&digits, 16).ok()?;
    Some(swapped(number.to_be_bytes()))
}

/// A guid's first three groups stand backwards in its bytes.
fn swapped([a, b, c, d, e, f, g, h, rest @ ..]: [u8; 16]) -> [u8; 16] {
    let mut out = [0; 16];
    let turned = [d, c, b, a, f, e, h, g];
    for (place, byte) in out.iter_mut().zip(turned.into_iter().chain(rest)) {
        *place = byte;
    }
    out
}
