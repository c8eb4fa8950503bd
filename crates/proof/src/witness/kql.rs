//! What a query in KQL asks of one row, from its tree.

mod condition;
mod origin;

use std::cell::Cell;
use std::collections::HashMap;

use syntax::kql::tree::{
    Assigned, Expr, ExprKind, LetValue, OperatorKind, ParsePart, ParsePattern, Pipeline, Query, Source,
};

use super::form::{Asked, Form};

/// The table and the conditions of the rows that a query begins with, up to the first operator that looks at several rows;
/// `None` where no table is read.
pub fn asked(query: &Query) -> Option<Asked> {
    let mut reader = Reader {
        query,
        made: HashMap::new(),
        conditions: Vec::new(),
        others: Vec::new(),
        depth: 0,
        asked: Cell::new(0),
    };
    let table = reader.pipeline(query.body.as_ref()?)?;
    Some(Asked { table, others: reader.others, conditions: reader.conditions })
}

struct Reader<'q> {
    query: &'q Query,
    /// Columns that the query computes.
    made: HashMap<&'q str, From<'q>>,
    conditions: Vec<(syntax::Span, Form)>,
    others: Vec<String>,
    depth: usize,
    /// Forms that were read so far.
    asked: Cell<usize>,
}

/// What a column is made from.
enum From<'q> {
    Value(&'q Expr),
    /// A group of the pattern that a text was parsed by.
    Parsed {
        text: &'q Expr,
        pattern: String,
        group: usize,
    },
    Unknown,
}

/// Names that stand for names that stand for names.
const MAX_DEPTH: usize = 30;
/// What is asked beyond is not read.
const MAX_FORMS: usize = 50_000;

impl<'q> Reader<'q> {
    fn pipeline(&mut self, pipeline: &'q Pipeline) -> Option<String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let table = match &pipeline.source {
            Source::Expr(expr) => self.rows(expr)?,
            Source::Union(union) => {
                let mut names = union.parts.iter().filter_map(|part| match &part.kind {
                    ExprKind::Name(name) if self.query.lets.iter().all(|one| one.name.text != *name) => {
                        Some(name.clone())
                    }
                    _ => None,
                });
                match names.next() {
                    Some(first) => {
                        self.others.extend(names);
                        first
                    }
                    None => union.parts.iter().find_map(|part| self.rows(part))?,
                }
            }
            Source::Find(find) => {
                let mut names = find.tables.iter().filter_map(|table| match &table.kind {
                    ExprKind::Name(name) => Some(name.clone()),
                    _ => None,
                });
                let first = names.next()?;
                self.others.extend(names);
                self.condition(&find.condition);
                first
            }
            _ => return None,
        };
        for operator in &pipeline.operators {
            match &operator.kind {
                OperatorKind::Where(condition) => self.condition(condition),
                OperatorKind::Extend(items) => self.computed(items),
                OperatorKind::Project(items) | OperatorKind::ProjectRename(items) => self.computed(items),
                OperatorKind::Parse(parse) => self.parsed_columns(parse),
                OperatorKind::ProjectAway(_)
                | OperatorKind::ProjectKeep(_)
                | OperatorKind::ProjectReorder(_)
                | OperatorKind::Sort(_)
                | OperatorKind::Take(_)
                | OperatorKind::Serialize(_)
                | OperatorKind::As(_)
                | OperatorKind::Render(_) => {}
                _ => break,
            }
        }
        Some(table)
    }

    fn rows(&mut self, expr: &'q Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Name(name) => {
                match self.query.lets.iter().rfind(|one| one.name.text == *name).map(|one| &one.value) {
                    Some(LetValue::Value(pipeline)) => self.pipeline(pipeline),
                    Some(LetValue::Function(function)) => self.pipeline(function.body.as_ref()?),
                    None => Some(name.clone()),
                }
            }
            ExprKind::Pipeline(pipeline) => self.pipeline(pipeline),
            ExprKind::Call { name, args } => match (name.text.as_str(), args.as_slice()) {
                ("materialize" | "view", [rows]) => self.rows(&rows.value),
                _ => match self.query.lets.iter().rfind(|one| one.name.text == name.text).map(|one| &one.value) {
                    Some(LetValue::Function(function)) => self.pipeline(function.body.as_ref()?),
                    _ => None,
                },
            },
            _ => None,
        }
    }

    fn computed(&mut self, items: &'q [Assigned]) {
        for item in items {
            let names = item.name.iter().chain(&item.more_names);
            let is_one = item.more_names.is_empty();
            for name in names {
                let is_itself = matches!(&item.value.kind, ExprKind::Name(value) if *value == name.text);
                if !is_itself {
                    let speaks_of_itself = speaks_of(&item.value, &name.text);
                    let from = if is_one && !speaks_of_itself { From::Value(&item.value) } else { From::Unknown };
                    self.made.insert(&name.text, from);
                }
            }
        }
    }

    /// Columns between the texts of a simple pattern.
    fn parsed_columns(&mut self, parse: &'q ParsePattern) {
        let is_simple = parse.kind.as_ref().is_none_or(|kind| kind.text != "regex");
        let last = parse.parts.len().saturating_sub(1);
        let part = |(place, part): (usize, &ParsePart)| match part {
            ParsePart::Skip => "(?:.*?)".to_owned(),
            ParsePart::Text(text) => regex::escape(text),
            ParsePart::Column(..) if place == last => "(.*)".to_owned(),
            ParsePart::Column(..) => "(.*?)".to_owned(),
        };
        let pattern = parse.parts.iter().enumerate().map(part).collect::<String>();
        let pattern = format!("^{pattern}$");
        let columns = parse.parts.iter().filter_map(|part| match part {
            ParsePart::Column(name, _) => Some(name),
            _ => None,
        });
        for (place, name) in columns.enumerate() {
            let from = if is_simple {
                From::Parsed { text: &parse.text, pattern: pattern.clone(), group: place + 1 }
            } else {
                From::Unknown
            };
            self.made.insert(&name.text, from);
        }
    }

    fn condition(&mut self, condition: &'q Expr) {
        match &condition.kind {
            ExprKind::And(parts) => parts.iter().for_each(|part| self.condition(part)),
            _ => {
                let form = self.form(condition, 0);
                self.conditions.push((condition.span, form));
            }
        }
    }
}

fn speaks_of(expr: &Expr, name: &str) -> bool {
    let mut speaks = false;
    syntax::kql::visit::walk(syntax::kql::visit::Node::Expr(expr), &mut |node| {
        if let syntax::kql::visit::Node::Expr(Expr { kind: ExprKind::Name(found), .. }) = node {
            speaks |= found == name;
        }
    });
    speaks
}
