//! The screen: what is said beside the data, on standard error, and whether it takes colour.

use std::io::{self, BufWriter, IsTerminal, Write};

use render::escape;
use render::style::Style;
use render::terminal::Guard;
use syntax::{Diagnostic, Source};

/// Where people read.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    quiet: bool,
    colour: bool,
    is_terminal: bool,
}

impl Screen {
    pub fn new(quiet: bool) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let colour = is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Screen { quiet, colour, is_terminal }
    }

    pub fn style(&self) -> Style {
        Style::new(self.colour)
    }

    /// A progress bar makes sense here.
    pub fn is_live(&self) -> bool {
        self.is_terminal && !self.quiet
    }

    /// Something worth knowing; `--quiet` silences it.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.write(text);
        }
    }

    /// Something that an answer must not be read without.
    pub fn warn(&self, text: &str) {
        self.write(&format!("{} {}", self.style().warn("warning:"), escape::lines(text)));
    }

    pub fn error(&self, text: &str) {
        self.write(&format!("{} {}", self.style().level("high", "error:"), escape::lines(text)));
    }

    pub fn diagnostics(&self, source: &Source, diagnostics: &[Diagnostic]) {
        let shown: Vec<Diagnostic> =
            diagnostics.iter().filter(|diagnostic| !self.quiet || diagnostic.is_error()).cloned().collect();
        if !shown.is_empty() {
            self.write(render::report::report(source, &shown, self.colour).trim_end());
        }
    }

    /// A closed standard error is nothing that could be told anybody.
    fn write(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// Standard output for data in a machine's format: as it is for files and pipes, escaped for a terminal.
pub fn data_output() -> Box<dyn Write> {
    let out = BufWriter::new(io::stdout().lock());
    if io::stdout().is_terminal() { Box::new(Guard::new(out)) } else { Box::new(out) }
}

/// The style and width of standard output: plain and unbounded where it is no terminal.
pub fn output_style() -> Style {
    let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    Style::new(colour)
}

/// Columns of the terminal that standard output is, as the shell tells them; 120 where it does not.
pub fn output_width() -> Option<u16> {
    const USUAL: u16 = 120;
    let told = || std::env::var("COLUMNS").ok()?.parse().ok();
    io::stdout().is_terminal().then(|| told().unwrap_or(USUAL))
}

pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(is_pipe)
}

/// The same of an error of the engine.
pub fn is_broken_pipe_of(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(is_pipe)
}

fn is_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
