//! Actions: what Defender's tables write into ActionType, by which a row of one is known.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

const FILE: &str = include_str!("../../tables/defender/actions.toml");

/// The tables that write this; none where nothing is known of it.
pub fn writers(action: &str) -> &'static [String] {
    static WRITERS: OnceLock<HashMap<String, Vec<String>>> = OnceLock::new();
    let writers = WRITERS.get_or_init(|| {
        let tables: BTreeMap<String, Vec<String>> = toml::from_str(FILE).unwrap_or_default();
        let mut writers: HashMap<String, Vec<String>> = HashMap::new();
        for (table, actions) in tables {
            for action in actions {
                writers.entry(action).or_default().push(table.clone());
            }
        }
        writers
    });
    // Where there are too many to tell each, Defender tells of several at once.
    let single = action.strip_suffix("AggregatedReport").unwrap_or(action);
    writers.get(action).or_else(|| writers.get(single)).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalog;

    #[test]
    fn what_the_tables_are_filled_with_is_known_of_them() {
        assert_eq!(writers("ProcessCreated"), ["DeviceProcessEvents"]);
        assert_eq!(writers("LogonFailed"), ["DeviceLogonEvents", "IdentityLogonEvents"]);
        assert_eq!(writers("FileCreatedAggregatedReport"), ["DeviceFileEvents"]);
        assert_eq!(writers("Other"), [""; 0]);
        let mut checked = 0;
        for (platform, name) in Catalog.names().unwrap() {
            let table = Catalog.table(&name).unwrap().unwrap();
            let Some((place, _)) = table.column("ActionType").filter(|_| platform == "defender") else { continue };
            for mapping in table.branches.iter().filter_map(|branch| branch.mapping(place)) {
                if let Some(action) = mapping.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
                    assert!(writers(action).contains(&name), "{name}: {action}");
                    checked += 1;
                }
            }
        }
        assert!(checked > 20, "{checked}");
    }
}
