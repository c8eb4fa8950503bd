//! Binding of sigma trees.
