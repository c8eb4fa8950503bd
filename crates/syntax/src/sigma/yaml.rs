//! YAML documents as nodes: the tokens of a rule file with their nesting, aliases and merge keys resolved within bounds.

use std::collections::HashMap;

use super::lex::{Kind, Token};
use super::messages;
use crate::{Diagnostic, Span};

/// Rules nest three or four deep.
const MAX_DEPTH: usize = 64;
/// What aliases, and documents that are put into others, may add in a file by [`weight`]: an alias of aliases grows exponentially.
pub(super) const MAX_ALIASED: usize = 100_000;

/// What a text weighs among nodes: one, and another for every hundred bytes.
fn weight(text: &str) -> usize {
    1 + text.len() / 100
}

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub content: Content,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    Scalar { text: String, is_plain: bool },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// Plain `null`, `~` or nothing at all.
    pub fn is_null(&self) -> bool {
        match &self.content {
            Content::Scalar { text, is_plain } => {
                *is_plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }

    /// How much a copy of it takes, in nodes.
    pub fn weight(&self) -> usize {
        1 + match &self.content {
            Content::Scalar { text, .. } => weight(text) - 1,
            Content::List(items) => items.iter().map(Node::weight).sum(),
            Content::Map(entries) => entries.iter().map(|(key, value)| key.weight() + value.weight()).sum(),
        }
    }

    pub fn scalar(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// What kind of YAML this is, in the words of messages.
    pub fn kind(&self) -> &'static str {
        match &self.content {
            Content::Scalar { .. } if self.is_null() => "nothing",
            Content::Scalar { .. } => "a single value",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }
}

/// One document of a file.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub root: Node,
    /// Something is wrong with its YAML, which has been said: what is left of it may say something else.
    pub is_broken: bool,
}

/// The documents of a file. A document that breaks a bound or a rule of YAML is left out, with a diagnostic, and its neighbours stay.
pub(super) fn documents(tokens: Vec<Token>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Document> {
    let mut said = diagnostics.len();
    let mut is_left_out = false;
    let mut builder = Builder { open: Vec::new(), anchors: HashMap::new(), aliased: 0, root: None, diagnostics };
    let mut documents = Vec::new();
    for token in tokens {
        match token.kind {
            Kind::DocumentStart => {
                builder.open.clear();
                builder.anchors.clear();
                builder.root = None;
                is_left_out = false;
                said = builder.diagnostics.len();
            }
            Kind::DocumentEnd => {
                let root = builder.root.take().filter(|root| !is_left_out && !root.is_null());
                let is_broken = builder.diagnostics.len() > said;
                documents.extend(root.map(|root| Document { root, is_broken }));
            }
            _ if is_left_out => {}
            _ => {
                if let Err(diagnostic) = builder.take(token) {
                    builder.diagnostics.push(*diagnostic);
                    is_left_out = true;
                }
            }
        }
    }
    documents
}

struct Builder<'a> {
    open: Vec<Open>,
    /// Finished anchored nodes with the number of nodes in them and their depth.
    anchors: HashMap<usize, (Node, usize, usize)>,
    aliased: usize,
    root: Option<Node>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

struct Open {
    span: Span,
    anchor: usize,
    is_map: bool,
    /// Of a map: keys and values in turn.
    items: Vec<Node>,
    nodes: usize,
    depth: usize,
}

impl Builder<'_> {
    fn take(&mut self, token: Token) -> Result<(), Box<Diagnostic>> {
        match token.kind {
            Kind::DocumentStart | Kind::DocumentEnd => {}
            Kind::Scalar { text, is_plain } => {
                let nodes = weight(&text);
                let content = Content::Scalar { text, is_plain };
                self.add(Node { content, span: token.span }, token.anchor, nodes, 1);
            }
            Kind::ListStart | Kind::MapStart => {
                if self.open.len() >= MAX_DEPTH {
                    return Err(Box::new(messages::too_deep(token.span, MAX_DEPTH)));
                }
                let is_map = matches!(token.kind, Kind::MapStart);
                let open =
                    Open { span: token.span, anchor: token.anchor, is_map, items: Vec::new(), nodes: 1, depth: 1 };
                self.open.push(open);
            }
            Kind::ListEnd | Kind::MapEnd => {
                let Some(open) = self.open.pop() else {
                    return Ok(());
                };
                // A block ends with its last item, a flow collection with its bracket.
                let end =
                    if token.span.is_empty() { open.items.last().map(|last| last.span) } else { Some(token.span) };
                let span = end.map_or(open.span, |end| open.span.to(end));
                let content = if open.is_map { self.map(open.items) } else { Content::List(open.items) };
                self.add(Node { content, span }, open.anchor, open.nodes, open.depth);
            }
            Kind::Alias(anchor) => {
                let Some((node, nodes, depth)) = self.anchors.get(&anchor) else {
                    return Err(Box::new(messages::unknown_alias(token.span)));
                };
                if self.open.len() + depth > MAX_DEPTH {
                    return Err(Box::new(messages::too_deep(token.span, MAX_DEPTH)));
                }
                self.aliased = self.aliased.saturating_add(*nodes);
                if self.aliased > MAX_ALIASED {
                    return Err(Box::new(messages::too_many_aliases(token.span, MAX_ALIASED)));
                }
                let (node, nodes, depth) = (node.clone(), *nodes, *depth);
                self.add(node, 0, nodes, depth);
            }
        }
        Ok(())
    }

    fn add(&mut self, node: Node, anchor: usize, nodes: usize, depth: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), nodes, depth));
        }
        match self.open.last_mut() {
            Some(parent) => {
                parent.nodes = parent.nodes.saturating_add(nodes);
                parent.depth = parent.depth.max(depth + 1);
                parent.items.push(node);
            }
            None => self.root = Some(node),
        }
    }

    /// Pairs keys with values. A key that stands twice is an error: YAML readers differ in which one they take.
    fn map(&mut self, items: Vec<Node>) -> Content {
        let mut entries: Vec<(Node, Node)> = Vec::with_capacity(items.len() / 2);
        let mut merged = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            if let Some(name) = key.scalar() {
                if name == "<<" {
                    merged.push(value);
                    continue;
                }
                if let Some(first) = seen.insert(name.to_string(), key.span) {
                    self.diagnostics.push(messages::duplicate_key(name, key.span, first));
                    continue;
                }
            }
            entries.push((key, value));
        }
        for value in merged {
            let maps = if let Content::List(maps) = value.content { maps } else { vec![value] };
            for map in maps {
                let Content::Map(more) = map.content else {
                    continue;
                };
                for (key, value) in more {
                    if key.scalar().is_some_and(|name| seen.insert(name.to_string(), key.span).is_none()) {
                        entries.push((key, value));
                    }
                }
            }
        }
        Content::Map(entries)
    }
}
