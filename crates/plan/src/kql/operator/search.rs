//! `search` and `find`: rows of many tables for which a condition holds, in which a text alone is a term of any column.

use datafusion_expr::{Expr as Bound, Operator};
use functions::Type;
use functions::predicate::{Match, Shape};
use syntax::Span;
use syntax::kql::tree::{Expr, ExprKind, Find, FindColumn, FindOutput, LetValue, Literal, Search};

use super::union::Leg;
use crate::chain::{and, balanced, or};
use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Meaning, Scope};
use crate::kql::survey;
use crate::kql::value::Value;
use crate::relation::{Column, Computed, field, null};

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn search(
        &mut self,
        tree: &'q Search,
        input: Option<Flow>,
        env: Env,
        span: Span,
    ) -> Option<Flow> {
        let legs = match input {
            Some(flow) => vec![Leg::unnamed(flow)],
            None => self.searched_tables(&tree.tables, env, span)?,
        };
        let legs = self.found(legs, &tree.condition, tree.case_sensitive, env, span)?;
        let legs = self.with_source(legs, "$table", "search_arg", span)?;
        self.merged(legs, false, span)
    }

    pub(in crate::kql) fn find(&mut self, tree: &'q Find, env: Env, span: Span) -> Option<Flow> {
        let legs = self.searched_tables(&tree.tables, env, span)?;
        let legs = self.found(legs, &tree.condition, false, env, span)?;
        let (chosen, pack) = match &tree.output {
            FindOutput::Smart => {
                let mut chosen = shared(&legs);
                // What the condition speaks of is shown, also where only some tables have it.
                for name in survey::names(&tree.condition) {
                    let of_some = legs.iter().find_map(|leg| leg.flow.relation.column(name));
                    if let Some(column) = of_some
                        && chosen.iter().all(|known| known.name != name)
                    {
                        chosen.push(column.clone());
                    }
                }
                (chosen, legs.len() > 1)
            }
            FindOutput::Columns { columns, pack } => (self.find_columns(columns, &legs)?, *pack),
        };
        let mut given = Vec::with_capacity(legs.len());
        for leg in legs {
            given.push(self.find_output(leg, &chosen, pack, span)?);
        }
        let source = tree.with_source.as_ref().map_or("source_", |name| name.text.as_str());
        let legs = self.with_source(given, source, "find_arg", span)?;
        self.merged(legs, false, span)
    }

    /// The tables that are meant: those that are named, or all, and the views of the query.
    fn searched_tables(&mut self, tables: &'q [Expr], env: Env, span: Span) -> Option<Vec<Leg>> {
        let mut legs = Vec::new();
        for table in tables {
            legs.extend(self.legs(table, env, false)?);
        }
        if tables.is_empty() {
            // What functions name is no table here.
            let mut names = self.tables.of_kql();
            names.retain(|name| self.tables.parameters(name).is_none());
            names.sort();
            legs = self.tables_named(names, &[], span)?;
            let mut views = self.lets.names(env);
            views.reverse();
            for name in views {
                if let Some((Meaning::Tree(LetValue::Function(function)), _)) = self.lets.find(name, env)
                    && function.is_view
                {
                    legs.push(Leg { name: name.to_string(), flow: self.named_rows(name, span, env)?, is_empty: false });
                }
            }
        }
        if legs.is_empty() { self.refuse(messages::empty_union(span)) } else { Some(legs) }
    }

    /// Of each leg the rows for which the condition holds. A column that only other legs have is null.
    fn found(
        &mut self,
        legs: Vec<Leg>,
        condition: &'q Expr,
        case_sensitive: bool,
        env: Env,
        span: Span,
    ) -> Option<Vec<Leg>> {
        let mut known: Vec<Column> = Vec::new();
        for name in survey::names(condition) {
            let columns = || legs.iter().filter_map(|leg| leg.flow.relation.column(name));
            // A name that has several types is read as the one that most tables give it.
            let share = |column: &&Column| columns().filter(|other| other.kind == column.kind).count();
            known.extend(columns().rev().max_by_key(share).cloned());
        }
        let mut found = Vec::with_capacity(legs.len());
        for leg in legs {
            let own = &leg.flow.relation.columns;
            let is_present = |column: &Column| own.iter().any(|present| present == column);
            let unlike: Vec<Column> = known.iter().filter(|column| !is_present(column)).cloned().collect();
            let own = own.clone();
            let mut flow = leg.flow;
            if !unlike.is_empty() {
                let kept = own.iter().map(|column| Computed::new(aside(column), column.kind, column.expr()));
                flow.relation = self.planned(flow.relation.extend(kept.collect()), span)?;
                let read = unlike.iter().map(|column| {
                    let value = match own.iter().find(|present| present.name == column.name) {
                        Some(present) => Value::new(present.expr(), present.kind).cast(column.kind).expr,
                        None => null(column.kind),
                    };
                    Computed::new(&column.name, column.kind, value)
                });
                flow.relation = self.planned(flow.relation.extend(read.collect()), span)?;
            }
            let aside_or_own = |column: &Column| match unlike.is_empty() {
                true => column.clone(),
                false => Column::new(aside(column), column.kind),
            };
            let searched: Vec<Column> = own.iter().map(aside_or_own).collect();
            let terms = Terms { columns: &searched, case_sensitive };
            let holds = self.holds(condition, &terms, &flow.scope(env))?;
            flow.relation = self.planned(flow.relation.filter(holds), span)?;
            if !unlike.is_empty() {
                let back = own.iter().map(|column| Computed::new(&column.name, column.kind, field(&aside(column))));
                flow.relation = self.planned(flow.relation.project(back.collect()), span)?;
            }
            found.push(Leg { flow, ..leg });
        }
        Some(found)
    }

    /// A condition in which texts alone are terms.
    fn holds(&mut self, condition: &'q Expr, terms: &Terms<'_>, scope: &Scope<'_>) -> Option<Bound> {
        self.count_expression(condition.span)?;
        match &condition.kind {
            ExprKind::And(operands) | ExprKind::Or(operands) => {
                let parts: Vec<Option<Bound>> = operands
                    .iter()
                    .map(|operand| self.nested(operand.span, |binder| binder.holds(operand, terms, scope)))
                    .collect();
                let parts = parts.into_iter().collect::<Option<Vec<_>>>()?;
                Some(if matches!(condition.kind, ExprKind::And(_)) { and(parts) } else { or(parts) })
            }
            ExprKind::Call { name, args } if name.text == "not" && args.len() == 1 => {
                let operand = &args.first()?.value;
                if matches!(operand.kind, ExprKind::Literal(_)) {
                    self.checked_truth("KS107", Type::String, operand.span)?;
                }
                let holds = self.nested(operand.span, |binder| binder.holds(operand, terms, scope))?;
                Some(Bound::Not(Box::new(holds.is_true())))
            }
            ExprKind::Literal(Literal::Text(text)) => Some(terms.anywhere(text)),
            ExprKind::Literal(Literal::Long(number)) => Some(terms.anywhere(&number.to_string())),
            ExprKind::Wildcard(text) if text == "*" => Some(datafusion_expr::lit(true)),
            ExprKind::Term { column, term } => {
                let value = self.scalar(column, scope)?;
                self.checked_operator("contains", column.span, &[value.kind, Type::String])?;
                let text = self.scalar(term, scope)?.cast(Type::String);
                match text.literal_text() {
                    Some(text) => Some(terms.stands_in(value, text)),
                    None => self.refuse(messages::not_constant(term.span, "a search term")),
                }
            }
            _ => self.condition(condition, scope),
        }
    }

    fn find_columns(&mut self, columns: &[FindColumn], legs: &[Leg]) -> Option<Vec<Column>> {
        let mut chosen = Vec::with_capacity(columns.len());
        for FindColumn { name, kind } in columns {
            let kinds = legs.iter().filter_map(|leg| leg.flow.relation.column(&name.text)).map(|column| column.kind);
            let kind = match kind {
                Some(kind) => match Type::from_name(&kind.text) {
                    Some(known) => Some(known),
                    None => return self.refuse(messages::bad_literal(kind.span, "type", &kind.text)),
                },
                None => kinds.reduce(|one, other| if one == other { one } else { Type::Dynamic }),
            };
            match kind {
                Some(kind) => chosen.push(Column::new(&name.text, kind)),
                None => {
                    let known: Vec<&str> = legs
                        .iter()
                        .flat_map(|leg| leg.flow.relation.columns.iter().map(|column| column.name.as_str()))
                        .collect();
                    return self.refuse(messages::unknown_name(name.span, &name.text, &known, &[]));
                }
            }
        }
        Some(chosen)
    }

    /// The chosen columns of a leg, and the others packed into one.
    fn find_output(&mut self, leg: Leg, chosen: &[Column], pack: bool, span: Span) -> Option<Leg> {
        let present = &leg.flow.relation;
        let mut computed: Vec<Computed> = chosen
            .iter()
            .map(|column| {
                let value = match present.column(&column.name) {
                    Some(own) => Value::new(own.expr(), own.kind).cast(column.kind).expr,
                    None => null(column.kind),
                };
                Computed::new(&column.name, column.kind, value)
            })
            .collect();
        if pack {
            let is_chosen = |column: &&Column| chosen.iter().any(|known| known.name == column.name);
            let rest = present.columns.iter().filter(|column| !is_chosen(column));
            let pairs = rest.flat_map(|column| {
                let value = Value::new(column.expr(), column.kind).or_empty().cast(Type::Dynamic);
                [datafusion_expr::lit(column.name.clone()), value.expr]
            });
            let packed = functions::scalar::bag::pack(pairs.collect(), true);
            computed.push(Computed::new("pack_", Type::Dynamic, packed));
        }
        let relation = self.planned(leg.flow.relation.clone().project(computed), span)?;
        Some(Leg { flow: Flow { relation, time: None, ..leg.flow }, ..leg })
    }
}

