//! What an XML Schema says of each element: which elements may stand in it, which attributes it has, whether it holds text. In which order
//! elements stand is not looked at: where the schema here allows several, it allows them in any.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;

use crate::xml::{self, Element};

/// What may stand where.
pub struct Xsd {
    elements: BTreeMap<String, Rule>,
    /// The patterns of simple types.
    patterns: BTreeMap<String, String>,
}

#[derive(Default)]
struct Rule {
    children: BTreeSet<String>,
    /// Name, type, and whether it must be there.
    attributes: Vec<(String, String, bool)>,
    is_text: bool,
}

/// What the schema is made of; another word would change what it means.
const KNOWN: [&str; 9] = [
    "xs:schema",
    "xs:simpleType",
    "xs:restriction",
    "xs:pattern",
    "xs:complexType",
    "xs:sequence",
    "xs:choice",
    "xs:element",
    "xs:attribute",
];

impl Xsd {
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let schema = xml::parse(&text)?;
        if let Some(other) = schema.all().into_iter().find(|one| !KNOWN.contains(&one.name.as_str())) {
            return Err(format!("nothing is known of <{}>", other.name));
        }
        let named = |kind: &'static str| schema.children.iter().filter(move |one| one.name == kind);
        let name = |one: &Element| one.attribute("name").unwrap_or("").to_string();
        let pattern = |one: &Element| {
            let pattern =
                one.all().into_iter().find(|inner| inner.name == "xs:pattern")?.attribute("value")?.to_string();
            Some((name(one), pattern))
        };
        let types: BTreeMap<String, &Element> = named("xs:complexType").map(|one| (name(one), one)).collect();
        let elements = named("xs:element").map(|one| {
            let of_type = one.attribute("type").and_then(|name| types.get(name).copied());
            let own = one.children.iter().find(|inner| inner.name == "xs:complexType");
            (name(one), own.or(of_type).map_or_else(|| Rule { is_text: true, ..Rule::default() }, rule))
        });
        Ok(Xsd { elements: elements.collect(), patterns: named("xs:simpleType").filter_map(pattern).collect() })
    }

    /// Where a document is not as the schema wants it, and why.
    pub fn faults(&self, root: &Element) -> Vec<String> {
        root.all().into_iter().flat_map(|element| self.faults_of(element)).collect()
    }

    fn faults_of(&self, element: &Element) -> Vec<String> {
        let Some(rule) = self.elements.get(&element.name) else {
            return vec![format!("<{}> is no element", element.name)];
        };
        let mut faults = Vec::new();
        let mut told = |what: String| faults.push(format!("<{}>: {what}", element.name));
        let stray = element.children.iter().filter(|child| !rule.children.contains(&child.name));
        stray.for_each(|child| told(format!("<{}> may not stand in it", child.name)));
        if !rule.is_text && !element.text.trim().is_empty() {
            told("text may not stand in it".into());
        }
        for (name, _, _) in rule.attributes.iter().filter(|(name, _, must)| *must && element.attribute(name).is_none())
        {
            told(format!("it lacks {name}"));
        }
        for (name, value) in &element.attributes {
            let Some((_, kind, _)) = rule.attributes.iter().find(|(known, ..)| known == name) else {
                told(format!("it has no attribute {name}"));
                continue;
            };
            let pattern = self.patterns.get(kind).map(|pattern| Regex::new(&format!("^(?:{pattern})$")));
            match pattern {
                None if kind == "xs:string" => {}
                Some(Ok(pattern)) if pattern.is_match(value) => {}
                _ => told(format!("{name}=\"{value}\" is no {kind}")),
            }
        }
        faults
    }
}

fn rule(kind: &Element) -> Rule {
    let inner = || kind.all().into_iter();
    let child = |one: &Element| one.attribute("ref").or(one.attribute("name")).map(str::to_string);
    let attribute = |one: &Element| {
        let text = |name: &str| one.attribute(name).unwrap_or("").to_string();
        (text("name"), text("type"), text("use") == "required")
    };
    Rule {
        children: inner().filter(|one| one.name == "xs:element").filter_map(child).collect(),
        attributes: inner().filter(|one| one.name == "xs:attribute").map(attribute).collect(),
        is_text: kind.attribute("mixed") == Some("true"),
    }
}
