//! Solving: ways to meet a form, each as tests that hold and tests that do not.

use super::form::{Form, Leaf};

/// A test, and whether it has to hold.
pub(super) type Wanted<'f> = (&'f Leaf, bool);

/// Ways of one form that are looked at.
const MOST: usize = 64;

/// Ways to meet a form, or not to meet it; the simplest first. Empty where there is none.
pub(super) fn ways(form: &Form, holds: bool) -> Vec<Vec<Wanted<'_>>> {
    match (form, holds) {
        (Form::Unread, _) => vec![Vec::new()],
        (Form::Leaf(leaf), holds) => vec![vec![(leaf, holds)]],
        (Form::Not(inner), holds) => ways(inner, !holds),
        (Form::All(parts), true) | (Form::Any(parts), false) => product(parts.iter().map(|part| ways(part, holds))),
        (Form::Any(parts), true) | (Form::All(parts), false) => {
            // One way of each alternative before a second one of any, and what can be read before what cannot.
            let (unread, read): (Vec<&Form>, Vec<&Form>) = parts.iter().partition(|part| is_unread(part));
            let in_turn = in_turn(&read, holds).into_iter().chain(in_turn(&unread, holds));
            in_turn.take(MOST).collect()
        }
    }
}

fn in_turn<'f>(parts: &[&'f Form], holds: bool) -> Vec<Vec<Wanted<'f>>> {
    let each: Vec<Vec<Vec<Wanted<'f>>>> = parts.iter().map(|part| ways(part, holds)).collect();
    let longest = each.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest).flat_map(|place| each.iter().filter_map(move |ways| ways.get(place).cloned())).collect()
}

fn is_unread(form: &Form) -> bool {
    match form {
        Form::Unread => true,
        Form::Not(inner) => is_unread(inner),
        _ => false,
    }
}

/// All of several forms: every combination of their ways, as far as there are not too many.
pub(super) fn product<'f>(all: impl Iterator<Item = Vec<Vec<Wanted<'f>>>>) -> Vec<Vec<Wanted<'f>>> {
    let mut combined: Vec<Vec<Wanted<'f>>> = vec![Vec::new()];
    for ways in all {
        let with = |known: &Vec<Wanted<'f>>, way: &Vec<Wanted<'f>>| known.iter().chain(way).copied().collect();
        combined = ways.iter().flat_map(|way| combined.iter().map(move |known| with(known, way))).take(MOST).collect();
    }
    combined
}

#[cfg(test)]
mod tests {
    use syntax::Span;

    use super::super::form::Test;
    use super::*;

    fn leaf(name: &str) -> Form {
        Form::Leaf(Leaf { column: name.into(), test: Test::Present, span: Span::default() })
    }

    fn told(form: &Form, holds: bool) -> Vec<String> {
        let word = |(leaf, holds): &Wanted<'_>| format!("{}{}", if *holds { "" } else { "!" }, leaf.column);
        ways(form, holds).iter().map(|way| way.iter().map(word).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn ways_are_alternatives_and_combinations() {
        let either = Form::Any(vec![leaf("b"), leaf("c")]);
        let form = Form::All(vec![leaf("a"), either.clone(), Form::Not(Box::new(leaf("d")))]);
        assert_eq!(told(&form, true), ["a b !d", "a c !d"]);
        assert_eq!(told(&form, false), ["!a", "!b !c", "d"]);
        assert_eq!(told(&Form::Not(Box::new(either)), true), ["!b !c"]);
        assert_eq!(told(&Form::Unread, false), [""]);
    }
}
