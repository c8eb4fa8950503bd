//! Demands: what an event must hold to matter to anybody, where thousands ask at once.

use std::sync::Arc;

use crate::texts::Stands;
use crate::whole::Sought;

/// One of the ways in which an event may matter: by one of some texts in one of its fields, or for its whole text.
#[derive(Debug, Clone)]
pub struct Demand {
    /// Of which events it speaks, and where they have the texts.
    pub of: Arc<[Stands]>,
    /// Texts of which one stands there; `None` for events whose whole text is asked for.
    pub texts: Option<Arc<Sought>>,
}

/// What is demanded of the events of one kind.
#[derive(Debug)]
pub enum OfKind {
    /// Nothing: they all matter.
    All,
    /// One of these. Of no test, none of them matters.
    Some { tests: Vec<Test>, is_whole: bool },
}

/// That a text stands in a field.
#[derive(Debug)]
pub struct Test {
    pub field: String,
    /// An event will do too of which the field says nothing.
    pub or_lacking: bool,
    pub sought: Arc<Sought>,
}

impl OfKind {
    pub fn new(demands: &[Demand], channel: &str, event: i64) -> Self {
        let (mut tests, mut is_whole) = (Vec::new(), false);
        for demand in demands {
            for of in demand.of.iter().filter(|of| of.fits(channel, event)) {
                let Some(sought) = &demand.texts else {
                    is_whole = true;
                    continue;
                };
                if of.or_lacking && of.fields.is_empty() {
                    return OfKind::All;
                }
                let test =
                    |field: &String| Test { field: field.clone(), or_lacking: of.or_lacking, sought: sought.clone() };
                tests.extend(of.fields.iter().map(test));
            }
        }
        OfKind::Some { tests, is_whole }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(events: &[i64], fields: &[&str], or_lacking: bool) -> Arc<[Stands]> {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        let (channel, events) = (Some("Security".to_owned()), events.to_vec());
        Arc::new([Stands { channel, except: None, events, is_everywhere: false, fields, or_lacking }])
    }

    fn told(demands: &[Demand], channel: &str, event: i64) -> String {
        match OfKind::new(demands, channel, event) {
            OfKind::All => "all".to_owned(),
            OfKind::Some { tests, is_whole } => {
                let test = |test: &Test| format!("{}{}", test.field, if test.or_lacking { "?" } else { "" });
                let tests: Vec<String> = tests.iter().map(test).collect();
                format!("{}{}", tests.join(" "), if is_whole { " whole" } else { "" })
            }
        }
    }

    #[test]
    fn events_of_a_kind_matter_by_a_field_or_for_their_whole_text_or_anyway() {
        let sought = Sought::new(vec!["x".to_owned()]);
        let demands = [
            Demand { of: stands(&[1, 2], &["a", "b"], false), texts: Some(sought.clone()) },
            Demand { of: stands(&[2], &["c"], true), texts: Some(sought.clone()) },
            Demand { of: stands(&[3], &[], true), texts: Some(sought) },
            Demand { of: stands(&[], &[], false), texts: None },
        ];
        assert_eq!(told(&demands, "security", 1), "a b whole");
        assert_eq!(told(&demands, "Security", 2), "a b c? whole");
        assert_eq!(told(&demands, "Security", 3), "all");
        assert_eq!(told(&demands, "Security", 4), " whole");
        assert_eq!(told(&demands, "System", 1), "");
    }
}
