//! The nearest name: which known name a mistyped one was meant to be.

/// The candidate with the fewest edits from `name`, if it is near enough to be worth a hint. Case does not count.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.chars().take(MAX_CHARS).flat_map(char::to_lowercase).collect();
    let allowed = (wanted.len() / 3).clamp(1, 4);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let chars: Vec<char> = candidate.chars().take(MAX_CHARS).flat_map(char::to_lowercase).collect();
        if chars.len().abs_diff(wanted.len()) > allowed {
            continue;
        }
        let distance = edits(&wanted, &chars);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Names are far shorter; the cap keeps a hostile text from costing quadratic time.
const MAX_CHARS: usize = 128;

/// Optimal string alignment: insertions, deletions, replacements, and swaps of neighbours.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_closest_and_refuses_the_far() {
        let columns = ["ProcessCommandLine", "ProcessId", "FileName"];
        assert_eq!(nearest("ProcesCommandLine", columns), Some("ProcessCommandLine"));
        assert_eq!(nearest("filename", columns), Some("FileName"));
        assert_eq!(nearest("FielName", columns), Some("FileName"));
        assert_eq!(nearest("Timestamp", columns), None);
        assert_eq!(nearest("", columns), None);
    }
}
