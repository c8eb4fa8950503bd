//! Parquet as others write it.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Int64Type};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use crate::trial::{Folder, cell, read};
use crate::{Evidence, Input};

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(2)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn events() -> Vec<u8> {
    let time = TimestampMicrosecondArray::from(vec![1_709_287_200_123_456; 3]).with_timezone("UTC");
    parquet(vec![
        ("EventID", Arc::new(Int64Array::from(vec![1, 2, 3]))),
        ("Channel", Arc::new(StringArray::from(vec!["System"; 3]))),
        ("@timestamp", Arc::new(time)),
        ("Image", Arc::new(StringArray::from(vec![Some("a"), None, Some("c")]))),
    ])
}

#[test]
fn a_file_of_events_is_read_as_flat_ones_in_all_its_row_groups_packed_or_not() {
    let gzip = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, &events()).unwrap();
        encoder.finish().unwrap()
    };
    for (name, bytes) in [("a.parquet", events()), ("a.parquet.gz", gzip)] {
        let evidence = Folder::new().with(name, bytes);
        let (batch, report) = read(&evidence.evidence(), &["System_Time", "System_EventID", "System_Record", "Image"]);
        assert_eq!((batch.num_rows(), report.damaged_records()), (3, 0));
        let row = (0..3).find(|row| cell(&batch, "System_EventID", *row) == "3").unwrap();
        assert_eq!((cell(&batch, "System_Record", row), cell(&batch, "Image", row)), ("3".into(), "c".into()));
        let time = functions::ticks::parse("2024-03-01T10:00:00.123456Z");
        assert_eq!(cell(&batch, "System_Time", row).parse().ok(), time);
    }
}

