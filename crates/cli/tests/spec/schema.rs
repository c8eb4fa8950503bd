//! A JSON Schema (draft 7), as far as the schemas here use it; a keyword that is not known here is a fault of the schema.
//!
//! Crates that validate ask features of crates that the engine uses too, and would have it built a second time for tests.

use std::path::Path;

use regex::Regex;
use serde_json::Value;

/// A schema whose keywords are all known.
pub struct Schema {
    root: Value,
}

/// What says nothing of a value.
const NOTES: [&str; 7] = ["$schema", "$id", "title", "description", "default", "examples", "definitions"];
const ASSERTIONS: [&str; 14] = [
    "additionalProperties",
    "anyOf",
    "enum",
    "format",
    "items",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "uniqueItems",
];

impl Schema {
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let root = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        Schema::of(root).map_err(|why| format!("{}: {why}", path.display()))
    }

    pub fn of(root: Value) -> Result<Self, String> {
        known(&root)?;
        Ok(Schema { root })
    }

    /// Where a value is not as the schema wants it, and why.
    pub fn faults(&self, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(&self.root, value, "", &mut faults);
        faults
    }

    /// Where a schema is the name of one, that.
    pub fn resolved<'a>(&'a self, schema: &'a Value) -> Result<&'a Value, String> {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
            return Ok(schema);
        };
        let target = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
        self.resolved(target.ok_or_else(|| format!("the schema has no {reference}"))?)
    }

    pub fn root(&self) -> &Value {
        &self.root
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let keywords = match self.resolved(schema) {
            Ok(Value::Object(keywords)) => keywords,
            Ok(Value::Bool(true)) => return,
            Ok(other) => return faults.push(format!("{at}: {other} takes nothing")),
            Err(why) => return faults.push(format!("{at}: {why}")),
        };
        for (keyword, wanted) in keywords {
            if let Err(why) = self.holds(keyword, wanted, value) {
                faults.push(format!("{at}: {why}"));
            }
        }
        if let Value::Object(members) = value {
            let rest = keywords.get("additionalProperties");
            for (name, member) in members {
                let own = keywords.get("properties").and_then(|own| own.get(name));
                match own.or(rest) {
                    Some(Value::Bool(false)) => faults.push(format!("{at}: '{name}' is no property")),
                    Some(schema) => self.check(schema, member, &format!("{at}/{name}"), faults),
                    None => {}
                }
            }
        }
        if let (Value::Array(items), Some(schema)) = (value, keywords.get("items")) {
            let each = items.iter().enumerate();
            each.for_each(|(number, item)| self.check(schema, item, &format!("{at}/{number}"), faults));
        }
    }

    /// One keyword, those left out that look into the value.
    fn holds(&self, keyword: &str, wanted: &Value, value: &Value) -> Result<(), String> {
        let listed = || wanted.as_array().into_iter().flatten();
        let told = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("{value} {what} {wanted}")) };
        let fits = |schema: &&Value| {
            let mut faults = Vec::new();
            self.check(schema, value, "", &mut faults);
            faults.is_empty()
        };
        match (keyword, value) {
            ("type", _) => {
                let holds = wanted.as_str().map_or_else(
                    || listed().filter_map(Value::as_str).any(|kind| is_of(kind, value)),
                    |kind| is_of(kind, value),
                );
                told(holds, "is not of the type")
            }
            ("enum", _) => told(listed().any(|one| one == value), "is none of"),
            ("anyOf", _) => told(listed().any(|schema| fits(&schema)), "fits none of"),
            ("oneOf", _) => told(listed().filter(fits).count() == 1, "does not fit just one of"),
            ("required", Value::Object(members)) => {
                let lacks = |name: &&str| !members.contains_key(*name);
                let missing: Vec<&str> = listed().filter_map(Value::as_str).filter(lacks).collect();
                if missing.is_empty() { Ok(()) } else { Err(format!("lacks {}", missing.join(", "))) }
            }
            ("minItems", Value::Array(items)) => told(Some(items.len() as u64) >= wanted.as_u64(), "is shorter than"),
            ("uniqueItems", Value::Array(items)) => {
                let is_twice = items.iter().enumerate().any(|(number, item)| items[..number].contains(item));
                told(!is_twice || wanted == &Value::Bool(false), "holds something twice:")
            }
            ("minLength", Value::String(text)) => {
                told(Some(text.chars().count() as u64) >= wanted.as_u64(), "is shorter than")
            }
            ("pattern", Value::String(text)) => told(matches(wanted.as_str().unwrap_or(""), text)?, "does not match"),
            ("format", Value::String(text)) => {
                told(is_in(wanted.as_str().unwrap_or(""), text)?, "is not in the format")
            }
            ("minimum", Value::Number(number)) => told(number.as_f64() >= wanted.as_f64(), "is less than"),
            ("maximum", Value::Number(number)) => told(number.as_f64() <= wanted.as_f64(), "is more than"),
            _ => Ok(()),
        }
    }
}

/// A schema with a keyword that is not known here would seem to hold.
fn known(schema: &Value) -> Result<(), String> {
    let Value::Object(keywords) = schema else {
        return if schema.is_boolean() { Ok(()) } else { Err(format!("{schema} is no schema")) };
    };
    for (keyword, value) in keywords {
        if !NOTES.contains(&keyword.as_str())
            && !ASSERTIONS.contains(&keyword.as_str())
            && !matches!(keyword.as_str(), "type" | "$ref")
        {
            return Err(format!("nothing is known of the keyword '{keyword}'"));
        }
        match (keyword.as_str(), value) {
            ("properties" | "definitions", Value::Object(named)) => named.values().try_for_each(known)?,
            ("anyOf" | "oneOf", Value::Array(schemas)) => schemas.iter().try_for_each(known)?,
            ("items" | "additionalProperties", schema) => known(schema)?,
            _ => {}
        }
    }
    Ok(())
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => false,
    }
}

fn matches(pattern: &str, text: &str) -> Result<bool, String> {
    Ok(Regex::new(pattern).map_err(|error| format!("the pattern {pattern}: {error}"))?.is_match(text))
}

/// Formats that the values here have.
fn is_in(format: &str, text: &str) -> Result<bool, String> {
    const URI_REFERENCE: &str = r"^([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$";
    match format {
        "date" => matches("^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", text),
        // The first part of a path is no scheme.
        "uri-reference" => Ok(matches(URI_REFERENCE, text)? && !matches("^[^A-Za-z/?#][^/?#]*:", text)?),
        "uri" => Ok(matches(URI_REFERENCE, text)? && matches("^[A-Za-z][A-Za-z0-9+.-]*:", text)?),
        _ => Err(format!("nothing is known of the format '{format}'")),
    }
}
