//! Lets: values, rows, functions with parameters and defaults.

use functions::Type;

use super::Made;
use super::writer::Writer;

impl Writer {
    pub fn let_query(&mut self) -> Made {
        let kind = self.kind();
        match self.dice.between(0, 7) {
            0 => {
                let value = self.value(kind, 2);
                let rows = self.datatable();
                made("let value", format!("let v = {value}; {rows} | extend y = v | project y, v"))
            }
            1 => {
                let rows = self.datatable();
                let (_, operator) = self.operator();
                made("let rows", format!("let T = {rows} | {operator}; T | union T | extend q = 1"))
            }
            2 => {
                let (rows, given) = (self.datatable(), self.value(kind, 1));
                let text = format!("let f = (a:{}) {{ a }}; {rows} | project f({given})", kind.name());
                Made { kind: format!("let function {}", kind.name()), text }
            }
            3 => {
                let default = self.literal(kind);
                let name = kind.name();
                let text =
                    format!("let f = (a:long, b:{name} = {default}) {{ print a = a, b = b }}; f(1) | extend c = b");
                Made { kind: format!("let default {name}"), text }
            }
            4 => {
                let (rows, column) = (self.datatable(), self.column());
                let (name, kind) = (column.name, column.kind.name());
                let given = if self.errs(2) { "print z = 1".into() } else { rows };
                let text = format!("let f = (T:({name}:{kind})) {{ T | project {name}, k = 1 }}; f(({given}))");
                Made { kind: format!("let rows of {kind}"), text }
            }
            5 => {
                let rows = self.datatable();
                let value = self.value(Type::Long, 1);
                made("toscalar", format!("let m = toscalar({rows} | summarize max(l)); print m, m + {value}"))
            }
            _ => {
                let rows = self.datatable();
                let (_, operator) = self.operator();
                made("materialize", format!("let M = materialize({rows}); M | {operator}"))
            }
        }
    }
}

fn made(kind: &str, text: String) -> Made {
    Made { kind: kind.into(), text }
}
