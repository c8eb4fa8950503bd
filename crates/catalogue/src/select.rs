//! A selection: which of the loaded detections are to run.

use std::collections::HashSet;

use syntax::nearest::nearest;
use syntax::sigma::{Level, Status};

use crate::detection::Detection;

/// What a person asked for. The default takes all but deprecated and unsupported detections.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// At least this level.
    pub level: Option<Level>,
    /// Any of these: `attack.t1204` takes its sub-techniques too.
    pub tags: Vec<String>,
    /// Ids. A detection that is named runs whatever its status, unless `status` is given.
    pub only: Vec<String>,
    pub exclude: Vec<String>,
    /// Exactly these; none given: all but deprecated and unsupported.
    pub status: Vec<Status>,
}

/// What a selection comes to.
#[derive(Debug, Default)]
pub struct Chosen {
    pub detections: Vec<Detection>,
    /// Those that were not asked for, and the option that says so.
    pub left_out: Vec<(Detection, Reason)>,
    /// Ids and tags that name no detection: mistyped, most likely.
    pub unknown: Vec<Unknown>,
}

/// Why a detection is not to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    Level,
    Tags,
    Only,
    Exclude,
    Status,
}

/// A name that was asked for and is nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    pub asked: Reason,
    pub name: String,
    pub nearest: Option<String>,
}

impl Selection {
    pub fn apply(&self, detections: Vec<Detection>) -> Chosen {
        let mut chosen = Chosen { unknown: self.unknown(&detections), ..Chosen::default() };
        for detection in detections {
            match self.refuses(&detection) {
                Some(reason) => chosen.left_out.push((detection, reason)),
                None => chosen.detections.push(detection),
            }
        }
        // Who names a rule wants its findings; nor does a correlation that is not chosen stand for it.
        let ids: HashSet<String> = chosen.detections.iter().map(|detection| detection.id.clone()).collect();
        for detection in &mut chosen.detections {
            let is_named = self.only.iter().any(|id| same(id, &detection.id));
            detection.part_of.retain(|id| !is_named && ids.contains(id));
        }
        chosen
    }

    /// Why a detection is not taken; `None` where it is.
    pub fn refuses(&self, detection: &Detection) -> Option<Reason> {
        let named = |ids: &[String]| ids.iter().any(|id| same(id, &detection.id));
        let is_off = match detection.status {
            _ if !self.status.is_empty() => !detection.status.is_some_and(|status| self.status.contains(&status)),
            Some(Status::Deprecated | Status::Unsupported) => !named(&self.only),
            _ => false,
        };
        if !self.only.is_empty() && !named(&self.only) {
            Some(Reason::Only)
        } else if named(&self.exclude) {
            Some(Reason::Exclude)
        } else if is_off {
            Some(Reason::Status)
        } else if self.level.is_some_and(|least| detection.level < least) {
            Some(Reason::Level)
        } else if !self.tags.is_empty() && !self.tags.iter().any(|tag| has_tag(detection, tag)) {
            Some(Reason::Tags)
        } else {
            None
        }
    }

    fn unknown(&self, detections: &[Detection]) -> Vec<Unknown> {
        let mut unknown = Vec::new();
        for (asked, names) in [(Reason::Only, &self.only), (Reason::Exclude, &self.exclude)] {
            for name in names {
                if !detections.iter().any(|detection| same(name, &detection.id)) {
                    let nearest = nearest(name, detections.iter().map(|detection| detection.id.as_str()));
                    unknown.push(Unknown { asked, name: name.clone(), nearest: nearest.map(str::to_string) });
                }
            }
        }
        for name in &self.tags {
            if !detections.iter().any(|detection| has_tag(detection, name)) {
                let tags = detections.iter().flat_map(|detection| detection.tags.iter().map(String::as_str));
                let nearest = nearest(name, tags).map(str::to_string);
                unknown.push(Unknown { asked: Reason::Tags, name: name.clone(), nearest });
            }
        }
        unknown
    }
}

fn same(left: &str, right: &str) -> bool {
    left.trim().eq_ignore_ascii_case(right)
}

/// Whether a detection bears a tag or one beneath it. Older rules write tactics with underscores.
fn has_tag(detection: &Detection, wanted: &str) -> bool {
    let fold = |tag: &str| tag.trim().to_ascii_lowercase().replace('_', "-");
    let wanted = fold(wanted);
    detection
        .tags
        .iter()
        .map(|tag| fold(tag))
        .any(|tag| tag.strip_prefix(&wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use syntax::Source;

    use super::*;
    use crate::detection::Language;
    use crate::loose;

    fn detections() -> Vec<Detection> {
        let rule = |id: &str, head: &str| {
            let text = format!(
                "title: t\nid: {id}\n{head}logsource: {{product: windows}}\ndetection: {{a: {{x: 1}}, condition: a}}\n"
            );
            loose::read(Language::Sigma, &Arc::new(Source::new("r.yml", text)), &mut Vec::new()).detections.remove(0)
        };
        vec![
            rule("a", "level: high\nstatus: test\ntags: [attack.t1204.001, attack.privilege_escalation]\n"),
            rule("b", "level: low\ntags: [attack.t1204]\n"),
            rule("c", "level: critical\nstatus: deprecated\ntags: [attack.t12045]\n"),
            rule("d", ""),
        ]
    }

    fn ids(selection: Selection) -> String {
        let chosen = selection.apply(detections());
        assert_eq!(chosen.detections.len() + chosen.left_out.len(), 4);
        chosen.detections.iter().map(|detection| detection.id.as_str()).collect()
    }

    #[test]
    fn each_option_narrows() {
        let all = Selection::default;
        let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<String>>();
        assert_eq!(ids(all()), "abd");
        assert_eq!(ids(Selection { level: Some(Level::Medium), ..all() }), "ad");
        assert_eq!(ids(Selection { tags: names(&["attack.T1204"]), ..all() }), "ab");
        assert_eq!(ids(Selection { tags: names(&["attack.t1204.001"]), ..all() }), "a");
        assert_eq!(ids(Selection { tags: names(&["attack.privilege-escalation"]), ..all() }), "a");
        assert_eq!(ids(Selection { only: names(&["C", "b"]), ..all() }), "bc");
        assert_eq!(ids(Selection { exclude: names(&["a"]), ..all() }), "bd");
        assert_eq!(ids(Selection { status: vec![Status::Test, Status::Deprecated], ..all() }), "ac");
    }

    #[test]
    fn names_that_are_nowhere_are_said() {
        let selection = Selection { only: vec!["x".into()], tags: vec!["attack.t1205".into()], ..Selection::default() };
        let unknown = selection.apply(detections()).unknown;
        assert_eq!(unknown[0].name, "x");
        assert_eq!(unknown[1].nearest.as_deref(), Some("attack.t1204"));
    }
}
