//! The package that `trapline new` writes: small, whole, and with tests that pass, to be changed piece by piece.

use std::fs;
use std::io;
use std::path::Path;

/// Path in the package, and text, in which `{id}`, `{title}` and `{date}` are filled in.
const FILES: [(&str, &str); 13] = [
    ("detection.toml", include_str!("../template/detection.toml")),
    ("query.kql", include_str!("../template/query.kql")),
    ("query.aql", include_str!("../template/query.aql")),
    ("rule.yml", include_str!("../template/rule.yml")),
    ("playbook.md", include_str!("../template/playbook.md")),
    ("guide.md", include_str!("../template/guide.md")),
    ("exceptions.toml", include_str!("../template/exceptions.toml")),
    ("tests/download.toml", include_str!("../template/tests/download.toml")),
    ("tests/download.ndjson", include_str!("../template/tests/download.ndjson")),
    ("tests/certificate-list.toml", include_str!("../template/tests/certificate-list.toml")),
    ("tests/certificate-list.ndjson", include_str!("../template/tests/certificate-list.ndjson")),
    ("tests/no-address.toml", include_str!("../template/tests/no-address.toml")),
    ("tests/no-address.ndjson", include_str!("../template/tests/no-address.ndjson")),
];

/// Whether a text can be the id of a package: lower-case letters, digits and hyphens, as its folder is named.
pub fn is_id(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(is_part)
}

/// Writes the package into a folder, which is made; `date` is `2026-01-31`.
pub fn write(folder: &Path, id: &str, date: &str) -> io::Result<()> {
    let title = title(id);
    fs::create_dir_all(folder.join("tests"))?;
    for (name, text) in FILES {
        let text = text.replace("{id}", id).replace("{title}", &title).replace("{date}", date);
        fs::write(folder.join(name), text)?;
    }
    Ok(())
}

/// `malicious-link` is `Malicious Link`.
fn title(id: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
    };
    id.split('-').filter(|part| !part.is_empty()).map(word).collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_made_of_an_id() {
        assert_eq!(title("malicious-link-2"), "Malicious Link 2");
        assert!(is_id("a-1") && !is_id("A") && !is_id("1a") && !is_id("") && !is_id("a/b"));
    }

    #[test]
    fn what_is_written_is_a_package_without_problems() {
        let folder = std::env::temp_dir().join(format!("trapline-template-{}", std::process::id()));
        write(&folder, "some-tool", "2026-01-31").unwrap();
        let loaded = crate::load(std::slice::from_ref(&folder));
        fs::remove_dir_all(&folder).unwrap();
        assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
        let detection = &loaded.detections[0];
        assert_eq!((detection.id.as_str(), detection.variants.len()), ("some-tool", 3));
        assert_eq!(detection.package.as_ref().unwrap().tests.len(), 3);
    }
}
