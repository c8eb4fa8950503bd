//! A transcript: commands and what they print, as a person would see it.
//!
//! `$ trapline …` is a command; the lines beneath it must all stand in its output, in order, standard output before standard
//! error; `…` at the end of a line stands for any rest of it. `exit N` is the exit code, else it must be 0. `TMP/` begins a path in
//! a folder that goes away with the transcript.

use std::path::Path;
use std::process::Command;

use libtest_mimic::Failed;

use crate::folder::Folder;

pub fn check(transcript: &str, root: &Path) -> Result<(), Failed> {
    let folder = Folder::new();
    let mut lines = transcript.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(command) = line.strip_prefix("$ ") else {
            return Err(format!("not a command: {line}").into());
        };
        let mut expected = Vec::new();
        let mut code = None;
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
            match line.strip_prefix("exit ").and_then(|code| code.parse().ok()) {
                Some(stated) => code = Some(stated),
                None => expected.push(line.trim().trim_end_matches('…').trim_end()),
            }
        }
        if expected.is_empty() && code.is_none() {
            return Err(format!("$ {command}\nnothing is expected of it").into());
        }
        run(command, &expected, code.unwrap_or(0), root, &folder)?;
    }
    Ok(())
}

fn run(command: &str, expected: &[&str], code: i32, root: &Path, folder: &Folder) -> Result<(), Failed> {
    let own = |word: String| match word.strip_prefix("TMP/") {
        Some(name) => folder.0.join(name).display().to_string(),
        None => word,
    };
    let words: Vec<String> = words(command).into_iter().map(own).collect();
    let (program, arguments) = words.split_first().ok_or("an empty command")?;
    if program != "trapline" {
        return Err(format!("only trapline can be run, not {program}").into());
    }
    let output = Command::new(env!("CARGO_BIN_EXE_trapline")).args(arguments).current_dir(root).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(code) {
        return Err(format!("$ {command}\nexit {:?}, not {code}:\n{text}", output.status.code()).into());
    }
    crate::query::says(&expected.join("\n"), &text)
}

/// Words of a command line; quotes group.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut is_open = false;
    for c in command.chars() {
        match quote {
            Some(closing) if c == closing => quote = None,
            Some(_) => word.push(c),
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                is_open = true;
            }
            None if c.is_whitespace() => {
                if is_open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                is_open = false;
            }
            None => word.push(c),
        }
    }
    if is_open || !word.is_empty() {
        words.push(word);
    }
    words
}
