//! What a plan lacks: fields that no event here has, without which its conditions can never hold.
//!
//! Only what is sure is said: a condition counts as lost where it comes to false or null with those fields missing, whatever
//! the others hold.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::{Field, Schema};
use datafusion_common::cast::as_boolean_array;
use datafusion_common::{DFSchema, Result};
use datafusion_expr::{BinaryExpr, Expr, LogicalPlan, Operator};
use telemetry::{Report, TableDef};

use crate::census;
use crate::chain::{bare, physical};
use crate::rowwise::{Leg, Step, legs};
use crate::source::Source;
use crate::tables::EvidenceTables;

/// What a reading left known, of which plan after plan is asked.
pub struct Lacking<'a> {
    tables: &'a EvidenceTables,
    report: Option<Report>,
    /// The rows of tables: they are few, and plans are thousands.
    rows: RefCell<HashMap<String, u64>>,
}

impl<'a> Lacking<'a> {
    pub fn new(tables: &'a EvidenceTables) -> Self {
        Lacking { tables, report: tables.source().report(), rows: RefCell::default() }
    }

    /// The fields for want of which no row can come out of a plan that looks at one row at a time; of a plan whose tables are
    /// empty there are none. `None` where rows may come out, or nobody knows.
    pub fn of(&self, plan: &LogicalPlan) -> Option<BTreeSet<String>> {
        let (report, source) = (self.report.as_ref()?, self.tables.source());
        let mut missing = BTreeSet::new();
        for leg in legs(plan)? {
            let table = self.tables.definition(&leg.table)?;
            let mut known = self.rows.borrow_mut();
            if *known.entry(leg.table.clone()).or_insert_with(|| census::rows(&table, report, source)) > 0 {
                let seen = Seen { table: &table, report, source, own: None };
                missing.extend(seen.lost(&leg)?);
            }
        }
        Some(missing)
    }
}

/// What a reading saw of a table, at one place of a plan.
struct Seen<'a> {
    table: &'a TableDef,
    report: &'a Report,
    source: &'a Source,
    /// The table's columns that are still what they were; `None` for all.
    own: Option<BTreeSet<&'a str>>,
}

/// What a condition comes to, as far as missing fields decide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    True,
    False,
    Null,
    /// False or null.
    Never,
    Open,
}

impl Truth {
    fn is_lost(self) -> bool {
        matches!(self, Truth::False | Truth::Null | Truth::Never)
    }
}

type Found = (Truth, BTreeSet<String>);

impl<'a> Seen<'a> {
    /// The fields for want of which a condition lets no row pass.
    fn lost(mut self, leg: &Leg<'a>) -> Option<BTreeSet<String>> {
        for step in &leg.steps {
            match step {
                Step::Filter { predicate, input } => {
                    let (truth, fields) = self.truth(predicate, input);
                    if truth.is_lost() {
                        return Some(fields);
                    }
                }
                Step::Project { exprs, .. } => {
                    let kept = exprs.iter().filter(|(name, expr)| is_passed_on(name, expr) && self.owns(name));
                    self.own = Some(kept.map(|(name, _)| *name).collect());
                }
                Step::Rename { .. } => return None,
            }
        }
        None
    }

    fn owns(&self, column: &str) -> bool {
        self.own.as_ref().is_none_or(|own| own.contains(column))
    }

    fn truth(&self, expr: &Expr, input: &DFSchema) -> Found {
        match expr {
            Expr::Not(inner) => {
                let (truth, fields) = self.truth(inner, input);
                let turned = match truth {
                    Truth::True => Truth::False,
                    Truth::False => Truth::True,
                    Truth::Null => Truth::Null,
                    Truth::Never | Truth::Open => Truth::Open,
                };
                (turned, fields)
            }
            Expr::IsTrue(inner) => {
                let (truth, fields) = self.truth(inner, input);
                (if truth.is_lost() { Truth::False } else { truth }, fields)
            }
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
                both(self.truth(left, input), self.truth(right, input))
            }
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
                either(self.truth(left, input), self.truth(right, input))
            }
            leaf => self.leaf(leaf, input).unwrap_or((Truth::Open, BTreeSet::new())),
        }
    }

    /// A test of missing fields alone; `None` where it looks at others too, or cannot be run by itself.
    fn leaf(&self, expr: &Expr, input: &DFSchema) -> Option<Found> {
        let fields: BTreeSet<String> = expr.column_refs().into_iter().map(|column| column.name.clone()).collect();
        if expr.is_volatile() || fields.iter().any(|field| self.has(field)) {
            return None;
        }
        Some((without(expr, &fields, input).ok()?, fields))
    }

    fn has(&self, column: &str) -> bool {
        if !self.owns(column) {
            return true;
        }
        let is_absent = |field: &str| self.source.has_field(field) == Some(false);
        match self.table.columns.iter().position(|known| known.name == column) {
            None => !is_absent(column),
            Some(place) => {
                let mut branches = census::present(self.table, self.report, self.source);
                branches.any(|branch| branch.mapping(place).is_some_and(|mapping| !is_absent(mapping)))
            }
        }
    }
}

