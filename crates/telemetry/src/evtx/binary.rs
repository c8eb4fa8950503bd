//! Binary XML: a record's fields straight from its bytes, without the text between.
//!
//! A record is an instance of a template: the values, and where the chunk holds the template that they fill. A template is
//! translated once into a [`Program`], the few steps that take wanted values to a row; values that nobody wants are never
//! looked at. What these steps give is what [`crate::shape::xml`] reads in the record's text, and where that would take more
//! than they know, a record is left to it.

mod definition;
mod program;
mod value;

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::rc::Rc;

use foldhash::fast::RandomState;
use functions::several;

use self::program::{Op, Place, Program, Text};
use self::value::{ARRAY, BINARY_XML, NULL, Value};
use super::layout::Record;
use super::{from_filetime, u32_at};
use crate::event::System;
use crate::row::Row;
use crate::row::shipped::Whose;
use crate::text::Kind;

/// How many bytes of templates are remembered before a worker starts anew.
const REMEMBERED: usize = 16 << 20;
/// What the records of a chunk may cost: their steps, and the bytes of their texts and templates. Real ones cost a quarter of a
/// megabyte, but templates can repeat values, and each other, without an end.
const CHUNK_COST: usize = 8 << 20;
const STEP_COST: usize = 8;
/// How many templates are known by where they stand and by their bytes.
const LAST: usize = 16;
/// How many values one record may have, and how deep instances may nest within it.
const VALUES: usize = 4096;
const DEPTH: usize = 4;

/// Which names elements and attributes may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Those that any XML may have.
    Plain,
    /// Any, for records that nobody else can read: a name that is damaged costs its own field, and not the event.
    Any,
}

/// What a worker knows of templates. Good for one [`Row`] alone.
pub struct Binary {
    /// By a template's place and what it says. `None` for those that are beyond the steps.
    programs: HashMap<Vec<u8>, Option<Rc<Program>>, RandomState>,
    remembered: usize,
    /// The templates of this chunk by where they stand.
    chunk: Vec<(u32, Place, Option<Rc<Program>>)>,
    /// Templates of the last chunks that say all of themselves: where they stood, and their bytes. Windows begins every chunk with
    /// the same few.
    last: VecDeque<(Again, Vec<u8>, Rc<Program>)>,
    names: Names,
    /// What its records may still cost.
    left: usize,
    values: Vec<Value>,
    key: Vec<u8>,
    text: String,
    /// The texts of EventData without a name.
    nameless: Option<String>,
}

/// Where a template stands, and how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Again {
    definition: u32,
    place: Place,
    names: Names,
}

impl Default for Binary {
    fn default() -> Self {
        Binary {
            programs: HashMap::default(),
            remembered: 0,
            chunk: Vec::new(),
            last: VecDeque::new(),
            names: Names::Plain,
            left: 0,
            values: Vec::new(),
            key: Vec::new(),
            text: String::new(),
            nameless: None,
        }
    }
}

impl Binary {
    /// A new chunk begins.
    pub fn begin(&mut self) {
        self.chunk.clear();
        self.left = CHUNK_COST;
        if self.remembered > REMEMBERED {
            self.programs.clear();
            self.remembered = 0;
        }
    }

    /// Reads a record into the row. `None` where it is to be read as text; nothing is known of the row then.
    pub fn read(&mut self, chunk: &[u8], record: &Record, names: Names, row: &mut Row) -> Option<()> {
        row.clear();
        if self.left == 0 {
            return None;
        }
        if self.names != names {
            self.chunk.clear();
            self.names = names;
        }
        self.values.clear();
        self.nameless = None;
        self.instance(chunk, record.start..record.end, Place::Top, row, 0)?;
        (row.is_event() || names == Names::Any).then_some(())
    }

