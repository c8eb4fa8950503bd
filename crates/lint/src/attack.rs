//! ATT&CK: which techniques there are, which were revoked or deprecated, and to which tactics they belong.

use std::collections::HashMap;
use std::sync::OnceLock;

/// The version of ATT&CK that the data is of.
pub const VERSION: &str = "18";

/// What is known of a technique or tactic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub name: &'static str,
    pub standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// With the short names of its tactics.
    Current(&'static str),
    /// With the technique that stands for it now, if one does.
    Revoked(&'static str),
    Deprecated,
}

/// A technique (`T1204.001`) or tactic (`TA0002`) by its id.
pub fn find(id: &str) -> Option<Known> {
    static ALL: OnceLock<HashMap<&'static str, Known>> = OnceLock::new();
    ALL.get_or_init(|| entries().collect()).get(id.to_ascii_uppercase().as_str()).copied()
}

/// Ids are given in order: one behind the last that is known may be of a later version.
pub fn may_be_newer(id: &str) -> bool {
    let number = |id: &str| id.get(1..5).and_then(|digits| digits.parse::<u32>().ok());
    let last = entries().filter(|(known, _)| !known.starts_with("TA")).filter_map(|(known, _)| number(known)).max();
    number(id) > last
}

/// Whether a technique is of the tactic with this short name.
pub fn is_of(tactics: &str, tactic: &str) -> bool {
    tactics.split(',').any(|known| known == tactic)
}

/// Techniques that Atomic Red Team has never had a folder for, although pages refer to one: looked for in its whole history.
const WITHOUT_ATOMICS: [&str; 1] = ["T1204.001"];

pub fn has_no_atomics(id: &str) -> bool {
    WITHOUT_ATOMICS.iter().any(|known| known.eq_ignore_ascii_case(id))
}

fn entries() -> impl Iterator<Item = (&'static str, Known)> {
    let lines = include_str!("../data/attack.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut parts = line.split('\t');
        let (id, standing, name) = (parts.next()?, parts.next()?, parts.next()?);
        let standing = match standing.split_once(' ') {
            Some(("revoked", by)) => Standing::Revoked(by),
            _ if standing == "revoked" => Standing::Revoked(""),
            _ if standing == "deprecated" => Standing::Deprecated,
            _ => Standing::Current(standing),
        };
        Some((id, Known { name, standing }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_stand_as_attack_has_them() {
        let found = find("t1204.001").unwrap();
        assert_eq!((found.name, found.standing), ("Malicious Link", Standing::Current("execution")));
        assert_eq!(find("T1002").unwrap().standing, Standing::Revoked("T1560"));
        assert_eq!(find("T1026").unwrap().standing, Standing::Deprecated);
        assert_eq!(find("T9999"), None);
        assert_eq!(find("TA0002").unwrap().name, "Execution");
        assert!(may_be_newer("T1999") && !may_be_newer("T1204.099") && !may_be_newer("TX"));
    }
}
