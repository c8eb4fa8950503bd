//! Binding of Sigma rules: the log source names an open table, the condition becomes its filter.
//!
//! Sigma is two-valued: a field that an event lacks matches nothing, and `not` turns that into a match.

mod field;
mod logic;
mod parts;
mod trace;

use std::collections::HashSet;

use datafusion_expr::{Expr, Filter, LogicalPlan};
use functions::regular::Budget;
use syntax::sigma::{Condition, FieldMatch, LogSource, Modifier, Rule, Search, Value, messages};
use syntax::{Diagnostic, Source, Span};

use crate::binding::{Bound, Condition as Passage, Mode, Options, Output};
use crate::chain;
use crate::relation::{Computed, Relation};
use crate::tables::{SharedRows, SharedTable, Table, Tables};
use crate::trace::{Clause, Kind, Step};
use field::Operand;

/// The column that holds the text of the whole event, which keywords search.
pub const EVENT_TEXT: &str = "$text";

/// What every name of a table of a log source starts with; `product/category/service` follow.
pub const TABLE_PREFIX: &str = "sigma:";

/// Binds a rule to the events of its log source: each event that matches is one row.
pub fn bind(_source: &Source, rule: &Rule, tables: &dyn Tables, options: &Options<'_>) -> Bound {
    let key = table_name(&rule.log_source);
    let wanted = wanted(rule);
    let Some(shared) = tables.shared(&key, &wanted) else {
        return Bound { output: None, diagnostics: vec![unknown_log_source(rule, &key, tables)] };
    };
    let table = &shared.table;
    let mut binder = Binder::new(rule, table, options.mode);
    let alternatives = rule.conditions.iter().filter_map(|condition| binder.condition(condition, false)).collect();
    let Binder { mut diagnostics, raw_fields, .. } = binder;
    // For a single rule alone: a hunt tells of findings.
    let parts = match rule.conditions.as_slice() {
        [only] if !options.origins => Binder::new(rule, table, options.mode).parts(only),
        _ => Vec::new(),
    };
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Bound { output: None, diagnostics };
    }
    let clauses = options.trace.then(|| {
        let mut binder = Binder::new(rule, table, options.mode);
        let clauses: Vec<Clause> = rule.conditions.iter().filter_map(|condition| binder.clause(condition)).collect();
        Clause::Any(clauses)
    });
    let looks_at_text = wanted.iter().any(|name| table.column(name).is_some_and(|column| column.name == EVENT_TEXT));
    let asked = Asked { filter: chain::or(alternatives), looks_at_text, parts, clauses };
    match plan(rule, &shared, asked, raw_fields, options) {
        Ok(output) => Bound { output: Some(output), diagnostics },
        Err(error) => {
            diagnostics.push(messages::not_planned(rule.span, &error.to_string()));
            Bound { output: None, diagnostics }
        }
    }
}

/// `sigma:windows/process_creation/`: what the rule leaves out stays empty.
pub fn table_name(log_source: &LogSource) -> String {
    let part = |part: &Option<syntax::sigma::Spanned<String>>| {
        part.as_ref().map(|part| part.value.trim().to_lowercase()).unwrap_or_default()
    };
    let (product, category, service) =
        (part(&log_source.product), part(&log_source.category), part(&log_source.service));
    format!("{TABLE_PREFIX}{product}/{category}/{service}")
}

fn unknown_log_source(rule: &Rule, key: &str, tables: &dyn Tables) -> Diagnostic {
    let names = tables.names();
    let known = names.iter().filter_map(|name| name.strip_prefix(TABLE_PREFIX));
    let name = key.strip_prefix(TABLE_PREFIX).unwrap_or(key);
    let span = if rule.log_source.span.is_empty() { rule.span } else { rule.log_source.span };
    messages::unknown_log_source(span, name, syntax::nearest::nearest(name, known))
}

/// What a rule asks of an event: as one predicate, in the parts that all have to hold, and as it is written.
struct Asked {
    filter: Expr,
    looks_at_text: bool,
    parts: Vec<(Span, Expr)>,
    clauses: Option<Clause>,
}

