//! What is picked is what whole pages say.

use std::collections::BTreeSet;

use arrow::array::{Array, BooleanArray, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::compute::{concat, filter};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterVersion};

use super::*;
use crate::Fields;
use crate::parquet_file::ParquetFile;
use crate::parquet_file::layout::Layout;
use crate::rows::Rows;
use crate::sieve::{Known, Look, Sought, Source, selection};
use crate::trial::Folder;

const ROWS: usize = 5000;

fn dice(state: &mut u64, sides: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap() % sides
}

/// A file whose dictionaries are full before its columns end, and whose pages are small.
fn file(state: &mut u64, compression: Compression) -> Vec<u8> {
    let mut texts = |kinds: usize, lacking: usize| -> ArrayRef {
        let text = |row: usize, kind: usize| format!("{} {kind} of {row} {}", "ab".repeat(kind % 40), "\u{e9}");
        let one = |state: &mut u64, row: usize| {
            let lacks = lacking > 0 && dice(state, lacking) == 0;
            let kind = dice(state, kinds);
            (!lacks).then(|| text(if kinds > 100 { row } else { 0 }, kind))
        };
        Arc::new((0..ROWS).map(|row| one(state, row)).collect::<StringArray>())
    };
    let (many, few, lacking, none) = (texts(1000, 0), texts(9, 3), texts(1000, 2), texts(1, 1));
    let numbers = (0..ROWS).map(|row| (row % 5 > 0).then_some(row as i64 * 7)).collect::<Int64Array>();
    let times: TimestampMicrosecondArray =
        (0..ROWS).map(|row| Some(1_709_287_200_000_000 + row as i64 * 1_003)).collect();
    let columns: [(&str, ArrayRef, bool); 9] = [
        ("Channel", Arc::new(vec!["Security"; ROWS].into_iter().map(Some).collect::<StringArray>()), false),
        ("EventID", Arc::new(Int64Array::from(vec![1; ROWS])), true),
        ("Many", many, false),
        ("Few", few, true),
        ("Lacking", lacking, true),
        ("None", none, true),
        ("Number", Arc::new(numbers), true),
        ("Time", Arc::new(times.clone()), false),
        ("Zoned", Arc::new(times.with_timezone("UTC")), true),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_data_page_row_count_limit(700)
        .set_dictionary_page_size_limit(3000)
        .set_write_batch_size(64)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// Calls with the columns of the only row group of a file.
fn with_columns<T>(bytes: &[u8], work: impl FnOnce(&Columns<'_>) -> T) -> T {
    let folder = Folder::new().with("a.parquet", bytes);
    let file = Arc::new(ParquetFile::open(&folder.0.join("a.parquet")).unwrap());
    let layout = Layout::new(file.metadata.schema(), &Rows::Plain, &Fields::new(["System_Time"], true), &[]).unwrap();
    let (group, _) = file.groups().remove(0);
    work(&Columns { group: &group, layout: &layout, kinds: Vec::new() })
}

fn read(columns: &Columns<'_>, column: usize, rows: &[u32]) -> ArrayRef {
    let batches = columns.given(&BTreeSet::from([column]), Some(selection(rows))).unwrap();
    let parts: Vec<ArrayRef> = batches.map(|batch| batch.unwrap().column(0).clone()).collect();
    concat(&parts.iter().map(AsRef::as_ref).collect::<Vec<&dyn Array>>()).unwrap()
}

#[test]
fn what_is_picked_is_what_whole_pages_say() {
    let mut state = 11;
    let bytes = file(&mut state, Compression::SNAPPY);
    with_columns(&bytes, |columns| {
        let mut picker = Picker::default();
        for count in [1, 2, 5, 40, 400] {
            for _ in 0..6 {
                let rows: BTreeSet<u32> = (0..count).map(|_| u32::try_from(dice(&mut state, ROWS)).unwrap()).collect();
                let rows: Vec<u32> = rows.into_iter().collect();
                for column in 0..9 {
                    let picked = picker.pick(columns, column, &rows).unwrap();
                    assert_eq!(picked.as_ref(), read(columns, column, &rows).as_ref(), "{column} {rows:?}");
                }
            }
        }
        let ends = [0, u32::try_from(ROWS).unwrap() - 1];
        assert_eq!(picker.pick(columns, 6, &ends).unwrap().as_ref(), &Int64Array::from(vec![None, Some(4999 * 7)]));
        assert!(picker.pick(columns, 2, &[u32::try_from(ROWS).unwrap()]).is_none());
    });
}

#[test]
fn what_is_packed_otherwise_is_not_picked() {
    let bytes = file(&mut 3, Compression::UNCOMPRESSED);
    with_columns(&bytes, |columns| assert!(Picker::default().pick(columns, 2, &[1]).is_none()));
}

#[test]
fn damage_is_passed_on_or_read_as_it_stands() {
    let mut state = 5;
    let whole = file(&mut state, Compression::SNAPPY);
    let mut passed_on = 0;
    for _ in 0..150 {
        let mut bytes = whole.clone();
        for _ in 0..40 {
            let at = 4 + dice(&mut state, whole.len() / 2);
            bytes[at] = u8::try_from(dice(&mut state, 256)).unwrap();
        }
        with_columns(&bytes, |columns| {
            let mut picker = Picker::default();
            for column in 0..9 {
                let picked = picker.pick(columns, column, &[17, 2500, 4999]);
                assert!(picked.as_ref().is_none_or(|picked| picked.len() == 3));
                passed_on += usize::from(picked.is_none());
            }
        });
    }
    assert!(passed_on > 100, "{passed_on}");
}

/// What is marked is what is found in the texts as they are read.
#[test]
fn what_is_marked_holds_what_is_sought() {
    let mut state = 23;
    let bytes = file(&mut state, Compression::SNAPPY);
    with_columns(&bytes, |columns| {
        let mut picker = Picker::default();
        let sets: [&[&str]; 4] = [&["abab 17 of"], &["ab 3 of", " 5 of 0"], &["nowhere"], &["\u{e9}"]];
        let (mut marked_rows, mut with_texts, mut given_up) = (0, 0, 0);
        for texts in sets {
            let look = Look::new(texts).unwrap();
            for count in [0, 3, 40, 3000] {
                let some: BTreeSet<u32> = (0..count).map(|_| u32::try_from(dice(&mut state, ROWS)).unwrap()).collect();
                let some: Vec<u32> = some.into_iter().collect();
                let rows = (count > 0).then_some(some.as_slice());
                for (column, or_lacking) in [(2, false), (2, true), (3, false), (3, true), (4, true), (5, true)] {
                    let sought = [Sought { look: &look, or_lacking }];
                    let mut marking = Marking { columns: columns.of(&[]), picker: &mut picker };
                    let Some(marked) = marking.mark(column, &sought, rows) else {
                        // Where rows lack values, pages are left to the reader, unless nothing is in them.
                        assert!(column > 2 && (or_lacking || column == 3), "{texts:?} {column}");
                        given_up += 1;
                        continue;
                    };
                    let all: Vec<u32> = rows.map_or_else(|| (0..ROWS as u32).collect(), <[u32]>::to_vec);
                    let mut met = vec![false; all.len()];
                    let read = read(columns, column, &all);
                    look.mark(&read, or_lacking, &mut met, &mut Known::default()).unwrap();
                    let kept: Vec<u32> = all.iter().zip(&met).filter(|(_, met)| **met).map(|(row, _)| *row).collect();
                    assert_eq!(marked.rows, kept, "{texts:?} {column} {count}");
                    marked_rows += kept.len();
                    if let Some(texts) = marked.texts {
                        let expected = filter(&read, &BooleanArray::from(met)).unwrap();
                        assert_eq!(texts.as_ref(), expected.as_ref());
                        with_texts += 1;
                    }
                }
            }
        }
        assert!(marked_rows > 10_000 && with_texts > 10 && given_up < 60, "{marked_rows} {with_texts} {given_up}");
    });
}

/// A file of one column of texts, of which some rows have none, and how its values are encoded.
fn encoded(encoding: Option<Encoding>, version: WriterVersion, lacking: usize) -> Vec<u8> {
    let text = |row: usize| {
        (lacking == 0 || !row.is_multiple_of(lacking))
            .then(|| format!("C:\\Tools\\t{:02}.exe -k {}", row % 17, row % 3))
    };
    let texts: ArrayRef = Arc::new((0..ROWS).map(text).collect::<StringArray>());
    let channels: ArrayRef = Arc::new(vec!["Security"; ROWS].into_iter().map(Some).collect::<StringArray>());
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![1; ROWS]));
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("Text", texts, lacking > 0),
        ("EventID", ids, false),
        ("Channel", channels, false),
    ])
    .unwrap();
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_writer_version(version)
        .set_data_page_row_count_limit(700)
        .set_dictionary_enabled(encoding.is_none());
    let properties = match encoding {
        Some(encoding) => properties.set_column_encoding("Text".into(), encoding),
        None => properties,
    };
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// However values are encoded: what is sifted is what holds the text, and a page that cannot be marked is never passed over.
#[test]
fn what_is_sifted_does_not_depend_on_how_values_are_encoded() {
    let look = Look::new(&["t07.exe", "t16.exe -k 2"]).unwrap();
    let encodings =
        [None, Some(Encoding::PLAIN), Some(Encoding::DELTA_LENGTH_BYTE_ARRAY), Some(Encoding::DELTA_BYTE_ARRAY)];
    let mut marked_files = 0;
    for encoding in encodings {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            for (lacking, or_lacking) in [(0, false), (0, true), (4, false), (4, true), (1, false), (1, true)] {
                let has = |row: usize| row % 17 == 7 || row % 17 == 16 && row % 3 == 2;
                let lacks = |row: usize| lacking > 0 && row.is_multiple_of(lacking);
                let is_met = |row: &usize| if lacks(*row) { or_lacking } else { has(*row) };
                let expected: Vec<u32> = (0..ROWS).filter(is_met).map(|row| row as u32).collect();
                with_columns(&encoded(encoding, version, lacking), |columns| {
                    let mut picker = Picker::default();
                    let mut marking = Marking { columns: columns.of(&[]), picker: &mut picker };
                    if let Some(marked) = marking.mark(0, &[Sought { look: &look, or_lacking }], None) {
                        assert_eq!(marked.rows, expected, "{encoding:?} {version:?} {lacking} {or_lacking}");
                        marked_files += 1;
                    }
                    let all: Vec<u32> = (0..ROWS as u32).collect();
                    let mut met = vec![false; ROWS];
                    let read = read(columns, 0, &all);
                    look.mark(&read, or_lacking, &mut met, &mut Known::default()).unwrap();
                    let found: Vec<u32> = (0..ROWS as u32).filter(|row| met[*row as usize]).collect();
                    assert_eq!(found, expected, "{encoding:?} {version:?} {lacking} {or_lacking}");
                });
            }
        }
    }
    assert!(marked_files >= 4, "{marked_files}");
}
