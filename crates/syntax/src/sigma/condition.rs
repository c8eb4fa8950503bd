//! Conditions: selections joined by `and`, `or`, `not`, parentheses, and `1 of …`, `all of …`.

use super::detection::Within;
use super::joined::{Names, Tokens};
use super::messages;
use super::tree::{Condition, Selection};
use super::yaml::Node;
use crate::cursor::Cursor;
use crate::nearest::nearest;
use crate::{Diagnostic, Source, Span};

/// Comparisons of names with selections that one rule may ask for: real rules need some thousand.
const MAX_LOOKUPS: usize = 5_000_000;
/// What the search for a near name costs, in the same measure.
const NEAREST_COST: usize = 100;

/// The conditions of a detection, with a warning for every selection that none of them looks at.
pub(super) fn parse(
    source: &Source,
    texts: &[&Node],
    selections: &[Selection],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Condition> {
    let mut used = vec![false; selections.len()];
    let mut lookups = 0;
    let mut conditions = Vec::new();
    let before = diagnostics.len();
    for node in texts {
        let Some(text) = node.scalar().filter(|text| !text.trim().is_empty()) else {
            diagnostics.push(messages::wrong_type(node.span, "a condition", "a text", node.kind()));
            continue;
        };
        let tokens = lex(text, &Within::new(source, node.span, text));
        let mut names = Selections { selections, used: &mut used, lookups: &mut lookups, diagnostics };
        conditions.extend(whole(&mut Tokens::new(tokens, node.span), &mut names));
        if lookups > MAX_LOOKUPS {
            break;
        }
    }
    if diagnostics.len() == before {
        let unused = selections.iter().zip(&used).filter(|(_, used)| !**used);
        diagnostics.extend(
            unused.map(|(selection, _)| messages::unused_selection(selection.name.span, &selection.name.value)),
        );
    }
    conditions
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    Pipe,
    And,
    Or,
    Not,
    Word(String),
}

pub(super) fn lex(text: &str, places: &Within) -> Vec<(Token, Span)> {
    let mut cursor = Cursor::new(text);
    let mut tokens = Vec::new();
    loop {
        cursor.eat_while(char::is_whitespace);
        let start = cursor.offset();
        let Some(c) = cursor.bump() else {
            return tokens;
        };
        let token = match c {
            '(' => Token::Open,
            ')' => Token::Close,
            '|' => Token::Pipe,
            _ => {
                cursor.eat_while(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '|'));
                let word = cursor.text_from(start);
                match word.to_ascii_lowercase().as_str() {
                    "and" => Token::And,
                    "or" => Token::Or,
                    "not" => Token::Not,
                    _ => Token::Word(word.to_string()),
                }
            }
        };
        tokens.push((token, places.span(start..cursor.offset())));
    }
}

/// `None` where the condition is wrong; it has been said why.
fn whole(tokens: &mut Tokens, names: &mut Selections<'_>) -> Option<Condition> {
    let condition = tokens.or(names)?;
    match tokens.next() {
        None => Some(condition),
        Some((Token::Pipe, span)) => names.refuse(messages::aggregation(span)),
        Some((Token::Close, span)) => {
            names.refuse(messages::condition(span, "this parenthesis closes nothing", "unexpected"))
        }
        Some((_, span)) => {
            names.refuse(messages::condition(span, "'and' or 'or' is missing before this", "unexpected"))
        }
    }
}

/// The selections of a rule, which its conditions name.
struct Selections<'a> {
    selections: &'a [Selection],
    used: &'a mut [bool],
    lookups: &'a mut usize,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Names for Selections<'_> {
    type Tree = Condition;
    const ONE: &'static str = "selection";

    fn not(inner: Condition) -> Condition {
        Condition::Not(Box::new(inner))
    }

    fn and(parts: Vec<Condition>) -> Condition {
        Condition::And(parts)
    }

    fn or(parts: Vec<Condition>) -> Condition {
        Condition::Or(parts)
    }

    fn say(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// A selection, or `1 of x*` and its kin.
    fn named(&mut self, word: String, span: Span, tokens: &mut Tokens) -> Option<Condition> {
        *self.lookups += self.selections.len();
        if *self.lookups > MAX_LOOKUPS {
            return self.refuse(messages::too_many_names(span));
        }
        let of = matches!(tokens.peek(), Some(Token::Word(next)) if next.eq_ignore_ascii_case("of"));
        if !of {
            if let Some(index) = self.selections.iter().position(|selection| selection.name.value == word) {
                self.mark(&[index]);
                return Some(Condition::Selection(index, span));
            }
            return self.unknown(&word, span);
        }
        tokens.next();
        let all = match word.to_ascii_lowercase().as_str() {
            "all" => true,
            "1" | "any" => false,
            _ => {
                let what = format!("'{word} of' is not supported");
                return self.refuse(messages::condition(span, &what, "write '1', 'any' or 'all'"));
            }
        };
        let (pattern, place) = match tokens.next() {
            Some((Token::Word(pattern), place)) => (pattern, place),
            Some((_, place)) => {
                return self.refuse(messages::condition(
                    place,
                    "'of' has to be followed by a name, a pattern or 'them'",
                    "unexpected",
                ));
            }
            None => {
                return self.refuse(messages::condition(
                    tokens.end,
                    "'of' has to be followed by a name, a pattern or 'them'",
                    "ends here",
                ));
            }
        };
        let is_them = pattern.eq_ignore_ascii_case("them");
        // Names that start with an underscore are helpers, which `them` and patterns leave out unless they say it.
        let is_meant = |name: &str| {
            let matches = is_them || matches(&pattern, name);
            matches && (!name.starts_with('_') || pattern.starts_with('_'))
        };
        let found = self.selections.iter().enumerate().filter(|(_, selection)| is_meant(&selection.name.value));
        let found: Vec<usize> = found.map(|(index, _)| index).collect();
        if found.is_empty() {
            return self.unknown(&pattern, place);
        }
        self.mark(&found);
        let span = span.to(place);
        Some(if all { Condition::AllOf(found, span) } else { Condition::OneOf(found, span) })
    }
}

impl Selections<'_> {
    fn unknown(&mut self, name: &str, span: Span) -> Option<Condition> {
        *self.lookups += self.selections.len() * NEAREST_COST;
        let names = self.selections.iter().map(|selection| selection.name.value.as_str());
        let near = nearest(name.trim_end_matches('*'), names);
        self.refuse(messages::missing_selection(span, name, near))
    }

    fn mark(&mut self, found: &[usize]) {
        for index in found {
            if let Some(used) = self.used.get_mut(*index) {
                *used = true;
            }
        }
    }

    fn refuse(&mut self, diagnostic: Diagnostic) -> Option<Condition> {
        self.diagnostics.push(diagnostic);
        None
    }
}

/// Whether a pattern, in which `*` is any run of characters and `?` one, is a name.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || name.get(n) == Some(c) => (p, n) = (p + 1, n + 1),
            _ => match star {
                // The last star takes one character more.
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, n) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}