fn is_passed_on(name: &str, expr: &Expr) -> bool {
    match expr {
        Expr::Alias(alias) => is_passed_on(name, &alias.expr),
        Expr::Column(column) => column.name == name,
        _ => false,
    }
}

fn both(left: Found, right: Found) -> Found {
    match (left.0, right.0) {
        (Truth::False, _) => left,
        (_, Truth::False) => right,
        (Truth::True, _) => right,
        (_, Truth::True) => left,
        (Truth::Null, Truth::Null) => left,
        (one, _) if one.is_lost() => (Truth::Never, left.1),
        (_, other) if other.is_lost() => (Truth::Never, right.1),
        _ => (Truth::Open, BTreeSet::new()),
    }
}

fn either(left: Found, right: Found) -> Found {
    let truth = match (left.0, right.0) {
        (Truth::True, _) | (_, Truth::True) => Truth::True,
        (Truth::Open, _) | (_, Truth::Open) => Truth::Open,
        (Truth::False, Truth::False) => Truth::False,
        (Truth::Null, Truth::Null) => Truth::Null,
        _ => Truth::Never,
    };
    (truth, left.1.into_iter().chain(right.1).collect())
}

/// What a test comes to where all its fields are missing.
fn without(expr: &Expr, fields: &BTreeSet<String>, input: &DFSchema) -> Result<Truth> {
    let field = |name: &String| {
        let known = input.field_with_unqualified_name(name)?;
        Ok(Field::new(name, known.data_type().clone(), true))
    };
    let schema = Arc::new(Schema::new(fields.iter().map(field).collect::<Result<Vec<_>>>()?));
    let nulls = schema.fields().iter().map(|field| new_null_array(field.data_type(), 1)).collect();
    let one = RecordBatchOptions::new().with_row_count(Some(1));
    let batch = RecordBatch::try_new_with_options(schema.clone(), nulls, &one)?;
    let test = physical(&bare(expr)?, &DFSchema::try_from(schema)?)?;
    let value = test.evaluate(&batch)?.into_array(1)?;
    let value = as_boolean_array(&value)?;
    Ok(match value.is_valid(0).then(|| value.value(0)) {
        Some(true) => Truth::True,
        Some(false) => Truth::False,
        None => Truth::Null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Folder, lacked, security, sysmon};

    #[test]
    fn a_plan_lacks_what_its_condition_cannot_do_without() {
        let log = security("pc", 1, 0, r"C:\\a.exe", "") + &sysmon("pc", 1, 0, r"C:\\b.exe", "");
        let (both, one) =
            (Folder::new().with("a.json", &log), Folder::new().with("a.json", &security("pc", 1, 0, "a", "")));
        let of = |folder: &Folder, kql: &str| {
            lacked(folder, kql).map(|fields| fields.into_iter().collect::<Vec<_>>().join(" "))
        };
        let query = |condition: &str| format!("WindowsEvent | where {condition}");
        // No event has a hash; either way of telling of a creation has an image.
        let hashed = "DeviceProcessEvents | where SHA1 == 'a'";
        assert_eq!(of(&one, hashed).as_deref(), Some("SHA1"));
        assert_eq!(of(&both, hashed), None);
        assert_eq!(of(&both, &query("EventID == 1")), None);
        assert_eq!(of(&one, "DeviceProcessEvents | where SHA1 == 'a' or FileName == 'b'"), None);
        assert_eq!(of(&one, "DeviceProcessEvents | where not(SHA1 == 'a')"), None);
        assert_eq!(of(&one, "DeviceProcessEvents | extend SHA1 = FileName | where SHA1 == 'a'"), None);
        assert_eq!(of(&one, "DeviceFileEvents | where FileName == 'a'").as_deref(), Some(""));
    }

    #[test]
    fn only_what_no_other_field_can_mend_is_lost() {
        let found = |truth| (truth, BTreeSet::new());
        let and = |left, right| both(found(left), found(right)).0;
        let or = |left, right| either(found(left), found(right)).0;
        assert_eq!((and(Truth::Open, Truth::False), and(Truth::Open, Truth::Null)), (Truth::False, Truth::Never));
        assert_eq!((and(Truth::Open, Truth::True), and(Truth::True, Truth::Null)), (Truth::Open, Truth::Null));
        assert_eq!((or(Truth::Open, Truth::False), or(Truth::False, Truth::Null)), (Truth::Open, Truth::Never));
        assert_eq!((or(Truth::Never, Truth::True), or(Truth::False, Truth::False)), (Truth::True, Truth::False));
    }
}
