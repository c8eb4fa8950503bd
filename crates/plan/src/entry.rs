//! An entry of a language's listing: something that is called by its name, and what it does.

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Function,
    Aggregate,
    Plugin,
    Operator,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Function => "function",
            Kind::Aggregate => "aggregate",
            Kind::Plugin => "plugin",
            Kind::Operator => "operator",
        }
    }
}

/// Something that is called by its name.
#[derive(Debug, Clone)]
pub struct Entry {
    pub kind: Kind,
    pub names: Vec<&'static str>,
    /// What it does, or why it is refused.
    pub summary: &'static str,
    pub is_refused: bool,
}
