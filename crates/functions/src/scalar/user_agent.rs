//! `parse_user_agent`: browser, operating system and device out of the text by which a browser or a tool names itself. The
//! service has thousands of patterns; these are the families that are common in logs, and `Other` is whatever they do not know.

use std::sync::OnceLock;

use regex::{Captures, Regex};
use serde_json::{Map, Value, json};

use crate::function::{Function, Overload, Param};
use crate::rows::{Row, to_text};
use crate::types::Type;

pub const FUNCTIONS: &[Function] = &[Function::kql(
    &["parse_user_agent"],
    "the browser, operating system or device that a user agent names, each asked for by 'browser', 'os' or 'device'; by a short list of patterns, all others are 'Other'",
    &[
        Overload::kernel(&[Param::Text, Param::Is(Type::String)], Type::Dynamic, |args| {
            to_text(args, |row| parsed(row, vec![row.text(1)?.to_owned()]))
        }),
        Overload::kernel(&[Param::Text, Param::Is(Type::Dynamic)], Type::Dynamic, |args| {
            to_text(args, |row| {
                let wanted = row.array(1)?.into_iter().filter_map(|part| part.as_str().map(str::to_owned));
                parsed(row, wanted.collect())
            })
        }),
    ],
    &[
        (
            "parse_user_agent('Mozilla/5.0 (Windows; U; en-US) AppleWebKit/531.9 (KHTML, like Gecko) AdobeAIR/2.5.1', 'browser')",
            r#"{"Browser":{"Family":"AdobeAIR","MajorVersion":"2","MinorVersion":"5","Patch":"1"}}"#,
        ),
        (
            "parse_user_agent('Mozilla/5.0 (SymbianOS/9.2; U; Series60/3.1 NokiaN81-3/10.0.032 Profile/MIDP-2.0 Configuration/CLDC-1.1 ) AppleWebKit/413 (KHTML, like Gecko) Safari/4', 'os')",
            r#"{"OperatingSystem":{"Family":"Symbian OS","MajorVersion":"9","MinorVersion":"2","Patch":"","PatchMinor":""}}"#,
        ),
    ],
)];

/// A pattern, and the family that it names; groups are the parts of its version. Without a family the first group is it.
type Known = (&'static str, &'static str);

/// The first that is found wins: whoever claims to be another browser too stands before it.
const BROWSERS: &[Known] = &[
    (r"AdobeAIR/(\d+)\.(\d+)\.?(\d+)?", "AdobeAIR"),
    (r"Series60/(\d+)\.(\d+).*(?:AppleWebKit|Safari)", "Nokia OSS Browser"),
    (r"(Googlebot|bingbot|YandexBot|Baiduspider|AhrefsBot|SemrushBot|DuckDuckBot|Applebot)/(\d+)\.(\d+)", ""),
    (r"python-requests/(\d+)\.(\d+)\.?(\d+)?", "Python Requests"),
    (r"Python-urllib/(\d+)\.(\d+)", "Python-urllib"),
    (r"aiohttp/(\d+)\.(\d+)\.?(\d+)?", "Python aiohttp"),
    (r"Go-http-client/(\d+)\.(\d+)", "Go-http-client"),
    (r"okhttp/(\d+)\.(\d+)\.?(\d+)?", "okhttp"),
    (r"(?i)\bcurl/(\d+)\.(\d+)\.?(\d+)?", "curl"),
    (r"(?i)\bwget/(\d+)\.(\d+)\.?(\d+)?", "Wget"),
    (r"PostmanRuntime/(\d+)\.(\d+)\.?(\d+)?", "PostmanRuntime"),
    (r"axios/(\d+)\.(\d+)\.?(\d+)?", "axios"),
    (r"Microsoft Outlook (\d+)\.(\d+)\.?(\d+)?", "Outlook"),
    (r"(?:EdgA|EdgiOS)/(\d+)\.(\d+)\.?(\d+)?", "Edge Mobile"),
    (r"Edge?/(\d+)\.(\d+)\.?(\d+)?", "Edge"),
    (r"SamsungBrowser/(\d+)\.(\d+)\.?(\d+)?", "Samsung Internet"),
    (r"OPR/(\d+)\.(\d+)\.?(\d+)?", "Opera"),
    (r"Vivaldi/(\d+)\.(\d+)\.?(\d+)?", "Vivaldi"),
    (r"YaBrowser/(\d+)\.(\d+)\.?(\d+)?", "Yandex Browser"),
    (r"UCBrowser/(\d+)\.(\d+)\.?(\d+)?", "UC Browser"),
    (r"HeadlessChrome/(\d+)\.(\d+)\.?(\d+)?", "HeadlessChrome"),
    (r"FxiOS/(\d+)\.(\d+)\.?(\d+)?", "Firefox iOS"),
    (r"CriOS/(\d+)\.(\d+)\.?(\d+)?", "Chrome Mobile iOS"),
    (r"Android.*; wv\).*Chrome/(\d+)\.(\d+)\.?(\d+)?", "Chrome Mobile WebView"),
    (r"Chrome/(\d+)\.(\d+)\.?(\d+)?[\d.]* Mobile", "Chrome Mobile"),
    (r"Chromium/(\d+)\.(\d+)\.?(\d+)?", "Chromium"),
    (r"Chrome/(\d+)\.(\d+)\.?(\d+)?", "Chrome"),
    (r"Mobile;.*Firefox/(\d+)\.(\d+)\.?(\d+)?", "Firefox Mobile"),
    (r"Firefox/(\d+)\.(\d+)\.?(\d+)?", "Firefox"),
    (r"Thunderbird/(\d+)\.(\d+)\.?(\d+)?", "Thunderbird"),
    (r"Version/(\d+)\.(\d+)\.?(\d+)?.*Mobile.*Safari", "Mobile Safari"),
    (r"(?:iPhone|iPad|iPod).*AppleWebKit", "Mobile Safari UI/WKWebView"),
    (r"Android.*Version/(\d+)\.(\d+)\.?(\d+)?.*Safari", "Android"),
    (r"Version/(\d+)\.(\d+)\.?(\d+)?.*Safari", "Safari"),
    (r"IEMobile[ /](\d+)\.(\d+)", "IE Mobile"),
    (r"Trident/.*rv:(\d+)\.(\d+)", "IE"),
    (r"MSIE (\d+)\.(\d+)", "IE"),
    (r"Opera[/ ](\d+)\.(\d+)", "Opera"),
    (r"AppleWebKit/(\d+)\.(\d+)\.?(\d+)?", "WebKit Nightly"),
];

