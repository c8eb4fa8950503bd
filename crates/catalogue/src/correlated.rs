//! Correlations with the rules that they name, and filters with the rules that they are for: both may stand in any file of a load.

use std::collections::HashMap;
use std::sync::Arc;

use syntax::nearest::nearest;
use syntax::sigma::{About, Condition, Correlation, Filter, LogSource, Placeholders, Rule, Search, Spanned, Value};
use syntax::{Diagnostic, Source, Span};

use crate::detection::{Detection, Language};
use crate::load::Problem;
use crate::{loose, messages};

/// A correlation, and what it correlates in the order of its rules.
#[derive(Debug, Clone)]
pub struct Correlated {
    pub source: Arc<Source>,
    pub correlation: Correlation,
    pub members: Vec<Member>,
}

#[derive(Debug, Clone)]
pub enum Member {
    Rule(Arc<Source>, Arc<Rule>),
    Correlation(Box<Correlated>),
}

/// Correlations of correlations of correlations: more than anybody writes, and few enough to walk by recursion.
const MAX_DEPTH: usize = 16;
/// Rules beneath one correlation, those of its own correlations counted in.
const MAX_MEMBERS: usize = 1_000;

/// Adds the conditions of filters to the rules that they are for. A filter that is for no rule is said.
pub(crate) fn filter(filters: &[(Arc<Source>, Filter)], detections: &mut Vec<Detection>, problems: &mut Vec<Problem>) {
    let mut added = 0;
    for (source, filter) in filters {
        let weight: usize = filter.selections.iter().map(|selection| bytes_in(&selection.search)).sum();
        let mut found = vec![false; filter.rules.as_ref().map_or(0, Vec::len)];
        let mut is_used = false;
        for rule in detections.iter_mut().flat_map(Detection::rules_mut) {
            let is_meant = match &filter.rules {
                None => true,
                Some(names) => {
                    let called: Vec<bool> = names.iter().map(|name| rule.about.is_called(&name.value)).collect();
                    found.iter_mut().zip(&called).for_each(|(found, called)| *found |= called);
                    called.contains(&true)
                }
            };
            if is_meant && covers(&filter.log_source, &rule.log_source) {
                is_used = true;
                added += weight;
                if added > MAX_ADDED {
                    let diagnostic = messages::filters_too_large(Span::at(filter.span.start as usize));
                    problems.push(Problem { source: source.clone(), diagnostic });
                    // Unfiltered they would find what somebody said is none.
                    rule.is_broken = true;
                    continue;
                }
                apply(filter, rule);
            }
        }
        let mut say = |diagnostic: Diagnostic| problems.push(Problem { source: source.clone(), diagnostic });
        let names = filter.rules.iter().flatten().zip(&found);
        names
            .filter(|(_, found)| !**found)
            .for_each(|(name, _)| say(messages::filter_for_nothing(name.span, &name.value)));
        if !is_used && found.iter().all(|found| *found) {
            say(messages::filter_of_other_log_source(filter.log_source.span));
        }
    }
    retain_sound(detections);
}

/// A broken rule takes its detection with it: the rest would find half and look healthy.
fn retain_sound(detections: &mut Vec<Detection>) {
    detections.retain_mut(|detection| detection.rules_mut().into_iter().all(|rule| !rule.is_broken));
}

/// Puts values in the place of the placeholders of all rules.
pub(crate) fn expand(placeholders: &Placeholders, detections: &mut Vec<Detection>, problems: &mut Vec<Problem>) {
    let mut room = MAX_EXPANDED;
    for detection in &mut *detections {
        let source =
            detection.variants.iter().find(|one| one.language == Language::Sigma).map(|one| one.source.clone());
        for rule in detection.rules_mut() {
            if let (Err(diagnostic), Some(source)) = (placeholders.expand(rule, &mut room), &source) {
                rule.is_broken = true;
                problems.push(Problem { source: source.clone(), diagnostic: *diagnostic });
            }
        }
    }
    retain_sound(detections);
}

/// Bytes that filters may add to all rules together, and those that the values of placeholders may.
const MAX_ADDED: usize = 256 << 20;
const MAX_EXPANDED: usize = 256 << 20;

/// What a copy of a selection takes, about.
fn bytes_in(search: &Search) -> usize {
    match search {
        Search::All(parts) | Search::Any(parts) => 64 + parts.iter().map(bytes_in).sum::<usize>(),
        Search::Field(found) => {
            let text = |value: &Spanned<Value>| match &value.value {
                Value::Text(text) | Value::Number(text) => 64 + text.len(),
                Value::Null | Value::Bool(_) => 64,
            };
            256 + found.values.iter().map(text).sum::<usize>()
        }
    }
}

/// The parts of a log source are the same whatever their case, as where rules are bound to it.
fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// What a filter's log source does not say, it does not ask.
fn covers(filter: &LogSource, rule: &LogSource) -> bool {
    let agree = |asked: &Option<Spanned<String>>, held: &Option<Spanned<String>>| {
        asked.as_ref().is_none_or(|asked| held.as_ref().is_some_and(|held| same(&held.value, &asked.value)))
    };
    agree(&filter.product, &rule.product)
        && agree(&filter.category, &rule.category)
        && agree(&filter.service, &rule.service)
}

