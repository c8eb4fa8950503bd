//! Java's regular expressions as functions: what replaces their matches, and what a group of theirs captures.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, AsArray, StringBuilder};
use arrow::datatypes::{DataType, Int64Type};
use datafusion_common::{Result, exec_datafusion_err};
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use regex::{NoExpand, Regex, Replacer};

use crate::function::{Function, Gives, Lower, Overload, Param};
use crate::kernel::{self, Args};
use crate::regular;
use crate::text::Text;
use crate::types::Type;

const TEXT: Param = Param::Text;

pub const FUNCTIONS: &[Function] = &[
    function(
        "aql_replace_all",
        &["REPLACEALL"],
        "the text with every match of a regular expression replaced",
        &[to_text(&[TEXT, TEXT, TEXT], |args| {
            call("aql_replace_all", |args, held| replace(args, held, usize::MAX), args)
        })],
    ),
    function(
        "aql_replace_first",
        &["REPLACEFIRST"],
        "the text with the first match of a regular expression replaced",
        &[to_text(&[TEXT, TEXT, TEXT], |args| call("aql_replace_first", |args, held| replace(args, held, 1), args))],
    ),
    CAPTURE,
];

/// What a group of a regular expression captures where it matches first; null where there is nothing in it.
pub const CAPTURE: Function = function(
    "aql_capture",
    &[],
    "what a group of a regular expression captures",
    &[to_text(&[TEXT, TEXT, Param::Is(Type::Long)], |args| call("aql_capture", capture, args))],
);

/// How many groups a pattern has beside the whole; the reason where it does not compile.
pub fn groups(pattern: &str) -> std::result::Result<usize, String> {
    regular::check(pattern, true)?;
    regular::compile(pattern, true).map(|regex| regex.captures_len() - 1).map_err(|error| error.to_string())
}

const fn function(
    name: &'static str,
    aql: &'static [&'static str],
    summary: &'static str,
    overloads: &'static [Overload],
) -> Function {
    Function { name, kql: &[], aql, mapping: &[], summary, overloads, examples: &[] }
}

const fn to_text(takes: &'static [Param], build: fn(Vec<Expr>) -> Expr) -> Overload {
    Overload::new(takes, Gives::Is(Type::String), Lower::Expr(build))
}

type Kernel = fn(&Args<'_>, &mut Compiled) -> Result<ArrayRef>;

fn call(name: &'static str, kernel: Kernel, args: Vec<Expr>) -> Expr {
    let signature = Signature::variadic_any(Volatility::Immutable);
    let udf = RegexUdf { name, kernel, signature, ready: Mutex::default() };
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::new_from_impl(udf)), args))
}

/// A kernel that holds what it compiled for a batch until the next one. Equal by name.
#[derive(Debug)]
struct RegexUdf {
    name: &'static str,
    kernel: Kernel,
    signature: Signature,
    ready: Mutex<Compiled>,
}

impl PartialEq for RegexUdf {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for RegexUdf {}

impl Hash for RegexUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for RegexUdf {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let ready = || self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        // Batches that run at once do not wait for each other.
        let mut compiled = ready().clone();
        let found = kernel::invoke(&args, |args| (self.kernel)(args, &mut compiled))?;
        *ready() = compiled;
        Ok(found)
    }
}

/// Arguments: regular expression, text, group.
fn capture(args: &Args<'_>, compiled: &mut Compiled) -> Result<ArrayRef> {
    let (pattern, text) = (Text::of(args.array(0))?, Text::of(args.array(1))?);
    let group = args.array(2).as_primitive::<Int64Type>();
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        let (Some(pattern), Some(text)) = (pattern.get(args.at(0, row)), text.get(args.at(1, row))) else {
            out.append_null();
            continue;
        };
        let group = usize::try_from(group.value(args.at(2, row))).unwrap_or(usize::MAX);
        let found = compiled.of(pattern)?.captures(text).and_then(|found| found.get(group));
        out.append_option(found.map(|found| found.as_str()).filter(|found| !found.is_empty()));
    }
    Ok(Arc::new(out.finish()))
}

/// The pattern that was compiled last.
#[derive(Debug, Clone, Default)]
struct Compiled(Option<(Arc<str>, Regex)>);

impl Compiled {
    fn of(&mut self, pattern: &str) -> Result<&Regex> {
        let (_, regex) = match self.0.take() {
            Some(held) if *held.0 == *pattern => self.0.insert(held),
            _ => {
                let built = regular::compile(pattern, true);
                let regex = built.map_err(|error| exec_datafusion_err!("regular expression: {error}"))?;
                self.0.insert((pattern.into(), regex))
            }
        };
        Ok(regex)
    }
}

/// Arguments: regular expression, text, replacement; so many matches are replaced at most.
fn replace(args: &Args<'_>, compiled: &mut Compiled, limit: usize) -> Result<ArrayRef> {
    let (pattern, text, by) = (Text::of(args.array(0))?, Text::of(args.array(1))?, Text::of(args.array(2))?);
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        let (pattern, text, by) = (pattern.get(args.at(0, row)), text.get(args.at(1, row)), by.get(args.at(2, row)));
        let (Some(pattern), Some(text), Some(by)) = (pattern, text, by) else {
            out.append_null();
            continue;
        };
        let regex = compiled.of(pattern)?;
        // One that is written out was checked; of others, which Java would refuse, each sign stands for itself.
        out.append_value(match java_replacement(by, regex) {
            Ok(by) => replaced(regex, text, limit, by.as_str()),
            Err(_) => replaced(regex, text, limit, NoExpand(by)),
        });
    }
    Ok(Arc::new(out.finish()))
}

