//! What is written for other programs, held by the schemas of `tests/schemas`: SARIF, JUnit, and layers of ATT&CK Navigator.

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::folder::Folder;
use crate::schema::Schema;
use crate::xml::{self, Element};
use crate::xsd::Xsd;

type Check = fn(&Place) -> Result<(), Failed>;

const CHECKS: [(&str, Check); 12] = [
    ("the checker refuses what a schema forbids", refuses),
    ("the checker of XML refuses what a schema forbids", refuses_elements),
    ("SARIF without a result", sarif_of_nothing),
    ("SARIF of names, braces and columns", sarif_of_names),
    ("SARIF of notes", sarif_of_notes),
    ("SARIF of fixes", sarif_of_fixes),
    ("SARIF of packages", sarif_of_packages),
    ("layers of ATT&CK Navigator", layers),
    ("JUnit where all pass", junit_of_passes),
    ("JUnit of a failure", junit_of_a_failure),
    ("JUnit of what could not be run", junit_of_an_error),
    ("JUnit of odd names", junit_of_names),
];

/// Where a check runs.
struct Place {
    /// Of the repository.
    root: PathBuf,
    own: Folder,
}

pub fn trials(root: &Path) -> Vec<Trial> {
    let trial = |(name, check): (&str, Check)| {
        let root = root.to_path_buf();
        Trial::test(format!("formats › {name}"), move || check(&Place { root, own: Folder::new() }))
    };
    CHECKS.into_iter().map(trial).collect()
}

impl Place {
    /// Standard output of the program, run in a folder, where it ends as it should.
    fn run(&self, folder: &Path, arguments: &[&str], code: i32) -> Result<String, Failed> {
        let output = Command::new(env!("CARGO_BIN_EXE_trapline")).args(arguments).current_dir(folder).output()?;
        if output.status.code() != Some(code) {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{arguments:?}: exit {:?}, not {code}:\n{said}", output.status.code()).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    fn file(&self, name: &str, text: &str) -> Result<(), Failed> {
        let path = self.own.0.join(name);
        std::fs::create_dir_all(path.parent().ok_or("a file lies in a folder")?)?;
        Ok(std::fs::write(path, text)?)
    }

    fn schemas(&self) -> PathBuf {
        self.root.join("crates/cli/tests/schemas")
    }

    /// The only run of a log that is as the schema wants it.
    fn sarif(&self, folder: &Path, path: &str, code: i32) -> Result<Value, Failed> {
        let text = self.run(folder, &["check", path, "--format", "sarif", "--quiet"], code)?;
        let log: Value = serde_json::from_str(&text)?;
        none(Schema::read(&self.schemas().join("sarif-2.1.0.json"))?.faults(&log))?;
        is(&log["runs"].as_array().map(Vec::len), &Some(1))?;
        Ok(log["runs"][0].clone())
    }

    fn junit(&self, folder: &Path, path: &str, code: i32) -> Result<Element, Failed> {
        let text = self.run(folder, &["test", path, "--format", "junit", "--quiet"], code)?;
        let suites = xml::parse(&text)?;
        none(Xsd::read(&self.schemas().join("junit-10.xsd"))?.faults(&suites))?;
        Ok(suites)
    }
}

fn none(faults: Vec<String>) -> Result<(), Failed> {
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

fn is<T: PartialEq + std::fmt::Debug + ?Sized>(found: &T, wanted: &T) -> Result<(), Failed> {
    if found == wanted { Ok(()) } else { Err(format!("{found:?}\nis not\n{wanted:?}").into()) }
}

/// A checker that lets everything pass would hold nothing.
fn refuses(place: &Place) -> Result<(), Failed> {
    let sarif = Schema::read(&place.schemas().join("sarif-2.1.0.json"))?;
    let log = |result: Value| {
        let driver = json!({"name": "x", "rules": [{"id": "A"}]});
        json!({"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": [result]}]})
    };
    let of_place =
        |location: Value| log(json!({"message": {"text": "x"}, "locations": [{"physicalLocation": location}]}));
    none(sarif.faults(&of_place(json!({"artifactLocation": {"uri": "a%20b"}, "region": {"startLine": 1}}))))?;
    let refused = [
        (of_place(json!({"region": {"startLine": 0}})), "0 is less than 1"),
        (of_place(json!({"region": {"startLine": "1"}})), "is not of the type"),
        (of_place(json!({"artifactLocation": {"uri": "a b"}})), "is not in the format"),
        (of_place(json!({"artifactLocation": {"uri": "100%"}})), "is not in the format"),
        (of_place(json!({"artifactLocation": {"path": "a"}})), "'path' is no property"),
        (log(json!({"message": {"text": "x"}, "level": "info"})), "is none of"),
        (log(json!({"ruleId": "A"})), "lacks message"),
        (log(json!({"message": {"markdown": "x"}})), "fits none of"),
        (json!({"version": "2.0.0", "runs": []}), "is none of"),
    ];
    for (log, why) in refused {
        let faults = sarif.faults(&log);
        if !faults.iter().any(|fault| fault.contains(why)) {
            return Err(format!("{log}: {faults:?}, not '{why}'").into());
        }
    }
    is(&Schema::of(json!({"items": {"maxLength": 1}})).is_err(), &true)
}

