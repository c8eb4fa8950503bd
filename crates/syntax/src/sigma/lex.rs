//! Tokens of a rule file: YAML events with byte spans.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::messages;
use crate::{Diagnostic, Source, Span};

/// Larger files are no rule files: the whole of SigmaHQ in one file is below.
const MAX_BYTES: usize = 16 << 20;

#[derive(Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub span: Span,
    /// The YAML anchor that names this node; 0 for none.
    pub anchor: usize,
}

#[derive(Debug)]
pub(super) enum Kind {
    DocumentStart,
    DocumentEnd,
    Scalar {
        text: String,
        /// Neither quoted nor a block: `null`, `true` and numbers are themselves.
        is_plain: bool,
    },
    ListStart,
    ListEnd,
    MapStart,
    MapEnd,
    Alias(usize),
}

/// All tokens. A document that is not YAML ends where it stops being that, which becomes a diagnostic; the next one follows.
pub(super) fn lex(source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Vec<Token> {
    let text = source.text();
    if text.len() > MAX_BYTES {
        diagnostics.push(messages::file_too_large(MAX_BYTES));
        return Vec::new();
    }
    // The parser takes no byte order mark; what it counts starts behind it.
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut tokens = Vec::new();
    let mut start = text.len() - body.len();
    for document in documents(body) {
        let Err(diagnostic) = document_tokens(source, document, start, &mut tokens) else {
            start += document.len();
            continue;
        };
        start += document.len();
        let gives_to_others = document.lines().any(|line| line.starts_with("action:"));
        diagnostics.push(match gives_to_others && start < text.len() {
            true => diagnostic.note("the documents behind it may rest on it, and are not read"),
            false => *diagnostic,
        });
        if gives_to_others {
            break;
        }
    }
    tokens
}

/// The texts of the documents, which begin with `---`. Comments and directives belong to the document behind them.
fn documents(body: &str) -> impl Iterator<Item = &str> {
    let is_head = |text: &str| text.lines().all(|line| line.trim().is_empty() || line.starts_with(['#', '%']));
    let mut marks = body.match_indices("\n---").map(|(at, _)| at + 1);
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = body.get(start..).filter(|rest| !rest.is_empty())?;
        let is_mark = |at: &usize| {
            let behind = body.get(at + 3..).and_then(|behind| behind.chars().next());
            behind.is_none_or(char::is_whitespace) && body.get(start..*at).is_some_and(|head| !is_head(head))
        };
        let document = match marks.find(is_mark) {
            Some(end) => body.get(start..end)?,
            None => rest,
        };
        start += document.len();
        Some(document)
    })
}

/// Adds the tokens of a text that begins at `start` of the source.
fn document_tokens(source: &Source, text: &str, start: usize, tokens: &mut Vec<Token>) -> Result<(), Box<Diagnostic>> {
    let places = Places::new(text, start);
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => {
                let quote = quote(&event);
                let mut span = Span::new(places.byte(&span.start), places.byte(&span.end));
                if let Some((kind, anchor)) = kind(event) {
                    if let Kind::Scalar { text, .. } = &kind {
                        span = exactly(source, span, text, quote);
                    }
                    tokens.push(Token { kind, span, anchor });
                }
            }
            Err(error) => {
                let at = places.byte(error.marker());
                let (line, column) = source.position(u32::try_from(at).unwrap_or(u32::MAX));
                return Err(Box::new(messages::broken_yaml(Span::at(at), error.info(), line, column)));
            }
        }
    }
    Ok(())
}

fn kind(event: Event<'_>) -> Option<(Kind, usize)> {
    Some(match event {
        Event::DocumentStart(_) => (Kind::DocumentStart, 0),
        Event::DocumentEnd => (Kind::DocumentEnd, 0),
        Event::Alias(anchor) => (Kind::Alias(anchor), 0),
        Event::Scalar(text, style, anchor, tag) => {
            // `!!str 1` says that the value is a text.
            let is_plain = style == ScalarStyle::Plain && tag.is_none();
            (Kind::Scalar { text: text.into_owned(), is_plain }, anchor)
        }
        Event::SequenceStart(anchor, _) => (Kind::ListStart, anchor),
        Event::SequenceEnd => (Kind::ListEnd, 0),
        Event::MappingStart(anchor, _) => (Kind::MapStart, anchor),
        Event::MappingEnd => (Kind::MapEnd, 0),
        Event::Nothing | Event::StreamStart | Event::StreamEnd => return None,
    })
}

fn quote(event: &Event<'_>) -> Option<char> {
    match event {
        Event::Scalar(_, ScalarStyle::SingleQuoted, ..) => Some('\''),
        Event::Scalar(_, ScalarStyle::DoubleQuoted, ..) => Some('"'),
        _ => None,
    }
}

/// A scalar's place without the comment behind it, which the parser counts in.
fn exactly(source: &Source, span: Span, text: &str, quote: Option<char>) -> Span {
    let written = source.slice(span);
    let length = match quote {
        Some(quote) => quoted_length(written, quote),
        None if written.starts_with(text) => text.len(),
        None => written.trim_end().len(),
    };
    Span::new(span.start as usize, span.start as usize + length)
}

/// How many bytes a quoted text takes, its quotes included.
fn quoted_length(written: &str, quote: char) -> usize {
    let mut chars = written.char_indices().skip(1).peekable();
    while let Some((offset, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote && (quote == '"' || chars.next_if(|(_, next)| *next == quote).is_none()) {
            return offset + c.len_utf8();
        }
    }
    written.len()
}

/// From the parser's character counts to byte offsets.
struct Places {
    /// Byte offset of each character; empty where every character is one byte.
    offsets: Vec<u32>,
    start: usize,
    length: usize,
}

impl Places {
    fn new(text: &str, start: usize) -> Self {
        let offsets = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(offset, _)| u32::try_from(offset).unwrap_or(u32::MAX)).collect()
        };
        Places { offsets, start, length: text.len() }
    }

    fn byte(&self, marker: &Marker) -> usize {
        let offset = if self.offsets.is_empty() {
            marker.index().min(self.length)
        } else {
            self.offsets.get(marker.index()).map_or(self.length, |offset| *offset as usize)
        };
        self.start + offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_begin_with_their_marks() {
        let split = |text: &'static str| documents(text).collect::<Vec<_>>();
        assert_eq!(
            split("a: 1\n---\nb: 2\n--- # c\nd: |\n  ---\n"),
            ["a: 1\n", "---\nb: 2\n", "--- # c\nd: |\n  ---\n"]
        );
        assert_eq!(split("# one\n\n%YAML 1.2\n---\na: 1\n---x: 2\n"), ["# one\n\n%YAML 1.2\n---\na: 1\n---x: 2\n"]);
        assert_eq!(split("---\n---\r\na: 1\n---"), ["---\n", "---\r\na: 1\n", "---"]);
        assert_eq!(split(""), [""; 0]);
    }
}
