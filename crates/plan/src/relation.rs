//! A relation: a plan with the language's own view of its columns, and the algebra that all binders build from.
//!
//! Field names in the engine plan equal the column names that the language sees, unqualified and unique. The hidden origin
//! column is carried by every operation here, so that no binder has to think of it.

mod apart;

use std::collections::HashMap;
use std::sync::Arc;

use datafusion_common::tree_node::TreeNode;
use datafusion_common::{
    Column as Field, DFSchema, JoinType, NullEquality, NullHandling, Result, TableReference, UnnestOptions,
};
use datafusion_expr::expr::Alias;
use datafusion_expr::logical_plan::TableScanBuilder;
use datafusion_expr::{
    Aggregate, Expr, ExprSchemable, Filter, Join, JoinConstraint, Limit, LogicalPlan, Projection, Sort, SortExpr,
    Union, Unnest, Window, lit, when,
};
pub use functions::function::null;
use functions::step::{self, step};
use functions::{Type, aggregate, cast, origin, serial};

pub use apart::Apart;

use crate::tables::Table;

/// A visible column of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: Type,
}

impl Column {
    pub fn new(name: impl Into<String>, kind: Type) -> Self {
        Column { name: name.into(), kind }
    }

    /// This column as an expression over its relation.
    pub fn expr(&self) -> Expr {
        field(&self.name)
    }
}

/// A computed column: the value, and the name and type that it gets.
#[derive(Debug, Clone)]
pub struct Computed {
    pub name: String,
    pub kind: Type,
    pub expr: Expr,
}

impl Computed {
    pub fn new(name: impl Into<String>, kind: Type, expr: Expr) -> Self {
        Computed { name: name.into(), kind, expr }
    }
}

/// A plan and its visible columns.
#[derive(Debug, Clone)]
pub struct Relation {
    pub plan: LogicalPlan,
    pub columns: Vec<Column>,
    /// The plan's last field is the origin column.
    has_origin: bool,
    /// The rows are of several parts, and every operation is of each part alone.
    apart: Option<Apart>,
    /// The order that a sort gave the rows, in hidden columns: what depends on it says so, else the engine drops the sort.
    order: Vec<SortExpr>,
}

/// A column by its exact name; never parsed as SQL, never qualified.
pub fn field(name: &str) -> Expr {
    Expr::Column(Field::new_unqualified(name))
}

impl Relation {
    /// All columns of a table, under their own names.
    pub fn scan(table: &Table, with_origin: bool) -> Result<Self> {
        Self::scan_of(table, with_origin, |_| true)
    }

    /// Some columns of a table, under their own names.
    pub(crate) fn scan_of(table: &Table, with_origin: bool, is_wanted: impl Fn(&str) -> bool) -> Result<Self> {
        let schema = table.source.schema();
        let mut wanted: Vec<usize> = Vec::with_capacity(table.columns.len() + 1);
        let columns = || table.columns.iter().filter(|column| is_wanted(&column.name));
        for column in columns() {
            wanted.push(schema.index_of(&column.name)?);
        }
        let has_origin = with_origin && schema.index_of(origin::COLUMN).is_ok();
        if has_origin {
            wanted.push(schema.index_of(origin::COLUMN)?);
        }
        let scan = TableScanBuilder::new(TableReference::bare(table.name.as_str()), table.source.clone())
            .with_projection(Some(wanted))
            .build()?;
        let scan = Arc::new(LogicalPlan::TableScan(scan));
        // The scan qualifies its fields by the table; from here on names stand alone.
        let exprs = scan.schema().iter().map(|(qualifier, field)| {
            let column = Expr::Column(Field::new(qualifier.cloned(), field.name()));
            Expr::Alias(Alias::new(column, None::<&str>, field.name()))
        });
        // It is known what the fields are: asking each expression takes longer than all else, and rules are thousands.
        let fields = scan.schema().fields().clone();
        let schema = DFSchema::from_unqualified_fields(fields, HashMap::new())?;
        let exprs = exprs.collect();
        let plan = LogicalPlan::Projection(Projection::try_new_with_schema(exprs, scan.clone(), Arc::new(schema))?);
        let columns = columns().map(|column| Column::new(&column.name, column.kind)).collect();
        Ok(Relation { plan, columns, has_origin, apart: None, order: Vec::new() })
    }

