//! The answer of a search, of which an export may hold a part only: how many hits it says there are, and whether it waited for all.

use serde_json::Value;

/// What answers say beside their hits.
#[derive(Debug, Default)]
pub struct Answer {
    /// The hits that there are.
    pub hits: u64,
    /// How many one of them found, and whether it counted no further.
    total: Option<(u64, bool)>,
    timed_out: bool,
    failed_shards: u64,
}

impl Answer {
    pub fn set_total(&mut self, json: &[u8]) {
        let Ok(value) = serde_json::from_slice::<Value>(json) else { return };
        // Before version 7 it was the number alone.
        let number = value.get("value").unwrap_or(&value).as_u64();
        let is_least = value.get("relation").is_some_and(|relation| relation == "gte");
        let total = number.map(|number| (number, is_least));
        self.total = self.total.max(total);
    }

    pub fn set_timed_out(&mut self, json: &[u8]) {
        self.timed_out |= json.trim_ascii() == b"true";
    }

    pub fn set_shards(&mut self, json: &[u8]) {
        let value: Value = serde_json::from_slice(json).unwrap_or_default();
        let failed = value.get("failed").and_then(Value::as_u64).unwrap_or(0);
        self.failed_shards = self.failed_shards.max(failed);
    }

    /// Why not all that was sought may be there.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Some((total, is_least)) = self.total.filter(|(total, _)| *total > self.hits) {
            let least = if is_least { "at least " } else { "" };
            remarks.push(format!("the export is a part: {} of {least}{total} hits are in it", self.hits));
        }
        if self.timed_out {
            remarks.push("the search that it is the answer of had timed out, so hits may be missing".to_owned());
        }
        if self.failed_shards > 0 {
            let shards = if self.failed_shards == 1 { "shard" } else { "shards" };
            remarks.push(format!("{} {shards} of the index failed, whose hits are missing", self.failed_shards));
        }
        remarks
    }
}

#[cfg(test)]
mod tests {
    use crate::trial::{Folder, read};

    #[test]
    fn an_export_that_is_a_part_says_so() {
        let hit =
            r#"{"_index":"x","_source":{"@timestamp":"2024-03-01T10:00:00Z","winlog":{"channel":"A","event_id":1}}}"#;
        let said = |head: &str, total: &str| {
            let text = format!(r#"{{"took":1,{head}"hits":{{"total":{total},"hits":[{hit},{hit}]}}}}"#);
            let (_, report) = read(&Folder::new().with("a.json", text).evidence(), &[]);
            assert_eq!((report.events(), report.damaged_records()), (2, 0));
            report.files[0].describe()
        };
        assert_eq!(
            said(r#""timed_out":false,"_shards":{"total":5,"failed":0},"#, r#"{"value":2,"relation":"eq"}"#),
            None
        );
        assert_eq!(said("", "2"), None);
        let part = |total: &str| Some(format!("the export is a part: 2 of {total} hits are in it"));
        assert_eq!(said("", "7"), part("7"));
        assert_eq!(said("", r#"{"value":10000,"relation":"gte"}"#), part("at least 10000"));
        let timed_out = "the search that it is the answer of had timed out, so hits may be missing";
        let failed = "1 shard of the index failed, whose hits are missing";
        assert_eq!(
            said(r#""timed_out":true,"_shards":{"total":5,"failed":1},"#, "2").as_deref(),
            Some(format!("{timed_out}; {failed}").as_str())
        );
    }
}
