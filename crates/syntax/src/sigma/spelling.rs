//! Spellings: the texts that one value stands for once its modifiers have been applied.

use super::modifier::Modifier;
use super::pattern::Piece;
use super::terms::{Open, Terms, Way};
use super::tree::{FieldMatch, Spanned, Value};
use super::{encode, messages, pattern, placeholders};
use crate::{Diagnostic, Span};

/// For each value of a field the patterns that it stands for, any of which may match the whole of a text. `None` where the values
/// are no texts, or are at fault.
pub fn texts(found: &FieldMatch) -> Option<Vec<Vec<Vec<Piece>>>> {
    let terms = Terms::of(found).ok()?;
    let Way::Text(open) = terms.way else {
        return None;
    };
    let patterns = |value: &Spanned<Value>| {
        let spellings = spellings(&terms, value).ok()??.into_iter();
        Some(spellings.map(|pieces| pattern::open(pieces, open.before, open.after)).collect())
    };
    found.values.iter().map(patterns).collect()
}

/// The texts that a value stands for, as pieces; `None` for null.
pub fn spellings(terms: &Terms, value: &Spanned<Value>) -> Result<Option<Vec<Vec<Piece>>>, Box<Diagnostic>> {
    let text = match &value.value {
        Value::Null if terms.steps.is_empty() && terms.way == Way::Text(Open::default()) => return Ok(None),
        Value::Null => return Err(Box::new(messages::null_takes_no_modifier(value.span))),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(text) => text.clone(),
        Value::Text(text) => text.clone(),
    };
    let mut spellings = vec![pattern::pieces(&text)];
    let mut bytes: Option<Vec<u8>> = None;
    for step in &terms.steps {
        match step {
            Modifier::Expand => no_placeholder(&text, value.span)?,
            Modifier::Windash => {
                let wide = spellings.iter().map(|spelling| encode::windash(spelling)).collect::<Option<Vec<_>>>();
                let too_many = || Box::new(messages::too_many_dashes(value.span, encode::MAX_DASHES));
                spellings = wide.ok_or_else(too_many)?.concat();
            }
            Modifier::Utf16Le | Modifier::Utf16Be | Modifier::Utf16 => {
                let plain = plain(&spellings, step.name(), value.span)?;
                let encoded = match step {
                    Modifier::Utf16Le => encode::utf16_le(&plain),
                    Modifier::Utf16Be => encode::utf16_be(&plain),
                    _ => encode::utf16(&plain),
                };
                if let Ok(text) = String::from_utf8(encoded.clone()) {
                    spellings = vec![vec![Piece::Text(text)]];
                }
                bytes = Some(encoded);
            }
            Modifier::Base64 | Modifier::Base64Offset => {
                let encoded = match bytes.take() {
                    Some(bytes) => bytes,
                    None => plain(&spellings, step.name(), value.span)?.into_bytes(),
                };
                let texts = match step {
                    Modifier::Base64 => vec![encode::base64(&encoded)],
                    _ => encode::base64_offsets(&encoded),
                };
                // Nothing of so short a text is the same wherever it stands: the empty rest would be found everywhere.
                if texts.iter().any(String::is_empty) && *step == Modifier::Base64Offset {
                    return Err(Box::new(messages::too_short_for_base64(value.span)));
                }
                spellings = texts.into_iter().map(|text| vec![Piece::Text(text)]).collect();
            }
            _ => {}
        }
    }
    match bytes {
        // Bytes that are no text can only stand in an event in Base64.
        Some(bytes) if std::str::from_utf8(&bytes).is_err() => {
            Err(Box::new(messages::bytes_without_base64(value.span)))
        }
        _ => Ok(Some(spellings)),
    }
}

/// The one text of a value that is about to be encoded.
fn plain(spellings: &[Vec<Piece>], modifier: &str, span: Span) -> Result<String, Box<Diagnostic>> {
    match spellings {
        [pieces] => match pieces.as_slice() {
            [] => Ok(String::new()),
            [Piece::Text(text)] => Ok(text.clone()),
            _ => Err(Box::new(messages::wildcard_in_encoded(span, modifier))),
        },
        _ => Err(Box::new(messages::modifiers_conflict(span, modifier, "windash"))),
    }
}

pub fn no_placeholder(text: &str, span: Span) -> Result<(), Box<Diagnostic>> {
    match placeholders::names(text).next() {
        Some((name, _)) => Err(Box::new(messages::placeholder(span, name))),
        None => Ok(()),
    }
}
