//! Misfits: texts that stand in typed columns of an export and are no values of the type, counted column by column.

use serde::{Deserialize, Serialize};

use crate::rows::typed::Misfit;

/// How many columns are told apart, and how many are told.
const COLUMNS: usize = 64;
const TOLD: usize = 4;

/// Those of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Misfits(Vec<Column>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Column {
    /// With its table.
    name: String,
    /// The type of its values.
    kind: String,
    count: u64,
    /// The first text, and the line (of a Parquet the row) that it is of.
    first: String,
    place: u64,
}

impl Misfits {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn count(&mut self, misfit: Misfit, place: u64) {
        let Misfit { column: name, kind, text: first } = misfit;
        self.add_column(Column { name, kind: kind.name().to_owned(), count: 1, first, place });
    }

    pub(super) fn add(&mut self, other: &Misfits) {
        other.0.iter().cloned().for_each(|column| self.add_column(column));
    }

    fn add_column(&mut self, column: Column) {
        if let Some(known) = self.0.iter_mut().find(|known| known.name == column.name) {
            known.count += column.count;
            if column.place < known.place {
                (known.first, known.place) = (column.first, column.place);
            }
        } else if self.0.len() < COLUMNS {
            self.0.push(column);
        }
    }

    /// `2 values of DeviceEvents.ProcessId are no long and so null, the first "n/a" at line 3`, for the columns with the most.
    pub(super) fn describe(&self) -> Vec<String> {
        let mut columns: Vec<&Column> = self.0.iter().collect();
        columns.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        let mut told: Vec<String> = columns.iter().take(TOLD).map(|column| column.describe()).collect();
        if columns.len() > TOLD {
            let more = columns.len() - TOLD;
            told.push(format!("so it is with {more} more column{}", if more == 1 { "" } else { "s" }));
        }
        told
    }
}

impl Column {
    fn describe(&self) -> String {
        let Column { name, kind, count, first, place } = self;
        match count {
            1 => format!("1 value of {name} is no {kind} and so null: {first:?} at line {place}"),
            _ => format!("{count} values of {name} are no {kind} and so null, the first {first:?} at line {place}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use functions::Type;

    #[test]
    fn columns_are_counted_apart_and_the_first_row_counts() {
        let (mut all, mut other) = (Misfits::default(), Misfits::default());
        all.count(Misfit::new("T", "Count", Type::Long, "late"), 9);
        other.count(Misfit::new("T", "Count", Type::Long, "a\u{1b}\"\n"), 3);
        other.count(Misfit::new("T", "When", Type::Datetime, &"ü".repeat(100)), 4);
        all.add(&other);
        let first = "2 values of T.Count are no long and so null, the first \"a\\u{1b}\\\"\\n\" at line 3";
        let second = format!("1 value of T.When is no datetime and so null: \"{}\" at line 4", "ü".repeat(32));
        assert_eq!(all.describe(), [first.to_owned(), second]);
        for number in 0..100 {
            all.count(Misfit::new("T", &format!("c{number:02}"), Type::Int, "x"), 1);
        }
        assert_eq!((all.0.len(), all.describe().len()), (COLUMNS, TOLD + 1));
        assert_eq!(all.describe().last().map(String::as_str), Some("so it is with 60 more columns"));
    }
}
