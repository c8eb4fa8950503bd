//! Pairs of `parse-kv`: keys and values within a text, told apart by delimiters, by the keys themselves, or by a regular expression.

use arrow::array::ArrayRef;
use datafusion_common::{Result, exec_datafusion_err};
use datafusion_expr::{Expr, lit};

use super::{listed, lists, literal};
use crate::kernel::Args;
use crate::regular;

/// How keys and values are told apart.
#[derive(Debug, Clone, Default)]
pub struct Delimiters {
    /// Between pairs; none: any character that is no letter or digit.
    pub pair: String,
    /// Between a key and its value; none: the same.
    pub value: String,
    /// What opens and closes a value that may hold delimiters.
    pub quotes: String,
    pub escape: String,
    /// A value goes on until the next key.
    pub is_greedy: bool,
    /// Two groups: the key and the value.
    pub regex: String,
}

/// The values of the keys; the first of a key counts.
pub fn values(text: Expr, keys: &[String], delimiters: &Delimiters) -> Expr {
    let settings = [&delimiters.pair, &delimiters.value, &delimiters.quotes, &delimiters.escape, &delimiters.regex];
    let mut args = vec![text, lit(if delimiters.is_greedy { "greedy" } else { "" })];
    args.extend(settings.map(|setting| lit(setting.as_str())));
    args.extend(keys.iter().map(|key| lit(key.as_str())));
    listed(&format!("parse_kv/{}", keys.len()), kernel, args)
}

fn kernel(args: &Args<'_>) -> Result<ArrayRef> {
    let setting = |index| literal(args, index).map(str::to_owned);
    let delimiters = Delimiters {
        is_greedy: literal(args, 1)? == "greedy",
        pair: setting(2)?,
        value: setting(3)?,
        quotes: setting(4)?,
        escape: setting(5)?,
        regex: setting(6)?,
    };
    let keys: Vec<&str> = (7..args.len()).map(|index| literal(args, index)).collect::<Result<_>>()?;
    let by_keys = |pairs: Vec<(String, String)>| {
        let value = |key: &&str| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
        Some(keys.iter().map(value).collect())
    };
    if !delimiters.regex.is_empty() {
        let pattern = regular::compile(&delimiters.regex, true).map_err(|error| exec_datafusion_err!("{error}"))?;
        return lists(args, |text| {
            let pairs = pattern
                .captures_iter(text)
                .filter_map(|found| Some((found.get(1)?.as_str().to_owned(), found.get(2)?.as_str().to_owned())));
            by_keys(pairs.collect())
        });
    }
    lists(args, |text| {
        by_keys(if delimiters.is_greedy {
            greedy(text, &keys, &delimiters)
        } else if delimiters.pair.is_empty() && delimiters.value.is_empty() {
            words(text, &keys, &delimiters)
        } else {
            pairs(text, &delimiters)
        })
    })
}

/// The length of a delimiter that stands at the start of a text.
fn delimiter(text: &str, delimiter: &str) -> Option<usize> {
    if delimiter.is_empty() {
        let first = text.chars().next()?;
        return (!first.is_alphanumeric()).then(|| first.len_utf8());
    }
    text.starts_with(delimiter).then_some(delimiter.len())
}

fn pairs(text: &str, delimiters: &Delimiters) -> Vec<(String, String)> {
    let (mut pairs, mut quotes) = (Vec::new(), Quotes::default());
    let mut rest = text;
    while !rest.is_empty() {
        let (key, end) = token(rest, delimiters, &mut quotes, &[&delimiters.value, &delimiters.pair]);
        rest = rest.get(end..).unwrap_or("");
        let Some(length) = delimiter(rest, &delimiters.value) else {
            let step = delimiter(rest, &delimiters.pair).unwrap_or(rest.len());
            rest = rest.get(step..).unwrap_or("");
            continue;
        };
        rest = rest.get(length..).unwrap_or("");
        let (value, end) = token(rest, delimiters, &mut quotes, &[&delimiters.pair]);
        rest = rest.get(end..).unwrap_or("");
        rest = rest.get(delimiter(rest, &delimiters.pair).unwrap_or(0)..).unwrap_or("");
        pairs.push((key, value));
    }
    pairs
}

/// Where everything but letters and digits divides: a word that is a key, and the word behind it.
fn words(text: &str, keys: &[&str], delimiters: &Delimiters) -> Vec<(String, String)> {
    let (mut found, mut key, mut rest, mut quotes) = (Vec::new(), None, text, Quotes::default());
    loop {
        rest = rest.trim_start_matches(|letter: char| {
            !(letter.is_alphanumeric() || delimiters.quotes.starts_with(letter) && !delimiters.quotes.is_empty())
        });
        let Some(first) = rest.chars().next() else { return found };
        let (word, end) = token(rest, delimiters, &mut quotes, &[""]);
        match key.take() {
            Some(key) => found.push((key, word)),
            None if keys.contains(&word.as_str()) => key = Some(word),
            None => {}
        }
        // A quote that is never closed is no more than a sign.
        rest = rest.get(end.max(first.len_utf8())..).unwrap_or("");
    }
}

