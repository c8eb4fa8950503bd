//! Pipelines of tabular operators.

use functions::Type;

use super::Made;
use super::column::Column;
use super::writer::{Writer, names_of};

impl Writer {
    pub fn pipeline_query(&mut self) -> Made {
        let mut text = self.source();
        let mut kinds = Vec::new();
        for _ in 0..self.count(1, 3) {
            let (kind, operator) = self.operator();
            kinds.push(kind);
            text.push_str(" | ");
            text.push_str(&operator);
        }
        Made { kind: format!("operators {}", kinds.join(" ")), text }
    }

    /// An operator, and its name. The columns behind it are then the writer's.
    pub fn operator(&mut self) -> (&'static str, String) {
        match self.dice.between(0, 34) {
            0..2 => ("where", format!("where {}", self.condition(2))),
            2..4 => ("extend", self.extend()),
            4..6 => ("project", self.project()),
            6 => self.column_choice(),
            7 => ("project-rename", self.rename()),
            8 => ("project-reorder", self.reorder()),
            9 => ("distinct", self.distinct()),
            10 => ("sort", self.sort("sort")),
            11 => ("top", self.top()),
            12 => self.few(),
            13..17 => ("summarize", self.summarize()),
            17..19 => ("mv-expand", self.mv_expand()),
            19 => ("mv-apply", self.mv_apply()),
            20..22 => self.parse(),
            22 => ("parse-kv", self.parse_kv()),
            23 => ("make-series", self.make_series()),
            24 => ("top-nested", self.top_nested()),
            25 => ("top-hitters", self.top_hitters()),
            26 => ("serialize", self.serialize()),
            27 => ("getschema", self.getschema()),
            28 => ("count", self.counted()),
            29 => ("search", self.search()),
            30 => ("scan", self.scan()),
            31 => ("partition", self.partition()),
            32 => self.evaluate(),
            _ => ("as", format!("as {}", self.new_name())),
        }
    }

    fn extend(&mut self) -> String {
        let mut items = Vec::new();
        for _ in 0..self.count(1, 2) {
            let kind = self.kind();
            let value = self.value(kind, 2);
            if self.dice.one_in(3) {
                items.push(value);
                continue;
            }
            let name = if self.dice.one_in(3) { self.column().name } else { self.new_name() };
            items.push(format!("{name} = {value}"));
            match self.columns.iter_mut().find(|column| column.name == name) {
                Some(column) => column.kind = kind,
                None => self.columns.push(Column::new(&name, kind)),
            }
        }
        format!("extend {}", items.join(", "))
    }

    fn project(&mut self) -> String {
        let mut kept = self.some_columns(3);
        let mut items: Vec<String> = kept.iter().map(|column| column.name.clone()).collect();
        for _ in 0..self.count(0, 2) {
            let kind = self.kind();
            let value = self.value(kind, 2);
            if self.dice.one_in(3) {
                items.push(value);
            } else {
                let name = self.new_name();
                items.push(format!("{name} = {value}"));
                kept.push(Column::new(&name, kind));
            }
        }
        if self.errs(3) {
            items.push(self.column_name());
        }
        self.columns = kept;
        format!("project {}", items.join(", "))
    }

    fn column_choice(&mut self) -> (&'static str, String) {
        let chosen = self.some_columns(2);
        let pattern = self.dice.one_in(4);
        let names = if pattern { "x*".into() } else { names_of(&chosen) };
        let names = if self.errs(4) { "nosuch".into() } else { names };
        let is_chosen = |column: &Column| if pattern { column.name.starts_with('x') } else { chosen.contains(column) };
        if self.dice.one_in(2) {
            self.columns.retain(|column| !is_chosen(column));
            ("project-away", format!("project-away {names}"))
        } else {
            self.columns.retain(|column| is_chosen(column));
            ("project-keep", format!("project-keep {names}"))
        }
    }

    fn rename(&mut self) -> String {
        let (old, new) = (self.column_name(), self.new_name());
        let new = if self.errs(4) { self.column().name } else { new };
        if let Some(column) = self.columns.iter_mut().find(|column| column.name == old) {
            column.name.clone_from(&new);
        }
        format!("project-rename {new} = {old}")
    }

    fn reorder(&mut self) -> String {
        let name = self.column_name();
        let tail = self.word(&["", " asc", " desc", ", *", " granny-asc"]);
        format!("project-reorder {name}{tail}")
    }

    fn distinct(&mut self) -> String {
        if self.dice.one_in(3) {
            return "distinct *".into();
        }
        let kept = self.some_columns(3);
        let extra = if self.dice.one_in(4) { format!(", {}", self.value(Type::String, 1)) } else { String::new() };
        let text = format!("distinct {}{extra}", names_of(&kept));
        self.columns = kept;
        text
    }

    pub fn sort(&mut self, word: &str) -> String {
        let key = if self.dice.one_in(3) { self.value(Type::Long, 1) } else { self.column_name() };
        let tail = self.word(&["", " asc", " desc", " asc nulls last", " nulls first"]);
        format!("{word} by {key}{tail}")
    }

    fn top(&mut self) -> String {
        let count = if self.errs(3) { self.value(Type::String, 0) } else { "3".into() };
        self.sort(&format!("top {count}"))
    }

    fn few(&mut self) -> (&'static str, String) {
        let name = self.word(&["take", "limit", "sample", "sample-distinct"]);
        let count =
            if self.errs(3) { self.literal(Type::Real) } else { self.word(&["2", "1 + 1", "toint('3')"]).into() };
        if name == "sample-distinct" {
            let column = self.column();
            let text = format!("sample-distinct {count} of {}", column.name);
            self.columns = vec![column];
            return (name, text);
        }
        (name, format!("{name} {count}"))
    }

    fn serialize(&mut self) -> String {
        let form = self.word(&["row_number()", "prev(x)", "next(x, 1)", "row_cumsum(1)", "row_rank_dense(x)"]);
        let form = if self.dice.one_in(2) { form.into() } else { format!("prev({})", self.column_name()) };
        let name = self.new_name();
        match self.dice.between(0, 3) {
            0 => "serialize".into(),
            1 => format!("serialize {form}"),
            _ => format!("serialize {name} = {form}"),
        }
    }

    fn getschema(&mut self) -> String {
        self.columns = [
            ("ColumnName", Type::String),
            ("ColumnOrdinal", Type::Int),
            ("DataType", Type::String),
            ("ColumnType", Type::String),
        ]
        .map(|(name, kind)| Column::new(name, kind))
        .to_vec();
        "getschema".into()
    }

    fn counted(&mut self) -> String {
        self.columns = vec![Column::new("Count", Type::Long)];
        self.word(&["count", "count as Total"]).into()
    }

    fn search(&mut self) -> String {
        let column = self.column_name();
        let form = self.word(&["'a'", "'a' and 'b'", "'a*'", "not('x')"]);
        if self.dice.one_in(2) { format!("search {form}") } else { format!("search {column}:'a' or {form}") }
    }
}
