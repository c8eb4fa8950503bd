//! Partial: a row group of which some rows were given before others could not be read. What was given counts, the rest is lost.

use std::collections::BTreeMap;

use arrow::array::{Array, RecordBatch};

use super::columns;
use super::commit::Group;
use super::piece::Piece;

/// How far the reading of a row group came.
#[derive(Debug, Default)]
pub struct Given {
    /// Which rows were to be given; `None` for all.
    pub wanted: Option<Vec<bool>>,
    /// How many of them were.
    pub rows: u64,
}

/// A row group as two.
pub struct Partial {
    /// Rows that were given, or that nobody wanted; times that are not later than the clock.
    pub read: Group,
    pub future: u64,
    /// The others by source.
    pub lost: Vec<(usize, u64)>,
}

/// The columns that [`Partial::new`] needs of all rows.
pub const COLUMNS: [&str; 5] =
    [columns::CHANNEL, columns::EVENT_ID, columns::SOURCE, columns::TIME, columns::TIME_DIGIT];

impl Partial {
    pub fn new(rows: &RecordBatch, given: &Given, clock: i64) -> Result<Partial, String> {
        let piece = Piece(rows);
        let (channels, times) = (piece.repeated(columns::CHANNEL)?, piece.times()?);
        let (events, sources) = (piece.numbers(columns::EVENT_ID)?, piece.numbers(columns::SOURCE)?);
        let mut read = Group::default();
        let (mut by_source, mut lost) = (BTreeMap::new(), BTreeMap::new());
        let (mut future, mut left) = (0, given.rows);
        for row in 0..rows.num_rows() {
            let is_wanted = given.wanted.as_ref().is_none_or(|wanted| wanted.get(row).copied().unwrap_or(true));
            let source = usize::try_from(sources.value(row)).map_err(|error| error.to_string())?;
            if is_wanted && left == 0 {
                *lost.entry(source).or_default() += 1;
                continue;
            }
            left -= u64::from(is_wanted);
            read.rows += 1;
            *by_source.entry(source).or_default() += 1;
            let event = if events.is_valid(row) { events.value(row) } else { -1 };
            let channel = channels.text(channels.key(row)).unwrap_or("");
            *read.kinds.entry(channel.to_owned()).or_default().entry(event).or_default() += 1;
            match times.is_valid(row).then(|| times.value(row)) {
                None => read.untimed += 1,
                Some(time) if time > clock => future += 1,
                Some(time) => {
                    read.newest = read.newest.max(Some(time));
                    read.oldest = Some(read.oldest.map_or(time, |oldest| oldest.min(time)));
                }
            }
        }
        read.sources = by_source.into_iter().collect();
        Ok(Partial { read, future, lost: lost.into_iter().collect() })
    }
}
