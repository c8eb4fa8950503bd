//! The package format is said four times: by what the program reads, by the schemas of `docs/schema`, by the page `docs/packages.md`, and by the
//! packages there are. Here each is held to the schemas.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use serde_json::{Map, Value, json};

use crate::folder::Folder;
use crate::schema::Schema;

/// A file of a package: its schema, and a file of the template that stands for it.
const FILES: [(&str, &str); 3] =
    [("detection", "detection.toml"), ("test", "tests/download.toml"), ("exceptions", "exceptions.toml")];

/// No key, no word, and near to none.
const NONE: &str = "qqqqqqqqqqqqqqqqqqqq";

pub fn trials(root: &Path) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (kind, file) in FILES {
        let own = root.to_path_buf();
        trials.push(Trial::test(format!("package format › {file} is read as its schema says"), move || {
            read(&own, kind, file)
        }));
        let own = root.to_path_buf();
        trials.push(Trial::test(format!("package format › the page has the keys of {file}"), move || {
            page(&own, kind, file)
        }));
    }
    let own = root.to_path_buf();
    trials.push(Trial::test("package format › packages are as the schemas say", move || packages(&own)));
    trials
}

fn schema(root: &Path, kind: &str) -> Result<Schema, String> {
    Schema::read(&root.join(format!("docs/schema/{kind}.schema.json")))
}

/// A package of the template with one file in question.
struct Package {
    folder: Folder,
    file: PathBuf,
    schema: Schema,
}

/// What the program says of a file that cannot be read: code, and message with help.
type Said = Option<(&'static str, String)>;

impl Package {
    /// Of a file that is no TOML of this form. What else may be wrong with it, no schema says.
    fn said(&self, value: &Value) -> Result<Said, Failed> {
        std::fs::write(&self.file, toml::to_string(&of_json(value)?)?)?;
        let loaded = catalogue::load(std::slice::from_ref(&self.folder.0));
        let of_form = loaded
            .problems
            .into_iter()
            .map(|problem| problem.diagnostic)
            .find(|one| matches!(one.code, "CAT020" | "CAT021" | "CAT022"));
        Ok(of_form.map(|one| (one.code, format!("{}\n{}", one.message, one.help.unwrap_or_default()))))
    }

    /// The schema and the program take a value, or both refuse it.
    fn agree(&self, value: &Value, what: &str) -> Result<Said, Failed> {
        let (faults, said) = (self.schema.faults(value), self.said(value)?);
        if faults.is_empty() == said.is_none() {
            return Ok(said);
        }
        Err(format!("{what}: the schema says {faults:?}, the program {said:?}").into())
    }
}

/// Each key is left out, and given what it cannot be; at each place stands a key that is none. Which keys there are is taken from what the
/// program says then, so that no list has to be kept.
fn read(root: &Path, kind: &str, file: &str) -> Result<(), Failed> {
    let folder = Folder::new();
    catalogue::template::write(&folder.0, "some-tool", "2026-01-31")?;
    let package = Package { file: folder.0.join(file), folder, schema: schema(root, kind)? };
    let mut places = Vec::new();
    let full = example(&package.schema, package.schema.root(), "", &mut places)?;
    if let Some(said) = package.agree(&full, "all keys")? {
        return Err(format!("an example of each key is refused: {said:?}").into());
    }
    for (place, keys) in &places {
        let changed = |key: &str, to: Option<Value>| changed(&full, place, key, to);
        match package.agree(&changed(NONE, Some(json!(1)))?, &format!("{place}/{NONE}"))? {
            Some(("CAT021", said)) => is_list(place, &said, keys.iter().map(|(key, _)| key.as_str()))?,
            other => return Err(format!("{place}: an unknown key gives {other:?}").into()),
        }
        for (key, own) in keys {
            let what = format!("{place}/{key}");
            // The other name of a key stands in its place.
            let mut value = full.clone();
            let object = value.pointer_mut(place).and_then(Value::as_object_mut).ok_or("an object")?;
            if object.remove(key).is_none() {
                let other = object
                    .iter()
                    .find(|(_, known)| **known == sample(&package.schema, own))
                    .map(|(key, _)| key.clone());
                object.remove(&other.ok_or_else(|| format!("{what} has no example"))?);
                object.insert(key.clone(), sample(&package.schema, own));
            }
            package.agree(&value, &format!("{what}, left out or by its other name"))?;
            let wrong = if sample(&package.schema, own).is_number() { json!("x") } else { json!(7) };
            if package.agree(&changed(key, Some(wrong))?, &what)?.is_none() {
                return Err(format!("{what} takes what it is not").into());
            }
            if let Some(words) = package.schema.resolved(own)?.get("enum").and_then(Value::as_array) {
                let said = package.agree(&changed(key, Some(json!(NONE)))?, &what)?.unwrap_or_default();
                is_list(&what, &said.1, words.iter().filter_map(Value::as_str))?;
            }
        }
    }
    Ok(())
}

/// What is said to be known is just this.
fn is_list<'a>(what: &str, said: &str, known: impl Iterator<Item = &'a str>) -> Result<(), Failed> {
    let listed = ["known here are ", "write one of "].iter().find_map(|before| said.split(before).nth(1));
    let listed: BTreeSet<&str> = listed.unwrap_or("").lines().next().unwrap_or("").split(", ").collect();
    let known: BTreeSet<&str> = known.collect();
    if listed == known {
        Ok(())
    } else {
        Err(format!("{what}: the program knows {listed:?}, the schema {known:?}").into())
    }
}

