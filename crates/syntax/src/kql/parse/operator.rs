//! What stands after a pipe: one rule for each tabular operator.

mod join;
mod parse;
mod summarize;

use super::Parser;
use crate::kql::messages;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Assigned, Expr, Name, Operator, OperatorKind, Pattern, SortKey};
use crate::span::Span;

/// Every operator that KQL has.
pub(in crate::kql) const OPERATORS: &[&str] = &[
    "as",
    "consume",
    "count",
    "distinct",
    "evaluate",
    "extend",
    "facet",
    "filter",
    "find",
    "fork",
    "getschema",
    "graph-match",
    "graph-to-table",
    "invoke",
    "join",
    "limit",
    "lookup",
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

impl Parser<'_> {
    pub(super) fn operator(&mut self) -> Operator {
        let Some(name) = self.operator_name() else {
            let span = self.span();
            self.expected("an operator such as where, project or summarize");
            self.skip_operator();
            let name = Name { text: String::new(), span };
            return Operator { name, kind: OperatorKind::Broken, span };
        };
        let kind = self.operator_kind(&name);
        if !self.is_operator_end() {
            self.expected("',' or '|'");
            self.skip_operator();
        }
        let span = name.span.to(self.last_span());
        Operator { name, kind, span }
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
            "project" => OperatorKind::Project(self.assignments()),
            "project-away" => OperatorKind::ProjectAway(self.list(Self::pattern)),
            "project-keep" => OperatorKind::ProjectKeep(self.list(Self::pattern)),
            "project-rename" => OperatorKind::ProjectRename(self.assignments()),
            "project-reorder" => OperatorKind::ProjectReorder(self.list(Self::reordered)),
            "sort" | "order" => {
                self.skip_parameters();
                self.expect_word("by");
                OperatorKind::Sort(self.list(Self::sort_key))
            }
            "take" | "limit" => OperatorKind::Take(self.expression()),
            "top" => {
                let count = self.expression();
                self.expect_word("by");
                OperatorKind::Top { count, by: self.list(Self::sort_key) }
            }
            "count" => OperatorKind::Count,
            "distinct" => {
                self.skip_parameters();
                OperatorKind::Distinct(self.assignments())
            }
            "summarize" => self.summarize(),
            "union" => OperatorKind::Union(self.union()),
            "join" => self.join(),
            "lookup" => self.lookup(),
            "mv-expand" | "mvexpand" => self.mv_expand(),
            "parse" | "parse-where" => self.parse_operator(name.text == "parse-where"),
            "getschema" => OperatorKind::GetSchema,
            "as" => {
                self.skip_parameters();
                self.name("a name").map_or(OperatorKind::Broken, OperatorKind::As)
            }
            "serialize" => {
                let is_bare = self.is_operator_end();
                OperatorKind::Serialize(if is_bare { Vec::new() } else { self.assignments() })
            }
            "render" => {
                self.skip_operator();
                OperatorKind::Render
            }
            known if OPERATORS.contains(&known) => {
                self.skip_operator();
                OperatorKind::Other
            }
            unknown => {
                self.report(messages::unknown_operator(name.span, unknown, OPERATORS));
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

    /// Steps over `name=value` settings, also dotted ones such as `hint.strategy=shuffle`, and gives them.
    pub(super) fn parameters(&mut self) -> Vec<(String, Name)> {
        let mut found = Vec::new();
        loop {
            let mut length = 1;
            while self.is_at(length, Sign::Dot) && *self.kind_at(length + 1) == Kind::Name {
                length += 2;
            }
            if *self.kind() != Kind::Name || !self.is_at(length, Sign::Assign) || !is_parameter(self.word()) {
                return found;
            }
            let name = self.source.slice(self.span().to(self.span_at(length - 1))).to_string();
            self.at += length + 1;
            let span = self.bump();
            let value = self.source.slice(span).trim_matches(['"', '\'']).to_string();
            found.push((name, Name { text: value, span }));
        }
    }

    fn skip_parameters(&mut self) {
        self.parameters();
    }

    /// `name = value` or a value, divided by commas.
    pub(super) fn assignments(&mut self) -> Vec<Assigned> {
        self.list(|parser| Some(parser.assigned()))
    }

    pub(super) fn assigned(&mut self) -> Assigned {
        let length = self.name_length();
        if length > 0 && self.is_at(length, Sign::Assign) {
            let name = self.try_name();
            self.bump();
            return Assigned { name, value: self.expression() };
        }
        Assigned { name: None, value: self.expression() }
    }

    pub(super) fn sort_key(&mut self) -> Option<SortKey> {
        let value = self.expression();
        let ascending = match self.word() {
            "asc" => {
                self.bump();
                true
            }
            "desc" => {
                self.bump();
                false
            }
            _ => false,
        };
        let nulls_first = if self.eat_word("nulls") {
            let is_first = self.word() == "first";
            if is_first || self.word() == "last" {
                self.bump();
            } else {
                self.expected("'first' or 'last'");
            }
            Some(is_first)
        } else {
            None
        };
        Some(SortKey { value, ascending, nulls_first })
    }

    fn pattern(&mut self) -> Option<Pattern> {
        let start = self.span();
        if let Some(name) = self.try_name() {
            let tail = self.pattern_tail();
            return Some(Pattern { text: name.text + &tail, span: start.to(self.last_span()) });
        }
        if self.eat(Sign::Star) {
            let tail = self.pattern_tail();
            return Some(Pattern { text: format!("*{tail}"), span: start.to(self.last_span()) });
        }
        self.expected("a column name");
        None
    }

    /// In a pattern a glued `*` is always a wildcard.
    fn pattern_tail(&mut self) -> String {
        let mut tail = String::new();
        while self.last_span().end == self.span().start {
            match self.kind() {
                Kind::Sign(Sign::Star) => tail.push('*'),
                Kind::Name => tail.push_str(self.word()),
                _ => break,
            }
            self.bump();
        }
        tail
    }

    fn reordered(&mut self) -> Option<(Pattern, Option<bool>)> {
        let pattern = self.pattern()?;
        let order = match self.word() {
            "asc" | "granny-asc" => Some(true),
            "desc" | "granny-desc" => Some(false),
            _ => None,
        };
        if order.is_some() {
            self.bump();
        }
        Some((pattern, order))
    }

    pub(super) fn union_part(&mut self) -> Option<Expr> {
        let start = self.span();
        if self.is(Sign::OpenParen) {
            return Some(self.expression());
        }
        if self.is(Sign::Star) || (*self.kind() == Kind::Name && !self.is_at(1, Sign::OpenParen)) {
            let pattern = self.pattern()?;
            let kind = if pattern.has_wildcard() {
                crate::kql::tree::ExprKind::Wildcard(pattern.text)
            } else {
                crate::kql::tree::ExprKind::Name(pattern.text)
            };
            return Some(Expr { kind, span: start.to(self.last_span()) });
        }
        Some(self.expression())
    }

    pub(super) fn span_before(&self) -> Span {
        self.last_span()
    }
}

fn is_parameter(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "kind",
        "hint",
        "withsource",
        "with_source",
        "isfuzzy",
        "flags",
        "bagexpansion",
        "with_itemindex",
        "decodeblocks",
    ];
    WORDS.contains(&word)
}
