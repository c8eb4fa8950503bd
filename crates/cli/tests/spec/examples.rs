//! The examples of the function library, run through the program: what the reference prints is what comes out.

use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

/// One test for each function that has KQL examples.
pub fn trials() -> Vec<Trial> {
    let functions = list();
    let named = functions.as_array().into_iter().flatten().filter(|function| {
        function["examples"].as_array().is_some_and(|examples| !examples.is_empty()) && function["kql"][0].is_string()
    });
    let trial = |function: &Value| {
        let examples = function["examples"].clone();
        Trial::test(format!("function {}", function["kql"][0].as_str().unwrap_or("")), move || check(&examples))
    };
    named.map(trial).collect()
}

pub fn list() -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_trapline")).args(["functions", "--format", "json"]).output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    serde_json::from_slice(&text).expect("the list of functions is JSON")
}

fn check(examples: &Value) -> Result<(), Failed> {
    for example in examples.as_array().into_iter().flatten() {
        let (call, expected) = (example["call"].as_str().unwrap_or(""), example["value"].as_str().unwrap_or(""));
        let query = format!("print x = {call}");
        let output =
            Command::new(env!("CARGO_BIN_EXE_trapline")).args(["query", "--format", "json", &query]).output()?;
        let answer: Value = serde_json::from_slice(&output.stdout)
            .map_err(|_| format!("{call}: {}", String::from_utf8_lossy(&output.stderr)))?;
        let value = &answer["rows"][0][0];
        if !is(value, expected) {
            return Err(format!("{call} is {value}, not {expected}").into());
        }
    }
    Ok(())
}

/// The reference prints null as nothing, and a whole real without its `.0`.
fn is(value: &Value, expected: &str) -> bool {
    match value {
        Value::Null => expected.is_empty(),
        Value::String(text) => text == expected,
        Value::Number(number) => number.as_f64() == expected.parse().ok(),
        other => serde_json::from_str::<Value>(expected).is_ok_and(|expected| *other == expected),
    }
}
