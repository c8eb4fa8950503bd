//! Sigma: the vendor-neutral rule format.
