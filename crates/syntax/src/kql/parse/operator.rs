//! What stands after a pipe: one rule for each tabular operator.

mod column;
mod expand;
mod graph;
mod join;
mod multi;
mod parse;
mod plugin;
mod render;
mod scan;
mod search;
mod setting;
mod summarize;
mod top;

use super::Parser;
use crate::kql::messages;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Name, Operator, OperatorKind};

/// Every operator that KQL has.
pub(in crate::kql) const OPERATORS: &[&str] = &[
    "as",
    "assert-schema",
    "consume",
    "count",
    "distinct",
    "evaluate",
    "execute-and-cache",
    "extend",
    "facet",
    "filter",
    "find",
    "fork",
    "getschema",
    "graph-mark-components",
    "graph-match",
    "graph-shortest-paths",
    "graph-to-table",
    "graph-where-edges",
    "graph-where-nodes",
    "invoke",
    "join",
    "limit",
    "lookup",
    "macro-expand",
    "make-graph",
    "make-series",
    "mv-apply",
    "mv-expand",
    "mvexpand",
    "order",
    "parse",
    "parse-kv",
    "parse-where",
    "partition",
    "print",
    "project",
    "project-away",
    "project-by-names",
    "project-keep",
    "project-rename",
    "project-reorder",
    "reduce",
    "render",
    "sample",
    "sample-distinct",
    "scan",
    "search",
    "serialize",
    "sort",
    "summarize",
    "take",
    "top",
    "top-hitters",
    "top-nested",
    "union",
    "where",
];

/// Operators that are not read: what stands behind the word is passed over.
const UNREAD: &[&str] = &[
    "assert-schema",
    "execute-and-cache",
    "find",
    "graph-mark-components",
    "graph-to-table",
    "graph-where-edges",
    "graph-where-nodes",
    "macro-expand",
    "print",
    "project-by-names",
];

