//! Detections held to a platform: its tables as their names and columns are there, strictly.

use engine::EvidenceTables;
use functions::Type;
use hunt::language;
use lint::Platform;
use plan::schemas::Schemas;
use plan::tables::Parameter;
use plan::{Mode, Options, Table, Tables};
use syntax::{Diagnostic, Source};

/// The program's own tables without the columns that a platform does not have.
struct Held<'a> {
    own: &'a EvidenceTables,
    platform: Platform,
}

impl Tables for Held<'_> {
    fn table(&self, name: &str, wanted: &[String]) -> Option<Table> {
        let table = self.own.table(name, wanted)?;
        if table.is_open || table.columns.iter().all(|column| self.platform.has(name, &column.name)) {
            return Some(table);
        }
        let columns = table.columns.into_iter().filter(|column| self.platform.has(name, &column.name));
        let mut schemas = Schemas::default();
        schemas.add(name, columns.map(|column| (column.name, column.kind)).collect());
        schemas.table(name, wanted)
    }

    fn names(&self) -> Vec<String> {
        self.own.names()
    }

    fn of_kql(&self) -> Vec<String> {
        self.own.of_kql()
    }

    fn hints(&self) -> Vec<String> {
        self.own.hints()
    }

    fn parameters(&self, name: &str) -> Option<Vec<Parameter>> {
        self.own.parameters(name)
    }

    fn column_elsewhere(&self, name: &str) -> Option<Type> {
        self.own.column_elsewhere(name)
    }
}

/// What a platform refuses of a query.
pub(super) fn refused(
    source: &Source,
    language: catalogue::Language,
    platform: Platform,
    own: &EvidenceTables,
) -> Vec<Diagnostic> {
    let options = Options { mode: Mode::Strict, ..super::OPTIONS };
    let bound = language::bind(language, source, &Held { own, platform }, &options);
    bound.into_iter().flat_map(|bound| bound.diagnostics).filter(Diagnostic::is_error).collect()
}
