//! A query in AQL.

use syntax::sigma::{Bound, Open, Piece};

use crate::query::{Column, Kind, Node, Predicate, Query};

/// The query's text; why not, where AQL has no words for it.
pub fn print(query: &Query) -> Result<String, String> {
    let mut table = "events";
    let mut alternatives = Vec::new();
    for leg in &query.legs {
        table = &leg.table;
        alternatives.push(Node::all(vec![leg.source.clone(), leg.condition.clone()]));
    }
    let condition = Node::any(alternatives);
    let mut columns = Vec::new();
    gather(&condition, &mut columns);
    let mut shown = vec!["devicetime", "logsourceidentifier", "username"];
    shown.extend(columns.iter().copied().filter(|column| *column != "UTF8(payload)"));
    let mut seen = std::collections::HashSet::new();
    shown.retain(|column| seen.insert(column.to_ascii_lowercase()));
    let parts = match &condition {
        Node::All(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    let around = if parts.len() > 1 { Around::And } else { Around::Nothing };
    let parts: Result<Vec<String>, String> = parts.iter().map(|part| node(part, around)).collect();
    Ok(format!("SELECT {}\nFROM {table}\nWHERE {}\nLAST 24 HOURS\n", shown.join(", "), parts?.join("\n  AND ")))
}

/// The columns that a condition looks at, in its order.
fn gather<'a>(of: &'a Node, columns: &mut Vec<&'a str>) {
    match of {
        Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| gather(part, columns)),
        Node::Not(inner) => gather(inner, columns),
        Node::Test(column, _) if is_name(&column.text) => columns.push(&column.text),
        _ => {}
    }
}

fn is_name(text: &str) -> bool {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    inner.map_or_else(|| text.chars().all(char::is_alphanumeric), |inner| !inner.contains('"'))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Nothing,
    And,
    Or,
    Not,
}

fn node(of: &Node, around: Around) -> Result<String, String> {
    let joined = |parts: Vec<String>, word: &str, inner: Around| {
        let is_bare = around == Around::Nothing || around == inner || parts.len() == 1 && around != Around::Not;
        let text = parts.join(word);
        if is_bare { text } else { format!("({text})") }
    };
    let each = |parts: &[Node], inner: Around| -> Result<Vec<String>, String> {
        parts.iter().map(|part| node(part, inner)).collect()
    };
    Ok(match of {
        Node::Always(true) => "1 = 1".to_string(),
        Node::Always(false) => "1 = 0".to_string(),
        Node::All(parts) => joined(each(parts, Around::And)?, " AND ", Around::And),
        Node::Any(parts) => joined(each(parts, Around::Or)?, " OR ", Around::Or),
        Node::Not(inner) => format!("NOT {}", node(inner, Around::Not)?),
        Node::Said(text) => text.clone(),
        Node::Test(column, predicate) => joined(tests(column, predicate)?, " OR ", Around::Or),
    })
}

/// The tests that a predicate becomes, any of which has to hold.
fn tests(column: &Column, predicate: &Predicate) -> Result<Vec<String>, String> {
    let name = &column.text;
    let text = &text_of(column);
    Ok(match predicate {
        Predicate::Texts { open, cased, texts } => {
            texts.iter().map(|one| test(text, *open, *cased, &[Piece::Text(one.clone())])).collect()
        }
        Predicate::Pattern { cased, pieces } => vec![test(text, Open::default(), *cased, pieces)],
        Predicate::Regex { cased, pattern } => {
            let word = if *cased { "MATCHES" } else { "IMATCHES" };
            vec![format!("{text} {word} {}", quoted(&format!("(?s:.*)(?:{pattern})(?s:.*)")))]
        }
        Predicate::Numbers(numbers) => match (numbers.as_slice(), column.kind) {
            ([only], Kind::Number) => vec![format!("{name} = {only}")],
            (many, Kind::Number) => {
                let list: Vec<String> = many.iter().map(i64::to_string).collect();
                vec![format!("{name} IN ({})", list.join(", "))]
            }
            (many, _) => many.iter().map(|number| format!("{text} = '{number}'")).collect(),
        },
        Predicate::Compare(bound, number) => {
            let sign = match bound {
                Bound::Gt => ">",
                Bound::Gte => ">=",
                Bound::Lt => "<",
                Bound::Lte => "<=",
                Bound::Eq => "=",
                Bound::Neq => "!=",
            };
            let number_of = if column.kind == Kind::Number { name.clone() } else { format!("DOUBLE({text})") };
            vec![format!("{number_of} {sign} {number}")]
        }
        Predicate::Network(network) => vec![format!("INCIDR({}, {name})", quoted(network))],
        Predicate::SameAs { open, cased, other } => vec![same_as(text, *open, *cased, &text_of(other))],
        Predicate::Missing => vec![format!("{name} IS NULL")],
        Predicate::Present => vec![format!("{name} IS NOT NULL")],
    })
}

/// What is no text has to be made one.
fn text_of(column: &Column) -> String {
    if column.kind == Kind::Text { column.text.clone() } else { format!("STR({})", column.text) }
}

/// LIKE takes no column for its pattern, so a part of a text is sought by its place.
fn same_as(text: &str, open: Open, cased: bool, other: &str) -> String {
    let [text, other] = [text, other].map(|text| if cased { text.to_string() } else { format!("LOWER({text})") });
    match (open.before, open.after) {
        (false, false) => format!("{text} = {other}"),
        (true, true) => format!("STRPOS({text}, {other}) >= 0"),
        (false, true) => format!("STRPOS({text}, {other}) = 0"),
        // From there on it has room only at the end.
        (true, false) => format!("STRPOS({text}, {other}, STRLEN({text}) - STRLEN({other})) >= 0"),
    }
}

/// LIKE says what has no `%`, `_` of its own; nothing escapes them there.
fn test(column: &str, open: Open, cased: bool, pieces: &[Piece]) -> String {
    // What is empty is missing here.
    if open == Open::default() && matches!(pieces, [Piece::Text(text)] if text.is_empty()) {
        return format!("{column} IS NULL");
    }
    let is_wild = |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains(['%', '_']));
    let is_payload = column.contains("payload");
    let (before, after) = (open.before, open.after);
    if pieces.iter().any(is_wild) {
        if let ([Piece::Text(text)], true, true) = (pieces, cased, open == Open::default()) {
            return format!("{column} = {}", quoted(text));
        }
        let mut pattern = String::from("(?s)");
        pattern.push_str(if before { ".*" } else { "" });
        for piece in pieces {
            match piece {
                Piece::Text(text) => crate::escape::regex(text, &mut pattern),
                Piece::AnyRun => pattern.push_str(".*"),
                Piece::AnyOne => pattern.push('.'),
            }
        }
        pattern.push_str(if after { ".*" } else { "" });
        return format!("{column} {} {}", if cased { "MATCHES" } else { "IMATCHES" }, quoted(&pattern));
    }
    let inner: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.as_str(),
            Piece::AnyRun => "%",
            Piece::AnyOne => "_",
        })
        .collect();
    let is_open = before || after || is_payload || inner.contains(['%', '_']);
    let [before, after] = [before, after].map(|is| if is { "%" } else { "" });
    let word = match (cased, is_open) {
        (true, false) => "=",
        (true, true) => "LIKE",
        _ => "ILIKE",
    };
    format!("{column} {word} {}", quoted(&format!("{before}{inner}{after}")))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
