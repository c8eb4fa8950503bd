//! Lineage: whatever an operator does with rows, the origins of each are the events that it was made of.

mod operators;

use std::sync::Arc;

use crate::Source;
use crate::trial::{Folder, sysmon, traced};

/// Three process creations, told apart by their numbers: 0, 1 and 2.
fn three() -> (Folder, Arc<Source>) {
    let events = [("a b", 1), ("c", 2), ("d e f", 3)];
    let events = events.map(|(line, pid)| {
        sysmon("h", pid, pid * 1000, "C:\\\\x.exe", &format!(r#","ProcessGuid":"{{{pid}}}","CommandLine":"{line}""#))
    });
    let folder = Folder::new().with("events.ndjson", &events.concat());
    let source = Arc::new(folder.source());
    (folder, source)
}

/// Over `T`: the words of the command line and the number of the process.
fn check(query: &str, expected: &[&str]) {
    let (_folder, source) = three();
    let rows = "let T = DeviceProcessEvents | project n = ProcessId, w = split(ProcessCommandLine, ' ');";
    assert_eq!(traced(&source, &format!("{rows} {query}")).unwrap(), expected, "{query}");
}

/// The rows that come out, each with its events; in any order.
fn check_any(query: &str, expected: &[&str]) {
    let (_folder, source) = three();
    let rows = "let T = DeviceProcessEvents | project n = ProcessId, w = split(ProcessCommandLine, ' ');";
    let mut found = traced(&source, &format!("{rows} {query}")).unwrap();
    found.sort();
    assert_eq!(found, expected, "{query}");
}

#[test]
fn a_value_of_an_array_is_of_the_event_that_held_it() {
    check(
        "T | mv-expand with_itemindex=i w to typeof(string)",
        &["1,a,0,1", "1,b,1,1", "2,c,0,2", "3,d,0,3", "3,e,1,3", "3,f,2,3"],
    );
    check("T | mv-apply w to typeof(string) on (top 1 by w desc)", &["1,b,1", "2,c,2", "3,f,3"]);
    check("T | mv-apply w to typeof(string) on (where w == 'e' | summarize c = count())", &["1,0,1", "2,0,2", "3,1,3"]);
}

#[test]
fn a_part_of_a_text_is_of_the_event_that_held_it() {
    let texts = "T | extend s = strcat_array(w, ' ') | project n, s";
    check(&format!("{texts} | parse s with a ' ' *"), &["1,a b,a,1", "2,c,,2", "3,d e f,d,3"]);
    check(&format!("{texts} | parse-where s with a ' ' * | project a"), &["a,1", "d,3"]);
    check(
        &format!(
            "{texts} | extend s = strcat('k=', s) | parse-kv s as (k: string) with (pair_delimiter=';', kv_delimiter='=') | project k"
        ),
        &["a b,1", "c,2", "d e f,3"],
    );
    check("T | project d = bag_pack('x', n) | evaluate bag_unpack(d)", &["1,1", "2,2", "3,3"]);
    check("T | project n | evaluate narrow()", &["0,n,1,1", "1,n,2,2", "2,n,3,3"]);
}

#[test]
fn rows_that_are_found_are_of_their_own_events() {
    check("T | project n | search '2'", &["search_arg0,2,2"]);
    check_any("find in (DeviceProcessEvents) where ProcessId == 3 project ProcessId", &["DeviceProcessEvents,3,3"]);
    check("T | where n in (toscalar(T | summarize make_list(n))) and n > 2 | project n", &["3,3"]);
    check("let f = (T: (n: long)) { T | where n > 1 | project n }; T | invoke f()", &["2,2", "3,3"]);
}

#[test]
fn rows_in_order_keep_their_events_and_groups_have_those_of_their_rows() {
    check("T | sort by n desc | project n, p = prev(n)", &["3,-,3", "2,3,2", "1,2,1"]);
    check(
        "T | project n | scan declare (s: long = 0) with (step a: true => s = n + a.s;)",
        &["1,1,1", "2,3,2", "3,6,3"],
    );
    check_any("T | extend k = n % 2 | partition by k (top 1 by n desc) | project n", &["2,2", "3,3"]);
    check("T | make-series c = count() on n from 1 to 4 step 1", &["[1,1,1],[1,2,3],1+2+3"]);
    check_any("T | extend k = n % 2 | top-nested 1 of k by count(), top-nested 1 of n by max(n)", &["1,2,3,3,1+3"]);
    check_any("T | extend k = n % 2 | top-hitters 1 of k", &["1,2,1+3"]);
    check_any("T | extend k = tostring(n % 2) | project k | evaluate pivot(k)", &["1,2,1+2+3"]);
}

#[test]
fn plugins_and_choices_keep_the_events_of_their_rows() {
    check("T | sort by n asc | project n | evaluate rows_near(n == 3, 1)", &["2,2", "3,3"]);
    check(
        "T | project n, w | extend (x, y) = array_sort_desc(w, w) | project n, x = tostring(x[0])",
        &["1,b,1", "2,c,2", "3,f,3"],
    );
    let networks = "let N = datatable(net: string, of: string) ['10.0.0.2/31', 'x'];";
    check_any(
        &format!("{networks} T | project ip = strcat('10.0.0.', n) | evaluate ipv4_lookup(N, ip, net) | project ip"),
        &["10.0.0.2,2", "10.0.0.3,3"],
    );
    check_any(
        "T | project n, k = 1 | join (T | project m = n, k = 1 | take 1) on k | where n == 2 | project n",
        &["2,1+2"],
    );
    check_any("T | project n, at = 1 | evaluate rolling_percentile(n, 50, at, 1, 1)", &["1,2,1+2+3"]);
    check_any("union isfuzzy=true (T | where n == 1), (Nowhere | take 1) | project n", &["1,1"]);
}
