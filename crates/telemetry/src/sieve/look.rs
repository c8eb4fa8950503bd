//! Looking for texts in a column: all rows of it at once, and once for each value of a dictionary.

use aho_corasick::packed::{self, MatchKind};
use aho_corasick::{AhoCorasick, Input, Span};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::Int32Type;
use functions::predicate::push_looked;

/// About how many bytes are looked at at once.
pub const AT_ONCE: usize = 64 << 10;

/// Looks for some texts as [`push_looked`] makes them.
#[derive(Debug)]
pub enum Look {
    /// Few texts, looked for in wide steps.
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

/// What was found in the values of a dictionary, for the batches that share it.
#[derive(Debug, Default)]
pub struct Known {
    values: Option<ArrayRef>,
    found: Vec<bool>,
    looked: Looked,
}

/// Rows one behind another, as they are looked at.
#[derive(Debug, Default)]
pub struct Looked {
    bytes: String,
    /// Where each row ends.
    ends: Vec<usize>,
    rows: Vec<usize>,
}

impl Known {
    /// Another [`Look`] looks from here on; the memory is used again.
    pub fn forget(&mut self) {
        self.values = None;
    }
}

impl Look {
    /// `None` where the texts make no automaton.
    pub fn new(texts: &[&str]) -> Option<Look> {
        let mut builder = packed::Config::new().match_kind(MatchKind::LeftmostFirst).builder();
        match builder.extend(texts).build() {
            Some(searcher) => Some(Look::Packed(searcher)),
            None => AhoCorasick::new(texts).ok().map(Look::Automaton),
        }
    }

    /// Whether a column is of texts that can be looked at.
    pub fn looks_at(array: &ArrayRef) -> bool {
        let is_text =
            |array: &dyn Array| array.as_string_opt::<i32>().is_some() || array.as_string_view_opt().is_some();
        is_text(array) || array.as_dictionary_opt::<Int32Type>().is_some_and(|dictionary| is_text(dictionary.values()))
    }

    /// Marks the rows in which one of the texts stands, and with `or_lacking` those whose text says nothing.
    pub fn mark(&self, array: &ArrayRef, or_lacking: bool, met: &mut [bool], known: &mut Known) -> Result<(), String> {
        if let Some(texts) = array.as_string_view_opt() {
            let text = |row| if texts.is_valid(row) { texts.value(row) } else { "" };
            self.mark_texts(text, or_lacking, met, &mut known.looked);
        } else if let Some(texts) = array.as_string_opt::<i32>() {
            let text = |row| if texts.is_valid(row) { texts.value(row) } else { "" };
            self.mark_texts(text, or_lacking, met, &mut known.looked);
        } else if let Some(dictionary) = array.as_dictionary_opt::<Int32Type>() {
            let values = dictionary.values();
            let texts = values.as_string_opt::<i32>().ok_or("a column has no texts")?;
            if !known.values.as_ref().is_some_and(|last| std::sync::Arc::ptr_eq(last, values)) {
                known.found.clear();
                known.found.resize(texts.len(), false);
                let text = |row| if texts.is_valid(row) { texts.value(row) } else { "" };
                self.mark_texts(text, or_lacking, &mut known.found, &mut known.looked);
                known.values = Some(values.clone());
            }
            let of = |key: i32| usize::try_from(key).ok().and_then(|key| known.found.get(key)).copied();
            match dictionary.nulls() {
                None => {
                    met.iter_mut()
                        .zip(dictionary.keys().values())
                        .for_each(|(met, key)| *met |= of(*key) == Some(true));
                }
                Some(_) => {
                    let keys = met.iter_mut().zip(dictionary.keys());
                    keys.for_each(|(met, key)| *met |= key.map_or(or_lacking, |key| of(key) == Some(true)));
                }
            }
        } else {
            return Err("a column has no texts".to_owned());
        }
        Ok(())
    }

    /// Whether one of the texts stands in what [`push_looked`] made of one.
    pub fn stands_in(&self, looked: &str) -> bool {
        self.next(looked.as_bytes(), 0).is_some()
    }

    /// Marks those of some rows, of which not all may be marked before.
    pub fn mark_texts<'t>(
        &self,
        text: impl Fn(usize) -> &'t str,
        or_lacking: bool,
        met: &mut [bool],
        looked: &mut Looked,
    ) {
        let mut next = 0;
        while next < met.len() {
            next = looked.take(next, &text, or_lacking, met);
            self.find(looked, met);
        }
    }

    fn find(&self, looked: &Looked, met: &mut [bool]) {
        self.find_in(looked.bytes.as_bytes(), &looked.ends, |place| {
            if let Some(met) = looked.rows.get(place).and_then(|row| met.get_mut(*row)) {
                *met = true;
            }
        });
    }

    /// Calls with each place in `ends` up to which one of the texts stands behind the end before it. `bytes`: texts as [`push_looked`] makes them.
    pub fn find_in(&self, bytes: &[u8], ends: &[usize], mut found: impl FnMut(usize)) {
        let (mut at, mut place) = (0, 0);
        while let Some((start, end)) = self.next(bytes, at) {
            // Most hits are in one of the next rows.
            while ends.get(place).is_some_and(|row_end| *row_end <= start) {
                place += 1;
            }
            let Some(row_end) = ends.get(place).copied() else { return };
            // What reaches from one row into the next stands in none, but may hide another that stands in the row.
            if end <= row_end || bytes.get(..row_end).is_some_and(|row| self.next(row, start).is_some()) {
                found(place);
            }
            at = row_end;
        }
    }

