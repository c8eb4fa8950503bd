//! `parse`, `parse-where` and `parse-kv`: columns out of a text.

use functions::Type;
use functions::parts::pairs::{self, Delimiters};
use functions::parts::pattern::{self, Mode, Part};
use functions::parts::pick;
use syntax::Span;
use syntax::kql::tree::{ParseKv, ParsePart, ParsePattern};

use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Scope};
use crate::kql::value::Value;
use crate::relation::{Column, Computed, field};

/// The hidden column that holds the parts until they are columns.
const PARTS: &str = "\u{1}parts";

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn parse_pattern(
        &mut self,
        tree: &'q ParsePattern,
        flow: Flow,
        env: Env,
        span: Span,
    ) -> Option<Flow> {
        let text = self.scalar(&tree.text, &flow.scope(env))?.cast(Type::String).or_empty();
        let mode = match tree.kind.as_ref().map(|kind| kind.text.as_str()) {
            Some("regex") => Mode::Regex,
            Some("relaxed") => Mode::Relaxed,
            _ => Mode::Simple,
        };
        let mut columns: Vec<Column> = Vec::new();
        let mut parts = Vec::with_capacity(tree.parts.len());
        for part in &tree.parts {
            parts.push(match part {
                ParsePart::Skip => Part::Skip,
                ParsePart::Text(text) => Part::Text(text),
                ParsePart::Column(name, kind) => {
                    let kind = match kind {
                        Some(kind) => match Type::from_name(&kind.text) {
                            Some(known) => known,
                            None => return self.refuse(messages::bad_literal(kind.span, "type", &kind.text)),
                        },
                        None => Type::String,
                    };
                    if columns.iter().any(|column| column.name == name.text) {
                        return self.refuse(messages::declared_twice(name.span, &name.text));
                    }
                    columns.push(Column::new(&name.text, kind));
                    Part::Column(kind)
                }
            });
        }
        let flags = tree.flags.as_ref().map_or("", |flags| flags.text.as_str());
        if let Some(flags) = tree.flags.as_ref().filter(|flags| !flags.text.chars().all(|flag| "Uims".contains(flag))) {
            return self.refuse(messages::bad_literal(flags.span, "list of the flags U, i, m and s", &flags.text));
        }
        let regex = pattern::regex(&parts, mode, flags);
        if let Err(why) = self.regexes.admit(&regex, true) {
            return self.refuse(messages::bad_regex(span, &why));
        }
        let kinds: Vec<Type> = columns.iter().map(|column| column.kind).collect();
        let parts = pattern::parts(text.expr, &regex, &kinds, mode);
        self.picked(parts, columns, tree.filters, flow, span)
    }

    pub(in crate::kql) fn parse_kv(&mut self, tree: &'q ParseKv, flow: Flow, env: Env, span: Span) -> Option<Flow> {
        let text = self.scalar(&tree.text, &flow.scope(env))?.cast(Type::String).or_empty();
        let mut columns: Vec<Column> = Vec::new();
        for key in &tree.keys {
            let Some(kind) = Type::from_name(&key.kind.text) else {
                return self.refuse(messages::bad_literal(key.kind.span, "type", &key.kind.text));
            };
            if columns.iter().any(|column| column.name == key.name.text) {
                return self.refuse(messages::declared_twice(key.name.span, &key.name.text));
            }
            columns.push(Column::new(&key.name.text, kind));
        }
        let mut delimiters = Delimiters::default();
        for property in &tree.properties {
            let value = self.scalar(&property.value, &Scope::constant(env))?;
            let at = property.value.span;
            if property.name.text == "greedy" {
                match value.literal() {
                    Some(datafusion_common::ScalarValue::Boolean(Some(greedy))) => delimiters.is_greedy = *greedy,
                    _ => return self.refuse(messages::not_constant(at, "whether values are greedy")),
                }
                continue;
            }
            let Some(text) = value.literal_text() else {
                return self.refuse(messages::not_constant(at, "a delimiter"));
            };
            match property.name.text.as_str() {
                "pair_delimiter" => delimiters.pair = text.to_owned(),
                "kv_delimiter" => delimiters.value = text.to_owned(),
                "quote" => delimiters.quotes = text.to_owned(),
                "escape" => delimiters.escape = text.to_owned(),
                "regex" => {
                    if let Err(why) = self.regexes.admit(text, true) {
                        return self.refuse(messages::bad_regex(at, &why));
                    }
                    delimiters.regex = text.to_owned();
                }
                other => {
                    const KNOWN: [&str; 6] = ["pair_delimiter", "kv_delimiter", "quote", "escape", "greedy", "regex"];
                    return self.refuse(messages::unknown_parameter(property.name.span, "parse-kv", other, KNOWN));
                }
            }
        }
        let keys: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let values = pairs::values(text.expr, &keys, &delimiters);
        self.picked(values, columns, false, flow, span)
    }

    /// The parts as columns; they replace columns of their names.
    fn picked(
        &mut self,
        parts: datafusion_expr::Expr,
        columns: Vec<Column>,
        filters: bool,
        flow: Flow,
        span: Span,
    ) -> Option<Flow> {
        let mut visible: Vec<Column> = flow.relation.columns.clone();
        let mut phantoms = flow.phantoms.clone();
        let mut time = flow.time.clone();
        let taken = self.planned(flow.relation.extend(vec![Computed::new(PARTS, Type::Dynamic, parts)]), span)?;
        let taken = if filters { self.planned(taken.filter(field(PARTS).is_not_null()), span)? } else { taken };
        let picked = columns.iter().enumerate().map(|(number, column)| {
            let text = Value::new(pick(field(PARTS), number), Type::String).or_empty();
            Computed::new(&column.name, column.kind, text.cast(column.kind).expr)
        });
        let made = self.planned(taken.extend(picked.collect()), span)?;
        for column in columns {
            phantoms.retain(|phantom| phantom.name != column.name);
            time = time.filter(|time| time.column != column.name);
            match visible.iter_mut().find(|present| present.name == column.name) {
                Some(present) => *present = column,
                None => visible.push(column),
            }
        }
        let flow = Flow { relation: made, phantoms, time, ..flow };
        self.keep(visible, flow, span)
    }
}
