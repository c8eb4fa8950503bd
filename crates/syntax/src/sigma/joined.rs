//! Joined: names joined by `and`, `or`, `not` and parentheses, whatever they name.

use super::condition::Token;
use super::messages;
use crate::{Diagnostic, Span};

/// Parentheses within each other.
const MAX_DEPTH: usize = 100;

/// What the names stand for, and what becomes of them joined.
pub(super) trait Names {
    type Tree;
    /// One of them, in a message.
    const ONE: &'static str;

    /// What begins with this word; `None` where it is wrong, which has been said.
    fn named(&mut self, word: String, span: Span, tokens: &mut Tokens) -> Option<Self::Tree>;
    fn not(inner: Self::Tree) -> Self::Tree;
    fn and(parts: Vec<Self::Tree>) -> Self::Tree;
    fn or(parts: Vec<Self::Tree>) -> Self::Tree;
    fn say(&mut self, diagnostic: Diagnostic);
}

/// The tokens of a condition, and how far they are read.
pub(super) struct Tokens {
    tokens: Vec<(Token, Span)>,
    at: usize,
    /// Underlined where the condition ends too early.
    pub end: Span,
    depth: usize,
}

impl Tokens {
    pub fn new(tokens: Vec<(Token, Span)>, end: Span) -> Self {
        Tokens { tokens, at: 0, end, depth: 0 }
    }

    pub fn next(&mut self) -> Option<(Token, Span)> {
        let token = self.tokens.get(self.at).cloned();
        self.at += usize::from(token.is_some());
        token
    }

    pub fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn eat(&mut self, wanted: &Token) -> bool {
        let eaten = self.peek() == Some(wanted);
        self.at += usize::from(eaten);
        eaten
    }

    /// `None` where the condition is wrong; it has been said why.
    pub fn or<N: Names>(&mut self, names: &mut N) -> Option<N::Tree> {
        let mut parts = vec![self.and(names)?];
        while self.eat(&Token::Or) {
            parts.push(self.and(names)?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { N::or(parts) })
    }

    fn and<N: Names>(&mut self, names: &mut N) -> Option<N::Tree> {
        let mut parts = vec![self.not(names)?];
        while self.eat(&Token::And) {
            parts.push(self.not(names)?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { N::and(parts) })
    }

    fn not<N: Names>(&mut self, names: &mut N) -> Option<N::Tree> {
        let mut is_negated = false;
        while self.eat(&Token::Not) {
            is_negated = !is_negated;
        }
        let inner = self.primary(names)?;
        Some(if is_negated { N::not(inner) } else { inner })
    }

    fn primary<N: Names>(&mut self, names: &mut N) -> Option<N::Tree> {
        let wrong = match self.next() {
            Some((Token::Open, span)) => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    names.say(messages::too_deep(span, MAX_DEPTH));
                    return None;
                }
                let inner = self.or(names)?;
                self.depth -= 1;
                if self.eat(&Token::Close) {
                    return Some(inner);
                }
                messages::condition(span, "this parenthesis is never closed", "opened here")
            }
            Some((Token::Word(word), span)) => return names.named(word, span, self),
            Some((_, span)) => messages::condition(span, &format!("a {} is missing before this", N::ONE), "unexpected"),
            None => {
                let label = format!("a {} is missing", N::ONE);
                messages::condition(self.end, "the condition ends too early", &label)
            }
        };
        names.say(wrong);
        None
    }
}
