//! Candidates: the rows of a batch that a chain may let pass, for all the chains over a table at once. One automaton for each
//! column looks for the necessary texts of all of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{Array, AsArray, RecordBatch, new_empty_array};
use arrow::datatypes::{DataType, Int32Type, Int64Type, Schema};
use daachorse::DoubleArrayAhoCorasick;
use datafusion_common::Result;
use functions::predicate::{end, push_looked};
use functions::text::Text;

use crate::necessary::Necessary;

/// After so many values it is known whether those of a column repeat.
const TRIED: usize = 16 << 10;

/// What is looked for in the rows of one table.
#[derive(Debug, Default)]
pub struct Candidates {
    texts: Vec<Texts>,
    numbers: Vec<Numbers>,
    /// For each chain whether it has to be asked about every row.
    is_open: Vec<bool>,
}

struct Texts {
    column: usize,
    automaton: DoubleArrayAhoCorasick<u32>,
    /// The chains of each text, by its number.
    chains: Vec<Vec<u32>>,
    seen: AtomicUsize,
    distinct: AtomicUsize,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Texts").field("column", &self.column).field("texts", &self.chains.len()).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Numbers {
    column: usize,
    chains: HashMap<i64, Vec<u32>>,
}

impl Candidates {
    /// Of chains over rows of this schema, with what each of them needs.
    pub fn new<'n>(schema: &Schema, chains: impl Iterator<Item = Option<&'n [Necessary]>>) -> Self {
        let mut texts: BTreeMap<usize, BTreeMap<String, Vec<u32>>> = BTreeMap::new();
        let mut numbers: BTreeMap<usize, HashMap<i64, Vec<u32>>> = BTreeMap::new();
        let mut is_open = Vec::new();
        for necessary in chains {
            let chain = u32::try_from(is_open.len()).unwrap_or(u32::MAX);
            let places = necessary.and_then(|all| all.iter().map(|one| place(schema, one)).collect::<Option<Vec<_>>>());
            let (Some(necessary), Some(places)) = (necessary, places) else {
                is_open.push(true);
                continue;
            };
            is_open.push(false);
            for (one, column) in necessary.iter().zip(places) {
                let known = match one {
                    Necessary::Text { text, .. } => {
                        texts.entry(column).or_default().entry(end(text).to_owned()).or_default()
                    }
                    Necessary::Number { number, .. } => numbers.entry(column).or_default().entry(*number).or_default(),
                };
                if known.last() != Some(&chain) {
                    known.push(chain);
                }
            }
        }
        let mut candidates = Candidates { texts: Vec::new(), numbers: Vec::new(), is_open };
        for (column, looked) in texts {
            match DoubleArrayAhoCorasick::new(looked.keys()) {
                Ok(automaton) => candidates.texts.push(Texts {
                    column,
                    automaton,
                    chains: looked.into_values().collect(),
                    seen: AtomicUsize::new(0),
                    distinct: AtomicUsize::new(0),
                }),
                // What cannot be looked for leaves nothing out.
                Err(_) => looked.into_values().flatten().for_each(|chain| candidates.open(chain)),
            }
        }
        candidates.numbers = numbers.into_iter().map(|(column, chains)| Numbers { column, chains }).collect();
        candidates
    }

    fn open(&mut self, chain: u32) {
        if let Some(is_open) = self.is_open.get_mut(chain as usize) {
            *is_open = true;
        }
    }

    /// For each chain the rows that it has to be asked about, in order; `None` for all.
    pub fn of(&self, batch: &RecordBatch) -> Result<Vec<Option<Vec<u32>>>> {
        let mut rows: Vec<Option<Vec<u32>>> = self.is_open.iter().map(|is_open| (!is_open).then(Vec::new)).collect();
        let mut add = |chains: &[u32], row: u32| {
            for chain in chains {
                if let Some(Some(rows)) = rows.get_mut(*chain as usize)
                    && rows.last() != Some(&row)
                {
                    rows.push(row);
                }
            }
        };
        for texts in &self.texts {
            texts.look(batch.column(texts.column), &mut add)?;
        }
        for numbers in &self.numbers {
            numbers.look(batch.column(numbers.column), &mut add);
        }
        for rows in rows.iter_mut().flatten() {
            // One column after the other was looked at.
            if !rows.is_sorted() {
                rows.sort_unstable();
                rows.dedup();
            }
        }
        Ok(rows)
    }
}

