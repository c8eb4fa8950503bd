//! What is demanded of a row group: which of its rows matter to anybody, told by the columns that are asked about alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{Array, ArrayRef, RecordBatch};

use super::columns;
use super::piece::Piece;
use super::reading::Reading;
use super::wholes::Asked;
use crate::demand::{Demand, OfKind, Test};
use crate::sieve::{self, Known, Look, Place};
use crate::whole::Need;

/// Which rows matter.
#[derive(Debug)]
pub struct Demanded {
    pub rows: Vec<bool>,
    /// Of these, those whose whole text is asked for.
    pub whole: Vec<bool>,
}

/// The kinds of the rows that are wanted at all.
struct Kinds {
    names: Vec<(String, i64)>,
    /// In order.
    rows: Vec<Vec<usize>>,
    of_row: Vec<Option<usize>>,
}

/// What is looked for in a column.
struct Search<'l> {
    look: &'l Look,
    as_asked: AsAsked,
    /// Of which kinds, by their numbers.
    kinds: Vec<usize>,
}

/// How it is looked for, and what a row is that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct AsAsked {
    or_lacking: bool,
    is_without: bool,
    /// One of those whose whole text is asked for.
    is_whole: bool,
}

/// Which rows meet what.
struct Met<'k> {
    kinds: &'k Kinds,
    rows: Vec<bool>,
    whole: Vec<bool>,
}

/// Of the rows that are wanted those that meet a demand. `small`: the channels and ids of all.
pub fn demanded(
    demands: &[Demand],
    asked: &mut Asked,
    (reading, group): (&Reading<'_>, usize),
    small: &RecordBatch,
    wanted: &[bool],
) -> Result<Demanded, String> {
    let kinds = Kinds::new(small, wanted)?;
    let of_kind = |(channel, event): &(String, i64)| OfKind::new(demands, channel, *event);
    let demanded: Vec<OfKind> = kinds.names.iter().map(of_kind).collect();
    let needs: Vec<Need> = kinds.names.iter().map(|(channel, event)| asked.need(channel, *event)).collect();
    let mut met = Met { kinds: &kinds, rows: vec![false; wanted.len()], whole: vec![false; wanted.len()] };
    let mut searches: BTreeMap<usize, Vec<Search<'_>>> = BTreeMap::new();
    let mut of_whole: Vec<Search<'_>> = Vec::new();
    for (kind, (demand, need)) in demanded.iter().zip(&needs).enumerate() {
        let known = match demand {
            OfKind::All => None,
            OfKind::Some { tests, is_whole } => {
                let by_column = tests.iter().map(|test| in_columns(test, reading)).collect::<Option<Vec<_>>>();
                by_column.zip(if *is_whole { whole(*need, asked) } else { Some(Vec::new()) })
            }
        };
        let Some((by_column, in_whole)) = known else {
            met.take_all(kind);
            continue;
        };
        for (column, look, as_asked) in by_column.into_iter().flatten() {
            add(searches.entry(column).or_default(), look, as_asked, kind);
        }
        let as_asked = AsAsked { is_whole: true, ..AsAsked::default() };
        in_whole.into_iter().for_each(|look| add(&mut of_whole, look, as_asked, kind));
    }
    let texts: BTreeSet<usize> = match of_whole.is_empty() {
        true => BTreeSet::new(),
        false => reading.projection.iter().copied().filter(|column| is_of_events(reading, *column)).collect(),
    };
    for column in searches.keys().chain(&texts).copied().collect::<BTreeSet<usize>>() {
        let own = searches.get(&column).into_iter().flatten();
        let shared = of_whole.iter().filter(|_| texts.contains(&column));
        met.look(reading, group, column, &own.chain(shared).collect::<Vec<_>>())?;
    }
    let is_searched = |kind: &usize| of_whole.iter().any(|search| search.kinds.contains(kind));
    let asks: Vec<bool> =
        needs.iter().enumerate().map(|(kind, need)| *need != Need::Never && !is_searched(&kind)).collect();
    let Met { rows, whole, .. } = met;
    let of_rows = rows.iter().zip(whole).zip(&kinds.of_row);
    let is_whole = |((is_met, is_whole), kind): ((&bool, bool), &Option<usize>)| {
        *is_met && (is_whole || kind.is_some_and(|kind| asks.get(kind) == Some(&true)))
    };
    let whole = of_rows.map(is_whole).collect();
    Ok(Demanded { rows, whole })
}

impl Kinds {
    fn new(small: &RecordBatch, wanted: &[bool]) -> Result<Self, String> {
        let piece = Piece(small);
        let (channels, events) = (piece.repeated(columns::CHANNEL)?, piece.numbers(columns::EVENT_ID)?);
        let mut kinds = Kinds { names: Vec::new(), rows: Vec::new(), of_row: Vec::with_capacity(wanted.len()) };
        let mut known: HashMap<(Option<usize>, i64), usize> = HashMap::new();
        for (row, wanted) in wanted.iter().enumerate() {
            let kind = wanted.then(|| {
                let event = if events.is_valid(row) { events.value(row) } else { -1 };
                let key = channels.key(row);
                *known.entry((key, event)).or_insert_with(|| {
                    kinds.names.push((channels.text(key).unwrap_or("").to_owned(), event));
                    kinds.rows.push(Vec::new());
                    kinds.names.len() - 1
                })
            });
            kind.and_then(|kind| kinds.rows.get_mut(kind)).into_iter().for_each(|rows| rows.push(row));
            kinds.of_row.push(kind);
        }
        Ok(kinds)
    }
}

/// The column in which a test looks for its texts, if there is one; `None` where any event may meet it.
fn in_columns<'t>(test: &'t Test, reading: &Reading<'_>) -> Option<Option<(usize, &'t Look, AsAsked)>> {
    let Test { or_lacking, is_without, .. } = *test;
    match reading.stands(&test.field) {
        Place::Column(column) => {
            Some(Some((column, test.sought.look()?, AsAsked { or_lacking, is_without, is_whole: false })))
        }
        Place::Nowhere if !or_lacking && !is_without => Some(None),
        Place::Nowhere | Place::Unknown => None,
    }
}