    fn next(&self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        if at >= bytes.len() {
            return None;
        }
        let span = Span { start: at, end: bytes.len() };
        let found = match self {
            Look::Packed(searcher) => searcher.find_in(bytes, span),
            Look::Automaton(automaton) => automaton.find(Input::new(bytes).span(span)),
        };
        found.map(|found| (found.start(), found.end()))
    }
}

/// Whether a text, or the last part of a path that it is, is empty.
pub fn says_nothing(text: &[u8]) -> bool {
    matches!(text.last(), None | Some(b'\\' | b'/'))
}

impl Looked {
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.rows.clear();
    }

    /// Takes the texts of rows that are not met yet, from one row on, as many as stay in the cache; says with which row to go on.
    fn take<'t>(&mut self, from: usize, texts: impl Fn(usize) -> &'t str, or_lacking: bool, met: &mut [bool]) -> usize {
        self.clear();
        let mut next = from;
        for (row, met) in met.iter_mut().enumerate().skip(from) {
            if self.bytes.len() >= AT_ONCE {
                break;
            }
            next = row + 1;
            if *met {
                continue;
            }
            let text = texts(row);
            if or_lacking && says_nothing(text.as_bytes()) {
                *met = true;
            } else if !text.is_empty() {
                self.bytes.push_str(text);
                self.ends.push(self.bytes.len());
                self.rows.push(row);
            }
        }
        // All at once takes a fraction of the time, and hardly any text is more than ASCII.
        if self.bytes.is_ascii() {
            self.bytes.make_ascii_lowercase();
            return next;
        }
        self.bytes.clear();
        for (end, row) in self.ends.iter_mut().zip(&self.rows) {
            push_looked(texts(*row), &mut self.bytes);
            *end = self.bytes.len();
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{DictionaryArray, StringArray};
    use arrow::compute::cast;
    use arrow::datatypes::DataType;

    use super::*;

    fn marked(texts: &[&str], rows: &[Option<&str>], or_lacking: bool) -> Vec<bool> {
        let look = Look::new(texts).unwrap();
        let plain: ArrayRef = Arc::new(StringArray::from(rows.to_vec()));
        let views = cast(&plain, &DataType::Utf8View).unwrap();
        let dictionary: ArrayRef = Arc::new(rows.iter().copied().collect::<DictionaryArray<Int32Type>>());
        let answers = [plain, views, dictionary].map(|array| {
            let mut met = vec![false; rows.len()];
            look.mark(&array, or_lacking, &mut met, &mut Known::default()).unwrap();
            met
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        answers[0].clone()
    }

    #[test]
    fn a_text_is_found_whatever_its_case_and_in_its_own_row() {
        let rows =
            [Some("a CMD.exe"), None, Some(""), Some("cm"), Some("d.exe"), Some("\u{212a}it"), Some("cmcmd.exe")];
        assert_eq!(marked(&["cmd.exe"], &rows, false), [true, false, false, false, false, false, true]);
        assert_eq!(marked(&["cmd.exe", "kit"], &rows, true), [true, true, true, false, false, true, true]);
    }

    #[test]
    fn what_reaches_over_the_end_of_a_row_hides_nothing() {
        assert_eq!(marked(&["bcd", "c"], &[Some("abc"), Some("d")], false), [true, false]);
        assert_eq!(marked(&["bcdx", "dx"], &[Some("abc"), Some("dx")], false), [false, true]);
        assert_eq!(marked(&["-enc", "-e"], &[Some("x -e"), Some("nc.exe"), Some("-enc")], false), [true, false, true]);
        assert_eq!(marked(&["whoamix", "whoami"], &[Some("whoami"), Some("x")], false), [true, false]);
        assert_eq!(
            marked(&["aab", "ab", "b"], &[Some("xa"), Some("ab"), Some("a"), Some("b")], false),
            [false, true, false, true]
        );
    }

    /// Rows that are looked at in several goes, some of them longer than one.
    #[test]
    fn long_columns_are_looked_at_to_their_end() {
        let long = "x".repeat(AT_ONCE + 7);
        let end = format!("{long}Cmd.exe");
        let rows: Vec<Option<&str>> =
            (0..40).map(|row| Some(if row % 13 == 12 { &end } else { long.as_str() })).collect();
        let expected: Vec<bool> = (0..40).map(|row| row % 13 == 12).collect();
        assert_eq!(marked(&["cmd.exe"], &rows, false), expected);
    }

    #[test]
    fn many_texts_are_found_as_few_are() {
        let many: Vec<String> = (0..500).map(|number| format!("tool{number:03}.exe")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(matches!(Look::new(&many), Some(Look::Automaton(_))));
        assert_eq!(marked(&many, &[Some("TOOL499.EXE"), Some("tool500.exe")], false), [true, false]);
    }
}