const SYSTEMS: &[Known] = &[
    (r"Windows Phone(?: OS)? (\d+)\.(\d+)", "Windows Phone"),
    (r"Windows NT 10\.0()", "Windows 10"),
    (r"Windows NT 6\.3()", "Windows 8.1"),
    (r"Windows NT 6\.2()", "Windows 8"),
    (r"Windows NT 6\.1()", "Windows 7"),
    (r"Windows NT 6\.0()", "Windows Vista"),
    (r"Windows (?:NT 5\.[12]|XP)()", "Windows XP"),
    (r"Windows NT 5\.0()", "Windows 2000"),
    (r"WindowsPowerShell|\bWindows\b", "Windows"),
    (r"SymbianOS/(\d+)\.(\d+)", "Symbian OS"),
    (r"(?:iPhone|iPad|iPod).* OS (\d+)_(\d+)_?(\d+)?", "iOS"),
    (r"CFNetwork/.*Darwin/(?:\d+)", "iOS"),
    (r"Android[ /-](\d+)(?:\.(\d+))?(?:\.(\d+))?", "Android"),
    (r"Android", "Android"),
    (r"Mac OS X (\d+)[_.](\d+)[_.]?(\d+)?", "Mac OS X"),
    (r"Macintosh|Mac OS", "Mac OS X"),
    (r"CrOS \S+ (\d+)\.(\d+)\.?(\d+)?", "Chrome OS"),
    (r"Ubuntu(?:/(\d+)\.(\d+))?", "Ubuntu"),
    (r"Fedora", "Fedora"),
    (r"Debian", "Debian"),
    (r"FreeBSD", "FreeBSD"),
    (r"(?i)linux|X11", "Linux"),
];

/// A pattern, and family, brand and model; `$` in one of them stands for the first group, `#` for the second.
const DEVICES: &[(&str, [&str; 3])] = &[
    (r"(?i)bot\b|spider|crawl", ["Spider", "Spider", "Desktop"]),
    (r"Nokia(([A-Z]?\d+)(?:-\d+)?)", ["Nokia #", "Nokia", "$"]),
    (r"iPhone", ["iPhone", "Apple", "iPhone"]),
    (r"iPad", ["iPad", "Apple", "iPad"]),
    (r"iPod", ["iPod", "Apple", "iPod"]),
    (r"Macintosh", ["Mac", "Apple", "Mac"]),
    (r"\b(SM-[A-Z0-9]+)", ["Samsung $", "Samsung", "$"]),
    (r"; (Pixel[^;)]*?)(?: Build|[;)])", ["$", "Google", "$"]),
    (r"Android[^;]*; (?:[a-z]{2}-[a-z]{2}; )?([^;)]+?)(?: Build|[;)])", ["$", "Generic_Android", "$"]),
    (r"Android", ["Generic Smartphone", "Generic", "Smartphone"]),
];

