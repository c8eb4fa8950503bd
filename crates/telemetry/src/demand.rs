//! Demands: what an event must hold to matter to anybody, where thousands ask at once.

use std::sync::Arc;

use crate::texts::Stands;
use crate::whole::Sought;

/// One of the ways in which an event may matter.
#[derive(Debug, Clone)]
pub struct Demand {
    /// Of which events it speaks, and where they have what is asked about.
    pub of: Arc<[Stands]>,
    pub asks: Asks,
}

/// What is asked of an event.
#[derive(Debug, Clone)]
pub enum Asks {
    /// That one of these stands in one of its fields.
    Texts(Arc<Sought>),
    /// That a field lacks all of these: it does where what folds as they do is not plainly in it.
    Without(Arc<Sought>),
    /// That somebody asks for its whole text.
    Whole,
    Nothing,
}

/// What is demanded of the events of one kind.
#[derive(Debug)]
pub enum OfKind {
    /// Nothing: they all matter.
    All,
    /// One of these. Of no test, none of them matters.
    Some { tests: Vec<Test>, is_whole: bool },
}

/// That a text stands in a field, or that none does.
#[derive(Debug)]
pub struct Test {
    pub field: String,
    /// An event will do too of which the field says nothing.
    pub or_lacking: bool,
    pub is_without: bool,
    pub sought: Arc<Sought>,
}

impl OfKind {
    pub fn new(demands: &[Demand], channel: &str, event: i64) -> Self {
        let (mut tests, mut whole) = (Vec::new(), false);
        for demand in demands {
            for of in demand.of.iter().filter(|of| of.fits(channel, event)) {
                let is_any = of.or_lacking && of.fields.is_empty();
                let (sought, is_without) = match &demand.asks {
                    Asks::Nothing => return OfKind::All,
                    Asks::Whole => {
                        whole = true;
                        continue;
                    }
                    Asks::Texts(_) | Asks::Without(_) if is_any => return OfKind::All,
                    Asks::Texts(sought) => (sought, false),
                    Asks::Without(sought) => (sought, true),
                };
                let or_lacking = of.or_lacking;
                let test =
                    |field: &String| Test { field: field.clone(), or_lacking, is_without, sought: sought.clone() };
                tests.extend(of.fields.iter().map(test));
            }
        }
        OfKind::Some { tests, is_whole: whole }
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
                let signs = |test: &Test| [(test.is_without, "!"), (test.or_lacking, "?")];
                let sign = |test: &Test| {
                    signs(test).iter().filter(|(is_so, _)| *is_so).map(|(_, sign)| *sign).collect::<String>()
                };
                let test = |test: &Test| format!("{}{}", test.field, sign(test));
                let tests: Vec<String> = tests.iter().map(test).collect();
                format!("{}{}", tests.join(" "), if is_whole { " whole" } else { "" })
            }
        }
    }

    #[test]
    fn events_of_a_kind_matter_by_a_field_or_for_their_whole_text_or_anyway() {
        let sought = Sought::new(vec!["x".to_owned()]);
        let demands = [
            Demand { of: stands(&[1, 2], &["a", "b"], false), asks: Asks::Texts(sought.clone()) },
            Demand { of: stands(&[2], &["c"], true), asks: Asks::Texts(sought.clone()) },
            Demand { of: stands(&[3], &[], true), asks: Asks::Texts(sought.clone()) },
            Demand { of: stands(&[], &[], false), asks: Asks::Whole },
            Demand { of: stands(&[5], &["d"], false), asks: Asks::Without(sought) },
            Demand { of: stands(&[6], &[], false), asks: Asks::Nothing },
        ];
        assert_eq!(told(&demands, "security", 1), "a b whole");
        assert_eq!(told(&demands, "Security", 2), "a b c? whole");
        assert_eq!(told(&demands, "Security", 3), "all");
        assert_eq!(told(&demands, "Security", 4), " whole");
        assert_eq!(told(&demands, "Security", 5), "d! whole");
        assert_eq!(told(&demands, "Security", 6), "all");
        assert_eq!(told(&demands, "System", 1), "");
    }
}
