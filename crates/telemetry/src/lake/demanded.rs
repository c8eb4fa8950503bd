//! What is demanded of a row group: which of its rows matter to anybody, told by the columns that are asked about alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{Array, RecordBatch};

use super::columns;
use super::piece::Piece;
use super::reading::Reading;
use super::wholes::Asked;
use crate::demand::{Demand, OfKind, Test};
use crate::sieve::{Known, Look, Place};
use crate::whole::Need;

/// Which rows matter.
#[derive(Debug)]
pub struct Demanded {
    pub rows: Vec<bool>,
    /// The whole text of some of them is asked for.
    pub with_whole: bool,
}

/// The kinds of the rows that are wanted at all.
struct Kinds {
    names: Vec<(String, i64)>,
    of_row: Vec<Option<usize>>,
}

/// What is looked for in a column.
struct Search<'l> {
    look: &'l Look,
    or_lacking: bool,
    /// It is looked for in whatever would be in the whole text.
    is_whole: bool,
    /// Whether events of each kind are asked.
    kinds: Vec<bool>,
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
    let count = kinds.names.len();
    let of_kind = |(channel, event): &(String, i64)| OfKind::new(demands, channel, *event);
    let demanded: Vec<OfKind> = kinds.names.iter().map(of_kind).collect();
    let needs: Vec<Need> = kinds.names.iter().map(|(channel, event)| asked.need(channel, *event)).collect();
    let mut is_all = vec![false; count];
    let mut searches: BTreeMap<usize, Vec<Search<'_>>> = BTreeMap::new();
    let mut of_whole: Vec<Search<'_>> = Vec::new();
    for (kind, (demand, need)) in demanded.iter().zip(&needs).enumerate() {
        let known = match demand {
            OfKind::All => None,
            OfKind::Some { tests, is_whole } => {
                let by_column = tests.iter().map(|test| in_columns(test, reading)).collect::<Option<Vec<_>>>();
                let in_whole = if *is_whole { whole(*need, asked) } else { Some(Vec::new()) };
                by_column.zip(in_whole)
            }
        };
        let Some((by_column, in_whole)) = known else {
            is_all.get_mut(kind).into_iter().for_each(|is_all| *is_all = true);
            continue;
        };
        for (column, look, or_lacking) in by_column.into_iter().flatten() {
            add(searches.entry(column).or_default(), look, (or_lacking, false), kind, count);
        }
        in_whole.into_iter().for_each(|look| add(&mut of_whole, look, (false, true), kind, count));
    }
    let is_of_all = |kind: &Option<usize>| kind.is_some_and(|kind| is_all.get(kind) == Some(&true));
    let rows = kinds.of_row.iter().map(is_of_all).collect();
    let mut met = Met { kinds: &kinds, rows, whole: vec![false; wanted.len()] };
    let texts: BTreeSet<usize> = match of_whole.is_empty() {
        true => BTreeSet::new(),
        false => reading.projection.iter().copied().filter(|column| is_of_events(reading, *column)).collect(),
    };
    let none = Vec::new();
    for column in searches.keys().copied().chain(texts.iter().copied()).collect::<BTreeSet<usize>>() {
        let own = searches.get(&column).unwrap_or(&none);
        let shared = if texts.contains(&column) { of_whole.as_slice() } else { &[] };
        met.look(reading, group, column, &own.iter().chain(shared).collect::<Vec<_>>())?;
    }
    let is_searched = |kind: usize| of_whole.iter().any(|search| search.kinds.get(kind) == Some(&true));
    let asks = |kind: usize| needs.get(kind).is_some_and(|need| *need != Need::Never) && !is_searched(kind);
    let of_rows = || met.rows.iter().zip(&met.whole).zip(&kinds.of_row);
    let with_whole =
        of_rows().any(|((is_met, is_whole), kind)| *is_met && (*is_whole || kind.is_some_and(asks)));
    Ok(Demanded { rows: met.rows, with_whole })
}

