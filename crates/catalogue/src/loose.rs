//! Loose files: a query, or rules, correlations and filters of Sigma, without a package.

use std::sync::Arc;

use syntax::Source;
use syntax::sigma::{self, About, Documents, Filter, Spanned};

use crate::detection::{Detection, Language, UNSAID_LEVEL, Variant};
use crate::load::Problem;
use crate::{messages, technique};

/// What a file holds: one detection of a query, one for each rule and correlation of a rule file, and its filters.
#[derive(Debug, Default)]
pub(crate) struct Loose {
    pub detections: Vec<Detection>,
    pub filters: Vec<(Arc<Source>, Filter)>,
}

pub(crate) fn read(language: Language, source: &Arc<Source>, problems: &mut Vec<Problem>) -> Loose {
    match language {
        Language::Sigma => rules(source, problems),
        _ => Loose { detections: query(language, source, problems), ..Loose::default() },
    }
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
        part_of: Vec::new(),
        path: source.name().to_string(),
        package: None,
    }]
}

fn rules(source: &Arc<Source>, problems: &mut Vec<Problem>) -> Loose {
    let parsed = sigma::parse(source);
    let Documents { rules, correlations, filters } = parsed.tree;
    let rules = rules
        .into_iter()
        .map(|rule| (rule.span, !rule.is_broken, rule.about.clone(), Variant::sigma(source.clone(), vec![rule])));
    let correlations = correlations
        .into_iter()
        .map(|found| (found.span, !found.is_broken, found.about.clone(), Variant::correlation(source.clone(), found)));
    let mut documents: Vec<_> = rules.chain(correlations).collect();
    documents.sort_by_key(|(span, ..)| span.start);
    let is_one = documents.len() == 1;
    let numbered = documents.into_iter().enumerate().filter(|(_, (_, is_sound, ..))| *is_sound);
    let detections = numbered.map(|(index, (_, _, about, variant))| {
        let number = if is_one { String::new() } else { format!("#{}", index + 1) };
        detection(source, &about, variant, &number)
    });
    let detections = detections.collect();
    let filters = filters.into_iter().filter(|filter| !filter.is_broken);
    let filters = filters.map(|filter| (source.clone(), filter)).collect();
    let said = parsed.diagnostics.into_iter();
    problems.extend(said.map(|diagnostic| Problem { source: source.clone(), diagnostic }));
    Loose { detections, filters }
}

fn detection(source: &Arc<Source>, about: &About, variant: Variant, number: &str) -> Detection {
    let text = |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.value.clone());
    let texts = |texts: &[Spanned<String>]| texts.iter().map(|text| text.value.clone()).collect::<Vec<String>>();
    let tags = texts(&about.tags);
    let id = text(&about.id).unwrap_or_else(|| format!("{}{number}", stem(source.name())));
    Detection {
        title: text(&about.title).unwrap_or_else(|| id.clone()),
        id,
        description: text(&about.description).unwrap_or_default(),
        level: about.level.as_ref().map_or(UNSAID_LEVEL, |level| level.value),
        confidence: None,
        status: about.status.as_ref().map(|status| status.value),
        techniques: technique::techniques(tags.iter().map(String::as_str)),
        tags,
        authors: text(&about.author).into_iter().collect(),
        references: texts(&about.references),
        false_positives: texts(&about.false_positives),
        variants: vec![variant],
        part_of: Vec::new(),
        path: source.name().to_string(),
        package: None,
    }
}

/// The file's name without folder and ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
