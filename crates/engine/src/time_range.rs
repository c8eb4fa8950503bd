//! A time range: what the filters of a scan say about the time of events, so that readers may leave out what lies outside. The
//! filters themselves run above the scan as ever.

use datafusion_common::ScalarValue;
use datafusion_expr::{BinaryExpr, Expr, Operator};
use telemetry::{Bounds, System, TableDef};

/// The column of a table that is the time of its events in every branch, as they have it.
pub fn time_column(table: &TableDef) -> Option<&str> {
    let time = table.time.as_deref()?;
    let place = table.columns.iter().position(|column| column.name == time)?;
    let is_plain = table.branches.iter().all(|branch| branch.mapping(place) == Some(System::Time.name()));
    is_plain.then_some(time)
}

/// The range that a filter asks for; `None` where it says nothing of the time alone.
pub fn range(filter: &Expr, time: &str) -> Option<Bounds> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else { return None };
    let (op, ticks) = match (&**left, &**right) {
        (Expr::Column(column), Expr::Literal(ScalarValue::Int64(Some(ticks)), _)) if column.name == time => {
            (*op, *ticks)
        }
        (Expr::Literal(ScalarValue::Int64(Some(ticks)), _), Expr::Column(column)) if column.name == time => {
            (op.swap()?, *ticks)
        }
        _ => return None,
    };
    let next = ticks.checked_add(1)?;
    let (from, to) = match op {
        Operator::GtEq => (Some(ticks), None),
        Operator::Gt => (Some(next), None),
        Operator::Lt => (None, Some(ticks)),
        Operator::LtEq => (None, Some(next)),
        Operator::Eq => (Some(ticks), Some(next)),
        _ => return None,
    };
    Some(Bounds { from, to, hosts: Vec::new() })
}

/// The range that all filters ask for together.
pub fn ranges(filters: &[Expr], time: Option<&str>) -> Bounds {
    let mut all = Bounds::default();
    for bounds in filters.iter().filter_map(|filter| range(filter, time?)) {
        all.from = all.from.max(bounds.from);
        all.to = [all.to, bounds.to].into_iter().flatten().min();
    }
    all
}

#[cfg(test)]
mod tests {
    use datafusion_expr::{col, lit};
    use telemetry::Catalog;

    use super::*;

    #[test]
    fn filters_on_the_time_make_a_range() {
        let filters = [
            col("Timestamp").gt(lit(10_i64)),
            lit(90_i64).gt_eq(col("Timestamp")),
            col("Timestamp").gt_eq(lit(3_i64)),
            col("Other").gt(lit(50_i64)),
            col("Timestamp").not_eq(lit(50_i64)),
            col("Timestamp").gt(col("Other")),
        ];
        let bounds = Bounds { from: Some(11), to: Some(91), hosts: Vec::new() };
        assert_eq!(ranges(&filters, Some("Timestamp")), bounds);
        assert_eq!(ranges(&filters, None), Bounds::default());
    }

    #[test]
    fn only_a_time_that_is_the_events_own_is_one() {
        let time = |table: &str| {
            let table = Catalog.table(table).unwrap().unwrap();
            time_column(&table).map(str::to_owned)
        };
        assert_eq!(time("DeviceProcessEvents").as_deref(), Some("Timestamp"));
        // QRadar counts milliseconds.
        assert_eq!(time("events"), None);
    }
}
