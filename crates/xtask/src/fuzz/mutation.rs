//! Mutations of a text: its bytes, its tokens, pieces of others, depth without end, literals without measure.

use super::corpus::Corpus;
use crate::dice::Dice;

const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "|",
    ";",
    ",",
    "..",
    "==",
    "!=",
    "=~",
    "<",
    "-",
    "+",
    "*",
    "/",
    "%",
    ":",
    "=>",
    "'",
    "\"",
    "@'",
    "h\"",
    "```",
    "//",
    "\0",
    "\u{1}",
    "\u{fdd0}",
    "é",
    "😀",
    "\r\n",
    "let ",
    "let x = ",
    "by ",
    "on ",
    "with ",
    "kind=",
    "in (",
    "has_any (",
    "between (",
    "dynamic(",
    "datetime(",
    "timespan(",
    "real(nan)",
    "int(null)",
    "typeof(long)",
    "*",
    "$left.x",
    " | union ",
    " | join (T) on x",
    " | mv-expand ",
    " | summarize count() by ",
    " | parse x with ",
    "9223372036854775808",
    "-9223372036854775808",
    "1e999",
    "0x",
    "1d",
    "106751991167d",
    "datetime(10000-01-01)",
    "decimal(1e40)",
    "not(",
    "case(",
    "iff(",
    "strcat(",
    "%%",
    "LIKE",
    "AND",
    "OR",
    "NOT",
    "condition: ",
    "|re: ",
    "|cidr: ",
    "- ",
    "    ",
    "\t",
    "1 of them",
    "&a",
    "*a",
];

/// What nests, and how it opens and closes.
const NESTS: &[(&str, &str)] = &[
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("not(", ")"),
    ("-", ""),
    ("strcat(x,", ")"),
    ("iff(true,1,", ")"),
    ("union (", ")"),
    ("x | where (", ")"),
    ("dynamic([", "])"),
    ("dynamic({'a':", "})"),
    ("toscalar(print ", ")"),
    ("case(a,", ",1)"),
    ("a.b[", "]"),
    ("1+", ""),
    ("a and ", "b"),
    ("a or (", ")"),
    ("NOT ", ""),
    ("(a OR ", ")"),
    ("- ", ""),
    ("let a = ", ";"),
    ("x | ", ""),
    ("materialize(", ")"),
    ("T | join (", ") on x"),
    ("mv-apply x on (", ")"),
    ("{a: ", "}"),
    ("[a, ", "]"),
];

pub fn mutated(corpus: &Corpus, dice: &mut Dice) -> String {
    let mut text = corpus.text(dice);
    for _ in 0..dice.between(0, 5) {
        text = mutate(text, corpus, dice);
        if text.len() > 200_000 {
            break;
        }
    }
    text
}

fn mutate(mut text: String, corpus: &Corpus, dice: &mut Dice) -> String {
    match dice.between(0, 12) {
        0 => {
            let (from, to) = range(&text, dice);
            text.replace_range(from..to, "");
            text
        }
        1 | 2 => {
            let at = place(&text, dice);
            text.insert_str(at, dice.pick(PIECES).unwrap_or(""));
            text
        }
        3 => {
            let (from, to) = range(&text, dice);
            let copied = text.get(from..to).unwrap_or("").to_string();
            let at = place(&text, dice);
            text.insert_str(at, &copied);
            text
        }
        4 => bytes(text, dice),
        5 | 6 => {
            let other = corpus.text(dice);
            let (from, to) = range(&other, dice);
            let (at, end) = range(&text, dice);
            text.replace_range(at..end, other.get(from..to).unwrap_or(""));
            text
        }
        7 => tokens(&text, dice),
        8 => nested(text, dice),
        9 => {
            let at = place(&text, dice);
            text.insert_str(at, &huge(dice));
            text
        }
        10 => {
            let (at, end) = range(&text, dice);
            let piece = dice.pick(PIECES).unwrap_or("").repeat(usize::try_from(dice.between(1, 300)).unwrap_or(1));
            text.replace_range(at..end, &piece);
            text
        }
        _ => {
            let end = place(&text, dice);
            text.truncate(end);
            text
        }
    }
}

/// A place between two characters.
fn place(text: &str, dice: &mut Dice) -> usize {
    let at = usize::try_from(dice.between(0, text.len() as u64 + 1)).unwrap_or(0);
    text.floor_char_boundary(at)
}

fn range(text: &str, dice: &mut Dice) -> (usize, usize) {
    let from = place(text, dice);
    let length = if dice.one_in(3) { text.len() as u64 } else { 24 };
    let to = from + usize::try_from(dice.between(0, length + 1)).unwrap_or(0);
    (from, text.floor_char_boundary(to.min(text.len())).max(from))
}

/// Bits flipped; what is then no text is read as one.
fn bytes(text: String, dice: &mut Dice) -> String {
    let mut bytes = text.into_bytes();
    for _ in 0..dice.between(1, 6) {
        let at = usize::try_from(dice.between(0, bytes.len() as u64)).unwrap_or(0);
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << dice.between(0, 8);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Words dropped, doubled, or changed for one another.
fn tokens(text: &str, dice: &mut Dice) -> String {
    let mut words: Vec<&str> = text.split_inclusive([' ', '(', ')', ',', '\n', '|']).collect();
    for _ in 0..dice.between(1, 4) {
        let pick = |dice: &mut Dice, count: usize| usize::try_from(dice.between(0, count as u64)).unwrap_or(0);
        let (a, b) = (pick(dice, words.len()), pick(dice, words.len()));
        match dice.between(0, 3) {
            _ if a >= words.len() || b >= words.len() => {}
            0 => words.swap(a, b),
            1 => drop(words.remove(a)),
            _ => words.insert(a, words.get(b).copied().unwrap_or("")),
        }
    }
    words.concat()
}

fn nested(mut text: String, dice: &mut Dice) -> String {
    let at = usize::try_from(dice.between(0, NESTS.len() as u64)).unwrap_or(0);
    let (open, close) = NESTS.get(at).copied().unwrap_or(("(", ")"));
    let depths: [u64; 5] = [3, 40, 190, 260, 10_000];
    let most = depths.get(usize::try_from(dice.between(0, 5)).unwrap_or(0)).copied().unwrap_or(3);
    let depth = usize::try_from(dice.between(1, most)).unwrap_or(1);
    let (from, to) = range(&text, dice);
    let inner = text.get(from..to).unwrap_or("").to_string();
    let close = if dice.one_in(5) { "" } else { close };
    text.replace_range(from..to, &format!("{}{inner}{}", open.repeat(depth), close.repeat(depth)));
    text
}

fn huge(dice: &mut Dice) -> String {
    let length = usize::try_from(dice.between(1, 20_000)).unwrap_or(1);
    let digit = dice.pick(&["9", "0", "a", "1.", "é", "\\"]).unwrap_or("9").repeat(length);
    match dice.between(0, 6) {
        0 => digit,
        1 => format!("'{digit}'"),
        2 => format!("datetime({digit})"),
        3 => format!("timespan({digit}d)"),
        4 => format!("decimal({digit})"),
        _ => format!("1e{digit}"),
    }
}
