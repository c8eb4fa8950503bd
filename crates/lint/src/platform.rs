//! Platforms: the SIEMs that a detection may be held to, each with its own tables.

use std::collections::BTreeMap;

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

    /// Its tables with their columns, and the names of these columns' types in KQL. QRadar's are those of the program.
    pub fn tables(self) -> BTreeMap<&'static str, Vec<(&'static str, &'static str)>> {
        match self {
            Platform::Defender => read(include_str!("../data/defender.txt")),
            Platform::Sentinel => read(include_str!("../data/sentinel.txt")),
            Platform::QRadar => BTreeMap::new(),
        }
    }
}

fn read(text: &'static str) -> BTreeMap<&'static str, Vec<(&'static str, &'static str)>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' ')).map(|(name, types)| (name, columns(types))).collect()
}

fn columns(types: &'static str) -> Vec<(&'static str, &'static str)> {
    let of_type = |(kind, names): (&'static str, &'static str)| names.split(',').map(move |name| (name, kind));
    types.split(' ').filter_map(|one| one.split_once(':')).flat_map(of_type).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_there_by_platform() {
        let has = |platform: Platform, column: (&str, &str)| platform.tables()["DeviceFileEvents"].contains(&column);
        assert!(
            has(Platform::Defender, ("Timestamp", "datetime")) && !has(Platform::Sentinel, ("Timestamp", "datetime"))
        );
        assert!(has(Platform::Sentinel, ("TimeGenerated", "datetime")));
        assert!(!has(Platform::Defender, ("AccountName", "string")));
        assert!(Platform::Sentinel.tables().len() > 800);
    }

    #[test]
    fn a_variant_names_its_platform() {
        assert_eq!(Platform::from_title("IBM QRadar"), Some(Platform::QRadar));
        assert_eq!(Platform::from_title("Microsoft Defender XDR"), Some(Platform::Defender));
        assert_eq!(Platform::from_title("Sigma"), None);
    }
}
