//! TOML files as typed values, with every error at its place.

use serde::de::DeserializeOwned;
use syntax::nearest::nearest;
use syntax::{Diagnostic, Source, Span};

use crate::messages;

/// The value of a TOML file.
pub(crate) fn parse<T: DeserializeOwned>(source: &Source) -> Result<T, Box<Diagnostic>> {
    toml::from_str(source.text()).map_err(|error| {
        let span = error.span().map_or_else(Span::default, |range| Span::new(range.start, range.end));
        Box::new(diagnostic(span, error.message()))
    })
}

/// Serde says unknown keys and words in one sentence each, with all that it knows: the nearest is among them.
fn diagnostic(span: Span, message: &str) -> Diagnostic {
    let mut names = message.split('`').skip(1).step_by(2);
    let name = names.next().unwrap_or("");
    let known: Vec<&str> = names.collect();
    let near = nearest(name, known.iter().copied());
    if message.starts_with("unknown field") {
        messages::unknown_key(span, name, near, &known.join(", "))
    } else if message.starts_with("unknown variant") {
        messages::unknown_word(span, name, near, &known.join(", "))
    } else {
        messages::bad_toml(span, message)
    }
}
