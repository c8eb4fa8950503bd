//! Content: what a log is, whatever it is called, by the hash of its bytes.

use std::fs::File;
use std::io::{self, BufReader, Read};

use zip::ZipArchive;

use crate::evidence;

const BLOCK: usize = 1 << 20;

/// The BLAKE3 of a log and its length. Of a member of a zip that cannot be unpacked to its end, those of what can be.
pub fn of(log: &evidence::File) -> io::Result<(String, u64)> {
    let file = File::open(&log.path)?;
    let Some(member) = log.member else {
        let (hash, bytes, outcome) = hash(file);
        return outcome.map(|()| (hash, bytes));
    };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| io::Error::other(error.to_string()))?;
    let member = archive.by_index(member).map_err(|error| io::Error::other(error.to_string()))?;
    let (hash, bytes, _) = hash(member);
    Ok((hash, bytes))
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
