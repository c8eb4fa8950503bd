//! Platforms: the SIEMs that a detection may be held to, and what they do not have in common.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    Defender,
    Sentinel,
    QRadar,
}

impl Platform {
    pub fn name(self) -> &'static str {
        match self {
            Platform::Defender => "Microsoft Defender",
            Platform::Sentinel => "Microsoft Sentinel",
            Platform::QRadar => "IBM QRadar",
        }
    }

    /// The platform that a package's variant names.
    pub fn from_title(title: &str) -> Option<Self> {
        let title = title.to_lowercase();
        [(Platform::Defender, "defender"), (Platform::Sentinel, "sentinel"), (Platform::QRadar, "qradar")]
            .into_iter()
            .find(|(_, word)| title.contains(word))
            .map(|(platform, _)| platform)
    }

    /// Whether its table has a column, of those that the program's own table of this name has: that is made for both of Microsoft's.
    pub fn has(self, table: &str, column: &str) -> bool {
        let Some(columns) = columns(table) else {
            return true;
        };
        let found = columns.split(' ').find(|known| known.trim_end_matches('!') == column);
        match (self, found) {
            (Platform::Defender, found) => found.is_some(),
            (Platform::Sentinel, found) => found.is_none_or(|found| !found.ends_with('!')),
            (Platform::QRadar, _) => true,
        }
    }
}

fn columns(table: &str) -> Option<&'static str> {
    let lines = include_str!("../data/defender.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' ')).find(|(name, _)| *name == table).map(|(_, columns)| columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_there_by_platform() {
        let has = |platform: Platform, column: &str| platform.has("DeviceFileEvents", column);
        assert!(has(Platform::Defender, "Timestamp") && !has(Platform::Sentinel, "Timestamp"));
        assert!(has(Platform::Sentinel, "TimeGenerated") && !has(Platform::Defender, "TimeGenerated"));
        assert!(has(Platform::Sentinel, "SHA1") && has(Platform::Defender, "SHA1"));
        assert!(Platform::Defender.has("SigninLogs", "UserPrincipalName"));
    }

    #[test]
    fn a_variant_names_its_platform() {
        assert_eq!(Platform::from_title("IBM QRadar"), Some(Platform::QRadar));
        assert_eq!(Platform::from_title("Microsoft Defender XDR"), Some(Platform::Defender));
        assert_eq!(Platform::from_title("Sigma"), None);
    }
}
