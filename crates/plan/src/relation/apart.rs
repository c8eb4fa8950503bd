//! Rows kept apart: operators that run over the rows of each part alone, as `mv-apply` and `partition` have them do, over all
//! parts at once. Hidden columns say which part a row is of, and what is to come out beside it.

use datafusion_common::Result;
use datafusion_expr::{Expr, Operator, SortExpr, binary_expr, lit};
use functions::{Type, aggregate, serial::Serial};

use super::{Computed, Relation, field};

/// The hidden columns of rows that are kept apart.
#[derive(Debug, Clone)]
pub struct Apart {
    /// Tells the parts apart. Rows of one part stand together.
    pub part: String,
    /// The type of that column.
    pub kind: Type,
    /// The same in all rows of a part, and given out with whatever comes of it.
    pub carried: Vec<String>,
    /// False where a row is none of its part's: a part without rows still comes to an aggregate of nothing.
    pub alive: Option<String>,
    /// How many others these parts stand within.
    pub depth: usize,
}

impl Apart {
    pub fn hidden(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.part).chain(&self.carried).chain(&self.alive)
    }
}

impl Relation {
    /// From here on every operation is of each part. The hidden columns are columns so far.
    pub fn set_apart(mut self, apart: Apart) -> Self {
        self.columns.retain(|column| apart.hidden().all(|name| *name != column.name));
        Relation { apart: Some(apart), ..self }
    }

    /// The rows with their hidden columns in view, so that other parts can be made of them, and what hides those columns again.
    /// No order is asked for any more: the rows are in it.
    pub fn opened(self) -> (Self, Option<Apart>) {
        let Some(apart) = self.apart else { return (self, None) };
        let mut open = Relation { apart: None, order: Vec::new(), ..self };
        let kind = |name: &String| if *name == apart.part { apart.kind } else { Type::Dynamic };
        open.columns.extend(apart.hidden().map(|name| super::Column::new(name, kind(name))));
        (open, Some(apart))
    }

    /// How many parts stand around each other here.
    pub fn depth(&self) -> usize {
        self.apart.as_ref().map_or(0, |apart| apart.depth + 1)
    }

    /// All parts together again, with these columns of the hidden ones. What is not alive goes, but where a part around these has
    /// to outlive its rows: then it is not alive in that one's column either.
    pub fn together(self, visible: Vec<super::Column>, outlived: Option<&str>) -> Result<Self> {
        let Some(apart) = self.apart else { return Ok(self) };
        let mut relation = Relation { apart: None, order: Vec::new(), ..self };
        relation.columns.extend(visible);
        match (apart.alive.as_deref().map(field), outlived) {
            (Some(alive), None) => relation.filter(alive),
            (Some(alive), Some(outer)) => {
                let both = binary_expr(field(outer), Operator::And, alive);
                relation.extend(vec![Computed::new(outer, Type::Bool, both)])
            }
            (None, _) => Ok(relation),
        }
    }

    pub fn is_apart(&self) -> bool {
        self.apart.is_some()
    }

    /// What tells runs of rows apart for serial functions.
    pub fn run(&self) -> Expr {
        self.apart.as_ref().map_or_else(|| lit(0_i64), |apart| field(&apart.part))
    }

    pub(super) fn hidden_exprs(&self) -> Vec<Expr> {
        let apart = self.apart.iter().flat_map(Apart::hidden).map(|name| field(name));
        // The part is a column of its own already.
        let is_part = |expr: &Expr| self.apart.as_ref().is_some_and(|apart| *expr == field(&apart.part));
        let order = self.order.iter().map(|key| key.expr.clone()).filter(|expr| !is_part(expr));
        apart.chain(order).collect()
    }

    /// A filter where parts outlive their rows.
    pub(super) fn bury(self, alive: &str, predicate: Expr) -> Result<Self> {
        let lives = binary_expr(field(alive), Operator::And, predicate.is_true());
        self.project_hidden(alive, lives)
    }

    /// The present columns, with one of the hidden ones anew.
    fn project_hidden(self, name: &str, value: Expr) -> Result<Self> {
        let apart = self.apart.clone();
        let shown = super::Column::new(name, Type::Bool);
        let mut open = Relation { apart: apart.as_ref().map(|apart| apart.without(name)), ..self };
        open.columns.push(shown);
        let mut relation = open.extend(vec![Computed::new(name, Type::Bool, value)])?;
        relation.columns.retain(|column| column.name != name);
        Ok(Relation { apart, ..relation })
    }

    /// An aggregate of each part.
    pub(super) fn aggregate_apart(
        self,
        apart: Apart,
        keys: Vec<Computed>,
        mut aggregates: Vec<Computed>,
    ) -> Result<Self> {
        let relation = match &apart.alive {
            // A group is there because a row is.
            Some(alive) if !keys.is_empty() => self.filter_plainly(field(alive))?,
            _ => self,
        };
        if let (Some(alive), true) = (&apart.alive, keys.is_empty()) {
            for item in &mut aggregates {
                item.expr = aggregate::filtered(item.expr.clone(), field(alive));
            }
        }
        let mut all_keys = vec![Computed::new(&apart.part, Type::Long, field(&apart.part))];
        all_keys.extend(keys);
        // The part's own column stands behind the visible ones from here on.
        let carried = apart
            .carried
            .iter()
            .map(|name| Computed::new(name, Type::Dynamic, aggregate::first(field(name), Vec::new())));
        aggregates.extend(carried);
        let mut grouped = Relation { apart: None, ..relation }.aggregate(all_keys, aggregates)?;
        if let Some(alive) = &apart.alive {
            // Parts are counted from 0. A literal true could not be null, and what is made of it here can.
            let lives = binary_expr(field(&apart.part), Operator::GtEq, lit(0_i64));
            grouped = grouped.extend(vec![Computed::new(alive, Type::Bool, lives)])?;
        }
        // Groups come in no order: rows of one part are brought together again.
        let by = vec![SortExpr::new(field(&apart.part), true, true)];
        let sorted = grouped.sort(by)?;
        Ok(sorted.set_apart(apart))
    }

    pub(super) fn limit_apart(self, apart: &Apart, rows: u64) -> Result<Self> {
        const PLACE: &str = "\u{1}place";
        let counts = apart.alive.as_deref().map_or_else(|| lit(true), field);
        let place = Computed::new(PLACE, Type::Long, Serial::Count.call(self.run(), vec![counts], Type::Long.arrow()));
        let columns = self.columns.clone();
        let numbered = self.serial(vec![place])?;
        let within = binary_expr(field(PLACE), Operator::LtEq, lit(i64::try_from(rows).unwrap_or(i64::MAX)));
        let kept = numbered.filter(within)?;
        let visible = columns.iter().map(|column| Computed::new(&column.name, column.kind, column.expr()));
        let visible = visible.collect();
        kept.project(visible)
    }
}

impl Apart {
    fn without(&self, name: &str) -> Apart {
        let mut less = self.clone();
        less.carried.retain(|carried| carried != name);
        less.alive = less.alive.filter(|alive| alive != name);
        less
    }
}
