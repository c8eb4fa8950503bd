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

/// All tokens up to the end or the first thing that is not YAML, which becomes a diagnostic.
pub(super) fn lex(source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Vec<Token> {
    let text = source.text();
    if text.len() > MAX_BYTES {
        diagnostics.push(messages::file_too_large(MAX_BYTES));
        return Vec::new();
    }
    // The parser takes no byte order mark; what it counts starts behind it.
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let places = Places::new(body, text.len() - body.len());
    let mut tokens = Vec::new();
    let mut parser = Parser::new_from_str(body);
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
                diagnostics.push(messages::broken_yaml(Span::at(at), error.info(), line, column));
                break;
            }
        }
    }
    tokens
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
