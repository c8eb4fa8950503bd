//! Which rows of a row group are wanted: by its census alone where that says it, else by its small columns.

use std::collections::HashMap;

use arrow::array::{Array, RecordBatch};

use super::columns;
use super::commit::Group;
use super::piece::{Piece, Repeated};
use crate::bounds::Bounds;
use crate::event::Fields;
use crate::logs::Logs;
use crate::report::Withheld;

/// What the census says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// No row is within the bounds.
    Outside,
    /// All rows are within the bounds, and none is of a kind that is wanted.
    Unwanted,
    All,
    /// Only the rows themselves can tell.
    Look,
}

impl Choice {
    pub fn new(census: &Group, fields: &Fields, clock: i64) -> Choice {
        // Times later than the clock are counted one by one.
        if census.newest.is_some_and(|newest| newest > clock) {
            return Choice::Look;
        }
        match standing(census, &fields.bounds, fields.spares_exports) {
            Standing::Outside => return Choice::Outside,
            Standing::Across => return Choice::Look,
            Standing::Inside => {}
        }
        let Some(wanted) = &fields.kinds else { return Choice::All };
        let mut kinds =
            census.kinds.iter().flat_map(|(channel, events)| events.keys().map(move |event| (channel, *event)));
        let is_wanted = |(channel, event): (&String, i64)| wanted.iter().any(|kind| kind.fits(channel, event));
        match (kinds.clone().any(is_wanted), kinds.all(is_wanted)) {
            (false, _) => Choice::Unwanted,
            (true, true) => Choice::All,
            (true, false) => Choice::Look,
        }
    }
}

/// Whether all rows are within the bounds and no later than the clock, so that the census speaks for all of them.
pub fn is_inside(census: &Group, fields: &Fields, clock: i64) -> bool {
    census.newest.is_none_or(|newest| newest <= clock)
        && matches!(standing(census, &fields.bounds, fields.spares_exports), Standing::Inside)
}

enum Standing {
    Inside,
    Outside,
    Across,
}

fn standing(census: &Group, bounds: &Bounds, spares_exports: bool) -> Standing {
    let mut is_inside = true;
    if bounds.is_bounded() && spares_exports && census.kinds.keys().any(|channel| Logs::table_of(channel).is_some()) {
        return Standing::Across;
    }
    if bounds.is_timed() {
        let ends = [census.oldest, census.newest].map(|time| bounds.has_time(time));
        let is_before = bounds.from.is_some_and(|from| census.newest.is_none_or(|newest| newest < from));
        let is_after = bounds.to.is_some_and(|to| census.oldest.is_none_or(|oldest| oldest >= to));
        if is_before || is_after {
            return Standing::Outside;
        }
        is_inside &= ends == [true, true] && census.untimed == 0;
    }
    if !bounds.hosts.is_empty() {
        let Some(computers) = &census.computers else { return Standing::Across };
        let mut standing = computers.iter().map(|computer| bounds.has_host(computer.as_deref()));
        if !standing.clone().any(|is_within| is_within) {
            return Standing::Outside;
        }
        is_inside &= standing.all(|is_within| is_within);
    }
    if is_inside { Standing::Inside } else { Standing::Across }
}

/// What the rows say.
pub struct Looked {
    pub wanted: Vec<bool>,
    /// The rows that are not, by the number of their channel.
    pub withheld: Withheld,
    /// Times that are not later than the clock, and how many are.
    pub oldest: Option<i64>,
    pub newest: Option<i64>,
    pub future: u64,
}

/// The columns that [`look`] needs.
pub fn looks_at(fields: &Fields, census: &Group, clock: i64) -> Vec<&'static str> {
    let mut names = vec![columns::CHANNEL, columns::EVENT_ID];
    if fields.bounds.is_timed() || census.newest.is_some_and(|newest| newest > clock) {
        names.extend([columns::TIME, columns::TIME_DIGIT]);
    }
    if !fields.bounds.hosts.is_empty() {
        names.push(columns::COMPUTER);
    }
    names
}