/// Each condition of the rule has to hold together with that of the filter. What is said of the filter's selections is said at
/// the head of the rule, for they stand in another text.
fn apply(filter: &Filter, rule: &mut Rule) {
    let Some(condition) = filter.conditions.first() else {
        return;
    };
    let at = Span::at(rule.span.start as usize);
    let first = rule.selections.len();
    rule.selections.extend(filter.selections.iter().cloned().map(|mut selection| {
        selection.name.span = at;
        moved(&mut selection.search, at);
        selection
    }));
    let condition = shifted(condition, first, at);
    for own in &mut rule.conditions {
        let both = vec![std::mem::replace(own, Condition::Or(Vec::new())), condition.clone()];
        *own = Condition::And(both);
    }
}

fn moved(search: &mut Search, at: Span) {
    match search {
        Search::All(parts) | Search::Any(parts) => parts.iter_mut().for_each(|part| moved(part, at)),
        Search::Field(found) => {
            found.span = at;
            found.field.iter_mut().for_each(|field| field.span = at);
            found.modifiers.iter_mut().for_each(|modifier| modifier.span = at);
            found.values.iter_mut().for_each(|value| value.span = at);
        }
    }
}

fn shifted(condition: &Condition, by: usize, at: Span) -> Condition {
    let each = |parts: &[Condition]| parts.iter().map(|part| shifted(part, by, at)).collect();
    let all = |indices: &[usize]| indices.iter().map(|index| index + by).collect();
    match condition {
        Condition::Selection(index, _) => Condition::Selection(index + by, at),
        Condition::AllOf(indices, _) => Condition::AllOf(all(indices), at),
        Condition::OneOf(indices, _) => Condition::OneOf(all(indices), at),
        Condition::Not(inner) => Condition::Not(Box::new(shifted(inner, by, at))),
        Condition::And(parts) => Condition::And(each(parts)),
        Condition::Or(parts) => Condition::Or(each(parts)),
    }
}

/// Gives each correlation its members. One that names what is not there is left out, with the reason. Rules that run for a
/// correlation give no findings of their own, unless it says `generate`.
pub(crate) fn link(detections: &mut Vec<Detection>, problems: &mut Vec<Problem>) {
    if detections.iter().all(|detection| pending(detection).is_none()) {
        return;
    }
    let all = Known::of(detections);
    let mut linked: HashMap<usize, Correlated> = HashMap::new();
    let mut silent = Vec::new();
    let mut failed = Vec::new();
    for (index, detection) in detections.iter().enumerate() {
        let Some(correlated) = pending(detection) else {
            continue;
        };
        let is_near_asked = failed.len() < MOST_NEAR;
        let mut linker = Linker { all: &all, path: vec![index], members: 0, parts: Vec::new(), is_near_asked };
        match linker.link(correlated) {
            Ok(whole) => {
                silent.extend(linker.parts.into_iter().map(|part| (part, detection.id.clone())));
                linked.insert(index, whole);
            }
            Err(problem) => {
                problems.push(*problem);
                failed.push(index);
            }
        }
    }
    for (index, correlation) in silent {
        if let Some(detection) = detections.get_mut(index).filter(|found| !found.part_of.contains(&correlation)) {
            detection.part_of.push(correlation);
        }
    }
    for (index, correlated) in linked {
        let variant = detections.get_mut(index).and_then(|detection| detection.variants.first_mut());
        if let Some(variant) = variant {
            variant.correlations = vec![Arc::new(correlated)];
        }
    }
    let mut index = 0;
    detections.retain(|_| {
        index += 1;
        !failed.contains(&(index - 1))
    });
}

/// The rules and correlations of one file that stands for itself: filters are laid over the rules, and a rule that runs for a
/// correlation is not among those that run for themselves.
pub(crate) fn within(source: &Arc<Source>, problems: &mut Vec<Problem>) -> (Vec<Rule>, Vec<Arc<Correlated>>) {
    let mut read = loose::read(Language::Sigma, source, problems);
    filter(&read.filters, &mut read.detections, problems);
    link(&mut read.detections, problems);
    let own = read.detections.into_iter().filter(|detection| detection.part_of.is_empty());
    let (mut rules, mut correlations) = (Vec::new(), Vec::new());
    for variant in own.flat_map(|detection| detection.variants) {
        rules.extend(variant.rules);
        correlations.extend(variant.correlations);
    }
    (rules, correlations)
}

/// The correlation that is to be linked; a package's are, within its own file.
fn pending(detection: &Detection) -> Option<&Correlated> {
    if detection.package.is_some() {
        return None;
    }
    detection.variants.iter().find_map(|variant| variant.correlations.first().map(|one| &**one))
}

struct Known {
    /// By the numbers of the detections; those of a correlation are not linked yet.
    parts: Vec<Option<Member>>,
    /// By ids in lower case and by names; a name may be that of several.
    by_name: HashMap<String, Vec<usize>>,
}