/// As Java finds matches one after the other: also an empty one right behind another.
fn replaced(regex: &Regex, text: &str, limit: usize, mut by: impl Replacer) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut copied, mut from) = (0, 0);
    for _ in 0..limit {
        let Some(found) = regex.captures_at(text, from) else { break };
        let Some(whole) = found.get(0) else { break };
        out.push_str(text.get(copied..whole.start()).unwrap_or_default());
        by.replace_append(&found, &mut out);
        copied = whole.end();
        let next = text.get(copied..).and_then(|rest| rest.chars().next());
        from = match (whole.is_empty(), next) {
            (false, _) => copied,
            (true, Some(next)) => copied + next.len_utf8(),
            (true, None) => break,
        };
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

/// Why Java would not replace with this text; nothing is said of a pattern that does not compile.
pub fn check_replacement(pattern: &str, replacement: &str) -> std::result::Result<(), String> {
    let Ok(regex) = regular::compile(pattern, true) else { return Ok(()) };
    java_replacement(replacement, &regex).map(|_| ())
}

/// Java's replacement in Rust's spelling: `$1x` is group 1 and an x, a backslash takes what follows as it is.
fn java_replacement(text: &str, regex: &Regex) -> std::result::Result<String, String> {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('$') => out.push_str("$$"),
                Some(other) => out.push(other),
                None => return Err("nothing follows its last backslash".into()),
            },
            '$' if chars.next_if_eq(&'{').is_some() => {
                let name: String = std::iter::from_fn(|| chars.next_if(char::is_ascii_alphanumeric)).collect();
                if chars.next() != Some('}') || !regex.capture_names().flatten().any(|known| known == name) {
                    return Err(format!("the pattern has no group named '{name}'"));
                }
                out.push_str(&format!("${{{name}}}"));
            }
            '$' => {
                let digit = |c: &char| c.to_digit(10).and_then(|digit| usize::try_from(digit).ok());
                let Some(mut group) = chars.next_if(char::is_ascii_digit).as_ref().and_then(digit) else {
                    return Err("neither a number nor a name in braces follows its $".into());
                };
                if group >= regex.captures_len() {
                    return Err(format!("the pattern has no group {group}"));
                }
                // As many digits as there are groups for.
                while let Some(longer) = chars.peek().and_then(digit).map(|digit| group * 10 + digit)
                    && longer < regex.captures_len()
                {
                    group = longer;
                    chars.next();
                }
                out.push_str(&format!("${{{group}}}"));
            }
            other => out.push(other),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_compiled_once() {
        let text: ArrayRef = Arc::new(arrow::array::StringArray::from(vec!["a1", "b"]));
        let udf = RegexUdf {
            name: "x",
            kernel: capture,
            signature: Signature::nullary(Volatility::Immutable),
            ready: Mutex::default(),
        };
        let field = |kind| Arc::new(arrow::datatypes::Field::new("x", kind, true));
        let run = || {
            let found = udf.invoke_with_args(ScalarFunctionArgs {
                args: vec![
                    ColumnarValue::Scalar(r"\d".into()),
                    ColumnarValue::Array(text.clone()),
                    ColumnarValue::Scalar(0_i64.into()),
                ],
                arg_fields: vec![field(DataType::Utf8), field(DataType::Utf8), field(DataType::Int64)],
                number_rows: 2,
                return_field: field(DataType::Utf8),
                config_options: Arc::default(),
            });
            let found = found.unwrap().into_array(2).unwrap();
            let held = udf.ready.lock().unwrap().0.as_ref().map(|(pattern, _)| pattern.clone()).unwrap();
            assert_eq!(found.as_string::<i32>().iter().collect::<Vec<_>>(), [Some("1"), None]);
            held
        };
        let (first, second) = (run(), run());
        assert!(Arc::ptr_eq(&first, &second));
    }

    #[test]
    fn replacements_are_java_s() {
        let regex = Regex::new("(b)(?<see>c)").unwrap();
        let replace = |by: &str| Some(regex.replacen("abcd", 0, &java_replacement(by, &regex).ok()?).into_owned());
        assert_eq!(replace("$2x$1").as_deref(), Some("acxbd"));
        assert_eq!(replace(r"\$1\\").as_deref(), Some(r"a$1\d"));
        assert_eq!(replace("${see}$0$12").as_deref(), Some("acbcb2d"));
        for refused in ["$3", "$", "$x", r"a\", "${nosuch}", "${see", "${}"] {
            assert_eq!(replace(refused), None, "{refused}");
        }
        let many = Regex::new("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)").unwrap();
        let by = java_replacement("$11-$12", &many).unwrap();
        assert_eq!(many.replace("abcdefghijk", by.as_str()), "k-a2");
    }
}
