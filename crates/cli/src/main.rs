//! The `trapline` binary: arguments in, commands run, an exit code out.

mod args;
mod command;
mod evidence;
mod exit;
mod memory;
mod properties;
mod screen;
mod time;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::exit::{Misuse, Outcome};
use crate::screen::Screen;

/// Each batch is some dozen allocations, made by one thread and freed by another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Address space for the main stack; only touched pages cost memory.
const STACK: usize = 256 << 20;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors; whether they could be printed is nobody's concern.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Outcome::MISUSED.code() } else { 0 });
        }
    };
    // What overflows is told as the query's error.
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !engine::session::is_overflow(panic.payload()) {
            told(panic);
        }
    }));
    // Generated queries nest deeply; the walks over their trees get room for it.
    let run = std::thread::Builder::new().stack_size(STACK).spawn(move || run(cli));
    let outcome = match run.map(std::thread::JoinHandle::join) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) if engine::session::is_overflow(&*panic) => {
            Screen::new(true).error("more than 2 GiB of text were worked on at once");
            Outcome::FAILED
        }
        _ => Outcome::FAILED,
    };
    ExitCode::from(outcome.code())
}

fn run(cli: Cli) -> Outcome {
    let screen = Screen::new(cli.quiet);
    let done = match &cli.command {
        Command::Hunt(args) => command::hunt::run(args, &screen),
        Command::Query(args) => command::query::run(args, &screen),
        Command::Check(args) => command::check::run(args, &screen),
        Command::Test(args) => command::test::run(args, &screen),
        Command::Coverage(args) => command::coverage::run(args, &screen),
        Command::Compare(args) => command::compare::run(args, &screen),
        Command::Explain(args) => command::explain::run(args, &screen),
        Command::Convert(args) => command::convert::run(args, &screen),
        Command::New(args) => command::new::run(args, &screen),
        Command::Ingest(args) => command::ingest::run(args, &screen),
        Command::Tables(args) => command::tables::run(args, &screen),
        Command::Functions(args) => command::functions::run(args, &screen),
    };
    done.unwrap_or_else(|error| {
        if screen::is_broken_pipe(&error) {
            return Outcome::default();
        }
        screen.error(&format!("{error:#}"));
        if error.is::<Misuse>() { Outcome::MISUSED } else { Outcome::FAILED }
    })
}
