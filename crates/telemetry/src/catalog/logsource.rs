//! Log sources: what Sigma's category and service mean on Windows, as channels and event ids, and beside it as [`Products`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::Deserialize;

use super::CatalogError;
use super::products::Products;
use super::table::{Branch, TableDef};

const FILE: &str = include_str!("../../tables/sigma/logsources.toml");
const FIELDS: &str = include_str!("../../tables/sigma/fields.toml");

static SOURCES: OnceLock<Sources> = OnceLock::new();
/// Tables that were asked for: thousands of rules share them. Only known log sources come in here, so they are few.
static TABLES: Mutex<BTreeMap<String, Arc<TableDef>>> = Mutex::new(BTreeMap::new());

/// The table of a log source written `product/category/service`; `None` where it is not known.
pub fn table(name: &str) -> Result<Option<Arc<TableDef>>, CatalogError> {
    let known = TABLES.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
    if known.is_some() {
        return Ok(known);
    }
    let Some(table) = build(name)?.map(Arc::new) else { return Ok(None) };
    TABLES.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), Arc::clone(&table));
    Ok(Some(table))
}

fn build(name: &str) -> Result<Option<TableDef>, CatalogError> {
    let mut parts = name.splitn(3, '/');
    let (Some(product), Some(category), Some(service)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let products = Products::read()?;
    let others = products.within([product, category, service]);
    let full = format!("sigma:{name}");
    let mut table = match branches(product, category, service)? {
        Some(branches) => of_windows(&full, category, branches)?,
        None if others.is_empty() => return Ok(None),
        None => products.table(&full, &others)?,
    };
    others.iter().for_each(|source| products.add(source, &mut table));
    Ok(Some(table))
}

fn of_windows(full: &str, category: &str, branches: Vec<EventKind>) -> Result<TableDef, CatalogError> {
    // Categories with fields of their own keep them where a service narrows them down.
    let own = match category {
        "process_creation" => include_str!("../../tables/sigma/process_creation.toml"),
        "file_event" => include_str!("../../tables/sigma/file_event.toml"),
        _ => FIELDS,
    };
    let mut table = TableDef::read("sigma", full, own)?;
    if category == "process_creation" || category == "file_event" {
        table.branches.retain(|branch| branches.iter().any(|kind| branch.channel == kind.channel));
    } else {
        let mappings: Vec<_> = match table.branches.first() {
            Some(all) => (0..table.columns.len()).map(|place| all.mapping(place).map(str::to_owned)).collect(),
            None => Vec::new(),
        };
        let branch = |kind: EventKind| Branch::new(kind.channel, kind.events, mappings.clone());
        table.branches = branches.into_iter().map(branch).collect();
    }
    Ok(table)
}

/// Every log source that is one category or one service.
pub fn names() -> Result<Vec<String>, CatalogError> {
    let sources = sources()?;
    let categories = sources.category.keys().map(|name| format!("sigma:windows/{name}/"));
    let services = sources.service.keys().map(|name| format!("sigma:windows//{name}"));
    let others = Products::read()?.names().map(|name| format!("sigma:{name}"));
    Ok(categories.chain(services).chain(others).collect())
}

/// The events of a log source.
fn branches(product: &str, category: &str, service: &str) -> Result<Option<Vec<EventKind>>, CatalogError> {
    let sources = sources()?;
    // A category that only Windows has may stand without its product.
    let is_windows = product == "windows" || product.is_empty() && !(category.is_empty() && service.is_empty());
    if !is_windows {
        return Ok(None);
    }
    let channels = match service {
        "" => None,
        _ => match sources.service.get(service) {
            Some(channels) => Some(channels),
            None => return Ok(None),
        },
    };
    let kinds = match category {
        "" => None,
        _ => match sources.category.get(category) {
            Some(kinds) => Some(kinds),
            None => return Ok(None),
        },
    };
    Ok(Some(match (kinds, channels) {
        (None, None) => vec![EventKind { channel: None, events: Vec::new() }],
        (None, Some(channels)) => {
            channels.iter().map(|channel| EventKind { channel: Some(channel.clone()), events: Vec::new() }).collect()
        }
        (Some(kinds), None) => kinds.clone(),
        (Some(kinds), Some(channels)) => {
            let is_in = |kind: &&EventKind| kind.channel.as_ref().is_some_and(|channel| channels.contains(channel));
            kinds.iter().filter(is_in).cloned().collect()
        }
    }))
}

fn sources() -> Result<&'static Sources, CatalogError> {
    if let Some(sources) = SOURCES.get() {
        return Ok(sources);
    }
    let wrong = |error: toml::de::Error| CatalogError { table: "logsources".to_owned(), reason: error.to_string() };
    let sources = toml::from_str(FILE).map_err(wrong)?;
    Ok(SOURCES.get_or_init(|| sources))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sources {
    service: BTreeMap<String, Vec<String>>,
    category: BTreeMap<String, Vec<EventKind>>,
}

/// Events of a channel; without a channel those of all, without ids all of its.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventKind {
    channel: Option<String>,
    #[serde(default)]
    events: Vec<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::Logs;

    fn fits(name: &str, channel: &str, event: i64) -> bool {
        let table = table(name).unwrap().unwrap();
        table.branches.iter().any(|branch| branch.fits(channel, event))
    }

    #[test]
    fn a_logsource_is_routed_to_its_events_and_to_no_others() {
        let sysmon = "Microsoft-Windows-Sysmon/Operational";
        assert!(fits("windows/registry_set/", sysmon, 13));
        assert!(!fits("windows/registry_set/", sysmon, 12));
        assert!(fits("windows//security", "security", 4625));
        assert!(!fits("windows//security", "System", 4625));
        assert!(fits("windows/process_creation/", "Security", 4688));
        assert!(fits("windows/process_creation/sysmon", sysmon, 1));
        assert!(!fits("windows/process_creation/sysmon", "Security", 4688));
        assert!(fits("windows/ps_script/", "Microsoft-Windows-PowerShell/Operational", 4104));
        assert!(fits("windows//", "Anything", 7));
    }

    #[test]
    fn a_category_without_its_product_is_every_products() {
        let linux = Logs::table_channel("sigma:linux/process_creation/");
        assert!(fits("/process_creation/", "Security", 4688) && fits("/process_creation/", &linux, -1));
        assert!(fits("linux//", &linux, -1) && !fits("linux//", "Security", 4688));
        assert!(!fits("windows/process_creation/", &linux, -1) && !fits("windows//", &linux, -1));
        assert!(!fits("linux//sshd", &linux, -1));
    }

    #[test]
    fn an_unknown_logsource_is_no_table() {
        for name in [
            "linux/process_creaton/",
            "linux//process_creation",
            "windows/proces_creation/",
            "windows//secure",
            "//",
            "windows",
        ] {
            assert!(table(name).unwrap().is_none(), "{name}");
        }
    }
}
