//! AQL's lookup functions: the name that QRadar's own tables give an id. What the tables lack is null.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use arrow::datatypes::Int64Type;
use datafusion_common::Result;

use crate::function::{Function, Gives, Lower, Overload, Param};
use crate::kernel::{Args, Kernel};
use crate::types::Type;

pub const FUNCTIONS: &[Function] = &[
    lookup(
        "log_source_type_name",
        &["LOGSOURCETYPENAME"],
        "the name of a log source type, such as 12 for 'Microsoft Windows Security Event Log'",
        &[id_to_text(|args| names(args, &LOG_SOURCE_TYPES))],
    ),
    lookup(
        "category_name",
        &["CATEGORYNAME"],
        "the name of a low-level or high-level category",
        &[id_to_text(|args| names(args, &CATEGORIES))],
    ),
    lookup(
        "event_name",
        &["QIDNAME"],
        "the name of the event that a QID stands for",
        &[id_to_text(|args| names(args, &EVENT_NAMES))],
    ),
    lookup(
        "protocol_name",
        &["PROTOCOLNAME"],
        "the name of an IP protocol's number",
        &[id_to_text(|args| names(args, &PROTOCOLS))],
    ),
];

type Names = LazyLock<HashMap<i64, &'static str>>;

static LOG_SOURCE_TYPES: Names = LazyLock::new(|| read(include_str!("aql_lookup/log_source_types.tsv")));
static CATEGORIES: Names = LazyLock::new(|| read(include_str!("aql_lookup/categories.tsv")));
static EVENT_NAMES: Names = LazyLock::new(|| read(include_str!("aql_lookup/event_names.tsv")));
static PROTOCOLS: Names = LazyLock::new(|| read(include_str!("aql_lookup/protocols.tsv")));

const fn lookup(
    name: &'static str,
    aql: &'static [&'static str],
    summary: &'static str,
    overloads: &'static [Overload],
) -> Function {
    Function { name, kql: &[], aql, mapping: &[], summary, overloads, examples: &[] }
}

const fn id_to_text(kernel: Kernel) -> Overload {
    Overload::new(&[Param::Is(Type::Long)], Gives::Is(Type::String), Lower::Kernel(kernel))
}

/// Lines of id, tab, name.
fn read(table: &'static str) -> HashMap<i64, &'static str> {
    let line = |line: &'static str| {
        let (id, name) = line.split_once('\t')?;
        Some((id.parse().ok()?, name))
    };
    table.lines().filter_map(line).collect()
}

fn names(args: &Args<'_>, known: &Names) -> Result<ArrayRef> {
    let ids = args.array(0).as_primitive::<Int64Type>();
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        let at = args.at(0, row);
        let name = ids.is_valid(at).then(|| known.get(&ids.value(at)).copied()).flatten();
        out.append_option(name);
    }
    Ok(Arc::new(out.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_of_windows_telemetry_have_their_names() {
        assert_eq!(LOG_SOURCE_TYPES.get(&12), Some(&"Microsoft Windows Security Event Log"));
        assert_eq!(CATEGORIES.get(&8110), Some(&"Process Creation Success"));
        assert_eq!(EVENT_NAMES.get(&5001828), Some(&"Process Create"));
        assert_eq!(PROTOCOLS.get(&6), Some(&"tcp_ip"));
        assert_eq!(CATEGORIES.get(&1), None);
    }

    #[test]
    fn every_line_of_the_tables_is_read() {
        let tables = [
            (include_str!("aql_lookup/log_source_types.tsv"), &LOG_SOURCE_TYPES),
            (include_str!("aql_lookup/categories.tsv"), &CATEGORIES),
            (include_str!("aql_lookup/event_names.tsv"), &EVENT_NAMES),
            (include_str!("aql_lookup/protocols.tsv"), &PROTOCOLS),
        ];
        for (text, names) in tables {
            assert_eq!(text.lines().count(), names.len());
        }
    }
}
