//! Which fields of EventData a plan asks for, and that a lake gives the same for them.

use std::sync::Arc;

use super::asked;
use crate::trial::{Folder, ingested, optimized, rows};

/// The fields that a query asks for, with commas between; `*` for all.
fn of(source: &Arc<crate::Source>, query: &str) -> String {
    let names = asked(&optimized(source, query)).unwrap();
    names.map_or("*".to_owned(), |names| names.into_iter().collect::<Vec<_>>().join(","))
}

#[test]
fn names_that_a_plan_asks_for_are_all_that_it_needs() {
    let source = Arc::new(Folder::new().source());
    let cases = [
        ("WindowsEvent | where EventData.Image has 'x' | project Y = tostring(EventData['image'])", "Image,image"),
        ("WindowsEvent | extend X = EventData.a.b[0] | summarize count() by tostring(X)", "a"),
        ("WindowsEvent | where EventData.a == 1 | count", "a"),
        ("union (WindowsEvent | project P = EventData.a), (WindowsEvent | project P = EventData.b)", "a,b"),
        (
            "WindowsEvent | join kind=inner (WindowsEvent | project K = tostring(EventData.k)) on $left.Channel == $right.K \
          | project V = EventData.v",
            "k,v",
        ),
        ("WindowsEvent | project EventID", ""),
        ("WindowsEvent | where EventData.a == 1", "*"),
        ("WindowsEvent | project E = EventData | where E.a == 1", "*"),
        ("WindowsEvent | where EventData has 'x' | project P = EventData.a", "*"),
        ("WindowsEvent | project P = EventData[Channel]", "*"),
        ("WindowsEvent | summarize make_list(EventData)", "*"),
        ("WindowsEvent | distinct tostring(EventData)", "*"),
        (
            "WindowsEvent | where tostring(EventData.a) in ((WindowsEvent | project Z = tostring(EventData))) | count",
            "*",
        ),
        ("DeviceProcessEvents | project FileName", "*"),
    ];
    for (query, names) in cases {
        assert_eq!(of(&source, query), names, "{query}\n{}", optimized(&source, query));
    }
}

#[test]
fn a_lake_gives_the_same_for_names_as_its_logs() {
    let log = [
        r#"{"EventID":1,"Channel":"A","Id":"1","ID":"2","id":"3","Other":"x"}"#,
        r#"{"EventID":1,"Channel":"A","ID":"4","Id":{"deep":["5",6]},"Empty":""}"#,
        r#"{"EventID":1,"Channel":"A","Id":null,"Id":"7","Empty":null}"#,
        r#"{"EventID":1,"Channel":"A"}"#,
    ];
    let folder = Folder::new().with("a.json", &log.join("\n"));
    let lake = ingested(&folder);
    let query = "WindowsEvent | sort by EventRecordId asc | project tostring(EventData.Id), EventData['ID'], EventData.id, \
                 EventData.Id.deep[0], isnull(EventData.Empty), gettype(EventData.Id)";
    let expected = [
        "1,\"2\",\"3\",-,true,string",
        "{\"deep\":[\"5\",6]},\"4\",-,\"5\",false,dictionary",
        "7,-,-,-,true,string",
        ",-,-,-,true,null",
    ];
    for source in [folder.source(), lake.source()] {
        assert_eq!(rows(&Arc::new(source), query).unwrap(), expected);
    }
}
