//! Sketches: what `hll` and `tdigest` keep of many values, merged and asked. Here they are exact: the distinct values, and the
//! values with their weights.

use serde_json::Value;

use crate::aggregate::digest::{Digest, Rank};
use crate::function::{Function, Overload, Param, kernel};
use crate::rows::{Row, to_bool, to_long, to_real, to_text};
use crate::types::Type;

const JSON: Param = Param::Is(Type::Dynamic);
const REAL: Param = Param::Is(Type::Real);

pub const FUNCTIONS: &[Function] = &[
    kernel!(["dcount_hll"], "how many distinct values an hll holds; exact", [JSON] => Type::Long,
        |args| to_long(args, |row| i64::try_from(row.array(0)?.len()).ok()),
        [("dcount_hll(hll_merge(dynamic([1, 2]), dynamic([2, 3])))", "3")]),
    Function::kql(
        &["hll_merge"],
        "the distinct values of several hll",
        &[Overload::kernel(&[JSON, JSON], Type::Dynamic, |args| to_text(args, united)).rest(JSON)],
        &[("hll_merge(dynamic([1, 2]), dynamic([2, 3]))", "[1,2,3]")],
    ),
    kernel!(["hll_isvalid"], "whether a dynamic is what hll gives", [JSON] => Type::Bool,
        |args| to_bool(args, |row| Some(row.array(0).is_some())), [("hll_isvalid(dynamic([1, 2]))", "true")]),
    kernel!(["percentile_tdigest"], "the value of a tdigest below which a percentage of the weight lies; exact", [JSON, REAL] => Type::Dynamic,
        |args| to_text(args, |row| Some(digest(row, 0)?.percentile(row.real(1)?)?.json().to_string())),
        [("percentile_tdigest(dynamic([[10, 1], [20, 1], [30, 2]]), 50)", "20")]),
    Function::kql(
        &["percentiles_array_tdigest"],
        "several percentiles of a tdigest, given one by one or as an array",
        &[Overload::kernel(&[JSON, JSON], Type::Dynamic, |args| to_text(args, percentiles)).rest(JSON)],
        &[("percentiles_array_tdigest(dynamic([[10, 1], [20, 1]]), 50, 100)", "[10,20]")],
    ),
    kernel!(["rank_tdigest"], "how much weight a tdigest has up to a value; exact", [JSON, JSON] => Type::Real,
        |args| to_real(args, |row| Some(digest(row, 0)?.rank(rank(&row.json(1))?) as f64)),
        [("rank_tdigest(dynamic([[10, 1], [20, 1], [30, 2]]), 20)", "2")]),
    kernel!(["percentrank_tdigest"], "the percentage of a tdigest's weight that lies up to a value; exact", [JSON, JSON] => Type::Real,
        |args| to_real(args, |row| {
            let digest = digest(row, 0)?;
            Some(100.0 * digest.rank(rank(&row.json(1))?) as f64 / digest.total() as f64)
        }),
        [("percentrank_tdigest(dynamic([[10, 1], [20, 1], [30, 2]]), 20)", "50")]),
    Function::kql(
        &["merge_tdigest", "tdigest_merge"],
        "the values of several tdigest in one",
        &[Overload::kernel(&[JSON, JSON], Type::Dynamic, |args| to_text(args, merged)).rest(JSON)],
        &[("merge_tdigest(dynamic([[10, 1]]), dynamic([[10, 2], [20, 1]]))", "[[10,3],[20,1]]")],
    ),
    kernel!(["tdigest_isvalid"], "whether a dynamic is what tdigest gives", [JSON] => Type::Bool,
        |args| to_bool(args, |row| Some(digest(row, 0).is_some())), [("tdigest_isvalid(dynamic([[10, 1]]))", "true")]),
];

fn digest(row: &Row<'_>, index: usize) -> Option<Digest> {
    let mut digest = Digest::default();
    digest.add_json(row.text(index)?);
    (!digest.is_empty()).then_some(digest)
}

fn rank(value: &Value) -> Option<Rank> {
    value.as_i64().map(Rank::Long).or(value.as_f64().map(Rank::Real))
}

fn percentiles(row: &Row<'_>) -> Option<String> {
    let digest = digest(row, 0)?;
    let given = (1..row.len()).map(|index| row.json(index)).flat_map(|given| match given {
        Value::Array(several) => several,
        one => vec![one],
    });
    let found = given.map(|percent| Some(digest.percentile(percent.as_f64()?)?.json()));
    Some(Value::Array(found.map(Option::unwrap_or_default).collect()).to_string())
}

fn united(row: &Row<'_>) -> Option<String> {
    let mut all: Vec<Value> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for item in (0..row.len()).filter_map(|index| row.array(index)).flatten() {
        if seen.insert(item.to_string()) {
            all.push(item);
        }
    }
    Some(Value::Array(all).to_string())
}

fn merged(row: &Row<'_>) -> Option<String> {
    let mut all = Digest::default();
    (0..row.len()).filter_map(|index| row.text(index)).for_each(|json| all.add_json(json));
    (!all.is_empty()).then(|| all.json())
}
