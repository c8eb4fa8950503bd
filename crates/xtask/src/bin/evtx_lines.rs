//! The measure for reading EVTX: the `evtx` crate alone, JSON lines to nowhere, one thread a file at a time.
//!
//! `evtx_lines [--threads N] [--print] PATH...` reads all logs below the paths as `evtx_dump -o jsonl` does, by the same call: a
//! chunk is rendered into one buffer, what cannot be read is skipped and counted. The crate's own threads stay off, for they
//! share out the chunks of one file; here whole files are shared out, the largest first, which needs no exchange between threads.

use std::fs;
use std::io::{Write, sink, stdout};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};
use evtx::{EvtxParser, ParserSettings, RenderedChunkItem};

fn main() -> Result<()> {
    let request = Request::read()?;
    let mut logs = Vec::new();
    for path in &request.paths {
        find(path, &mut logs)?;
    }
    logs.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    let next = AtomicUsize::new(0);
    let read = thread::scope(|scope| {
        let threads: Vec<_> = (0..request.threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut read = Read::default();
                    while let Some((_, path)) = logs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        read.log(path, request.print)?;
                    }
                    Ok(read)
                })
            })
            .collect();
        threads.into_iter().try_fold(Read::default(), |sum, thread| match thread.join() {
            Ok(read) => read.map(|read: Read| sum.and(&read)),
            Err(_) => bail!("the crate panicked"),
        })
    })?;
    eprintln!(
        r#"{{"files":{},"events":{},"failed":{},"refused":{},"bytes":{}}}"#,
        logs.len(),
        read.events,
        read.failed,
        read.refused,
        read.bytes
    );
    Ok(())
}

/// What came of the logs: records, errors in their place, logs that the crate does not open, and bytes of JSON.
#[derive(Default)]
struct Read {
    events: u64,
    failed: u64,
    refused: u64,
    bytes: u64,
}

impl Read {
    fn log(&mut self, path: &Path, print: bool) -> Result<()> {
        let Ok(parser) = EvtxParser::from_path(path) else {
            self.refused += 1;
            return Ok(());
        };
        let mut parser = parser.with_configuration(ParserSettings::new().indent(false));
        for chunk in parser.chunks_json_bytes(false) {
            for item in &chunk.items {
                match item {
                    RenderedChunkItem::Record { .. } => self.events += 1,
                    RenderedChunkItem::Failed(_) => self.failed += 1,
                }
            }
            self.bytes += chunk.data.len() as u64;
            if print {
                stdout().lock().write_all(&chunk.data)?;
            } else {
                sink().write_all(&chunk.data)?;
            }
        }
        Ok(())
    }

    fn and(&self, other: &Read) -> Read {
        Read {
            events: self.events + other.events,
            failed: self.failed + other.failed,
            refused: self.refused + other.refused,
            bytes: self.bytes + other.bytes,
        }
    }
}

fn find(path: &Path, logs: &mut Vec<(u64, PathBuf)>) -> Result<()> {
    let about = fs::metadata(path).with_context(|| path.display().to_string())?;
    if about.is_dir() {
        for entry in fs::read_dir(path)? {
            find(&entry?.path(), logs)?;
        }
    } else if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("evtx")) {
        logs.push((about.len(), path.to_owned()));
    }
    Ok(())
}

struct Request {
    threads: usize,
    print: bool,
    paths: Vec<PathBuf>,
}

impl Request {
    fn read() -> Result<Request> {
        let mut request = Request { threads: 1, print: false, paths: Vec::new() };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--threads" => request.threads = words.next().context("--threads N")?.parse()?,
                "--print" => request.print = true,
                _ => request.paths.push(word.into()),
            }
        }
        if request.paths.is_empty() {
            bail!("usage: evtx_lines [--threads N] [--print] PATH...");
        }
        Ok(request)
    }
}
