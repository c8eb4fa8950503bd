//! Content: what a log is, whatever it is called, by the hash of its bytes.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::PathBuf;
use std::rc::Rc;

use crate::evidence;
use crate::stream::{Budget, Guarded};
use crate::zip_file::ZipFile;

const BLOCK: usize = 1 << 20;

/// The BLAKE3 of a log and its length. Of a member of a zip that cannot be unpacked to its end, those of what can be; one that
/// unpacks to more than logs do is refused. `budgets` are those of the zips so far.
pub fn of(log: &evidence::File, budgets: &mut HashMap<PathBuf, Budget>) -> io::Result<(String, u64)> {
    let file = File::open(&log.path)?;
    let Some(member) = log.member else {
        let (hash, bytes, outcome) = hash(file);
        return outcome.map(|()| (hash, bytes));
    };
    let length = file.metadata()?.len();
    let mut archive = ZipFile::open(&log.path)?.archive;
    let member = archive.by_index(member).map_err(|error| io::Error::other(error.to_string()))?;
    let budget = budgets.entry(log.path.clone()).or_insert_with(|| Budget::new(length)).clone();
    let packed = member.compressed_size();
    let (hash, bytes, outcome) = hash(Guarded::new(member, Rc::default(), Some(packed), Some(budget)));
    match outcome {
        Err(error) if error.kind() == ErrorKind::FileTooLarge => Err(error),
        _ => Ok((hash, bytes)),
    }
}

fn hash(mut reader: impl Read) -> (String, u64, io::Result<()>) {
    let mut hasher = blake3::Hasher::new();
    let mut block = vec![0; BLOCK];
    let mut bytes = 0;
    let outcome = loop {
        match reader.read(&mut block) {
            Ok(0) => break Ok(()),
            Ok(read) => {
                hasher.update(block.get(..read).unwrap_or_default());
                bytes += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    (hasher.finalize().to_hex().to_string(), bytes, outcome)
}
