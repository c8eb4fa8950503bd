//! Demands of a sweep: what an event must hold for some chain to let a row of it pass, so that readers need not decode the others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion_expr::Expr;
use telemetry::{Demand, Sought, Stands, System, TableDef};

use crate::candidates::end;
use crate::necessary::Necessary;
use crate::program::TablePlan;
use crate::wanted_text;

/// Of the chains over a table, with what is necessary for each of them.
pub fn of_table<'n>(
    table: &TableDef,
    plan: &TablePlan,
    chains: impl Iterator<Item = Option<&'n [Necessary]>>,
) -> Vec<Demand> {
    known(table, plan, chains).unwrap_or_else(|| vec![Demand { of: stands(table, &[], true), texts: Some(Sought::new(Vec::new())) }])
}

/// `None` where any event may do.
fn known<'n>(
    table: &TableDef,
    plan: &TablePlan,
    chains: impl Iterator<Item = Option<&'n [Necessary]>>,
) -> Option<Vec<Demand>> {
    let places = plan.columns_of(System::Payload.name()).unwrap_or_default();
    let names = places.into_iter().filter_map(|place| plan.schema().fields().get(place));
    let payloads: Vec<&str> = names.map(|field| field.name().as_str()).collect();
    let mut texts: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut numbers: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    let mut is_whole = false;
    for necessary in chains {
        for one in necessary? {
            match one {
                Necessary::Text { column, .. } if payloads.contains(&column.as_str()) => is_whole = true,
                Necessary::Text { column, text } => drop(texts.entry(column).or_default().insert(end(text.clone()))),
                Necessary::Number { column, number } => drop(numbers.entry(column).or_default().insert(*number)),
            }
        }
    }
    let mut demands = Vec::new();
    if is_whole {
        demands.push(Demand { of: stands(table, &[], false), texts: None });
    }
    for (column, texts) in texts {
        let of = match table.columns.iter().any(|known| known.name == column) {
            true => wanted_text::stands(table, column)?,
            // A field of its events, whatever they are; a twin may say it too.
            false => stands(table, &[column], false),
        };
        demands.push(Demand { of, texts: Some(Sought::new(texts.into_iter().collect())) });
    }
    for (column, numbers) in numbers {
        demands.push(Demand { of: of_kinds(table, column, &numbers)?, texts: Some(Sought::new(Vec::new())) });
    }
    Some(demands)
}

/// All events of a table, which have these fields.
fn stands(table: &TableDef, fields: &[&str], or_lacking: bool) -> Arc<[Stands]> {
    let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    let stands = table.branches.iter().map(|branch| Stands {
        channel: branch.channel.clone(),
        except: branch.except.clone(),
        events: branch.events.clone(),
        is_everywhere: false,
        fields: fields.clone(),
        or_lacking: or_lacking || branch.twin.is_some(),
    });
    stands.collect()
}

/// The events of a table whose id is in a column, as one of these; `None` where the column is not their id.
fn of_kinds(table: &TableDef, column: &str, numbers: &BTreeSet<i64>) -> Option<Arc<[Stands]>> {
    let place = table.columns.iter().position(|known| known.name == column)?;
    let mut of = Vec::new();
    for (number, branch) in table.branches.iter().enumerate() {
        let Some(value) = table.value(number, place).ok()? else { continue };
        if !matches!(&value.expr, Expr::Column(column) if column.name == System::EventID.name()) {
            return None;
        }
        let is_of = |id: &i64| branch.events.is_empty() || branch.events.contains(id);
        let events: Vec<i64> = numbers.iter().copied().filter(is_of).collect();
        if !events.is_empty() {
            of.push(Stands {
                channel: branch.channel.clone(),
                except: branch.except.clone(),
                events,
                is_everywhere: false,
                fields: Vec::new(),
                or_lacking: true,
            });
        }
    }
    Some(of.into())
}
