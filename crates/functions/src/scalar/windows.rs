//! Functions on what Windows events hold, for the mappings of telemetry tables.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::{Map, Value};

use crate::function::{Function, Gives, Lower, Overload, Param};
use crate::kernel::Kernel;
use crate::rows::{Row, to_bool, to_text};
use crate::types::Type;

pub const FUNCTIONS: &[Function] = &[
    mapping(
        &["with_fields"],
        "the fields of an event as a bag, after further ones that are given by name and value; an empty value is left out",
        &[Overload::new(
            &[Param::Is(Type::Dynamic)],
            Gives::Is(Type::Dynamic),
            Lower::Kernel(|args| to_text(args, with_fields)),
        )
        .rest(Param::Any)],
    ),
    mapping(
        &["ip_type"],
        "what kind of address it is, in Defender's words",
        &[text(|args| to_text(args, |row| Some(ip_type(row.text(0)?).to_owned())))],
    ),
    mapping(
        &["plain_ip"],
        "an address without the prefix of one that IPv6 maps; of a dash the empty text",
        &[text(|args| to_text(args, |row| Some(plain_ip(row.text(0)?).to_owned())))],
    ),
    mapping(
        &["image_path"],
        "the program in a command line, without quotes and arguments",
        &[text(|args| to_text(args, |row| Some(image_path(row.text(0)?).to_owned())))],
    ),
    mapping(
        &["file_directory"],
        "a path without its last part",
        &[text(|args| {
            to_text(args, |row| Some(row.text(0)?.rsplit_once(['\\', '/']).map_or("", |(folder, _)| folder).to_owned()))
        })],
    ),
    mapping(
        &["file_extension"],
        "what follows the last dot of a file's name",
        &[text(|args| {
            to_text(args, |row| {
                let name = row.text(0)?.rsplit(['\\', '/']).next().unwrap_or_default();
                Some(name.rsplit_once('.').map_or("", |(_, extension)| extension).to_owned())
            })
        })],
    ),
    mapping(
        &["host_name"],
        "a host's name up to the first dot",
        &[text(|args| to_text(args, |row| Some(host(row.text(0)?).0.to_owned())))],
    ),
    mapping(
        &["host_domain"],
        "a host's domain, after the first dot",
        &[text(|args| to_text(args, |row| Some(host(row.text(0)?).1.to_owned())))],
    ),
    mapping(
        &["unquoted"],
        "what stands in quotes, with its escapes undone",
        &[text(|args| to_text(args, |row| Some(unquoted(row.text(0)?))))],
    ),
    mapping(
        &["dns_results"],
        "the answers of Sysmon's QueryResults as Defender lists them",
        &[text(|args| to_text(args, |row| Some(dns_results(row.text(0)?))))],
    ),
    mapping(
        &["ip_has_any_prefix"],
        "whether an IPv4 address of a text starts with any value of an array",
        &[Overload::new(
            &[Param::Text, Param::Is(Type::Dynamic)],
            Gives::Is(Type::Bool),
            Lower::Kernel(|args| to_bool(args, |row| Some(ip_has_any_prefix(row.text(0)?, row.text(1)?)))),
        )],
    ),
    mapping(
        &["event_data_xml"],
        "the fields of an event as the XML that Log Analytics keeps",
        &[bag(|args| to_text(args, |row| Some(event_data_xml(row.text(0)?))))],
    ),
    mapping(
        &["parameter_xml"],
        "the values of an event's fields as the parameters that Log Analytics keeps",
        &[bag(|args| to_text(args, |row| Some(parameter_xml(row.text(0)?))))],
    ),
    mapping(
        &["field_lines"],
        "the fields of an event, each as a line of name and value",
        &[bag(|args| to_text(args, |row| Some(field_lines(row.text(0)?))))],
    ),
];

const fn mapping(names: &'static [&'static str], summary: &'static str, overloads: &'static [Overload]) -> Function {
    Function { name: names[0], kql: &[], aql: &[], mapping: names, summary, overloads, examples: &[] }
}

const fn text(kernel: Kernel) -> Overload {
    Overload::new(&[Param::Text], Gives::Is(Type::String), Lower::Kernel(kernel))
}

const fn bag(kernel: Kernel) -> Overload {
    Overload::new(&[Param::Is(Type::Dynamic)], Gives::Is(Type::String), Lower::Kernel(kernel))
}

