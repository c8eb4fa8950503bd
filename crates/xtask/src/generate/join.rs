//! Joins, lookups and unions of rows whose columns clash.

use super::Made;
use super::writer::Writer;

const KINDS: &[&str] = &[
    "",
    "inner",
    "innerunique",
    "leftouter",
    "rightouter",
    "fullouter",
    "leftanti",
    "rightanti",
    "leftsemi",
    "rightsemi",
    "anti",
    "leftantisemi",
    "rightantisemi",
];

impl Writer {
    pub fn combined_query(&mut self) -> Made {
        let left = self.small_datatable();
        let ours = std::mem::take(&mut self.columns);
        let right = self.small_datatable();
        let theirs = std::mem::take(&mut self.columns);
        let shared: Vec<&str> =
            ours.iter().filter(|column| theirs.contains(column)).map(|column| column.name.as_str()).collect();
        let pair = match (ours.first(), theirs.first()) {
            (Some(ours), Some(theirs)) => format!("$left.{} == $right.{}", ours.name, theirs.name),
            _ => String::new(),
        };
        let on = match shared.first() {
            Some(name) if !self.errs(3) => (*name).to_string(),
            _ => pair.clone(),
        };
        let (kind, text) = match self.dice.between(0, 6) {
            0..3 => {
                let how = self.word(KINDS);
                let kind = if how.is_empty() { String::new() } else { format!("kind={how} ") };
                let on = if self.dice.one_in(4) { format!("{on}, {pair}") } else { on };
                (format!("join {how}"), format!("{left} | join {kind}({right}) on {on}"))
            }
            3 => {
                let kind = self.word(&["", "kind=inner ", "kind=leftouter "]);
                ("lookup".into(), format!("{left} | lookup {kind}({right}) on {on}"))
            }
            4 => {
                let kind = self.word(&["", "kind=outer ", "kind=inner ", "withsource=src ", "isfuzzy=true "]);
                (format!("union {kind}"), format!("union {kind}({left}), ({right})"))
            }
            _ => {
                let third = self.small_datatable();
                let kind = self.word(&["", "kind=outer ", "kind=inner "]);
                (format!("union {kind}of three"), format!("{left} | union {kind}({right}), ({third})"))
            }
        };
        let kinds: Vec<String> = [&ours, &theirs]
            .map(|columns| {
                columns
                    .iter()
                    .map(|column| format!("{}:{}", column.name, column.kind.name()))
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .to_vec();
        Made { kind: format!("{kind} {}", kinds.join(" / ")), text }
    }
}
