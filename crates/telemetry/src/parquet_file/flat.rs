//! A flat reading: a row group read column by column, only the columns and rows that are wanted. What does not look as its
//! layout says is left to a reading row by row, as long as nothing was given.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{Array, ArrayRef, AsArray, new_null_array};
use functions::several;

use super::RowGroup;
use super::columns::Batch;
use super::group::{Columns, repeated, ticks_in, whole_numbers};
use super::layout::{Layout, Of};
use super::pick::{Marking, Picker};
use crate::bounds::Bounds;
use crate::event::{Fields, System};
use crate::logs::Logs;
use crate::read::{Parser, clock};
use crate::report::Withheld;
use crate::row::NAME;
use crate::rows::tables;
use crate::sieve::{Sieve, Sifted, selection};
use crate::whole::{Need, Wholes};

/// Row groups of more rows are read row by row.
const MOST: usize = 1 << 26;
/// So many kinds are sifted apart.
const APART: usize = 4;
const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";

/// What each row is.
pub struct Kinds {
    pub known: Vec<Kind>,
    /// The kind of each row; `None` where all are of the first.
    pub of_rows: Option<Vec<u32>>,
}

/// The events of one id of one channel.
pub struct Kind {
    pub channel: u32,
    pub spelling: String,
    pub event: i64,
    is_wanted: bool,
}

/// The times of all rows.
struct Times {
    column: Option<usize>,
    oldest: Option<i64>,
    newest: Option<i64>,
    /// Of each row, where that had to be known.
    of_rows: Option<Vec<i64>>,
}

/// Reads a row group. `false`: nothing of it was given or counted, and it is to be read row by row.
pub fn read(
    group: &RowGroup,
    layout: &Layout,
    sieve: &mut Sieve,
    picker: &mut Picker,
    parser: &mut Parser<'_>,
) -> bool {
    let columns = Columns { group, layout, kinds: Vec::new() };
    let total = columns.rows();
    let Ok(mut found) = find(&columns, total, sieve, picker, parser) else { return false };
    let left = found.sifted.rows.as_ref().map_or(total, Vec::len);
    if left > 0 {
        pick(&columns, &mut found, total, parser.fields(), picker);
    }
    let mut given = 0;
    if let Err(reason) = give(&columns, &found, left, parser, &mut given) {
        if given == 0 {
            return false;
        }
        // There may be more than the footer says, too.
        let lost = left.saturating_sub(given).max(1) as u64;
        parser.damaged_records(lost, || format!("row group {}: {reason}", group.group));
    }
    let lost = if parser.is_stopped() { 0 } else { left - given };
    account(&columns, &found, total, lost, parser);
    true
}

/// What is known of a row group before its rows are given.
struct Found {
    kinds: Kinds,
    times: Times,
    /// The rows that lie outside of the bounds.
    outside: Outside,
    sifted: Sifted,
}

enum Outside {
    None,
    All,
    Some(Vec<bool>),
}

fn find(
    columns: &Columns<'_>,
    total: usize,
    sieve: &mut Sieve,
    picker: &mut Picker,
    parser: &Parser<'_>,
) -> Result<Found, String> {
    if !(1..=MOST).contains(&total) {
        return Err("it is no row group to be read as columns".to_owned());
    }
    let kinds = Kinds::new(columns, total, parser)?;
    let fields = parser.fields();
    if has_whole(columns, &kinds, fields)? {
        return Err("the rows tell their texts as a whole".to_owned());
    }
    let is_table = matches!(columns.layout.of, Of::Table { .. });
    let bounds = if is_table && fields.spares_exports { Bounds::default() } else { fields.bounds.clone() };
    let (times, outside) = Times::new(columns, &kinds, &bounds, total)?;
    let is_open = |row: usize| {
        kinds.of(row).is_some_and(|kind| kind.is_wanted)
            && !matches!(&outside, Outside::Some(outside) if outside.get(row).copied().unwrap_or(true))
    };
    let rows = match (&outside, kinds.known.iter().all(|kind| kind.is_wanted)) {
        (Outside::All, _) => Some(Vec::new()),
        (Outside::None, true) => None,
        (Outside::None, false) if kinds.of_rows.is_none() => Some(Vec::new()),
        _ => Some((0..total).filter(|row| is_open(*row)).filter_map(|row| u32::try_from(row).ok()).collect()),
    };
    let sifted = sift(columns, &kinds, (sieve, picker), total, rows)?;
    Ok(Found { kinds, times, outside, sifted })
}

