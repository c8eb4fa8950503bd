//! Collections of rules in one file, as Sigma had them before correlations: `action: global` gives keys to the rules that follow,
//! `repeat` changes the one before, `reset` ends what is global.

use super::messages;
use super::yaml::{Content, Document, MAX_ALIASED, Node};
use crate::Diagnostic;

/// Nodes that a file's rules may get from others: real collections need some thousand.
const MAX_COPIED: usize = 10 * MAX_ALIASED;

/// The documents once their actions are done. What a broken one gave to others breaks them.
pub(super) fn merged(documents: Vec<Document>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Document> {
    let mut out = Vec::with_capacity(documents.len());
    let (mut global, mut previous) = (None::<Document>, None::<Document>);
    let mut is_told = false;
    // What every rule that follows gets, and what all of them got.
    let (mut weight, mut copied) = (0, 0);
    for mut document in documents {
        let Some(action) = take(&mut document.root, "action") else {
            if let (Some(global), true) = (&global, is_rule(&document.root)) {
                copied += weight;
                if copied > MAX_COPIED {
                    diagnostics.push(messages::too_many_copies(document.root.span));
                    break;
                }
                lay_over(&mut document.root, &global.root);
                document.is_broken |= global.is_broken;
            }
            if is_rule(&document.root) {
                previous = Some(document.clone());
            }
            out.push(document);
            continue;
        };
        match action.scalar().unwrap_or("") {
            "global" => {
                previous = Some(document.clone());
                weight = document.root.weight();
                global = Some(document);
            }
            "reset" => global = None,
            "repeat" => {
                let mut again = previous.unwrap_or_else(|| document.clone());
                lay_over(&mut again.root, &document.root);
                again.is_broken |= document.is_broken;
                copied += again.root.weight();
                if copied > MAX_COPIED {
                    diagnostics.push(messages::too_many_copies(document.root.span));
                    break;
                }
                again.root.span = document.root.span;
                previous = Some(again.clone());
                out.push(again);
            }
            word => {
                diagnostics.push(messages::unknown_action(action.span, word));
                continue;
            }
        }
        if !std::mem::replace(&mut is_told, true) {
            diagnostics.push(messages::action(action.span));
        }
    }
    out
}

fn is_rule(document: &Node) -> bool {
    let Content::Map(entries) = &document.content else { return false };
    !entries.iter().any(|(key, _)| matches!(key.scalar(), Some("correlation" | "filter")))
}

fn take(document: &mut Node, name: &str) -> Option<Node> {
    let Content::Map(entries) = &mut document.content else { return None };
    let index = entries.iter().position(|(key, _)| key.scalar() == Some(name))?;
    Some(entries.remove(index).1)
}

/// Puts the keys of one map into another, where maps meet maps within it too. Nesting is bounded by that of documents.
fn lay_over(under: &mut Node, over: &Node) {
    let (Content::Map(entries), Content::Map(more)) = (&mut under.content, &over.content) else {
        return;
    };
    for (key, value) in more {
        match entries.iter_mut().find(|(known, _)| known.scalar().is_some() && known.scalar() == key.scalar()) {
            Some((_, held)) if matches!((&held.content, &value.content), (Content::Map(_), Content::Map(_))) => {
                lay_over(held, value);
            }
            Some((_, held)) => *held = value.clone(),
            None => entries.push((key.clone(), value.clone())),
        }
    }
}
