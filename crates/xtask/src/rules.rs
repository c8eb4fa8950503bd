//! Sigma rules as the parser sees them, one JSON line a file: for comparison with another reader (`.ci/pysigma.py`).

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value as Json, json};
use syntax::Source;
use syntax::sigma::{
    self, Alias, Asked, Condition, Correlation, FieldMatch, Modifier, Piece, Rule, Search, Spanned, Together, Value,
    pieces, texts,
};

/// Writes the rules of these files, and of the rule files in these folders.
pub fn write(paths: &[String]) -> Result<()> {
    let mut files = Vec::new();
    for path in paths {
        gather(Path::new(path), &mut files)?;
    }
    files.sort();
    let mut out = BufWriter::new(io::stdout().lock());
    for file in files {
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let parsed = sigma::parse(&Source::new(file.display().to_string(), text));
        let codes: Vec<&str> = parsed.diagnostics.iter().filter(|said| said.is_error()).map(|said| said.code).collect();
        let rules: Vec<Json> = parsed.tree.rules.iter().map(rule).collect();
        let correlations: Vec<Json> = parsed.tree.correlations.iter().map(correlation).collect();
        let line = json!({
            "file": file.display().to_string(),
            "rules": rules,
            "correlations": correlations,
            "errors": codes,
        });
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

fn gather(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    for entry in fs::read_dir(path).with_context(|| path.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() || path.extension().is_some_and(|ending| ending == "yml") {
            gather(&path, files)?;
        }
    }
    Ok(())
}

fn rule(rule: &Rule) -> Json {
    let selections: Vec<Json> =
        rule.selections.iter().map(|selection| json!([selection.name.value, search(&selection.search)])).collect();
    let text = |text: &Option<sigma::Spanned<String>>| text.as_ref().map(|text| text.value.clone());
    json!({
        "id": text(&rule.about.id),
        "title": text(&rule.about.title),
        "logsource": [text(&rule.log_source.product), text(&rule.log_source.category), text(&rule.log_source.service)],
        "selections": selections,
        "conditions": rule.conditions.iter().map(condition).collect::<Vec<_>>(),
    })
}

fn correlation(found: &Correlation) -> Json {
    let names = |names: &[Spanned<String>]| names.iter().map(|name| name.value.clone()).collect::<Vec<_>>();
    let condition = match &found.condition {
        Asked::Number(measure) => {
            let bounds: Vec<Json> =
                measure.bounds.iter().map(|(bound, number)| json!([bound.name(), number])).collect();
            json!({"bounds": bounds, "field": names(&measure.fields), "percentile": measure.percentile})
        }
        Asked::Rules(tree) => together(tree),
    };
    let alias = |alias: &Alias| {
        let fields = alias.fields.iter().map(|(rule, field)| json!([rule.value, field.value]));
        json!([alias.name.value, fields.collect::<Vec<_>>()])
    };
    json!({
        "title": found.about.title.as_ref().map(|title| &title.value),
        "type": found.kind.name(),
        "rules": names(&found.rules),
        "group_by": names(&found.group_by),
        "seconds": found.timespan,
        "aliases": found.aliases.iter().map(alias).collect::<Vec<_>>(),
        "condition": condition,
        "generate": found.generate,
    })
}

fn together(tree: &Together) -> Json {
    let all = |parts: &[Together]| parts.iter().map(together).collect::<Vec<_>>();
    match tree {
        Together::Rule(index) => json!(index),
        Together::Not(inner) => json!({"not": together(inner)}),
        Together::And(parts) => json!({"and": all(parts)}),
        Together::Or(parts) => json!({"or": all(parts)}),
    }
}

fn search(found: &Search) -> Json {
    match found {
        Search::All(parts) => json!({"all": parts.iter().map(search).collect::<Vec<_>>()}),
        Search::Any(parts) => json!({"any": parts.iter().map(search).collect::<Vec<_>>()}),
        Search::Field(found) => field(found),
    }
}

fn field(found: &FieldMatch) -> Json {
    let is_regex = found.modifiers.iter().any(|modifier| modifier.value == Modifier::Re);
    let value = |value: &Value| match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Number(text) => json!({"number": text}),
        Value::Text(text) if is_regex => json!({"regex": text}),
        Value::Text(text) => json!({"text": spelt(&pieces(text))}),
    };
    let spellings = texts(found).map(|values| {
        let each = |value: &Vec<Vec<Piece>>| value.iter().map(|pieces| spelt(pieces)).collect::<Vec<_>>();
        values.iter().map(each).collect::<Vec<_>>()
    });
    json!({
        "field": found.field.as_ref().map(|field| &field.value),
        "modifiers": found.modifiers.iter().map(|modifier| modifier.value.name()).collect::<Vec<_>>(),
        "values": found.values.iter().map(|spanned| value(&spanned.value)).collect::<Vec<_>>(),
        "texts": spellings,
    })
}

/// Each text behind an `=`, each wildcard as itself.
fn spelt(pieces: &[Piece]) -> Vec<String> {
    let one = |piece: &Piece| match piece {
        Piece::Text(text) => format!("={text}"),
        Piece::AnyRun => "*".to_string(),
        Piece::AnyOne => "?".to_string(),
    };
    pieces.iter().map(one).collect()
}

fn condition(of: &Condition) -> Json {
    let all = |parts: &[Condition]| parts.iter().map(condition).collect::<Vec<_>>();
    match of {
        Condition::Selection(index, _) => json!(index),
        Condition::AllOf(indices, _) => json!({"and": indices}),
        Condition::OneOf(indices, _) => json!({"or": indices}),
        Condition::Not(inner) => json!({"not": condition(inner)}),
        Condition::And(parts) => json!({"and": all(parts)}),
        Condition::Or(parts) => json!({"or": all(parts)}),
    }
}