    /// A plan made elsewhere (literal rows), without origins.
    pub fn literal(plan: LogicalPlan, columns: Vec<Column>) -> Self {
        Relation { plan, columns, has_origin: false, apart: None, order: Vec::new() }
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub fn schema(&self) -> &DFSchema {
        self.plan.schema()
    }

    pub fn filter(self, predicate: Expr) -> Result<Self> {
        match self.apart.as_ref().and_then(|apart| apart.alive.clone()) {
            Some(alive) => self.bury(&alive, predicate),
            None => self.filter_plainly(predicate),
        }
    }

    fn filter_plainly(self, predicate: Expr) -> Result<Self> {
        let is_chosen = self.has_origin && holds_total(&self.plan);
        let plan = LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(self.plan))?);
        let relation = Relation { plan, ..self };
        if is_chosen { relation.stood_for() } else { Ok(relation) }
    }

    /// A total that a condition lets through is an answer, be it over no rows: `count | where Count == 0`.
    fn stood_for(self) -> Result<Self> {
        let exprs = self.plan.schema().iter().map(|(_, known)| match known.name().as_str() {
            origin::COLUMN => Ok(named(or_no_event(field(origin::COLUMN))?, origin::COLUMN)),
            name => Ok(field(name)),
        });
        let exprs = exprs.collect::<Result<Vec<Expr>>>()?;
        let plan = LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(self.plan))?);
        Ok(Relation { plan, ..self })
    }

    /// Exactly these columns, in this order.
    pub fn project(self, computed: Vec<Computed>) -> Result<Self> {
        let columns = computed.iter().map(|item| Column::new(&item.name, item.kind)).collect();
        let expr = |item: Computed| {
            let name = item.name.clone();
            unlike_before(named(computed_of(item, &self.plan), &name), &self.plan)
        };
        let mut exprs: Vec<Expr> = computed.into_iter().map(expr).collect();
        exprs.extend(self.hidden_exprs());
        if self.has_origin {
            exprs.push(field(origin::COLUMN));
        }
        let plan = LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(self.plan))?);
        Ok(Relation { plan, columns, ..self })
    }

    /// All present columns; a computed one replaces that of its name in place, or is appended.
    pub fn extend(self, computed: Vec<Computed>) -> Result<Self> {
        let mut all: Vec<Computed> =
            self.columns.iter().map(|column| Computed::new(&column.name, column.kind, column.expr())).collect();
        for item in computed {
            match all.iter_mut().find(|present| present.name == item.name) {
                Some(present) => *present = item,
                None => all.push(item),
            }
        }
        self.project(all)
    }

    /// All columns, and of each row as many rows as its lists have values: they are equally long, and as columns they replace
    /// those of their names or are appended.
    pub fn expand(self, lists: Vec<Computed>) -> Result<Self> {
        let names = lists.iter().map(|list| Field::new_unqualified(&list.name)).collect();
        let listed = self.extend(lists)?;
        let options = UnnestOptions { null_handling: NullHandling::Drop, recursions: Vec::new() };
        let plan = LogicalPlan::Unnest(Unnest::try_new(Arc::new(listed.plan), names, options)?);
        Ok(Relation { plan, ..listed })
    }

    /// All columns, and values that serial functions give over the rows in their order.
    pub fn serial(self, values: Vec<Computed>) -> Result<Self> {
        let values =
            values.into_iter().map(|value| Computed { expr: serial::in_order(value.expr, &self.order), ..value });
        let values: Vec<Computed> = values.collect();
        let names: Vec<String> = values.iter().map(|value| value.expr.schema_name().to_string()).collect();
        let mut distinct: Vec<Expr> = Vec::with_capacity(values.len());
        for value in &values {
            if !distinct.contains(&value.expr) {
                distinct.push(value.expr.clone());
            }
        }
        let plan = LogicalPlan::Window(Window::try_new(distinct, Arc::new(self.plan))?);
        let named = values.iter().zip(&names).map(|(value, name)| Computed::new(&value.name, value.kind, field(name)));
        let named = named.collect();
        Relation { plan, ..self }.extend(named)
    }

    /// One row for each distinct combination of the keys, which are named as given; the events of a group become its origin.
    pub fn aggregate(self, keys: Vec<Computed>, aggregates: Vec<Computed>) -> Result<Self> {
        if let Some(apart) = self.apart.clone() {
            return self.aggregate_apart(apart, keys, aggregates);
        }
        let describe = |item: &Computed| Column::new(&item.name, item.kind);
        let columns = keys.iter().chain(&aggregates).map(describe).collect();
        let group = keys.into_iter().map(|item| {
            let name = item.name.clone();
            named(computed_of(item, &self.plan), &name)
        });
        let group = group.collect();
        let aggregates =
            aggregates.into_iter().map(|item| named(aggregate::in_order(item.expr, &self.order), &item.name));
        let mut gathered: Vec<Expr> = aggregates.collect();
        if self.has_origin {
            gathered.push(named(origin::gather(field(origin::COLUMN)), origin::COLUMN));
        }
        let plan = LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(self.plan), group, gathered)?);
        Ok(Relation { plan, columns, has_origin: self.has_origin, apart: None, order: Vec::new() })
    }

    /// One row for each distinct combination of all columns.
    pub fn distinct(self) -> Result<Self> {
        let keys = self.columns.iter().map(|column| Computed::new(&column.name, column.kind, column.expr())).collect();
        self.aggregate(keys, Vec::new())
    }

    pub fn sort(self, mut by: Vec<SortExpr>) -> Result<Self> {
        if let Some(apart) = &self.apart {
            by.insert(0, SortExpr::new(field(&apart.part), true, true));
        }
        let plan = LogicalPlan::Sort(Sort { expr: by, input: Arc::new(self.plan), fetch: None });
        Ok(Relation { plan, order: Vec::new(), ..self })
    }

    /// A sort whose order something behind it depends on.
    pub fn sort_for_good(self, by: Vec<SortExpr>) -> Result<Self> {
        let name = |number: usize| format!("\u{1}order {number}");
        let columns = self.columns.clone();
        let unordered = Relation { order: Vec::new(), ..self };
        let keys =
            by.iter().enumerate().map(|(number, key)| Computed::new(name(number), Type::Dynamic, key.expr.clone()));
        let keyed = unordered.extend(keys.collect())?;
        let by = by.iter().enumerate().map(|(number, key)| SortExpr { expr: field(&name(number)), ..key.clone() });
        let mut by: Vec<SortExpr> = by.collect();
        // The keys have to be carried past the sort itself.
        let sorted = keyed.sort(by.clone())?;
        if let Some(apart) = &sorted.apart {
            by.insert(0, SortExpr::new(field(&apart.part), true, true));
        }
        Ok(Relation { columns, order: by, ..sorted })
    }

    pub fn limit(self, rows: u64) -> Result<Self> {
        if let Some(apart) = self.apart.clone() {
            return self.limit_apart(&apart, rows);
        }
        let fetch = Some(Box::new(lit(i64::try_from(rows).unwrap_or(i64::MAX))));
        let plan = LogicalPlan::Limit(Limit { skip: None, fetch, input: Arc::new(self.plan) });
        Ok(Relation { plan, ..self })
    }

    /// The visible columns alone, where nothing depends on the order of the rows any more.
    pub fn unordered(self) -> Result<Self> {
        if self.order.is_empty() {
            return Ok(self);
        }
        let visible = self.columns.iter().map(|column| Computed::new(&column.name, column.kind, column.expr()));
        let visible = visible.collect();
        Relation { order: Vec::new(), ..self }.project(visible)
    }

    /// All rows of all parts, which must have the same columns in the same order already.
    pub fn union(parts: Vec<Relation>) -> Result<Self> {
        let has_origin = parts.iter().any(|part| part.has_origin);
        let mut inputs = Vec::with_capacity(parts.len());
        let mut columns: Option<Vec<Column>> = None;
        for part in parts {
            let part = part.unordered()?;
            let part = if has_origin { part.with_origin()? } else { part };
            columns.get_or_insert_with(|| part.columns.clone());
            // A union of unions is one union: a thousand legs stay one level deep.
            match part.plan {
                LogicalPlan::Union(union) => inputs.extend(union.inputs),
                plan => inputs.push(Arc::new(plan)),
            }
        }
        let columns = columns.unwrap_or_default();
        if inputs.len() == 1 {
            let plan = Arc::unwrap_or_clone(inputs.remove(0));
            return Ok(Relation { plan, columns, has_origin, apart: None, order: Vec::new() });
        }
        let plan = LogicalPlan::Union(Union::try_new_with_loose_types(inputs)?);
        Ok(Relation { plan, columns, has_origin, apart: None, order: Vec::new() })
    }

    /// Joins two relations whose column names are already disjoint. For semi and anti joins only the kept side remains.
    pub fn join(self, right: Relation, on: Vec<(Expr, Expr)>, kind: JoinType) -> Result<Self> {
        const RIGHT: &str = "\u{1}right origin";
        let (left, right) = (self.unordered()?, right.unordered()?);
        let keeps_left = !matches!(kind, JoinType::RightSemi | JoinType::RightAnti);
        let keeps_right = !matches!(kind, JoinType::LeftSemi | JoinType::LeftAnti);
        let mut columns = Vec::new();
        if keeps_left {
            columns.extend(left.columns.iter().cloned());
        }
        if keeps_right {
            columns.extend(right.columns.iter().cloned());
        }
        let (left_origin, right_origin) = (left.has_origin, right.has_origin);
        let right_plan = if right_origin {
            let mut exprs: Vec<Expr> = right.columns.iter().map(Column::expr).collect();
            exprs.push(named(field(origin::COLUMN), RIGHT));
            LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(right.plan))?)
        } else {
            right.plan
        };
        let plan = LogicalPlan::Join(Join::try_new(
            Arc::new(left.plan),
            Arc::new(right_plan),
            on,
            None,
            kind,
            JoinConstraint::On,
            NullEquality::NullEqualsNull,
            false,
        )?);
        let events = match (left_origin && keeps_left, right_origin && keeps_right) {
            (true, true) => Some(origin::join(field(origin::COLUMN), field(RIGHT))),
            (true, false) if matches!(kind, JoinType::Right | JoinType::Full) => {
                Some(or_no_event(field(origin::COLUMN))?)
            }
            (true, false) => Some(field(origin::COLUMN)),
            (false, true) if matches!(kind, JoinType::Left | JoinType::Full) => Some(or_no_event(field(RIGHT))?),
            (false, true) => Some(field(RIGHT)),
            (false, false) => None,
        };
        let has_origin = events.is_some();
        let mut exprs: Vec<Expr> = columns.iter().map(Column::expr).collect();
        exprs.extend(events.map(|events| named(events, origin::COLUMN)));
        let plan = LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(plan))?);
        Ok(Relation { plan, columns, has_origin, apart: None, order: Vec::new() })
    }

    /// This relation with these columns in this order: a column that it lacks is null, one of another type is cast.
    pub fn align(self, wanted: &[Column]) -> Result<Self> {
        let computed = wanted.iter().map(|column| {
            let expr = match self.column(&column.name) {
                Some(present) => cast::cast(present.expr(), present.kind, column.kind),
                None => null(column.kind),
            };
            Computed::new(&column.name, column.kind, expr)
        });
        let computed = computed.collect();
        self.project(computed)
    }

    /// Gives a relation without origins an empty origin column, so that it can stand in a union with others.
    fn with_origin(self) -> Result<Self> {
        if self.has_origin {
            return Ok(self);
        }
        let mut exprs: Vec<Expr> = self.columns.iter().map(Column::expr).collect();
        exprs.push(named(lit(origin::Origins::default().to_cell()), origin::COLUMN));
        let plan = LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(self.plan))?);
        Ok(Relation { plan, columns: self.columns, has_origin: true, apart: None, order: Vec::new() })
    }
}

