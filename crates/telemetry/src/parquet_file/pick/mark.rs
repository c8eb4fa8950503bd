//! Marking: the rows of a column in which one of some texts stands, told by its pages as they lie there. Of a dictionary each word is
//! looked at once; of other pages all values at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::StringBuilder;
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::RowSelection;
use parquet::basic::Type;

use super::header::{Header, Kind};
use super::pages::Pages;
use super::snappy::Unpacking;
use super::{PLAIN, PLAIN_DICTIONARY, Picker, RLE, RLE_DICTIONARY, runs};
use crate::parquet_file::group::Columns;
use crate::sieve::{AT_ONCE, Batches, Looked, Marked, Place, Sought, Source, says_nothing};
use crate::texts::Stands;

/// Columns whose pages are marked before they are read.
pub struct Marking<'m, 'g> {
    pub columns: Columns<'g>,
    pub picker: &'m mut Picker,
}

impl Source for Marking<'_, '_> {
    fn fits(&self, stands: &Stands) -> bool {
        self.columns.fits(stands)
    }

    fn place(&self, field: &str) -> Place {
        self.columns.place(field)
    }

    fn weight(&self, column: usize) -> u64 {
        self.columns.weight(column)
    }

    fn read(&self, columns: &BTreeSet<usize>, rows: Option<RowSelection>) -> Result<Batches<'_>, String> {
        self.columns.read(columns, rows)
    }

    fn mark(&mut self, column: usize, sought: &[Sought<'_>], rows: Option<&[u32]>) -> Option<Marked> {
        self.picker.mark(&self.columns, column, sought, rows)
    }
}

/// The words of a dictionary, of those that hold what is sought.
struct Words {
    met: Vec<bool>,
    texts: Vec<Option<String>>,
}

/// The rows that are marked, and their texts.
#[derive(Default)]
struct Found {
    rows: Vec<u32>,
    /// As words, as long as all are.
    words: Vec<u32>,
    texts: Option<StringBuilder>,
    /// There are more than are kept.
    is_long: bool,
}

/// How many bytes of texts are kept.
const KEPT: usize = 8 << 20;

impl Picker {
    /// Of all rows of a column, or of some in order, those that hold what is sought; `None` where it is to be read otherwise.
    fn mark(
        &mut self,
        columns: &Columns<'_>,
        column: usize,
        sought: &[Sought<'_>],
        rows: Option<&[u32]>,
    ) -> Option<Marked> {
        let is_text = *columns.schema().fields().get(column)?.data_type() == DataType::Utf8;
        if !is_text || columns.chunk(column)?.column_type() != Type::BYTE_ARRAY {
            return None;
        }
        let (mut pages, may_lack) = Pages::of(columns, column)?;
        let total = columns.rows();
        let (mut found, mut words, mut first) = (Found::default(), None, 0_usize);
        let mut rest = rows;
        while first < total && rest.is_none_or(|rest| !rest.is_empty()) {
            let header = pages.header()?;
            if header.kind == Kind::Dictionary {
                if words.is_some() || first > 0 || header.encoding > PLAIN_DICTIONARY {
                    return None;
                }
                let mut page = pages.begin(&header, &mut self.memory)?;
                words = Some(Words::new(page.rest(0)?, header.values, sought, &mut self.looked)?);
                continue;
            }
            let end = first.checked_add(header.values).filter(|end| *end <= total)?;
            let own = match &mut rest {
                None => None,
                Some(rest) => {
                    let (own, others) = rest.split_at(rest.partition_point(|row| (*row as usize) < end));
                    *rest = others;
                    Some(own)
                }
            };
            let may_hold = match header.encoding {
                PLAIN => true,
                PLAIN_DICTIONARY | RLE_DICTIONARY => words.as_ref()?.met.contains(&true),
                _ => return None,
            };
            // A row without a value has no word.
            let is_lacking = may_lack && sought.iter().any(|sought| sought.or_lacking);
            if !may_hold && !is_lacking || own.is_some_and(<[u32]>::is_empty) {
                pages.pass(&header)?;
                first = end;
                continue;
            }
            let page = pages.begin(&header, &mut self.memory)?;
            match header.encoding {
                PLAIN => {
                    found.spell(words.as_ref())?;
                    let mut values = Values { sought, looked: &mut self.looked, folded: &mut self.folded };
                    values.mark(page, &header, may_lack, (first, own), &mut found)?;
                }
                PLAIN_DICTIONARY | RLE_DICTIONARY => {
                    words.as_ref()?.mark(page, &header, may_lack, (first, own), &mut found)?;
                }
                _ => return None,
            }
            first = end;
        }
        let Found { rows, texts, is_long, .. } = found;
        let texts = texts.filter(|_| !is_long);
        Some(Marked { rows, texts: texts.map(|mut texts| Arc::new(texts.finish()) as _) })
    }
}

impl Found {
    /// From here on texts are kept: they are costlier to come by a second time.
    fn spell(&mut self, words: Option<&Words>) -> Option<()> {
        if self.texts.is_none() {
            let mut texts = StringBuilder::new();
            for word in std::mem::take(&mut self.words) {
                texts.append_value(words?.texts.get(word as usize)?.as_ref()?);
                self.is_long |= texts.values_slice().len() > KEPT;
                if self.is_long {
                    break;
                }
            }
            self.texts = Some(texts);
        }
        Some(())
    }