    /// Reads the one instance that these bytes of the chunk hold.
    fn instance(&mut self, chunk: &[u8], bytes: Range<usize>, place: Place, row: &mut Row, depth: usize) -> Option<()> {
        let chunk_to_end = chunk.get(..bytes.end)?;
        let mut at = bytes.start;
        // The header of a fragment, then the token of an instance.
        if chunk_to_end.get(at)? == &0x0f {
            at += 4;
        }
        if depth > DEPTH || chunk_to_end.get(at)? != &0x0c {
            return None;
        }
        let definition = u32_at(chunk_to_end, at + 6)?;
        at += 10;
        if usize::try_from(definition).ok()? == at {
            let size = usize::try_from(u32_at(chunk_to_end, at + 20)?).ok()?;
            at = at.checked_add(24)?.checked_add(size)?;
        }
        let first = self.values.len();
        at = self.read_values(chunk_to_end, at)?;
        // Nothing may follow but the token that ends it.
        if !matches!(chunk_to_end.get(at..)?, [] | [0, ..]) {
            return None;
        }
        let program = self.program(chunk, definition, place, row)?;
        let outcome = self.run(chunk, &program, first, row, depth);
        self.values.truncate(first);
        outcome
    }

    /// Reads an instance's table of values, and gives where it ends.
    fn read_values(&mut self, chunk: &[u8], at: usize) -> Option<usize> {
        let count = usize::try_from(u32_at(chunk, at)?).ok()?;
        if self.values.len() + count > VALUES {
            return None;
        }
        let table = at + 4;
        let mut start = table + 4 * count;
        for entry in chunk.get(table..start)?.chunks_exact(4) {
            let &[low, high, kind, _] = entry else { return None };
            let end = start + usize::from(u16::from_le_bytes([low, high]));
            self.values.push(Value { kind, start, end });
            start = end;
        }
        (start <= chunk.len()).then_some(start)
    }

    /// The program of the template that stands there.
    fn program(&mut self, chunk: &[u8], definition: u32, place: Place, row: &mut Row) -> Option<Rc<Program>> {
        let known = self.chunk.iter().find(|(at, of, _)| *at == definition && *of == place);
        if let Some((_, _, program)) = known {
            return program.clone();
        }
        let bytes = definition::bytes(chunk, usize::try_from(definition).ok()?)?;
        let again = Again { definition, place, names: self.names };
        let program = match self.again(&again, chunk.get(bytes.clone())?) {
            Some(program) => Some(program),
            None => self.translated(chunk, bytes, again, row)?,
        };
        self.chunk.push((definition, place, program.clone()));
        program
    }

    /// The program of the template that stood there in another chunk, if it is the same and says all of itself.
    fn again(&self, again: &Again, bytes: &[u8]) -> Option<Rc<Program>> {
        let (_, _, program) = self.last.iter().find(|(known, raw, _)| known == again && raw == bytes)?;
        Some(program.clone())
    }

    fn translated(
        &mut self,
        chunk: &[u8],
        bytes: Range<usize>,
        again: Again,
        row: &mut Row,
    ) -> Option<Option<Rc<Program>>> {
        self.key.clear();
        self.key.extend_from_slice(&[again.place as u8, again.names as u8]);
        let is_whole = definition::write(chunk, bytes.clone(), &mut self.key);
        self.spend(self.key.len())?;
        let Some(is_whole) = is_whole else { return Some(None) };
        let program = match self.programs.get(&self.key) {
            Some(program) => program.clone(),
            None => {
                let program = Program::new(self.key.get(2..)?, again.place, again.names, row).map(Rc::new);
                let ops = program.as_ref().map_or(0, |program| program.ops.len());
                self.remembered += 2 * self.key.len() + ops * size_of::<Op>();
                self.programs.insert(self.key.clone(), program.clone());
                program
            }
        };
        if is_whole && let Some(program) = &program {
            if self.last.len() >= LAST {
                self.last.pop_front();
            }
            self.last.push_back((again, chunk.get(bytes)?.to_vec(), program.clone()));
        }
        Some(program)
    }