fn place(schema: &Schema, one: &Necessary) -> Option<usize> {
    let (column, is_text) = match one {
        Necessary::Text { column, .. } => (column, true),
        Necessary::Number { column, .. } => (column, false),
    };
    let place = schema.index_of(column).ok()?;
    let kind = schema.field(place).data_type();
    let fits = match is_text {
        true => Text::of(&new_empty_array(kind)).is_ok(),
        false => matches!(kind, DataType::Int64 | DataType::Int32),
    };
    fits.then_some(place)
}

/// Which texts were found in a value: each once, however often it stands there.
#[derive(Default)]
struct Found {
    texts: Vec<u32>,
    /// Of each text the value in which it was found last.
    seen: Vec<u64>,
    value: u64,
}

impl Found {
    fn begin(&mut self) {
        self.texts.clear();
        self.value += 1;
    }

    fn add(&mut self, text: u32) {
        let place = text as usize;
        if self.seen.len() <= place {
            self.seen.resize(place + 1, 0);
        }
        if let Some(seen) = self.seen.get_mut(place).filter(|seen| **seen != self.value) {
            *seen = self.value;
            self.texts.push(text);
        }
    }
}

impl Texts {
    fn look(&self, column: &dyn Array, add: &mut impl FnMut(&[u32], u32)) -> Result<()> {
        let text = Text::of(column)?;
        let rows = column.len();
        let (mut looked, mut found) = (String::new(), Found::default());
        let mut take = |texts: &[u32], row: usize| {
            let row = u32::try_from(row).unwrap_or(u32::MAX);
            texts.iter().filter_map(|text| self.chains.get(*text as usize)).for_each(|chains| add(chains, row));
        };
        let (seen, distinct) = (self.seen.load(Ordering::Relaxed), self.distinct.load(Ordering::Relaxed));
        if seen > TRIED && distinct * 2 > seen {
            for row in 0..rows {
                if let Some(text) = text.get(row) {
                    self.find(text, &mut looked, &mut found);
                    take(&found.texts, row);
                }
            }
            return Ok(());
        }
        let mut known: HashMap<&str, Box<[u32]>, foldhash::fast::RandomState> = HashMap::default();
        for row in 0..rows {
            if let Some(text) = text.get(row) {
                let texts = known.entry(text).or_insert_with(|| {
                    self.find(text, &mut looked, &mut found);
                    found.texts.as_slice().into()
                });
                take(texts, row);
            }
        }
        self.seen.fetch_add(rows, Ordering::Relaxed);
        self.distinct.fetch_add(known.len(), Ordering::Relaxed);
        Ok(())
    }

    /// The texts that stand in this one.
    fn find(&self, text: &str, looked: &mut String, found: &mut Found) {
        looked.clear();
        found.begin();
        push_looked(text, looked);
        for matched in self.automaton.find_overlapping_iter(looked.as_bytes()) {
            found.add(matched.value());
        }
    }
}

impl Numbers {
    fn look(&self, column: &dyn Array, add: &mut impl FnMut(&[u32], u32)) {
        let long = column.as_primitive_opt::<Int64Type>();
        let int = column.as_primitive_opt::<Int32Type>();
        for row in (0..column.len()).filter(|row| column.is_valid(*row)) {
            let number = long.map(|column| column.value(row)).or_else(|| int.map(|column| column.value(row).into()));
            if let Some(chains) = number.and_then(|number| self.chains.get(&number)) {
                add(chains, u32::try_from(row).unwrap_or(u32::MAX));
            }
        }
    }
}
