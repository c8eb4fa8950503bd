//! The front end of a language: parsed, and bound where the parser found no error.

use functions::Type;
use plan::schemas::Schemas;
use plan::{Mode, Nulls, Options, Window};
use syntax::{Diagnostic, Source};

use crate::generate::TABLES;

pub struct Front {
    run: fn(&Source, &Schemas, &Options<'_>) -> bool,
    tables: Schemas,
}

impl Front {
    pub fn of(language: &str) -> Option<Front> {
        let mut tables = Schemas::default();
        let run = match language {
            "kql" => {
                for (name, columns) in TABLES {
                    tables.add(*name, columns.iter().map(|(name, kind)| ((*name).to_string(), *kind)).collect());
                }
                kql
            }
            "aql" => {
                tables.add_open(
                    "events",
                    typed(&[("starttime", Type::Long), ("devicetime", Type::Long), ("qid", Type::Long)]),
                );
                aql
            }
            "sigma" => {
                for kind in ["process_creation", "file_event", "network_connection"] {
                    tables.add_open(format!("sigma:windows/{kind}/"), typed(&[("Timestamp", Type::Datetime)]));
                }
                sigma as fn(&Source, &Schemas, &Options<'_>) -> bool
            }
            _ => return None,
        };
        Some(Front { run, tables })
    }

    /// Whether the text bound without an error.
    pub fn run(&self, text: &str) -> bool {
        let options = Options {
            now: &|| 638_000_000_000_000_000,
            rows: None,
            window: Window::AsWritten,
            mode: Mode::Helpful,
            origins: true,
            no_limit: false,
            nulls: Nulls::TwoValued,
            trace: false,
        };
        (self.run)(&Source::new("text", text), &self.tables, &options)
    }
}

fn typed(columns: &[(&str, Type)]) -> Vec<(String, Type)> {
    columns.iter().map(|(name, kind)| ((*name).to_string(), *kind)).collect()
}

fn kql(source: &Source, tables: &Schemas, options: &Options<'_>) -> bool {
    let parsed = syntax::kql::parse(source);
    told(source, &parsed.diagnostics) && {
        let bound = plan::kql::bind(source, &parsed.tree, tables, options);
        told(source, &bound.diagnostics)
    }
}

fn aql(source: &Source, tables: &Schemas, options: &Options<'_>) -> bool {
    let parsed = syntax::aql::parse(source);
    told(source, &parsed.diagnostics) && {
        let bound = plan::aql::bind(source, &parsed.tree, tables, options);
        told(source, &bound.diagnostics)
    }
}

fn sigma(source: &Source, tables: &Schemas, options: &Options<'_>) -> bool {
    let parsed = syntax::sigma::parse(source);
    told(source, &parsed.diagnostics)
        && parsed
            .tree
            .rules
            .iter()
            .all(|rule| told(source, &plan::sigma::bind(source, rule, tables, options).diagnostics))
}

/// Whether there is no error. The places of all that is said must lie in the text.
fn told(source: &Source, diagnostics: &[Diagnostic]) -> bool {
    for found in diagnostics {
        let place = found.span.start as usize..found.span.end as usize;
        assert!(source.text().get(place).is_some(), "{} has no place in the text", found.code);
    }
    !diagnostics.iter().any(Diagnostic::is_error)
}
