//! Forms: what a query asks of the columns of one row.

use syntax::Span;

/// A condition over columns.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    All(Vec<Form>),
    Any(Vec<Form>),
    Not(Box<Form>),
    Leaf(Leaf),
    /// What cannot be read from the text, such as a bound on time: running decides.
    Unread,
}

/// What parts a column and its members; no name holds it.
pub const WITHIN: &str = "\u{1}";

/// A test of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// With the path to a member of a dynamic behind it, parted by [`WITHIN`].
    pub column: String,
    pub test: Test,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// One of the texts, or all of them.
    Text {
        shape: Shape,
        texts: Vec<String>,
        all: bool,
    },
    Regex(String),
    Number(Order, f64),
    Flag(bool),
    /// Neither null nor empty.
    Present,
    /// What a group of a pattern takes out of the column.
    Taken {
        pattern: String,
        group: usize,
        test: Box<Test>,
    },
    /// What is behind base64.
    Decoded(Box<Test>),
    /// In one of these networks.
    Network(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Whole,
    Start,
    End,
    Part,
    /// Between characters that are no letters or digits.
    Term,
    /// A term begins or ends with it.
    TermStart,
    TermEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

/// What one row has to be: the columns of one table, and the conditions, each with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub table: String,
    /// Further tables whose rows the same is asked of.
    pub others: Vec<String>,
    pub conditions: Vec<(Span, Form)>,
}
