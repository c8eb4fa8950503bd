//! Which rows of a piece of a lake have to have EventData or a payload, and these of them alone.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, UInt32Array, new_null_array};
use arrow::compute::{filter_record_batch, take};

use super::columns;
use super::piece::Piece;
use super::rebuild::Shapes;
use crate::event::{Fields, System};
use crate::sieve::{Known, Look};
use crate::whole::{Need, Wholes};

/// One worker's view of what is asked for.
pub struct Asked {
    wholes: Option<Wholes>,
    known: Known,
    wanted: Vec<System>,
}

impl Asked {
    pub fn new(fields: &Fields) -> Self {
        let is_whole = |field: &System| matches!(field, System::EventData | System::Payload);
        Asked {
            wholes: Wholes::new(fields.wholes.as_deref()),
            known: Known::default(),
            wanted: fields.system.iter().copied().filter(is_whole).collect(),
        }
    }

    /// Whether some events of these kinds have to have them.
    pub fn needs<'k>(&mut self, kinds: impl Iterator<Item = (&'k str, i64)>) -> bool {
        let is_needed = self.wholes.as_mut().is_none_or(|wholes| wholes.need_of(kinds) != Need::Never);
        !self.wanted.is_empty() && is_needed
    }

    /// What is asked for as columns, null where it need not be.
    pub fn whole(&mut self, shapes: &mut Shapes, piece: &Piece<'_>) -> Result<Vec<(System, ArrayRef)>, String> {
        let wanted = self.wanted.clone();
        let nothing = |field: &System| (*field, new_null_array(&field.kind().arrow(), piece.0.num_rows()));
        let Some(rows) = self.rows(piece)? else {
            let whole = shapes.whole(piece, &wanted)?.batch;
            return Ok(wanted
                .iter()
                .filter_map(|field| Some((*field, whole.column_by_name(field.name())?.clone())))
                .collect());
        };
        if !rows.contains(&true) {
            return Ok(wanted.iter().map(nothing).collect());
        }
        let some =
            filter_record_batch(piece.0, &BooleanArray::from(rows.clone())).map_err(|error| error.to_string())?;
        let whole = shapes.whole(&Piece(&some), &wanted)?.batch;
        let mut next = 0..;
        let places: UInt32Array = rows.iter().map(|is_made| if *is_made { next.next() } else { None }).collect();
        let column = |field: &System| {
            let made = whole.column_by_name(field.name()).ok_or_else(|| format!("{} was not rebuilt", field.name()))?;
            Ok((*field, take(made, &places, None).map_err(|error| error.to_string())?))
        };
        wanted.iter().map(column).collect()
    }

    /// The rows that have to have them; `None` for all.
    fn rows(&mut self, piece: &Piece<'_>) -> Result<Option<Vec<bool>>, String> {
        let Some(wholes) = &mut self.wholes else { return Ok(None) };
        let (channels, events) = (piece.repeated(columns::CHANNEL)?, piece.numbers(columns::EVENT_ID)?);
        let need = |row: usize| {
            let event = if events.is_valid(row) { events.value(row) } else { -1 };
            wholes.need(channels.text(channels.key(row)).unwrap_or(""), event)
        };
        let needs: Vec<Need> = (0..piece.0.num_rows()).map(need).collect();
        let bits = needs.iter().fold(0, |bits, need| if let Need::Looked(more) = need { bits | more } else { bits });
        let mut stands = Vec::new();
        for (bit, look) in wholes.in_values(bits) {
            let is_asked = |need: &Need| matches!(need, Need::Looked(bits) if bits & bit != 0);
            // The others are not looked at.
            let others = || needs.iter().map(|need| !is_asked(need)).collect();
            stands.push((bit, look.map(|look| values_with(look, piece.0, others(), &mut self.known)).transpose()?));
        }
        let is_made = |(row, need): (usize, &Need)| match need {
            Need::Always => true,
            Need::Never => false,
            Need::Looked(bits) => stands.iter().any(|(bit, stands)| {
                let may_stand = || stands.as_ref().is_none_or(|stands| stands.get(row).copied().unwrap_or(true));
                bits & bit != 0 && may_stand()
            }),
        };
        Ok(Some(needs.iter().enumerate().map(is_made).collect()))
    }
}

/// The rows in one of whose values, or names of fields, a text stands, and those that are known beforehand.
fn values_with(look: &Look, rows: &RecordBatch, mut stands: Vec<bool>, known: &mut Known) -> Result<Vec<bool>, String> {
    known.forget();
    for (field, column) in rows.schema().fields().iter().zip(rows.columns()) {
        if field.name() != columns::SOURCE_FILE && Look::looks_at(column) && stands.contains(&false) {
            look.mark(&Arc::clone(column), false, &mut stands, known)?;
        }
    }
    Ok(stands)
}
