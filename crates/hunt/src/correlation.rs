//! Correlations of Sigma: what their rules match is gathered, put in the order of time, and looked at in windows.
//!
//! The rules of a correlation are plans of the sweep like any other. Their rows leave behind only what is asked of them: the
//! time, the event, and the values of a few fields.

mod evaluate;
mod matches;
mod ordered;
mod rows;
mod sum;
mod window;

use std::sync::Arc;

use catalogue::{Correlated, Member};
use syntax::sigma::{Asked, Correlation, Kind, Rule, Spanned};
use syntax::{Diagnostic, Source, Span};

pub(crate) use evaluate::{Evaluated, Unlooked, evaluate};
pub(crate) use matches::{Columns, Gathered, MOST_BYTES, Matches};
pub(crate) use ordered::{MAX_WAYS, ways};
pub(crate) use rows::{rows, shape};

/// A correlation with the numbers of the rules beneath it.
#[derive(Debug)]
pub(crate) struct Node {
    pub correlation: Correlation,
    pub parts: Vec<Part>,
    /// For each rule of the whole tree where its group-by fields stand among its fields, and where those whose values are
    /// looked at. Empty for rules that are not beneath this node.
    pub places: Vec<Places>,
}

#[derive(Debug)]
pub(crate) enum Part {
    Rule(usize),
    Node(Box<Node>),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    pub group: Vec<usize>,
    pub values: Vec<usize>,
}

/// A rule of a correlation, and the fields that the correlations above it ask for.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub source: Arc<Source>,
    pub rule: Arc<Rule>,
    pub fields: Vec<String>,
}

/// What is wrong with a correlation that could not be said as it was read.
pub(crate) fn fault(correlated: &Correlated) -> Option<(Arc<Source>, Diagnostic)> {
    let correlation = &correlated.correlation;
    let is_endless = match &correlation.condition {
        Asked::Rules(tree) => correlation.kind == Kind::TemporalOrdered && ways(tree).is_none(),
        Asked::Number(_) => false,
    };
    if is_endless {
        return Some((correlated.source.clone(), too_many_ways(correlation)));
    }
    correlated.members.iter().find_map(|member| match member {
        Member::Correlation(inner) => fault(inner),
        Member::Rule(..) => None,
    })
}

fn too_many_ways(correlation: &Correlation) -> Diagnostic {
    let what = format!("the condition can be met in more than {MAX_WAYS} ways, each with an order of its own");
    Diagnostic::error("TL007", Span::at(correlation.span.start as usize), what)
        .label("this correlation")
        .help("name fewer alternatives, or use the type temporal, which asks for no order")
}

/// Numbers the rules beneath a correlation, and finds out what is asked of each.
pub(crate) fn compile(correlated: &Correlated) -> (Node, Vec<Leaf>) {
    let mut leaves = Vec::new();
    number(correlated, &mut leaves);
    let mut next = 0;
    let node = node(correlated, &mut leaves, &mut next);
    (node, leaves)
}

fn number(correlated: &Correlated, leaves: &mut Vec<Leaf>) {
    for member in &correlated.members {
        match member {
            Member::Rule(source, rule) => {
                leaves.push(Leaf { source: source.clone(), rule: rule.clone(), fields: Vec::new() });
            }
            Member::Correlation(inner) => number(inner, leaves),
        }
    }
}

fn node(correlated: &Correlated, leaves: &mut [Leaf], next: &mut usize) -> Node {
    let correlation = &correlated.correlation;
    let looked_at: &[Spanned<String>] = match &correlation.condition {
        Asked::Number(measure) if correlation.kind.has_field() => &measure.fields,
        _ => &[],
    };
    let mut places = vec![Places::default(); leaves.len()];
    let mut at = *next;
    let mut asked = |names: &[Spanned<String>], choose: fn(&mut Places) -> &mut Vec<usize>| {
        for name in names {
            at = *next;
            fields(correlated, &name.value, &mut at, &mut |leaf, field| {
                let place = leaves.get_mut(leaf).map(|leaf| place_of(&mut leaf.fields, field));
                if let (Some(place), Some(places)) = (place, places.get_mut(leaf)) {
                    choose(places).push(place);
                }
            });
        }
    };
    asked(&correlation.group_by, |places| &mut places.group);
    asked(looked_at, |places| &mut places.values);
    let part = |member: &Member| match member {
        Member::Rule(..) => {
            *next += 1;
            Part::Rule(*next - 1)
        }
        Member::Correlation(inner) => Part::Node(Box::new(node(inner, leaves, next))),
    };
    let parts = correlated.members.iter().map(part).collect();
    Node { correlation: correlation.clone(), parts, places }
}

/// What each rule beneath a correlation calls the field that the correlation calls so. `at` counts the rules.
fn fields(correlated: &Correlated, name: &str, at: &mut usize, tell: &mut dyn FnMut(usize, &str)) {
    for (member, reference) in correlated.members.iter().zip(&correlated.correlation.rules) {
        let about = match member {
            Member::Rule(_, rule) => &rule.about,
            Member::Correlation(inner) => &inner.correlation.about,
        };
        let alias = correlated.correlation.aliases.iter().find(|alias| alias.name.value == name);
        let of_member = alias.and_then(|alias| {
            let is_meant = |rule: &str| rule == reference.value || about.is_called(rule);
            alias.fields.iter().find(|(rule, _)| is_meant(&rule.value)).map(|(_, field)| field.value.as_str())
        });
        let name = of_member.unwrap_or(name);
        match member {
            Member::Rule(..) => {
                tell(*at, name);
                *at += 1;
            }
            Member::Correlation(inner) => fields(inner, name, at, tell),
        }
    }
}

/// Names of fields are found whatever their case.
fn place_of(fields: &mut Vec<String>, name: &str) -> usize {
    let known = fields.iter().position(|known| known.eq_ignore_ascii_case(name));
    known.unwrap_or_else(|| {
        fields.push(name.to_string());
        fields.len() - 1
    })
}
