//! Cursors: the results of earlier statements, kept INTO a name that later ones read FROM.

use syntax::aql::tree::{Name, Select};

use super::select::Selected;
use super::{Binder, messages};

/// What a statement selected INTO a name.
#[derive(Debug, Clone)]
pub(super) struct Cursor {
    name: String,
    /// The table that its events are of.
    pub table: String,
    pub selected: Selected,
}

impl Binder<'_> {
    /// Binds one statement after the other and gives the last.
    pub(super) fn statements(&mut self, selects: &[Select]) -> Option<Selected> {
        let (last, earlier) = selects.split_last()?;
        let mut complete = true;
        for select in earlier {
            complete &= self.keep(select).is_some();
        }
        let selected = self.select(last, true);
        selected.filter(|_| complete)
    }

    pub(super) fn cursor(&self, name: &Name) -> Option<Cursor> {
        self.cursors.iter().find(|cursor| cursor.name.eq_ignore_ascii_case(&name.text)).cloned()
    }

    fn keep(&mut self, select: &Select) -> Option<()> {
        let Some(name) = &select.into else {
            self.report(messages::goes_nowhere(select.span));
            return self.select(select, false).map(|_| ());
        };
        let is_table = |table: &String| table.eq_ignore_ascii_case(&name.text);
        let is_taken = self.cursor(name).is_some() || self.tables.names().iter().any(is_table);
        if is_taken {
            self.report(messages::cursor_twice(name.span, &name.text));
        }
        let selected = self.select(select, false)?;
        let table = self.table_names.last().cloned().unwrap_or_default();
        self.cursors.push(Cursor { name: name.text.clone(), table, selected });
        Some(())
    }
}
