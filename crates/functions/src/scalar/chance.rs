//! Functions that give another value in every row: chance and new guids.

use std::hash::{BuildHasher, RandomState};

use crate::function::{Function, Gives, Lower, Overload, Param};
use crate::rows::{to_real, to_text};
use crate::types::Type;

pub const FUNCTIONS: &[Function] = &[
    Function::kql(
        &["rand"],
        "a real from 0 up to 1 by chance, or a whole one from 0 up to a number; another in every row and run",
        &[Overload::new(
            &[Param::Is(Type::Long)],
            Gives::Is(Type::Real),
            Lower::Volatile(|args| {
                let source = RandomState::new();
                let drawn = std::cell::Cell::new(0_u64);
                to_real(args, |row| {
                    drawn.set(drawn.get() + 1);
                    let real = (source.hash_one(drawn.get()) >> 11) as f64 / (1_u64 << 53) as f64;
                    Some(if row.is_empty() { real } else { (real * row.long(0)? as f64).floor() })
                })
            }),
        )
        .optional(1)],
        &[("rand() < 1 and rand(10) < 10", "true")],
    ),
    Function::kql(
        &["new_guid"],
        "a guid by chance; another in every row and run",
        &[Overload::new(
            &[],
            Gives::Is(Type::Guid),
            Lower::Volatile(|args| {
                let (source, other) = (RandomState::new(), RandomState::new());
                let drawn = std::cell::Cell::new(0_u64);
                to_text(args, |_| {
                    drawn.set(drawn.get() + 1);
                    let (high, low) = (source.hash_one(drawn.get()), other.hash_one(drawn.get()));
                    // Version 4, and the variant of the standard.
                    let (high, low) = (high & !0xf000 | 0x4000, low & !(0xc << 60) | 0x8 << 60);
                    crate::cast::guid_of(&format!("{high:016x}{low:016x}"))
                })
            }),
        )],
        &[("isnotempty(new_guid())", "true")],
    ),
];
