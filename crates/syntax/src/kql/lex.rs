//! The lexer of KQL: text to tokens. It never fails; what it cannot read becomes a broken token and a diagnostic.

mod number;
mod text;
mod typed;

use crate::cursor::Cursor;
use crate::diagnostic::Diagnostic;
use crate::kql::messages;
use crate::kql::parse::DIAGNOSTICS;
use crate::kql::token::{Kind, SIGNS, Token};
use crate::source::Source;
use crate::span::Span;

/// Tokens, the last of which is the end, and what was wrong.
pub(super) fn lex(source: &Source) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut lexer = Lexer { cursor: Cursor::new(source.text()), diagnostics: Vec::new() };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blank();
        let start = lexer.cursor.offset();
        let kind = lexer.token();
        let is_end = kind == Kind::End;
        tokens.push(Token { kind, span: lexer.cursor.span_from(start) });
        if is_end {
            return (tokens, lexer.diagnostics);
        }
    }
}

struct Lexer<'s> {
    cursor: Cursor<'s>,
    diagnostics: Vec<Diagnostic>,
}

impl Lexer<'_> {
    fn skip_blank(&mut self) {
        loop {
            self.cursor.eat_while(|c| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}');
            if !self.cursor.eat("//") {
                return;
            }
            self.cursor.eat_while(|c| c != '\n');
        }
    }

    fn token(&mut self) -> Kind {
        let Some(next) = self.cursor.peek() else {
            return Kind::End;
        };
        if let Some(kind) = self.text_literal() {
            return kind;
        }
        if next.is_ascii_digit() {
            return self.number();
        }
        if is_name_start(next) {
            return self.name();
        }
        if next == '!' && self.cursor.nth(1).is_some_and(char::is_alphabetic) {
            self.cursor.bump();
            self.cursor.eat_while(is_name_part);
            self.cursor.eat("~");
            return Kind::NotName;
        }
        for (spelling, sign) in SIGNS {
            if self.cursor.eat(spelling) {
                return Kind::Sign(*sign);
            }
        }
        let start = self.cursor.offset();
        self.cursor.bump();
        if next == '&' {
            self.cursor.eat("&");
        }
        self.report(messages::unknown_character(self.cursor.span_from(start), next));
        Kind::Broken
    }

    fn name(&mut self) -> Kind {
        let start = self.cursor.offset();
        self.cursor.bump();
        self.cursor.eat_while(is_name_part);
        let word = self.cursor.text_from(start);
        if word == "in" {
            self.cursor.eat("~");
        }
        if let Some(literal) = self.typed_literal(word) {
            return literal;
        }
        Kind::Name
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }

    fn span_from(&self, start: usize) -> Span {
        self.cursor.span_from(start)
    }
}

pub(super) fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

pub(super) fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kql::token::Sign;

    fn kinds(text: &str) -> Vec<Kind> {
        let (tokens, diagnostics) = lex(&Source::new("q", text));
        assert_eq!(diagnostics, vec![], "{text}");
        tokens.into_iter().map(|token| token.kind).filter(|kind| *kind != Kind::End).collect()
    }

    fn text(value: &str) -> Kind {
        Kind::Text(value.into())
    }

    #[test]
    fn string_literals_in_all_their_forms() {
        assert_eq!(kinds(r#""a\\b\"c" 'it\'s'"#), vec![text(r#"a\b"c"#), text("it's")]);
        assert_eq!(kinds(r#"@"C:\Temp\" @'it''s'"#), vec![text(r"C:\Temp\"), text("it's")]);
        assert_eq!(kinds(r#"h'secret' H@"a\b""#), vec![text("secret"), text(r"a\b")]);
        assert_eq!(kinds("```a\n'b' \\```"), vec![text("a\n'b' \\")]);
        assert_eq!(kinds(r#""\u0041\x42\t""#), vec![text("AB\t")]);
    }

    #[test]
    fn numbers_timespans_and_ranges() {
        assert_eq!(kinds("1..5"), vec![Kind::Long(1), Kind::Sign(Sign::DotDot), Kind::Long(5)]);
        assert_eq!(kinds("0x1F 1.5 1e3"), vec![Kind::Long(31), Kind::Real(1.5), Kind::Real(1000.0)]);
        assert_eq!(
            kinds("1d 1.5h 1tick"),
            vec![Kind::Timespan(864_000_000_000), Kind::Timespan(54_000_000_000), Kind::Timespan(1)]
        );
    }

    #[test]
    fn typed_literals_keep_their_raw_text() {
        assert_eq!(
            kinds("datetime(2024-01-01 10:00)"),
            vec![Kind::Typed { word: "datetime".into(), raw: "2024-01-01 10:00".into() }]
        );
        assert_eq!(kinds("int"), vec![Kind::Name]);
    }

    #[test]
    fn comments_and_blank_lines_are_nothing() {
        assert_eq!(kinds("a // b | c\n\n\n|"), vec![Kind::Name, Kind::Sign(Sign::Pipe)]);
        assert_eq!(kinds("in~ !in~ !has"), vec![Kind::Name, Kind::NotName, Kind::NotName]);
    }

    #[test]
    fn an_open_string_is_reported_at_its_start() {
        let (_, diagnostics) = lex(&Source::new("q", "where a == \"abc\n| take 1"));
        assert_eq!(diagnostics.len(), 1);
        assert_eq!((diagnostics[0].code, diagnostics[0].span), ("KS003", Span::new(11, 15)));
    }
}
