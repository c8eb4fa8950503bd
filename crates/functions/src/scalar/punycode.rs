//! Punycode (RFC 3492): labels of domain names in ASCII.

use crate::function::{Function, Param, kernel};
use crate::rows::to_text;
use crate::types::Type;

const TEXT: Param = Param::Text;

pub const FUNCTIONS: &[Function] = &[
    kernel!(["punycode_from_string"], "a text in Punycode", [TEXT] => Type::String,
        |args| to_text(args, |row| Some(encode(row.text_or_empty(0)).unwrap_or_default())), [("punycode_from_string('艺术')", "cqv902d")]),
    kernel!(["punycode_to_string"], "the text of Punycode; empty where it is none", [TEXT] => Type::String,
        |args| to_text(args, |row| Some(decode(row.text_or_empty(0)).unwrap_or_default())), [("punycode_to_string('cqv902d')", "艺术")]),
    kernel!(["punycode_domain_from_string"], "a domain name with its Punycode labels as they read", [TEXT] => Type::String,
        |args| to_text(args, |row| {
            let label = |label: &str| match label.strip_prefix("xn--") {
                Some(rest) => decode(rest).unwrap_or_else(|| label.to_string()),
                None => label.to_string(),
            };
            Some(labels(row.text_or_empty(0), label))
        }), [("punycode_domain_from_string('xn--Ge-mia.Bulg.edu')", "Gáe.Bulg.edu")]),
    kernel!(["punycode_domain_to_string"], "a domain name with its labels beyond ASCII in Punycode", [TEXT] => Type::String,
        |args| to_text(args, |row| {
            let label = |label: &str| match encode(label) {
                Some(encoded) if !label.is_ascii() => format!("xn--{encoded}"),
                _ => label.to_string(),
            };
            Some(labels(row.text_or_empty(0), label))
        }), [("punycode_domain_to_string('Riðill｡org')", "xn--Riill-jta.org")]),
];

const BASE: u32 = 36;
const FIRST: u32 = 128;
/// No label is as long; the work grows with the square.
const LONGEST: usize = 4096;

fn labels(domain: &str, label: impl Fn(&str) -> String) -> String {
    domain.split(['.', '。', '．', '｡']).map(label).collect::<Vec<_>>().join(".")
}

fn encode(text: &str) -> Option<String> {
    let letters: Vec<u32> = text.chars().map(u32::from).collect();
    if letters.len() > LONGEST {
        return None;
    }
    let mut out: String = text.chars().filter(char::is_ascii).collect();
    let plain = u32::try_from(out.len()).ok()?;
    if plain > 0 {
        out.push('-');
    }
    let (mut code, mut delta, mut bias, mut done) = (FIRST, 0_u32, 72, plain);
    while usize::try_from(done).ok()? < letters.len() {
        let next = letters.iter().copied().filter(|letter| *letter >= code).min()?;
        delta = delta.checked_add((next - code).checked_mul(done + 1)?)?;
        code = next;
        for letter in &letters {
            if *letter < code {
                delta = delta.checked_add(1)?;
            }
            if *letter == code {
                let mut rest = delta;
                let mut at = BASE;
                loop {
                    let threshold = threshold(at, bias);
                    if rest < threshold {
                        break;
                    }
                    out.push(digit(threshold + (rest - threshold) % (BASE - threshold))?);
                    rest = (rest - threshold) / (BASE - threshold);
                    at += BASE;
                }
                out.push(digit(rest)?);
                bias = adapted(delta, done + 1, done == plain);
                delta = 0;
                done += 1;
            }
        }
        delta = delta.checked_add(1)?;
        code += 1;
    }
    Some(out)
}

fn decode(text: &str) -> Option<String> {
    let (plain, coded) = text.rsplit_once('-').unwrap_or(("", text));
    let mut out: Vec<char> = plain.chars().collect();
    if text.len() > LONGEST || !plain.is_ascii() {
        return None;
    }
    let (mut code, mut place, mut bias) = (FIRST, 0_u32, 72);
    let mut digits = coded.bytes();
    while digits.len() > 0 {
        let before = place;
        let (mut weight, mut at) = (1_u32, BASE);
        loop {
            let value = match digits.next()? {
                letter @ b'a'..=b'z' => letter - b'a',
                letter @ b'A'..=b'Z' => letter - b'A',
                letter @ b'0'..=b'9' => letter - b'0' + 26,
                _ => return None,
            };
            let value = u32::from(value);
            place = place.checked_add(value.checked_mul(weight)?)?;
            let threshold = threshold(at, bias);
            if value < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
            at += BASE;
        }
        let count = u32::try_from(out.len()).ok()? + 1;
        bias = adapted(place - before, count, before == 0);
        code = code.checked_add(place / count)?;
        place %= count;
        out.insert(usize::try_from(place).ok()?, char::from_u32(code)?);
        place += 1;
    }
    Some(out.into_iter().collect())
}

fn threshold(at: u32, bias: u32) -> u32 {
    at.saturating_sub(bias).clamp(1, 26)
}

fn digit(value: u32) -> Option<char> {
    char::from_digit(if value < 26 { value + 10 } else { value - 26 }, BASE)
}

fn adapted(delta: u32, count: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / 700 } else { delta / 2 };
    delta += delta / count;
    let mut steps = 0;
    while delta > 455 {
        delta /= 35;
        steps += BASE;
    }
    steps + 36 * delta / (delta + 38)
}
