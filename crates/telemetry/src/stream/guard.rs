//! Guards of a stream: how much was taken, a bound on what that may unpack to, and an end in place of an error.

use std::cell::{Cell, OnceCell};
use std::io::{self, Read};
use std::rc::Rc;

/// What any source may unpack to. Behind that, so many times its own size: the entropy of record numbers, times and
/// checksums keeps logs below 200, even those of one event over and over; bombs begin at 1,000.
const FLOOR: u64 = 1 << 30;
const RATIO: u64 = 400;

/// Counts what is taken from the source.
pub struct Counted<R> {
    pub inner: R,
    pub taken: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.taken.set(self.taken.get() + read as u64);
        Ok(read)
    }
}

/// What all members of one zip may unpack to together: there may be many of them, and all of the same bytes.
#[derive(Debug, Clone)]
pub struct Budget {
    /// The length of the zip.
    packed: u64,
    given: Rc<Cell<u64>>,
}

impl Budget {
    pub fn new(packed: u64) -> Self {
        Budget { packed, given: Rc::default() }
    }

    /// Whether so much more is too much.
    fn ends_with(&self, more: usize) -> bool {
        self.given.set(self.given.get() + more as u64);
        is_too_much(self.given.get(), self.packed)
    }
}

/// Ends what unpacks to more than any log does.
pub struct Guarded<R> {
    inner: R,
    taken: Rc<Cell<u64>>,
    packed: Option<u64>,
    budget: Option<Budget>,
    given: u64,
}

impl<R> Guarded<R> {
    pub fn new(inner: R, taken: Rc<Cell<u64>>, packed: Option<u64>, budget: Option<Budget>) -> Self {
        Guarded { inner, taken, packed, budget, given: 0 }
    }
}

fn is_too_much(given: u64, packed: u64) -> bool {
    given > FLOOR && given / RATIO > packed
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.given += read as u64;
        let packed = self.packed.unwrap_or_else(|| self.taken.get());
        if self.budget.as_ref().is_some_and(|budget| budget.ends_with(read)) {
            let what = format!("its zip unpacks to more than {RATIO} times its size, which no zip of logs does");
            return Err(refused(format!("{what}; the rest of the zip is not read")));
        }
        if is_too_much(self.given, packed) {
            let what = format!("it unpacks to more than {RATIO} times its size, which no log does");
            return Err(refused(format!("{what}; what lies behind the first {} GiB is not read", FLOOR >> 30)));
        }
        Ok(read)
    }
}

fn refused(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, reason)
}

/// Ends where the inner reader fails, so that what came before is read like a file that was cut short.
pub struct Whole<R> {
    pub inner: R,
    pub problem: Rc<OnceCell<String>>,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.problem.get().is_some() {
            return Ok(0);
        }
        match self.inner.read(buffer) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.problem.get_or_init(|| reason(&error));
                Ok(0)
            }
            outcome => outcome,
        }
    }
}

/// A packing that is damaged says so late: what it gave before may be something else already.
fn reason(error: &io::Error) -> String {
    let said = error.to_string();
    let is_damaged = ["checksum", "corrupt"].iter().any(|word| said.to_ascii_lowercase().contains(word));
    match is_damaged {
        true => format!("{said}: it is damaged, so that what was read of it may be garbled"),
        false => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_a_zip_have_one_budget() {
        let budget = Budget::new(1 << 20);
        // Each by itself is what a log may be.
        let member = || {
            let source = io::repeat(0).take(600 << 20);
            let mut member = Guarded::new(source, Rc::default(), Some(2 << 20), Some(budget.clone()));
            io::copy(&mut member, &mut io::sink()).map_err(|error| error.to_string())
        };
        assert_eq!(member(), Ok(600 << 20));
        let refused = [member(), member()].map(|outcome| outcome.unwrap_err());
        let said = "its zip unpacks to more than 400 times its size, which no zip of logs does; the rest of the zip is not read";
        assert_eq!(refused, [said, said]);
        assert_eq!(budget.given.get() >> 20, 1024, "the last one gave nothing");
    }
}
