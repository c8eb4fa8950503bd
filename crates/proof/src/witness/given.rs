//! What a query is given from outside: lists behind addresses, which a made event has to stand in.

use syntax::kql::tree::{ExternalData, Pipeline, Source as Rows};
use syntax::kql::visit::{self, Node};
use syntax::{Source, Span};

/// The text that stands in each list.
pub const LISTED: &str = "listed.example";

/// The query with a list of one row in the place of each that lies behind an address; itself where it asks for none. Lines stay
/// where they are.
pub fn given(source: &Source) -> Source {
    let parsed = syntax::kql::parse(source);
    let mut tables: Vec<(Span, String)> = Vec::new();
    visit::query(&parsed.tree, &mut |node| {
        if let Node::Pipeline(Pipeline { source: Rows::ExternalData(data), .. }) = node {
            tables.push((data.span, datatable(data)));
        }
    });
    tables.sort_by_key(|(span, _)| span.start);
    tables.dedup();
    let mut text = String::with_capacity(source.text().len());
    let mut end = 0;
    for (span, table) in tables {
        let range = span.range();
        let Some(before) = source.text().get(end..range.start) else {
            continue;
        };
        text.push_str(before);
        text.push_str(&table);
        text.push_str(&"\n".repeat(source.slice(span).matches('\n').count()));
        end = range.end;
    }
    text.push_str(source.text().get(end..).unwrap_or_default());
    Source::new(source.name(), text)
}

fn datatable(data: &ExternalData) -> String {
    let columns = data.columns.iter().map(|column| format!("['{}']: {}", column.name.text, column.kind.text));
    let values = data.columns.iter().map(|column| match column.kind.text.as_str() {
        "string" => format!("'{LISTED}'"),
        kind => format!("{kind}(null)"),
    });
    format!("datatable({})[{}]", columns.collect::<Vec<_>>().join(", "), values.collect::<Vec<_>>().join(", "))
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
        assert_eq!(given(&Source::new("q", "T | where U > 1")).text(), "T | where U > 1");
    }
}
