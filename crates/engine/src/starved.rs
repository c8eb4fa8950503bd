//! A starved plan: one that can give no rows, since tables that it cannot do without are empty.

use std::collections::HashMap;

use datafusion_common::JoinType;
use datafusion_expr::LogicalPlan;

/// Whether no row can come out of a plan where some tables are empty. A total over no rows counts as none: nothing is found by it.
pub fn is_starved(plan: &LogicalPlan, is_empty: &dyn Fn(&str) -> bool) -> bool {
    // The children come before their parents, and each parent takes the answers of its own: a query may be thousands deep.
    let mut answers: HashMap<*const LogicalPlan, bool> = HashMap::new();
    let mut open = vec![(plan, false)];
    while let Some((node, is_ready)) = open.pop() {
        let inputs = node.inputs();
        if !is_ready {
            open.push((node, true));
            open.extend(inputs.into_iter().map(|input| (input, false)));
            continue;
        }
        let of = |input: &LogicalPlan| answers.get(&std::ptr::from_ref(input)).copied().unwrap_or(false);
        let answer = match node {
            LogicalPlan::TableScan(scan) => is_empty(scan.table_name.table()),
            LogicalPlan::Join(join) => {
                let (left, right) = (of(&join.left), of(&join.right));
                match join.join_type {
                    JoinType::Inner | JoinType::LeftSemi | JoinType::RightSemi => left || right,
                    JoinType::Left | JoinType::LeftAnti | JoinType::LeftMark => left,
                    JoinType::Right | JoinType::RightAnti | JoinType::RightMark => right,
                    JoinType::Full => left && right,
                }
            }
            _ => !inputs.is_empty() && inputs.into_iter().all(of),
        };
        answers.insert(std::ptr::from_ref(node), answer);
    }
    answers.get(&std::ptr::from_ref(plan)).copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::trial::{Folder, planned, sysmon};

    #[test]
    fn what_a_plan_cannot_do_without_starves_it() {
        let folder = Folder::new().with("a.json", &sysmon("pc", 1, 0, r"C:\\b.exe", ""));
        let source = Arc::new(folder.source());
        let is_file = |name: &str| name == "DeviceFileEvents";
        let of = |kql: &str| is_starved(&planned(&source, kql), &is_file);
        let joined = |kind: &str, left: &str, right: &str| {
            of(&format!(
                "Device{left}Events | join kind={kind} (Device{right}Events) on DeviceId | where FileName == 'a'"
            ))
        };
        assert!(joined("inner", "Process", "File") && joined("inner", "File", "Process"));
        assert!(joined("leftsemi", "Process", "File") && joined("leftouter", "File", "Process"));
        assert!(!joined("leftouter", "Process", "File") && !joined("leftanti", "Process", "File"));
        assert!(!joined("fullouter", "Process", "File"));
        assert!(!of("DeviceProcessEvents | union DeviceFileEvents"));
        assert!(of("union DeviceFileEvents, (DeviceFileEvents | summarize count())"));
        assert!(!of("print a = 1"));
    }
}
