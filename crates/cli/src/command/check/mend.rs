//! Mending: the fixes of diagnostics written into the files, each file whole or not at all.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use lint::fix;

use super::Checked;

/// One fix may make room for the next; each round checks all anew.
const MOST_ROUNDS: usize = 32;

/// Mends until nothing is left to mend, and leaves what is said of the files then. Gives the number of faults mended.
pub(super) fn in_rounds(checked: &mut Checked, check: impl Fn() -> Result<Checked>) -> Result<usize> {
    let mut all = 0;
    for _ in 0..MOST_ROUNDS {
        let mut count = 0;
        for (source, said) in &checked.told {
            if let Some((text, mended)) = fix::mended(source.text(), said) {
                replace(Path::new(source.name()), source.text(), &text)?;
                count += mended;
            }
        }
        if count == 0 {
            break;
        }
        all += count;
        *checked = check()?;
    }
    Ok(all)
}

/// A file gets another text, if its text is still the one that was checked.
fn replace(path: &Path, from: &str, to: &str) -> Result<()> {
    let told = || format!("{} cannot be mended", path.display());
    if path.is_symlink() {
        bail!("{} is a link: mend the file that it leads to", path.display());
    }
    if fs::read(path).with_context(told)? != from.as_bytes() {
        bail!("{} has changed meanwhile: nothing was written to it", path.display());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(told)?;
    file.write_all(to.as_bytes()).with_context(told)?;
    file.as_file().set_permissions(fs::metadata(path).with_context(told)?.permissions()).with_context(told)?;
    file.as_file().sync_all().with_context(told)?;
    file.persist(path).with_context(told)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_has_changed_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("q.kql");
        fs::write(&path, "new").unwrap();
        assert!(replace(&path, "old", "mended").unwrap_err().to_string().contains("has changed meanwhile"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        replace(&path, "new", "mended").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "mended");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
