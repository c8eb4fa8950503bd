//! Reference data: sets, maps and tables, and what is known of assets, networks and places, from files that the user gives.
//!
//! A set is a list of values; a map has a key and a value a row; of a table the first row names the columns and the first
//! column is the key. Assets, networks and places are tables of the names `assets`, `networks` and `geo`; what a console
//! calls its own ids are tables of names such as `rules`.

mod element;
mod file;

use datafusion_expr::{Expr as Plan, lit};
use functions::Type;
use functions::lookup::Lookup;
use functions::predicate::{Match, Shape};
use functions::scalar;
use syntax::Span;
use syntax::aql::tree::{Call, Expr, ExprKind};

use self::element::Element;
use self::file::Rows;
use super::condition::Test;
use super::scope::Place;
use super::value::Value;
use super::{Binder, messages};

/// How many values a set may have: each is a part of the plan.
const MAX_SET: usize = 100_000;
/// Between a key and its value, where the two are one text.
const BETWEEN: &str = "\u{1}";

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
                rows.and_then(|rows| self.is_in_set(&rows, set, value, place))
            }
            ("REFERENCEMAP", [map, key, ..]) => {
                let rows = self.given(map, span)?;
                rows.and_then(|rows| self.looked_up(pairs(rows, 0, 1), map, key, place))
            }
            ("REFERENCEMAPSETCONTAINS", [map, key, value, ..]) => {
                let rows = self.given(map, span)?;
                rows.and_then(|rows| self.is_in_map(&rows, map, key, value, place))
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
            Ok(text) => match file::read(&text) {
                Some(rows) => {
                    if rows.header.is_empty() && rows.rows.is_empty() {
                        self.report(messages::empty_reference(span, name));
                    }
                    Some(rows)
                }
                None => self.fail(messages::bad_reference(span, name, "it is neither lines, CSV nor JSON")),
            },
            Err(why) => self.fail(messages::bad_reference(span, name, &why)),
        })
    }

    fn is_in_set(&mut self, rows: &Rows, set: &Expr, value: &Expr, place: Place<'_, '_>) -> Option<Value> {
        let values = rows.rows.iter().filter_map(|row| row.first());
        let all: Vec<&String> = rows.header.first().into_iter().chain(values).collect();
        if all.len() > MAX_SET {
            return self.fail(messages::too_many_values(set.span, MAX_SET));
        }
        let value = self.value(value, place)?;
        let element = rows.element.unwrap_or(Element::of(&value));
        let spelt: Vec<String> = all.iter().filter_map(|text| element.spelt(text)).collect();
        if spelt.is_empty() && !all.is_empty() {
            self.report(messages::no_such_elements(set.span, element.name()));
        }
        let text = element.spelling(value.clone());
        Some(self.is_held(text, spelt, &[&value]))
    }

    fn is_in_map(&mut self, rows: &Rows, map: &Expr, key: &Expr, value: &Expr, place: Place<'_, '_>) -> Option<Value> {
        let all: Vec<&Vec<String>> = std::iter::once(&rows.header).chain(&rows.rows).collect();
        if all.len() > MAX_SET {
            return self.fail(messages::too_many_values(map.span, MAX_SET));
        }
        let (key, value) = (self.value(key, place)?, self.value(value, place)?);
        let (of_key, of_value) = (Element::of(&key), rows.element.unwrap_or(Element::of(&value)));
        let fits = |row: &Vec<String>, at: usize, element: Element| row.get(at).and_then(|text| element.spelt(text));
        let is_filled = all.iter().any(|row| row.iter().any(|text| !text.is_empty()));
        for (at, element) in [(0, of_key), (1, of_value)] {
            if is_filled && !all.iter().any(|row| fits(row, at, element).is_some()) {
                self.report(messages::no_such_elements(map.span, element.name()));
                break;
            }
        }
        // What is missing is an empty text in CONCAT(), and no key nor value.
        let part = |row: &Vec<String>, at, element| fits(row, at, element).filter(|text| !text.is_empty());
        let both = |row: &&Vec<String>| Some(format!("{}{BETWEEN}{}", part(row, 0, of_key)?, part(row, 1, of_value)?));
        let spelt: Vec<String> = all.iter().filter_map(both).collect();
        let text = |expr| Value::new(expr, Type::String);
        let parts =
            vec![text(of_key.spelling(key.clone())), text(lit(BETWEEN)), text(of_value.spelling(value.clone()))];
        let text = self.apply(scalar::aql("CONCAT")?, "CONCAT", map.span, parts)?.expr;
        Some(self.is_held(text, spelt, &[&key, &value]))
    }

    /// Whether a text is one of these, which asks for the values that it was made of.
    fn is_held(&self, text: Plan, spelt: Vec<String>, operands: &[&Value]) -> Value {
        let test = Test::Plain(Match::rule(Shape::Equals).case_sensitive(true).literal(text, spelt));
        Value::new(self.known(test, operands, true).call(), Type::Bool)
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
        if !of_networks {
            return self.looked_up(pairs, column, key, place);
        }
        match Lookup::of_networks(pairs) {
            Ok(lookup) => {
                let address = self.value(key, place)?.cast(Type::String);
                Some(Value::new(lookup.call(address), Type::String))
            }
            Err(network) => self.fail(messages::bad_network(key.span, &network)),
        }
    }

    /// `at` is what names the data.
    fn looked_up(
        &mut self,
        pairs: impl Iterator<Item = (String, String)>,
        at: &Expr,
        key: &Expr,
        place: Place<'_, '_>,
    ) -> Option<Value> {
        let key = self.value(key, place)?;
        let element = Element::of(&key);
        let mut is_given = false;
        let spelt = pairs.filter_map(|(key, value)| {
            is_given = true;
            Some((element.spelt(&key)?, value))
        });
        let spelt: Vec<(String, String)> = spelt.collect();
        if spelt.is_empty() && is_given {
            self.report(messages::no_such_elements(at.span, element.name()));
        }
        Some(Value::new(Lookup::of_keys(spelt).call(element.spelling(key)), Type::String))
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
