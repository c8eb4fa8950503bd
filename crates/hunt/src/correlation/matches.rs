//! What the rules of a correlation matched: of each event its time, its place, and the values that the correlation asks for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use arrow::util::display::array_value_to_string;
use functions::origin::{self, Origin, Origins};
use functions::several;

/// Bytes that the matches of all correlations may take: some million matches.
pub(crate) const MOST_BYTES: usize = 512 << 20;

/// An event that a rule of a correlation matched.
#[derive(Debug)]
pub(crate) struct Event {
    pub time: i64,
    pub leaf: usize,
    /// One, or the two records of one thing.
    pub origins: Box<[Origin]>,
    /// By the places of the rule's fields: the number of a text, 0 for none.
    pub values: Box<[u32]>,
}

/// The matches of one correlation.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub events: Vec<Event>,
    pub without_time: u64,
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Text>,
    /// What all this takes, about.
    bytes: usize,
}

/// A text that some field held.
#[derive(Debug)]
struct Text {
    spelt: Arc<str>,
    /// The numbers of its values, where it is several; its own where it is one. Case does not count, as everywhere in Sigma: of
    /// spellings that differ in it, one stands for all.
    values: Box<[u32]>,
}

/// The matches of all correlations, from all threads. Where they take too much, the correlation with the most gives its own up, so
/// that one that matches everything does not take the others with it.
#[derive(Debug)]
pub(crate) struct Matches {
    gathered: Vec<Mutex<Held>>,
    bytes: Mutex<Vec<usize>>,
    most_bytes: usize,
}

/// `None` where it was given up.
type Held = Option<Gathered>;

/// Where in a batch a rule's fields stand: the names of its columns.
pub(crate) struct Columns<'a> {
    pub time: Option<&'a str>,
    pub fields: &'a [Option<String>],
}

impl Matches {
    pub fn new(correlations: usize, most_bytes: usize) -> Self {
        let gathered = (0..correlations).map(|_| Mutex::new(Some(Gathered::default()))).collect();
        Matches { gathered, bytes: Mutex::new(vec![0; correlations]), most_bytes }
    }

    /// The rows that a rule gave.
    pub fn add(&self, correlation: usize, leaf: usize, batch: &RecordBatch, columns: &Columns<'_>) {
        let bytes = match self.held(correlation).as_deref_mut() {
            Some(Some(gathered)) => {
                gathered.add(leaf, batch, columns);
                gathered.bytes
            }
            _ => return,
        };
        let mut all = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = all.get_mut(correlation) {
            *own = bytes;
        }
        while all.iter().sum::<usize>() > self.most_bytes {
            let Some((most, own)) = all.iter_mut().enumerate().max_by_key(|(_, bytes)| **bytes) else {
                return;
            };
            *own = 0;
            if let Some(mut held) = self.held(most) {
                *held = None;
            }
        }
    }

    fn held(&self, correlation: usize) -> Option<MutexGuard<'_, Held>> {
        Some(self.gathered.get(correlation)?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What was given so far is void.
    pub fn clear(&self) {
        for gathered in &self.gathered {
            *gathered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Gathered::default());
        }
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).fill(0);
    }

    /// The matches of each correlation; `None` where there were more than are held.
    pub fn into_inner(self) -> Vec<Option<Gathered>> {
        self.gathered.into_iter().map(|one| one.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
    }
}

impl Gathered {
    fn add(&mut self, leaf: usize, batch: &RecordBatch, columns: &Columns<'_>) {
        let origins = batch.column_by_name(origin::COLUMN).and_then(|column| column.as_binary_opt::<i32>());
        let times = columns.time.and_then(|name| batch.column_by_name(name)?.as_primitive_opt::<Int64Type>());
        let fields: Vec<Option<&ArrayRef>> =
            columns.fields.iter().map(|name| batch.column_by_name(name.as_deref()?)).collect();
        for row in 0..batch.num_rows() {
            let origins = match origins {
                Some(cells) if cells.is_valid(row) => Origins::from_cell(cells.value(row)).kept,
                _ => Vec::new(),
            };
            let own = times.filter(|times| times.is_valid(row)).map(|times| times.value(row));
            let Some(time) = own.or_else(|| origins.iter().find_map(|origin| origin.time())) else {
                self.without_time += 1;
                continue;
            };
            let values: Box<[u32]> =
                fields.iter().map(|column| column.map_or(0, |column| self.number_in(column, row))).collect();
            self.bytes += size_of::<Event>() + size_of_val(&*origins) + size_of_val(&*values);
            self.events.push(Event { time, leaf, origins: origins.into(), values });
        }
    }