/// `number` gives the number of a channel. `may_hold`: whether rows may hold the texts that are wanted, where that is known.
pub fn look(
    rows: &RecordBatch,
    fields: &Fields,
    census: &Group,
    clock: i64,
    may_hold: Option<&[bool]>,
    mut number: impl FnMut(&str) -> u32,
) -> Result<Looked, String> {
    let piece = Piece(rows);
    let has = |name: &str| rows.column_by_name(name).is_some();
    let times = if has(columns::TIME) { Some(piece.times()?) } else { None };
    let channels = piece.repeated(columns::CHANNEL)?;
    let events = piece.numbers(columns::EVENT_ID)?;
    let is_host = match has(columns::COMPUTER) {
        true => Some(piece.repeated(columns::COMPUTER)?),
        false => None,
    };
    let is_host = is_host.map(|computers| each(&computers, |name| fields.bounds.has_host(name)));
    let mut looked = Looked {
        wanted: Vec::with_capacity(rows.num_rows()),
        withheld: Withheld::default(),
        oldest: None,
        newest: None,
        future: 0,
    };
    let mut is_wanted: HashMap<(Option<usize>, i64), bool> = HashMap::new();
    let mut unwanted: HashMap<(Option<usize>, i64), u64> = HashMap::new();
    for row in 0..rows.num_rows() {
        let time = times.as_ref().and_then(|times| times.is_valid(row).then(|| times.value(row)));
        if let Some(time) = time {
            match time > clock {
                true => looked.future += 1,
                false => {
                    looked.newest = looked.newest.max(Some(time));
                    looked.oldest = Some(looked.oldest.map_or(time, |oldest| oldest.min(time)));
                }
            }
        }
        let is_spared = fields.spares_exports && channels.text(channels.key(row)).and_then(Logs::table_of).is_some();
        let is_timed = is_spared || fields.bounds.has_time(time);
        looked.withheld.untimed += u64::from(fields.bounds.is_timed() && time.is_none() && !is_spared);
        if !is_timed || is_host.as_ref().is_some_and(|is_host| !is_host.get(row).copied().unwrap_or(false)) {
            looked.withheld.outside += 1;
            looked.wanted.push(false);
            continue;
        }
        let kind = (channels.key(row), if events.is_valid(row) { events.value(row) } else { -1 });
        let fits = |wanted: &Vec<crate::bounds::EventKind>| {
            wanted.iter().any(|wanted| wanted.fits(channels.text(kind.0).unwrap_or(""), kind.1))
        };
        let is_wanted = *is_wanted.entry(kind).or_insert_with(|| fields.kinds.as_ref().is_none_or(fits));
        let is_wanted = is_wanted && may_hold.is_none_or(|may_hold| may_hold.get(row).copied().unwrap_or(true));
        looked.wanted.push(is_wanted);
        if !is_wanted {
            *unwanted.entry(kind).or_default() += 1;
            looked.withheld.newest = looked.withheld.newest.max(time.filter(|time| *time <= clock));
        }
    }
    if times.is_none() {
        // Then all are within, and none is later than the clock.
        (looked.oldest, looked.newest) = (census.oldest, census.newest);
        looked.withheld.newest = if unwanted.is_empty() { None } else { census.newest };
    }
    for ((channel, event), count) in unwanted {
        let number = number(channels.text(channel).unwrap_or(""));
        *looked.withheld.kinds.entry((number, event)).or_default() += count;
    }
    Ok(looked)
}

/// A judgement of each row by a text, made once for each different text.
fn each(texts: &Repeated<'_>, mut judge: impl FnMut(Option<&str>) -> bool) -> Vec<bool> {
    let mut known: HashMap<Option<usize>, bool> = HashMap::new();
    let of_row = |row: usize| {
        let key = texts.key(row);
        *known.entry(key).or_insert_with(|| judge(texts.text(key)))
    };
    (0..texts.len()).map(of_row).collect()
}
