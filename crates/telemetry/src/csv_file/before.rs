//! Before the header: lines that say something else, such as of what type objects were, or what was exported when.

/// How many lines are looked at, and how long they may be together.
const LINES: usize = 16;
const LENGTH: usize = 8 << 10;

/// Where the header may begin: each place with how many lines are before it.
pub fn places(head: &[u8]) -> impl Iterator<Item = (usize, u64)> {
    let mut at = 0;
    (0_u64..)
        .map_while(move |lines| {
            let start = at;
            let rest = head.get(start..).filter(|rest| !rest.is_empty() && start <= LENGTH)?;
            at += memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let line = head.get(start..at)?;
            Some((start, lines, line))
        })
        .take(LINES)
        .filter(|(_, _, line)| !is_remark(line))
        .map(|(start, lines, _)| (start, lines))
}

/// A line without a value. Windows PowerShell says first of what type its objects were, and spreadsheets what separates.
pub fn is_remark(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    line.trim_ascii().is_empty() || line.starts_with(b"#TYPE") || line.starts_with(b"sep=")
}
