//! Literals: the texts that detections ask of the parts of a process or file event, whatever the language calls these.

use std::collections::BTreeSet;

use catalogue::{Language, Variant};
use syntax::aql::tree as aql;
use syntax::kql::texts::texts;
use syntax::kql::tree::{self as kql, OperatorKind};
use syntax::kql::visit::{self, Node};
use syntax::sigma::{Search, Value};

/// A part of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Child,
    Parent,
    Command,
    ParentCommand,
    File,
    /// The whole of it.
    Event,
}

impl Part {
    /// In the name of the Sysmon field.
    pub fn name(self) -> &'static str {
        match self {
            Part::Child => "Image",
            Part::Parent => "ParentImage",
            Part::Command => "CommandLine",
            Part::ParentCommand => "ParentCommandLine",
            Part::File => "TargetFilename",
            Part::Event => "an event",
        }
    }
}

/// What each language and table calls the parts.
const NAMES: [(&str, Part); 22] = [
    ("image", Part::Child),
    ("process path", Part::Child),
    ("process name", Part::Child),
    ("newprocessname", Part::Child),
    ("deviceprocessevents.filename", Part::Child),
    ("deviceprocessevents.folderpath", Part::Child),
    ("parentimage", Part::Parent),
    ("parent process path", Part::Parent),
    ("parent process name", Part::Parent),
    ("parentprocessname", Part::Parent),
    ("initiatingprocessfilename", Part::Parent),
    ("initiatingprocessfolderpath", Part::Parent),
    ("commandline", Part::Command),
    ("command", Part::Command),
    ("processcommandline", Part::Command),
    ("parentcommandline", Part::ParentCommand),
    ("parent command", Part::ParentCommand),
    ("initiatingprocesscommandline", Part::ParentCommand),
    ("targetfilename", Part::File),
    ("file path", Part::File),
    ("devicefileevents.filename", Part::File),
    ("devicefileevents.folderpath", Part::File),
];

fn part(table: &str, column: &str) -> Option<Part> {
    let column = column.to_lowercase();
    let qualified = format!("{}.{column}", table.to_lowercase());
    NAMES.iter().find(|(name, _)| *name == qualified || *name == column).map(|(_, part)| *part)
}

/// Literals of all detections, by part; each once, whatever its case.
#[derive(Debug, Default)]
pub struct Pool {
    pub literals: Vec<(Part, String)>,
    known: BTreeSet<(Part, String)>,
}

/// Literals that are looked at.
const MOST: usize = 2_000;

impl Pool {
    pub fn of(&self, part: Part) -> impl Iterator<Item = &str> {
        self.literals.iter().filter(move |(known, _)| *known == part).map(|(_, text)| text.as_str())
    }

    fn put(&mut self, part: Option<Part>, text: &str) {
        let text = text.trim_matches(['%', '*']);
        if let Some(part) = part
            && !text.is_empty()
            && self.literals.len() < MOST
            && self.known.insert((part, bare(text)))
        {
            self.literals.push((part, text.to_owned()));
        }
    }

    pub fn add(&mut self, variant: &Variant) {
        match variant.language {
            Language::Kql => self.kql(&syntax::kql::parse(&variant.source).tree),
            Language::Aql => {
                for select in &syntax::aql::parse(&variant.source).tree.selects {
                    self.aql(select);
                }
            }
            Language::Sigma => {
                for selection in variant.rules.iter().flat_map(|rule| &rule.selections) {
                    self.sigma(&selection.search);
                }
            }
        }
    }

    fn kql(&mut self, query: &kql::Query) {
        let mut pipelines = Vec::new();
        visit::query(query, &mut |node| {
            if let Node::Pipeline(pipeline) = node {
                pipelines.push(pipeline);
            }
        });
        for pipeline in pipelines {
            let kql::Source::Expr(kql::Expr { kind: kql::ExprKind::Name(table), .. }) = &pipeline.source else {
                continue;
            };
            for operator in &pipeline.operators {
                // Branches have tables of their own.
                if matches!(operator.kind, OperatorKind::Union(_) | OperatorKind::Join(_) | OperatorKind::Lookup(_)) {
                    continue;
                }
                visit::walk(Node::Operator(operator), &mut |node| {
                    let Node::Expr(expr) = node else {
                        return;
                    };
                    let (left, right) = match &expr.kind {
                        kql::ExprKind::Text { left, right, .. } | kql::ExprKind::In { left, list: right, .. } => {
                            (left, right.as_slice())
                        }
                        kql::ExprKind::Compare { left, right, .. } => (left, std::slice::from_ref(&**right)),
                        _ => return,
                    };
                    if let kql::ExprKind::Name(column) = &left.kind {
                        for text in texts(right, query) {
                            self.put(part(table, column), text);
                        }
                    }
                });
            }
        }
    }

    fn aql(&mut self, select: &aql::Select) {
        for expr in select.expressions() {
            expr.walk(&mut |expr| {
                let (value, list): (&aql::Expr, &[aql::Expr]) = match &expr.kind {
                    aql::ExprKind::Like { value, patterns, .. } => (value, patterns),
                    aql::ExprKind::In { value, list, .. } => (value, list),
                    aql::ExprKind::Compare { left, right, .. } => (left, std::slice::from_ref(&**right)),
                    _ => return,
                };
                let mut column = value;
                while let aql::ExprKind::Call(call) = &column.kind
                    && let Some(first) = call.args.first()
                {
                    column = first;
                }
                if let aql::ExprKind::Field(name) = &column.kind {
                    for item in list {
                        if let aql::ExprKind::Text(text) = &item.kind {
                            self.put(part("events", name), text);
                        }
                    }
                }
            });
        }
    }

    fn sigma(&mut self, search: &Search) {
        match search {
            Search::All(parts) | Search::Any(parts) => parts.iter().for_each(|part| self.sigma(part)),
            Search::Field(found) => {
                let Some(field) = &found.field else {
                    return;
                };
                for value in &found.values {
                    if let Value::Text(text) = &value.value {
                        self.put(part("", &field.value), text);
                    }
                }
            }
        }
    }
}

/// A literal without what languages put around it.
fn bare(text: &str) -> String {
    text.trim_matches(['%', '*', '\\', '/', ' ']).to_lowercase()
}
