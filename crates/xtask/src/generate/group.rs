//! Operators that group, expand or read texts apart.

use functions::Type;

use super::column::Column;
use super::writer::{Writer, names_of};

const AGGREGATES: &[(&str, Option<Type>)] = &[
    ("count()", Some(Type::Long)),
    ("dcount(#)", Some(Type::Long)),
    ("make_set(#)", Some(Type::Dynamic)),
    ("make_list(#, 5)", Some(Type::Dynamic)),
    ("take_any(#)", None),
    ("min(#)", None),
    ("max(#)", None),
    ("sum(#)", None),
    ("avg(#)", Some(Type::Real)),
    ("arg_max(#, *)", None),
    ("arg_min(#, #)", None),
    ("countif(true)", Some(Type::Long)),
    ("percentile(#, 50)", None),
    ("take_any(*)", None),
    ("stdev(#)", Some(Type::Real)),
];

impl Writer {
    fn aggregate(&mut self) -> (String, Option<Type>) {
        let (form, kind) = self.one(AGGREGATES, ("count()", None));
        let column = self.column();
        (form.replace('#', &column.name), kind)
    }

    pub fn summarize(&mut self) -> String {
        let mut items = Vec::new();
        let mut made = Vec::new();
        for _ in 0..self.count(0, 2) {
            let (call, kind) = self.aggregate();
            if self.dice.one_in(2) || call.contains('*') {
                items.push(call);
                continue;
            }
            let name = self.new_name();
            items.push(format!("{name} = {call}"));
            made.extend(kind.map(|kind| Column::new(&name, kind)));
        }
        let mut keys = self.some_columns(2);
        let mut by: Vec<String> = keys.iter().map(|column| column.name.clone()).collect();
        if self.dice.one_in(3) {
            by.push(match self.column_where(|kind| kind == Type::Datetime) {
                Some(time) => format!("bin({}, 1h)", time.name),
                None => self.value(Type::Long, 1),
            });
        }
        keys.extend(made);
        self.columns = keys;
        if items.is_empty() || !self.dice.one_in(4) {
            return format!("summarize {} by {}", items.join(", "), by.join(", "));
        }
        format!("summarize {}", items.join(", "))
    }

    pub fn mv_expand(&mut self) -> String {
        let name = match self.column_where(|kind| kind == Type::Dynamic) {
            Some(column) if !self.errs(3) => column.name,
            _ => self.column().name,
        };
        let new = self.new_name();
        match self.dice.between(0, 6) {
            0 => format!("mv-expand {name} to typeof({})", self.kind().name()),
            1 => format!("mv-expand {new} = {name}"),
            2 => format!("mv-expand {new} = {name} to typeof(string) limit 3"),
            3 => format!("mv-expand with_itemindex={new} {name}"),
            4 => format!("mv-expand {new} = split(tostring({name}), ',')"),
            _ => format!("mv-expand {name}"),
        }
    }

    pub fn mv_apply(&mut self) -> String {
        let name =
            self.column_where(|kind| kind == Type::Dynamic).map_or("parse_json('[1]')".into(), |column| column.name);
        let new = self.new_name();
        let inner = match self.dice.between(0, 4) {
            0 => format!("where {new} > 1"),
            1 => "summarize count()".into(),
            2 => format!("top 1 by {new}"),
            _ => format!("extend k = {new} + 1"),
        };
        format!("mv-apply {new} = {name} to typeof(long) on ({inner})")
    }

    pub fn parse(&mut self) -> (&'static str, String) {
        let operator = self.word(&["parse", "parse-where"]);
        let of = self.value(Type::String, 1);
        let (a, b) = (self.new_name(), self.new_name());
        let how = self.word(&["", " kind=regex", " kind=relaxed"]);
        let kind = self.kind().name();
        let text = match self.dice.between(0, 3) {
            0 => format!("{operator}{how} {of} with 'a' {a} 'b' *"),
            1 => format!("{operator}{how} {of} with * '=' {a}:{kind} ',' {b}"),
            _ => format!("{operator}{how} {of} with {a}:long ' ' {b}:string"),
        };
        (operator, text)
    }

    pub fn parse_kv(&mut self) -> String {
        let of = if self.errs(3) { self.column().name } else { self.plain(Type::String) };
        let kind = self.kind().name();
        format!("parse-kv {of} as (k1:string, k2:{kind}) with (pair_delimiter=',', kv_delimiter='=')")
    }

    pub fn make_series(&mut self) -> String {
        let on = match self.column_where(|kind| kind == Type::Datetime) {
            Some(time) => format!("on {} from datetime(2024-01-01) to datetime(2024-01-02) step 1h", time.name),
            None => match self.column_where(|kind| kind == Type::Long) {
                Some(number) => format!("on {} from 0 to 10 step 1", number.name),
                None => return "take 1".into(),
            },
        };
        let value = self.word(&["count()", "n = count()", "sum(1) default=0", "avg(2)"]);
        let by = if self.dice.one_in(2) { format!(" by {}", self.column().name) } else { String::new() };
        self.columns.clear();
        format!("make-series {value} {on}{by}")
    }

    pub fn top_nested(&mut self) -> String {
        let (of, new) = (self.column(), self.new_name());
        let text = match self.dice.between(0, 4) {
            0 => format!("top-nested 2 of {} by count()", of.name),
            1 => format!("top-nested 2 of {} with others = 'o' by max(1)", of.name),
            2 => format!("top-nested of {new} = {} by c = count(), top-nested 1 of x by dcount(x) desc", of.name),
            _ => "top-nested 1 of bin(l, 10) by sum(1)".to_string(),
        };
        self.columns = vec![of];
        text
    }

    pub fn top_hitters(&mut self) -> String {
        let of = self.column();
        let by = if self.dice.one_in(2) { format!(" by {}", self.value(Type::Long, 1)) } else { String::new() };
        let text = format!("top-hitters 2 of {}{by}", of.name);
        self.columns = vec![of];
        text
    }

    pub fn scan(&mut self) -> String {
        let (name, kind) = (self.new_name(), self.kind());
        let condition = self.condition(1);
        let value = self.value(kind, 1);
        let text = format!(
            "serialize | scan declare ({name}:{}) with (step s1: {condition} => {name} = {value};)",
            kind.name()
        );
        self.columns.push(Column::new(&name, kind));
        text
    }

    pub fn partition(&mut self) -> String {
        let key = self.column_name();
        let inner = self.word(&["take 1", "count", "summarize count()", "extend p = 1"]);
        let hint = self.word(&["", "hint.strategy=native "]);
        self.columns.retain(|column| column.name == key && inner == "take 1");
        format!("partition {hint}by {key} ({inner})")
    }

    pub fn evaluate(&mut self) -> (&'static str, String) {
        let kept = self.some_columns(2);
        let bag = self.column_where(|kind| kind == Type::Dynamic).map_or("x".into(), |column| column.name);
        match self.dice.between(0, 3) {
            0 => ("bag_unpack", format!("evaluate bag_unpack({bag}) : (u1:string, u2:long)")),
            1 => ("narrow", format!("project {} | evaluate narrow()", names_of(&kept))),
            _ => ("pivot", "project k = 'a', v = 1 | evaluate pivot(k, sum(v)) : (a:long)".to_string()),
        }
    }
}
