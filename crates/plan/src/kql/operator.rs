//! Tabular operators, a file for each family.

mod filter;
mod group;
mod join;
mod mv_expand;
mod order;
mod parse;
mod project;
mod summarize;
mod union;
