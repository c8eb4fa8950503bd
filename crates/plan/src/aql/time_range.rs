//! Time: the window of LAST, START and STOP on the event's time, and lower bounds relative to now that WHERE states.
//!
//! QRadar cuts windows by the minute: START begins its minute; STOP ends before it where the text has no seconds, else with
//! the minute that it names. Times without a zone are UTC.

use datafusion_expr::{Expr as Plan, lit};
use functions::{Type, ticks};
use syntax::Span;
use syntax::aql::tree::{ArithmeticOp, CompareOp, Expr, ExprKind, Item, Moment, MomentKind, TimeRange};

use super::scope::{Field, Scope};
use super::value::Value;
use super::{Binder, messages};
use crate::binding::TimeBound;
use crate::relation::{Relation, field};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// Seconds since 1970 between the years 2001 and 2286: as milliseconds, a time that no event has.
const SECONDS: std::ops::Range<i64> = 1_000_000_000..10_000_000_000;

/// A lower bound relative to now, before it is decided whether it holds.
pub(super) struct Lower {
    pub span: Span,
    pub column: String,
    /// `>` rather than `>=`.
    is_strict: bool,
    from: From,
}

enum From {
    /// Milliseconds before now.
    Ago(i64),
    /// An expression of NOW(), worked out only where the bound holds.
    Computed(Expr),
    /// `NOW() - time < length`: the first of these less the second.
    Difference(Expr, Expr),
}

impl Binder<'_> {
    /// The window's conditions that always hold, and its lower bound if it is relative to now.
    pub(super) fn window(&mut self, range: &TimeRange, scope: &Scope<'_>) -> Option<(Vec<Plan>, Option<Lower>)> {
        let Some(time) = scope.time.clone() else {
            return self.fail(messages::no_time_column(range.span()));
        };
        let mut conditions = Vec::new();
        let mut lower = None;
        let mut until_now = false;
        match range {
            TimeRange::Last { millis, span } => {
                if *millis <= 0 {
                    self.report(messages::no_length(*span));
                }
                let from = From::Ago(*millis);
                lower = Some(Lower { span: *span, column: time.clone(), is_strict: false, from });
                until_now = true;
            }
            TimeRange::Between { start, stop, span } => {
                let (mut from_millis, mut to_millis) = (None, None);
                if let Some(start) = start {
                    match relative_moment(start) {
                        Some(ago) => {
                            if !self.lifts {
                                from_millis = Some(self.now_millis().saturating_sub(ago));
                            }
                            let from = From::Ago(ago);
                            lower = Some(Lower { span: *span, column: time.clone(), is_strict: false, from });
                        }
                        None => {
                            let (millis, _) = self.moment(start)?;
                            let minute = millis.saturating_sub(millis.rem_euclid(MINUTE));
                            from_millis = Some(minute);
                            conditions.push(field(&time).gt_eq(lit(minute)));
                        }
                    }
                }
                match stop {
                    Some(stop) => {
                        let (millis, has_seconds) = self.moment(stop)?;
                        let minute = millis.saturating_sub(millis.rem_euclid(MINUTE));
                        let end = if has_seconds { minute.saturating_add(MINUTE) } else { minute };
                        to_millis = Some(end);
                        conditions.push(field(&time).lt(lit(end)));
                    }
                    None => until_now = lower.is_some(),
                }
                if let (Some(from), Some(to)) = (from_millis, to_millis)
                    && from >= to
                {
                    self.report(messages::empty_window(*span));
                }
            }
        }
        // The end that nobody wrote goes with the beginning that is lifted.
        if until_now && !self.lifts {
            conditions.push(field(&time).lt_eq(lit(self.now_millis())));
        }
        Some((conditions, lower))
    }

    /// Applies a lower bound to the rows that reach it, or lifts it.
    pub(super) fn bound(&mut self, lower: Lower, relation: Relation, scope: &Scope<'_>) -> Option<Relation> {
        let input = relation.plan.clone();
        let lifted = self.lifts;
        let keeps = if lifted { lit(true) } else { self.keeps(&lower)? };
        let relation = if lifted { relation } else { self.built(relation.filter(keeps.clone()), lower.span)? };
        let table = scope.table.clone();
        let kind = Type::Long;
        self.bounds.push(TimeBound { span: lower.span, table, column: lower.column, kind, lifted, input, keeps });
        Some(relation)
    }

    fn keeps(&mut self, lower: &Lower) -> Option<Plan> {
        let millis = match &lower.from {
            From::Ago(millis) => self.now_millis().saturating_sub(*millis),
            From::Computed(expr) => self.millis(expr)?,
            From::Difference(from, length) => self.millis(from)?.saturating_sub(self.millis(length)?),
        };
        let time = field(&lower.column);
        Some(if lower.is_strict { time.gt(lit(millis)) } else { time.gt_eq(lit(millis)) })
    }

    /// An expression of literals and NOW() only.
    fn millis(&mut self, expr: &Expr) -> Option<i64> {
        match &expr.kind {
            ExprKind::Long(value) => Some(*value),
            ExprKind::Call(call) => match call.args.as_slice() {
                [] => Some(self.now_millis()),
                [argument, ..] => self.parse_date_time(argument)?.literal_long(),
            },
            ExprKind::Negate(inner) => Some(self.millis(inner)?.wrapping_neg()),
            ExprKind::Arithmetic { op, left, right } => {
                let (left, right) = (self.millis(left)?, self.millis(right)?);
                Some(match op {
                    ArithmeticOp::Add => left.saturating_add(right),
                    ArithmeticOp::Subtract => left.saturating_sub(right),
                    _ => left.saturating_mul(right),
                })
            }
            _ => None,
        }
    }

    pub(super) fn parse_date_time(&mut self, text: &Expr) -> Option<Value> {
        let ExprKind::Text(wanted) = &text.kind else {
            return self.fail(messages::needs_literal(text.span, "the time of PARSEDATETIME()"));
        };
        let millis = match relative(wanted) {
            Some(ago) => self.now_millis().saturating_sub(ago),
            None => match absolute(wanted) {
                Some((millis, _)) => millis,
                None => return self.fail(messages::bad_time(text.span, wanted)),
            },
        };
        Some(Value::new(lit(millis), Type::Long))
    }

    /// Milliseconds, and whether seconds were given.
    fn moment(&mut self, moment: &Moment) -> Option<(i64, bool)> {
        match &moment.kind {
            MomentKind::Millis(millis) => {
                if SECONDS.contains(millis) {
                    self.report(messages::seconds(moment.span));
                }
                Some((*millis, true))
            }
            MomentKind::Text(text) | MomentKind::ParseDateTime(text) => {
                if let (Some(ago), MomentKind::ParseDateTime(_)) = (relative(text), &moment.kind) {
                    return Some((self.now_millis().saturating_sub(ago), true));
                }
                match absolute(text) {
                    Some(found) => Some(found),
                    None => self.fail(messages::bad_time(moment.span, text)),
                }
            }
        }
    }
}

