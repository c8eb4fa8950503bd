//! A string predicate as an engine function: one text column and its needles in, booleans out.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, BooleanArray, BooleanBuilder};
use arrow::datatypes::DataType;
use datafusion_common::{Result, internal_datafusion_err};
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::matcher::Matcher;
use super::{Absent, Match};
use crate::kernel::{self, Args};
use crate::several;
use crate::stepwise::Steps;
use crate::text::Text;

/// How many matchers are kept where needles differ from row to row.
const KNOWN: usize = 16;

#[derive(Debug)]
pub(super) struct MatchUdf {
    predicate: Match,
    name: String,
    signature: Signature,
    /// The matcher of the last literal needles. A plan node has one set, so this is built once a plan.
    ready: Mutex<Option<Ready>>,
    /// Those of the query, which its predicates share.
    steps: Arc<Steps>,
}

type Ready = (Vec<Option<String>>, Arc<Matcher>);

impl MatchUdf {
    pub(super) fn new(predicate: Match, steps: Arc<Steps>) -> Self {
        let signature = Signature::variadic_any(Volatility::Immutable);
        MatchUdf { predicate, name: predicate.name(), signature, ready: Mutex::new(None), steps }
    }

    /// The same with other steps.
    pub(super) fn within(&self, steps: Arc<Steps>) -> Self {
        MatchUdf::new(self.predicate, steps)
    }

    pub(super) fn predicate(&self) -> Match {
        self.predicate
    }

    fn evaluate(&self, args: &Args<'_>) -> Result<ArrayRef> {
        let needles: Vec<Text<'_>> = (1..args.len()).map(|index| Text::of(args.array(index))).collect::<Result<_>>()?;
        if (1..args.len()).all(|index| args.is_scalar(index)) {
            let literals: Vec<Option<&str>> = needles.iter().map(|needle| needle.get(0)).collect();
            let matcher = self.matcher(&literals)?;
            let found = self.over_text(args, |text| Ok(matcher.holds(text)))?;
            matcher.check()?;
            return Ok(found);
        }
        let text = Text::of(args.array(0))?;
        let mut out = BooleanBuilder::with_capacity(args.rows);
        let mut known: Vec<(Vec<Option<&str>>, Matcher)> = Vec::new();
        for row in 0..args.rows {
            let wanted: Vec<Option<&str>> =
                needles.iter().enumerate().map(|(index, needle)| needle.get(args.at(index + 1, row))).collect();
            let place = match known.iter().position(|(held, _)| *held == wanted) {
                Some(place) => place,
                None => {
                    let matcher = self.build(&wanted)?;
                    known.truncate(KNOWN - 1);
                    known.insert(0, (wanted, matcher));
                    0
                }
            };
            let (_, matcher) = known.get(place).ok_or_else(|| internal_datafusion_err!("a matcher was lost"))?;
            out.append_value(match text.get(args.at(0, row)) {
                Some(text) => matcher.holds(text),
                None => self.predicate.absent == Absent::Empty && matcher.holds(""),
            });
            matcher.check()?;
        }
        Ok(Arc::new(out.finish()))
    }

    /// Over a dictionary each distinct value is looked at once.
    fn over_text(&self, args: &Args<'_>, holds: impl Fn(&str) -> Result<bool>) -> Result<ArrayRef> {
        let absent = self.predicate.absent == Absent::Empty && holds("")?;
        let column = args.array(0);
        let text = Text::of(column)?;
        if let Text::Dictionary(dictionary, values) = text {
            let mut known: Vec<Option<bool>> = vec![None; values.len()];
            let mut out = BooleanBuilder::with_capacity(args.rows);
            for row in 0..args.rows {
                out.append_value(match dictionary.key(args.at(0, row)) {
                    None => absent,
                    Some(key) => match known[key] {
                        Some(answer) => answer,
                        None => *known[key].insert(holds(values.value(key))?),
                    },
                });
            }
            return Ok(Arc::new(out.finish()));
        }
        // Equal texts often follow each other.
        let mut last: Option<(&str, bool)> = None;
        let mut answer = |row: usize| match (text.get(args.at(0, row)), last) {
            (None, _) => Ok(absent),
            (Some(text), Some((known, answer))) if known == text => Ok(answer),
            (Some(text), _) => {
                let answer = holds(text)?;
                last = Some((text, answer));
                Ok(answer)
            }
        };
        let answers: Vec<bool> = (0..args.rows).map(&mut answer).collect::<Result<_>>()?;
        Ok(Arc::new(BooleanArray::from(answers)))
    }

    /// The matcher of literal needles, which is made once.
    pub(super) fn matcher(&self, needles: &[Option<&str>]) -> Result<Arc<Matcher>> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((held, matcher)) = ready.as_ref()
            && held.iter().map(Option::as_deref).eq(needles.iter().copied())
        {
            return Ok(matcher.clone());
        }
        let matcher = Arc::new(self.literal(needles)?);
        let owned = needles.iter().map(|needle| needle.map(str::to_string)).collect();
        *ready = Some((owned, matcher.clone()));
        Ok(matcher)
    }

    /// A literal is one value. Where it begins as several do, it may stand within a text as it is, and at its beginning as that is shown.
    fn literal(&self, needles: &[Option<&str>]) -> Result<Matcher> {
        if self.predicate.absent == Absent::Empty {
            return self.build(needles);
        }
        let mut single: Vec<Cow<'_, str>> = Vec::with_capacity(needles.len());
        for needle in needles.iter().flatten() {
            single.push(Cow::Borrowed(*needle));
            if several::are_in(needle) && !self.predicate.all {
                single.push(several::one(needle));
            }
        }
        Matcher::new(self.predicate, &single.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), &self.steps)
    }

    fn build(&self, needles: &[Option<&str>]) -> Result<Matcher> {
        let present: Vec<&str> = match self.predicate.absent {
            Absent::Empty => needles.iter().map(|needle| needle.unwrap_or("")).collect(),
            // Another field's values, where it has several.
            Absent::NoMatch => needles.iter().flatten().flat_map(|needle| several::values(needle)).collect(),
        };
        Matcher::new(self.predicate, &present, &self.steps)
    }
}

impl PartialEq for MatchUdf {
    fn eq(&self, other: &Self) -> bool {
        self.predicate == other.predicate
    }
}

impl Eq for MatchUdf {}

impl Hash for MatchUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.predicate.hash(state);
    }
}

impl ScalarUDFImpl for MatchUdf {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        kernel::invoke(&args, |args| self.evaluate(args))
    }
}
