//! `ipv4_lookup` and `ipv6_lookup`: the rows of a table whose network holds an address.

use datafusion_common::{JoinType, ScalarValue};
use datafusion_expr::{Expr as Bound, lit};
use functions::Type;
use functions::aggregate::collect::{self, Collect};
use functions::expand::Expansion;
use functions::scalar::net_lookup::{Family, hits};
use syntax::kql::tree::{Arg, Evaluate, ExprKind, Literal};

use crate::kql::binder::Binder;
use crate::kql::column_name::Names;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::Env;
use crate::kql::value::Value;
use crate::relation::{Column, Computed, Relation, field};

/// The hidden columns of both sides: the network that fits, with the further keys.
const HIT: &str = "\u{1}hit";
const ENTRY: &str = "\u{1}entry";

impl<'q> Binder<'q, '_> {
    pub(super) fn ip_lookup(&mut self, tree: &'q Evaluate, family: Family, flow: Flow, env: Env) -> Option<Flow> {
        let (name, span) = (&tree.plugin.text, tree.span);
        let [table, address, network, rest @ ..] = tree.args.as_slice() else {
            let given = tree.args.len();
            return self.refuse(messages::argument_count(tree.plugin.span, name, "at least 3 arguments", given));
        };
        let (mut extra, mut keeps_unmatched) = (Vec::new(), false);
        for arg in rest {
            match (&arg.value.kind, &arg.name) {
                (ExprKind::Literal(Literal::Bool(keeps)), _) => keeps_unmatched = *keeps,
                (ExprKind::Name(name), None) => extra.push(name.as_str()),
                (_, Some(other)) => {
                    const KNOWN: [&str; 1] = ["return_unmatched"];
                    return self.refuse(messages::unknown_parameter(other.span, name, &other.text, KNOWN));
                }
                _ => return self.refuse(messages::column_expected(arg.value.span)),
            }
        }
        let lookup = self.rows(&table.value, env)?;
        let entry = self.entry(address, &extra, &flow, env)?;
        let network = self.entry(network, &extra, &lookup, env)?;
        let entries = lookup.relation.clone().extend(vec![Computed::new(ENTRY, Type::Dynamic, network)]);
        let entries = self.planned(entries, span)?;

        let list = self.entries_of(&entries, span)?;
        let expansion = Expansion { as_pairs: false, most: i64::MAX, keeps_empty: keeps_unmatched };
        let fitting = expansion.values(0, &[hits(family, entry, list)]);
        let left = flow.relation.clone().expand(vec![Computed::new(HIT, Type::Dynamic, fitting)]);
        let left = self.planned(left, span)?;

        let mut names = Names::of(flow.relation.columns.iter().map(|column| column.name.clone()));
        let shown = lookup.relation.columns.iter().filter(|column| !extra.contains(&column.name.as_str()));
        let renamed: Vec<(Column, String)> = shown.map(|column| (column.clone(), names.free(&column.name))).collect();
        let mut right: Vec<Computed> =
            renamed.iter().map(|(column, name)| Computed::new(name, column.kind, column.expr())).collect();
        right.push(Computed::new(ENTRY, Type::Dynamic, field(ENTRY)));
        let right = self.planned(entries.project(right), span)?;
        let kind = if keeps_unmatched { JoinType::Left } else { JoinType::Inner };
        let joined = self.planned(left.join(right, vec![(field(HIT), field(ENTRY))], kind), span)?;

        let own = flow.relation.columns.iter().cloned();
        let found = renamed.into_iter().map(|(column, name)| Column::new(name, column.kind));
        // Kusto puts what is looked up before what it is looked up for where addresses are of IPv6.
        let columns: Vec<Column> = match family {
            Family::V4 => own.chain(found).collect(),
            Family::V6 => found.chain(own).collect(),
        };
        let joined = Flow { relation: joined, ..flow };
        self.keep(columns, joined, span)
    }

    /// An address or network with the further keys, as one array.
    fn entry(&mut self, arg: &'q Arg, extra: &[&'q str], side: &Flow, env: Env) -> Option<Bound> {
        let scope = side.scope(env);
        let mut values = vec![self.scalar(&arg.value, &scope)?.cast(Type::String).or_empty()];
        for name in extra {
            let Some(column) = side.relation.column(name) else {
                let unknown = self.unknown(name, arg.value.span, &scope);
                return self.refuse(unknown);
            };
            values.push(Value::new(column.expr(), column.kind).or_empty());
        }
        let values = values.into_iter().map(|value| value.cast(Type::Dynamic)).collect();
        Some(self.applied("pack_array", values)?.expr)
    }

    /// All entries of the table as a literal; none where nothing can be asked.
    fn entries_of(&mut self, entries: &Relation, span: syntax::Span) -> Option<Bound> {
        // Arrays are taken apart where they are collected, so each stands in one more.
        let wrapped = self.applied("pack_array", vec![Value::new(field(ENTRY), Type::Dynamic)])?;
        let set = collect::collect(Collect::Set, wrapped.expr, collect::MOST);
        let set = entries.clone().aggregate(Vec::new(), vec![Computed::new("entries", Type::Dynamic, set)]);
        let set = self.planned(set, span)?;
        let text = Relation::literal(set.plan, set.columns);
        let text = text.project(vec![Computed::new("entries", Type::Dynamic, field("entries"))]);
        let text = self.planned(text, span)?;
        let text = self.asked(text, span)?.unwrap_or_default();
        Some(lit(ScalarValue::Utf8(Some(text))))
    }
}