/// Where a column stands while a condition reads its name as something else.
fn aside(column: &Column) -> String {
    format!("\u{1}own {}", column.name)
}

/// Where terms are looked for.
struct Terms<'c> {
    columns: &'c [Column],
    case_sensitive: bool,
}

impl Terms<'_> {
    fn anywhere(&self, term: &str) -> Bound {
        let each = self.columns.iter().map(|column| self.stands_in(Value::new(column.expr(), column.kind), term));
        balanced(each.collect(), Operator::Or).unwrap_or_else(|| datafusion_expr::lit(false))
    }

    /// A star at an edge of the term lets it stand within a word; one in its middle stands for any text.
    fn stands_in(&self, value: Value, term: &str) -> Bound {
        let text = value.cast(Type::String).expr;
        let bare = term.trim_matches('*');
        let (shape, needle) = match (term.starts_with('*'), term.ends_with('*')) {
            _ if bare.is_empty() => return datafusion_expr::lit(true),
            _ if bare.contains('*') => {
                let parts: Vec<String> = bare.split('*').map(functions::scalar::pattern::quoted).collect();
                (Shape::Regex, format!("(?s){}", parts.join(".*")))
            }
            (true, true) => (Shape::Contains, bare.to_string()),
            (false, true) => (Shape::HasPrefix, bare.to_string()),
            (true, false) => (Shape::HasSuffix, bare.to_string()),
            (false, false) => (Shape::Has, bare.to_string()),
        };
        Match::kql(shape).case_sensitive(self.case_sensitive).literal(text, [needle])
    }
}

/// The columns that all legs have; one of several types is dynamic.
fn shared(legs: &[Leg]) -> Vec<Column> {
    let Some((first, rest)) = legs.split_first() else { return Vec::new() };
    let in_all = first.flow.relation.columns.iter().filter_map(|column| {
        let others = rest.iter().map(|leg| leg.flow.relation.column(&column.name).map(|other| other.kind));
        let kinds: Vec<Type> = others.collect::<Option<_>>()?;
        let is_one = kinds.iter().all(|kind| *kind == column.kind);
        Some(Column::new(&column.name, if is_one { column.kind } else { Type::Dynamic }))
    });
    in_all.collect()
}
