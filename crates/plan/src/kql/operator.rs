//! Tabular operators, a file for each family.

mod evaluate;
mod filter;
mod group;
mod join;
mod make_series;
mod mv_apply;
mod mv_expand;
mod order;
mod parse;
mod partition;
mod project;
mod search;
mod summarize;
mod union;
