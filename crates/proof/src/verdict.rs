//! A verdict: a condition with the answer of each operand for one row, and which answers would have to differ to turn it.

use plan::trace::{Clause, Operand};

/// A condition with its answers.
#[derive(Debug, Clone)]
pub enum Verdict<'a> {
    All(Vec<Verdict<'a>>),
    Any(Vec<Verdict<'a>>),
    Not(Box<Verdict<'a>>),
    /// It always holds here: a time bound that was lifted.
    Lifted(syntax::Span),
    /// With the operand's number among those of the condition.
    Operand {
        operand: &'a Operand,
        number: usize,
        holds: bool,
    },
}

impl<'a> Verdict<'a> {
    /// The answers are those of [`Clause::operands`], in their order.
    pub fn of(clause: &'a Clause, answers: &[bool]) -> Self {
        let mut next = 0;
        Verdict::with(clause, answers, &mut next)
    }

    fn with(clause: &'a Clause, answers: &[bool], next: &mut usize) -> Self {
        let mut each = |parts: &'a [Clause]| parts.iter().map(|part| Verdict::with(part, answers, next)).collect();
        match clause {
            Clause::All(parts) => Verdict::All(each(parts)),
            Clause::Any(parts) => Verdict::Any(each(parts)),
            Clause::Not(inner) => Verdict::Not(Box::new(Verdict::with(inner, answers, next))),
            Clause::Lifted(span) => Verdict::Lifted(*span),
            Clause::Operand(operand) => {
                let number = *next;
                *next += 1;
                Verdict::Operand { operand, number, holds: answers.get(number).copied().unwrap_or(false) }
            }
        }
    }

    pub fn holds(&self) -> bool {
        match self {
            Verdict::All(parts) => parts.iter().all(Verdict::holds),
            Verdict::Any(parts) => parts.iter().any(Verdict::holds),
            Verdict::Not(inner) => !inner.holds(),
            Verdict::Lifted(_) => true,
            Verdict::Operand { holds, .. } => *holds,
        }
    }

    /// The fewest operands whose answers have to differ so that the whole comes to `wanted`, where several ways are as short
    /// the one with more of those that are `near` to it; `None` where there is no way.
    pub fn turned_by(&self, wanted: bool, near: &dyn Fn(usize) -> bool) -> Option<Vec<usize>> {
        if self.holds() == wanted {
            return Some(Vec::new());
        }
        match self {
            Verdict::All(parts) if wanted => every(parts, true, near),
            Verdict::All(parts) => least(parts, false, near),
            Verdict::Any(parts) if wanted => least(parts, true, near),
            Verdict::Any(parts) => every(parts, false, near),
            Verdict::Not(inner) => inner.turned_by(!wanted, near),
            Verdict::Lifted(_) => None,
            Verdict::Operand { number, .. } => Some(vec![*number]),
        }
    }
}

fn every(parts: &[Verdict<'_>], wanted: bool, near: &dyn Fn(usize) -> bool) -> Option<Vec<usize>> {
    let each: Option<Vec<Vec<usize>>> = parts.iter().map(|part| part.turned_by(wanted, near)).collect();
    each.map(|each| each.into_iter().flatten().collect())
}

fn least(parts: &[Verdict<'_>], wanted: bool, near: &dyn Fn(usize) -> bool) -> Option<Vec<usize>> {
    let ways = parts.iter().filter_map(|part| part.turned_by(wanted, near));
    ways.min_by_key(|way| (way.len(), way.iter().filter(|operand| !near(**operand)).count()))
}

#[cfg(test)]
mod tests {
    use datafusion_expr::lit;
    use syntax::Span;

    use super::*;

    fn operand() -> Clause {
        let operand =
            Operand { span: Span::at(0), holds: lit(true), sides: Vec::new(), label: None, literals: Vec::new() };
        Clause::Operand(Box::new(operand))
    }

    #[test]
    fn the_fewest_answers_that_turn_a_condition_are_found() {
        // a and (b or (c and d)) and not e
        let inner = Clause::Any(vec![operand(), Clause::All(vec![operand(), operand()])]);
        let clause = Clause::All(vec![operand(), inner, Clause::Not(Box::new(operand()))]);
        let turned = |answers: [bool; 5], wanted| Verdict::of(&clause, &answers).turned_by(wanted, &|_| false);
        assert_eq!(turned([true, false, false, false, false], true), Some(vec![1]));
        assert_eq!(turned([false, false, true, false, true], true), Some(vec![0, 1, 4]));
        assert_eq!(turned([true, true, true, true, false], false), Some(vec![0]));
        assert_eq!(turned([true, true, false, false, false], true), Some(vec![]));
    }

    #[test]
    fn of_ways_as_short_that_of_the_nearest_is_taken() {
        let clause = Clause::Any(vec![operand(), operand(), operand()]);
        assert_eq!(Verdict::of(&clause, &[false; 3]).turned_by(true, &|operand| operand == 2), Some(vec![2]));
    }

    #[test]
    fn every_way_out_has_to_be_closed() {
        let clause = Clause::Any(vec![operand(), operand()]);
        assert_eq!(Verdict::of(&clause, &[true, true]).turned_by(false, &|_| false), Some(vec![0, 1]));
        assert_eq!(Verdict::of(&Clause::Lifted(Span::at(0)), &[]).turned_by(false, &|_| false), None);
    }
}
