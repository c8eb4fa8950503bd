//! The manifest of a package, `detection.toml`: everything that is known about a detection, each element typed.

use serde::{Deserialize, Deserializer, de};
use syntax::sigma::{Level, Status};
use toml::Spanned;

use crate::date::Date;
use crate::detection::{Confidence, Language};
use crate::period::Period;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub id: Spanned<String>,
    pub title: Spanned<String>,
    #[serde(default)]
    pub description: String,
    #[serde(deserialize_with = "level")]
    pub severity: Level,
    pub confidence: Option<Confidence>,
    #[serde(default, deserialize_with = "status")]
    pub status: Option<Status>,
    #[serde(default)]
    pub authors: Vec<String>,
    pub license: Option<String>,
    pub version: Option<Spanned<String>>,
    #[serde(default)]
    pub changelog: Vec<Change>,
    pub attack: Option<Attack>,
    /// Further tags, as Sigma writes them; those of `[attack]` are added by themselves.
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub platforms: Vec<String>,
    #[serde(default)]
    pub data_sources: Vec<String>,
    #[serde(default)]
    pub required_tables: Vec<String>,
    #[serde(default)]
    pub false_positives: Vec<FalsePositive>,
    #[serde(default)]
    pub blind_spots: Vec<String>,
    #[serde(default)]
    pub tuning: Vec<Tuning>,
    #[serde(default)]
    pub references: Vec<Spanned<String>>,
    #[serde(default)]
    pub related: Vec<Spanned<String>>,
    pub validated: Option<Validated>,
    pub variant: Variants,
}

/// One version of the package.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    pub version: Spanned<String>,
    pub date: Date,
    pub change: String,
}

/// Where the detection stands in ATT&CK.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attack {
    pub version: String,
    pub url: Option<String>,
    pub tactic: Named,
    pub technique: Named,
    pub subtechnique: Option<Named>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    pub id: Spanned<String>,
    pub name: Spanned<String>,
}

/// What fires and is no attack, with the test that shows it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FalsePositive {
    pub what: String,
    pub test: Option<Spanned<String>>,
}

/// A parameter that a house sets for itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    pub name: String,
    pub default: Option<String>,
    pub advice: String,
}

/// When the detection was last run over real data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validated {
    pub date: Date,
    pub data: String,
    pub findings_per_host_day: Spanned<f64>,
}

/// The variants that the manifest describes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variants {
    pub kql: Option<About>,
    pub aql: Option<About>,
    pub sigma: Option<About>,
}

impl Variants {
    pub fn about(&self, language: Language) -> Option<&About> {
        match language {
            Language::Kql => self.kql.as_ref(),
            Language::Aql => self.aql.as_ref(),
            Language::Sigma => self.sigma.as_ref(),
        }
    }
}

/// What is said of one variant, for these differ by platform.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    pub platform: String,
    pub file: Option<Spanned<String>>,
    #[serde(default)]
    pub summary: String,
    #[serde(default)]
    pub data_sources: Vec<String>,
    #[serde(default)]
    pub tables: Vec<String>,
    #[serde(default)]
    pub false_positives: Vec<String>,
    #[serde(default)]
    pub tuning: Vec<String>,
    pub frequency: Option<Period>,
    pub lookback: Option<Period>,
    #[serde(default)]
    pub entities: Entities,
}

/// Which columns of the variant's result name what.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entities {
    pub time: Option<String>,
    pub host: Option<String>,
    pub device: Option<String>,
    pub user: Option<String>,
    pub domain: Option<String>,
    pub process: Option<String>,
    pub command_line: Option<String>,
    pub parent: Option<String>,
    pub file: Option<String>,
    pub hash: Option<String>,
    pub url: Option<String>,
    pub address: Option<String>,
    pub registry_key: Option<String>,
}

fn level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Level, D::Error> {
    const NAMES: &[&str] = &["informational", "low", "medium", "high", "critical"];
    let name = String::deserialize(deserializer)?;
    Level::from_name(&name).ok_or_else(|| de::Error::unknown_variant(&name, NAMES))
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Status>, D::Error> {
    const NAMES: &[&str] = &["stable", "test", "experimental", "deprecated", "unsupported"];
    let name = String::deserialize(deserializer)?;
    Status::from_name(&name).map(Some).ok_or_else(|| de::Error::unknown_variant(&name, NAMES))
}