    fn number_in(&mut self, column: &ArrayRef, row: usize) -> u32 {
        if column.is_null(row) {
            return 0;
        }
        match column.as_string_opt::<i32>() {
            Some(texts) => self.number_of(texts.value(row)),
            None => array_value_to_string(column.as_ref(), row).map_or(0, |text| self.number_of(&text)),
        }
    }

    /// An empty text is none, as everywhere in Sigma.
    fn number_of(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        let number = self.add_text(text);
        let mut values: Vec<u32> = match several::are_in(text) {
            true => several::values(text).map(|value| self.folded(value)).filter(|value| *value != 0).collect(),
            false => vec![self.folded(text)],
        };
        values.sort_unstable();
        values.dedup();
        if let Some(added) = (number as usize).checked_sub(1).and_then(|index| self.texts.get_mut(index)) {
            added.values = values.into();
        }
        number
    }

    /// The number of a text in lower case.
    fn folded(&mut self, text: &str) -> u32 {
        let lower = text.to_lowercase();
        match self.numbers.get(lower.as_str()) {
            Some(known) => *known,
            None => self.number_of(&lower),
        }
    }

    fn add_text(&mut self, text: &str) -> u32 {
        let spelt: Arc<str> = text.into();
        self.bytes += text.len() + 96;
        let number = u32::try_from(self.texts.len() + 1).unwrap_or(u32::MAX);
        self.texts.push(Text { spelt: spelt.clone(), values: [number].into() });
        self.numbers.insert(spelt, number);
        number
    }

    fn text_of(&self, number: u32) -> Option<&Text> {
        (number as usize).checked_sub(1).and_then(|index| self.texts.get(index))
    }

    /// The numbers of the values of a text, by which it is grouped and counted; none for no text.
    pub fn values(&self, number: u32) -> &[u32] {
        self.text_of(number).map_or(&[], |text| &text.values)
    }

    /// The value of a text, as it is spelt there, that a number of [`Gathered::values`] stands for.
    pub fn spelling(&self, number: u32, value: u32) -> Option<&str> {
        let lower = self.text_of(value)?.spelt.as_ref();
        several::values(&self.text_of(number)?.spelt).find(|spelt| spelt.to_lowercase() == lower)
    }

    /// The numbers that a text spells.
    pub fn reals(&self, number: u32) -> Vec<f64> {
        let read = |value: &str| value.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        self.text_of(number).map_or_else(Vec::new, |text| several::values(&text.spelt).filter_map(read).collect())
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, StringArray};

    use super::*;

    fn batch(rows: i64) -> RecordBatch {
        let times: ArrayRef = Arc::new((0..rows).collect::<Int64Array>());
        let users: ArrayRef = Arc::new((0..rows).map(|row| Some(format!("user{}", row % 3))).collect::<StringArray>());
        RecordBatch::try_from_iter([("time", times), ("user", users)]).unwrap()
    }

    #[test]
    fn a_correlation_that_matches_too_much_leaves_the_others() {
        let matches = Matches::new(2, 100_000);
        let fields = [Some("user".to_string())];
        let columns = Columns { time: Some("time"), fields: &fields };
        matches.add(0, 0, &batch(10), &columns);
        matches.add(1, 0, &batch(100_000), &columns);
        matches.add(1, 0, &batch(10), &columns);
        matches.add(0, 0, &batch(10), &columns);
        let counts = |matches: Matches| -> Vec<Option<usize>> {
            matches.into_inner().into_iter().map(|one| one.map(|gathered| gathered.events.len())).collect()
        };
        assert_eq!(counts(matches), [Some(20), None]);
    }

    #[test]
    fn a_field_of_several_values_is_each_of_them_whatever_its_case() {
        let mut gathered = Gathered::default();
        let numbers: Vec<u32> = ["Ann", "ann", ""].into_iter().map(|text| gathered.number_of(text)).collect();
        assert_eq!(gathered.values(numbers[0]), gathered.values(numbers[1]));
        assert!(gathered.values(numbers[2]).is_empty());
        assert_eq!(gathered.spelling(numbers[0], gathered.values(numbers[0])[0]), Some("Ann"));
        let number = gathered.number_of("-1.5e3");
        assert_eq!(gathered.reals(number), [-1500.0]);
        let infinite = gathered.number_of("1e999");
        assert!(gathered.reals(infinite).is_empty());
    }
}
