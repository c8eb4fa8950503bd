//! Wrappings: what may stand around the records of a JSON file, as the ways that lead to them.

/// Keys that lead from the outermost object to the list of records.
pub type Wrapping = &'static [&'static str];

/// No object stands around the records, at most a list.
pub const NONE: Wrapping = &[];
/// The answer of the Log Analytics API: tables whose rows are lists of values.
pub const TABLES: Wrapping = &["tables", "rows"];
/// QRadar names the list after the database that was asked.
pub const EVENTS: Wrapping = &["events"];
pub const FLOWS: Wrapping = &["flows"];
/// An answer of trapline's own, whose columns stand before its rows.
pub const ANSWER: Wrapping = &["rows"];
/// The answer of a search of Elasticsearch.
pub const HITS: Wrapping = &["hits", "hits"];

const WRAPPINGS: [Wrapping; 9] =
    [TABLES, EVENTS, FLOWS, HITS, &["Results"], &["results"], &["records"], &["Records"], &["value"]];

/// The wrapping that the beginning of an object shows; `None` where the object is a record itself.
pub fn of(text: &[u8]) -> Option<Wrapping> {
    let mut keys = Keys { text, at: 0 };
    keys.open()?;
    while let Some(key) = keys.key() {
        for wrapping in WRAPPINGS {
            let Some((first, rest)) = wrapping.split_first() else { continue };
            if key != first.as_bytes() {
                continue;
            }
            match (keys.peek(), rest) {
                (Some(b'['), []) if keys.holds(b"{[]") => return Some(wrapping),
                (Some(b'['), ["rows"]) if keys.holds(b"{]") => return Some(wrapping),
                (Some(b'{'), [second]) => {
                    let mut inner = Keys { text, at: keys.at };
                    inner.open()?;
                    while let Some(key) = inner.key() {
                        if key == second.as_bytes() && inner.peek() == Some(b'[') {
                            return Some(wrapping);
                        }
                        inner.skip()?;
                    }
                }
                _ => {}
            }
        }
        keys.skip()?;
    }
    None
}

/// Walks the keys of one object, as far as the text goes.
struct Keys<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Keys<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace() || byte == b',') {
            self.at += 1;
        }
    }

    fn open(&mut self) -> Option<()> {
        self.space();
        (self.peek()? == b'{').then(|| self.at += 1)
    }

    /// The next key; the place is then that of its value.
    fn key(&mut self) -> Option<&'t [u8]> {
        self.space();
        if self.peek()? != b'"' {
            return None;
        }
        let start = self.at + 1;
        self.skip()?;
        let key = self.text.get(start..self.at.checked_sub(1)?)?;
        self.space();
        if self.peek()? != b':' {
            return None;
        }
        self.at += 1;
        self.space();
        Some(key)
    }

    fn skip(&mut self) -> Option<()> {
        match super::scan::Scan::default().run(self.text, self.at) {
            super::scan::Outcome::Done(end) => {
                self.at = end;
                Some(())
            }
            _ => None,
        }
    }

    /// Whether the list here begins with one of these, or the text ends.
    fn holds(&self, first: &[u8]) -> bool {
        let rest = self.text.get(self.at + 1..).unwrap_or_default().trim_ascii_start();
        rest.first().is_none_or(|byte| first.contains(byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_records_is_found_within_what_stands_around_it() {
        for (text, wrapping) in [
            (r#"{"events":[{"#, Some(EVENTS)),
            (r#" {"Stats":{"x":[1]},"Schema":[{"Name":"a"}],"Results" : [ {"a":1}]}"#, Some(&["Results"][..])),
            (r#"{"took":1,"hits":{"total":{"value":1},"hits":[{"_index":"x"#, Some(&["hits", "hits"][..])),
            (r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"a"}],"rows":[[1]]}]}"#, Some(TABLES)),
            (r#"{"EventID":1,"data":["a"],"Channel":"x"}"#, None),
            (r#"{"EventID":1,"value":"x"}"#, None),
            (r#"{"EventID":1"#, None),
        ] {
            assert_eq!(of(text.as_bytes()), wrapping, "{text}");
        }
    }
}
