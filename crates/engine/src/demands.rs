//! Demands of a sweep: what an event must hold for some chain to let a row of it pass, so that readers need not decode the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion_expr::Expr;
use functions::predicate::end;
use telemetry::texts::MADE;
use telemetry::{Asks, Branch, Demand, Initiator, Sought, Stands, System, TableDef, Value};

use crate::necessary::{self, Necessary, Sure};
use crate::program::TablePlan;
use crate::wanted_text;

/// Of the chains over a table, with what is necessary for each of them.
pub fn of_table<'n>(table: &TableDef, plan: &TablePlan, chains: impl Iterator<Item = Option<&'n Sure>>) -> Vec<Demand> {
    let demands = Demands { table, with_ids: ids_are_known(table), payloads: payloads(plan) };
    demands.of(chains).unwrap_or_else(|| vec![any(demands.events(&[], true, None))])
}

/// Events that all matter.
fn any(of: Arc<[Stands]>) -> Demand {
    Demand { of, asks: Asks::Nothing }
}

/// The columns that are nothing but the payload.
fn payloads(plan: &TablePlan) -> Vec<&str> {
    let places = plan.columns_of(System::Payload.name()).unwrap_or_default();
    let fields = places.into_iter().filter_map(|place| plan.schema().fields().get(place));
    fields.map(|field| field.name().as_str()).collect()
}

/// Whether the ids in the rows of a table are those of the events.
fn ids_are_known(table: &TableDef) -> bool {
    let Some(place) = table.columns.iter().position(|known| known.name == necessary::ID) else { return false };
    let is_id = |branch| match table.value(branch, place) {
        Ok(Some(value)) => matches!(&value.expr, Expr::Column(column) if column.name == System::EventID.name()),
        _ => false,
    };
    (0..table.branches.len()).all(is_id)
}

struct Demands<'t> {
    table: &'t TableDef,
    with_ids: bool,
    payloads: Vec<&'t str>,
}

/// The ids that an event may have; `None` for any.
type Ids<'n> = Option<&'n BTreeSet<i64>>;

impl Demands<'_> {
    /// `None` where any event may do.
    fn of<'n>(&self, chains: impl Iterator<Item = Option<&'n Sure>>) -> Option<Vec<Demand>> {
        let mut texts: BTreeMap<(&str, Ids<'_>), BTreeSet<&str>> = BTreeMap::new();
        let mut without: BTreeMap<(&str, Ids<'_>), BTreeSet<&Vec<String>>> = BTreeMap::new();
        let (mut of_ids, mut of_whole): (BTreeSet<Ids<'_>>, BTreeSet<Ids<'_>>) = Default::default();
        for sure in chains {
            let Sure { values, ids, .. } = sure?;
            let ids = ids.as_ref().filter(|_| self.with_ids);
            for one in values {
                match one {
                    Necessary::Text { column, .. } if self.payloads.contains(&column.as_str()) => {
                        of_whole.insert(ids);
                    }
                    Necessary::Text { text, .. } if text.contains(MADE) => return None,
                    Necessary::Text { column, text } => {
                        texts.entry((column, ids)).or_default().insert(end(text));
                    }
                    Necessary::Lack { column, texts } => {
                        without.entry((column, ids)).or_default().extend([texts]);
                    }
                    Necessary::Number { .. } => {
                        of_ids.insert(Some(ids?));
                    }
                }
            }
        }
        let mut demands: Vec<Demand> = of_ids.into_iter().map(|ids| any(self.events(&[], true, ids))).collect();
        demands.extend(of_whole.into_iter().map(|ids| Demand { of: self.events(&[], false, ids), asks: Asks::Whole }));
        for ((column, ids), each) in without {
            let of = self.own(column, ids)?;
            let without =
                |texts: &Vec<String>| Demand { of: of.clone(), asks: Asks::Without(Sought::new(texts.clone())) };
            demands.extend(each.into_iter().map(without));
        }
        for ((column, ids), texts) in texts {
            let texts = Sought::new(texts.into_iter().map(str::to_owned).collect());
            demands.push(Demand { of: self.stands(column, ids)?, asks: Asks::Texts(texts) });
        }
        Some(demands)
    }

    /// Where events of these ids have a column; `None` where nobody knows.
    fn stands(&self, column: &str, ids: Ids<'_>) -> Option<Arc<[Stands]>> {
        if !self.table.columns.iter().any(|known| known.name == column) {
            // A field of its events, whatever they are; a twin may say it too.
            return Some(self.events(&[column], false, ids));
        }
        let stands = wanted_text::stands(self.table, column)?;
        let Some(ids) = ids else { return Some(stands) };
        Some(stands.iter().filter_map(|stands| of_ids(stands.clone(), ids)).collect())
    }

    /// Where events of these ids have a column that is a field of theirs and nothing else; `None` where it may be made of it.
    fn own(&self, column: &str, ids: Ids<'_>) -> Option<Arc<[Stands]>> {
        let Some(place) = self.table.columns.iter().position(|known| known.name == column) else {
            return Some(self.events(&[column], false, ids));
        };
        let mut of = Vec::new();
        for (number, branch) in self.table.branches.iter().enumerate() {
            let Some(Value { expr: Expr::Column(field), .. }) = self.table.value(number, place).ok()? else {
                return None;
            };
            if System::from_name(&field.name).is_some() || Initiator::from_name(&field.name).is_some() {
                return None;
            }
            let stands = stands(branch, &[&field.name], false);
            of.extend(ids.map_or(Some(stands.clone()), |ids| of_ids(stands, ids)));
        }
        Some(of.into())
    }

    /// The events of the table with these ids, which have these fields.
    fn events(&self, fields: &[&str], or_lacking: bool, ids: Ids<'_>) -> Arc<[Stands]> {
        let stands = self.table.branches.iter().map(|branch| stands(branch, fields, or_lacking));
        stands.filter_map(|stands| ids.map_or(Some(stands.clone()), |ids| of_ids(stands, ids))).collect()
    }
}

/// The events of a branch. A twin may say what its events lack.
fn stands(branch: &Branch, fields: &[&str], or_lacking: bool) -> Stands {
    Stands {
        channel: branch.channel.clone(),
        except: branch.except.clone(),
        events: branch.events.clone(),
        is_everywhere: false,
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        or_lacking: or_lacking || branch.twin.is_some(),
    }
}

/// Of some events those that have one of these ids; `None` where none has.
fn of_ids(stands: Stands, ids: &BTreeSet<i64>) -> Option<Stands> {
    let is_of = |id: &&i64| stands.events.is_empty() || stands.events.contains(id);
    let events: Vec<i64> = ids.iter().filter(is_of).copied().collect();
    (!events.is_empty()).then_some(Stands { events, ..stands })
}
