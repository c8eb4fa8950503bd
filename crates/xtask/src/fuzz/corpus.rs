//! What the fuzzer begins with: made queries, and the texts of the detections that are shipped.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::dice::Dice;
use crate::generate;

pub struct Corpus {
    seed: u64,
    /// Whether queries can be made besides.
    is_made: bool,
    texts: Vec<String>,
}

impl Corpus {
    pub fn of(language: &str, seed: u64) -> Result<Corpus> {
        let ending = if language == "sigma" { "yml" } else { language };
        let mut texts = Vec::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for folder in ["detections", "spec"] {
            find(&root.join(folder), ending, &mut texts)?;
        }
        texts.sort();
        Ok(Corpus { seed, is_made: language == "kql", texts })
    }

    pub fn text(&self, dice: &mut Dice) -> String {
        if self.is_made && !dice.one_in(4) {
            return generate::query(self.seed, dice.next() >> 20).text;
        }
        let texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        dice.pick(&texts).unwrap_or_default().to_string()
    }
}

fn find(folder: &Path, ending: &str, found: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, ending, found)?;
        } else if path.extension().is_some_and(|known| known == ending) {
            found.push(fs::read_to_string(&path)?);
        } else if path.extension().is_some_and(|known| known == "md") {
            found.extend(blocks(&fs::read_to_string(&path)?, ending));
        }
    }
    Ok(())
}

/// The code blocks of a page in this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let names: &[&str] = if language == "yml" { &["sigma", "rules"] } else { &[language] };
    let parts = page.split("```").skip(1).step_by(2);
    let text = |block: &str| {
        let body = names.iter().find_map(|name| block.strip_prefix(name))?;
        Some(body.split_once('\n')?.1.to_string())
    };
    parts.filter_map(text).collect()
}
