//! What queries call from outside: `externaldata` and watchlists. The network is never used: they are the files that the user
//! bound to their names, or empty.

use functions::Type;
use syntax::Span;
use syntax::kql::tree::{Arg, ExternalData, Name};

use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};
use crate::kql::source::literal_rows;
use crate::relation::Column;

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
        for name in &names {
            if let Some(table) = self.tables.given(name, &[]) {
                let flow = self.scan(&table, tree.span)?;
                let relation = self.planned(flow.relation.align(&columns), tree.span)?;
                return Some(Flow { table: None, time: None, ..Flow { relation, ..flow } });
            }
        }
        self.warn(messages::not_given(tree.span, "externaldata", names.first().map_or("NAME", String::as_str)));
        let relation = self.planned(literal_rows(columns, Vec::new()), tree.span)?;
        Some(Flow::new(relation))
    }

    /// `_GetWatchlist('alias')`: its columns are known with its file alone. Without one it has those that the query asks for,
    /// as text, which is what watchlists hold.
    pub(super) fn watchlist(&mut self, args: &'q [Arg], span: Span, env: Env) -> Option<Flow> {
        let Some(arg) = args.first() else {
            return self.refuse(messages::argument_count(span, "_GetWatchlist", "1 argument", 0));
        };
        let value = self.scalar(&arg.value, &Scope::constant(env))?;
        let Some(alias) = value.literal_text() else {
            return self.refuse(messages::not_constant(arg.value.span, "the watchlist's name"));
        };
        if let Some(table) = self.tables.given(alias, &self.wanted) {
            return self.scan(&table, span);
        }
        self.warn(messages::not_given(span, "the watchlist", alias));
        let mut columns = vec![Column::new("SearchKey", Type::String)];
        let asked = self.wanted.iter().filter(|name| *name != "SearchKey" && !name.is_empty());
        columns.extend(asked.map(|name| Column::new(name, Type::String)));
        let relation = self.planned(literal_rows(columns, Vec::new()), span)?;
        Some(Flow::new(relation))
    }

    /// Whether a call is of what only the service around Kusto has.
    pub(super) fn service_rows(&mut self, name: &Name, args: &'q [Arg], span: Span, env: Env) -> Option<Option<Flow>> {
        (name.text == "_GetWatchlist").then(|| self.watchlist(args, span, env))
    }
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
