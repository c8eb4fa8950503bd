//! Binding variants to plans, on all cores: thousands of rules take longer to bind than their evidence takes to read.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use catalogue::Variant;
use engine::EvidenceTables;
use engine::session::guarded;
use engine::spread::spread;
use plan::{Bound, Options};
use syntax::{Diagnostic, Span};

use crate::language;

/// What became of a variant.
pub(crate) struct BoundVariant {
    pub bound: Vec<Bound>,
    /// Whether it looks at now.
    pub asks_now: bool,
}

/// So many are worth a thread.
const FEW: usize = 16;

/// Binds variants, each of which has a place of the caller's.
pub(crate) fn all<K: Copy + Eq + std::hash::Hash + Send + Sync>(
    variants: &[(K, &Variant)],
    tables: &EvidenceTables,
    options: &Options<'_>,
) -> HashMap<K, BoundVariant> {
    let done = Mutex::new(HashMap::with_capacity(variants.len()));
    // Few are bound sooner than a thread is started.
    let threads = tables.source().threads().min(variants.len() / FEW);
    spread(threads, variants, |(key, variant)| {
        let bound = one(variant, tables, options);
        done.lock().unwrap_or_else(PoisonError::into_inner).insert(*key, bound);
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn one(variant: &Variant, tables: &EvidenceTables, options: &Options<'_>) -> BoundVariant {
    let asked = AtomicBool::new(false);
    let now = || {
        asked.store(true, Ordering::Relaxed);
        (options.now)()
    };
    // One variant must not take the others down with it.
    let bound = guarded(|| Ok(language::variant(variant, tables, &Options { now: &now, ..*options })));
    BoundVariant { bound: bound.unwrap_or_else(|_| vec![unbound()]), asks_now: asked.into_inner() }
}

/// What is said of a variant whose binding came to a fault of the program's own.
pub(crate) fn unbound() -> Bound {
    let fault = Diagnostic::error("TL004", Span::at(0), "trapline failed as it bound this query")
        .label("a fault of trapline's own, not of the query")
        .help("the other detections ran without it");
    Bound { output: None, diagnostics: vec![fault] }
}
