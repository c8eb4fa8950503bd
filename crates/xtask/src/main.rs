//! The project's own chores: `cargo run -p xtask -- samples` and `… -- fixtures` write the events that the project ships.

mod background;
mod browser;
mod clock;
mod dice;
mod event;
mod fixture;
mod host;
mod link;
mod logon;
mod machine;
mod program;
mod samples;
mod shape;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match std::env::args().nth(1).as_deref() {
        Some("samples") => samples::write(&root.join("samples")),
        Some("fixtures") => fixture::write(&root.join("detections/execution/malicious-link/tests")),
        _ => bail!("usage: cargo run -p xtask -- samples|fixtures"),
    }
}
