//! ORDER BY … COLLATE: the order of dictionaries in most languages that write Latin letters. Signs come before digits and
//! digits before letters; accents count only where the letters are the same, and case only where the accents are.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};
use datafusion_common::Result;
use datafusion_expr::Expr;

use crate::function::{Function, Gives, Lower, Overload, Param};
use crate::kernel::Args;
use crate::text::Text;
use crate::types::Type;

pub const FUNCTIONS: &[Function] = &[COLLATED];

const COLLATED: Function = Function {
    name: "aql_collated",
    kql: &[],
    aql: &[],
    mapping: &[],
    summary: "a text in a form that sorts as dictionaries do",
    overloads: &[Overload::new(&[Param::Text], Gives::Is(Type::String), Lower::Kernel(collated))],
    examples: &[],
};

/// Languages whose dictionaries keep to this order.
const LANGUAGES: [&str; 10] = ["de", "en", "fr", "ga", "id", "it", "ms", "nl", "pt", "sw"];

/// A text in a form that sorts as dictionaries do.
pub fn key(text: Expr) -> Expr {
    match COLLATED.overloads.first() {
        Some(overload) => COLLATED.call(overload, &[Type::String], vec![text]),
        None => text,
    }
}

/// Whether the order of this language, named as in `de-CH`, is this one; `None` where the text names no language.
pub fn is_of(language: &str) -> Option<bool> {
    let mut parts = language.split('-');
    let first = parts.next().unwrap_or_default();
    let is_language = (2..=3).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_language && parts.all(is_part)).then(|| LANGUAGES.iter().any(|known| known.eq_ignore_ascii_case(first)))
}

fn collated(args: &Args<'_>) -> Result<ArrayRef> {
    let text = Text::of(args.array(0))?;
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        out.append_option(text.get(args.at(0, row)).map(sorted_form));
    }
    Ok(Arc::new(out.finish()))
}

/// Letters, then accents, then case, each behind a character that comes before all others.
fn sorted_form(text: &str) -> String {
    let (mut letters, mut accents, mut cases) = (String::new(), String::new(), String::new());
    for letter in text.chars() {
        cases.push(if letter.is_uppercase() { '2' } else { '1' });
        for small in letter.to_lowercase() {
            if ('\u{300}'..='\u{36f}').contains(&small) {
                accents.push(small);
                continue;
            }
            let plain = ACCENTED.iter().find(|(_, accented)| accented.contains(small)).map(|(plain, _)| *plain);
            accents.push(if plain.is_some() { small } else { ' ' });
            let mut own = [0; 4];
            for letter in plain.unwrap_or(small.encode_utf8(&mut own)).chars() {
                letters.push(match letter {
                    _ if letter.is_alphabetic() => '3',
                    _ if letter.is_numeric() => '2',
                    _ => '1',
                });
                letters.push(letter);
            }
        }
    }
    format!("{letters}\0{accents}\0{cases}")
}

const ACCENTED: [(&str, &str); 26] = [
    ("a", "àáâãäåāăąǎ"),
    ("ae", "æ"),
    ("c", "çćĉċč"),
    ("d", "ďđ"),
    ("e", "èéêëēĕėęě"),
    ("g", "ĝğġģ"),
    ("h", "ĥħ"),
    ("i", "ìíîïĩīĭįı"),
    ("j", "ĵ"),
    ("k", "ķ"),
    ("l", "ĺļľŀł"),
    ("n", "ñńņňŉ"),
    ("o", "òóôõöøōŏőǒ"),
    ("oe", "œ"),
    ("r", "ŕŗř"),
    ("s", "śŝşšș"),
    ("ss", "ß"),
    ("t", "ţťŧț"),
    ("u", "ùúûüũūŭůűųǔ"),
    ("w", "ŵ"),
    ("y", "ýÿŷ"),
    ("z", "źżž"),
    ("th", "þ"),
    ("ij", "ĳ"),
    ("ng", "ŋ"),
    ("dh", "ð"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_count_after_letters_and_case_after_accents() {
        // As Java's Collator for German, English and French orders them.
        let sorted =
            ["-", "1", "a", "A", "à", "ab", "B", "cote", "Cote", "coté", "côte", "straße", "z", "Zebra", "Zürich"];
        let mut shuffled = sorted;
        shuffled.reverse();
        shuffled.sort_by_key(|text| sorted_form(text));
        assert_eq!(shuffled, sorted);
    }

    #[test]
    fn languages_are_named_by_tags() {
        assert_eq!(is_of("de-CH"), Some(true));
        assert_eq!(is_of("sv"), Some(false));
        for text in ["", "german language", "d", "de_CH", "de-"] {
            assert_eq!(is_of(text), None, "{text}");
        }
    }
}
