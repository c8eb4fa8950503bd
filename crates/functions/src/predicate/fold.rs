//! Folding case letter by letter: what stands around a letter never changes what it folds to, so that a part of a text folds to
//! a part of the folded text.

/// A text in which letters that differ by case alone are the same.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(letter).collect() }
}

/// [`fold`] behind what a buffer holds.
pub(super) fn push_folded(text: &str, out: &mut String) {
    if text.is_ascii() {
        let start = out.len();
        out.push_str(text);
        out.get_mut(start..).unwrap_or_default().make_ascii_lowercase();
    } else {
        out.extend(text.chars().map(letter));
    }
}

/// By way of the upper case, which the two small sigmas share. A letter beyond ASCII never folds to one of ASCII, as in .NET.
fn letter(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let upper = single(c.to_uppercase()).filter(|upper| !upper.is_ascii()).unwrap_or(c);
    single(upper.to_lowercase()).filter(|lower| !lower.is_ascii()).unwrap_or(upper)
}

fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next()?;
    letters.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_folds_the_same_everywhere() {
        assert_eq!(fold("ΟΔΟΣ"), "οδοσ");
        assert_eq!(fold("ΟΔΟΣΑ"), "οδοσα");
        assert_eq!(fold("οδος"), "οδοσ");
        assert_eq!(fold("ZÜRICH ÄÖ ẞ"), "zürich äö ß");
    }

    #[test]
    fn letters_beyond_ascii_stay_beyond_it() {
        assert_eq!(fold("\u{212a}\u{130}\u{131}\u{17f}"), "\u{212a}\u{130}\u{131}\u{17f}");
    }
}