fn refuses_elements(place: &Place) -> Result<(), Failed> {
    let junit = Xsd::read(&place.schemas().join("junit-10.xsd"))?;
    let suite = |inner: &str| {
        format!(
            "<testsuites><testsuite name=\"a\" tests=\"1\" failures=\"0\" errors=\"0\">{inner}</testsuite></testsuites>"
        )
    };
    let case = "<testcase name=\"a\" classname=\"b\" time=\"0\"><failure message=\"m\">t</failure></testcase>";
    none(junit.faults(&xml::parse(&suite(case))?))?;
    let refused = [
        ("<testcase/>", "it lacks name"),
        ("<testcase name=\"a\" package=\"p\"/>", "it has no attribute package"),
        ("<failure/>", "<failure> may not stand in it"),
        ("<testcase name=\"a\">text</testcase>", "text may not stand in it"),
        ("<case/>", "<case> is no element"),
        ("<testsuite name=\"a\" tests=\"1\" failures=\"0\" errors=\"0\" time=\"1,5\"/>", "is no SUREFIRE_TIME"),
    ];
    for (inner, why) in refused {
        let faults = junit.faults(&xml::parse(&suite(inner))?);
        if !faults.iter().any(|fault| fault.contains(why)) {
            return Err(format!("{inner}: {faults:?}, not '{why}'").into());
        }
    }
    for broken in
        ["<a b=\"<\"/>", "<a b=\"&\"/>", "<a>\u{1}</a>", "<a>&#1;</a>", "<a></b>", "<a>", "<a/><b/>", "<a b='c'/>"]
    {
        is(&xml::parse(broken).is_err(), &true).map_err(|_| format!("{broken} is read"))?;
    }
    Ok(())
}

fn sarif_of_nothing(place: &Place) -> Result<(), Failed> {
    let run = place.sarif(&place.root, "spec/cli/two-rules.yml", 0)?;
    is(&run["results"], &json!([]))?;
    is(&run["tool"]["driver"]["rules"], &json!([]))
}

/// Columns count code points, paths are references of URIs, and braces of a message are no placeholders.
fn sarif_of_names(place: &Place) -> Result<(), Failed> {
    place.file("50% of it/ü {x}.kql", "DeviceProcessEvents\n| where 'ä😀' == ['{0}']\n")?;
    let run = place.sarif(&place.own.0, "50% of it", 1)?;
    let result = &run["results"][0];
    is(&result["ruleId"], &json!("KS142"))?;
    is(&result["level"], &json!("error"))?;
    let text = "The name '{{0}}' does not refer to any known column, table, variable or function.";
    is(&result["message"]["text"].as_str().and_then(|said| said.lines().next()), &Some(text))?;
    let physical = &result["locations"][0]["physicalLocation"];
    is(&physical["artifactLocation"]["uri"], &json!("50%25%20of%20it/%C3%BC%20%7Bx%7D.kql"))?;
    is(&physical["region"], &json!({"startLine": 2, "startColumn": 17, "endLine": 2, "endColumn": 24}))?;
    is(&run["columnKind"], &json!("unicodeCodePoints"))
}

/// What is said in several lines is one message.
fn sarif_of_notes(place: &Place) -> Result<(), Failed> {
    place.file("two/a/q.kql", "DeviceProcessEvents | project FileName")?;
    place.file("two/b/q.kql", "DeviceProcessEvents | project FileName")?;
    let run = place.sarif(&place.own.0, "two", 0)?;
    let same = run["results"].as_array().into_iter().flatten().find(|result| result["ruleId"] == "CAT010");
    let said = same.and_then(|result| result["message"]["text"].as_str()).ok_or("CAT010 is not said")?;
    let lines: Vec<&str> = said.lines().collect();
    is(&lines[1..], &["the first is two/a/q.kql", "help: rename one of the files"][..])
}

/// Each result names the rule that it is of.
fn sarif_of_fixes(place: &Place) -> Result<(), Failed> {
    place.file("q.kql", "T | extend A = 1, B = 2 | project B\n")?;
    let run = place.sarif(&place.own.0, "q.kql", 1)?;
    let results = run["results"].as_array().into_iter().flatten();
    let fixes: Vec<&Value> = results.filter_map(|result| result.get("fixes")).collect();
    let region = json!({"startLine": 1, "startColumn": 12, "endLine": 1, "endColumn": 19});
    let replacement = json!({"deletedRegion": region, "insertedContent": {"text": ""}});
    let change = json!({"artifactLocation": {"uri": "q.kql"}, "replacements": [replacement]});
    is(&fixes, &vec![&json!([{"artifactChanges": [change]}])])
}