fn with_fields(row: &Row<'_>) -> Option<String> {
    let mut bag = Map::new();
    for at in (1..row.len()).step_by(2) {
        let Some(name) = row.text(at) else { continue };
        let value = match (row.text(at + 1), row.long(at + 1), row.bool(at + 1)) {
            (Some(""), _, _) => continue,
            (Some(text), _, _) => Value::from(text),
            (None, Some(number), _) => Value::from(number),
            (None, None, Some(truth)) => Value::from(truth),
            (None, None, None) => continue,
        };
        bag.insert(name.to_owned(), value);
    }
    for (name, value) in fields(row.text(0).unwrap_or_default()) {
        bag.entry(name).or_insert(value);
    }
    Some(Value::Object(bag).to_string())
}

/// The fields of an event; none where the text is no object.
fn fields(json: &str) -> Map<String, Value> {
    match serde_json::from_str(json) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn plain_ip(text: &str) -> &str {
    let text = text.trim();
    let mapped = text.get(..7).filter(|prefix| prefix.eq_ignore_ascii_case("::ffff:")).and_then(|_| text.get(7..));
    match mapped {
        Some(mapped) if mapped.parse::<Ipv4Addr>().is_ok() => mapped,
        _ if text == "-" => "",
        _ => text,
    }
}

fn ip_type(text: &str) -> &'static str {
    let text = text.trim();
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ipv4_type(ip),
        Ok(IpAddr::V6(ip)) => ipv6_type(ip),
        Err(_) => "",
    }
}

fn ipv4_type(ip: Ipv4Addr) -> &'static str {
    let first = ip.octets()[0];
    if ip.is_loopback() {
        "Loopback"
    } else if ip.is_private() || ip.is_link_local() {
        "Private"
    } else if ip.is_broadcast() {
        "Broadcast"
    } else if ip.is_multicast() {
        "Multicast"
    } else if first == 0 || first >= 240 {
        "Reserved"
    } else {
        "Public"
    }
}

fn ipv6_type(ip: Ipv6Addr) -> &'static str {
    let [first, second, ..] = ip.segments();
    if ip.is_loopback() {
        "Loopback"
    } else if ip.to_ipv4_mapped().is_some() {
        "FourToSixMapping"
    } else if (first, second) == (0x2001, 0) {
        "Teredo"
    } else if ip.is_multicast() {
        "Multicast"
    } else if first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80 {
        "Private"
    } else if ip.is_unspecified() {
        "Reserved"
    } else {
        "Public"
    }
}

/// A path without quotes may hold blanks: it ends behind the first program's ending that a blank follows, else at the first
/// blank.
fn image_path(command: &str) -> &str {
    let command = command.trim();
    if let Some(quoted) = command.strip_prefix('"') {
        return quoted.split('"').next().unwrap_or(quoted);
    }
    let lower = command.to_ascii_lowercase();
    let ends = [".exe", ".sys", ".dll", ".com", ".bat", ".cmd"].iter().filter_map(|ending| {
        let found = lower.match_indices(ending).map(|(at, found)| at + found.len());
        found.into_iter().find(|end| lower.get(*end..).is_none_or(|rest| rest.is_empty() || rest.starts_with(' ')))
    });
    match ends.min() {
        Some(end) => command.get(..end).unwrap_or(command),
        None => command.split(' ').next().unwrap_or(command),
    }
}

fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    inner.replace("\\\"", "\"").replace("\\\\", "\\")
}

fn host(computer: &str) -> (&str, &str) {
    computer.split_once('.').unwrap_or((computer, ""))
}

/// `type:  5 alias.example;::ffff:1.2.3.4;` as a list of answers.
fn dns_results(results: &str) -> String {
    let answers = results.split(';').map(str::trim).filter(|answer| !answer.is_empty() && *answer != "-");
    let answers = answers.map(|answer| {
        let named = answer.strip_prefix("type:").and_then(|rest| rest.trim_start().split_once(' '));
        let answer = plain_ip(named.map_or(answer, |(_, name)| name.trim()));
        Value::Object(Map::from_iter([("Result".to_owned(), Value::from(answer))]))
    });
    answers.collect::<Value>().to_string()
}

fn ip_has_any_prefix(text: &str, prefixes: &str) -> bool {
    let prefixes = match serde_json::from_str(prefixes) {
        Ok(Value::Array(all)) => all,
        Ok(one) => vec![one],
        Err(_) => return false,
    };
    let prefixes: Vec<String> = prefixes.iter().map(value_text).filter(|prefix| !prefix.is_empty()).collect();
    let mut numbers = text.split(|c: char| !c.is_ascii_digit() && c != '.').filter(|part| !part.is_empty());
    numbers.any(|number| prefixes.iter().any(|prefix| number.starts_with(prefix.as_str())))
}