/// Pointer to an object, and its keys with their schemas.
type Place = (String, Vec<(String, Value)>);

/// A value with every key that may stand beside the others, from the examples of the schema; and all objects in it that take no others.
fn example(schema: &Schema, of: &Value, at: &str, places: &mut Vec<Place>) -> Result<Value, String> {
    let of = schema.resolved(of)?;
    if let Some(Value::Object(keys)) = of.get("properties") {
        places.push((at.to_string(), keys.iter().map(|(key, own)| (key.clone(), own.clone())).collect()));
        // Of keys that stand for one another the first.
        let others = of.get("oneOf").and_then(Value::as_array).into_iter().flatten().skip(1);
        let others: Vec<&str> = others.filter_map(|one| one["required"][0].as_str()).collect();
        let mut value = Map::new();
        for (key, own) in keys.iter().filter(|(key, _)| !others.contains(&key.as_str())) {
            value.insert(key.clone(), example(schema, own, &format!("{at}/{key}"), places)?);
        }
        return Ok(Value::Object(value));
    }
    if let Some(own) = of.get("additionalProperties") {
        return Ok(json!({"any": example(schema, own, &format!("{at}/any"), places)?}));
    }
    if of["type"] == "array" {
        return Ok(json!([example(schema, &of["items"], &format!("{at}/0"), places)?]));
    }
    match sample(schema, of) {
        Value::Null => Err(format!("{at} has no example")),
        value => Ok(value),
    }
}

fn sample(schema: &Schema, of: &Value) -> Value {
    let of = schema.resolved(of).unwrap_or(of);
    let is_bool = of["type"] == "boolean";
    let first = of["enum"].get(0).or_else(|| of["examples"].get(0)).cloned();
    first.unwrap_or(if is_bool { json!(true) } else { Value::Null })
}

/// The value with one key of an object set, or left out.
fn changed(full: &Value, place: &str, key: &str, to: Option<Value>) -> Result<Value, Failed> {
    let mut value = full.clone();
    let object =
        value.pointer_mut(place).and_then(Value::as_object_mut).ok_or_else(|| format!("{place} is no object"))?;
    match to {
        Some(to) => object.insert(key.to_string(), to),
        None => object.remove(key),
    };
    Ok(value)
}

