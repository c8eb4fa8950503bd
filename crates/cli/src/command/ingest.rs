//! `trapline ingest`: logs into a lake.

use std::time::Instant;

use anyhow::Result;
use indicatif::{HumanBytes, HumanCount};
use render::count::{self, counted};
use serde_json::{Value, json};
use telemetry::lake::{Ingest, Ingested, LakeError};

use crate::args::{IngestArgs, SummaryFormat};
use crate::evidence::{bar, discover};
use crate::exit::{Misuse, Outcome};
use crate::screen::Screen;

pub fn run(args: &IngestArgs, screen: &Screen) -> Result<Outcome> {
    let started = Instant::now();
    let evidence = discover(&args.paths)?;
    let bar = bar(evidence.bytes(), screen, "ingesting");
    let waiting = || {
        let lake = args.to.display();
        bar.suspend(|| screen.say(&format!("another ingest is writing to {lake}: waiting for it to end")));
    };
    let progress = |step: telemetry::Progress| bar.set_position(step.bytes);
    let ingest = Ingest {
        evidence: &evidence,
        to: &args.to,
        memory: args.memory,
        threads: 0,
        waiting: &waiting,
        progress: &progress,
    };
    bar.set_length(ingest.bytes());
    let ingested = ingest.run();
    bar.finish_and_clear();
    let mut ingested = ingested.map_err(|error| match error {
        LakeError::NotALake(_) | LakeError::Itself(_) | LakeError::OfALake(_) | LakeError::Undeclared(_) => {
            Misuse(error.to_string()).into()
        }
        other => anyhow::Error::new(other),
    })?;
    for ignored in &evidence.ignored {
        match ignored.is_failure {
            true => ingested.unread.push((ignored.name.clone(), ignored.reason.clone())),
            false => screen.say(&format!("{}: {}, ignored", line(&ignored.name), line(&ignored.reason))),
        }
    }
    tell(&ingested, screen);
    let mut outcome = Outcome { unread: !ingested.unread.is_empty(), ..Outcome::default() };
    if ingested.added.is_empty() && ingested.known.is_empty() {
        screen.warn("no log was found in the evidence");
        outcome.unread = true;
    }
    let seconds = started.elapsed().as_secs_f64();
    match args.format {
        SummaryFormat::Table => screen.say(&summary(&ingested, seconds)),
        SummaryFormat::Json => println!("{:#}", as_json(&ingested, seconds)),
    }
    Ok(outcome)
}

fn tell(ingested: &Ingested, screen: &Screen) {
    for lake in &ingested.lakes {
        screen.say(&format!("{}: a lake is not ingested, only logs are", line(lake)));
    }
    for (name, known) in &ingested.known {
        let known = if name == known { String::new() } else { format!(" as {}", line(known)) };
        screen.say(&format!("{}: the lake has it already{known}", line(name)));
    }
    for (name, reason) in &ingested.unread {
        screen.warn(&format!("{}: {}", line(name), line(reason)));
    }
}

fn summary(ingested: &Ingested, seconds: f64) -> String {
    let Ingested { added, known, unread, events, untimed, days, .. } = ingested;
    let rate = if seconds > 0.0 { *events as f64 / seconds } else { 0.0 };
    let untimed = if *untimed > 0 { format!(", {} without a time", HumanCount(*untimed)) } else { String::new() };
    format!(
        "{}, {} known, {} damaged or not read; {} of {}{untimed}; {} became {}; {seconds:.1} s, {} a second\n\
         the lake now holds {} of {}",
        counted(added.len() as u64, "new file", "new files"),
        known.len(),
        unread.len(),
        count::events(*events),
        counted(days.len() as u64, "day", "days"),
        HumanBytes(ingested.bytes_in),
        HumanBytes(ingested.bytes_out),
        count::events(rate as u64),
        count::events(ingested.total_events),
        counted(ingested.total_files, "file", "files"),
    )
}

fn as_json(ingested: &Ingested, seconds: f64) -> Value {
    let pair = |key: &str, (name, other): &(String, String)| json!({"file": name, key: other});
    json!({
        "added": ingested.added,
        "known": ingested.known.iter().map(|known| pair("as", known)).collect::<Vec<_>>(),
        "unread": ingested.unread.iter().map(|unread| pair("reason", unread)).collect::<Vec<_>>(),
        "events": ingested.events,
        "untimed": ingested.untimed,
        "days": ingested.days,
        "bytes_in": ingested.bytes_in,
        "bytes_out": ingested.bytes_out,
        "seconds": seconds,
        "lake": {"events": ingested.total_events, "files": ingested.total_files},
    })
}

fn line(text: &str) -> String {
    render::escape::one_line(text).into_owned()
}
