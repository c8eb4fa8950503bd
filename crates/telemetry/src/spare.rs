//! What can be spared: fields that are asked for only of events of which others say nothing.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use functions::several;

use crate::sieve::says_nothing;
use crate::texts::Stands;

/// Fields that nobody asks for of an event of which each of some columns has its own text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spare {
    pub fields: Vec<String>,
    /// Of each column where events have it.
    pub unless: Vec<Arc<[Stands]>>,
}

impl Spare {
    /// Whether all of some events of one kind say what they have to; `column`: a field of them.
    pub(crate) fn is_spared(&self, channel: &str, event: i64, column: impl Fn(&str) -> Option<ArrayRef>) -> bool {
        let is_said = |field: &String| column(field).is_some_and(|texts| all_say(&texts));
        let is_told = |stands: &Arc<[Stands]>| {
            let mut fitting = stands.iter().filter(|stands| stands.fits(channel, event)).peekable();
            fitting.peek().is_some()
                && fitting.all(|stands| !stands.fields.is_empty() && stands.fields.iter().all(is_said))
        };
        !self.unless.is_empty() && self.unless.iter().all(is_told)
    }
}

/// Whether each row has one text that says something.
fn all_say(texts: &ArrayRef) -> bool {
    let says = |text: Option<&str>| text.is_some_and(|text| !says_nothing(text.as_bytes()) && !several::are_in(text));
    texts.as_string_opt::<i32>().is_some_and(|texts| texts.iter().all(says))
}

#[cfg(test)]
mod tests {
    use arrow::array::StringArray;

    use super::*;

    #[test]
    fn a_field_is_spared_where_all_rows_say_what_it_stands_for() {
        let stands = |event: i64, field: &str| Stands {
            channel: Some("Sysmon".to_owned()),
            events: vec![event],
            is_everywhere: false,
            ..Stands::anywhere(field)
        };
        let spare = Spare {
            fields: vec!["ParentProcessGuid".to_owned()],
            unless: vec![Arc::from([stands(1, "ParentImage"), stands(3, "Image")])],
        };
        let spares = |event: i64, texts: &[Option<&str>]| {
            let texts: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
            spare.is_spared("sysmon", event, |field| (field == "ParentImage").then(|| texts.clone()))
        };
        assert!(spares(1, &[Some("C:\\a.exe"), Some("b")]));
        for lacking in [None, Some(""), Some("C:\\"), Some("\u{fdd0}a\u{fdd0}b")] {
            assert!(!spares(1, &[Some("C:\\a.exe"), lacking]), "{lacking:?}");
        }
        assert!(!spares(3, &[Some("a")]) && !spares(7, &[Some("a")]));
        assert!(!Spare { unless: Vec::new(), ..spare.clone() }.is_spared("sysmon", 1, |_| None));
    }
}