/// A condition that is a lower bound on a time of the event, relative to now; of BETWEEN also the upper bound.
pub(super) fn lower_bound(condition: &Expr, scope: &Scope<'_>) -> Option<(Lower, Option<Expr>)> {
    let span = condition.span;
    match &condition.kind {
        ExprKind::Compare { op, left, right } => {
            let flipped = op.flipped();
            let found = direct(*op, left, right, span, scope)
                .or_else(|| direct(flipped, right, left, span, scope))
                .or_else(|| difference(*op, left, right, span, scope))
                .or_else(|| difference(flipped, right, left, span, scope));
            Some((found?, None))
        }
        ExprKind::Between { negated: false, value, low, high } => {
            let lower = direct(CompareOp::GreaterOrEqual, value, low, span, scope)?;
            let kind = ExprKind::Compare { op: CompareOp::LessOrEqual, left: value.clone(), right: high.clone() };
            Some((lower, Some(Expr { kind, span })))
        }
        _ => None,
    }
}

/// `time > NOW() - length`.
fn direct(op: CompareOp, time: &Expr, from: &Expr, span: Span, scope: &Scope<'_>) -> Option<Lower> {
    let is_lower = matches!(op, CompareOp::Greater | CompareOp::GreaterOrEqual);
    if !is_lower || constant(from) != Some(true) {
        return None;
    }
    let column = time_field(time, scope)?.column.clone();
    Some(Lower { span, column, is_strict: op == CompareOp::Greater, from: From::Computed(from.clone()) })
}

/// `NOW() - time < length`.
fn difference(op: CompareOp, difference: &Expr, length: &Expr, span: Span, scope: &Scope<'_>) -> Option<Lower> {
    let ExprKind::Arithmetic { op: ArithmeticOp::Subtract, left, right } = &difference.kind else { return None };
    let is_upper = matches!(op, CompareOp::Less | CompareOp::LessOrEqual);
    if !is_upper || constant(left) != Some(true) || constant(length) != Some(false) {
        return None;
    }
    let column = time_field(right, scope)?.column.clone();
    let from = From::Difference((**left).clone(), length.clone());
    Some(Lower { span, column, is_strict: op == CompareOp::Less, from })
}

