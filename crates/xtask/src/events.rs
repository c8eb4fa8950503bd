//! Process creations in any number, for the benchmarks: to standard output, the same for the same seed.

use std::io::{BufWriter, Write, stdout};

use anyhow::{Context, Result, bail};

use crate::clock::MONDAY;
use crate::creation::creation;
use crate::estate::Estate;
use crate::event::Event;
use crate::line;
use crate::shape;

/// Four events a second over the whole estate: a million take three days.
const STEP: i64 = 250_000;

const USAGE: &str = "usage: cargo run -p xtask -- events N [--first K] [--seed S] [--shape nxlog|evtx]";

pub fn write(arguments: &[String]) -> Result<()> {
    let request = Request::read(arguments)?;
    let estate = Estate::new(request.seed);
    let events = (request.first..request.first + request.count).map(|number| event(&estate, request.seed, number));
    let mut out = BufWriter::with_capacity(1 << 20, stdout().lock());
    match request.shape {
        Shape::Evtx => out.write_all(&shape::evtx(&events.collect::<Vec<_>>())?)?,
        Shape::Nxlog => {
            for event in events {
                line::nxlog(&event, &mut out)?;
            }
        }
    }
    Ok(out.flush()?)
}

/// An event depends on nothing but its number: files that begin at later numbers continue earlier ones.
fn event(estate: &Estate, seed: u64, number: u64) -> Event {
    creation(estate, seed, number, MONDAY + i64::try_from(number).unwrap_or(0) * STEP)
}

struct Request {
    count: u64,
    first: u64,
    seed: u64,
    shape: Shape,
}

enum Shape {
    Nxlog,
    Evtx,
}

impl Request {
    fn read(arguments: &[String]) -> Result<Request> {
        let mut request = Request { count: 0, first: 0, seed: 7, shape: Shape::Nxlog };
        let mut words = arguments.iter();
        request.count = number(words.next())?;
        while let Some(word) = words.next() {
            match word.as_str() {
                "--first" => request.first = number(words.next())?,
                "--seed" => request.seed = number(words.next())?,
                "--shape" => {
                    request.shape = match words.next().map(String::as_str) {
                        Some("nxlog") => Shape::Nxlog,
                        Some("evtx") => Shape::Evtx,
                        _ => bail!(USAGE),
                    }
                }
                _ => bail!(USAGE),
            }
        }
        Ok(request)
    }
}

fn number(word: Option<&String>) -> Result<u64> {
    word.and_then(|word| word.parse().ok()).context(USAGE)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn events_are_those_of_an_estate_at_work() {
        let estate = Estate::new(7);
        let events: Vec<Event> = (0..20_000).map(|number| event(&estate, 7, number)).collect();
        let distinct = |name| events.iter().filter_map(|event| event.field(name)).collect::<HashSet<_>>().len();
        assert!((700..=900).contains(&distinct("Image")), "{} images", distinct("Image"));
        assert!((300..=304).contains(&distinct("User")), "{} users", distinct("User"));
        assert_eq!(distinct("CommandLine"), 20_000);
        assert_eq!(events.iter().map(|event| &event.computer).collect::<HashSet<_>>().len(), 400);
        assert!(events.is_sorted_by_key(|event| event.time));
        let mut lines = Vec::new();
        events.iter().for_each(|event| line::nxlog(event, &mut lines).unwrap());
        assert!(shape::lines(&events, shape::nxlog).as_bytes() == lines, "a line is not as its tree says");
        let length = lines.len() / events.len();
        assert!((950..1300).contains(&length), "{length} bytes a line");
        let commands = events.iter().filter_map(|event| event.field("CommandLine")).map(str::len).sum::<usize>();
        assert!((110..150).contains(&(commands / events.len())), "{} bytes a command", commands / events.len());
    }

    #[test]
    fn an_event_is_the_same_in_every_run() {
        let line = |first| shape::nxlog(&event(&Estate::new(3), 3, first)).to_string();
        assert_eq!(line(1_000), line(1_000));
        assert_ne!(line(1_000), line(1_001));
    }
}
