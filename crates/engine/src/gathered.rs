//! Gathered: small batches that become one before they are handed over, because waking the one who takes them costs as much as
//! reading hundreds of rows.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use datafusion_common::Result;

/// When batches are handed over: at so many rows or bytes.
const ROWS: usize = 4096;
const BYTES: usize = 4 << 20;
/// And from so few batches on, where rare rows should not wait for others.
pub const SOON: usize = 8;

/// What was not handed over yet.
#[derive(Debug)]
pub struct Gathered {
    most: usize,
    batches: Vec<RecordBatch>,
    /// How many came since the first of them, also those without a row.
    count: usize,
    rows: usize,
    bytes: usize,
}

impl Gathered {
    /// Of so many batches at most.
    pub fn of(most: usize) -> Self {
        Gathered { most, batches: Vec::new(), count: 0, rows: 0, bytes: 0 }
    }

    /// Takes a batch, and gives one where it is time.
    pub fn push(&mut self, batch: RecordBatch) -> Result<Option<RecordBatch>> {
        if batch.num_rows() > 0 {
            self.rows += batch.num_rows();
            self.bytes += batch.get_array_memory_size();
            self.batches.push(batch);
        }
        self.count += usize::from(!self.batches.is_empty());
        let is_full = self.rows >= ROWS || self.bytes >= BYTES || self.count >= self.most;
        if is_full { self.take() } else { Ok(None) }
    }

    /// What is left.
    pub fn take(&mut self) -> Result<Option<RecordBatch>> {
        let Gathered { mut batches, .. } = std::mem::replace(self, Gathered::of(self.most));
        Ok(match batches.len() {
            0 | 1 => batches.pop(),
            _ => {
                let schema = batches.first().map(RecordBatch::schema);
                schema.map(|schema| concat_batches(&schema, &batches)).transpose()?
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};

    use super::*;

    fn batch(rows: std::ops::Range<i64>) -> RecordBatch {
        let values: ArrayRef = Arc::new(Int64Array::from_iter_values(rows));
        RecordBatch::try_from_iter([("n", values)]).unwrap()
    }

    #[test]
    fn batches_become_one_by_rows_or_by_their_number_and_keep_their_order() {
        let mut gathered = Gathered::of(SOON);
        assert_eq!(gathered.push(batch(0..4000)).unwrap(), None);
        assert_eq!(gathered.push(batch(4000..5000)).unwrap(), Some(batch(0..5000)));
        for start in 0..7 {
            assert_eq!(gathered.push(batch(start..start + 1)).unwrap(), None);
        }
        assert_eq!(gathered.push(batch(7..8)).unwrap(), Some(batch(0..8)));
        assert_eq!(gathered.take().unwrap(), None);
        // A rare row does not wait for others.
        assert_eq!(gathered.push(batch(0..0)).unwrap(), None);
        assert_eq!(gathered.push(batch(0..1)).unwrap(), None);
        for _ in 0..6 {
            assert_eq!(gathered.push(batch(0..0)).unwrap(), None);
        }
        assert_eq!(gathered.push(batch(0..0)).unwrap(), Some(batch(0..1)));
        assert_eq!(gathered.push(batch(0..9)).unwrap(), None);
        assert_eq!(gathered.take().unwrap(), Some(batch(0..9)));
    }
}