fn event_data_xml(data: &str) -> String {
    let mut out = String::from(
        "<DataItem type=\"System.XmlData\"><EventData xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">",
    );
    for (name, value) in fields(data) {
        for text in texts(&value) {
            let text = escaped(&text);
            // Writing to a String cannot fail.
            let _ = match name.as_str() {
                // Elements without a name.
                "Data" | "Binary" => write!(out, "<{name}>{text}</{name}>"),
                name => write!(out, "<Data Name=\"{}\">{text}</Data>", escaped(name)),
            };
        }
    }
    out.push_str("</EventData></DataItem>");
    out
}

fn parameter_xml(data: &str) -> String {
    let texts = fields(data).into_iter().flat_map(|(_, value)| texts(&value));
    texts.map(|text| format!("<Param>{}</Param>", escaped(&text))).collect()
}

/// What a field says: several texts where the event has it several times.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(value_text).collect(),
        value => vec![value_text(value)],
    }
}

fn field_lines(data: &str) -> String {
    let lines = fields(data);
    let lines =
        lines.iter().flat_map(|(name, value)| texts(value).into_iter().map(move |text| format!("{name}: {text}")));
    lines.collect::<Vec<_>>().join("\r\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_defenders_kinds() {
        for (address, kind) in [
            ("10.0.0.1", "Private"),
            ("169.254.1.1", "Private"),
            ("8.8.8.8", "Public"),
            ("127.0.0.1", "Loopback"),
            ("::1", "Loopback"),
            ("255.255.255.255", "Broadcast"),
            ("224.0.0.252", "Multicast"),
            ("ff02::1:2", "Multicast"),
            ("fe80::1", "Private"),
            ("::ffff:10.0.0.1", "FourToSixMapping"),
            ("2001:0:1::1", "Teredo"),
            ("2a00:1450::1", "Public"),
            ("0.0.0.0", "Reserved"),
            ("-", ""),
        ] {
            assert_eq!(ip_type(address), kind, "{address}");
        }
        assert_eq!((plain_ip("::ffff:10.0.0.1"), plain_ip("-"), plain_ip("fe80::1")), ("10.0.0.1", "", "fe80::1"));
    }

    #[test]
    fn the_program_of_a_command_line_is_found_with_and_without_quotes() {
        assert_eq!(image_path("\"C:\\Program Files\\a b.exe\" -k x"), "C:\\Program Files\\a b.exe");
        assert_eq!(image_path("C:\\Program Files\\a b.exe -k x.exe"), "C:\\Program Files\\a b.exe");
        assert_eq!(image_path("%COMSPEC% /c echo"), "%COMSPEC%");
        assert_eq!(image_path("C:\\a.exe.config\\b.EXE"), "C:\\a.exe.config\\b.EXE");
    }

    #[test]
    fn quotes_around_a_text_are_taken_off_and_those_within_kept() {
        assert_eq!(unquoted(r#" "__EventFilter.Name=\"f\"""#), r#"__EventFilter.Name="f""#);
        assert_eq!(unquoted(r#" "c:\\Windows""#), r"c:\Windows");
        assert_eq!(unquoted("plain"), "plain");
    }

    #[test]
    fn answers_of_dns_are_listed_one_by_one() {
        assert_eq!(
            dns_results("type:  5 a.example;::ffff:1.2.3.4;"),
            r#"[{"Result":"a.example"},{"Result":"1.2.3.4"}]"#
        );
        assert_eq!(dns_results("-"), "[]");
    }

    #[test]
    fn the_prefix_of_an_address_is_sought_at_its_beginning() {
        assert!(ip_has_any_prefix("ping 10.1.2.3", r#"["192.168.","10.1."]"#));
        assert!(!ip_has_any_prefix("110.1.2.3", r#"["10.1."]"#));
        assert!(!ip_has_any_prefix("10.1.2.3", "[]"));
    }

    #[test]
    fn event_data_is_xml_with_its_signs_escaped() {
        assert_eq!(
            event_data_xml(r#"{"A":"x<y & \"z\"","B":["","b"],"Data":["1","2"],"Binary":"00"}"#),
            "<DataItem type=\"System.XmlData\"><EventData xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><Data Name=\"A\">x&lt;y &amp; &quot;z&quot;</Data><Data Name=\"B\"></Data><Data Name=\"B\">b</Data><Data>1</Data><Data>2</Data><Binary>00</Binary></EventData></DataItem>"
        );
        assert_eq!(
            parameter_xml(r#"{"A":"1","B":["<","2"],"C":"3"}"#),
            "<Param>1</Param><Param>&lt;</Param><Param>2</Param><Param>3</Param>"
        );
    }
}