/// The page has a row for each key of the file, by the way to it (`changelog.date`), and no other.
fn page(root: &Path, kind: &str, file: &str) -> Result<(), Failed> {
    let schema = schema(root, kind)?;
    let mut places = Vec::new();
    example(&schema, schema.root(), "", &mut places)?;
    let mut keys = BTreeSet::new();
    for (place, own) in &places {
        let way = place.replace("/0", "").replace('/', ".");
        let way = ["kql", "aql", "sigma"]
            .iter()
            .fold(way, |way, name| way.replace(&format!(".variant.{name}"), ".variant.*"));
        // What `[variant.kql]` and its like are, is one row.
        let own = own.iter().map(|(key, _)| if way == ".variant" { "*" } else { key.as_str() });
        keys.extend(own.map(|key| format!("{way}.{key}").trim_start_matches('.').to_string()));
    }
    let page = std::fs::read_to_string(root.join("docs/packages.md"))?;
    let folder = file.split('/').next().filter(|folder| *folder != file);
    let heading = folder.map_or(format!("## {file}\n"), |folder| format!("## {folder}/*.toml\n"));
    let section = page.split(&heading).nth(1).ok_or_else(|| format!("the page has no {heading}"))?;
    let section = section.split("\n## ").next().unwrap_or("");
    let row = |line: &str| line.strip_prefix("| `")?.split_once("` |").map(|(key, _)| key.to_string());
    let rows: BTreeSet<String> = section.lines().filter_map(row).collect();
    if rows == keys {
        return Ok(());
    }
    let (missing, strange): (Vec<_>, Vec<_>) = (keys.difference(&rows).collect(), rows.difference(&keys).collect());
    Err(format!("missing: {missing:?}; no such keys: {strange:?}").into())
}

/// The built-in packages, and what `trapline new` writes.
fn packages(root: &Path) -> Result<(), Failed> {
    let template = Folder::new();
    catalogue::template::write(&template.0, "some-tool", "2026-01-31")?;
    let mut manifests = Vec::new();
    for folder in [root.join("detections"), template.0.clone()] {
        named(&folder, "detection.toml", &mut manifests)?;
    }
    // Nine at least, and the template.
    if manifests.len() < 10 {
        return Err(format!("{} packages", manifests.len()).into());
    }
    let mut faults = Vec::new();
    for manifest in manifests {
        let folder = manifest.parent().ok_or("a package is a folder")?;
        let mut tests = Vec::new();
        named(&folder.join("tests"), ".toml", &mut tests)?;
        let files = [
            ("detection", vec![manifest.clone()]),
            ("test", tests),
            ("exceptions", vec![folder.join("exceptions.toml")]),
        ];
        for (kind, paths) in files {
            let schema = schema(root, kind)?;
            for path in paths {
                let value: toml::Table = toml::from_str(&std::fs::read_to_string(&path)?)?;
                let found = schema.faults(&of_toml(&toml::Value::Table(value)));
                faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", path.display())));
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

fn named(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) -> Result<(), Failed> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            named(&path, ending, found)?;
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    Ok(())
}

/// Dates are texts, as editors take them.
fn of_toml(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(is) => json!(is),
        toml::Value::Datetime(time) => json!(time.to_string()),
        toml::Value::Array(items) => items.iter().map(of_toml).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.clone(), of_toml(value))).collect())
        }
    }
}

/// The other way round: texts that are dates are dates.
fn of_json(value: &Value) -> Result<toml::Value, Failed> {
    Ok(match value {
        Value::String(text) => match text.parse::<toml::value::Datetime>() {
            Ok(date) => toml::Value::Datetime(date),
            Err(_) => toml::Value::String(text.clone()),
        },
        Value::Bool(is) => toml::Value::Boolean(*is),
        Value::Number(number) => match number.as_i64() {
            Some(number) => toml::Value::Integer(number),
            None => toml::Value::Float(number.as_f64().ok_or("a number")?),
        },
        Value::Array(items) => toml::Value::Array(items.iter().map(of_json).collect::<Result<_, _>>()?),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| Ok::<_, Failed>((key.clone(), of_json(value)?));
            toml::Value::Table(members.iter().map(member).collect::<Result<_, _>>()?)
        }
        Value::Null => return Err("TOML has no null".into()),
    })
}
