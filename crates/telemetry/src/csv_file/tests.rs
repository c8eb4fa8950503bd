//! CSV with all that a spreadsheet would not forgive.

use super::*;
use crate::trial::{Folder, cell, read};

fn blocks(text: &str) -> Vec<CsvRows> {
    let mut blocks = CsvBlocks::new(text.as_bytes(), text.as_bytes()).unwrap().unwrap();
    std::iter::from_fn(|| blocks.next().unwrap()).collect()
}

#[test]
fn a_header_is_names_with_one_delimiter_between() {
    let names = |text: &str| CsvHeader::read(text.as_bytes()).map(|header| header.names.join("+"));
    assert_eq!(names("a,b\n1,2\n").as_deref(), Some("a+b"));
    assert_eq!(names("#TYPE System.Object\r\n\"a\";\"b c\"\r\n").as_deref(), Some("a+b c"));
    assert_eq!(names("TimeGenerated [UTC],Computer\n").as_deref(), Some("TimeGenerated+Computer"));
    assert_eq!(names("\n\r\na,b\n1,2\n").as_deref(), Some("a+b"));
    assert_eq!(names("Export of Security\n\na,b,c\n1,2,3\n").as_deref(), Some("a+b+c"));
    assert_eq!(names("Report,Security\na,b,c\n1,2,3\n").as_deref(), Some("a+b+c"));
    assert_eq!(names("a,b,c\nx,y\n").as_deref(), Some("a+b+c"));
    assert_eq!(names("Export of Security\n1,2,3\n4,5,6\n"), None);
    for other in ["", "hello\n", "a,a\n", "a,,b\n", "see here, there is text\n"] {
        assert_eq!(names(other), None, "{other}");
    }
}

#[test]
fn of_columns_of_one_name_the_first_that_is_filled_counts() {
    let text = "EventID,Channel,Image,Image,User,Image,User\n1,A,x,y,u,z,v\n2,A,,y,,z,v\n3,A,,,,z,\n4,A,,,,,\n5,A,x\n";
    let (batch, report) =
        read(&Folder::new().with("a.csv", text).evidence(), &["System_Record", "System_EventID", "Image", "User"]);
    let mut rows: Vec<_> = (0..batch.num_rows())
        .map(|row| ["System_EventID", "Image", "User"].map(|name| cell(&batch, name, row)).join(" "))
        .collect();
    rows.sort();
    assert_eq!(rows, ["1 x u", "2 y v", "3 z -", "4 - -"]);
    let said = "1 record skipped; the row at line 6: 3 values, not 7; several columns are called Image (so it is with 1 more name): of each row the first that is filled counts";
    assert_eq!(report.files[0].describe().as_deref(), Some(said));
}

#[test]
fn blocks_end_with_a_row() {
    let row = "1,\"two\nlines, and a \"\"quote\"\"\",3\n";
    let text = format!("a,b,c\n{}", row.repeat(100_000));
    let blocks = blocks(&text);
    assert!(blocks.len() > 2);
    assert!(blocks.iter().all(|block| block.bytes.len() % row.len() == 0 && block.bytes.starts_with(b"1,")));
    assert_eq!(blocks[1].first, 2 + 2 * (blocks[0].bytes.len() / row.len()) as u64);
}

#[test]
fn a_broken_row_is_counted_and_costs_no_other() {
    let text = "EventID,Channel,Image\n1,A,x\n2,A\n3,A,\"no end\n4,A,y\n\n5,A,\"l1\nl2\"\n6,A,z\"w\n7,A,v";
    let (batch, report) =
        read(&Folder::new().with("a.csv", text).evidence(), &["System_Record", "System_EventID", "Image"]);
    let mut rows: Vec<_> = (0..batch.num_rows())
        .map(|row| ["System_Record", "System_EventID", "Image"].map(|name| cell(&batch, name, row)).join(" "))
        .collect();
    rows.sort();
    assert_eq!(rows, ["10 7 v", "2 1 x", "5 4 y", "7 5 l1\nl2", "9 6 z\"w"]);
    assert_eq!(report.damaged_records(), 2);
    assert!(report.files[0].describe().unwrap().ends_with("the row at line 3: 2 values, not 3"));
}

#[test]
fn a_row_that_breaks_into_lines_is_one() {
    let text = "EventID,Channel,Image,User\n1,A,x\ny\nz,u\n2,A,\"no end\nof it,u\n3,A,x,u\n4,A\n5,A,x,u\n";
    let (batch, report) = read(&Folder::new().with("a.csv", text).evidence(), &["System_EventID"]);
    let rows: Vec<_> = (0..batch.num_rows()).map(|row| cell(&batch, "System_EventID", row)).collect();
    assert_eq!((rows.join(" "), report.damaged_records()), ("3 5".to_owned(), 3));
}

#[test]
fn a_header_that_stands_again_is_no_row() {
    let one = "\u{feff}#TYPE System.Object\nEventID,Channel,Image\n1,A,x\n";
    let (batch, report) = read(&Folder::new().with("a.csv", one.repeat(3)).evidence(), &["System_EventID"]);
    assert_eq!((batch.num_rows(), report.damaged_records()), (3, 0));
    assert_eq!(report.files[0].describe(), None);
}

#[test]
fn a_row_beyond_all_measure_is_left_out() {
    let text = format!("EventID,Channel\n1,A\n2,\"{}\"\n3,A\n", "x".repeat(3 * RECORD));
    let (batch, report) = read(&Folder::new().with("a.csv", text).evidence(), &["System_EventID"]);
    assert_eq!((batch.num_rows(), report.damaged_records()), (2, 1));
}

#[test]
fn rows_behind_a_quote_that_does_not_end_are_read_however_many_they_are() {
    let row = format!("2,A,{}\n", "y".repeat(1000));
    let text = format!("EventID,Channel,X\n1,A,\"x\n{}", row.repeat(RECORD / 1000));
    let (batch, report) = read(&Folder::new().with("a.csv", text).evidence(), &["System_EventID", "System_Record"]);
    assert_eq!((batch.num_rows(), report.damaged_records()), (RECORD / 1000, 1));
}

#[test]
fn rows_that_countless_quotes_take_along_are_counted() {
    let broken = "1,A,\"x\n".repeat(AGAIN as usize + 2);
    let text = format!("EventID,Channel,X\n{broken}{}", "2,A,y\n".repeat(7));
    let (batch, report) = read(&Folder::new().with("a.csv", text).evidence(), &["System_EventID"]);
    assert_eq!(batch.num_rows() as u64 + report.damaged_records(), u64::from(AGAIN) + 9);
}
