//! A token of KQL: a word, a literal or a sign, with its place.

use crate::span::Span;

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub kind: Kind,
    pub span: Span,
}

/// What a token is. Keywords are plain names: nearly every one of them may also name a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Name,
    /// A negated word operator, `!contains`.
    NotName,
    Text(String),
    Long(i64),
    /// One more than the largest long: only its negative is a number.
    Beyond,
    Real(f64),
    /// In ticks of 100 ns.
    Timespan(i64),
    /// `datetime(2024-01-01)`: the word before the parenthesis and the raw text within.
    Typed {
        word: String,
        raw: String,
    },
    Sign(Sign),
    /// What no token starts with, or a literal that is broken; reported already.
    Broken,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    OpenParen,
    CloseParen,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    Comma,
    Semicolon,
    Colon,
    Dot,
    DotDot,
    Pipe,
    Assign,
    Equal,
    NotEqual,
    EqualFolded,
    NotEqualFolded,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Arrow,
}

/// Every sign, the longest spelling first.
pub(super) const SIGNS: &[(&str, Sign)] = &[
    ("..", Sign::DotDot),
    ("==", Sign::Equal),
    ("=~", Sign::EqualFolded),
    ("=>", Sign::Arrow),
    ("!=", Sign::NotEqual),
    ("<>", Sign::NotEqual),
    ("!~", Sign::NotEqualFolded),
    ("<=", Sign::LessEqual),
    (">=", Sign::GreaterEqual),
    ("(", Sign::OpenParen),
    (")", Sign::CloseParen),
    ("[", Sign::OpenBracket),
    ("]", Sign::CloseBracket),
    ("{", Sign::OpenBrace),
    ("}", Sign::CloseBrace),
    (",", Sign::Comma),
    (";", Sign::Semicolon),
    (":", Sign::Colon),
    (".", Sign::Dot),
    ("|", Sign::Pipe),
    ("=", Sign::Assign),
    ("<", Sign::Less),
    (">", Sign::Greater),
    ("+", Sign::Plus),
    ("-", Sign::Minus),
    ("*", Sign::Star),
    ("/", Sign::Slash),
    ("%", Sign::Percent),
];
