//! The header of a page: what stands in it and how long it is, read from Thrift's compact protocol.

/// Structures of a header lie this deep in one another.
const DEEPEST: u32 = 4;
/// A header has no more fields.
const FIELDS: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Data,
    Dictionary,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub kind: Kind,
    pub unpacked: usize,
    pub packed: usize,
    pub values: usize,
    pub encoding: i64,
    /// How a data page says which rows have no value.
    pub levels: i64,
}

/// What is read of a value.
enum Value {
    Number(i64),
    Fields(Vec<(i64, Value)>),
    /// Nothing that is asked for.
    Passed,
}

impl Header {
    /// The header at the begin of some bytes, and how long it is; `None` also where it is of a page that is read otherwise.
    pub fn read(bytes: &[u8]) -> Option<(Header, usize)> {
        let mut cursor = Cursor { bytes, at: 0 };
        let fields = cursor.fields(DEEPEST)?;
        let (kind, about, encoding, levels) = match number(&fields, 1)? {
            0 => (Kind::Data, 5, 2, Some(3)),
            2 => (Kind::Dictionary, 7, 2, None),
            _ => return None,
        };
        let about = fields.iter().find_map(|(id, value)| match value {
            Value::Fields(fields) if *id == about => Some(fields),
            _ => None,
        })?;
        let size = |number: i64| usize::try_from(number).ok();
        let header = Header {
            kind,
            unpacked: size(number(&fields, 2)?)?,
            packed: size(number(&fields, 3)?)?,
            values: size(number(about, 1)?)?,
            encoding: number(about, encoding)?,
            levels: levels.map_or(Some(0), |levels| number(about, levels))?,
        };
        Some((header, cursor.at))
    }
}

fn number(fields: &[(i64, Value)], wanted: i64) -> Option<i64> {
    fields.iter().find_map(|(id, value)| match value {
        Value::Number(number) if *id == wanted => Some(*number),
        _ => None,
    })
}

struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Cursor<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut all = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            all |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(all);
            }
        }
        None
    }

    /// A number whose sign is its last bit.
    fn number(&mut self) -> Option<i64> {
        let folded = self.varint()?;
        let half = i64::try_from(folded >> 1).ok()?;
        Some(if folded & 1 == 1 { !half } else { half })
    }

    fn pass(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count).filter(|at| *at <= self.bytes.len())?;
        Some(())
    }

    fn fields(&mut self, deepest: u32) -> Option<Vec<(i64, Value)>> {
        let deeper = deepest.checked_sub(1)?;
        let (mut fields, mut id) = (Vec::new(), 0_i64);
        while fields.len() < FIELDS {
            let byte = self.byte()?;
            if byte == 0 {
                return Some(fields);
            }
            id = match i64::from(byte >> 4) {
                0 => self.number()?,
                more => id.checked_add(more)?,
            };
            let value = match byte & 0x0F {
                1 | 2 => Value::Passed,
                3 => {
                    self.pass(1)?;
                    Value::Passed
                }
                4..=6 => Value::Number(self.number()?),
                7 => {
                    self.pass(8)?;
                    Value::Passed
                }
                8 => {
                    let length = usize::try_from(self.varint()?).ok()?;
                    self.pass(length)?;
                    Value::Passed
                }
                12 => Value::Fields(self.fields(deeper)?),
                _ => return None,
            };
            fields.push((id, value));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_what_its_page_is() {
        // 1: 0, 2: 300, 3: 150, 5: {1: 100, 2: 8, 3: 3, 4: 3, 5: {1: "ab"}}
        let bytes = [
            0x15, 0x00, 0x15, 0xD8, 0x04, 0x15, 0xAC, 0x02, 0x2C, 0x15, 0xC8, 0x01, 0x15, 0x10, 0x15, 0x06, 0x15, 0x06,
            0x1C, 0x18, 0x02, b'a', b'b', 0x00, 0x00, 0x00, 0xFF,
        ];
        let header = Header { kind: Kind::Data, unpacked: 300, packed: 150, values: 100, encoding: 8, levels: 3 };
        assert_eq!(Header::read(&bytes), Some((header, 26)));
        for end in 0..26 {
            assert_eq!(Header::read(&bytes[..end]), None, "{end}");
        }
    }

    #[test]
    fn what_lies_too_deep_is_none() {
        assert_eq!(Header::read(&[0x1C; 1000]), None);
    }
}
