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
    by_lower_case: HashMap<String, Vec<usize>>,
    /// For each spelling that was met a place in `answers`.
    known: HashMap<String, usize, RandomState>,
    answers: Vec<Answer>,
}

/// What is known of a spelling: its columns, and how it stands before a member of a JSON object.
struct Answer {
    columns: Vec<usize>,
    json: String,
    /// The last event that had it.
    event: u64,
}

/// A spelling's place among those that are remembered.
#[derive(Debug, Clone, Copy)]
pub struct SpellingId(usize);

impl Names {
    pub fn new(columns: &[String]) -> Self {
        let mut by_lower_case: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, name) in columns.iter().enumerate() {
            by_lower_case.entry(name.to_ascii_lowercase()).or_default().push(index);
        }
        Names { by_lower_case, known: HashMap::default(), answers: Vec::new() }
    }

    pub fn columns(&mut self, name: &str) -> &[usize] {
        match self.find(name) {
            Some(spelling) => self.columns_of(spelling),
            None => self.by_lower_case.get(&name.to_ascii_lowercase()).map_or(&[], Vec::as_slice),
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
        let columns = self.by_lower_case.get(&name.to_ascii_lowercase()).cloned().unwrap_or_default();
        let place = self.answers.len();
        self.known.insert(name.to_owned(), place);
        self.answers.push(Answer { columns, json: member(name), event: 0 });
        Some(SpellingId(place))
    }

    pub fn columns_of(&self, spelling: SpellingId) -> &[usize] {
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
        for round in 0..2 {
            assert_eq!(names.columns("image"), [0, 2], "{round}");
            assert_eq!(names.columns("Nothing"), [0; 0]);
        }
        for junk in 0..2 * REMEMBERED {
            assert_eq!(names.columns(&junk.to_string()), [0; 0]);
        }
        assert_eq!(names.columns("uSER"), [1]);
        assert_eq!(names.known.len(), REMEMBERED);
    }
}
