//! Hash functions.

mod digest;
mod xxh64;

use arrow::array::ArrayRef;
use datafusion_common::Result;

use crate::function::{Function, Overload, Param, kernel};
use crate::kernel::Args;
use crate::rows::{Row, to_long, to_text};
use crate::types::Type;

const LONG: Param = Param::Is(Type::Long);

pub const FUNCTIONS: &[Function] = &[
    Function::kql(
        &["hash", "hash_xxhash64"],
        "the xxHash64 of a value, or that modulo a number",
        &[
            Overload::kernel(&[Param::Text, LONG], Type::Long, |args| {
                hashed(args, |row| Some(row.text(0)?.as_bytes().to_vec()))
            })
            .optional(1),
            Overload::kernel(&[Param::Is(Type::Int), LONG], Type::Long, |args| {
                hashed(args, |row| Some(i32::try_from(row.long(0)?).ok()?.to_le_bytes().to_vec()))
            })
            .optional(1),
            Overload::kernel(&[LONG, LONG], Type::Long, WHOLE).optional(1),
            Overload::kernel(&[Param::Is(Type::Datetime), LONG], Type::Long, WHOLE).optional(1),
            Overload::kernel(&[Param::Is(Type::Timespan), LONG], Type::Long, WHOLE).optional(1),
            Overload::kernel(&[Param::Is(Type::Bool), LONG], Type::Long, |args| {
                hashed(args, |row| Some(vec![u8::from(row.bool(0)?)]))
            })
            .optional(1),
            Overload::kernel(&[Param::Is(Type::Real), LONG], Type::Long, |args| {
                hashed(args, |row| Some(row.real(0)?.to_le_bytes().to_vec()))
            })
            .optional(1),
        ],
        &[
            ("hash('World')", "1846988464401551951"),
            ("hash('World', 100)", "51"),
            ("hash(datetime(2015-01-01))", "1380966698541616202"),
        ],
    ),
    kernel!(["hash_md5"], "the MD5 of a value's text, in hexadecimal digits", [Param::Printed] => Type::String,
        |args| to_text(args, |row| Some(hex(&digest::md5(row.text_or_empty(0).as_bytes())))),
        [("hash_md5('World')", "f5a7924e621e84c9280a9a27e1bcb7f6"), ("hash_md5(datetime(2020-01-01))", "786c530672d1f8db31fee25ea8a9390b")]),
    kernel!(["hash_sha1"], "the SHA-1 of a value's text, in hexadecimal digits", [Param::Printed] => Type::String,
        |args| to_text(args, |row| Some(hex(&digest::sha1(row.text_or_empty(0).as_bytes())))),
        [("hash_sha1('World')", "70c07ec18ef89c5309bbb0937f3a6342411e1fdd"), ("hash_sha1(datetime(2020-01-01))", "e903e533f4d636b4fc0dcf3cf81e7b7f330de776")]),
    kernel!(["hash_sha256"], "the SHA-256 of a value's text, in hexadecimal digits", [Param::Printed] => Type::String,
        |args| to_text(args, |row| Some(hex(&digest::sha256(row.text_or_empty(0).as_bytes())))),
        [("hash_sha256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("hash_sha256('')", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]),
];

const WHOLE: crate::kernel::Kernel = |args| hashed(args, |row| Some(row.long(0)?.to_le_bytes().to_vec()));

fn hashed(args: &Args<'_>, bytes: impl Fn(&Row<'_>) -> Option<Vec<u8>>) -> Result<ArrayRef> {
    to_long(args, |row| {
        let hash = xxh64::hash(&bytes(row)?);
        if row.len() < 2 {
            return Some(hash.cast_signed());
        }
        let modulus = u64::try_from(row.long(1)?).ok()?;
        Some(hash.checked_rem(modulus)?.cast_signed())
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
