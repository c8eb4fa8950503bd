//! Hosts by their names: one log names a host with its domain, another without, and both mean the same one.
//!
//! A name without a domain is that of the only host with one which has its label; where there are several, it is nobody
//! else's.

use std::collections::{HashMap, HashSet};

use super::strings::{Strings, Text};

#[derive(Default)]
pub struct Hosts {
    /// By the label, which is the name up to the first dot.
    by_label: HashMap<Text, Named>,
    /// All names with a domain.
    whole: HashSet<Text>,
}

/// The names that begin with one label.
#[derive(Default)]
struct Named {
    bare: Option<Text>,
    /// How many have a domain, and the first of them.
    domains: usize,
    first: Option<Text>,
}

impl Hosts {
    /// `names`: as they were added folded. Of the others only those count that may be meant by one of these.
    pub fn new(mut names: HashSet<Text>, others: &[String], strings: &mut Strings) -> Self {
        let mut by_label: HashMap<Text, Named> = HashMap::new();
        let mut whole = HashSet::new();
        let labels: HashSet<String> =
            names.iter().filter_map(|name| strings.get(*name)).map(|name| label(name).to_owned()).collect();
        let is_near = |name: &&String| has_domain(name) && labels.contains(&label(name).to_ascii_lowercase());
        names.extend(others.iter().filter(is_near).map(|name| strings.add_folded(name)));
        for name in names {
            let Some(label) = strings.get(name).map(|name| label(name).to_owned()) else { continue };
            let named = by_label.entry(strings.add(&label)).or_default();
            let has_domain = strings.get(name).is_some_and(has_domain);
            if !has_domain {
                named.bare = Some(name);
            } else if whole.insert(name) {
                named.domains += 1;
                named.first.get_or_insert(name);
            }
        }
        Hosts { by_label, whole }
    }

    /// The host of a name, by the name that stands for it.
    pub fn find(&self, name: &str, strings: &Strings) -> Option<Text> {
        let named = self.by_label.get(&strings.find_folded(label(name))?)?;
        match (has_domain(name), named.domains) {
            (_, 0) => named.bare,
            (false, 1) => named.first,
            (false, _) => named.bare,
            (true, _) => strings.find_folded(name).filter(|name| self.whole.contains(name)),
        }
    }
}

fn label(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn has_domain(name: &str) -> bool {
    name.split_once('.').is_some_and(|(_, domain)| !domain.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(names: &[&str], one: &str, other: &str) -> bool {
        same_among(names, &[], one, other)
    }

    fn same_among(names: &[&str], others: &[&str], one: &str, other: &str) -> bool {
        let mut strings = Strings::default();
        let names = names.iter().map(|name| strings.add_folded(name)).collect();
        let others: Vec<String> = others.iter().map(|name| (*name).to_owned()).collect();
        let hosts = Hosts::new(names, &others, &mut strings);
        let found = hosts.find(one, &strings);
        found.is_some() && found == hosts.find(other, &strings)
    }

    #[test]
    fn a_name_is_short_for_no_host_where_another_has_its_label_and_no_creations() {
        let (with_creations, others) = (["dc1.a.example"], ["DC1.b.example", "dc1.a.example", "dc1", "dc2.b.example"]);
        assert!(!same_among(&with_creations, &others, "dc1", "dc1.a.example"));
        assert!(same_among(&with_creations, &others, "DC1.A.example", "dc1.a.example"));
        assert!(same_among(&with_creations, &others[1..], "dc1", "dc1.a.example"));
        assert!(!same_among(&["dc1"], &others, "dc1", "dc1.b.example") && same_among(&["dc1"], &others, "dc1", "DC1"));
    }

    #[test]
    fn a_name_with_a_domain_and_one_without_are_one_host_unless_several_have_it() {
        let two = ["PC1.corp.example", "pc1"];
        assert!(same(&two, "PC1", "pc1.CORP.example") && same(&two[..1], "PC1", "pc1.corp.example"));
        assert!(same(&two[1..], "PC1.any.example", "pc1"));
        assert!(!same(&two, "PC1", "PC1.other.example") && !same(&two, "PC1", "PC2"));
        let three = ["PC1.corp.example", "PC1.other.example", "PC1"];
        assert!(!same(&three, "PC1", "PC1.corp.example") && !same(&three, "PC1.other.example", "PC1.corp.example"));
        assert!(same(&three, "PC1.corp.example", "pc1.corp.EXAMPLE") && same(&three, "PC1", "pc1"));
        assert!(!same(&["10.0.0.1", "10.0.0.2"], "10.0.0.1", "10.0.0.2") && !same(&[], "PC1", "PC1"));
    }
}
