//! The writer of one query: its chance, whether it is to be right, and the columns that are there so far.

use functions::Type;

use super::column::Column;
use crate::dice::Dice;

pub struct Writer {
    pub dice: Dice,
    /// Whether every argument is to be of a type that fits.
    pub is_right: bool,
    pub columns: Vec<Column>,
    names: usize,
}

impl Writer {
    pub fn new(seed: u64, number: u64) -> Writer {
        let mut dice = Dice::numbered(seed, number);
        let is_right = !dice.one_in(4);
        Writer { dice, is_right, columns: Vec::new(), names: 0 }
    }

    /// One of several, by chance.
    pub fn one<T: Copy>(&mut self, list: &[T], otherwise: T) -> T {
        let at = usize::try_from(self.dice.between(0, list.len() as u64)).unwrap_or(0);
        list.get(at).copied().unwrap_or(otherwise)
    }

    pub fn word(&mut self, list: &[&'static str]) -> &'static str {
        self.one(list, "")
    }

    pub fn count(&mut self, low: u64, high: u64) -> usize {
        usize::try_from(self.dice.between(low, high + 1)).unwrap_or(1)
    }

    pub fn kind(&mut self) -> Type {
        self.one(&Type::ALL, Type::Long)
    }

    /// Whether a fault is to be made here.
    pub fn errs(&mut self, one_in: u64) -> bool {
        !self.is_right && self.dice.one_in(one_in)
    }

    /// A name that no column has.
    pub fn new_name(&mut self) -> String {
        self.names += 1;
        format!("n{}", self.names)
    }

    /// Any of the columns.
    pub fn column(&mut self) -> Column {
        let at = self.count(0, (self.columns.len() as u64).saturating_sub(1));
        self.columns.get(at).cloned().unwrap_or_else(|| Column::new("x", Type::String))
    }

    /// A column for which this holds.
    pub fn column_where(&mut self, fits: impl Fn(Type) -> bool) -> Option<Column> {
        let fitting: Vec<Column> = self.columns.iter().filter(|column| fits(column.kind)).cloned().collect();
        let at = self.count(0, (fitting.len() as u64).saturating_sub(1));
        fitting.get(at).cloned()
    }

    /// The name of a column, or in a query that is to be wrong, sometimes of none.
    pub fn column_name(&mut self) -> String {
        if self.errs(8) { "nosuch".into() } else { self.column().name }
    }

    /// Different columns, at least one and at most so many.
    pub fn some_columns(&mut self, most: u64) -> Vec<Column> {
        let mut chosen: Vec<Column> = Vec::new();
        for _ in 0..self.count(1, most) {
            let column = self.column();
            if !chosen.contains(&column) {
                chosen.push(column);
            }
        }
        chosen
    }
}

pub fn names_of(columns: &[Column]) -> String {
    columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}
