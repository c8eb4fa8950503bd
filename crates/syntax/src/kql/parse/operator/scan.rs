//! `scan`, and the operators that run others over parts of the rows: `partition`, `fork`, `facet`.

use super::setting::Known;
use crate::kql::parse::Parser;
use crate::kql::token::{Kind, Sign};
use crate::kql::tree::{
    Facet, ForkBranch, Operator, OperatorKind, Partition, PartitionBody, Scan, ScanOutput, ScanStep, Subquery,
};

const SCAN_SETTINGS: &[Known] = &[("kind", &["partial", "full"]), ("with_match_id", &[])];

impl Parser<'_> {
    pub(super) fn scan(&mut self) -> OperatorKind {
        let mut scan = Scan {
            match_id: None,
            full: None,
            order_by: Vec::new(),
            partition_by: Vec::new(),
            declared: Vec::new(),
            steps: Vec::new(),
        };
        for setting in self.settings(SCAN_SETTINGS) {
            match (setting.name.text.as_str(), setting.value.text.as_str()) {
                ("with_match_id", _) => scan.match_id = Some(setting.value),
                (_, "full") => scan.full = Some(setting.value.span),
                _ => {}
            }
        }
        if self.eat_word("order") {
            self.expect_word("by");
            scan.order_by = self.list(Self::sort_key);
        }
        if self.eat_word("partition") {
            self.expect_word("by");
            scan.partition_by = self.list(|parser| Some(parser.expression()));
        }
        if self.eat_word("declare") {
            scan.declared = self.parenthesized(Self::parameter);
        }
        self.expect_word("with");
        self.expect(Sign::OpenParen, "'('");
        while self.word() == "step" {
            scan.steps.extend(self.scan_step());
            if !self.eat(Sign::Semicolon) {
                break;
            }
        }
        if scan.steps.is_empty() {
            self.expected("'step'");
        }
        self.expect(Sign::CloseParen, "')'");
        OperatorKind::Scan(scan)
    }

    fn scan_step(&mut self) -> Option<ScanStep> {
        self.bump();
        let name = self.name("a step's name")?;
        let is_optional = self.eat_word("optional");
        let output = if self.eat_word("output") { self.scan_output() } else { ScanOutput::All };
        self.expect(Sign::Colon, "':'");
        let condition = self.expression();
        let assignments = if self.eat(Sign::Arrow) { self.assignments() } else { Vec::new() };
        Some(ScanStep { name, is_optional, output, condition, assignments })
    }

    fn scan_output(&mut self) -> ScanOutput {
        self.expect(Sign::Assign, "'='");
        let output = match self.word() {
            "all" => ScanOutput::All,
            "last" => ScanOutput::Last,
            "none" => ScanOutput::None,
            _ => {
                self.expected("'all', 'last' or 'none'");
                return ScanOutput::All;
            }
        };
        self.bump();
        output
    }

    pub(super) fn partition(&mut self) -> OperatorKind {
        self.settings(&[]);
        self.expect_word("by");
        let by = self.column();
        let body = if self.eat(Sign::OpenBrace) {
            let Some(query) = self.nested(Self::pipeline) else {
                return OperatorKind::Broken;
            };
            self.expect(Sign::CloseBrace, "'}'");
            PartitionBody::Query(Box::new(query))
        } else {
            PartitionBody::Rows(self.subquery())
        };
        OperatorKind::Partition(Partition { by, body })
    }

    pub(super) fn fork(&mut self) -> OperatorKind {
        let mut branches = Vec::new();
        while self.is(Sign::OpenParen) || self.name_length() > 0 {
            let name = self.try_name();
            if name.is_some() {
                self.expect(Sign::Assign, "'='");
            }
            let before = self.at;
            branches.push(ForkBranch { name, body: self.subquery() });
            if self.at == before {
                break;
            }
        }
        if branches.is_empty() {
            self.expected("'(' and operators");
        }
        OperatorKind::Fork(branches)
    }

    pub(super) fn facet(&mut self) -> OperatorKind {
        self.expect_word("by");
        let by = self.list(|parser| Some(parser.expression()));
        let body = self.eat_word("with").then(|| self.facet_body());
        OperatorKind::Facet(Facet { by, body })
    }

    /// Operators in parentheses, or one without.
    fn facet_body(&mut self) -> Subquery {
        if *self.kind() != Kind::Name {
            return self.subquery();
        }
        let operators: Vec<Operator> = self.nested(Self::operator).into_iter().collect();
        let span = operators.first().map_or(self.span(), |operator| operator.span);
        Subquery { operators, span }
    }
}