fn plan(
    rule: &Rule,
    shared: &SharedTable,
    asked: Asked,
    raw_fields: Vec<(String, Span)>,
    options: &Options<'_>,
) -> datafusion_common::Result<Output> {
    let table = &shared.table;
    let SharedRows { plan: rows, columns } = shared.rows(options.origins)?;
    let whole = asked.looks_at_text.then(|| Relation::scan(table, options.origins)).transpose()?;
    let input = whole.as_ref().map_or(&*rows, |whole| &whole.plan);
    let condition = (!asked.parts.is_empty()).then(|| Passage { input: input.clone(), parts: asked.parts });
    let spoken = asked.clauses.is_some().then(|| input.clone());
    let (plan, filtered) = match whole {
        None => {
            // Its type is known: a condition is true or false, and asking each part of it takes longer than all else.
            let filtered = LogicalPlan::Filter(Filter::new(asked.filter, rows));
            let step = spoken.is_some().then(|| filtered.clone());
            (filtered, step)
        }
        Some(whole) => {
            let filtered = whole.filter(asked.filter)?;
            let step = spoken.is_some().then(|| filtered.plan.clone());
            let shown = columns.iter().map(|column| Computed::new(&column.name, column.kind, column.expr())).collect();
            (filtered.project(shown)?.plan, step)
        }
    };
    let steps = match (asked.clauses, spoken, filtered) {
        (Some(clauses), Some(input), Some(output)) => {
            let span = rule.log_source.span;
            let kind = Kind::Table(table.name.clone());
            let source = Step { span, kind, input: None, output: input.clone(), depth: 0 };
            let filter = Step { span: rule.span, kind: Kind::Filter(clauses), input: Some(input), output, depth: 0 };
            vec![source, filter]
        }
        _ => Vec::new(),
    };
    Ok(Output {
        columns,
        plan,
        bounds: Vec::new(),
        may_lift: true,
        tables: vec![table.name.clone()],
        raw_fields,
        time_column: table.time.clone(),
        stepwise: Vec::new(),
        limits: Vec::new(),
        conditions: condition.into_iter().collect(),
        inner: Vec::new(),
        holds_without: Vec::new(),
        steps,
    })
}

/// Every field that the rule names and that a table can have, once.
fn wanted(rule: &Rule) -> Vec<String> {
    let mut fields = Vec::new();
    for selection in &rule.selections {
        gather(&selection.search, &mut fields);
    }
    fields.extend(rule.about.fields.iter().map(|field| field.value.clone()));
    let mut seen = HashSet::new();
    fields.retain(|name| !name.contains(char::is_control) && seen.insert(name.to_lowercase()));
    fields
}

fn gather(search: &Search, fields: &mut Vec<String>) {
    match search {
        Search::All(parts) | Search::Any(parts) => parts.iter().for_each(|part| gather(part, fields)),
        Search::Field(found) => {
            fields.push(found.field.as_ref().map_or(EVENT_TEXT.to_string(), |field| field.value.clone()));
            if found.modifiers.iter().any(|modifier| modifier.value == Modifier::FieldRef) {
                fields.extend(found.values.iter().filter_map(|value| match &value.value {
                    Value::Text(name) => Some(name.clone()),
                    _ => None,
                }));
            }
        }
    }
}

struct Binder<'a> {
    rule: &'a Rule,
    table: &'a Table,
    mode: Mode,
    diagnostics: Vec<Diagnostic>,
    raw_fields: Vec<(String, Span)>,
    /// Bytes that the predicates hold.
    spent: usize,
    regexes: Budget,
}

/// What the predicates of one rule may hold: a small file can name a large selection a thousand times.
const BUDGET: usize = 32 << 20;

impl<'a> Binder<'a> {
    fn new(rule: &'a Rule, table: &'a Table, mode: Mode) -> Self {
        Binder {
            rule,
            table,
            mode,
            diagnostics: Vec::new(),
            raw_fields: Vec::new(),
            spent: 0,
            regexes: Budget::default(),
        }
    }
}

