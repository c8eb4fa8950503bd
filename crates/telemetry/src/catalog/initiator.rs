//! What the initiating process fills in the tables of a platform: one list for all of its tables.

use std::collections::BTreeMap;

use super::CatalogError;

/// Stands for what fills the column from the event itself.
const OWN: &str = "$own";

/// Columns, and the expressions over the fields of the initiator that fill them.
pub fn values(platform: &str) -> Result<BTreeMap<String, String>, CatalogError> {
    let text = match platform {
        "defender" => include_str!("../../tables/defender/initiator.toml"),
        "asim" => include_str!("../../tables/asim/initiator.toml"),
        _ => "",
    };
    toml::from_str(text)
        .map_err(|error| CatalogError { table: format!("{platform}/initiator"), reason: error.to_string() })
}

/// The expression with the column's own in its place; a column that the event does not fill is empty of itself. Where the
/// expression asks for no own, the own stands alone.
pub fn combined(value: &str, own: Option<&str>) -> String {
    match own {
        Some(own) if !value.contains(OWN) => own.to_owned(),
        Some(own) => value.replace(OWN, &format!("({own})")),
        None => value.replace(OWN, "''"),
    }
}
