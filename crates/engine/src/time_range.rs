//! A time range: what the filters of a scan say about the time of events, so that readers may leave out what lies outside. The
//! filters themselves run above the scan as ever.

use datafusion_common::ScalarValue;
use datafusion_expr::{BinaryExpr, Expr, Operator};
use functions::ticks;
use telemetry::{Bounds, Branch, System, TableDef};

/// QRadar's times.
const MILLIS: &str = "(System_Time - datetime(1970-01-01)) / 1ms";

/// A column that is the time of its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeColumn<'a> {
    name: &'a str,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// As events have it, in every branch.
    Ticks,
    /// Milliseconds since 1970, in every branch but that of exported rows, which have what they have.
    Millis,
}

/// The column of a table that is the time of its events.
pub fn time_column(table: &TableDef) -> Option<TimeColumn<'_>> {
    let name = table.time.as_deref()?;
    let place = table.columns.iter().position(|column| column.name == name)?;
    if table.branches.iter().all(|branch| branch.mapping(place) == Some(System::Time.name())) {
        return Some(TimeColumn { name, unit: Unit::Ticks });
    }
    let is_millis = |branch: &Branch| branch.exports().is_some() || branch.mapping(place) == Some(MILLIS);
    table.branches.iter().all(is_millis).then_some(TimeColumn { name, unit: Unit::Millis })
}

impl TimeColumn<'_> {
    pub fn is(self, name: &str) -> bool {
        self.name == name
    }

    /// Whether the bounds of this time say nothing of exported rows.
    pub fn spares_exports(self) -> bool {
        self.unit == Unit::Millis
    }

    /// The range that a filter asks for; `None` where it says nothing of the time alone.
    pub fn range(self, filter: &Expr) -> Option<Bounds> {
        let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else { return None };
        let (op, value) = match (&**left, &**right) {
            (Expr::Column(column), Expr::Literal(ScalarValue::Int64(Some(value)), _)) if column.name == self.name => {
                (*op, *value)
            }
            (Expr::Literal(ScalarValue::Int64(Some(value)), _), Expr::Column(column)) if column.name == self.name => {
                (op.swap()?, *value)
            }
            _ => return None,
        };
        let next = value.checked_add(1)?;
        let (from, to) = match op {
            Operator::GtEq => (Some(value), None),
            Operator::Gt => (Some(next), None),
            Operator::Lt => (None, Some(value)),
            Operator::LtEq => (None, Some(next)),
            Operator::Eq => (Some(value), Some(next)),
            _ => return None,
        };
        if self.unit == Unit::Ticks {
            return Some(Bounds { from, to, hosts: Vec::new() });
        }
        // Division rounds, before 1970 the other way: a millisecond more to both sides is sure to have them all.
        let from = from.and_then(|from| ticks::from_unix_millis(from.checked_sub(1)?));
        let to = to.and_then(|to| ticks::from_unix_millis(to.checked_add(1)?));
        Some(Bounds { from, to, hosts: Vec::new() })
    }

    /// The range that all filters ask for together.
    pub fn ranges(self, filters: &[Expr]) -> Bounds {
        let mut all = Bounds::default();
        for bounds in filters.iter().filter_map(|filter| self.range(filter)) {
            all.from = all.from.max(bounds.from);
            all.to = [all.to, bounds.to].into_iter().flatten().min();
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion_expr::{ident, lit};
    use telemetry::Catalog;

    use super::*;
    use crate::trial::{Folder, ingested, rows, sysmon, time};

    #[test]
    fn filters_on_the_time_make_a_range() {
        let filters = [
            ident("Timestamp").gt(lit(10_i64)),
            lit(90_i64).gt_eq(ident("Timestamp")),
            ident("Timestamp").gt_eq(lit(3_i64)),
            ident("Other").gt(lit(50_i64)),
            ident("Timestamp").not_eq(lit(50_i64)),
            ident("Timestamp").gt(ident("Other")),
        ];
        let time = TimeColumn { name: "Timestamp", unit: Unit::Ticks };
        assert_eq!(time.ranges(&filters), Bounds { from: Some(11), to: Some(91), hosts: Vec::new() });
    }

    #[test]
    fn the_time_of_a_table_is_the_events_own_or_milliseconds_of_it() {
        let unit = |table: &str| {
            let table = Catalog.table(table).unwrap().unwrap();
            time_column(&table).map(|time| (time.name.to_owned(), time.unit))
        };
        assert_eq!(unit("DeviceProcessEvents"), Some(("Timestamp".to_owned(), Unit::Ticks)));
        assert_eq!(unit("events"), Some(("devicetime".to_owned(), Unit::Millis)));
    }

    #[test]
    fn milliseconds_bound_no_less_than_the_filter_lets_through() {
        let time = TimeColumn { name: "devicetime", unit: Unit::Millis };
        let noon = ticks::parse("2024-05-06T12:00:00Z").unwrap();
        let millis = ticks::to_unix_millis(noon);
        let range = |filter: Expr| {
            let bounds = time.range(&filter).unwrap();
            (bounds.from.map(|from| from - noon), bounds.to.map(|to| to - noon))
        };
        assert_eq!(range(ident("devicetime").gt_eq(lit(millis))), (Some(-10_000), None));
        assert_eq!(range(ident("devicetime").lt(lit(millis))), (None, Some(10_000)));
        assert_eq!(range(ident("devicetime").eq(lit(millis))), (Some(-10_000), Some(20_000)));
        assert_eq!(range(ident("devicetime").gt_eq(lit(i64::MIN))), (None, None));
    }

    #[test]
    fn a_lake_leaves_out_what_lies_outside_of_qradars_milliseconds() {
        let log: String = (0..100).map(|n| sysmon("PC1", n, 1_000 * n, "a.exe", "")).collect();
        let millis = ticks::to_unix_millis(ticks::parse(&time(90_000)).unwrap());
        // Its own time is one that only the SIEM knows.
        let exported = format!(r#"{{"events":[{{"starttime":5,"devicetime":{millis},"qid":5,"username":"ann"}}]}}"#);
        let folder = Folder::new().with("a.json", &log).with("b.json", &exported);
        let lake = ingested(&folder);
        let source = Arc::new(lake.source());
        let counted = rows(&source, &format!("events | where devicetime >= {millis} | count")).unwrap();
        let withheld = source.report().unwrap().withheld.outside;
        assert_eq!((counted, withheld), (vec!["11".to_owned()], 90));
    }
}
