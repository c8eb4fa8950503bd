//! Near misses: the literal of an operand that is most like what was there.

use plan::trace::Operand;
use serde_json::Value;
use syntax::nearest;

/// Literals that are looked at and told of an operand.
pub(super) const LITERALS: usize = 100;

/// The values that an operand looked at, without its own literals.
pub(super) fn actual<'a>(operand: &'a Operand, values: &'a [Value]) -> impl Iterator<Item = &'a Value> {
    operand.sides.iter().zip(values).filter(|(side, _)| !side.is_literal()).map(|(_, value)| value)
}

pub(super) fn nearest<'a>(operand: &'a Operand, values: &[Value]) -> Option<&'a str> {
    let looked = operand.sides.iter().zip(values).find(|(side, _)| !side.is_literal());
    let literals = operand.literals.iter().take(LITERALS).map(|(text, _)| text.as_str());
    near(looked?.1.as_str()?, literals)
}

/// Like the value, or like the name at the end of a path; wildcards and separators do not count.
fn near<'a>(actual: &str, literals: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // What is there is no near miss.
    let lower = actual.to_lowercase();
    let is_there = |text: &&str| lower.contains(&bare(text).to_lowercase());
    let all: Vec<&str> = literals.filter(|text| !is_there(text)).collect();
    let name = actual.rsplit(['\\', '/']).next().unwrap_or(actual);
    let found =
        [actual, name].into_iter().find_map(|text| nearest::nearest(text, all.iter().map(|text| bare(text))))?;
    all.into_iter().find(|text| bare(text) == found)
}

fn bare(text: &str) -> &str {
    text.trim_matches(['%', '*', '\\', '/'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_at_the_end_of_a_path_counts() {
        let names = ["%\\chrome.exe", "%\\iexplore.exe"];
        assert_eq!(near("C:\\Windows\\iexplorer.exe", names.into_iter()), Some("%\\iexplore.exe"));
        assert_eq!(near("C:\\Windows\\explorer.exe", ["notepad.exe"].into_iter()), None);
    }
}