    fn run(&mut self, chunk: &[u8], program: &Program, first: usize, row: &mut Row, depth: usize) -> Option<()> {
        let mut next = 0;
        while let Some(op) = program.ops.get(next) {
            next += 1;
            self.spend(STEP_COST)?;
            match op {
                Op::SkipIfNull { slot, to } => {
                    if self.value(first, *slot).is_some_and(|value| value.kind == NULL) {
                        next = *to;
                    }
                }
                Op::System { field, text, is_attribute } => {
                    // An attribute that holds nothing is not there.
                    if !*is_attribute || self.is_there(chunk, text, first) {
                        self.set(chunk, *field, text, first, row)?;
                    }
                }
                Op::Field { field, name, text, is_own } => {
                    if *is_own {
                        self.end_nameless(row);
                    }
                    self.push_text(chunk, text, first)?;
                    // Converters to JSON write null for an element of its own name that holds nothing.
                    let kind = if *is_own && self.text.is_empty() { Kind::Null } else { Kind::Scalar };
                    row.set_field(*field, name, &self.text, kind, Whose::Event);
                }
                Op::Nameless { text } => self.push_nameless(chunk, text, first)?,
                Op::EndData => self.end_nameless(row),
                Op::Content { slot, place } => {
                    let Some(value) = self.value(first, *slot) else { continue };
                    match value.kind {
                        _ if value.kind == NULL || value.start == value.end => {}
                        BINARY_XML => self.instance(chunk, value.start..value.end, *place, row, depth + 1)?,
                        // A text between the fields is theirs to judge who read it as text.
                        _ => return None,
                    }
                }
            }
        }
        Some(())
    }

    /// Sets a system field, a number or a time without its text.
    fn set(&mut self, chunk: &[u8], field: System, text: &Text, first: usize, row: &mut Row) -> Option<()> {
        if let Text::Slot(slot) = text
            && let Some(value) = self.value(first, *slot)
        {
            if field.is_number()
                && let Some(number) = value.number(chunk)
            {
                row.set_number(field, Some(number));
                return Some(());
            }
            if field == System::Time
                && let Some(filetime) = value.filetime(chunk)
            {
                row.set_ticks(from_filetime(filetime)?);
                return Some(());
            }
        }
        self.push_text(chunk, text, first)?;
        row.set(field, &self.text);
        Some(())
    }

    fn value(&self, first: usize, slot: u16) -> Option<Value> {
        self.values.get(first + usize::from(slot)).copied()
    }

    /// Whether anything is left of an attribute's parts.
    fn is_there(&self, chunk: &[u8], text: &Text, first: usize) -> bool {
        match text {
            Text::Literal(literal) => !literal.is_empty(),
            Text::Parts(_) => true,
            Text::Slot(slot) => self.value(first, *slot).is_some_and(|value| !value.is_nothing(chunk)),
        }
    }

    /// Replaces the scratch by a text.
    fn push_text(&mut self, chunk: &[u8], text: &Text, first: usize) -> Option<()> {
        self.text.clear();
        match text {
            Text::Parts(parts) => parts.iter().try_for_each(|part| self.push_part(chunk, part, first))?,
            text => self.push_part(chunk, text, first)?,
        }
        self.spend(self.text.len())
    }

    fn push_part(&mut self, chunk: &[u8], part: &Text, first: usize) -> Option<()> {
        match part {
            Text::Literal(literal) => self.text.push_str(literal),
            Text::Slot(slot) => {
                if let Some(value) = self.value(first, *slot) {
                    value.push_text(chunk, &mut self.text)?;
                }
            }
            Text::Parts(_) => return None,
        }
        Some(())
    }

    /// Once too much was wanted, nothing is left: else every further record would try again what it cannot have.
    fn spend(&mut self, cost: usize) -> Option<()> {
        let left = self.left.checked_sub(cost);
        self.left = left.unwrap_or(0);
        left.map(|_| ())
    }

    /// An element without a name; a list in it is as many elements.
    fn push_nameless(&mut self, chunk: &[u8], text: &Text, first: usize) -> Option<()> {
        let list = match text {
            Text::Slot(slot) => self.value(first, *slot).filter(|value| value.kind == ARRAY),
            _ => None,
        };
        match list {
            Some(list) => {
                self.spend(list.end - list.start)?;
                self.text.clear();
                list.push_items(chunk, &mut self.text)?;
            }
            None => self.push_text(chunk, text, first)?,
        }
        match &mut self.nameless {
            None => self.nameless = Some(self.text.clone()),
            Some(texts) => several::add(texts, &self.text),
        }
        Some(())
    }

    /// The texts without a name are together where the last of them is.
    fn end_nameless(&mut self, row: &mut Row) {
        if let Some(texts) = self.nameless.take() {
            row.set_data("Data", &texts, Kind::List, Whose::Event);
        }
    }
}
