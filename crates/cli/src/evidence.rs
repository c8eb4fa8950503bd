//! Evidence for a command: found, bounded, read with a bar, and reported.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use engine::Limits;
use engine::source::{Bounds, Source};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use plan::sigma::TABLE_PREFIX;
use telemetry::{Catalog, DiscoverError, Evidence, Input, Report};

use crate::args::ReadingArgs;
use crate::exit::Misuse;
use crate::screen::Screen;
use crate::time;

/// Opens the evidence below the paths.
pub fn open(paths: &[PathBuf], args: &ReadingArgs, screen: &Screen) -> Result<(Arc<Source>, ProgressBar)> {
    let evidence = discover(paths)?;
    let bounds = Bounds {
        from: time::parse("--from", args.from.as_ref())?,
        to: time::parse("--to", args.to.as_ref())?,
        hosts: args.host.clone(),
    };
    if bounds.from.zip(bounds.to).is_some_and(|(from, to)| from >= to) {
        return Err(Misuse("--from is not before --to, so no event can lie between them".to_owned()).into());
    }
    if args.host.iter().any(|host| host.trim().is_empty()) {
        return Err(Misuse("--host names no host".to_owned()).into());
    }
    let bar = bar(evidence.bytes(), screen, "reading");
    let shown = bar.clone();
    let mut source = Source::new(evidence, bounds, 0).with_room(args.memory / 4);
    if args.keep_twins {
        source = source.keep_twins();
    }
    let source = source.on_progress(move |progress| shown.set_position(progress.bytes));
    Ok((Arc::new(source), bar))
}

/// What plans may use of the memory; readers and the creations of processes need the rest.
pub fn limits(args: &ReadingArgs) -> Limits {
    Limits { memory: args.memory / 2, ..Limits::default() }
}

/// `TABLE=PATH` binds what lies beneath the path to the table, unless a file has just that name; `sigma:linux/auditd=PATH` to one of
/// Sigma's log sources.
pub fn input(given: &Path) -> Input {
    let bare = || Input { path: given.to_owned(), table: None };
    if given.symlink_metadata().is_ok() {
        return bare();
    }
    let bound = given.to_str().and_then(|text| text.split_once('='));
    let source = |table: &str| table.strip_prefix(TABLE_PREFIX).map(str::to_owned);
    let is_name = |table: &str| !table.is_empty() && (source(table).is_some() || !table.contains(['/', '\\']));
    match bound.filter(|(table, path)| is_name(table) && !path.is_empty()) {
        Some((table, path)) => {
            let table =
                source(table).and_then(|source| Catalog.log_source(&source)).unwrap_or_else(|| table.to_owned());
            Input { path: PathBuf::from(path), table: Some(table) }
        }
        None => bare(),
    }
}

/// Finds the logs below the paths.
pub fn discover(paths: &[PathBuf]) -> Result<Evidence> {
    let inputs: Vec<Input> = paths.iter().map(|path| input(path)).collect();
    let mut sources = inputs.iter().filter_map(|input| input.table.as_deref()?.strip_prefix(TABLE_PREFIX));
    if let Some(unknown) = sources.find(|source| Catalog.log_source(source).is_none()) {
        return Err(Misuse(no_log_source(unknown)).into());
    }
    Evidence::of_inputs(&inputs).map_err(|error| match error {
        DiscoverError::NotFound(_) => anyhow::Error::new(Misuse(error.to_string())),
        #[allow(unreachable_patterns, reason = "further kinds of failure are not the user's misuse")]
        other => other.into(),
    })
}

fn no_log_source(name: &str) -> String {
    if name.starts_with("windows/") {
        return "events of Windows say themselves which log they are of: nothing is bound to its log sources"
            .to_owned();
    }
    let names = Catalog.names().unwrap_or_default();
    let others = names.iter().filter_map(|(_, name)| name.strip_prefix(TABLE_PREFIX));
    let near = syntax::nearest::nearest(name, others.filter(|name| !name.starts_with("windows/")));
    let hint = near.map_or(String::new(), |near| format!("; did you mean 'sigma:{near}'?"));
    format!("there is no log source '{name}' that a file could be bound to{hint}")
}

/// A bar over so many bytes, where somebody sees it.
pub fn bar(bytes: u64, screen: &Screen, doing: &str) -> ProgressBar {
    let target = if screen.is_live() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(bytes), target);
    let template =
        format!("  {doing} {{bar:40}}  {{bytes}}/{{total_bytes}}  {{bytes_per_sec}}  {{elapsed}}, {{eta}} left");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style.progress_chars("━━─"));
    }
    bar
}

/// Files, each with the reason why it was not read.
pub type Reasons = Vec<(String, String)>;

/// What of the evidence could not be read, file by file; and what is no log.
pub fn unread(source: &Source, report: &Report) -> (Reasons, Reasons) {
    let damaged = report.damaged_files().map(|(index, file)| {
        let name = source.evidence.files.get(index).map(|file| file.name.clone()).unwrap_or_default();
        (name, file.describe().unwrap_or_default())
    });
    let mut unread: Reasons = damaged.collect();
    let mut ignored = Vec::new();
    for file in &source.evidence.ignored {
        let entry = (file.name.clone(), file.reason.clone());
        if file.is_failure { unread.push(entry) } else { ignored.push(entry) }
    }
    (unread, ignored)
}
