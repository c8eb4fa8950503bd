//! Tokens: binary XML as it is written into a chunk.

use std::collections::HashMap;

/// How the value of an attribute is written.
pub type Write<'a> = &'a dyn Fn(&mut Tokens);

/// The bytes of a chunk so far, and where each of its names stands.
#[derive(Debug, Clone)]
pub struct Tokens {
    bytes: Vec<u8>,
    names: HashMap<String, u32>,
    buckets: [u32; 64],
}

impl Tokens {
    /// With room before them.
    pub fn new(room: usize) -> Self {
        Tokens { bytes: vec![0; room], names: HashMap::new(), buckets: [0; 64] }
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes, and where the chains of names of equal hashes begin.
    pub fn finish(self) -> (Vec<u8>, [u32; 64]) {
        (self.bytes, self.buckets)
    }

    /// An element of a template.
    pub fn element(&mut self, name: &str, attributes: &[(&str, Write<'_>)], inside: impl FnOnce(&mut Self)) {
        self.dependent(name, u16::MAX, attributes, inside);
    }

    /// An element that is left out where the value of this number is null.
    pub fn dependent(
        &mut self,
        name: &str,
        slot: u16,
        attributes: &[(&str, Write<'_>)],
        inside: impl FnOnce(&mut Self),
    ) {
        self.tag(name, slot, attributes, |tokens| {
            tokens.byte(0x02);
            inside(tokens);
            tokens.byte(0x04);
        });
    }

    pub fn empty(&mut self, name: &str, attributes: &[(&str, Write<'_>)]) {
        self.tag(name, u16::MAX, attributes, |tokens| tokens.byte(0x03));
    }

    fn tag(&mut self, name: &str, slot: u16, attributes: &[(&str, Write<'_>)], rest: impl FnOnce(&mut Self)) {
        self.byte(if attributes.is_empty() { 0x01 } else { 0x41 });
        self.bytes(&slot.to_le_bytes());
        let size_at = self.len();
        self.u32(0);
        self.name(name);
        if !attributes.is_empty() {
            let list_at = self.len();
            self.u32(0);
            for (place, (name, value)) in attributes.iter().enumerate() {
                self.byte(if place + 1 < attributes.len() { 0x46 } else { 0x06 });
                self.name(name);
                value(self);
            }
            self.patch(list_at, self.len() - list_at - 4);
        }
        rest(self);
        self.patch(size_at, self.len() - size_at - 4);
    }

    /// A name stands where it is first used; later uses point there. Chains of equal hashes start in the chunk's header.
    fn name(&mut self, name: &str) {
        if let Some(offset) = self.names.get(name) {
            let offset = *offset;
            return self.bytes(&offset.to_le_bytes());
        }
        let offset = u32::try_from(self.len() + 4).unwrap_or(u32::MAX);
        self.bytes(&offset.to_le_bytes());
        let units: Vec<u16> = name.encode_utf16().collect();
        let hash = units.iter().fold(0_u32, |hash, unit| hash.wrapping_mul(65_599).wrapping_add(u32::from(*unit)));
        let hash = (hash & 0xffff) as u16;
        let next = match self.buckets.get_mut(usize::from(hash % 64)) {
            Some(bucket) => std::mem::replace(bucket, offset),
            None => 0,
        };
        self.bytes(&next.to_le_bytes());
        self.bytes(&hash.to_le_bytes());
        self.units(&units);
        self.bytes(&[0, 0]);
        self.names.insert(name.to_owned(), offset);
    }

    pub fn text(&mut self, text: &str) {
        let units: Vec<u16> = text.encode_utf16().take(usize::from(u16::MAX)).collect();
        self.bytes(&[0x05, 0x01]);
        self.units(&units);
    }

    fn units(&mut self, units: &[u16]) {
        self.bytes(&u16::try_from(units.len()).unwrap_or(u16::MAX).to_le_bytes());
        for unit in units {
            self.bytes(&unit.to_le_bytes());
        }
    }

    /// The place of a value of this type.
    pub fn substitution(&mut self, slot: u16, kind: u8) {
        self.byte(0x0d);
        self.bytes(&slot.to_le_bytes());
        self.byte(kind);
    }

    /// The place of a value that is left out where it is null.
    pub fn optional(&mut self, slot: u16, kind: u8) {
        self.byte(0x0e);
        self.bytes(&slot.to_le_bytes());
        self.byte(kind);
    }

    /// The values of an instance, and gives where their table stands. Those that are counted but not given follow.
    pub fn values(&mut self, count: usize, values: &[(u8, Vec<u8>)]) -> usize {
        self.u32(count);
        let table = self.len();
        self.bytes.resize(table + 4 * count, 0);
        for (place, (kind, bytes)) in values.iter().enumerate() {
            self.describe(table, place, bytes.len(), *kind);
            self.bytes(bytes);
        }
        table
    }

    /// Says the size and the type of a value in a table.
    pub fn describe(&mut self, table: usize, place: usize, size: usize, kind: u8) {
        let [low, high] = u16::try_from(size).unwrap_or(u16::MAX).to_le_bytes();
        if let Some(entry) = self.bytes.get_mut(table + 4 * place..table + 4 * place + 4) {
            entry.copy_from_slice(&[low, high, kind, 0]);
        }
    }

    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub fn u32(&mut self, value: usize) {
        self.bytes(&u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes());
    }

    pub fn patch(&mut self, at: usize, value: usize) {
        if let Some(place) = self.bytes.get_mut(at..at + 4) {
            place.copy_from_slice(&u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes());
        }
    }
}
