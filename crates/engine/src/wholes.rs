//! Of which events the plans of a sweep look at the whole text, and for what.

use arrow::datatypes::SchemaRef;
use datafusion_common::ScalarValue;
use datafusion_common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion_expr::Expr;
use functions::predicate::Match;
use telemetry::{Sought, System, WantedWhole};

use crate::program::TablePlan;
use crate::rowwise::{Leg, Step};

/// Of a table's rows with these chains over them.
pub fn wanted<'l>(plan: &TablePlan, legs: impl Iterator<Item = &'l Leg<'l>>) -> Vec<WantedWhole> {
    let [data, payload] = [System::EventData, System::Payload].map(|field| plan.kinds_that_read(field.name()));
    let mut wanted = Vec::new();
    if !data.is_empty() {
        wanted.push(WantedWhole { kinds: data, texts: None });
    }
    if !payload.is_empty() {
        let columns = plan.columns_of(System::Payload.name());
        let texts = columns.and_then(|columns| looked_for(plan.schema(), &columns, legs));
        wanted.push(WantedWhole { kinds: payload, texts: texts.map(Sought::new) });
    }
    wanted
}

/// The texts that predicates look for in a payload, where nothing else is done with it.
fn looked_for<'l>(
    schema: &SchemaRef,
    payloads: &[usize],
    legs: impl Iterator<Item = &'l Leg<'l>>,
) -> Option<Vec<String>> {
    let payloads: Vec<&str> =
        payloads.iter().filter_map(|place| Some(schema.fields().get(*place)?.name().as_str())).collect();
    let mut texts = Vec::new();
    for leg in legs {
        let mut names = payloads.clone();
        for step in &leg.steps {
            let all_known = match step {
                Step::Filter { predicate, .. } => take_texts(predicate, &names, &mut texts),
                Step::Project { exprs, .. } => {
                    let (kept, others): (Vec<_>, Vec<_>) = exprs.iter().partition(|(_, expr)| is_one(expr, &names));
                    let all_known = others.iter().all(|(_, expr)| take_texts(expr, &names, &mut texts));
                    names = kept.iter().map(|(name, _)| *name).collect();
                    all_known
                }
                Step::Rename { .. } => names.is_empty(),
            };
            if !all_known {
                return None;
            }
        }
        // What is shown has to be whole.
        if leg.reads.iter().any(|name| payloads.contains(name)) && !names.is_empty() {
            return None;
        }
    }
    Some(texts)
}

/// Whether an expression is one of these columns, under whatever name.
fn is_one(expr: &Expr, columns: &[&str]) -> bool {
    match expr {
        Expr::Column(column) => columns.contains(&column.name.as_str()),
        Expr::Alias(alias) => is_one(&alias.expr, columns),
        _ => false,
    }
}

/// Whether an expression does nothing with these columns but to look for texts in them, which are taken.
fn take_texts(expr: &Expr, columns: &[&str], texts: &mut Vec<String>) -> bool {
    let mut all_known = true;
    let walked = expr.apply(|expr| {
        if is_one(expr, columns) {
            all_known = false;
            return Ok(TreeNodeRecursion::Stop);
        }
        let Some((predicate, _, needles)) = Match::of(expr).filter(|(_, text, _)| is_one(text, columns)) else {
            return Ok(TreeNodeRecursion::Continue);
        };
        let needle = |needle: &Expr| match needle {
            Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Some(text.clone()),
            _ => None,
        };
        let needles: Option<Vec<String>> = needles.iter().map(needle).collect();
        let required =
            needles.and_then(|needles| predicate.required(&needles.iter().map(String::as_str).collect::<Vec<_>>()));
        match required {
            Some(required) => texts.extend(required),
            None => all_known = false,
        }
        Ok(if all_known { TreeNodeRecursion::Jump } else { TreeNodeRecursion::Stop })
    });
    walked.is_ok() && all_known
}
