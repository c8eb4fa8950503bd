//! Functions on the bits of whole numbers.

use crate::function::{Function, Param, kernel};
use crate::rows::{Row, to_long};
use crate::types::Type;

const LONG: Param = Param::Is(Type::Long);

pub const FUNCTIONS: &[Function] = &[
    kernel!(["binary_and"], "the bits that both numbers have", [LONG, LONG] => Type::Long,
        |args| to_long(args, |row| Some(row.long(0)? & row.long(1)?)), [("binary_and(5, 3)", "1"),
        ("binary_and(-1, 255)", "255"),
        ("binary_and(long(null), 1)", "")]),
    kernel!(["binary_or"], "the bits that either number has", [LONG, LONG] => Type::Long,
        |args| to_long(args, |row| Some(row.long(0)? | row.long(1)?)), [("binary_or(5, 3)", "7"),
        ("binary_or(0, 0)", "0"),
        ("binary_or(1, long(null))", "")]),
    kernel!(["binary_xor"], "the bits that one of the numbers has", [LONG, LONG] => Type::Long,
        |args| to_long(args, |row| Some(row.long(0)? ^ row.long(1)?)), [("binary_xor(5, 3)", "6"),
        ("binary_xor(5, 5)", "0"),
        ("binary_xor(1, long(null))", "")]),
    kernel!(["binary_not"], "the bits that a number has not", [LONG] => Type::Long,
        |args| to_long(args, |row| Some(!row.long(0)?)), [("binary_not(5)", "-6"),
        ("binary_not(0)", "-1"),
        ("binary_not(long(null))", "")]),
    kernel!(["binary_shift_left"], "a number with its bits moved to the left, by a count modulo 64", [LONG, LONG] => Type::Long,
        |args| to_long(args, |row| Some(row.long(0)? << places(row)?)), [("binary_shift_left(1, 2)", "4"),
        ("binary_shift_left(1, 62)", "4611686018427387904"),
        ("binary_shift_left(long(null), 1)", "")]),
    kernel!(["binary_shift_right"], "a number with its bits moved to the right, by a count modulo 64", [LONG, LONG] => Type::Long,
        |args| to_long(args, |row| Some(row.long(0)? >> places(row)?)), [("binary_shift_right(4, 1)", "2"),
        ("binary_shift_right(1, 1)", "0"),
        ("binary_shift_right(long(null), 1)", "")]),
    kernel!(["bitset_count_ones"], "how many bits of a number are set", [LONG] => Type::Long,
        |args| to_long(args, |row| Some(i64::from(row.long(0)?.count_ones()))), [("bitset_count_ones(42)", "3"),
        ("bitset_count_ones(0)", "0"),
        ("bitset_count_ones(255)", "8")]),
];

fn places(row: &Row<'_>) -> Option<u32> {
    u32::try_from(row.long(1)?.rem_euclid(64)).ok()
}
