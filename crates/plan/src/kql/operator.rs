//! Tabular operators, a file for each family.

mod evaluate;
mod filter;
mod group;
mod invoke;
mod join;
mod make_series;
mod mv_apply;
mod mv_expand;
mod order;
mod parse;
mod partition;
mod project;
mod scan;
mod search;
mod summarize;
mod top_hitters;
mod top_nested;
mod union;

pub(super) use evaluate::{PLUGINS, REFUSED as REFUSED_PLUGINS};
