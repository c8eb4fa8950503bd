//! A detection: what is looked for, in one language or several, with what is known about it.

use std::sync::Arc;

use serde::Deserialize;
use syntax::sigma::{About, Correlation, Level, Rule, Status};
use syntax::{Source, sigma};

use crate::correlated::Correlated;
use crate::package::Package;
use crate::period::Period;

/// One detection, from a package or from a loose file.
#[derive(Debug, Clone)]
pub struct Detection {
    /// The package's id, a Sigma rule's `id`, or the file's name without its ending.
    pub id: String,
    pub title: String,
    pub description: String,
    /// What says nothing about its level counts as [`UNSAID_LEVEL`].
    pub level: Level,
    pub confidence: Option<Confidence>,
    pub status: Option<Status>,
    /// As Sigma writes them: `attack.execution`, `attack.t1204.001`.
    pub tags: Vec<String>,
    /// `T1204.001`.
    pub techniques: Vec<String>,
    pub authors: Vec<String>,
    pub references: Vec<String>,
    pub false_positives: Vec<String>,
    pub variants: Vec<Variant>,
    /// The ids of correlations that it runs for: where any of them can run it gives no findings of its own.
    pub part_of: Vec<String>,
    /// The file or package folder that it came from.
    pub path: String,
    /// All else that a package holds.
    pub package: Option<Arc<Package>>,
}

/// Queries carry no level: they are neither hidden by `--level medium` nor shown as if somebody had weighed them.
pub const UNSAID_LEVEL: Level = Level::Medium;

/// A detection in one language.
#[derive(Debug, Clone)]
pub struct Variant {
    pub language: Language,
    pub source: Arc<Source>,
    /// A Sigma variant is parsed already: each rule is bound by itself, and what any of them finds the variant finds. Empty for
    /// the other languages.
    pub rules: Vec<sigma::Rule>,
    /// Of a loose file one, which has no rules of its own but those that it names; of a package those of its file.
    pub correlations: Vec<Arc<Correlated>>,
    pub frequency: Option<Period>,
    pub lookback: Option<Period>,
}

impl Variant {
    pub(crate) fn query(language: Language, source: Arc<Source>) -> Self {
        Variant { language, source, rules: Vec::new(), correlations: Vec::new(), frequency: None, lookback: None }
    }

    pub(crate) fn sigma(source: Arc<Source>, rules: Vec<Rule>) -> Self {
        Variant { rules, ..Variant::query(Language::Sigma, source) }
    }

    /// Its rules, those that its correlations were linked with counted in.
    pub fn rules_mut(&mut self) -> Vec<&mut Rule> {
        let mut rules: Vec<&mut Rule> = self.rules.iter_mut().collect();
        let linked = self.correlations.iter_mut().filter(|one| !one.members.is_empty());
        linked.for_each(|one| rules.extend(Arc::make_mut(one).rules_mut()));
        rules
    }

    /// What a rule or a correlation says of itself.
    pub(crate) fn about(&self) -> Option<&About> {
        match self.correlations.first() {
            Some(correlated) => Some(&correlated.correlation.about),
            None => self.rules.first().map(|rule| &rule.about),
        }
    }

    /// Without its members, which may stand in files that are still to be read.
    pub(crate) fn correlation(source: Arc<Source>, correlation: Correlation) -> Self {
        let correlated = Correlated { source: source.clone(), correlation, members: Vec::new() };
        Variant { correlations: vec![Arc::new(correlated)], ..Variant::query(Language::Sigma, source) }
    }
}

impl Detection {
    /// Its rules, those that its correlations were linked with counted in.
    pub(crate) fn rules_mut(&mut self) -> Vec<&mut Rule> {
        self.variants.iter_mut().flat_map(Variant::rules_mut).collect()
    }

    /// Its package lists findings that the house allows.
    pub fn has_exceptions(&self) -> bool {
        let exceptions = self.package.as_ref().and_then(|package| package.exceptions.as_ref());
        exceptions.is_some_and(|exceptions| !exceptions.list.is_empty())
    }

    pub fn variant(&self, language: Language) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.language == language)
    }
}

/// The language of a query or rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    Kql,
    Aql,
    Sigma,
}

/// What begins an operator of KQL, of those that most queries have.
const PIPED: [&str; 12] =
    ["where", "project", "extend", "summarize", "take", "limit", "sort", "order", "top", "count", "distinct", "join"];

impl Language {
    pub const ALL: [Language; 3] = [Language::Kql, Language::Aql, Language::Sigma];

    pub fn name(self) -> &'static str {
        match self {
            Language::Kql => "kql",
            Language::Aql => "aql",
            Language::Sigma => "sigma",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Language::ALL.into_iter().find(|language| language.name().eq_ignore_ascii_case(name))
    }

    /// The language that a text looks like: AQL begins as no KQL does, Sigma has keys of its own, KQL has operators behind pipes.
    pub fn of_text(text: &str) -> Option<Self> {
        let lines = || text.lines().map(str::trim_start);
        let first = lines().find(|line| !line.is_empty() && !line.starts_with("--")).unwrap_or("");
        let word = first.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
        let has = |key: &str| lines().any(|line| line.starts_with(key));
        let piped = || text.split('|').skip(1).filter_map(|part| part.split_whitespace().next());
        if word.eq_ignore_ascii_case("select") {
            Some(Language::Aql)
        } else if has("detection:") && has("logsource:") || has("correlation:") && has("title:") {
            Some(Language::Sigma)
        } else if piped().any(|word| PIPED.contains(&word)) || word == "let" {
            Some(Language::Kql)
        } else {
            None
        }
    }

    /// The language of a file by the ending of its name.
    pub fn from_file_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "kql" => Some(Language::Kql),
            "aql" => Some(Language::Aql),
            "yml" | "yaml" => Some(Language::Sigma),
            _ => None,
        }
    }
}

/// How sure a match is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}