impl Parser<'_> {
    pub(super) fn operator(&mut self) -> Operator {
        let outer = std::mem::take(&mut self.hints);
        let operator = self.named_operator();
        self.hints = outer;
        operator
    }

    fn named_operator(&mut self) -> Operator {
        let Some(name) = self.operator_name() else {
            let span = self.span();
            let mut diagnostic = messages::missing_operator(span, &self.found());
            diagnostic.help = self.slip().or(diagnostic.help);
            self.report(diagnostic);
            self.skip_operator();
            let name = Name { text: String::new(), span };
            return Operator { name, hints: Vec::new(), kind: OperatorKind::Broken, span };
        };
        let outer = std::mem::replace(&mut self.is_in_condition, matches!(name.text.as_str(), "where" | "filter"));
        let kind = self.operator_kind(&name);
        self.is_in_condition = outer;
        if !self.is_operator_end() {
            self.expected("',' or '|'");
            self.skip_operator();
        }
        let span = name.span.to(self.last_span());
        Operator { name, hints: std::mem::take(&mut self.hints), kind, span }
    }

    /// A word, or words joined by dashes without blanks.
    fn operator_name(&mut self) -> Option<Name> {
        if *self.kind() != Kind::Name {
            return None;
        }
        let mut span = self.bump();
        while self.is(Sign::Minus)
            && self.span().start == span.end
            && *self.kind_at(1) == Kind::Name
            && self.span_at(1).start == self.span().end
        {
            self.bump();
            span = span.to(self.bump());
        }
        Some(Name { text: self.source.slice(span).to_string(), span })
    }

    fn operator_kind(&mut self, name: &Name) -> OperatorKind {
        match name.text.as_str() {
            "where" | "filter" => OperatorKind::Where(self.expression()),
            "extend" => OperatorKind::Extend(self.assignments()),
            "project" => OperatorKind::Project(if self.is_operator_end() { Vec::new() } else { self.assignments() }),
            "project-away" => OperatorKind::ProjectAway(self.list(Self::pattern)),
            "project-keep" => OperatorKind::ProjectKeep(self.list(Self::pattern)),
            "project-rename" => OperatorKind::ProjectRename(self.assignments()),
            "project-reorder" => OperatorKind::ProjectReorder(self.list(Self::reordered)),
            "sort" | "order" => {
                self.settings(&[]);
                self.expect_word("by");
                OperatorKind::Sort(self.list(Self::sort_key))
            }
            "take" | "limit" => OperatorKind::Take(self.expression()),
            "sample" => OperatorKind::Sample(self.expression()),
            "sample-distinct" => self.sample_distinct(),
            "top" => self.top(),
            "top-nested" => self.top_nested(),
            "top-hitters" => self.top_hitters(),
            "count" => OperatorKind::Count(if self.eat_word("as") { self.name("a name") } else { None }),
            "distinct" => {
                self.settings(&[]);
                OperatorKind::Distinct(self.assignments())
            }
            "summarize" => self.summarize(),
            "make-series" => self.make_series(),
            "union" => OperatorKind::Union(self.union()),
            "join" => self.join(),
            "lookup" => self.lookup(),
            "mv-expand" | "mvexpand" => self.mv_expand(),
            "mv-apply" => self.mv_apply(),
            "parse" | "parse-where" => self.parse_operator(name.text == "parse-where"),
            "parse-kv" => self.parse_kv(),
            "search" => OperatorKind::Search(self.search()),
            "evaluate" => self.evaluate().map_or(OperatorKind::Broken, OperatorKind::Evaluate),
            "invoke" => self.invoke().map_or(OperatorKind::Broken, OperatorKind::Invoke),
            "scan" => self.scan(),
            "partition" => self.partition(),
            "getschema" => {
                self.settings(&[("kind", &["csl"])]);
                OperatorKind::GetSchema
            }
            "as" => {
                self.settings(&[]);
                self.name("a name").map_or(OperatorKind::Broken, OperatorKind::As)
            }
            "serialize" => {
                OperatorKind::Serialize(if self.is_operator_end() { Vec::new() } else { self.assignments() })
            }
            "render" => self.render(),
            "fork" => self.fork(),
            "facet" => self.facet(),
            "reduce" => self.reduce(),
            "consume" => self.consume(),
            "make-graph" => self.make_graph(),
            "graph-match" | "graph-shortest-paths" => self.graph_match(),
            unread if UNREAD.contains(&unread) => {
                self.skip_operator();
                OperatorKind::Other
            }
            unknown => {
                let elsewhere = super::slip::operator_elsewhere(unknown);
                self.report(messages::unknown_operator(name.span, unknown, OPERATORS, elsewhere));
                self.skip_operator();
                OperatorKind::Broken
            }
        }
    }

    fn is_operator_end(&self) -> bool {
        matches!(
            self.kind(),
            Kind::End
                | Kind::Sign(
                    Sign::Pipe
                        | Sign::Semicolon
                        | Sign::CloseParen
                        | Sign::CloseBrace
                        | Sign::Comma
                        | Sign::CloseBracket
                )
        ) && !(self.is(Sign::Comma) && self.depth == 0)
    }

    /// To the pipe, semicolon or closing bracket that ends this operator; brackets inside are stepped over.
    pub(super) fn skip_operator(&mut self) {
        let mut open = 0_usize;
        loop {
            match self.kind() {
                Kind::End => return,
                Kind::Sign(Sign::OpenParen | Sign::OpenBracket | Sign::OpenBrace) => open += 1,
                Kind::Sign(Sign::CloseParen | Sign::CloseBracket | Sign::CloseBrace) => {
                    let Some(outer) = open.checked_sub(1) else {
                        return;
                    };
                    open = outer;
                }
                Kind::Sign(Sign::Pipe | Sign::Semicolon) if open == 0 => return,
                _ => {}
            }
            self.bump();
        }
    }
}

#[cfg(test)]
mod tests;
