//! Reference data: sets, maps and tables, and what is known of assets, networks and places, from files that the user gives.
//!
//! A set is a list of values; a map has a key and a value a row; of a table the first row names the columns and the first
//! column is the key. Assets, networks and places are tables of the names `assets`, `networks` and `geo`; what a console
//! calls its own ids are tables of names such as `rules`.

use datafusion_expr::{Expr as Plan, lit};
use functions::Type;
use functions::lookup::Lookup;
use functions::predicate::{Match, Shape};
use functions::scalar;
use serde_json::Value as Json;
use syntax::Span;
use syntax::aql::tree::{Call, Expr, ExprKind};

use super::condition::Test;
use super::scope::Place;
use super::value::Value;
use super::{Binder, messages};
use crate::list::{self, Format};

/// How many values a set may have: each is a part of the plan.
const MAX_SET: usize = 100_000;
/// Between a key and its value, where the two are one text.
const BETWEEN: &str = "\u{1}";

/// What a file holds: a header, which only tables have for one, and rows.
struct Rows {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// A table that a function reads without naming it, and which of its columns.
struct Known {
    table: &'static str,
    column: Option<&'static str>,
    of_networks: bool,
}

impl Binder<'_> {
    /// A function that reads reference data; `None` where it is none, or where no file is given for it.
    pub(super) fn reference(&mut self, name: &str, call: &Call, place: Place<'_, '_>) -> Option<Option<Value>> {
        let args = call.args.as_slice();
        let span = call.name.span;
        Some(match (name, args) {
            ("REFERENCESETCONTAINS", [set, value, ..]) => {
                let rows = self.given(set, span)?;
                rows.and_then(|rows| self.is_in_set(&rows, value, span, place))
            }
            ("REFERENCEMAP", [map, key, ..]) => {
                let rows = self.given(map, span)?;
                rows.and_then(|rows| self.looked_up(Lookup::of_keys(pairs(rows, 0, 1)), key, place))
            }
            ("REFERENCEMAPSETCONTAINS", [map, key, value, ..]) => {
                let rows = self.given(map, span)?;
                rows.and_then(|rows| self.is_in_map(&rows, key, value, span, place))
            }
            ("REFERENCETABLE", [table, column, key, ..]) => {
                let rows = self.given(table, span)?;
                rows.and_then(|rows| self.in_table(rows, column, key, false, place))
            }
            _ => {
                let known = known(name)?;
                let (column, address) = match (known.column, args) {
                    (None, [column, address, ..]) if name == "ASSETPROPERTY" => (Some(column), address),
                    (None, [address, column, ..]) => (Some(column), address),
                    (Some(_), [address, ..]) => (None, address),
                    _ => return None,
                };
                let rows = self.file(known.table, span)?;
                rows.and_then(|rows| {
                    let named;
                    let column = match (known.column, column) {
                        (Some(name), _) => {
                            named = Expr { kind: ExprKind::Text(name.to_owned()), span };
                            &named
                        }
                        (None, column) => column?,
                    };
                    self.in_table(rows, column, address, known.of_networks, place)
                })
            }
        })
    }

    /// The file of the name that a literal gives.
    fn given(&mut self, name: &Expr, span: Span) -> Option<Option<Rows>> {
        match &name.kind {
            ExprKind::Text(text) => self.file(text, span),
            _ => Some(self.fail(messages::needs_literal(name.span, "the name of reference data, which comes first,"))),
        }
    }

    /// `None` where no file is given; `Some(None)` where it cannot be read, which was said.
    fn file(&mut self, name: &str, span: Span) -> Option<Option<Rows>> {
        Some(match self.tables.list(name)? {
            Ok(text) => match read(&text) {
                Some(rows) => Some(rows),
                None => self.fail(messages::bad_reference(span, name, "it is neither lines, CSV nor JSON")),
            },
            Err(why) => self.fail(messages::bad_reference(span, name, &why)),
        })
    }

    fn is_in_set(&mut self, rows: &Rows, value: &Expr, span: Span, place: Place<'_, '_>) -> Option<Value> {
        let values = rows.rows.iter().filter_map(|row| row.first());
        let all: Vec<String> = rows.header.first().into_iter().chain(values).cloned().collect();
        if all.len() > MAX_SET {
            return self.fail(messages::too_many_values(span, MAX_SET));
        }
        let text = self.value(value, place)?.cast(Type::String);
        let test = Test::Plain(Match::rule(Shape::Equals).case_sensitive(true).literal(text.clone(), all));
        Some(Value::new(self.known(test, &[&text], true).call(), Type::Bool))
    }

    fn is_in_map(&mut self, rows: &Rows, key: &Expr, value: &Expr, span: Span, place: Place<'_, '_>) -> Option<Value> {
        let both = |row: &Vec<String>| Some(format!("{}{BETWEEN}{}", row.first()?, row.get(1)?));
        let all: Vec<String> = std::iter::once(&rows.header).chain(&rows.rows).filter_map(both).collect();
        if all.len() > MAX_SET {
            return self.fail(messages::too_many_values(span, MAX_SET));
        }
        let (key, value) = (self.value(key, place)?, self.value(value, place)?);
        let between = Value::new(lit(BETWEEN), Type::String);
        let text = self.apply(scalar::aql("CONCAT")?, "CONCAT", span, vec![key, between, value])?.expr;
        Some(Value::new(Match::rule(Shape::Equals).case_sensitive(true).literal(text, all), Type::Bool))
    }

