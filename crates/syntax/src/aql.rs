//! AQL, the query language of QRadar's Ariel database: from text to tree.
//!
//! IBM publishes no grammar; this one follows the documented clauses and what published queries use.

pub mod java_regex;
mod lex;
mod messages;
mod parse;
pub mod search_text;
mod token;
pub mod tree;

pub use parse::{clauses, operators, parse};
pub use tree::Query;
