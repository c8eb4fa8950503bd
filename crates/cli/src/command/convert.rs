//! `trapline convert`: Sigma rules as queries of a SIEM's own language.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use catalogue::{Detection, Language};
use convert::{Converted, Target};
use render::count::counted;
use syntax::{Diagnostic, Span};

use super::check;
use crate::args::{ConvertArgs, ConvertTo, Siem};
use crate::exit::{Misuse, Outcome};
use crate::screen::{self, Screen};

pub fn run(args: &ConvertArgs, screen: &Screen) -> Result<Outcome> {
    if let Some(absent) = args.paths.iter().find(|path| !path.exists()) {
        return Err(Misuse(format!("there is no {}", absent.display())).into());
    }
    let targets = targets(args)?;
    let loaded = super::load(&args.paths, args.placeholders.as_ref())?;
    let mut failed = loaded.problems.iter().any(|problem| problem.diagnostic.is_error());
    for problem in &loaded.problems {
        screen.diagnostics(&problem.source, std::slice::from_ref(&problem.diagnostic));
    }
    let tables = check::no_evidence()?;
    let mut queries = Vec::new();
    let mut refused = 0;
    for detection in &loaded.detections {
        for variant in detection.variants.iter().filter(|variant| variant.language == Language::Sigma) {
            let correlations =
                variant.correlations.iter().map(|_| Err(Box::new(convert::messages::correlation(Span::default()))));
            // What a hunt refuses is no query either.
            let bound = hunt::language::rules(&variant.source, &variant.rules, &tables, &check::OPTIONS);
            let rules = variant.rules.iter().zip(bound).map(|(rule, bound)| {
                match bound.diagnostics.into_iter().find(Diagnostic::is_error) {
                    Some(fault) => Err(Box::new(fault)),
                    None => convert::convert(rule, &targets),
                }
            });
            for result in rules.chain(correlations) {
                match result {
                    Ok(converted) => queries.push((detection, converted)),
                    Err(said) => {
                        refused += 1;
                        screen.diagnostics(&variant.source, &[Diagnostic::clone(&said)]);
                    }
                }
            }
        }
    }
    failed |= refused > 0;
    match &args.output {
        Some(folder) => {
            write(folder, &queries)?;
            let [done, left] = [queries.len() as u64, refused].map(|count| counted(count, "rule", "rules"));
            screen.say(&format!("{done} converted, {left} not"));
        }
        None => {
            let mut out = screen::data_output();
            for (index, (_, converted)) in queries.iter().enumerate() {
                let between = if index > 0 { "\n" } else { "" };
                write!(out, "{between}{}", converted.text)?;
            }
            out.flush()?;
        }
    }
    Ok(Outcome { failed, ..Outcome::default() })
}

fn targets(args: &ConvertArgs) -> Result<Vec<Target>> {
    Ok(match (args.to, args.platform) {
        (ConvertTo::Kql, None) => vec![Target::Defender, Target::Sentinel],
        (ConvertTo::Kql, Some(Siem::Defender)) => vec![Target::Defender],
        (ConvertTo::Kql, Some(Siem::Sentinel)) => vec![Target::Sentinel],
        (ConvertTo::Aql, None | Some(Siem::Qradar)) => vec![Target::QRadar],
        (ConvertTo::Kql, Some(Siem::Qradar)) => {
            return Err(Misuse("QRadar takes AQL: --to aql".to_string()).into());
        }
        (ConvertTo::Aql, Some(_)) => return Err(Misuse("Defender and Sentinel take KQL: --to kql".to_string()).into()),
    })
}

/// A file for each query, named by its detection.
fn write(folder: &Path, queries: &[(&Detection, Converted)]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let mut taken = std::collections::HashMap::new();
    for (detection, converted) in queries {
        let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
        let name: String = detection.id.chars().take(100).map(safe).collect();
        let count = taken.entry(name.clone()).or_insert(0);
        *count += 1;
        let name = if *count > 1 { format!("{name}-{count}") } else { name };
        let ending = if converted.target == Target::QRadar { "aql" } else { "kql" };
        let path = folder.join(format!("{name}.{ending}"));
        fs::write(&path, &converted.text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