/// What is looked for in events of a kind whose whole text may be asked for; `None` where it may be of any.
fn whole(need: Need, asked: &Asked) -> Option<Vec<&Look>> {
    match need {
        Need::Always => None,
        Need::Never => Some(Vec::new()),
        Need::Looked(bits) => asked.in_values(bits),
    }
}

fn add<'l>(searches: &mut Vec<Search<'l>>, look: &'l Look, as_asked: AsAsked, kind: usize) {
    let is_same = |search: &&mut Search<'_>| std::ptr::eq(search.look, look) && search.as_asked == as_asked;
    match searches.iter_mut().find(is_same) {
        Some(search) => search.kinds.push(kind),
        None => searches.push(Search { look, as_asked, kinds: vec![kind] }),
    }
}

/// Whether a column is a text of the events themselves.
fn is_of_events(reading: &Reading<'_>, column: usize) -> bool {
    reading.name(column).is_some_and(|name| name != columns::SOURCE_FILE) && reading.is_text(column)
}

impl Met<'_> {
    fn take_all(&mut self, kind: usize) {
        for row in self.kinds.rows.get(kind).into_iter().flatten() {
            self.rows.get_mut(*row).into_iter().for_each(|met| *met = true);
        }
    }

    fn look(
        &mut self,
        reading: &Reading<'_>,
        group: usize,
        column: usize,
        searches: &[&Search<'_>],
    ) -> Result<(), String> {
        if reading.has_none(group, column) {
            // What is null lacks what is asked for.
            let lacking = searches.iter().filter(|search| search.as_asked.or_lacking || search.as_asked.is_without);
            lacking.flat_map(|search| &search.kinds).for_each(|kind| self.take_all(*kind));
            return Ok(());
        }
        let mut known: Vec<Known> = searches.iter().map(|_| Known::default()).collect();
        let mut start = 0;
        for batch in reading.looked_at(group, &BTreeSet::from([column]), None)? {
            let batch = batch?;
            let texts = batch.columns().first().ok_or("a column is missing")?;
            for (search, known) in searches.iter().zip(&mut known) {
                for kind in &search.kinds {
                    self.search(search, *kind, start, texts, known)?;
                }
            }
            start += batch.num_rows();
        }
        match start == self.rows.len() {
            true => Ok(()),
            false => Err(format!("it has {start} rows of {}", self.rows.len())),
        }
    }

    /// Looks at the rows of a kind whose texts these are, from a row on.
    fn search(
        &mut self,
        search: &Search<'_>,
        kind: usize,
        start: usize,
        texts: &ArrayRef,
        known: &mut Known,
    ) -> Result<(), String> {
        let AsAsked { or_lacking, is_without, is_whole } = search.as_asked;
        let of_kind = self.kinds.rows.get(kind).map_or(&[][..], Vec::as_slice);
        let first = of_kind.partition_point(|row| *row < start);
        let last = of_kind.partition_point(|row| *row < start + texts.len());
        let is_met = |row: &usize| if is_whole { self.whole.get(*row) } else { self.rows.get(*row) } == Some(&true);
        let of_kind = of_kind.get(first..last).unwrap_or_default();
        let rows: Vec<usize> = of_kind.iter().filter(|row| !is_met(row)).map(|row| row - start).collect();
        let mut found = vec![false; rows.len()];
        let how = sieve::Asked { or_lacking: or_lacking && !is_without, is_exact: is_without };
        search.look.mark_rows(texts, &rows, how, &mut found, known)?;
        for (row, _) in rows.iter().zip(found).filter(|(_, is_found)| *is_found != is_without) {
            self.rows.get_mut(start + row).into_iter().for_each(|met| *met = true);
            if is_whole {
                self.whole.get_mut(start + row).into_iter().for_each(|met| *met = true);
            }
        }
        Ok(())
    }
}
