//! The text of TEXT SEARCH, in the syntax of QRadar's quick filter: words, "phrases", word*, AND, OR, NOT and parentheses.
//! The operators are upper case; words side by side are joined by AND.

use std::iter::Peekable;
use std::str::Chars;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    Word(Vec<Part>),
    /// Words that follow each other.
    Phrase(String),
    All(Vec<Search>),
    Any(Vec<Search>),
    Not(Box<Search>),
}

/// A part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(String),
    /// `*`: any run of characters.
    AnyRun,
    /// `?`: one character.
    AnyOne,
}

/// A search text that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchText {
    pub search: Search,
    /// Whether words stand side by side, without an operator.
    pub is_side_by_side: bool,
}

/// Levels of parentheses, and words.
const MAX_DEPTH: usize = 50;
const MAX_WORDS: usize = 1_000;

/// Reads a search text; the reason where it is none.
pub fn parse(text: &str) -> Result<SearchText, &'static str> {
    let tokens = lex(text)?;
    let mut reader = Reader { tokens: &tokens, depth: 0, is_side_by_side: false };
    let search = reader.any()?;
    match reader.tokens {
        [] => Ok(SearchText { search, is_side_by_side: reader.is_side_by_side }),
        _ => Err("a parenthesis closes that was not opened"),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Found(Search),
}

fn lex(text: &str) -> Result<Vec<Token>, &'static str> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.peek().copied() {
        let token = match c {
            _ if c.is_whitespace() => {
                chars.next();
                continue;
            }
            '(' => Token::Open,
            ')' => Token::Close,
            '"' => {
                chars.next();
                tokens.push(Token::Found(phrase(&mut chars)?));
                continue;
            }
            _ => {
                tokens.push(word(&mut chars)?);
                continue;
            }
        };
        chars.next();
        tokens.push(token);
    }
    match tokens.len() {
        0 => Err("it is empty"),
        many if many > MAX_WORDS => Err("it has more than 1,000 words"),
        _ => Ok(tokens),
    }
}

fn phrase(chars: &mut Peekable<Chars<'_>>) -> Result<Search, &'static str> {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' if text.trim().is_empty() => return Err("a phrase is empty"),
            '"' => return Ok(Search::Phrase(text.trim().to_string())),
            '\\' => text.extend(chars.next_if(|next| matches!(next, '"' | '\\')).or(Some('\\'))),
            _ => text.push(c),
        }
    }
    Err("a phrase is not closed")
}

fn word(chars: &mut Peekable<Chars<'_>>) -> Result<Token, &'static str> {
    let mut parts: Vec<Part> = Vec::new();
    let mut spelt = String::new();
    while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"')) {
        spelt.push(c);
        let literal = match c {
            '*' | '?' if parts.is_empty() => return Err("a word cannot begin with a wildcard"),
            '*' => {
                parts.push(Part::AnyRun);
                continue;
            }
            '?' => {
                parts.push(Part::AnyOne);
                continue;
            }
            '\\' => chars.next_if(char::is_ascii_punctuation).unwrap_or('\\'),
            _ => c,
        };
        match parts.last_mut() {
            Some(Part::Text(text)) => text.push(literal),
            _ => parts.push(Part::Text(literal.to_string())),
        }
    }
    Ok(match spelt.as_str() {
        "AND" | "&&" => Token::And,
        "OR" | "||" => Token::Or,
        "NOT" => Token::Not,
        _ => Token::Found(Search::Word(parts)),
    })
}

struct Reader<'t> {
    tokens: &'t [Token],
    depth: usize,
    is_side_by_side: bool,
}

impl Reader<'_> {
    fn any(&mut self) -> Result<Search, &'static str> {
        let mut found = vec![self.all()?];
        while self.eat(&Token::Or) {
            found.push(self.all()?);
        }
        Ok(one_or(found, Search::Any))
    }

    fn all(&mut self) -> Result<Search, &'static str> {
        let mut found = vec![self.not()?];
        loop {
            if !self.eat(&Token::And) {
                if matches!(self.tokens, [] | [Token::Or | Token::Close, ..]) {
                    return Ok(one_or(found, Search::All));
                }
                // `a NOT b` is written without AND.
                self.is_side_by_side |= self.tokens.first() != Some(&Token::Not);
            }
            found.push(self.not()?);
        }
    }

    fn not(&mut self) -> Result<Search, &'static str> {
        let mut negated = false;
        while self.eat(&Token::Not) {
            negated = !negated;
        }
        let found = self.single()?;
        Ok(if negated { Search::Not(Box::new(found)) } else { found })
    }

    fn single(&mut self) -> Result<Search, &'static str> {
        let Some((first, rest)) = self.tokens.split_first() else { return Err("a word is missing at its end") };
        self.tokens = rest;
        match first {
            Token::Found(search) => Ok(search.clone()),
            Token::Open => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err("its parentheses nest too deeply");
                }
                let inner = self.any()?;
                self.depth -= 1;
                if self.eat(&Token::Close) { Ok(inner) } else { Err("a parenthesis is not closed") }
            }
            Token::Close => Err("a parenthesis closes that was not opened"),
            Token::And | Token::Or | Token::Not => Err("an operator stands where a word should"),
        }
    }

    fn eat(&mut self, wanted: &Token) -> bool {
        match self.tokens.split_first() {
            Some((first, rest)) if first == wanted => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }
}

fn one_or(mut found: Vec<Search>, join: fn(Vec<Search>) -> Search) -> Search {
    match found.pop() {
        Some(only) if found.is_empty() => only,
        last => {
            found.extend(last);
            join(found)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Search {
        Search::Word(vec![Part::Text(text.into())])
    }

    fn read(text: &str) -> Search {
        parse(text).unwrap().search
    }

    #[test]
    fn operators_join_words_and_phrases() {
        assert_eq!(
            read(r#"firewall AND ("access denied" OR drop) NOT 10.0.0.1"#),
            Search::All(vec![
                word("firewall"),
                Search::Any(vec![Search::Phrase("access denied".into()), word("drop")]),
                Search::Not(Box::new(word("10.0.0.1"))),
            ])
        );
        assert_eq!(read("a OR b AND c"), Search::Any(vec![word("a"), Search::All(vec![word("b"), word("c")])]));
        // Lower case is a word.
        assert_eq!(read("and"), word("and"));
    }

    #[test]
    fn words_may_have_wildcards_that_a_backslash_escapes() {
        let text = |text: &str| Part::Text(text.into());
        assert_eq!(read("adm*n?"), Search::Word(vec![text("adm"), Part::AnyRun, text("n"), Part::AnyOne]));
        assert_eq!(read(r"a\*b"), word("a*b"));
        assert_eq!(read(r"C:\Windows"), word(r"C:\Windows"));
    }

    #[test]
    fn words_side_by_side_are_noted() {
        assert!(parse("a b").unwrap().is_side_by_side);
        assert!(!parse("a AND b NOT c").unwrap().is_side_by_side);
        assert_eq!(read("a b"), Search::All(vec![word("a"), word("b")]));
    }

    #[test]
    fn what_is_no_search_text_has_a_reason() {
        for text in ["", " ", "*abc", "\"abc", "\"\"", "a AND", "AND b", "(a", "a)", "NOT", "()"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse(&"a ".repeat(2_000)).is_err());
    }
}
