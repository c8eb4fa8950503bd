//! Mapping expressions: one scalar KQL expression over the fields of an event, as the telemetry table files hold them.

use datafusion_expr::Expr;
use functions::Type;
use syntax::{Diagnostic, Source, kql};

use super::binder::Binder;
use super::scope::Scope;
use crate::binding::{Mode, Nulls, Options, Window};
use crate::relation::Column;
use crate::tables::{Table, Tables};

/// What a mapping expression comes to.
#[derive(Debug, Clone)]
pub struct Mapped {
    /// The expression and its type; without it there is at least one error.
    pub value: Option<(Expr, Type)>,
    /// The raw text fields that it reads, each once, in order of appearance.
    pub raw_fields: Vec<String>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Binds one expression. `columns` are known fields with their types; any other name is a raw text field, read as
/// `relation::field(name)`. Functions that only mappings know (`basename`, `hex_to_long`) are found here too. Nulls stay null.
pub fn bind(text: &Source, columns: &[Column]) -> Mapped {
    let parsed = kql::parse_expression(text);
    if parsed.has_errors() {
        return Mapped { value: None, raw_fields: Vec::new(), diagnostics: parsed.diagnostics };
    }
    // A mapping has no "now": it would make a table differ from run to run.
    let now = || 0;
    let options = Options {
        now: &now,
        rows: None,
        window: Window::AsWritten,
        mode: Mode::Strict,
        origins: false,
        no_limit: false,
        nulls: Nulls::TwoValued,
        trace: false,
    };
    let mut binder = Binder::new(&NoTables, &options);
    binder.is_mapping = true;
    binder.diagnostics = parsed.diagnostics;
    let scope = Scope { columns, phantoms: &[], env: None, is_open: true, is_unpacked: false, table: None };
    let value = binder.scalar(&parsed.tree, &scope);
    let mut raw_fields: Vec<String> = Vec::new();
    for (name, _) in binder.raw_fields {
        if !raw_fields.contains(&name) {
            raw_fields.push(name);
        }
    }
    Mapped { value: value.map(|value| (value.expr, value.kind)), raw_fields, diagnostics: binder.diagnostics }
}

/// Mappings read events, never tables.
struct NoTables;

impl Tables for NoTables {
    fn table(&self, _: &str, _: &[String]) -> Option<Table> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn column_elsewhere(&self, _: &str) -> Option<Type> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(text: &str) -> Mapped {
        bind(&Source::new("mapping", text), &[Column::new("EventId", Type::Long), Column::new("Time", Type::Datetime)])
    }

    #[test]
    fn fields_calls_and_choices_have_their_types() {
        for (text, kind, fields) in [
            ("basename(Image)", Type::String, vec!["Image"]),
            ("'ProcessCreated'", Type::String, vec![]),
            ("hex_to_long(NewProcessId)", Type::Long, vec!["NewProcessId"]),
            ("iff(EventId == 1, ProcessId, SubjectUserName)", Type::String, vec!["ProcessId", "SubjectUserName"]),
            ("case(EventId == 11, 'FileCreated', EventId in (23, 26), 'FileDeleted', '')", Type::String, vec![]),
            ("strcat(account_domain(User), '/', account_name(User), 1)", Type::String, vec!["User"]),
            ("todatetime(CreationUtcTime)", Type::Datetime, vec!["CreationUtcTime"]),
            ("tolong(ProcessId) + 1", Type::Long, vec!["ProcessId"]),
            ("Time", Type::Datetime, vec![]),
            ("['Weird Name'] =~ 'x'", Type::Bool, vec!["Weird Name"]),
        ] {
            let found = mapped(text);
            assert_eq!(found.diagnostics, vec![], "{text}");
            assert_eq!(found.value.map(|(_, kind)| kind), Some(kind), "{text}");
            assert_eq!(found.raw_fields, fields, "{text}");
        }
    }

    #[test]
    fn faults_have_a_code_and_a_place() {
        let found = mapped("basenme(Image)");
        assert!(found.value.is_none());
        assert_eq!(found.diagnostics[0].code, "KS211");
        assert_eq!(found.diagnostics[0].help.as_deref(), Some("did you mean 'basename'?"));
        assert_eq!(mapped("EventId == 'x'").diagnostics[0].code, "KS106");
        assert_eq!(mapped("iff(EventId == 1, 1").diagnostics[0].code, "KS005");
    }
}
