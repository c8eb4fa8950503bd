//! A wanted text: what a filter of a scan says of columns that are fields of the events, so that readers may leave out row groups
//! whose least and greatest text lie elsewhere, or which lack a term of it. The filters themselves run above the scan as ever.
//!
//! `==`, `in`, `=~` and `startswith` bound a text. Where `has`, and also `contains`, ask for whole terms, these must be there.

use std::sync::Arc;

use datafusion_common::ScalarValue;
use datafusion_expr::expr::InList;
use datafusion_expr::{BinaryExpr, Expr, Operator};
use functions::Type;
use functions::predicate::{Match, Shape};
use plan::tables::Ariel;
use telemetry::{Initiator, Made, Needle, Stands, System, TableDef, WantedText};

/// What one filter asks for; `None` where some text may pass that nothing is known of.
pub fn wanted_text(table: &TableDef, filter: &Expr) -> Option<WantedText> {
    Some(WantedText { needles: asked(table, filter)? })
}

/// The needles of which one has to stand in a column.
fn asked(table: &TableDef, filter: &Expr) -> Option<Vec<Needle>> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => match (&**left, &**right) {
            (Expr::Column(column), needle) | (needle, Expr::Column(column)) => {
                any(table, &column.name, EQUAL, std::slice::from_ref(needle))
            }
            _ => None,
        },
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let mut needles = asked(table, left)?;
            needles.extend(asked(table, right)?);
            Some(needles)
        }
        // Both hold, so either is enough.
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            asked(table, left).or_else(|| asked(table, right))
        }
        Expr::IsTrue(inner) => asked(table, inner),
        Expr::InList(InList { expr, list, negated: false }) => {
            let Expr::Column(column) = &**expr else { return None };
            any(table, &column.name, EQUAL, list)
        }
        filter => {
            let (predicate, Expr::Column(column), needles) = Match::of(filter)? else { return None };
            any(table, &column.name, predicate, needles)
        }
    }
}

/// Where the events of a table have a column, of which the initiator is asked where they say nothing; `None` where that is not sure.
pub fn stands(table: &TableDef, column: &str) -> Option<Arc<[Stands]>> {
    known(table, column).map(|known| known.of.into())
}

/// What `==` asks.
const EQUAL: Match = Match::kql(Shape::Equals).case_sensitive(true);

fn any(table: &TableDef, column: &str, predicate: Match, needles: &[Expr]) -> Option<Vec<Needle>> {
    let known = known(table, column)?;
    let of: Arc<[Stands]> = known.of.into();
    let needles: Vec<&str> = needles.iter().map(text).collect::<Option<_>>()?;
    let needle = |all: &[&str]| Needle::new(of.clone(), known.made, predicate.shape, all, !predicate.case_sensitive);
    match predicate.all {
        true => Some(vec![needle(&needles)?]),
        false => needles.chunks(1).map(needle).collect(),
    }
    .filter(|needles: &Vec<Needle>| !needles.is_empty())
}

fn text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Some(text),
        _ => None,
    }
}

/// Where a column comes from.
struct Known {
    of: Vec<Stands>,
    made: Made,
}

fn known(table: &TableDef, column: &str) -> Option<Known> {
    let Some(place) = table.columns.iter().position(|known| known.name == column) else {
        // A field of its events, whatever they are; a twin may say it too.
        let is_field = System::from_name(column).is_none() && Initiator::from_name(column).is_none();
        let or_lacking = table.branches.iter().any(|branch| branch.twin.is_some());
        let of = Stands { or_lacking, ..Stands::anywhere(column) };
        return is_field.then(|| Known { of: vec![of], made: Made::Whole });
    };
    let definition = table.columns.get(place)?;
    // An address of the table may be spelt otherwise in the field, and so may what is not text.
    if definition.ariel == Some(Ariel::Host) || definition.kind != Type::String {
        return None;
    }
    let mut known = Known { of: Vec::new(), made: Made::Whole };
    for (number, branch) in table.branches.iter().enumerate() {
        let value = table.value(number, place).ok()?;
        let sources = value.map_or_else(|| Some(Sources::default()), |value| sources(&value.expr));
        let is_completed = branch.twin.is_some();
        let (fields, or_lacking) = match sources {
            // What another event says where this one says nothing.
            Some(sources) if sources.is_foreign && (sources.fields.is_empty() || !branch.spares_initiator(place)) => {
                (Vec::new(), true)
            }
            // What is made empty may be filled by another event, whatever its own fields say.
            Some(sources) if sources.may_be_empty && (sources.is_foreign || is_completed) => (Vec::new(), true),
            Some(Sources { fields, is_foreign, made, .. }) => {
                known.made = if made == Made::Part { made } else { known.made };
                let is_own = fields.as_slice() == [System::Computer.name()];
                (fields, is_foreign || is_completed && !is_own)
            }
            None => (Vec::new(), true),
        };
        known.of.push(Stands {
            channel: branch.channel.clone(),
            except: branch.except.clone(),
            events: branch.events.clone(),
            is_everywhere: false,
            fields,
            or_lacking,
        });
    }
    Some(known)
}

