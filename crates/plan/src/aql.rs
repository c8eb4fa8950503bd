//! Binding of aql trees.
