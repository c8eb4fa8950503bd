//! Events as XML.

use super::*;
use crate::event::Fields;
use crate::row::Columns;
use crate::trial::cell;
use functions::origin::Origin;

const NAMES: [&str; 11] = [
    "System_Channel",
    "System_Provider",
    "System_EventID",
    "System_Computer",
    "System_Record",
    "System_ProcessID",
    "System_UserID",
    "Image",
    "Data",
    "PolicyName",
    "System_EventData",
];

fn row(xml: &str) -> Result<Vec<String>, String> {
    let fields = Fields::new(NAMES, false);
    let mut row = Row::new(&fields);
    read_event_xml(xml.as_bytes(), &mut row, &mut String::new())?;
    let mut columns = Columns::new(&fields);
    let origin = Origin { file: 0, ordinal: 0, log: 0, record: 0, time: 0 };
    columns.push(&row, origin, 0, row.channel());
    let batch = columns.take().unwrap().unwrap().batch;
    Ok(NAMES.iter().map(|name| cell(&batch, name, 0)).collect())
}

const SYSTEM: &str = "<System><Provider Name='Microsoft-Windows-Sysmon' Guid=\"{g}\"/><EventID Qualifiers=''>1</EventID><TimeCreated SystemTime='2019-05-22T04:02:11.2871234Z'/><EventRecordID>839</EventRecordID><Correlation/><Execution ProcessID='2032' ThreadID='2092'/><Channel>Security</Channel><Computer>PC1</Computer><Security UserID='S-1-5-18'/></System>";

#[test]
fn an_event_is_read_with_its_references_and_its_quotes() {
    let xml = format!(
        "<?xml version=\"1.0\"?>\r\n<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>{SYSTEM}<EventData><Data Name='Image'>C:\\a&amp;b &lt;&#x41;&#66;&quot;&bogus;&gt;.exe</Data>\n<Data Name=\"Empty\"></Data><Data Name='None'/></EventData><RenderingInfo Culture='en-US'><Message>x</Message><Keywords><Keyword>k</Keyword></Keywords></RenderingInfo></Event>"
    );
    let wanted = [
        "Security",
        "Microsoft-Windows-Sysmon",
        "1",
        "PC1",
        "839",
        "2032",
        "S-1-5-18",
        "C:\\a&b <AB\"&bogus;>.exe",
        "-",
        "-",
        r#"{"Image":"C:\\a&b <AB\"&bogus;>.exe","Empty":"","None":"","Message":"x"}"#,
    ];
    assert_eq!(row(&xml).unwrap(), wanted);
}

#[test]
fn fields_without_names_are_one_and_user_data_counts_too() {
    let xml = format!(
        "<Event>{SYSTEM}<EventData><Data>a</Data><Data> b</Data><Binary>00FF</Binary></EventData><UserData><RuleAndFileData xmlns='x'><PolicyName>EXE</PolicyName><Path></Path><Deep><A>1</A><A>2</A><B/></Deep></RuleAndFileData></UserData></Event>"
    );
    let read = row(&xml).unwrap();
    assert_eq!((read[8].as_str(), read[9].as_str()), ("a\n b", "EXE"));
    assert_eq!(
        read[10],
        r#"{"Data":["a"," b"],"Binary":"00FF","PolicyName":"EXE","Path":null,"Deep":{"A":["1","2"],"B":null}}"#
    );
}

#[test]
fn a_name_that_comes_again_is_a_list() {
    let xml = format!(
        "<Event>{SYSTEM}<EventData><Data Name='Image'>a</Data><Data Name='N'/><Data Name='Image'>b</Data></EventData></Event>"
    );
    let read = row(&xml).unwrap();
    assert_eq!((read[7].as_str(), read[10].as_str()), ("a\nb", r#"{"Image":["a","b"],"N":""}"#));
}

#[test]
fn a_text_without_elements_is_a_field_too() {
    let event = |data: &str| row(&format!("<Event>{SYSTEM}{data}</Event>")).unwrap();
    assert_eq!(event("<EventData>it &amp; that</EventData>")[8], "it & that");
    assert_eq!(event("<UserData><Note xmlns='x'>it</Note></UserData>")[10], r#"{"Data":"it"}"#);
    assert_eq!(event("<EventData>\r\n  </EventData>")[10], "{}");
}

#[test]
fn literal_sections_and_comments_and_prefixes_are_read_through() {
    let xml = format!(
        "<e:Event xmlns:e='x'>{SYSTEM}<EventData><Data Name='Image'>a<![CDATA[<b>&amp;]]>c<!-- d -->e</Data></EventData></e:Event>"
    );
    assert_eq!(row(&xml).unwrap()[7], "a<b>&amp;ce");
}

#[test]
fn what_is_broken_is_an_error_and_what_is_hostile_too() {
    let deep = format!("<Event>{SYSTEM}<EventData>{}</EventData></Event>", "<a>".repeat(100_000));
    for xml in [
        "",
        "<Event/>",
        "<Other/>",
        "<Event><System><EventID>1</EventID>",
        "<Event><System><EventID>1</System></Event>",
        "<Event><System></System><EventData><Data Name='x'>y</Dat",
        "<Event><System><Channel>x</Channel></System><",
        "<Event></Other></Event>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><Event><System><EventID>1</EventID></System></Event>",
        deep.as_str(),
    ] {
        assert!(row(xml).is_err(), "{}", &xml[..xml.len().min(80)]);
    }
}
