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

/// Ends what unpacks to more than any log does.
pub struct Guarded<R> {
    inner: R,
    taken: Rc<Cell<u64>>,
    packed: Option<u64>,
    given: u64,
}

impl<R> Guarded<R> {
    pub fn new(inner: R, taken: Rc<Cell<u64>>, packed: Option<u64>) -> Self {
        Guarded { inner, taken, packed, given: 0 }
    }
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.given += read as u64;
        let packed = self.packed.unwrap_or_else(|| self.taken.get());
        if self.given > FLOOR && self.given / RATIO > packed {
            let what = format!("it unpacks to more than {RATIO} times its size, which no log does");
            return Err(io::Error::other(format!(
                "{what}; what lies behind the first {} GiB is not read",
                FLOOR >> 30
            )));
        }
        Ok(read)
    }
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
                self.problem.get_or_init(|| error.to_string());
                Ok(0)
            }
            outcome => outcome,
        }
    }
}