impl Binder<'_> {
    /// The predicate of a condition; `None` where part of it is wrong, which has been said. Under a negation every part has
    /// to be two-valued; elsewhere a null counts as false by itself, and a bare comparison can prune.
    fn condition(&mut self, condition: &Condition, negated: bool) -> Option<Expr> {
        Some(match condition {
            Condition::Selection(index, _) => self.selection(*index, negated)?,
            Condition::AllOf(indices, _) => chain::and(self.selections(indices, negated)?),
            Condition::OneOf(indices, _) => chain::or(self.selections(indices, negated)?),
            Condition::Not(inner) => Expr::Not(Box::new(self.condition(inner, true)?)),
            Condition::And(parts) => chain::and(self.conditions(parts, negated)?),
            Condition::Or(parts) => chain::or(self.conditions(parts, negated)?),
        })
    }

    // All parts are bound before any is given up, so that every fault is said at once.
    fn conditions(&mut self, parts: &[Condition], negated: bool) -> Option<Vec<Expr>> {
        let bound: Vec<Option<Expr>> = parts.iter().map(|part| self.condition(part, negated)).collect();
        bound.into_iter().collect()
    }

    fn selections(&mut self, indices: &[usize], negated: bool) -> Option<Vec<Expr>> {
        let bound: Vec<Option<Expr>> = indices.iter().map(|index| self.selection(*index, negated)).collect();
        bound.into_iter().collect()
    }

    fn selection(&mut self, index: usize, negated: bool) -> Option<Expr> {
        let selection = self.rule.selections.get(index)?;
        self.search(&selection.search, negated)
    }

    fn search(&mut self, search: &Search, negated: bool) -> Option<Expr> {
        let mut each = |parts: &[Search]| -> Option<Vec<Expr>> {
            let bound: Vec<Option<Expr>> = parts.iter().map(|part| self.search(part, negated)).collect();
            bound.into_iter().collect()
        };
        match search {
            Search::All(parts) => Some(chain::and(each(parts)?)),
            Search::Any(parts) => Some(chain::or(each(parts)?)),
            Search::Field(found) => self.field(found, negated),
        }
    }

    fn field(&mut self, found: &FieldMatch, negated: bool) -> Option<Expr> {
        if self.spent > BUDGET {
            return None;
        }
        self.spent = self.spent.saturating_add(field::cost(found));
        if self.spent > BUDGET {
            self.diagnostics.push(messages::too_many_values(found.span));
            return None;
        }
        let column = match &found.field {
            Some(field) => self.column(&field.value, field.span)?,
            None => self.event_text(found.span)?,
        };
        let mut regexes = std::mem::take(&mut self.regexes);
        let result = field::bind(found, &column, &mut regexes, &mut |name, span| self.column(name, span));
        self.regexes = regexes;
        match result {
            Ok(expr) if negated => Some(logic::two_valued(expr)),
            Ok(expr) => Some(expr),
            Err(diagnostic) => {
                self.diagnostics.extend(diagnostic.map(|diagnostic| *diagnostic));
                None
            }
        }
    }

    fn column(&mut self, name: &str, span: Span) -> Option<Operand> {
        // Columns whose names begin with a control character are the engine's own.
        if name.contains(char::is_control) {
            self.diagnostics.push(messages::control_in_name(span));
            return None;
        }
        match self.table.column(name) {
            Some(column) => {
                let is_new = !self.raw_fields.iter().any(|(known, _)| known == &column.name);
                if column.is_raw && is_new {
                    self.raw_fields.push((column.name.clone(), span));
                }
                Some(Operand::column(column))
            }
            None => {
                let near = syntax::nearest::nearest(name, self.table.columns.iter().map(|column| column.name.as_str()));
                let mut unknown = messages::unknown_field(span, name, &self.table.name, near);
                if self.mode == Mode::Lenient {
                    unknown.severity = syntax::Severity::Warning;
                }
                self.diagnostics.push(unknown);
                (self.mode == Mode::Lenient).then(Operand::missing)
            }
        }
    }

    fn event_text(&mut self, span: Span) -> Option<Operand> {
        let column = self.table.column(EVENT_TEXT).filter(|column| !column.is_raw);
        if column.is_none() {
            self.diagnostics.push(messages::no_event_text(span, &self.table.name));
        }
        column.map(Operand::column)
    }
}

#[cfg(test)]
mod tests;