/// `starttime`, `devicetime` or `endtime`, under whatever name.
fn time_field<'s>(expr: &Expr, scope: &'s Scope<'_>) -> Option<&'s Field> {
    let name = super::call::field_name(expr)?;
    let found = match scope.field(name).filter(|field| !field.is_raw) {
        Some(found) => found,
        // An item that is nothing but a time under another name.
        None => match scope.items.get(scope.item(name, scope.items.len())?)? {
            Item::Value { expr, .. } => scope.field(super::call::field_name(expr)?)?,
            Item::All(_) => return None,
        },
    };
    let is_time = ["starttime", "devicetime", "endtime"].iter().any(|known| found.column.eq_ignore_ascii_case(known));
    ((is_time || scope.time.as_ref() == Some(&found.column)) && found.kind == Type::Long).then_some(found)
}

/// Whether an expression names no field: `Some(true)` where it says now, `Some(false)` where it is fixed.
fn constant(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Long(_) => Some(false),
        ExprKind::Negate(inner) => constant(inner),
        ExprKind::Call(call) => match call.args.as_slice() {
            [] if call.name.text.eq_ignore_ascii_case("NOW") => Some(true),
            [Expr { kind: ExprKind::Text(text), .. }] if call.name.text.eq_ignore_ascii_case("PARSEDATETIME") => {
                Some(relative(text).is_some())
            }
            _ => None,
        },
        ExprKind::Arithmetic {
            op: ArithmeticOp::Add | ArithmeticOp::Subtract | ArithmeticOp::Multiply,
            left,
            right,
        } => Some(constant(left)? | constant(right)?),
        _ => None,
    }
}

fn relative_moment(moment: &Moment) -> Option<i64> {
    match &moment.kind {
        MomentKind::ParseDateTime(text) => relative(text),
        _ => None,
    }
}

/// `now`, `3 hours ago`: how many milliseconds before now.
fn relative(text: &str) -> Option<i64> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let (count, unit) = match words.as_slice() {
        ["now"] => return Some(0),
        [count, unit, "ago"] => (count.parse::<i64>().ok()?, *unit),
        _ => return None,
    };
    let unit = match unit.strip_suffix('s').unwrap_or(unit) {
        "second" | "sec" => 1_000,
        "minute" | "min" => MINUTE,
        "hour" | "hr" => 60 * MINUTE,
        "day" => DAY,
        "week" => 7 * DAY,
        _ => return None,
    };
    Some(count.saturating_mul(unit))
}

/// Year to minute or second, between whatever signs; milliseconds, and whether seconds were given.
fn absolute(text: &str) -> Option<(i64, bool)> {
    let groups: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || " -/:.TtZz".contains(c));
    let (date, time, has_seconds) = match groups.as_slice() {
        [y, m, d] => ([y, m, d], "00:00:00".to_string(), false),
        [y, m, d, hour, minute] => ([y, m, d], format!("{hour:0>2}:{minute:0>2}:00"), false),
        [y, m, d, hour, minute, second] | [y, m, d, hour, minute, second, _] => {
            ([y, m, d], format!("{hour:0>2}:{minute:0>2}:{second:0>2}"), true)
        }
        _ => return None,
    };
    let [year, month, day] = date;
    if !is_plain || year.len() != 4 {
        return None;
    }
    let ticks = ticks::parse(&format!("{year}-{month:0>2}-{day:0>2} {time}"))?;
    Some((ticks::to_unix_millis(ticks), has_seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_documented_spelling() {
        // 2023-11-14T22:13:00Z.
        let wanted = 1_699_999_980_000;
        for text in ["2023-11-14 22:13", "2023/11/14 22:13:00", "2023/11/14-22:13:00", "2023:11:14-22:13:00Z"] {
            assert_eq!(absolute(text).map(|(millis, _)| millis), Some(wanted), "{text}");
        }
        assert_eq!(absolute("2023-11-14 22:13").map(|(_, seconds)| seconds), Some(false));
        assert_eq!(absolute("2023-13-14 22:13"), None);
        assert_eq!(absolute("$start"), None);
        assert_eq!(relative("8 Days ago"), Some(691_200_000));
        assert_eq!(relative("NOW"), Some(0));
        assert_eq!(relative("last week"), None);
    }
}
