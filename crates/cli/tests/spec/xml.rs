//! An XML document as a tree, read strictly: what is not well-formed is refused, and so is what the documents here do not use.

use regex::{Captures, Regex};

/// An element with what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    /// All text that stands directly in it.
    pub text: String,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Itself and all beneath it.
    pub fn all(&self) -> Vec<&Element> {
        std::iter::once(self).chain(self.children.iter().flat_map(Element::all)).collect()
    }
}

/// The root of a document.
pub fn parse(document: &str) -> Result<Element, String> {
    if let Some(c) = document.chars().find(|c| !is_allowed(*c)) {
        return Err(format!("XML holds no {c:?}"));
    }
    let comments = Regex::new(r"(?s)<!--.*?-->").map_err(|error| error.to_string())?;
    let text = comments.replace_all(document, "");
    let declaration =
        Regex::new(r#"^<\?xml version="1\.0" encoding="UTF-8" ?\?>"#).map_err(|error| error.to_string())?;
    let mut rest = declaration.replace(&text, "").into_owned();
    let tag =
        r#"^<(?<close>/)?(?<name>[A-Za-z_:][\w:.-]*)(?<attributes>(\s+[A-Za-z_:][\w:.-]*="[^<"]*")*)\s*(?<empty>/)?>"#;
    let tag = Regex::new(tag).map_err(|error| error.to_string())?;
    let mut open =
        vec![Element { name: String::new(), attributes: Vec::new(), children: Vec::new(), text: String::new() }];
    while !rest.is_empty() {
        let at = rest.find('<').unwrap_or(rest.len());
        let (text, after) = rest.split_at(at);
        let element = open.last_mut().ok_or("text behind the root")?;
        element.text.push_str(&unescaped(text)?);
        if after.is_empty() {
            break;
        }
        let found = tag.captures(after).ok_or_else(|| format!("no tag: {after:.60}"))?;
        let after = after[found[0].len()..].to_string();
        step(&found, &mut open)?;
        rest = after;
    }
    let mut document = open.pop().filter(|_| open.is_empty()).ok_or("an element is not closed")?;
    match (document.children.pop(), document.children.is_empty() && document.text.trim().is_empty()) {
        (Some(root), true) => Ok(root),
        _ => Err("there is no root, or something beside it".into()),
    }
}

/// Takes a tag to the elements that are open.
fn step(found: &Captures<'_>, open: &mut Vec<Element>) -> Result<(), String> {
    let name = found["name"].to_string();
    if found.name("close").is_some() {
        let element = open.pop().filter(|element| element.name == name).ok_or(format!("</{name}> closes nothing"))?;
        open.last_mut().ok_or("a tag behind the root")?.children.push(element);
        return Ok(());
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    for pair in found["attributes"].split('"').collect::<Vec<_>>().chunks_exact(2) {
        let name = pair[0].trim().trim_end_matches('=').to_string();
        if attributes.iter().any(|(known, _)| *known == name) {
            return Err(format!("the attribute {name} stands twice"));
        }
        attributes.push((name, unescaped(pair[1])?));
    }
    let element = Element { name, attributes, children: Vec::new(), text: String::new() };
    match found.name("empty") {
        Some(_) => open.last_mut().ok_or("a tag behind the root")?.children.push(element),
        None => open.push(element),
    }
    Ok(())
}

fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or("").to_string();
    for part in parts {
        let (name, rest) = part.split_once(';').ok_or_else(|| format!("a bare & before {part:.20}"))?;
        out.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            _ => {
                let number = name.strip_prefix('#').and_then(|number| number.parse().ok()).and_then(char::from_u32);
                number.filter(|c| is_allowed(*c)).ok_or_else(|| format!("nothing is known of &{name};"))?
            }
        });
        out.push_str(rest);
    }
    Ok(out)
}
