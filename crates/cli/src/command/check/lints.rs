//! What lints say of detections, and what their platforms refuse.

use std::sync::Arc;

use catalogue::{Detection, Language, Variant};
use engine::EvidenceTables;
use lint::{Platform, messages};
use render::count::counted;
use syntax::{Diagnostic, Source};

use super::held::refused;

/// By the texts that they are said of. `known` tells whether there is a detection of an id. With a platform, queries are held to that one; else a variant of a package to its own, and
/// what stands for itself to each that speaks its language.
pub(super) fn lints(
    detection: &Detection,
    platform: Option<Platform>,
    tables: &EvidenceTables,
    known: &dyn Fn(&str) -> bool,
) -> Vec<(Arc<Source>, Vec<Diagnostic>)> {
    let mut told = Vec::new();
    for variant in &detection.variants {
        let own = own_platform(detection, variant);
        let said = match variant.language {
            Language::Kql => of_kql(&variant.source, platform.filter(|one| *one != Platform::QRadar).or(own), tables),
            Language::Aql => of_aql(&variant.source, platform.filter(|one| *one == Platform::QRadar).or(own), tables),
            Language::Sigma => {
                let mut said = Vec::new();
                lint::package::check_rule(detection, &mut said);
                said
            }
        };
        told.push((variant.source.clone(), said));
    }
    if let Some(package) = &detection.package {
        told.push((package.manifest_source.clone(), lint::package::check(package, known)));
        for hunt in &package.hunting {
            told.push((hunt.source.clone(), faults(hunt.language, &hunt.source, tables)));
        }
        for hunt in package.hunting.iter().filter(|hunt| hunt.language == Language::Kql) {
            let own = detection.variant(Language::Kql).and_then(|variant| own_platform(detection, variant));
            // A hunting query is read by a person, and never saved as a rule.
            let of_hunt = |one: &Diagnostic| !messages::is_of_custom(one.code);
            let platform = platform.filter(|one| *one != Platform::QRadar).or(own);
            let said = of_kql(&hunt.source, platform, tables).into_iter().filter(of_hunt).collect();
            told.push((hunt.source.clone(), said));
        }
        told.extend(of_tests(detection, package));
    }
    told
}

/// What keeps a query from running: nobody else binds those of a package that a person runs.
fn faults(language: Language, source: &Source, tables: &EvidenceTables) -> Vec<Diagnostic> {
    let bound = hunt::language::bind(language, source, tables, &super::OPTIONS);
    bound.into_iter().flat_map(|bound| bound.diagnostics).filter(Diagnostic::is_error).collect()
}

fn own_platform(detection: &Detection, variant: &Variant) -> Option<Platform> {
    let about = detection.package.as_ref()?.manifest.variant.about(variant.language)?;
    Platform::from_title(&about.platform)
}

fn of_kql(source: &Source, platform: Option<Platform>, tables: &EvidenceTables) -> Vec<Diagnostic> {
    let parsed = syntax::kql::parse(source);
    if parsed.has_errors() {
        return Vec::new();
    }
    let refused = |platform| refused(source, Language::Kql, platform, tables);
    let lints = |platform| lint::kql::check(source, &parsed.tree, platform);
    match platform {
        Some(Platform::QRadar) => lints(platform),
        Some(one) => {
            let mut said = lints(platform);
            said.extend(refused(one).into_iter().map(|fault| named(fault, &[one])));
            said
        }
        None => {
            let [first, second] = [Platform::Defender, Platform::Sentinel].map(|one| (one, refused(one)));
            // It is a query of the platform that has less against it; only Defender's asks something of what is saved.
            let mut said = lints(Some(Platform::Defender).filter(|_| first.1.len() < second.1.len()));
            said.extend(verdicts(first, second));
            said
        }
    }
}

/// A query that one of two platforms takes is valid; what both refuse is said of both.
fn verdicts(one: (Platform, Vec<Diagnostic>), other: (Platform, Vec<Diagnostic>)) -> Vec<Diagnostic> {
    let valid = |(platform, _): &(Platform, Vec<Diagnostic>), (not, faults): &(Platform, Vec<Diagnostic>)| {
        let first = faults.first()?;
        let errors = counted(faults.len() as u64, "error", "errors");
        let told = format!("{errors}, the first {}: {}", first.code, first.message);
        Some(messages::valid_for(first.span, platform.name(), not.name(), &told))
    };
    if one.1.is_empty() {
        return valid(&one, &other).into_iter().collect();
    }
    if other.1.is_empty() {
        return valid(&other, &one).into_iter().collect();
    }
    let is_there = |all: &[Diagnostic], fault: &Diagnostic| all.iter().any(|known| known == fault);
    let mut said = Vec::new();
    for fault in &one.1 {
        let both = is_there(&other.1, fault);
        let platforms = if both { vec![one.0, other.0] } else { vec![one.0] };
        said.push(named(fault.clone(), &platforms));
    }
    let alone = other.1.iter().filter(|fault| !is_there(&one.1, fault));
    said.extend(alone.map(|fault| named(fault.clone(), &[other.0])));
    said
}

fn named(fault: Diagnostic, platforms: &[Platform]) -> Diagnostic {
    let names: Vec<&str> = platforms.iter().map(|platform| platform.name()).collect();
    fault.note(format!("by the schema of {}", names.join(" and of ")))
}

fn of_aql(source: &Source, platform: Option<Platform>, tables: &EvidenceTables) -> Vec<Diagnostic> {
    let parsed = syntax::aql::parse(source);
    if parsed.has_errors() {
        return Vec::new();
    }
    let mut said = lint::aql::check(&parsed.tree);
    if platform == Some(Platform::QRadar) {
        said.extend(refused(source, Language::Aql, Platform::QRadar, tables));
    }
    said
}

/// Tests that their own package fails, and on which its variants disagree.
fn of_tests(detection: &Detection, package: &catalogue::Package) -> Vec<(Arc<Source>, Vec<Diagnostic>)> {
    let outcomes = proof::suite::run(detection, package);
    let of_test = |test: &catalogue::Test| {
        let failed =
            outcomes.iter().filter(|one| one.test == test.about.name && !one.passes() && one.failure.is_none());
        let failed: Vec<_> = failed.collect();
        let first = failed.first()?;
        let names: Vec<&str> = failed.iter().map(|one| one.language.name()).collect();
        let range = test.about.must.span();
        let span = syntax::Span::new(range.start, range.end);
        Some((
            test.source.clone(),
            vec![messages::failing_test(span, &names.join(", "), first.must, first.findings > 0)],
        ))
    };
    package.tests.iter().filter_map(of_test).collect()
}
