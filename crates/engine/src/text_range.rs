//! A text range: what a filter of a scan says of a column that is a field of the events, so that readers may leave out row groups
//! whose least and greatest text lie elsewhere. The filters themselves run above the scan as ever.
//!
//! `==`, `in`, `=~` and `startswith` bound a text. `has`, `contains` and `endswith` do not: what is in a text may stand anywhere.

use datafusion_common::ScalarValue;
use datafusion_expr::expr::InList;
use datafusion_expr::{BinaryExpr, Expr, Operator};
use functions::predicate::{Match, Shape};
use plan::tables::Ariel;
use telemetry::{System, TableDef, TextRange};

/// The range of one filter; `None` where it bounds no field.
pub fn text_range(table: &TableDef, filter: &Expr) -> Option<TextRange> {
    let (column, needles, ignores_case) = asked(filter)?;
    TextRange::new(fields(table, column)?, &needles, ignores_case)
}

/// The column that a filter asks for one of these texts, whole or at its beginning.
fn asked(filter: &Expr) -> Option<(&str, Vec<&str>, bool)> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => match (&**left, &**right) {
            (Expr::Column(column), needle) | (needle, Expr::Column(column)) => {
                Some((&column.name, vec![text(needle)?], false))
            }
            _ => None,
        },
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let ((column, mut needles, one), (other, more, another)) = (asked(left)?, asked(right)?);
            needles.extend(more);
            (column == other).then_some((column, needles, one || another))
        }
        Expr::IsTrue(inner) => asked(inner),
        Expr::InList(InList { expr, list, negated: false }) => {
            let Expr::Column(column) = &**expr else { return None };
            Some((&column.name, list.iter().map(text).collect::<Option<_>>()?, false))
        }
        filter => {
            let (predicate, Expr::Column(column), needles) = Match::of(filter)? else { return None };
            let is_bounding = matches!(predicate.shape, Shape::Equals | Shape::StartsWith);
            // Where all have to stand, each one bounds; the first is enough.
            let needles = if predicate.all { needles.get(..1)? } else { needles };
            let needles: Vec<&str> = needles.iter().map(text).collect::<Option<_>>()?;
            (is_bounding && !needles.is_empty()).then_some((&column.name, needles, !predicate.case_sensitive))
        }
    }
}

fn text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Some(text),
        _ => None,
    }
}

/// The fields that a column is, one in each branch. A row that another log may complete is not its own event's alone.
fn fields(table: &TableDef, column: &str) -> Option<Vec<String>> {
    let place = table.columns.iter().position(|known| known.name == column)?;
    // An address of the table may be spelt otherwise in the field.
    if table.columns.get(place)?.ariel == Some(Ariel::Host) {
        return None;
    }
    let mut fields = Vec::new();
    // What is exported has columns of its own; where such rows are, readers leave nothing out.
    for branch in table.branches.iter().filter(|branch| branch.exports().is_none()) {
        let Some(mapping) = branch.mapping(place) else { continue };
        let is_completed = branch.twin.is_some() && mapping != System::Computer.name();
        let is_field = mapping.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && mapping.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
        let is_text = System::from_name(mapping).is_none_or(|system| system == System::Computer);
        if is_completed || !is_field || !is_text {
            return None;
        }
        fields.push(mapping.to_owned());
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::trial::{Folder, ingested, rows};

    /// Ten days of logons, and so ten row groups: one user, one share and one command a day, in the order of the alphabet.
    fn read(query: &str) -> (usize, u64) {
        let users = ["Anna", "bert", "carl", "Dora", "emil", "fred", "gina", "hugo", "Ines", "jana"];
        let event = |(day, user): (usize, &&str)| {
            format!(
                r#"{{"Channel":"Security","EventID":4688,"Hostname":"PC{day}.corp","TimeCreated":"2024-05-{:02}T12:00:00Z","CommandLine":"{user} runs cmd.exe /c {day}"}}"#,
                day + 1
            ) + "\n"
        };
        let log: String = users.iter().enumerate().map(event).collect();
        let folder = Folder::new().with("security.ndjson", &log);
        let lake = ingested(&folder);
        let source = Arc::new(lake.source());
        let found = rows(&source, &format!("SecurityEvent | {query} | project CommandLine")).unwrap().len();
        (found, source.report().unwrap().row_groups)
    }

    #[test]
    fn only_row_groups_that_may_match_are_read() {
        assert_eq!(read("where CommandLine == 'carl runs cmd.exe /c 2'"), (1, 1));
        assert_eq!(read("where CommandLine in ('carl runs cmd.exe /c 2', 'nobody', 'jana runs cmd.exe /c 9')"), (2, 2));
        assert_eq!(read("where CommandLine startswith_cs 'Dora'"), (1, 1));
        assert_eq!(read("where TimeGenerated > datetime(2024-05-10)"), (1, 1));
        assert_eq!(read("where TimeGenerated between (datetime(2024-05-03) .. 1d)"), (1, 1));
        assert_eq!(read("where Computer == 'PC4.corp'"), (1, 1));
        assert_eq!(read("where CommandLine == 'nobody'"), (0, 0));
    }

    #[test]
    fn whatever_its_case_a_text_lies_between_upper_and_lower() {
        // From "ANNA" to "anna" lie, capitals being before small letters, Anna, Dora and Ines.
        assert_eq!(read("where CommandLine startswith 'ANNA'"), (1, 3));
        assert_eq!(read("where CommandLine in~ ('ANNA runs cmd.exe /c 0')"), (1, 3));
        // From "HUGO" to "hugo" lie Ines, and bert, carl, emil, fred, gina and hugo.
        assert_eq!(read("where CommandLine startswith 'hugo'"), (1, 7));
        assert_eq!(read("where CommandLine =~ 'HUGO runs CMD.exe /c 7'"), (1, 7));
        // An i may stand for a letter beyond ASCII.
        assert_eq!(read("where CommandLine =~ 'INES runs CMD.exe /c 8'"), (1, 10));
    }

    #[test]
    fn what_may_stand_anywhere_bounds_nothing() {
        assert_eq!(read("where CommandLine has 'carl'"), (1, 10));
        assert_eq!(read("where CommandLine contains 'carl'"), (1, 10));
        assert_eq!(read("where CommandLine endswith '2'"), (1, 10));
        assert_eq!(read("where CommandLine != 'carl'"), (10, 10));
        assert_eq!(read("where CommandLine has 'carl' and CommandLine startswith_cs 'carl'"), (1, 1));
        assert_eq!(read("where CommandLine has 'carl' and TimeGenerated < datetime(2024-05-04)"), (1, 3));
        assert_eq!(read("where isempty(CommandLine)"), (0, 10));
    }
}
