//! The lexer: AQL text to tokens. Comments and blanks go; a text or comment that is not closed is reported and ends
//! where the reader would have expected it to.

use super::messages;
use super::token::{Kind, SYMBOLS, Token};
use crate::cursor::Cursor;
use crate::{Diagnostic, Source};

/// How other languages join conditions.
const SIGNS: [(&str, &str); 2] = [("&&", "AND"), ("||", "OR")];

/// The last token is always [`Kind::End`].
pub(super) fn lex(source: &Source) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut lexer = Lexer {
        source: source.text(),
        cursor: Cursor::new(source.text()),
        tokens: Vec::new(),
        diagnostics: Vec::new(),
    };
    while let Some(next) = lexer.cursor.peek() {
        lexer.token(next);
    }
    let end = lexer.cursor.offset();
    lexer.tokens.push(Token { kind: Kind::End, span: crate::Span::at(end) });
    (lexer.tokens, lexer.diagnostics)
}

struct Lexer<'a> {
    source: &'a str,
    cursor: Cursor<'a>,
    tokens: Vec<Token>,
    diagnostics: Vec<Diagnostic>,
}

impl Lexer<'_> {
    fn token(&mut self, next: char) {
        let start = self.cursor.offset();
        // A byte order mark is no more than a space.
        let is_blank = |c: char| c.is_whitespace() || c == '\u{feff}';
        if is_blank(next) {
            self.cursor.eat_while(is_blank);
        } else if self.cursor.eat("--") {
            self.cursor.eat_while(|c| c != '\n');
        } else if self.cursor.eat("/*") {
            self.block_comment(start);
        } else if next == '\'' || next == '"' {
            self.quoted(start, next);
        } else if next.is_ascii_digit() {
            self.number(start);
        } else if next.is_alphabetic() || next == '_' {
            self.word(start);
        } else if next == '.' && self.is_in_a_name(start) {
            self.prefix(start);
        } else if next == '.' && matches!(self.before(start), Some(Kind::Real(_))) {
            self.cursor.eat_while(|c| c.is_ascii_digit() || c == '.');
            self.diagnostics.push(messages::bare_address(self.cursor.span_from(start)));
        } else if let Some((_, word)) = SIGNS.into_iter().find(|(sign, _)| self.cursor.eat(sign)) {
            // Read on as if the word stood there.
            self.diagnostics.push(messages::misspelt(self.cursor.span_from(start), &next.to_string().repeat(2), word));
            self.push(start, Kind::Word(word.to_string()));
        } else if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| self.cursor.eat(symbol)) {
            self.push(start, Kind::Symbol(symbol));
        } else {
            let known = |c: char| c.is_whitespace() || c.is_alphanumeric() || "'\"_(),;".contains(c);
            self.cursor.bump();
            self.cursor.eat_while(|c| !known(c) && c == next);
            self.diagnostics.push(messages::unknown_character(self.cursor.span_from(start), next));
        }
    }

    /// The token that ends where this one begins.
    fn before(&self, start: usize) -> Option<&Kind> {
        self.tokens.last().filter(|last| last.span.end as usize == start).map(|last| &last.kind)
    }

    /// `e.sourceip`, at the point.
    fn is_in_a_name(&self, start: usize) -> bool {
        let goes_on = self.cursor.nth(1).is_some_and(|c| c.is_alphabetic() || c == '_' || c == '"');
        goes_on && matches!(self.before(start), Some(Kind::Word(_) | Kind::Quoted(_)))
    }

    /// Reads on as if the name stood without what is before it.
    fn prefix(&mut self, start: usize) {
        self.cursor.bump();
        let Some(prefix) = self.tokens.pop() else { return };
        let name = self.source.get(prefix.span.start as usize..start).unwrap_or_default();
        self.diagnostics
            .push(messages::prefixed(crate::Span { start: prefix.span.start, ..self.cursor.span_from(start) }, name));
    }

    fn push(&mut self, start: usize, kind: Kind) {
        let span = self.cursor.span_from(start);
        self.tokens.push(Token { kind, span });
    }

    fn block_comment(&mut self, start: usize) {
        while !self.cursor.eat("*/") {
            if self.cursor.bump().is_none() {
                self.diagnostics.push(messages::comment_not_closed(crate::Span::new(start, start + 2)));
                return;
            }
        }
    }

    /// A doubled quote stands for itself; a backslash is an ordinary character.
    fn quoted(&mut self, start: usize, quote: char) {
        self.cursor.bump();
        let mut text = String::new();
        loop {
            match self.cursor.bump() {
                Some(c) if c == quote => {
                    if self.cursor.peek() != Some(quote) {
                        break;
                    }
                    self.cursor.bump();
                    text.push(quote);
                }
                Some(c) => text.push(c),
                None => {
                    let is_escaped = self.source.contains(&format!("\\{quote}"));
                    self.diagnostics.push(messages::not_closed(self.line_from(start), quote, is_escaped));
                    break;
                }
            }
        }
        self.push(start, if quote == '"' { Kind::Quoted(text) } else { Kind::Text(text) });
    }

    /// From an offset to the end of its line: what is underlined when a text runs to the end.
    fn line_from(&self, start: usize) -> crate::Span {
        let taken = self.cursor.text_from(start);
        let line = taken.find('\n').unwrap_or(taken.len());
        crate::Span::new(start, start + taken.get(..line).unwrap_or(taken).trim_end().len())
    }

    fn number(&mut self, start: usize) {
        if self.cursor.eat("0x") || self.cursor.eat("0X") {
            self.cursor.eat_while(|c| c.is_ascii_hexdigit());
            let digits = self.cursor.text_from(start).get(2..).unwrap_or("");
            let value = u64::from_str_radix(digits, 16).map_or(0, |bits| bits.cast_signed());
            self.push(start, Kind::Long(value));
            return;
        }
        self.cursor.eat_while(|c| c.is_ascii_digit());
        if self.cursor.peek() == Some('.') && self.cursor.nth(1).is_some_and(|c| c.is_ascii_digit()) {
            self.cursor.bump();
            self.cursor.eat_while(|c| c.is_ascii_digit());
        }
        let digit_at = |place: usize| self.cursor.nth(place).is_some_and(|c| c.is_ascii_digit());
        let has_sign = matches!(self.cursor.nth(1), Some('+' | '-'));
        if matches!(self.cursor.peek(), Some('e' | 'E')) && digit_at(1 + usize::from(has_sign)) {
            self.cursor.bump();
            self.cursor.bump();
            self.cursor.eat_while(|c| c.is_ascii_digit());
            let text = self.cursor.text_from(start);
            self.diagnostics.push(messages::exponent(self.cursor.span_from(start), text));
            let value = text.parse::<f64>().unwrap_or(f64::MAX);
            self.push(start, Kind::Real(value.min(f64::MAX)));
            return;
        }
        let text = self.cursor.text_from(start);
        let real = || text.parse::<f64>().unwrap_or(f64::MAX);
        let kind = text.parse::<i64>().map_or_else(|_| Kind::Real(real()), Kind::Long);
        self.push(start, kind);
    }

    /// `GEO::LOOKUP` is one word.
    fn word(&mut self, start: usize) {
        let in_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        self.cursor.eat_while(in_word);
        while self.cursor.rest().starts_with("::") && self.cursor.nth(2).is_some_and(char::is_alphabetic) {
            self.cursor.eat("::");
            self.cursor.eat_while(in_word);
        }
        let word = self.cursor.text_from(start).to_string();
        self.push(start, Kind::Word(word));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        lex(&Source::new("q", text)).0.into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn quotes_double_backslashes_stay_and_comments_go() {
        let wanted = vec![
            Kind::Text("it's C:\\x".into()),
            Kind::Symbol("<>"),
            Kind::Quoted("Process Path".into()),
            Kind::Text("-- no comment".into()),
            Kind::Word("GEO::LOOKUP".into()),
            Kind::Long(255),
            Kind::Real(2.5),
            Kind::End,
        ];
        let text = "'it''s C:\\x' <> \"Process Path\" -- gone\n'-- no comment' /* ' */ GEO::LOOKUP 0xFF 2.5";
        assert_eq!(kinds(text), wanted);
    }

    #[test]
    fn what_is_not_closed_is_underlined_to_the_end_of_its_line() {
        let source = Source::new("q", "x = 'abc \nAND y");
        let (_, diagnostics) = lex(&source);
        let [diagnostic] = diagnostics.as_slice() else { panic!("{diagnostics:?}") };
        assert_eq!((diagnostic.code, source.slice(diagnostic.span)), ("AQL001", "'abc"));
        assert_eq!(lex(&Source::new("q", "/* x")).1[0].code, "AQL002");
        assert_eq!(lex(&Source::new("q", "a ? b")).1[0].code, "AQL003");
        assert_eq!(lex(&Source::new("q", "a && b")).1[0].help.as_deref(), Some("did you mean 'AND'?"));
    }

    #[test]
    fn numbers_may_have_exponents_and_names_no_prefix() {
        let lexed = |text: &str| {
            let (tokens, diagnostics) = lex(&Source::new("q", text));
            let codes: Vec<&str> = diagnostics.iter().map(|found| found.code).collect();
            (tokens.into_iter().next().map(|token| token.kind), codes)
        };
        assert_eq!(lexed("1e3"), (Some(Kind::Real(1000.0)), vec!["AQL021"]));
        assert_eq!(lexed("2.5E-1"), (Some(Kind::Real(0.25)), vec!["AQL021"]));
        assert_eq!(lexed("1e999"), (Some(Kind::Real(f64::MAX)), vec!["AQL021"]));
        assert_eq!(lexed("24HOURS"), (Some(Kind::Long(24)), vec![]));
        assert_eq!(lexed("1e"), (Some(Kind::Long(1)), vec![]));
        assert_eq!(lexed("e.sourceip"), (Some(Kind::Word("sourceip".into())), vec!["AQL022"]));
        assert_eq!(lexed("\"e\".\"Process Path\""), (Some(Kind::Quoted("Process Path".into())), vec!["AQL022"]));
        let help = |text: &str| lex(&Source::new("q", text)).1[0].help.clone().unwrap_or_default();
        assert!(help("10.0.0.1").contains("'10.0.0.1'"));
    }
}