fn parsed(row: &Row<'_>, wanted: Vec<String>) -> Option<String> {
    let agent = row.text_or_empty(0);
    let mut bag = Map::new();
    for part in wanted {
        match part.to_ascii_lowercase().as_str() {
            "browser" => bag.insert("Browser".into(), browser(agent)),
            "os" => bag.insert("OperatingSystem".into(), system(agent)),
            "device" => bag.insert("Device".into(), device(agent)),
            _ => return None,
        };
    }
    Some(Value::Object(bag).to_string())
}

fn browser(agent: &str) -> Value {
    static PATTERNS: OnceLock<Vec<Regex>> = OnceLock::new();
    let (family, [major, minor, patch]) =
        found(agent, BROWSERS, compiled(&PATTERNS, BROWSERS.iter().map(|known| known.0)));
    json!({ "Family": family, "MajorVersion": major, "MinorVersion": minor, "Patch": patch })
}

/// The versions of Windows that are known by name have it as their version too.
fn system(agent: &str) -> Value {
    static PATTERNS: OnceLock<Vec<Regex>> = OnceLock::new();
    let (family, [mut major, mut minor, patch]) =
        found(agent, SYSTEMS, compiled(&PATTERNS, SYSTEMS.iter().map(|known| known.0)));
    let mut shown = family.as_str();
    if let Some(version) = family.strip_prefix("Windows ").filter(|version| *version != "Phone") {
        let (whole, part) = version.split_once('.').unwrap_or((version, ""));
        (major, minor, shown) = (whole.to_owned(), part.to_owned(), "Windows");
    }
    json!({ "Family": shown, "MajorVersion": major, "MinorVersion": minor, "Patch": patch, "PatchMinor": "" })
}

fn device(agent: &str) -> Value {
    static PATTERNS: OnceLock<Vec<Regex>> = OnceLock::new();
    let patterns = compiled(&PATTERNS, DEVICES.iter().map(|known| known.0));
    let hit = patterns.iter().zip(DEVICES).find_map(|(pattern, (_, parts))| Some((pattern.captures(agent)?, parts)));
    let Some((groups, [family, brand, model])) = hit else {
        return json!({ "Family": "Other", "Brand": "", "Model": "" });
    };
    let with = |part: &str| part.replace('$', group(&groups, 1)).replace('#', group(&groups, 2));
    json!({ "Family": with(family), "Brand": with(brand), "Model": with(model) })
}

fn found(agent: &str, known: &[Known], patterns: &[Regex]) -> (String, [String; 3]) {
    let hit = patterns.iter().zip(known).find_map(|(pattern, (_, family))| Some((pattern.captures(agent)?, *family)));
    let Some((groups, family)) = hit else {
        return ("Other".to_owned(), Default::default());
    };
    let (family, first) = if family.is_empty() { (group(&groups, 1), 2) } else { (family, 1) };
    (family.to_owned(), [first, first + 1, first + 2].map(|at| group(&groups, at).to_owned()))
}

fn group<'a>(groups: &Captures<'a>, at: usize) -> &'a str {
    groups.get(at).map_or("", |part| part.as_str())
}

fn compiled(patterns: &OnceLock<Vec<Regex>>, texts: impl Iterator<Item = &'static str>) -> &[Regex] {
    patterns.get_or_init(|| texts.filter_map(|text| Regex::new(text).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        let texts = BROWSERS.iter().chain(SYSTEMS).map(|known| known.0).chain(DEVICES.iter().map(|known| known.0));
        for text in texts {
            assert!(Regex::new(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn who_claims_to_be_another_is_known_by_its_own_name() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.91";
        assert_eq!(browser(edge)["Family"], "Edge");
        assert_eq!(browser(edge)["MajorVersion"], "120");
        assert_eq!(
            (system(edge)["Family"].clone(), system(edge)["MajorVersion"].clone()),
            (json!("Windows"), json!("10"))
        );
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1";
        assert_eq!(browser(phone)["Family"], "Mobile Safari");
        assert_eq!(system(phone)["Patch"], "2");
        assert_eq!(device(phone)["Brand"], "Apple");
        assert_eq!(browser("sqlmap")["Family"], "Other");
    }

    /// From the documentation of `parse_user_agent`.
    #[test]
    fn the_documented_phone_is_known() {
        let agent = "Mozilla/5.0 (SymbianOS/9.2; U; Series60/3.1 NokiaN81-3/10.0.032 Profile/MIDP-2.0 Configuration/CLDC-1.1 ) AppleWebKit/413 (KHTML, like Gecko) Safari/4";
        assert_eq!(
            browser(agent),
            json!({"Family": "Nokia OSS Browser", "MajorVersion": "3", "MinorVersion": "1", "Patch": ""})
        );
        assert_eq!(device(agent), json!({"Family": "Nokia N81", "Brand": "Nokia", "Model": "N81-3"}));
    }
}