    /// Keeps the text of a row that is marked, as long as there are few.
    fn keep(&mut self, text: &str) {
        if let Some(texts) = self.texts.as_mut().filter(|_| !self.is_long) {
            texts.append_value(text);
            self.is_long = texts.values_slice().len() > KEPT;
            if self.is_long {
                *texts = StringBuilder::new();
            }
        }
    }
}

impl Words {
    fn new(page: &[u8], count: usize, sought: &[Sought<'_>], looked: &mut Looked) -> Option<Words> {
        let (mut words, mut at) = (Vec::new(), 0);
        for _ in 0..count {
            let (start, end) = value(page, at)?;
            words.push(std::str::from_utf8(page.get(start..end)?).ok()?);
            at = end;
        }
        let mut met = vec![false; words.len()];
        for Sought { look, or_lacking } in sought {
            look.mark_texts(|word| words.get(word).copied().unwrap_or(""), *or_lacking, &mut met, looked);
        }
        let texts = words.into_iter().zip(&met).map(|(word, met)| met.then(|| word.to_owned())).collect();
        Some(Words { met, texts })
    }

    fn mark(
        &self,
        mut page: Unpacking<'_>,
        header: &Header,
        may_lack: bool,
        (first, own): (usize, Option<&[u32]>),
        found: &mut Found,
    ) -> Option<()> {
        let start = behind_levels(&mut page, header, may_lack)?;
        let width = page.bytes(start, 1)?.first().copied().map(u32::from).filter(|width| *width <= 32)?;
        let runs = page.rest(start + 1)?;
        let mut take = |row: u32, word: u32| -> Option<()> {
            found.rows.push(row);
            match &found.texts {
                None => found.words.push(word),
                Some(_) => found.keep(self.texts.get(word as usize)?.as_ref()?),
            }
            Some(())
        };
        let Some(own) = own else {
            return runs::each(runs, width, header.values, |place, count, word| {
                if *self.met.get(word as usize)? {
                    for place in place..place + count {
                        take(u32::try_from(first + place).ok()?, word)?;
                    }
                }
                Some(())
            });
        };
        let places: Vec<usize> = own.iter().map(|row| *row as usize - first).collect();
        for (row, word) in own.iter().zip(runs::at(runs, width, &places)?) {
            if *self.met.get(word as usize)? {
                take(*row, word)?;
            }
        }
        Some(())
    }
}

/// Looks through the values of a page, a piece of the cache at once.
struct Values<'v> {
    sought: &'v [Sought<'v>],
    looked: &'v mut Looked,
    folded: &'v mut Vec<u8>,
}

impl Values<'_> {
    fn mark(
        &mut self,
        mut page: Unpacking<'_>,
        header: &Header,
        may_lack: bool,
        (first, own): (usize, Option<&[u32]>),
        found: &mut Found,
    ) -> Option<()> {
        let start = behind_levels(&mut page, header, may_lack)?;
        let page = page.whole()?;
        let mut own = own.map(|own| own.iter().copied().peekable());
        let (mut at, mut row) = (start, 0);
        let mut ends = Vec::new();
        let mut met = Vec::new();
        while row < header.values {
            let (block, begin) = (row, at);
            ends.clear();
            met.clear();
            while row < header.values && at - begin < AT_ONCE {
                let (start, end) = value(page, at)?;
                let text = page.get(start..end)?;
                met.push(self.sought.iter().any(|sought| sought.or_lacking) && says_nothing(text));
                // Between texts stands what is in none.
                page.get_mut(at..start)?.fill(0);
                ends.push(end - begin);
                (at, row) = (end, row + 1);
            }
            let bytes = page.get(begin..at)?;
            self.look(bytes, &ends, &mut met)?;
            for (place, _) in met.iter().enumerate().filter(|(_, met)| **met) {
                let row = u32::try_from(first + block + place).ok()?;
                if let Some(own) = &mut own {
                    while own.next_if(|own| *own < row).is_some() {}
                    if own.next_if_eq(&row).is_none() {
                        continue;
                    }
                }
                found.rows.push(row);
                found.keep(std::str::from_utf8(text(bytes, &ends, place)?).ok()?);
            }
        }
        Some(())
    }

    /// Looks through texts, each of which has four bytes before it.
    fn look(&mut self, bytes: &[u8], ends: &[usize], met: &mut [bool]) -> Option<()> {
        if bytes.is_ascii() {
            self.folded.clear();
            self.folded.extend(bytes.iter().map(u8::to_ascii_lowercase));
            for Sought { look, .. } in self.sought {
                look.find_in(self.folded, ends, |place| met.get_mut(place).into_iter().for_each(|met| *met = true));
            }
            return Some(());
        }
        let texts = (0..ends.len()).map(|place| std::str::from_utf8(text(bytes, ends, place)?).ok());
        let texts = texts.collect::<Option<Vec<&str>>>()?;
        for Sought { look, .. } in self.sought {
            look.mark_texts(|place| texts.get(place).copied().unwrap_or(""), false, met, self.looked);
        }
        Some(())
    }
}

/// Where a value begins and ends whose length stands at a place.
fn value(page: &[u8], at: usize) -> Option<(usize, usize)> {
    let length = u32::from_le_bytes(*page.get(at..)?.first_chunk()?);
    let start = at + size_of::<u32>();
    Some((start, start.checked_add(usize::try_from(length).ok()?).filter(|end| *end <= page.len())?))
}

fn text<'b>(bytes: &'b [u8], ends: &[usize], place: usize) -> Option<&'b [u8]> {
    let before = place.checked_sub(1).map_or(Some(&0), |before| ends.get(before))?;
    bytes.get(before + size_of::<u32>()..*ends.get(place)?)
}

/// Where the values of a page begin, all of whose rows have one; `None` for others.
fn behind_levels(page: &mut Unpacking<'_>, header: &Header, may_lack: bool) -> Option<usize> {
    if !may_lack {
        return Some(0);
    }
    let length = page.number(0).filter(|_| header.levels == RLE)?;
    runs::are_all(page.bytes(4, length)?, header.values).then_some(4 + length)
}