/// What a value is a part of.
struct Sources {
    fields: Vec<String>,
    /// Or of what another event says.
    is_foreign: bool,
    /// Or empty.
    may_be_empty: bool,
    made: Made,
}

impl Default for Sources {
    fn default() -> Self {
        Sources { fields: Vec::new(), is_foreign: false, may_be_empty: false, made: Made::Whole }
    }
}

impl Sources {
    fn and(mut self, other: Sources) -> Sources {
        let more = other.fields.into_iter().filter(|field| !self.fields.contains(field)).collect::<Vec<_>>();
        self.fields.extend(more);
        self.is_foreign |= other.is_foreign;
        self.may_be_empty |= other.may_be_empty;
        self.made = if other.made == Made::Part { other.made } else { self.made };
        self
    }
}

/// Functions whose value is a part of their first argument, which is empty only where that is or ends with a separator.
const PARTS: [&str; 2] = ["basename", "account_name"];

/// `None` where it may be something else.
fn sources(value: &Expr) -> Option<Sources> {
    match value {
        Expr::Column(column) if Initiator::from_name(&column.name).is_some() => {
            Some(Sources { is_foreign: true, ..Sources::default() })
        }
        Expr::Column(column) => {
            let is_text = System::from_name(&column.name).is_none_or(|system| system == System::Computer);
            is_text.then(|| Sources { fields: vec![column.name.clone()], ..Sources::default() })
        }
        Expr::Literal(ScalarValue::Utf8(text), _) if text.as_ref().is_none_or(String::is_empty) => {
            Some(Sources { may_be_empty: true, ..Sources::default() })
        }
        Expr::Alias(alias) => sources(&alias.expr),
        Expr::Case(case) => {
            let values = case.when_then_expr.iter().map(|(_, value)| value).chain(&case.else_expr);
            let none = Sources { may_be_empty: case.else_expr.is_none(), ..Sources::default() };
            values.map(|value| sources(value)).try_fold(none, |all, more| Some(all.and(more?)))
        }
        Expr::ScalarFunction(call) => {
            let name = call.func.name().split('/').next()?;
            let [argument] = call.args.as_slice() else { return None };
            let inner = sources(argument).filter(|_| PARTS.contains(&name))?;
            Some(Sources { made: Made::Part, ..inner })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use telemetry::Evidence;
    use telemetry::lake::Ingest;

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
        // From "HUGO" to "hugo" lie Ines, and bert, carl, emil, fred, gina and hugo.
        assert_eq!(read("where CommandLine startswith 'hugo'"), (1, 7));
        // An i may stand for a letter beyond ASCII.
        assert_eq!(read("where CommandLine startswith 'INES'"), (1, 10));
    }

    #[test]
    fn whole_terms_must_be_there() {
        assert_eq!(read("where CommandLine has 'CARL'"), (1, 1));
        assert_eq!(read("where CommandLine has_cs 'carl'"), (1, 1));
        assert_eq!(read("where CommandLine has_cs 'CARL'"), (0, 1));
        assert_eq!(read("where CommandLine has 'car'"), (0, 0));
        assert_eq!(read("where CommandLine has 'cmd.exe /c 7'"), (1, 1));
        assert_eq!(read("where CommandLine has_any ('carl', 'emil', 'nobody')"), (2, 2));
        assert_eq!(read("where CommandLine has_any (dynamic(['carl', 'emil', 'fred', 'gina']))"), (4, 4));
        assert_eq!(read("where CommandLine has_all ('exe', 'runs', 'gina')"), (1, 1));
        assert_eq!(read("where CommandLine has_all ('bert', 'gina')"), (0, 0));
        assert_eq!(read("where CommandLine has 'bert' or CommandLine has 'gina'"), (2, 2));
        assert_eq!(read("where CommandLine has 'bert' or Computer has 'pc7'"), (2, 2));
        assert_eq!(read("where (CommandLine has 'bert' and EventID == 4688) or Computer has 'pc7'"), (2, 2));
        assert_eq!(read("where CommandLine =~ 'HUGO runs CMD.exe /c 7'"), (1, 1));
        assert_eq!(read("where CommandLine =~ 'INES runs CMD.exe /c 8'"), (1, 1));
        assert_eq!(read("where CommandLine in~ ('ANNA runs cmd.exe /c 0')"), (1, 1));
        assert_eq!(read("where CommandLine startswith 'INES runs'"), (1, 1));
        assert_eq!(read("where CommandLine endswith '.exe /c 2'"), (1, 1));
        assert_eq!(read("where CommandLine contains 'exe /c 2'"), (1, 10));
        assert_eq!(read("where CommandLine hasprefix 'jana r'"), (1, 1));
        assert_eq!(read("where CommandLine hassuffix 'na runs'"), (3, 10));
        assert_eq!(read("search CommandLine:'carl'"), (1, 1));
        assert_eq!(read("search CommandLine:'carl' or Computer:'PC7'"), (2, 2));
        assert_eq!(read("where CommandLine has 'carl' and CommandLine startswith_cs 'carl'"), (1, 1));
        assert_eq!(read("where CommandLine has 'runs' and TimeGenerated < datetime(2024-05-04)"), (3, 3));
    }

    #[test]
    fn what_may_stand_anywhere_bounds_nothing() {
        assert_eq!(read("where CommandLine contains 'carl'"), (1, 10));
        assert_eq!(read("where CommandLine endswith '2'"), (1, 10));
        assert_eq!(read("where CommandLine hasprefix 'car'"), (1, 10));
        assert_eq!(read("where CommandLine != 'carl'"), (10, 10));
        assert_eq!(read("where CommandLine !has 'carl'"), (9, 10));
        assert_eq!(read("where not(CommandLine has 'carl')"), (9, 10));
        assert_eq!(read("where CommandLine has 'carl' or EventID == 1"), (1, 10));
        assert_eq!(read("where isempty(CommandLine)"), (0, 10));
        assert_eq!(read("where CommandLine has ''"), (10, 10));
        assert_eq!(read("where CommandLine has '/'"), (10, 10));
        assert_eq!(read("where CommandLine has_any ('carl', '.')"), (10, 10));
    }

    /// One log of two row groups, the second of which begins with what the first lacks.
    #[test]
    fn row_groups_of_one_file_have_terms_of_their_own() {
        let line = |n: u32| {
            let word = if n < (128 << 10) { "early" } else { "late" };
            format!("{{\"Channel\":\"Security\",\"EventID\":4688,\"CommandLine\":\"{word} run\"}}\n")
        };
        let folder = Folder::new().with("security.ndjson", &(0..(128 << 10) + 2).map(line).collect::<String>());
        let evidence = Evidence::discover(std::slice::from_ref(&folder.0)).unwrap();
        let lake = Folder::new();
        let to = lake.0.join("lake");
        // As much memory as makes one file of them all.
        let ingest =
            Ingest { evidence: &evidence, to: &to, memory: 1 << 30, threads: 2, waiting: &|| {}, progress: &|_| {} };
        ingest.run().unwrap();
        let count = |word: &str| {
            let source = Arc::new(lake.source());
            let query = format!("SecurityEvent | where CommandLine has '{word}' | count");
            (rows(&source, &query).unwrap(), source.report().unwrap().row_groups)
        };
        assert_eq!(count("late"), (vec!["2".to_owned()], 1));
        assert_eq!(count("run"), (vec!["131074".to_owned()], 2));
    }

    /// What is not of the event itself, or is text of another kind, is known by no term.
    #[test]
    fn columns_that_are_no_field_leave_nothing_out() {
        let sysmon = |id: u32, more: &str| {
            format!(
                "{{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":{id},\"Hostname\":\"PC\",\"TimeCreated\":\"2024-05-01T12:00:0{id}Z\",\"ProcessGuid\":\"{{AB3-C}}\",\"ProcessId\":\"77\",\"Image\":\"C:\\\\a.exe\"{more}}}\n"
            )
        };
        let log = sysmon(1, ",\"IntegrityLevel\":\"High\",\"LogonGuid\":\"{01234567-89AB-CDEF-0123-456789ABCDEF}\"")
            + &sysmon(3, ",\"DestinationIp\":\"10.0.0.1\"");
        let lake = ingested(&Folder::new().with("sysmon.ndjson", &log));
        let count = |query: &str| rows(&Arc::new(lake.source()), &format!("{query} | count")).unwrap();
        let of_initiator = "DeviceNetworkEvents | where InitiatingProcessIntegrityLevel";
        assert_eq!(count(&format!("{of_initiator} == 'High'")), ["1"]);
        assert_eq!(count(&format!("{of_initiator} has 'High'")), ["1"]);
    }
}
