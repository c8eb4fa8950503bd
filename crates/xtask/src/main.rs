//! The project's own chores: `cargo run -p xtask -- samples` and `… -- fixtures` write the events that the project ships,
//! `… -- events N` those that its benchmarks read, `… -- generate kql` queries to compare answers with;
//! `… -- fuzz LANGUAGE` looks for texts that a front end cannot bear, `… -- rules PATH` writes Sigma rules as the parser sees them.

mod background;
mod browser;
mod clock;
mod creation;
mod dice;
mod estate;
mod event;
mod events;
mod fixture;
mod fuzz;
mod generate;
mod host;
mod line;
mod link;
mod logon;
mod machine;
mod program;
mod rules;
mod samples;
mod shape;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("samples") => write(SAMPLES, samples::files()?),
        Some("fixtures") => write(FIXTURES, fixture::files()),
        Some("events") => events::write(arguments.get(1..).unwrap_or_default()),
        Some("generate") => generate::write(arguments.get(1..).unwrap_or_default()),
        Some("fuzz") => fuzz::run(arguments.get(1..).unwrap_or_default()),
        Some("rules") => rules::write(arguments.get(1..).unwrap_or_default()),
        _ => bail!("usage: cargo run -p xtask -- samples|fixtures|events|generate|fuzz|rules"),
    }
}

const SAMPLES: &str = "samples";
const FIXTURES: &str = "detections/execution/malicious-link/tests";

fn write(folder: &str, files: Vec<(String, Vec<u8>)>) -> Result<()> {
    for (name, text) in files {
        let path = at_root(folder).join(name);
        path.parent().map(fs::create_dir_all).transpose()?;
        fs::write(path, text)?;
    }
    Ok(())
}

fn at_root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_tree_is_what_is_written() {
        for (folder, files) in [(SAMPLES, samples::files().unwrap()), (FIXTURES, fixture::files())] {
            for (name, text) in files {
                let path = at_root(folder).join(name);
                assert!(fs::read(&path).unwrap() == text, "{} is out of date", path.display());
            }
        }
    }
}
