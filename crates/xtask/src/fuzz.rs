//! The fuzzer: mutated texts through lexer, parser and binder of a language, in this process. What panics, or takes longer than
//! any text should, is written to `target/fuzz` and told; what ends the process (a stack that overflows) leaves its text there.

mod corpus;
mod front;
mod mutation;

use std::fs;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};

use self::corpus::Corpus;
use self::front::Front;
use self::mutation::mutated;
use crate::dice::Dice;

const USAGE: &str = "usage: cargo run -p xtask -- fuzz kql|aql|sigma [--minutes N] [--seed S]";
/// As the program's own.
const STACK: usize = 256 << 20;
const SLOW: Duration = Duration::from_secs(2);
/// How many faults are enough to stop.
const ENOUGH: usize = 20;

pub fn run(arguments: &[String]) -> Result<()> {
    let (language, minutes, seed) = request(arguments)?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/fuzz");
    fs::create_dir_all(&folder)?;
    let front = Front::of(&language).ok_or_else(|| anyhow!(USAGE))?;
    let corpus = Corpus::of(&language, seed)?;
    let now = Arc::new(Mutex::new(None));
    let watched = now.clone();
    let kept = folder.join(format!("{language}-slow.txt"));
    // A text that never ends is told by a second thread, as the first cannot.
    thread::spawn(move || watch(&watched, &kept));
    panic::set_hook(Box::new(|_| {}));
    let fuzzer =
        Fuzzer { language, front, corpus, now, folder, until: Instant::now() + Duration::from_secs(60 * minutes) };
    let worker = thread::Builder::new().stack_size(STACK).spawn(move || fuzzer.run(seed))?;
    let faults = worker.join().map_err(|_| anyhow!("the fuzzer itself failed"))??;
    if faults > 0 {
        bail!("{faults} faults");
    }
    Ok(())
}

fn request(arguments: &[String]) -> Result<(String, u64, u64)> {
    let (mut minutes, mut seed) = (1, 1);
    let mut words = arguments.iter();
    let language = words.next().cloned().ok_or_else(|| anyhow!(USAGE))?;
    while let Some(word) = words.next() {
        let place = match word.as_str() {
            "--minutes" => &mut minutes,
            "--seed" => &mut seed,
            _ => bail!(USAGE),
        };
        *place = words.next().and_then(|number| number.parse().ok()).ok_or_else(|| anyhow!(USAGE))?;
    }
    Ok((language, minutes, seed))
}

/// The text that is run, and since when.
type Now = Arc<Mutex<Option<(Instant, Arc<str>)>>>;

fn watch(now: &Now, kept: &Path) {
    let mut told: Option<Instant> = None;
    loop {
        thread::sleep(Duration::from_millis(250));
        let current = now.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((since, text)) = current.filter(|(since, _)| since.elapsed() > SLOW && told != Some(*since)) {
            told = Some(since);
            let saved = fs::write(kept, text.as_bytes()).is_ok();
            tell(&format!("slow: still running after {SLOW:?}{}", if saved { ", see target/fuzz" } else { "" }));
        }
    }
}

struct Fuzzer {
    language: String,
    front: Front,
    corpus: Corpus,
    now: Now,
    folder: PathBuf,
    until: Instant,
}

impl Fuzzer {
    fn run(self, seed: u64) -> Result<usize> {
        let (mut runs, mut faults, mut bound) = (0_u64, 0, 0_u64);
        let last = self.folder.join(format!("{}-last.txt", self.language));
        while Instant::now() < self.until && faults < ENOUGH {
            let mut dice = Dice::numbered(seed, runs);
            runs += 1;
            let text: Arc<str> = mutated(&self.corpus, &mut dice).into();
            fs::write(&last, text.as_bytes())?;
            let begun = Instant::now();
            self.note(Some((begun, text.clone())));
            let outcome = panic::catch_unwind(AssertUnwindSafe(|| self.front.run(&text)));
            self.note(None);
            let fault = match outcome {
                Ok(is_bound) => {
                    bound += u64::from(is_bound);
                    (begun.elapsed() > SLOW).then(|| format!("slow: {:?}", begun.elapsed()))
                }
                Err(panic) => {
                    let said = panic.downcast_ref::<String>().map(String::as_str);
                    Some(format!("panic: {}", said.or(panic.downcast_ref::<&str>().copied()).unwrap_or("?")))
                }
            };
            if let Some(fault) = fault {
                faults += 1;
                let kept = self.folder.join(format!("{}-{faults}.txt", self.language));
                fs::write(&kept, text.as_bytes())?;
                tell(&format!("{fault}\n  {}", kept.display()));
            }
        }
        tell(&format!("{runs} texts, {bound} of them bound without an error, {faults} faults"));
        Ok(faults)
    }

    fn note(&self, running: Option<(Instant, Arc<str>)>) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = running;
    }
}

fn tell(text: &str) {
    // Where nobody listens, nobody is told.
    let _ = writeln!(io::stdout(), "{text}");
}