    fn in_table(
        &mut self,
        rows: Rows,
        column: &Expr,
        key: &Expr,
        of_networks: bool,
        place: Place<'_, '_>,
    ) -> Option<Value> {
        let ExprKind::Text(name) = &column.kind else {
            return self.fail(messages::needs_literal(column.span, "the column of reference data"));
        };
        let found = rows.header.iter().position(|known| known.eq_ignore_ascii_case(name));
        let Some(index) = found else {
            return self.fail(messages::no_reference_column(column.span, name, &rows.header));
        };
        let pairs = pairs(Rows { header: Vec::new(), ..rows }, 0, index);
        let lookup = match of_networks {
            true => match Lookup::of_networks(pairs) {
                Ok(lookup) => lookup,
                Err(network) => return self.fail(messages::bad_network(key.span, &network)),
            },
            false => Lookup::of_keys(pairs),
        };
        self.looked_up(lookup, key, place)
    }

    fn looked_up(&mut self, lookup: Lookup, key: &Expr, place: Place<'_, '_>) -> Option<Value> {
        let key: Plan = self.value(key, place)?.cast(Type::String);
        Some(Value::new(lookup.call(key), Type::String))
    }
}

fn known(name: &str) -> Option<Known> {
    let (table, column, of_networks) = match name {
        "APPLICATIONNAME" => ("applications", Some("name"), false),
        "DOMAINNAME" => ("domains", Some("name"), false),
        "HOSTNAME" => ("managedhosts", Some("name"), false),
        "LOGSOURCEGROUPNAME" => ("groups", Some("name"), false),
        "PROCESSORNAME" => ("processors", Some("name"), false),
        "QIDDESCRIPTION" => ("qids", Some("description"), false),
        "RULENAME" => ("rules", Some("name"), false),
        "ASSETHOSTNAME" => ("assets", Some("hostname"), false),
        "ASSETUSER" => ("assets", Some("user"), false),
        "ASSETPROPERTY" => ("assets", None, false),
        "NETWORKNAME" => ("networks", Some("name"), true),
        "FULLNETWORKNAME" => ("networks", Some("fullname"), true),
        "GEO::LOOKUP" | "GEO::LOOKUP_TEXT" => ("geo", None, true),
        _ => return None,
    };
    Some(Known { table, column, of_networks })
}

/// The values of two columns; a map has no header, so that its first row counts.
fn pairs(rows: Rows, key: usize, value: usize) -> impl Iterator<Item = (String, String)> {
    let all = std::iter::once(rows.header).chain(rows.rows);
    all.filter_map(move |row| Some((row.get(key)?.clone(), row.get(value)?.clone())))
}

/// Lines, CSV, or JSON: an array of values or of objects, or what QRadar's own interface gives of a set or map.
fn read(text: &str) -> Option<Rows> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['[', '{']) {
        return objects(&serde_json::from_str(text).ok()?);
    }
    let list::Rows::ByPlace(rows) = list::rows(text, Format::Separated(b','))? else { return None };
    let mut rows = rows.into_iter();
    Some(Rows { header: rows.next().unwrap_or_default(), rows: rows.collect() })
}

fn objects(json: &Json) -> Option<Rows> {
    match json {
        Json::Array(items) => {
            let first = items.first().and_then(Json::as_object);
            let header: Vec<String> = first.map(|object| object.keys().cloned().collect()).unwrap_or_default();
            let row = |item: &Json| match item {
                // An element of a set has its value beside when it was seen.
                Json::Object(object) if object.contains_key("first_seen") => {
                    object.get("value").map(|value| vec![plain(value)])
                }
                Json::Object(object) => {
                    Some(header.iter().map(|name| object.get(name).map(plain).unwrap_or_default()).collect())
                }
                item => Some(vec![plain(item)]),
            };
            let rows: Vec<Vec<String>> = items.iter().map(row).collect::<Option<_>>()?;
            let is_set = first.is_none_or(|object| object.contains_key("first_seen"));
            Some(Rows { header: if is_set { Vec::new() } else { header }, rows })
        }
        Json::Object(object) => match object.get("data")? {
            // A map: each key with an element, or with several.
            Json::Object(pairs) => {
                let element = |value: &Json| plain(value.get("value").unwrap_or(value));
                let row = |(key, value): (&String, &Json)| match value {
                    Json::Array(values) => values.iter().map(|value| vec![key.clone(), element(value)]).collect(),
                    value => vec![vec![key.clone(), element(value)]],
                };
                Some(Rows { header: Vec::new(), rows: pairs.iter().flat_map(row).collect() })
            }
            items => objects(items),
        },
        _ => None,
    }
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let rows = read(text).unwrap();
        std::iter::once(rows.header).chain(rows.rows).filter(|row| !row.is_empty()).map(|row| row.join("=")).collect()
    }

    #[test]
    fn a_file_is_lines_csv_or_json() {
        assert_eq!(all("a\nb\n"), ["a", "b"]);
        assert_eq!(all("ip,name\n10.0.0.1,\"a,b\"\n"), ["ip=name", "10.0.0.1=a,b"]);
        assert_eq!(all(r#"["a", 5]"#), ["a", "5"]);
        assert_eq!(all(r#"[{"ip":"10.0.0.1","name":"a"}]"#), ["ip=name", "10.0.0.1=a"]);
        assert_eq!(
            all(r#"{"name":"s","data":[{"first_seen":1,"value":"a"},{"first_seen":2,"value":"b"}]}"#),
            ["a", "b"]
        );
        assert_eq!(
            all(r#"{"data":{"k":{"first_seen":1,"value":"v"},"l":[{"value":"x"},{"value":"y"}]}}"#),
            ["k=v", "l=x", "l=y"]
        );
        assert!(read("{").is_none() && read("{}").is_none());
    }
}