/// Whether EventData or the payload is asked for of some row.
fn has_whole(columns: &Columns<'_>, kinds: &Kinds, fields: &Fields) -> Result<bool, String> {
    let is_asked = fields.system.iter().any(|field| matches!(field, System::EventData | System::Payload));
    let Some(mut wholes) = Wholes::new(fields.wholes.as_deref()).filter(|_| is_asked) else { return Ok(is_asked) };
    match wholes.need_of(kinds.known.iter().map(|kind| (kind.spelling.as_str(), kind.event))) {
        Need::Never => Ok(false),
        Need::Always => Ok(true),
        Need::Looked(bits) => {
            for (_, look) in wholes.in_values(bits) {
                if look.is_none_or(|look| columns.hold(look) != Ok(false)) {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

/// Sifts the rows of each kind by where such events have what is wanted, or where the kinds are many, all of them at once.
fn sift(
    columns: &Columns<'_>,
    kinds: &Kinds,
    (sieve, picker): (&mut Sieve, &mut Picker),
    total: usize,
    rows: Option<Vec<u32>>,
) -> Result<Sifted, String> {
    let wanted: Vec<(u32, &Kind)> = (0..).zip(&kinds.known).filter(|(_, kind)| kind.is_wanted).collect();
    let (Some(of_rows), 2..=APART) = (&kinds.of_rows, wanted.len()) else {
        let wanted: Vec<&Kind> = wanted.iter().map(|(_, kind)| *kind).collect();
        return sieve.sift(&mut Marking { columns: columns.of(&wanted), picker }, total, rows);
    };
    let rows = rows.unwrap_or_else(|| (0..).take(total).collect());
    let mut left = Vec::new();
    for (number, kind) in wanted {
        let is_of = |row: &u32| of_rows.get(*row as usize) == Some(&number);
        let own: Vec<u32> = rows.iter().copied().filter(is_of).collect();
        let sifted = sieve.sift(&mut Marking { columns: columns.of(&[kind]), picker }, total, Some(own))?;
        left.extend(sifted.rows.unwrap_or_default());
    }
    left.sort_unstable();
    Ok(Sifted { rows: Some(left), ..Sifted::default() })
}

/// The columns that rows are given with.
fn wanted(columns: &Columns<'_>, times: &Times, fields: &Fields) -> BTreeSet<usize> {
    let layout = columns.layout;
    let has = |field: System| fields.system.contains(&field);
    let mut wanted: BTreeSet<usize> = layout.raw.iter().flatten().map(|field| field.column).collect();
    let is_kind = |field: System| matches!(field, System::EventID | System::Channel);
    let system = layout.system.iter().filter(|(field, _)| has(**field) && !is_kind(**field));
    wanted.extend(system.map(|(_, column)| *column));
    if has(System::LogSource) || fields.has_origin {
        wanted.extend(layout.system.get(&System::Computer));
    }
    if fields.has_origin || has(System::Time) {
        wanted.extend(times.column);
    }
    if fields.has_origin {
        wanted.extend(layout.system.get(&System::Record));
    }
    wanted
}

/// Where few rows are left, picks what of them can be picked.
fn pick(columns: &Columns<'_>, found: &mut Found, total: usize, fields: &Fields, picker: &mut Picker) {
    let wanted = wanted(columns, &found.times, fields);
    let Some(rows) = found.sifted.rows.as_ref().filter(|rows| Picker::is_for(rows, total)) else { return };
    let sifted = &mut found.sifted.columns;
    let mut pick = |column: usize, sifted: &mut BTreeMap<usize, ArrayRef>| {
        if !sifted.contains_key(&column)
            && let Some(picked) = picker.pick(columns, column, rows)
        {
            sifted.insert(column, picked);
        }
    };
    let (spared, needed) = wanted.into_iter().partition::<Vec<_>, _>(|column| columns.may_spare(*column, fields));
    needed.into_iter().for_each(|column| pick(column, sifted));
    let text = |field: &str| columns.layout.place(field).and_then(|column| sifted.get(&column)).cloned();
    let is_spared = match (&fields.spare, found.kinds.known.as_slice()) {
        (Some(spare), [kind]) => spare.is_spared(&kind.spelling, kind.event, text),
        _ => false,
    };
    for column in spared {
        match columns.schema().fields().get(column).filter(|_| is_spared) {
            Some(field) => _ = sifted.insert(column, new_null_array(field.data_type(), rows.len())),
            None => pick(column, sifted),
        }
    }
}

fn give(
    columns: &Columns<'_>,
    found: &Found,
    left: usize,
    parser: &mut Parser<'_>,
    given: &mut usize,
) -> Result<(), String> {
    if left == 0 {
        return Ok(());
    }
    let wanted = wanted(columns, &found.times, parser.fields());
    let unread: BTreeSet<usize> =
        wanted.iter().copied().filter(|column| !found.sifted.columns.contains_key(column)).collect();
    let rows = found.sifted.rows.as_deref();
    let mut pass = |start: usize, count: usize, read: BTreeMap<usize, ArrayRef>| -> Result<(), String> {
        let mut arrays = read;
        for (column, whole) in &found.sifted.columns {
            arrays.insert(*column, whole.slice(start, count));
        }
        let rows =
            (start..start + count).map(|row| rows.map_or(row, |rows| rows.get(row).map_or(row, |row| *row as usize)));
        let batch = Batch { columns, arrays, rows: rows.collect(), time: found.times.column };
        let events = batch.events(&found.kinds, parser)?;
        parser.give(events);
        Ok(())
    };
    if unread.is_empty() {
        const AT_ONCE: usize = 8 << 10;
        for start in (0..left).step_by(AT_ONCE) {
            let count = AT_ONCE.min(left - start);
            pass(start, count, BTreeMap::new())?;
            *given += count;
        }
        return Ok(());
    }
    for batch in columns.given(&unread, rows.map(selection))? {
        let batch = batch?;
        let count = batch.num_rows();
        pass(*given, count, unread.iter().copied().zip(batch.columns().iter().cloned()).collect())?;
        *given += count;
    }
    match *given == left {
        true => Ok(()),
        false => Err(format!("it has {given} rows of {left}")),
    }
}

/// Counts all rows of a group, but those that were lost: of these nobody knows better than that they were wanted.
fn account(columns: &Columns<'_>, found: &Found, total: usize, lost: usize, parser: &mut Parser<'_>) {
    let Found { kinds, times, .. } = found;
    let clock = clock();
    let mut counts = vec![0_u64; kinds.known.len()];
    match &kinds.of_rows {
        None => counts.iter_mut().take(1).for_each(|count| *count = total as u64),
        Some(rows) => {
            rows.iter().filter_map(|kind| usize::try_from(*kind).ok()).for_each(|kind| {
                counts.get_mut(kind).into_iter().for_each(|count| *count += 1);
            });
        }
    }
    let withheld = withheld(found, total, clock);
    let mut future = 0;
    let (mut oldest, mut newest) = (times.oldest, times.newest);
    if let Some(rows) = &times.of_rows {
        let past = || rows.iter().copied().filter(|time| *time <= clock);
        (oldest, newest) = (past().min(), past().max());
        future = (rows.len() - past().count()) as u64;
    }
    let events = (total - lost) as u64;
    let untimed = if times.column.is_none() { events } else { 0 };
    let seen: Vec<bool> =
        columns.layout.raw.iter().map(|field| field.is_some_and(|field| columns.is_seen(field.column))).collect();
    parser.count(events, untimed, &seen, |report| {
        let mut lost = lost as u64;
        for (kind, count) in kinds.known.iter().zip(counts) {
            let missing = if kind.is_wanted { lost.min(count) } else { 0 };
            lost -= missing;
            report.count_events(kind.channel, kind.event, count - missing);
        }
        report.withheld.add(&withheld);
        report.future += future;
        report.oldest = [report.oldest, oldest].into_iter().flatten().min();
        report.newest = report.newest.max(newest);
    });
}

/// The rows that were not given.
fn withheld(found: &Found, total: usize, clock: i64) -> Withheld {
    let Found { kinds, times, outside, sifted } = found;
    let mut withheld = Withheld::default();
    let mut of_kinds: BTreeMap<(u32, i64), u64> = BTreeMap::new();
    let mut add = |row: usize, count: u64| {
        if let Some(kind) = kinds.of(row) {
            *of_kinds.entry((kind.channel, kind.event)).or_default() += count;
        }
    };
    let Some(given) = &sifted.rows else { return withheld };
    match (outside, &kinds.of_rows) {
        (Outside::All, _) => withheld.outside = total as u64,
        (Outside::None, None) => add(0, (total - given.len()) as u64),
        _ => {
            let mut given = given.iter().map(|row| *row as usize).peekable();
            for row in 0..total {
                if given.next_if_eq(&row).is_some() {
                    continue;
                }
                let is_outside = matches!(outside, Outside::Some(outside) if outside.get(row) == Some(&true));
                match is_outside {
                    true => withheld.outside += 1,
                    false => add(row, 1),
                }
            }
        }
    }
    withheld.kinds = of_kinds.into_iter().filter(|(_, count)| *count > 0).collect();
    if !withheld.kinds.is_empty() {
        withheld.newest = match (&times.of_rows, outside) {
            (Some(rows), Outside::Some(outside)) => {
                let within = rows.iter().zip(outside).filter(|(_, outside)| !**outside).map(|(time, _)| *time);
                within.filter(|time| *time <= clock).max()
            }
            (Some(rows), _) => rows.iter().copied().filter(|time| *time <= clock).max(),
            (None, _) => times.newest,
        };
    }
    if times.column.is_none() && withheld.outside > 0 {
        withheld.untimed = withheld.outside;
    }
    withheld
}

impl Kinds {
    fn new(columns: &Columns<'_>, total: usize, parser: &Parser<'_>) -> Result<Kinds, String> {
        let kind = |channel: &str, event: i64| {
            let (id, spelling) = parser.logs().channel_id(channel);
            let is_wanted =
                parser.fields().kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| kind.fits(channel, event)));
            Kind { channel: id, spelling, event, is_wanted }
        };
        let (channel, event) = match &columns.layout.of {
            Of::Table { channel, name, by, action } => {
                if let Some(action) = action {
                    for actions in columns.whole(*action)? {
                        let actions = repeated(&actions)?;
                        let texts = actions.values().as_string_opt::<i32>().ok_or("its actions are no texts")?;
                        if texts.iter().flatten().any(|action| !tables::stays(action, name, *by)) {
                            return Err("some rows are of another table".to_owned());
                        }
                    }
                }
                return Ok(Kinds { known: vec![kind(channel, -1)], of_rows: None });
            }
            Of::Log { channel, event } => (*channel, *event),
        };
        let events = match (columns.nulls(event), columns.range(event)) {
            (Some(0), Some((least, greatest))) if least == greatest => Events::All(least),
            _ => Events::Each(whole_numbers(&columns.whole(event)?)?),
        };
        let is_odd = |text: &str, event: i64| {
            let is_odd = text.is_empty() || text.len() > NAME || Logs::table_of(text).is_some();
            is_odd || several::are_in(text) || !(0..=i64::from(i32::MAX)).contains(&event)
        };
        if let (Some(text), Events::All(event)) = (columns.text(channel), &events)
            && !is_odd(text, *event)
        {
            return Ok(Kinds { known: vec![kind(text, *event)], of_rows: None });
        }
        let mut kinds = Kinds { known: Vec::new(), of_rows: None };
        let mut places: HashMap<(String, i64), u32> = HashMap::new();
        let mut of_rows: Vec<u32> = Vec::new();
        for channels in columns.whole(channel)? {
            let names = repeated(&channels)?;
            let texts = names.values().as_string_opt::<i32>().ok_or("its channels are no texts")?;
            if names.null_count() > 0 {
                return Err("an event has no channel".to_owned());
            }
            let keys = names.keys().values();
            let mut last: Option<(i32, i64, u32)> = None;
            for key in keys {
                let event = events.of(of_rows.len()).ok_or("an event has no id")?;
                let place = match last {
                    Some((known, id, place)) if known == *key && id == event => place,
                    _ => {
                        let text = usize::try_from(*key).ok().filter(|key| *key < texts.len() && texts.is_valid(*key));
                        let text = text.map_or("", |key| texts.value(key));
                        if is_odd(text, event) {
                            return Err("an event has an odd channel, or an odd id".to_owned());
                        }
                        let next = u32::try_from(places.len()).map_err(|error| error.to_string())?;
                        *places.entry((text.to_owned(), event)).or_insert_with(|| {
                            kinds.known.push(kind(text, event));
                            next
                        })
                    }
                };
                last = Some((*key, event, place));
                of_rows.push(place);
                // Where all rows of a batch are alike, one stands for them.
                if texts.len() == 1 && matches!(events, Events::All(_)) {
                    of_rows.resize(of_rows.len() + keys.len() - 1, place);
                    break;
                }
            }
        }
        if of_rows.len() != total {
            return Err(format!("it has {} rows of {total}", of_rows.len()));
        }
        kinds.of_rows = (kinds.known.len() > 1).then_some(of_rows);
        Ok(kinds)
    }

    pub fn of(&self, row: usize) -> Option<&Kind> {
        let place = self.of_rows.as_ref().map_or(Some(0), |rows| rows.get(row).map(|kind| *kind as usize));
        self.known.get(place?)
    }

    fn are_sysmons(&self) -> bool {
        self.known.iter().all(|kind| kind.spelling.eq_ignore_ascii_case(SYSMON))
    }
}

/// The ids of events.
enum Events {
    All(i64),
    Each(Vec<i64>),
}

impl Events {
    fn of(&self, row: usize) -> Option<i64> {
        match self {
            Events::All(event) => Some(*event),
            Events::Each(events) => events.get(row).copied(),
        }
    }
}

impl Times {
    fn new(columns: &Columns<'_>, kinds: &Kinds, bounds: &Bounds, total: usize) -> Result<(Times, Outside), String> {
        let column = columns.layout.times.column(columns.schema(), kinds.are_sysmons());
        let Some(column) = column.ok_or("only the rows can tell their times")? else {
            let outside = if bounds.is_timed() { Outside::All } else { Outside::None };
            return Ok((Times { column: None, oldest: None, newest: None, of_rows: None }, outside));
        };
        let range = columns.times(column).filter(|_| columns.nulls(column) == Some(0));
        let ends = |(oldest, newest)| Times {
            column: Some(column),
            oldest: Some(oldest),
            newest: Some(newest),
            of_rows: None,
        };
        if let Some((oldest, newest)) = range.filter(|(_, newest)| *newest <= clock()) {
            let is_before = bounds.from.is_some_and(|from| newest < from);
            let is_after = bounds.to.is_some_and(|to| oldest >= to);
            if is_before || is_after {
                return Ok((ends((oldest, newest)), Outside::All));
            }
            if bounds.has_time(Some(oldest)) && bounds.has_time(Some(newest)) {
                return Ok((ends((oldest, newest)), Outside::None));
            }
        }
        let mut rows = Vec::new();
        for times in columns.whole(column)? {
            rows.extend(ticks_in(&times)?);
        }
        if rows.len() != total {
            return Err(format!("it has {} rows of {total}", rows.len()));
        }
        let outside = match bounds.is_timed() {
            true => Outside::Some(rows.iter().map(|time| !bounds.has_time(Some(*time))).collect()),
            false => Outside::None,
        };
        Ok((Times { column: Some(column), oldest: None, newest: None, of_rows: Some(rows) }, outside))
    }
}