#[test]
fn a_bound_file_is_a_table_of_its_own_types_and_what_is_nested_is_json() {
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), None]), None]);
    let inner: ArrayRef = Arc::new(StringArray::from(vec!["x\"", "y"]));
    let object = StructArray::from(vec![(Arc::new(Field::new("k", DataType::Utf8, true)), inner)]);
    let bytes = parquet(vec![
        ("n", Arc::new(list) as ArrayRef),
        ("o", Arc::new(object)),
        ("l", Arc::new(Int64Array::from(vec![5, 6]))),
    ]);
    let folder = Folder::new().with("a.parquet", bytes);
    let refused = folder.evidence();
    assert!(refused.files.is_empty() && refused.ignored[0].reason.contains("--data TABLE=PATH"));
    let input = Input { path: folder.0.join("a.parquet"), table: Some("Mine".to_owned()) };
    let evidence = Evidence::of_inputs(&[input]).unwrap();
    use functions::Type::{Dynamic, Long};
    let columns = [("n", Dynamic), ("o", Dynamic), ("l", Long)].map(|(name, kind)| (name.to_owned(), kind));
    assert_eq!(evidence.bound, [("Mine".to_owned(), columns.to_vec())]);
    let (batch, _) = read(&evidence, &["n", "o", "l", "System_Channel"]);
    let found = ["n", "o", "l", "System_Channel"].map(|name| cell(&batch, name, 0));
    assert_eq!(found, ["[1,null]", r#"{"k":"x\""}"#, "5", "table:Mine"]);
}

#[test]
fn a_destroyed_file_is_told() {
    let mut bytes = events();
    let end = bytes.len();
    bytes.truncate(end - 20);
    let evidence = Folder::new().with("a.parquet", &bytes).evidence();
    assert!(evidence.files.is_empty() && evidence.ignored[0].is_failure);
    let mut bytes = events();
    bytes[40..90].fill(0xee);
    let (batch, report) = read(&Folder::new().with("a.parquet", &bytes).evidence(), &["Image"]);
    assert!(report.damaged_records() > 0 && batch.num_rows() < 3, "{:?}", report.files);
}

#[test]
fn whatever_byte_is_flipped_the_file_is_read_or_told_of() {
    let whole = events();
    for at in (0..whole.len()).step_by(5) {
        let mut broken = whole.clone();
        broken[at] ^= 0xff;
        let evidence = Folder::new().with("a.parquet", &broken).with("b.json", "{\"EventID\":9,\"Channel\":\"b\"}");
        let evidence = evidence.evidence();
        let (batch, report) = read(&evidence, &["System_EventID"]);
        let told = report.damaged_records() > 0 || !evidence.ignored.is_empty() || report.damaged_files().count() > 0;
        assert!(batch.num_rows() >= 4 || told, "{at}");
    }
}

#[test]
fn objects_in_columns_are_the_objects_of_json() {
    let object = |fields: Vec<(&str, ArrayRef)>| -> ArrayRef {
        let fields = fields
            .into_iter()
            .map(|(name, array)| (Arc::new(Field::new(name, array.data_type().clone(), true)), array));
        Arc::new(StructArray::from(fields.collect::<Vec<_>>()))
    };
    let texts = |texts: [Option<&str>; 2]| -> ArrayRef { Arc::new(StringArray::from(texts.to_vec())) };
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 4688]));
    let system = object(vec![("EventID", ids), ("Channel", texts([Some("X"), Some("Security")]))]);
    let data = object(vec![("Image", texts([Some("a.exe"), None])), ("CommandLine", texts([None, Some("b")]))]);
    let bytes = parquet(vec![("Event", object(vec![("System", system), ("EventData", data)]))]);
    let (batch, report) =
        read(&Folder::new().with("a.parquet", bytes).evidence(), &["System_Channel", "System_EventData"]);
    assert_eq!((batch.num_rows(), report.damaged_records()), (2, 0), "{:?}", report.files);
    let mut found: Vec<String> =
        (0..2).map(|row| cell(&batch, "System_Channel", row) + &cell(&batch, "System_EventData", row)).collect();
    found.sort();
    assert_eq!(found, [r#"Security{"CommandLine":"b"}"#, r#"X{"Image":"a.exe"}"#]);
}

/// As in JSON; and so is text in columns that do not say that they hold text.
#[test]
fn an_empty_text_is_a_value_and_null_is_none() {
    let texts = |texts: Vec<Option<&str>>| -> ArrayRef { Arc::new(StringArray::from(texts)) };
    let bytes: Vec<Option<&[u8]>> = vec![Some(b"cmd.exe"), None, Some(&[0, 0xff, 0x41])];
    let flat = vec![
        ("EventID", Arc::new(Int64Array::from(vec![1; 3])) as ArrayRef),
        ("Channel", texts(vec![Some("Security"); 3])),
        ("Image", texts(vec![Some(""), None, Some("c")])),
        ("Bytes", Arc::new(BinaryArray::from(bytes))),
    ];
    // What is nested is read row by row.
    let mut nested = flat.clone();
    nested.push(("List", Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(vec![Some(vec![Some(1)]); 3]))));
    for columns in [flat, nested] {
        let folder = Folder::new().with("a.parquet", parquet(columns));
        let (batch, report) = read(&folder.evidence(), &["System_Record", "Image", "Bytes"]);
        let of = |record: usize, column: &str| {
            let row = (0..3).find(|row| cell(&batch, "System_Record", *row) == record.to_string()).unwrap();
            let array = batch.column_by_name(column).unwrap();
            array.is_valid(row).then(|| cell(&batch, column, row))
        };
        let records: Vec<usize> = (0..3).map(|row| cell(&batch, "System_Record", row).parse().unwrap()).collect();
        let first = *records.iter().min().unwrap();
        let all = |column: &str| (first..first + 3).map(|record| of(record, column)).collect::<Vec<_>>();
        assert_eq!(all("Image"), [Some(String::new()), None, Some("c".to_owned())]);
        assert_eq!(all("Bytes"), [Some("cmd.exe".to_owned()), None, Some("00ff41".to_owned())]);
        assert_eq!(report.damaged_records(), 0);
    }
}