impl Kinds {
    fn new(small: &RecordBatch, wanted: &[bool]) -> Result<Self, String> {
        let piece = Piece(small);
        let (channels, events) = (piece.repeated(columns::CHANNEL)?, piece.numbers(columns::EVENT_ID)?);
        let mut kinds = Kinds { names: Vec::new(), of_row: Vec::with_capacity(wanted.len()) };
        let mut known: HashMap<(Option<usize>, i64), usize> = HashMap::new();
        for (row, wanted) in wanted.iter().enumerate() {
            kinds.of_row.push(wanted.then(|| {
                let event = if events.is_valid(row) { events.value(row) } else { -1 };
                let key = channels.key(row);
                *known.entry((key, event)).or_insert_with(|| {
                    kinds.names.push((channels.text(key).unwrap_or("").to_owned(), event));
                    kinds.names.len() - 1
                })
            }));
        }
        Ok(kinds)
    }
}

/// The columns in which a test looks for its texts; `None` where any event may meet it.
fn in_columns<'t>(test: &'t Test, reading: &Reading<'_>) -> Option<Option<(usize, &'t Look, bool)>> {
    match reading.stands(&test.field) {
        Place::Column(column) => Some(Some((column, test.sought.look()?, test.or_lacking))),
        Place::Nowhere if !test.or_lacking => Some(None),
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

fn add<'l>(
    searches: &mut Vec<Search<'l>>,
    look: &'l Look,
    (or_lacking, is_whole): (bool, bool),
    kind: usize,
    count: usize,
) {
    let is_same = |search: &Search<'_>| std::ptr::eq(search.look, look) && search.or_lacking == or_lacking;
    if !searches.iter().any(is_same) {
        searches.push(Search { look, or_lacking, is_whole, kinds: vec![false; count] });
    }
    let kinds = searches.iter_mut().filter(|search| is_same(search)).map(|search| &mut search.kinds);
    kinds.filter_map(|kinds| kinds.get_mut(kind)).for_each(|is_asked| *is_asked = true);
}

/// Whether a column is a text of the events themselves.
fn is_of_events(reading: &Reading<'_>, column: usize) -> bool {
    reading.name(column).is_some_and(|name| name != columns::SOURCE_FILE) && reading.is_text(column)
}

impl Met<'_> {
    fn look(
        &mut self,
        reading: &Reading<'_>,
        group: usize,
        column: usize,
        searches: &[&Search<'_>],
    ) -> Result<(), String> {
        if reading.has_none(group, column) {
            // What is null lacks what is asked for.
            for search in searches.iter().filter(|search| search.or_lacking) {
                let is_asked = |kind: &Option<usize>| kind.is_some_and(|kind| search.kinds.get(kind) == Some(&true));
                self.rows.iter_mut().zip(&self.kinds.of_row).for_each(|(met, kind)| *met |= is_asked(kind));
            }
            return Ok(());
        }
        let mut known: Vec<Known> = searches.iter().map(|_| Known::default()).collect();
        let mut start = 0;
        for batch in reading.looked_at(group, &BTreeSet::from([column]), None)? {
            let batch = batch?;
            let texts = batch.columns().first().ok_or("a column is missing")?;
            let end = start + batch.num_rows();
            for (search, known) in searches.iter().zip(&mut known) {
                let (of_row, met) = (self.kinds.of_row.get(start..end), if search.is_whole { &mut self.whole } else { &mut self.rows });
                let (Some(of_row), Some(met)) = (of_row, met.get_mut(start..end)) else {
                    return Err(format!("it has more rows than {start}"));
                };
                let is_asked = |kind: &Option<usize>| kind.is_some_and(|kind| search.kinds.get(kind) == Some(&true));
                // Those that are not asked, or are met already, are not looked at.
                let mut marks: Vec<bool> = of_row.iter().zip(&*met).map(|(kind, met)| *met || !is_asked(kind)).collect();
                search.look.mark(texts, search.or_lacking, &mut marks, known)?;
                for ((met, mark), kind) in met.iter_mut().zip(marks).zip(of_row) {
                    *met |= mark && is_asked(kind);
                }
                if search.is_whole && let (Some(rows), Some(whole)) = (self.rows.get_mut(start..end), self.whole.get(start..end)) {
                    rows.iter_mut().zip(whole).for_each(|(row, whole)| *row |= whole);
                }
            }
            start = end;
        }
        if start == self.rows.len() { Ok(()) } else { Err(format!("it has {start} rows of {}", self.rows.len())) }
    }
}
