//! What queries call from outside: `externaldata` and watchlists. The network is never used: they are the files that the user
//! bound to their names, or empty.

use std::collections::BTreeSet;

use datafusion_common::Result;
use datafusion_expr::lit;
use functions::Type;
use functions::expand::Expansion;
use functions::scalar::dynamic;
use serde_json::{Map, Value as Json};
use syntax::Span;
use syntax::kql::tree::{Arg, ExprKind, ExternalData, Literal, Name};

use crate::kql::binder::Binder;
use crate::kql::column_name::Names;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};
use crate::kql::source::{literal_rows, one_row};
use crate::kql::value::Value;
use crate::list::{self, Format, Rows};
use crate::relation::{Column, Computed, Relation, field};

/// What gives the rows of a watchlist.
pub(in crate::kql) const WATCHLIST: &str = "_GetWatchlist";
/// The column by which the service has watchlists searched.
const SEARCH_KEY: &str = "SearchKey";
/// How many columns the file of a watchlist may have.
const COLUMNS: usize = 500;

impl<'q> Binder<'q, '_> {
    pub(super) fn external_data(&mut self, tree: &'q ExternalData, env: Env) -> Option<Flow> {
        let mut columns: Vec<Column> = Vec::with_capacity(tree.columns.len());
        for column in &tree.columns {
            let Some(kind) = Type::from_name(&column.kind.text) else {
                return self.refuse(messages::bad_literal(column.kind.span, "type", &column.kind.text));
            };
            if columns.iter().any(|known| known.name == column.name.text) {
                return self.refuse(messages::declared_twice(column.name.span, &column.name.text));
            }
            columns.push(Column::new(&column.name.text, kind));
        }
        let mut names = Vec::new();
        for address in &tree.addresses {
            let value = self.scalar(address, &Scope::constant(env))?;
            names.extend(value.literal_text().map(file_name));
        }
        let mut read: Vec<Relation> = Vec::new();
        for name in &names {
            if let Some(text) = self.tables.list(name) {
                let (format, skips_first) = self.format_of(tree, name, env)?;
                let rows = self.list_rows(text, format, name, tree.span)?;
                let rows = match rows {
                    Rows::ByPlace(rows) => by_place(rows, usize::from(skips_first)),
                    Rows::ByName(objects) => by_name(objects, &columns),
                };
                read.push(self.planned(listed(&rows, &columns), tree.span)?);
            }
        }
        if !read.is_empty() {
            let relation = self.planned(Relation::union(read), tree.span)?;
            return Some(Flow::new(relation));
        }
        for name in &names {
            if let Some(table) = self.tables.given(name, &[]) {
                if !table.columns.iter().any(|own| columns.iter().any(|column| column.name == own.name)) {
                    return self.refuse(messages::other_columns(tree.span, name));
                }
                let flow = self.scan(&table, tree.span)?;
                let relation = self.planned(flow.relation.align(&columns), tree.span)?;
                return Some(Flow { table: None, time: None, ..Flow { relation, ..flow } });
            }
        }
        let name = names.first().map_or("NAME", String::as_str);
        self.warn(messages::not_given(tree.span, &format!("'{name}'"), name, &self.tables.lists()));
        let relation = self.planned(literal_rows(columns, Vec::new()), tree.span)?;
        Some(Flow::new(relation))
    }

    /// `_GetWatchlist('alias')`: its columns are known with its file alone. Without one it has those that the query asks for,
    /// as text, which is what watchlists hold.
    pub(super) fn watchlist(&mut self, args: &'q [Arg], span: Span, env: Env) -> Option<Flow> {
        let Some(arg) = args.first() else {
            return self.refuse(messages::argument_count(span, WATCHLIST, "1 argument", 0));
        };
        let value = self.scalar(&arg.value, &Scope::constant(env))?;
        let Some(alias) = value.literal_text() else {
            return self.refuse(messages::not_constant(arg.value.span, "the watchlist's name"));
        };
        if let Some(text) = self.tables.list(alias) {
            return self.listed_watchlist(text, alias, span);
        }
        if let Some(table) = self.tables.given(alias, &self.wanted) {
            return self.scan(&table, span);
        }
        self.warn(messages::not_given(span, &format!("the watchlist '{alias}'"), alias, &self.tables.lists()));
        let mut columns = vec![Column::new(SEARCH_KEY, Type::String)];
        let asked: BTreeSet<&String> = self.wanted.iter().chain(&self.listed).collect();
        let asked = asked.into_iter().filter(|name| *name != SEARCH_KEY && !name.is_empty());
        columns.extend(asked.map(|name| Column::new(name, Type::String)));
        let relation = self.planned(literal_rows(columns, Vec::new()), span)?;
        Some(Flow::new(relation))
    }

    /// The rows of a watchlist's file, whose first row names the columns; the first column is what it is searched by, unless one
    /// says so.
    fn listed_watchlist(&mut self, text: std::result::Result<String, String>, alias: &str, span: Span) -> Option<Flow> {
        let begins = text.as_ref().ok().and_then(|text| text.trim_start().chars().next());
        let format = if matches!(begins, Some('[' | '{')) { Format::Json } else { Format::Separated(b',') };
        let rows = self.list_rows(text, format, alias, span)?;
        let (mut names, mut rows): (Vec<String>, Vec<Vec<Json>>) = match rows {
            Rows::ByPlace(rows) => {
                let mut header = rows.first().cloned().unwrap_or_default();
                header.truncate(COLUMNS);
                // Lines of one value have a header where they say so, or where the query asks for a column of that name.
                let is_asked = |name: &String| self.wanted.contains(name) || self.listed.contains(name);
                let is_value = |name: &String| name != SEARCH_KEY && !is_asked(name);
                match header.as_slice() {
                    [only] if is_value(only) => (vec![SEARCH_KEY.to_owned()], by_place(rows, 0)),
                    _ => (header, by_place(rows, 1)),
                }
            }
            Rows::ByName(objects) => {
                let mut names: Vec<String> = Vec::new();
                for name in objects.iter().flat_map(|object| object.keys()) {
                    if names.len() < COLUMNS && !names.contains(name) {
                        names.push(name.clone());
                    }
                }
                let columns: Vec<Column> = names.iter().map(|name| Column::new(name, Type::String)).collect();
                (names, by_name(objects, &columns))
            }
        };
        if names.iter().all(|name| name != SEARCH_KEY) {
            names.push(SEARCH_KEY.to_owned());
            for row in &mut rows {
                row.resize(names.len() - 1, Json::Null);
                row.push(row.first().cloned().unwrap_or(Json::Null));
            }
        }
        if rows.is_empty() {
            self.warn(messages::empty_list(span, alias, &self.file_of(alias), &names));
        }
        let mut free = Names::default();
        let columns: Vec<Column> = names.iter().map(|name| Column::new(free.free(name.trim()), Type::String)).collect();
        let relation = self.planned(listed(&rows, &columns), span)?;
        Some(Flow::new(relation))
    }

    /// The file that was given for a list.
    fn file_of(&self, name: &str) -> String {
        let lists = self.tables.lists();
        lists.into_iter().find(|(known, _)| known == name).map_or_else(String::new, |(_, file)| file)
    }

    fn list_rows(
        &mut self,
        text: std::result::Result<String, String>,
        format: Format,
        name: &str,
        span: Span,
    ) -> Option<Rows> {
        match text.map(|text| list::rows(&text, format)) {
            Ok(Some(rows)) => Some(rows),
            Ok(None) => self.refuse(messages::bad_list(span, name, "its rows are not objects of JSON")),
            Err(why) => self.refuse(messages::bad_list(span, name, &why)),
        }
    }

    /// What the query says of the file's format, and whether its first row is a header.
    fn format_of(&mut self, tree: &'q ExternalData, file: &str, env: Env) -> Option<(Format, bool)> {
        let (mut format, mut skips_first) = (Format::of_file(file), false);
        for property in &tree.properties {
            let value = match &property.value.kind {
                // `format=csv` stands without quotes too.
                ExprKind::Name(word) => word.clone(),
                ExprKind::Literal(Literal::Bool(flag)) => flag.to_string(),
                _ => {
                    let value = self.scalar(&property.value, &Scope::constant(env))?.cast(Type::String);
                    value.literal_text().unwrap_or_default().to_owned()
                }
            };
            match property.name.text.as_str() {
                "format" => match Format::named(&value) {
                    Some(known) => format = known,
                    None => return self.refuse(messages::bad_list(property.value.span, file, "no format of files")),
                },
                "ignoreFirstRecord" => skips_first = value.eq_ignore_ascii_case("true"),
                _ => {}
            }
        }
        Some((format, skips_first))
    }

    /// Whether a call is of what only the service around Kusto has.
    pub(super) fn service_rows(&mut self, name: &Name, args: &'q [Arg], span: Span, env: Env) -> Option<Option<Flow>> {
        (name.text == WATCHLIST).then(|| self.watchlist(args, span, env))
    }
}

