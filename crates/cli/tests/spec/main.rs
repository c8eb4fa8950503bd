//! Runs the specification pages under `spec/`, which are the reference manual, and the tests of the shipped packages, and holds
//! what is written for other programs by the schemas of `tests/schemas`.
//!
//! A heading is a test. Beneath it stand a query (```` ```kql ````, `aql` or `sigma`), events if it needs any (```` ```data ````,
//! NDJSON), options if it needs any (```` ```options ````), and what comes of it: a Markdown table, or a block
//! ```` ```says ```` with lines that standard error must hold. In the place of a query may stand detections (```` ```rules NAME ````),
//! which are hunted over the events, or checked where there are none (```` ```mended NAME ```` is what then stands in such a file). A block ```` ```console ```` is a transcript of commands, run at
//! the root of the repository.
#![allow(clippy::expect_used, clippy::panic, reason = "a test harness fails by panicking")]

mod agree;
mod broken;
mod console;
mod examples;
mod folder;
mod formats;
mod hunt;
mod keys;
mod manual;
mod package;
mod page;
mod query;
mod schema;
mod xml;
mod xsd;

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use page::Section;

fn main() {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository's root");
    let mut trials = Vec::new();
    for path in pages(&root.join("spec")) {
        let text = std::fs::read_to_string(&path).expect("a page is readable");
        let name = path.strip_prefix(&root).expect("a page lies under the root").display().to_string();
        for section in page::sections(&text) {
            let root = root.clone();
            trials.push(Trial::test(format!("{name} › {}", section.title), move || check(&section, &root)));
        }
    }
    for path in package::tests(&root.join("detections")) {
        let name = path.strip_prefix(&root).expect("a test lies under the root").display().to_string();
        trials.push(Trial::test(name, move || package::check(&path)));
    }
    trials.extend(agree::trials(&root));
    trials.extend(broken::trials(&root));
    trials.extend(examples::trials());
    trials.extend(formats::trials(&root));
    trials.extend(keys::trials(&root));
    trials.extend(manual::trials(&root));
    libtest_mimic::run(&arguments, trials).exit();
}

fn check(section: &Section, root: &Path) -> Result<(), Failed> {
    if !section.faults.is_empty() {
        return Err(section.faults.join("\n").into());
    }
    if let Some(transcript) = &section.console {
        console::check(transcript, root)?;
    }
    if let Some((language, query)) = &section.query {
        query::check(section, language, query)?;
    }
    if !section.rules.is_empty() {
        hunt::check(section)?;
    }
    Ok(())
}

fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of pages") {
        let path = entry.expect("an entry of it").path();
        if path.is_dir() {
            found.extend(pages(&path));
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}
