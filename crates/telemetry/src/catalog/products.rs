//! Products: log sources beside Windows, the names of their fields, and what tells that a file is of one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use functions::Type;
use serde::Deserialize;

use super::table::{ColumnDef, TableDef};
use super::{CatalogError, export};

const FILE: &str = include_str!("../../tables/sigma/products.toml");
const TABLE: &str = include_str!("../../tables/sigma/product.toml");
const PREFIX: &str = "sigma:";
const TEXT: &str = "$text";
const HOST: &str = "Computer";

static PRODUCTS: OnceLock<Products> = OnceLock::new();

/// The log sources, each written `product/category/service`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Products {
    fields: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    source: BTreeMap<String, LogSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogSource {
    /// Whose names its fields have.
    #[serde(default)]
    fields: Vec<String>,
    /// Names that its records have together, and no other's.
    #[serde(default)]
    marks: BTreeSet<String>,
    ecs: Option<Ecs>,
}

/// By what a document of ECS is of a log source: the system of its host, its category, and one of these types if it says any.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ecs {
    os: String,
    category: String,
    types: Vec<String>,
}

impl Products {
    pub fn read() -> Result<&'static Products, CatalogError> {
        if let Some(products) = PRODUCTS.get() {
            return Ok(products);
        }
        let wrong = |error: toml::de::Error| CatalogError { table: "products".to_owned(), reason: error.to_string() };
        let products = toml::from_str(FILE).map_err(wrong)?;
        Ok(PRODUCTS.get_or_init(|| products))
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.source.keys().map(String::as_str)
    }

    /// The log sources that are all that a rule asks for; what it leaves out may be anything.
    pub fn within(&self, asked: [&str; 3]) -> Vec<&str> {
        let is_within = |name: &&str| parts(name).zip(asked).all(|(part, asked)| asked.is_empty() || part == asked);
        if asked == [""; 3] { Vec::new() } else { self.names().filter(is_within).collect() }
    }

    /// A table without a branch, with the columns of these log sources.
    pub fn table(&self, full: &str, sources: &[&str]) -> Result<TableDef, CatalogError> {
        let mut table = TableDef::read("sigma", full, TABLE)?;
        table.branches.clear();
        for (name, others) in sources.iter().flat_map(|source| self.fields(source)) {
            match table.columns.iter_mut().find(|column| column.name == *name) {
                Some(column) => {
                    let new: Vec<String> =
                        others.iter().filter(|name| !column.aliases.contains(name)).cloned().collect();
                    column.aliases.extend(new);
                }
                None => table.columns.push(column(name, others)),
            }
        }
        Ok(table)
    }

    /// Adds the rows of a log source to a table.
    pub fn add(&self, source: &str, table: &mut TableDef) {
        let names: BTreeMap<&str, &[String]> =
            self.fields(source).map(|(name, others)| (name.as_str(), others.as_slice())).collect();
        let read = |known: &ColumnDef| match names.get(known.name.as_str()) {
            Some(others) => ColumnDef { kind: known.kind, ..read_as(&known.name, others) },
            None => known.clone(),
        };
        let columns: Vec<ColumnDef> = table.columns.iter().map(read).collect();
        let branch = export::branch(&format!("{PREFIX}{source}"), &columns, table.time.as_deref(), &BTreeMap::new());
        let place = |name: &str| columns.iter().position(|column| column.name == name);
        table.branches.push(branch.with(place(TEXT), "System_Payload").with(place(HOST), "System_Computer"));
    }

    fn fields(&self, source: &str) -> impl Iterator<Item = (&String, &Vec<String>)> {
        let kinds = self.source.get(source).map(|source| source.fields.as_slice()).unwrap_or_default();
        kinds.iter().filter_map(|kind| self.fields.get(kind)).flatten()
    }

    /// The one log source whose marks all are there.
    pub fn of_names(&self, names: &[&str]) -> Option<Arc<str>> {
        let is_marked = |marks: &BTreeSet<String>| {
            !marks.is_empty() && marks.iter().all(|mark| names.iter().any(|name| name.eq_ignore_ascii_case(mark)))
        };
        let mut marked = self.source.iter().filter(|(_, source)| is_marked(&source.marks)).map(|(name, _)| name);
        let only = marked.next().filter(|_| marked.next().is_none())?;
        Some(Arc::from(format!("{PREFIX}{only}")))
    }

    /// The log source of a document of ECS; categories and types may be several.
    pub fn of_ecs(&self, os: &str, categories: &[String], types: &[String]) -> Option<Arc<str>> {
        let is_it = |ecs: &Ecs| {
            let has_type = types.is_empty() || types.iter().any(|kind| ecs.types.contains(kind));
            ecs.os.eq_ignore_ascii_case(os) && categories.contains(&ecs.category) && has_type
        };
        let found = self.source.iter().find(|(_, source)| source.ecs.as_ref().is_some_and(is_it));
        found.map(|(name, _)| Arc::from(format!("{PREFIX}{name}")))
    }

    /// The log source that a person means, who may leave out what is empty: `linux/auditd` for `linux//auditd`.
    pub fn meant(&self, given: &str) -> Option<&str> {
        let filled = |name: &str| -> Vec<String> {
            name.split('/').filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
        };
        let wanted = filled(given);
        let mut meant = self.names().filter(|name| *name == given || filled(name) == wanted);
        meant.next().filter(|name| *name == given || meant.next().is_none())
    }
}

fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.splitn(3, '/')
}

fn column(name: &str, others: &[String]) -> ColumnDef {
    ColumnDef { name: name.to_owned(), kind: Type::String, aliases: others.to_vec(), ariel: None }
}

/// The names that a field is read by, those of ECS first: an object `user` would pass for the field `User`.
fn read_as(name: &str, others: &[String]) -> ColumnDef {
    let (ecs, own): (Vec<&str>, Vec<&str>) = others.iter().map(String::as_str).partition(|other| other.contains('.'));
    let mut names = ecs.into_iter().chain([name]).chain(own).map(str::to_owned);
    ColumnDef { name: names.next().unwrap_or_default(), kind: Type::String, aliases: names.collect(), ariel: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_whole() {
        let products = Products::read().unwrap();
        for (name, source) in &products.source {
            assert_eq!(parts(name).count(), 3, "{name}");
            assert_eq!(products.meant(name), Some(name.as_str()));
            assert!(source.fields.iter().all(|kind| products.fields.contains_key(kind)), "{name}");
        }
    }

    #[test]
    fn a_rule_asks_for_every_log_source_that_is_all_it_names() {
        let products = Products::read().unwrap();
        assert_eq!(products.within(["linux", "", "sshd"]), ["linux//sshd"]);
        assert_eq!(
            products.within(["", "webserver", ""]),
            ["/webserver/", "apache/webserver/", "iis/webserver/", "nginx/webserver/"]
        );
        assert!(products.within(["linux", "", ""]).contains(&"linux/process_creation/"));
        assert!(products.within(["linux", "", "sshdd"]).is_empty() && products.within(["", "", ""]).is_empty());
    }

    #[test]
    fn a_person_may_leave_out_what_is_empty() {
        let products = Products::read().unwrap();
        assert_eq!(products.meant("Linux/auditd"), Some("linux//auditd"));
        assert_eq!(
            (products.meant("webserver"), products.meant("/webserver/")),
            (Some("/webserver/"), Some("/webserver/"))
        );
        assert_eq!(
            (products.meant("apache/error"), products.meant("linux/none"), products.meant("")),
            (Some("apache//error"), None, None)
        );
    }

    #[test]
    fn documents_of_ecs_are_known_by_system_category_and_type() {
        let products = Products::read().unwrap();
        let of = |os: &str, category: &str, types: &[&str]| {
            let types: Vec<String> = types.iter().map(|kind| (*kind).to_owned()).collect();
            products.of_ecs(os, &[category.to_owned()], &types).map(|name| name.to_string())
        };
        assert_eq!(of("linux", "process", &["start"]).as_deref(), Some("sigma:linux/process_creation/"));
        assert_eq!(of("macos", "network", &["end", "connection"]).as_deref(), Some("sigma:macos/network_connection/"));
        assert_eq!(of("windows", "file", &[]).as_deref(), Some("sigma:windows/file_event/"));
        assert_eq!(of("linux", "process", &["end"]), None);
        assert_eq!((of("", "process", &["start"]), of("linux", "authentication", &["start"])), (None, None));
    }

    #[test]
    fn records_are_known_by_marks_that_only_one_has() {
        let products = Products::read().unwrap();
        let of = |names: &[&str]| products.of_names(names).map(|name| name.to_string());
        assert_eq!(of(&["eventVersion", "eventSource", "eventName"]).as_deref(), Some("sigma:aws//cloudtrail"));
        assert_eq!(of(&["eventSource", "eventName"]), None);
        assert_eq!(of(&["c-ip", "cs-method", "cs-uri-stem", "c-uri", "cs-host"]), None);
    }
}
