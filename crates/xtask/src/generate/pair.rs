//! Operators between values of every pair of types.

use functions::Type;

use super::Made;
use super::rows::null;
use super::writer::Writer;

const BETWEEN_ANY: &[&str] = &["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or"];
const BETWEEN_TEXTS: &[&str] = &[
    "=~",
    "!~",
    "has",
    "!has",
    "has_cs",
    "contains",
    "!contains",
    "contains_cs",
    "startswith",
    "!startswith",
    "startswith_cs",
    "endswith",
    "endswith_cs",
    "hasprefix",
    "hassuffix",
    "matches regex",
    "has_any",
    "has_all",
    "in",
    "in~",
    "!in",
    "!in~",
];

impl Writer {
    pub fn pair_query(&mut self) -> Made {
        let rows = self.datatable();
        let (left, right) = (self.kind(), self.kind());
        let form = self.dice.between(0, 12);
        let (sign, expression) = match form {
            0 => {
                let sign = self.word(&["-", "+"]);
                (format!("unary{sign}"), format!("{sign}{}", self.operand(left)))
            }
            1 => {
                let third = if self.dice.one_in(2) { right } else { self.kind() };
                let sign = self.word(&["between", "!between"]);
                let text =
                    format!("{} {sign} ({} .. {})", self.operand(left), self.operand(right), self.operand(third));
                (format!("{sign}:{}", third.name()), text)
            }
            2 => {
                let path = self.word(&[".a", "[0]", "['a']", "[x]", "[l]", "[strcat('a','b')]"]);
                (format!("path{path}"), format!("{}{path}", self.column_of(left)))
            }
            3..8 => {
                let sign = self.word(BETWEEN_ANY);
                (sign.into(), format!("{} {sign} {}", self.operand(left), self.operand(right)))
            }
            _ => {
                let sign = self.word(BETWEEN_TEXTS);
                let is_list = sign.ends_with("in") || sign.ends_with("in~") || sign.starts_with("has_a");
                let text = match is_list {
                    true => format!("{} {sign} ({}, {})", self.operand(left), self.operand(right), self.operand(right)),
                    false => format!("{} {sign} {}", self.operand(left), self.operand(right)),
                };
                (sign.into(), text)
            }
        };
        let kind = match sign.starts_with("unary") || sign.starts_with("path") {
            true => format!("operator {sign} {}", left.name()),
            false => format!("operator {sign} {},{}", left.name(), right.name()),
        };
        let text = match self.dice.between(0, 4) {
            0 => format!("{rows} | extend {expression}"),
            1 => format!("{rows} | project {expression}"),
            2 => format!("{rows} | where {expression}"),
            _ => format!("{rows} | project y = {expression}, x"),
        };
        Made { kind, text }
    }

    fn operand(&mut self, kind: Type) -> String {
        match self.dice.between(0, 6) {
            0..3 => self.column_of(kind),
            3 => null(kind),
            _ => self.literal(kind),
        }
    }

    fn column_of(&mut self, kind: Type) -> String {
        self.column_where(|known| known == kind).map_or_else(|| null(kind), |column| column.name)
    }
}