fn by_place(rows: Vec<Vec<String>>, skipped: usize) -> Vec<Vec<Json>> {
    rows.into_iter().skip(skipped).map(|row| row.into_iter().map(Json::from).collect()).collect()
}

fn by_name(objects: Vec<Map<String, Json>>, columns: &[Column]) -> Vec<Vec<Json>> {
    let row = |mut object: Map<String, Json>| {
        columns.iter().map(|column| object.remove(&column.name).unwrap_or(Json::Null)).collect()
    };
    objects.into_iter().map(row).collect()
}

/// Rows of a list as a relation: they are one value that is expanded, however many they are.
fn listed(rows: &[Vec<Json>], columns: &[Column]) -> Result<Relation> {
    const ROW: &str = "\u{1}row of a list";
    let all = lit(Json::from(rows.iter().cloned().map(Json::from).collect::<Vec<_>>()).to_string());
    let expansion = Expansion { as_pairs: false, most: i64::MAX, keeps_empty: false };
    let one = one_row().project(vec![Computed::new(ROW, Type::Dynamic, all)])?;
    let rows = one.expand(vec![Computed::new(ROW, Type::Dynamic, expansion.values(0, &[field(ROW)]))])?;
    let cell = |(at, column): (i64, &Column)| {
        let cell = Value::new(dynamic::get(field(ROW), vec![lit(at)]), Type::Dynamic);
        // What stands in a text is read as its type; only JSON says types itself.
        let cell = if column.kind == Type::Dynamic { cell } else { cell.cast(Type::String).cast(column.kind) };
        Computed::new(&column.name, column.kind, cell.or_empty().expr)
    };
    rows.project((0_i64..).zip(columns).map(cell).collect())
}

/// The last part of an address, without what is asked of it.
fn file_name(address: &str) -> String {
    let path = address.split(['?', '#', ';']).next().unwrap_or(address);
    path.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_with_its_file() {
        assert_eq!(file_name("https://host/a/list.csv?sv=1&sig=x/y"), "list.csv");
        assert_eq!(file_name("https://host/list.txt;key"), "list.txt");
        assert_eq!(file_name("list"), "list");
    }
}
