//! Graphs: `make-graph`, and the patterns of `graph-match`.

use super::setting::Known;
use crate::kql::parse::Parser;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{Direction, Expr, GraphEdge, GraphMatch, GraphNode, GraphPath, MakeGraph, OperatorKind};

const MAKE_SETTINGS: &[Known] = &[("with_node_id", &[])];
const MATCH_SETTINGS: &[Known] = &[("cycles", &["none", "all", "unique_edges"]), ("output", &["any", "all"])];

impl Parser<'_> {
    pub(super) fn make_graph(&mut self) -> OperatorKind {
        self.settings(&[]);
        let source = self.column();
        self.edge_end("'-->'");
        let target = self.column();
        let mut nodes = Vec::new();
        if self.eat_word("with") {
            nodes = self.list(|parser| {
                let table = parser.expression();
                parser.expect_word("on");
                Some((table, parser.column()))
            });
        }
        let node_id = self.settings(MAKE_SETTINGS).pop().map(|setting| setting.value);
        OperatorKind::MakeGraph(MakeGraph { source, target, nodes, node_id })
    }

    pub(super) fn graph_match(&mut self) -> OperatorKind {
        self.settings(MATCH_SETTINGS);
        let paths = self.list(|parser| Some(parser.graph_path()));
        let condition = self.eat_word("where").then(|| self.expression());
        let project = if self.eat_word("project") { self.assignments() } else { Vec::new() };
        OperatorKind::GraphMatch(GraphMatch { paths, condition, project })
    }

    fn graph_path(&mut self) -> GraphPath {
        let first = self.graph_node();
        let mut rest = Vec::new();
        while matches!(self.kind(), Kind::Sign(Sign::Minus | Sign::Less)) {
            let edge = self.graph_edge();
            rest.push((edge, self.graph_node()));
        }
        GraphPath { first, rest }
    }

    fn graph_node(&mut self) -> GraphNode {
        let start = self.span();
        self.expect(Sign::OpenParen, "'(' and a node");
        let name = self.try_name();
        self.expect(Sign::CloseParen, "')'");
        GraphNode { name, span: start.to(self.last_span()) }
    }

    fn graph_edge(&mut self) -> GraphEdge {
        let start = self.span();
        let is_left = self.eat(Sign::Less);
        self.expect(Sign::Minus, "'-'");
        let (mut name, mut hops) = (None, None);
        if self.eat(Sign::OpenBracket) {
            name = self.try_name();
            if self.eat(Sign::Star) {
                hops = self.hops();
            }
            self.expect(Sign::CloseBracket, "']'");
        }
        self.expect(Sign::Minus, "'-'");
        let direction = match (is_left, !is_left && self.eat(Sign::Greater)) {
            (true, _) => Direction::Left,
            (false, true) => Direction::Right,
            (false, false) => Direction::Any,
        };
        GraphEdge { name, direction, hops, span: start.to(self.last_span()) }
    }

    /// `least..most` behind a `*`.
    fn hops(&mut self) -> Option<(Expr, Expr)> {
        if self.is(Sign::CloseBracket) {
            return None;
        }
        let least = self.sum();
        self.expect(Sign::DotDot, "'..'");
        Some((least, self.sum()))
    }

    fn edge_end(&mut self, spelled: &str) {
        let is_whole = self.eat(Sign::Minus) && self.eat(Sign::Minus) && self.eat(Sign::Greater);
        if !is_whole {
            self.expected(spelled);
        }
    }
}
