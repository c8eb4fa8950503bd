//! Style: the few colours of the terminal, or none.

use anstyle::{AnsiColor, Style as Ansi};

/// One colour a level, dim labels; plain where the output takes no colour.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    colour: bool,
}

impl Style {
    pub const fn plain() -> Self {
        Style { colour: false }
    }

    pub const fn new(colour: bool) -> Self {
        Style { colour }
    }

    pub fn level(self, level: &str, text: &str) -> String {
        let style = match level {
            "critical" => AnsiColor::Magenta.on_default().bold(),
            "high" => AnsiColor::Red.on_default().bold(),
            "medium" => AnsiColor::Yellow.on_default(),
            "low" => AnsiColor::Cyan.on_default(),
            _ => Ansi::new(),
        };
        self.paint(style, text)
    }

    pub fn dim(self, text: &str) -> String {
        self.paint(Ansi::new().dimmed(), text)
    }

    pub fn bold(self, text: &str) -> String {
        self.paint(Ansi::new().bold(), text)
    }

    pub fn warn(self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }

    fn paint(self, style: Ansi, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}
