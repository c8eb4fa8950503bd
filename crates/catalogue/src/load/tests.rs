//! Loading, tried on files: packages, loose queries and rules, and what is wrong with them.

use std::fs;
use std::path::PathBuf;

use super::*;

mod together;

const RULE: &str = "title: t\nid: ID\nlogsource: {product: windows}\ndetection: {a: {x: 1}, condition: a}\n";

/// A folder of files that goes away with it.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str, files: &[(&str, &[u8])]) -> Self {
        let root = std::env::temp_dir().join(format!("trapline-load-{name}-{}", std::process::id()));
        for (name, bytes) in files {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        Tree(root)
    }

    fn load(&self, paths: &[&str]) -> (Vec<String>, Vec<String>) {
        let paths: Vec<PathBuf> = paths.iter().map(|path| self.0.join(path)).collect();
        let loaded = load(&paths);
        let relative = |text: &str| text.replace(&format!("{}/", self.0.display()), "");
        let ids = loaded.detections.iter().map(|detection| relative(&detection.id)).collect();
        let say = |problem: &Problem| format!("{} {}", relative(problem.source.name()), problem.diagnostic.code);
        (ids, loaded.problems.iter().map(say).collect())
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn files_packages_and_folders_of_them_are_found() {
    let manifest = "id = \"p\"\ntitle = \"T\"\nseverity = \"low\"\n[variant.kql]\nplatform = \"x\"\n";
    let tree = Tree::new(
        "found",
        &[
            ("a.kql", b"T"),
            ("b/c.AQL", b"SELECT 1"),
            ("b/d.yaml", RULE.as_bytes()),
            ("b/readme.md", b"#"),
            (".git/x.yml", b"no"),
            ("pack/detection.toml", manifest.as_bytes()),
            ("pack/query.kql", b"T"),
            ("pack/hunting/h.kql", b"T"),
            ("pack/stray.txt", b"x"),
        ],
    );
    let all = ["a", "c", "ID", "p"].map(str::to_string).to_vec();
    assert_eq!(tree.load(&[""]), (all, vec!["pack/stray.txt CAT033".into()]));
    assert_eq!(tree.load(&["pack/detection.toml"]).0, ["p"]);
    assert_eq!(tree.load(&["b/d.yaml", "a.kql"]).0, ["ID", "a"]);
}

#[test]
fn nothing_is_dropped_silently() {
    let broken = RULE.replace("condition: a", "condition: b");
    let two = format!("{}---\n{}", RULE.replace("ID", "one"), broken.replace("ID", "two"));
    let tree = Tree::new(
        "problems",
        &[
            ("broken.yml", broken.as_bytes()),
            ("two.yml", two.as_bytes()),
            ("latin.kql", b"T | where a == '\xe9'"),
            ("empty.kql", b" \n"),
            ("note.txt", b"x"),
            ("none/readme.md", b"x"),
            ("other/site.yml", b"name: site\n"),
        ],
    );
    assert_eq!(tree.load(&["broken.yml"]), (vec![], vec!["broken.yml SIG013".into()]));
    assert_eq!(tree.load(&["two.yml"]), (vec!["one".into()], vec!["two.yml SIG013".into()]));
    assert_eq!(tree.load(&["latin.kql"]).1, ["latin.kql CAT002"]);
    assert_eq!(tree.load(&["empty.kql"]).1, ["empty.kql CAT008"]);
    assert_eq!(tree.load(&["note.txt"]).1, ["note.txt CAT007"]);
    let severity = |path: &str| load(&[tree.0.join(path)]).problems[0].is_error();
    assert_eq!((severity("other"), severity("other/site.yml")), (false, true));
    assert_eq!(tree.load(&["none"]).1, ["none CAT006"]);
    assert_eq!(tree.load(&["gone.kql"]).1, ["gone.kql CAT001"]);
    assert_eq!(tree.load(&["gone"]).1, ["gone CAT001"]);
}

#[test]
fn an_id_is_given_once() {
    let tree = Tree::new(
        "ids",
        &[("a.yml", RULE.as_bytes()), ("b.yml", RULE.as_bytes()), ("x/q.kql", b"T"), ("y/q.kql", b"U")],
    );
    let (ids, problems) = tree.load(&[""]);
    assert_eq!(ids, ["ID", "q", "y/q"]);
    assert_eq!(problems, ["b.yml CAT009", "y/q.kql CAT010"]);
    assert_eq!(tree.load(&["a.yml", "x", "x/q.kql", "a.yml"]), (vec!["ID".into(), "q".into()], vec![]));
}

#[test]
fn what_is_built_in_has_no_fault() {
    let loaded = crate::builtin();
    let said: Vec<_> = loaded.problems.iter().map(|problem| (problem.source.name(), &problem.diagnostic)).collect();
    assert!(said.is_empty(), "{said:?}");
}