impl Correlated {
    /// The rules beneath it.
    pub fn rules_mut(&mut self) -> Vec<&mut Rule> {
        let mut rules = Vec::new();
        for member in &mut self.members {
            match member {
                Member::Rule(_, rule) => rules.push(Arc::make_mut(rule)),
                Member::Correlation(inner) => rules.extend(inner.rules_mut()),
            }
        }
        rules
    }
}

impl Known {
    fn of(detections: &[Detection]) -> Self {
        let mut known = Known { parts: Vec::with_capacity(detections.len()), by_name: HashMap::new() };
        for (index, detection) in detections.iter().enumerate() {
            let part = detection.variants.first().filter(|_| detection.package.is_none()).and_then(|variant| {
                match (variant.correlations.first(), variant.rules.as_slice()) {
                    (Some(correlated), _) => Some(Member::Correlation(Box::new((**correlated).clone()))),
                    (None, [rule]) => Some(Member::Rule(variant.source.clone(), Arc::new(rule.clone()))),
                    _ => None,
                }
            });
            let about = match &part {
                Some(Member::Rule(_, rule)) => Some(&rule.about),
                Some(Member::Correlation(correlated)) => Some(&correlated.correlation.about),
                None => None,
            };
            for name in about.into_iter().flat_map(names) {
                let called = known.by_name.entry(name).or_default();
                // An id and a name may be one word.
                if called.last() != Some(&index) {
                    called.push(index);
                }
            }
            known.parts.push(part);
        }
        known
    }
}

fn names(about: &About) -> impl Iterator<Item = String> {
    let id = about.id.as_ref().map(|id| id.value.to_lowercase());
    id.into_iter().chain(about.name.as_ref().map(|name| name.value.clone()))
}

struct Linker<'a> {
    all: &'a Known,
    /// The correlations that are being linked, the outermost first.
    path: Vec<usize>,
    members: usize,
    /// Detections that give no findings of their own beside it.
    parts: Vec<usize>,
    /// Whether a name that is not there is compared with all that are.
    is_near_asked: bool,
}

/// Names that are not there and are told with the nearest one: each is compared with those of all rules.
const MOST_NEAR: usize = 20;

impl Linker<'_> {
    fn link(&mut self, of: &Correlated) -> Result<Correlated, Box<Problem>> {
        let mut members = Vec::with_capacity(of.correlation.rules.len());
        for reference in &of.correlation.rules {
            let fault = |diagnostic| Box::new(Problem { source: of.source.clone(), diagnostic });
            let name = reference.value.as_str();
            let by_name = |name: &str| self.all.by_name.get(name).map(Vec::as_slice);
            let found = by_name(name).or_else(|| by_name(&name.to_lowercase())).unwrap_or_default();
            let index = match found {
                [index] => *index,
                [] => {
                    let names = self.all.by_name.keys().map(String::as_str).filter(|_| self.is_near_asked);
                    let near = nearest(name, names);
                    return Err(fault(messages::unknown_rule(reference.span, name, near)));
                }
                _ => return Err(fault(messages::ambiguous_rule(reference.span, name, found.len()))),
            };
            self.members += 1;
            if self.members > MAX_MEMBERS || self.path.len() > MAX_DEPTH {
                return Err(fault(messages::correlation_too_large(reference.span, MAX_MEMBERS, MAX_DEPTH)));
            }
            if self.path.contains(&index) {
                return Err(fault(messages::correlation_of_itself(reference.span, name)));
            }
            // A correlation within speaks of its own rules where it is itself linked.
            if !of.correlation.generate && self.path.len() == 1 {
                self.parts.push(index);
            }
            match self.all.parts.get(index) {
                Some(Some(Member::Rule(source, rule))) => members.push(Member::Rule(source.clone(), rule.clone())),
                Some(Some(Member::Correlation(inner))) => {
                    self.path.push(index);
                    let inner = self.link(inner);
                    self.path.pop();
                    members.push(Member::Correlation(Box::new(inner?)));
                }
                _ => return Err(fault(messages::unknown_rule(reference.span, name, None))),
            }
        }
        self.check_aliases(of, &members)?;
        Ok(Correlated { source: of.source.clone(), correlation: of.correlation.clone(), members })
    }

    /// An alias for a rule that is none of the correlation's would leave that rule its own name of the field.
    fn check_aliases(&self, of: &Correlated, members: &[Member]) -> Result<(), Box<Problem>> {
        let is_called = |member: &Member, name: &str| match member {
            Member::Rule(_, rule) => rule.about.is_called(name),
            Member::Correlation(inner) => inner.correlation.about.is_called(name),
        };
        let rules = &of.correlation.rules;
        for (name, _) in of.correlation.aliases.iter().flat_map(|alias| &alias.fields) {
            let mut known = rules.iter().zip(members);
            if !known.any(|(rule, member)| rule.value == name.value || is_called(member, &name.value)) {
                let near = nearest(&name.value, rules.iter().map(|rule| rule.value.as_str()));
                let diagnostic = messages::alias_of_other_rule(name.span, &name.value, near);
                return Err(Box::new(Problem { source: of.source.clone(), diagnostic }));
            }
        }
        Ok(())
    }
}