fn sarif_of_packages(place: &Place) -> Result<(), Failed> {
    let run = place.sarif(&place.root, "spec/cli/claims", 1)?;
    let results = run["results"].as_array().filter(|results| !results.is_empty()).ok_or("there are results")?;
    for result in results {
        let number = result["ruleIndex"].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(usize::MAX);
        is(&run["tool"]["driver"]["rules"][number]["id"], &result["ruleId"])?;
    }
    place.sarif(&place.root, "detections", 0)?;
    place.sarif(&place.root, "spec/cli", 1).map(drop)
}

fn layers(place: &Place) -> Result<(), Failed> {
    let schema = Schema::read(&place.schemas().join("navigator-4.5.json"))?;
    let layer = |arguments: &[&str]| -> Result<Value, Failed> {
        let arguments = [&["coverage", "--format", "navigator", "--quiet"], arguments].concat();
        let layer = serde_json::from_str(&place.run(&place.root, &arguments, 0)?)?;
        none(schema.faults(&layer))?;
        Ok(layer)
    };
    let whole = layer(&["samples"])?;
    let of_link = |one: &&Value| one["techniqueID"] == "T1204.001";
    let link = whole["techniques"].as_array().into_iter().flatten().find(of_link).ok_or("T1204.001 is not there")?;
    is(&link["color"], &json!("#81c784"))?;
    // Of a detection without a technique nothing can be painted.
    let empty = layer(&["spec/cli/logons.ndjson", "--detections", "spec/cli/narrow"])?;
    is(&empty["techniques"], &json!([]))?;
    let mut odd = whole;
    odd["techniques"][0]["colour"] = json!("#81c784");
    odd["legendItems"][0]["color"] = json!("green");
    odd["versions"]["layer"] = json!("4.4");
    is(&schema.faults(&odd).len(), &3)
}

fn junit_of_passes(place: &Place) -> Result<(), Failed> {
    let suites = place.junit(&place.root, "spec/cli/chain", 0)?;
    is(&counts(&suites), &["1", "0", "0"])?;
    is(&suites.all().iter().filter(|one| one.name == "testcase").count(), &1)?;
    place.junit(&place.root, "detections", 0).map(drop)
}

fn junit_of_a_failure(place: &Place) -> Result<(), Failed> {
    let suites = place.junit(&place.root, "spec/cli/narrow", 1)?;
    is(&counts(&suites), &["4", "1", "0"])?;
    let failure = suites.all().into_iter().find(|one| one.name == "failure").ok_or("no failure")?.clone();
    is(&failure.attribute("message"), &Some("must fire, and does not"))?;
    is(&failure.text.contains("\"C:\\\\Windows\\\\System32\\\\wscript.exe\"   ← decides"), &true)
}

/// A query that cannot run is an error of the test, and no failure.
fn junit_of_an_error(place: &Place) -> Result<(), Failed> {
    package(place, "broken", "a test", "DeviceProcessEvents | where FileNam == 'a.exe'")?;
    let suites = place.junit(&place.own.0, "package", 1)?;
    is(&counts(&suites), &["1", "0", "1"])?;
    let error = suites.all().into_iter().find(|one| one.name == "error").ok_or("no error")?.clone();
    let said = error.attribute("message").unwrap_or("");
    is(&(said.starts_with("could not be run: "), said.contains("FileNam")), &(true, true))
}

/// What XML has no way to say is replaced; all else comes back as it was.
fn junit_of_names(place: &Place) -> Result<(), Failed> {
    let name = r#"a <b> & \"c\" 'd' ]]> \t\n\u0007\u001b[31m\uFFFE 😀"#;
    package(place, name, name, "DeviceProcessEvents | where FileName =~ 'a.exe'")?;
    let suites = place.junit(&place.own.0, "package", 0)?;
    let all = suites.all();
    let read = "a <b> & \"c\" 'd' ]]> \t\n\u{fffd}\u{fffd}[31m\u{fffd} 😀";
    let of = |kind: &str| all.iter().find(|one| one.name == kind).and_then(|one| one.attribute("name"));
    is(&of("testsuite"), &Some(read))?;
    is(&of("testcase"), &Some(read))
}

/// A package of one query and one test.
fn package(place: &Place, id: &str, name: &str, query: &str) -> Result<(), Failed> {
    let manifest = format!(
        "id = \"{id}\"\ntitle = \"x\"\nseverity = \"low\"\n[variant.kql]\nplatform = \"Microsoft Defender XDR\"\n"
    );
    let test = format!("name = \"{name}\"\nkind = \"true-positive\"\nevents = \"a.ndjson\"\n[must]\nkql = true\n");
    let event = r#"{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"A","UtcTime":"2026-01-01 10:00:00.000","Image":"C:\\a.exe"}"#;
    place.file("package/detection.toml", &manifest)?;
    place.file("package/query.kql", query)?;
    place.file("package/tests/a.toml", &test)?;
    place.file("package/tests/a.ndjson", event)
}

/// Tests, failures and errors of all suites.
fn counts(suites: &Element) -> [&str; 3] {
    ["tests", "failures", "errors"].map(|name| suites.attribute(name).unwrap_or(""))
}