/// What is known of the quotes further on in a text.
#[derive(Default)]
struct Quotes {
    /// None closes any more, so that none is sought again.
    are_over: bool,
}

/// The text up to the first of these delimiters that no quotes hold, without its quotes and the spaces around it; and how far
/// it goes.
fn token(text: &str, delimiters: &Delimiters, quotes: &mut Quotes, until: &[&str]) -> (String, usize) {
    let (open, close) = (delimiters.quotes.chars().next(), delimiters.quotes.chars().next_back());
    let lead = text.len() - text.trim_start().len();
    let body = text.trim_start();
    if let (Some(open), Some(close)) = (open, close)
        && body.starts_with(open)
        && !quotes.are_over
    {
        let mut value = String::new();
        let mut letters = body.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            if delimiters.escape.starts_with(letter) && !delimiters.escape.is_empty() {
                value.extend(letters.next().map(|(_, letter)| letter));
            } else if letter == close {
                return (value, lead + at + letter.len_utf8());
            } else {
                value.push(letter);
            }
        }
        // An opening quote that escapes too might let what follows it be read otherwise.
        quotes.are_over = !delimiters.escape.starts_with(open);
    }
    let is_end = |at: &usize| {
        let rest = text.get(*at..).unwrap_or("");
        until.iter().any(|sign| delimiter(rest, sign).is_some())
    };
    let end = text.char_indices().map(|(at, _)| at).find(is_end).unwrap_or(text.len());
    (text.get(..end).unwrap_or("").trim().to_owned(), end)
}

/// Values that go on until the next known key.
fn greedy(text: &str, keys: &[&str], delimiters: &Delimiters) -> Vec<(String, String)> {
    let mut starts: Vec<(usize, usize, &str)> = Vec::new();
    for key in keys {
        let sign = if delimiters.value.is_empty() { "=" } else { delimiters.value.as_str() };
        let wanted = format!("{key}{sign}");
        for (at, _) in text.match_indices(&wanted) {
            let before = text.get(..at).unwrap_or("");
            let is_start = before.is_empty()
                || if delimiters.pair.is_empty() {
                    before.ends_with(|letter: char| !letter.is_alphanumeric())
                } else {
                    before.ends_with(&delimiters.pair)
                };
            if is_start {
                starts.push((at, at + wanted.len(), key));
            }
        }
    }
    starts.sort_unstable();
    let ends = starts.iter().skip(1).map(|(at, _, _)| *at).chain([text.len()]);
    let value = |((_, from, key), to): (&(usize, usize, &str), usize)| {
        let value = text.get(*from..to).unwrap_or("");
        let value = value.strip_suffix(&delimiters.pair).unwrap_or(value);
        ((*key).to_owned(), value.trim().to_owned())
    };
    starts.iter().zip(ends).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, pair: &str, value: &str, quotes: &str) -> String {
        let delimiters =
            Delimiters { pair: pair.into(), value: value.into(), quotes: quotes.into(), ..Delimiters::default() };
        let each = pairs(text, &delimiters).into_iter().map(|(key, value)| format!("<{key}|{value}>"));
        each.collect()
    }

    #[test]
    fn pairs_are_told_apart_by_delimiters_outside_of_quotes() {
        assert_eq!(of(" a = 1 ; b = 2 ", ";", "=", ""), "<a|1><b|2>");
        assert_eq!(of(r#"a="x;y";b="z=w""#, ";", "=", "\""), "<a|x;y><b|z=w>");
        assert_eq!(of("[k1=v1][k2=v2]", "][", "=", ""), "<[k1|v1><k2|v2]>");
        assert_eq!(of("a:1,b:2", "", "", ""), "<a|1><b|2>");
        assert_eq!(of("x;a=1", ";", "=", ""), "<a|1>");
    }

    #[test]
    fn quotes_that_never_close_are_sought_once() {
        let text = "k=[;".repeat(50_000);
        assert_eq!(of(&text, ";", "=", "[]"), "<k|[>".repeat(50_000));
        assert_eq!(of("a=[;b=[x;y];c=[", ";", "=", "[]"), "<a|;b=[x;y><c|[>");
    }

    #[test]
    fn a_greedy_value_goes_on_until_the_next_key() {
        let delimiters = Delimiters { pair: " ".into(), value: "=".into(), is_greedy: true, ..Delimiters::default() };
        let found = greedy("name=John Smith phone=1 2", &["name", "phone"], &delimiters);
        assert_eq!(found, [("name".into(), "John Smith".into()), ("phone".into(), "1 2".into())]);
    }
}
