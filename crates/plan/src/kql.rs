//! Binding of kql trees.
