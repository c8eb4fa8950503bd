//! Names: which of the columns that were asked for a field of an event fills.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::text::push_json_text;

/// How many spellings are remembered, and how long one may be. Honest evidence has some hundreds; further ones are looked
/// up anew each time.
const REMEMBERED: usize = 4096;
const LONGEST: usize = 128;

/// Columns by the name of a field, whatever its case. Every field of every event asks, so the answer for a spelling is kept.
pub struct Names {
    by_lower_case: HashMap<String, Vec<(usize, String)>>,
    /// For each spelling that was met a place in `answers`.
    known: HashMap<String, usize, RandomState>,
    answers: Vec<Answer>,
}

/// A column that a field fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    pub place: usize,
    /// The field is spelt as the column is.
    pub is_exact: bool,
}

/// What is known of a spelling: its columns, and how it stands before a member of a JSON object.
struct Answer {
    columns: Vec<Filled>,
    json: String,
    /// The last event that had it.
    event: u64,
}

/// A spelling's place among those that are remembered.
#[derive(Debug, Clone, Copy)]
pub struct SpellingId(usize);

impl Names {
    pub fn new(columns: &[String]) -> Self {
        let mut by_lower_case: HashMap<String, Vec<(usize, String)>> = HashMap::new();
        for (place, name) in columns.iter().enumerate() {
            by_lower_case.entry(name.to_ascii_lowercase()).or_default().push((place, name.clone()));
        }
        Names { by_lower_case, known: HashMap::default(), answers: Vec::new() }
    }

    /// The columns of a name that is not remembered.
    pub fn columns(&self, name: &str) -> Vec<Filled> {
        let columns = self.by_lower_case.get(&name.to_ascii_lowercase()).map_or(&[][..], Vec::as_slice);
        columns.iter().map(|(place, column)| Filled { place: *place, is_exact: column == name }).collect()
    }

    /// Whether a field of this name fills a column.
    pub fn fills(&mut self, name: &str) -> bool {
        match self.find(name) {
            Some(spelling) => !self.columns_of(spelling).is_empty(),
            None => self.by_lower_case.contains_key(&name.to_ascii_lowercase()),
        }
    }

    /// A spelling that is remembered, from now on if there is room.
    pub fn find(&mut self, name: &str) -> Option<SpellingId> {
        if let Some(place) = self.known.get(name) {
            return Some(SpellingId(*place));
        }
        if self.known.len() >= REMEMBERED || name.len() > LONGEST {
            return None;
        }
        let columns = self.columns(name);
        let place = self.answers.len();
        self.known.insert(name.to_owned(), place);
        self.answers.push(Answer { columns, json: member(name), event: 0 });
        Some(SpellingId(place))
    }

    pub fn columns_of(&self, spelling: SpellingId) -> &[Filled] {
        self.answers.get(spelling.0).map_or(&[], |answer| &answer.columns)
    }

    /// Whether an event, by its number from 1, did not have the spelling before.
    pub fn is_first_in(&mut self, spelling: SpellingId, event: u64) -> bool {
        self.answers.get_mut(spelling.0).is_none_or(|answer| std::mem::replace(&mut answer.event, event) != event)
    }

    /// Appends the name and the colon of a member of a JSON object, and gives what [`Names::is_first_in`] does.
    #[inline]
    pub fn push_member(&mut self, spelling: SpellingId, event: u64, out: &mut String) -> bool {
        let Some(answer) = self.answers.get_mut(spelling.0) else { return true };
        out.push_str(&answer.json);
        std::mem::replace(&mut answer.event, event) != event
    }
}

fn member(name: &str) -> String {
    let mut json = String::with_capacity(name.len() + 3);
    push_json_text(&mut json, name);
    json.push(':');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fills_its_columns_whatever_the_case_and_however_many_names_there_are() {
        let columns: Vec<String> = ["Image", "User", "IMAGE"].map(str::to_owned).to_vec();
        let mut names = Names::new(&columns);
        let filled = |place, is_exact| Filled { place, is_exact };
        for _ in 0..2 {
            let (lower, upper) = (names.find("image").unwrap(), names.find("IMAGE").unwrap());
            assert_eq!(names.columns_of(lower), [filled(0, false), filled(2, false)]);
            assert_eq!(names.columns_of(upper), [filled(0, false), filled(2, true)]);
            assert!(!names.fills("Nothing"));
        }
        for junk in 0..2 * REMEMBERED {
            assert!(!names.fills(&junk.to_string()));
        }
        assert!(names.fills("uSER") && names.find("uSER").is_none());
        assert_eq!(names.columns("uSER"), [filled(1, false)]);
        assert_eq!(names.known.len(), REMEMBERED);
    }
}
