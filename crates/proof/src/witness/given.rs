//! What a query is given from outside: lists behind addresses, which a made event has to stand in.

use syntax::kql::tree::{Expr, ExprKind, ExternalData, Literal, Pipeline, Query, Source as Rows, TypedName};
use syntax::kql::visit::{self, Node};
use syntax::{Source, Span};

/// The text that stands in each list.
pub const LISTED: &str = "listed.example";

/// The query with a list of one row in the place of each that lies behind an address; itself where it asks for none. Lines stay
/// where they are.
pub fn given(source: &Source) -> Source {
    let parsed = syntax::kql::parse(source);
    let mut tables: Vec<(Span, &ExternalData)> = Vec::new();
    visit::query(&parsed.tree, &mut |node| {
        if let Node::Pipeline(Pipeline { source: Rows::ExternalData(data), .. }) = node {
            tables.push((data.span, data));
        }
    });
    let asked = asked(&parsed.tree);
    tables.sort_by_key(|(span, _)| span.start);
    tables.dedup_by_key(|(span, _)| *span);
    let mut text = String::with_capacity(source.text().len());
    let mut end = 0;
    for (span, data) in tables {
        let range = span.range();
        let Some(before) = source.text().get(end..range.start) else {
            continue;
        };
        text.push_str(before);
        text.push_str(&datatable(data, &asked));
        text.push_str(&"\n".repeat(source.slice(span).matches('\n').count()));
        end = range.end;
    }
    text.push_str(source.text().get(end..).unwrap_or_default());
    Source::new(source.name(), text)
}

/// The texts that the query compares names with.
fn asked(query: &Query) -> Vec<(&str, &str)> {
    let mut asked = Vec::new();
    visit::query(query, &mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Compare { left, right, .. }, .. }) = node
            && let (ExprKind::Name(name), ExprKind::Literal(Literal::Text(text))) = (&left.kind, &right.kind)
            && asked.len() < MOST
        {
            asked.push((name.as_str(), text.as_str()));
        }
    });
    asked
}

const MOST: usize = 100;

/// A row, and one for each text that the query may choose rows by.
fn datatable(data: &ExternalData, asked: &[(&str, &str)]) -> String {
    let columns = data.columns.iter().map(|column| format!("['{}']: {}", column.name.text, column.kind.text));
    let row = |chosen: Option<(&str, &str)>| {
        let value = |column: &TypedName| match (column.kind.text.as_str(), chosen) {
            ("string", Some((name, text))) if name == column.name.text => literal(text),
            ("string", _) => literal(LISTED),
            (kind, _) => format!("{kind}(null)"),
        };
        data.columns.iter().map(value).collect::<Vec<_>>().join(", ")
    };
    let is_here = |name: &str| data.columns.iter().any(|column| column.name.text == name);
    let mut rows = vec![row(None)];
    rows.extend(asked.iter().filter(|(name, _)| is_here(name)).map(|one| row(Some(*one))));
    format!("datatable({})[{}]", columns.collect::<Vec<_>>().join(", "), rows.join(", "))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n").replace('\r', "\\r"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_behind_an_address_holds_one_row() {
        let text = "let L = externaldata(Host: string, Port: int)\n[@'https://www.example.com/l.txt'] with (format=csv);\nT | where U in (L)";
        let made = given(&Source::new("q", text));
        assert_eq!(
            made.text(),
            "let L = datatable(['Host']: string, ['Port']: int)['listed.example', int(null)]\n;\nT | where U in (L)"
        );
        let chosen =
            "let L = externaldata(Type: string, Value: string)['a']; T | where U in ((L | where Type == 'ip'))";
        assert!(
            given(&Source::new("q", chosen))
                .text()
                .contains("['listed.example', 'listed.example', 'ip', 'listed.example']")
        );
        assert_eq!(given(&Source::new("q", "T | where U > 1")).text(), "T | where U > 1");
    }
}
