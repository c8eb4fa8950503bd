//! ATT&CK techniques in Sigma's tags.

/// `T1204.001` for `attack.t1204.001`; tags that name no technique give nothing.
pub(crate) fn techniques<'a>(tags: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut techniques: Vec<String> = Vec::new();
    for tag in tags {
        let id = tag.trim().to_ascii_uppercase();
        if let Some(id) = id.strip_prefix("ATTACK.").filter(|id| is_technique(id))
            && !techniques.iter().any(|known| known == id)
        {
            techniques.push(id.to_string());
        }
    }
    techniques
}

/// `T1204`, `T1204.001`, or a tactic's `TA0002`.
pub fn is_attack_id(id: &str) -> bool {
    is_tactic(id) || is_technique(id)
}

pub(crate) fn is_tactic(id: &str) -> bool {
    id.strip_prefix("TA").is_some_and(|id| id.len() == 4 && id.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `T1204` or `T1204.001`.
pub(crate) fn is_technique(id: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    match id.strip_prefix('T').map(|id| id.split_once('.')) {
        Some(Some((technique, sub))) => digits(technique, 4) && digits(sub, 3),
        Some(None) => digits(id.get(1..).unwrap_or(""), 4),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_techniques_count() {
        let tags =
            ["attack.execution", "attack.t1204.001", "attack.T1059", "attack.s0002", "cve.2021-1", "attack.t1059"];
        assert_eq!(techniques(tags), ["T1204.001", "T1059"]);
        assert!(!is_technique("T1204.01"));
    }
}
