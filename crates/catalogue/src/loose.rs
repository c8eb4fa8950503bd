//! Loose files: a query or a Sigma rule on its own, without a package.

use std::sync::Arc;

use syntax::sigma::{self, Rule, Spanned};
use syntax::{Severity, Source};

use crate::detection::{Detection, Language, UNSAID_LEVEL, Variant};
use crate::load::Problem;
use crate::{messages, technique};

/// The detections of a file: one of a query, one for each document of a rule file.
pub(crate) fn read(language: Language, source: &Arc<Source>, problems: &mut Vec<Problem>) -> Vec<Detection> {
    if language == Language::Sigma { rules(source, problems) } else { query(language, source, problems) }
}

fn query(language: Language, source: &Arc<Source>, problems: &mut Vec<Problem>) -> Vec<Detection> {
    if source.text().trim().is_empty() {
        problems.push(Problem { source: source.clone(), diagnostic: messages::empty_query() });
        return Vec::new();
    }
    let id = stem(source.name()).to_string();
    vec![Detection {
        title: id.clone(),
        id,
        description: String::new(),
        level: UNSAID_LEVEL,
        confidence: None,
        status: None,
        tags: Vec::new(),
        techniques: Vec::new(),
        authors: Vec::new(),
        references: Vec::new(),
        false_positives: Vec::new(),
        variants: vec![Variant::query(language, source.clone())],
        path: source.name().to_string(),
        package: None,
    }]
}

fn rules(source: &Arc<Source>, problems: &mut Vec<Problem>) -> Vec<Detection> {
    let parsed = sigma::parse(source);
    // An error condemns the document that it stands in, not its neighbours.
    let errors: Vec<_> = parsed.diagnostics.iter().filter(|said| said.severity == Severity::Error).collect();
    let is_sound = |rule: &Rule| {
        !errors.iter().any(|error| rule.span.start <= error.span.start && error.span.start <= rule.span.end)
    };
    let is_one = parsed.tree.len() == 1;
    let numbered = parsed.tree.iter().enumerate().filter(|(_, rule)| is_sound(rule));
    let detections = numbered.map(|(index, rule)| {
        let number = if is_one { String::new() } else { format!("#{}", index + 1) };
        detection(source, rule.clone(), &number)
    });
    let detections = detections.collect();
    let said = parsed.diagnostics.into_iter();
    problems.extend(said.map(|diagnostic| Problem { source: source.clone(), diagnostic }));
    detections
}

fn detection(source: &Arc<Source>, rule: Rule, number: &str) -> Detection {
    let text = |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.value.clone());
    let texts = |texts: &[Spanned<String>]| texts.iter().map(|text| text.value.clone()).collect::<Vec<String>>();
    let tags = texts(&rule.tags);
    let id = text(&rule.id).unwrap_or_else(|| format!("{}{number}", stem(source.name())));
    Detection {
        title: text(&rule.title).unwrap_or_else(|| id.clone()),
        id,
        description: text(&rule.description).unwrap_or_default(),
        level: rule.level.as_ref().map_or(UNSAID_LEVEL, |level| level.value),
        confidence: None,
        status: rule.status.as_ref().map(|status| status.value),
        techniques: technique::techniques(tags.iter().map(String::as_str)),
        tags,
        authors: text(&rule.author).into_iter().collect(),
        references: texts(&rule.references),
        false_positives: texts(&rule.false_positives),
        variants: vec![Variant::sigma(source.clone(), vec![rule])],
        path: source.name().to_string(),
        package: None,
    }
}

/// The file's name without folder and ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