/// Whether a total stands somewhere beneath, of rows that may be none.
fn holds_total(plan: &LogicalPlan) -> bool {
    let is_total = |node: &LogicalPlan| matches!(node, LogicalPlan::Aggregate(total) if total.group_expr.is_empty());
    plan.exists(|node| Ok(is_total(node))).unwrap_or(true)
}

/// An origin cell, that of no event where it is null.
fn or_no_event(cell: Expr) -> Result<Expr> {
    when(cell.clone().is_null(), lit(origin::Origins::default().to_cell())).otherwise(cell)
}

/// The value of a column, as the engine can aggregate over it.
fn computed_of(item: Computed, plan: &LogicalPlan) -> Expr {
    let is_bare = matches!(item.expr, Expr::Column(_) | Expr::Literal(..));
    if item.kind == Type::Bool && !is_bare && item.expr.nullable(plan.schema().as_ref()).is_ok_and(|nullable| !nullable)
    {
        return step::unpromised(item.expr);
    }
    item.expr
}

/// An expression that equals one of a projection beneath, made different: see [`functions::step`].
fn unlike_before(expr: Expr, plan: &LogicalPlan) -> Expr {
    let Expr::Alias(alias) = expr else {
        // A bare column under its own name means the same wherever it stands.
        return expr;
    };
    let is_same = |before: &&Expr| match before {
        Expr::Alias(before) => before.name == alias.name && unstepped(&before.expr) == alias.expr.as_ref(),
        _ => false,
    };
    let mut repeats = 0;
    let mut below = plan;
    loop {
        below = match below {
            LogicalPlan::Projection(projection) => {
                repeats += projection.expr.iter().filter(is_same).count();
                &projection.input
            }
            LogicalPlan::Filter(filter) => &filter.input,
            LogicalPlan::Sort(sort) => &sort.input,
            LogicalPlan::Limit(limit) => &limit.input,
            _ => break,
        };
    }
    if repeats == 0 {
        return Expr::Alias(alias);
    }
    Expr::Alias(Alias::new(step(repeats, *alias.expr), None::<&str>, alias.name))
}

fn unstepped(expr: &Expr) -> &Expr {
    match expr {
        Expr::ScalarFunction(call) if call.func.name().starts_with(step::PREFIX) => call.args.first().unwrap_or(expr),
        _ => expr,
    }
}

/// `expr` under a name; left as it is where that is its name already.
fn named(expr: Expr, name: &str) -> Expr {
    match &expr {
        Expr::Column(column) if column.relation.is_none() && column.name == name => expr,
        _ => Expr::Alias(Alias::new(expr, None::<&str>, name)),
    }
}
