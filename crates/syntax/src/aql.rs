//! AQL: the query language of QRadar.
