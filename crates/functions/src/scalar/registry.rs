//! Functions on registry paths and values as Sysmon writes them, for the mappings of telemetry tables.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};
use datafusion_common::Result;

use crate::function::{Function, Gives, Lower, Overload, Param};
use crate::kernel::{Args, Kernel};
use crate::text::Text;
use crate::types::Type;

pub const FUNCTIONS: &[Function] = &[
    mapping(
        "registry_key",
        &["registry_key"],
        "a registry path with its hive spelt out",
        &[text(|args| each(args, key))],
    ),
    mapping(
        "registry_hive",
        &["registry_hive"],
        "a registry path with its hive spelt out as in ASIM",
        &[text(|args| each(args, hive))],
    ),
    mapping(
        "registry_parent",
        &["registry_parent"],
        "a registry path without its last part",
        &[text(|args| each(args, |path| path.rsplit_once('\\').map_or("", |(parent, _)| parent).to_owned()))],
    ),
    mapping(
        "registry_name",
        &["registry_name"],
        "the last part of a registry path; a slash is a character like any other there",
        &[text(|args| each(args, |path| path.rsplit_once('\\').map_or(path, |(_, name)| name).to_owned()))],
    ),
    mapping(
        "registry_data",
        &["registry_data"],
        "what a registry value holds: numbers in decimal, all else as it is",
        &[text(|args| {
            each(args, |details| number(details).map_or_else(|| details.to_owned(), |data| data.to_string()))
        })],
    ),
    mapping(
        "registry_type",
        &["registry_type"],
        "the type of a registry value: Dword, Qword, Binary or String",
        &[text(|args| each(args, |details| kind(details).to_owned()))],
    ),
];

const fn mapping(
    name: &'static str,
    names: &'static [&'static str],
    summary: &'static str,
    overloads: &'static [Overload],
) -> Function {
    Function { name, kql: &[], aql: &[], mapping: names, summary, overloads, examples: &[] }
}

const fn text(kernel: Kernel) -> Overload {
    Overload::new(&[Param::Text], Gives::Is(Type::String), Lower::Kernel(kernel))
}

/// Defender shows a user's own hive under HKEY_CURRENT_USER with the user's identifier.
fn key(path: &str) -> String {
    match path.strip_prefix("HKU\\S-1-5-21-") {
        Some(user) => format!("HKEY_CURRENT_USER\\S-1-5-21-{user}"),
        None => spelt_out(
            path,
            &[
                ("HKLM", "HKEY_LOCAL_MACHINE"),
                ("HKU", "HKEY_USERS"),
                ("HKCR", "HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes"),
                ("HKCU", "HKEY_CURRENT_USER"),
            ],
        ),
    }
}

/// ASIM keeps every user's hive under HKEY_USERS. The Security log names hives as the kernel does.
fn hive(path: &str) -> String {
    spelt_out(
        path,
        &[
            ("HKLM", "HKEY_LOCAL_MACHINE"),
            ("HKU", "HKEY_USERS"),
            ("HKCR", "HKEY_LOCAL_MACHINE\\Classes"),
            ("\\REGISTRY\\MACHINE", "HKEY_LOCAL_MACHINE"),
            ("\\REGISTRY\\USER", "HKEY_USERS"),
        ],
    )
}

/// A path whose hive is one of these, the hive itself included.
fn spelt_out(path: &str, hives: &[(&str, &str)]) -> String {
    let spelt = hives.iter().find_map(|(short, long)| {
        let rest = path.strip_prefix(short).filter(|rest| rest.is_empty() || rest.starts_with('\\'))?;
        Some(format!("{long}{rest}"))
    });
    spelt.unwrap_or_else(|| path.to_owned())
}

/// The number in `DWORD (0x00000001)` or `QWORD (0x00000000-0x00000001)`.
fn number(details: &str) -> Option<u64> {
    let digits = |text: &str| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok();
    if let Some(inside) = details.strip_prefix("DWORD (") {
        return digits(inside.strip_suffix(')')?);
    }
    let (high, low) = details.strip_prefix("QWORD (")?.strip_suffix(')')?.split_once('-')?;
    digits(high)?.checked_mul(1 << 32)?.checked_add(digits(low)?)
}

fn kind(details: &str) -> &'static str {
    match details {
        "" => "",
        "Binary Data" => "Binary",
        _ if details.starts_with("DWORD (") => "Dword",
        _ if details.starts_with("QWORD (") => "Qword",
        _ => "String",
    }
}

/// Applies a function to every text; null stays null.
fn each(args: &Args<'_>, part: impl Fn(&str) -> String) -> Result<ArrayRef> {
    let text = Text::of(args.array(0))?;
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        out.append_option(text.get(args.at(0, row)).map(&part));
    }
    Ok(Arc::new(out.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hives_are_spelt_out() {
        assert_eq!(key("HKLM\\Software\\Run"), "HKEY_LOCAL_MACHINE\\Software\\Run");
        assert_eq!(key("HKU\\S-1-5-21-1\\Run"), "HKEY_CURRENT_USER\\S-1-5-21-1\\Run");
        assert_eq!(key("HKU\\.DEFAULT\\Run"), "HKEY_USERS\\.DEFAULT\\Run");
        assert_eq!(key("HKCR\\.exe"), "HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes\\.exe");
        assert_eq!(hive("HKU\\S-1-5-21-1\\Run"), "HKEY_USERS\\S-1-5-21-1\\Run");
        assert_eq!(hive("\\REGISTRY\\MACHINE\\SOFTWARE"), "HKEY_LOCAL_MACHINE\\SOFTWARE");
        assert_eq!(key("\\REGISTRY\\A\\x"), "\\REGISTRY\\A\\x");
        assert_eq!(
            (key("HKCR"), hive("HKLM")),
            ("HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes".into(), "HKEY_LOCAL_MACHINE".into())
        );
        assert_eq!(key("HKLMX\\a"), "HKLMX\\a");
    }

    #[test]
    fn numbers_are_decoded_and_texts_kept() {
        assert_eq!(number("DWORD (0x0000000a)"), Some(10));
        assert_eq!(number("QWORD (0x00000001-0x00000002)"), Some((1 << 32) + 2));
        assert_eq!(number("QWORD (0xffffffffffffffff-0x1)"), None);
        assert_eq!((number("C:\\a.exe"), kind("C:\\a.exe"), kind("Binary Data")), (None, "String", "Binary"));
    }
}
