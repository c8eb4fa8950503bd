//! Images: the files of processes, whose paths two logs may spell in different ways.
//!
//! A path is a volume and names. The number of a volume says nothing of the drive that it is, and a short name (`PROGRA~1`) no more
//! than how the long one begins, so this is for records that agree in all else.

/// Whether two paths may name one file.
pub fn are_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || may_be_same(&one.to_lowercase(), &other.to_lowercase())
}

fn may_be_same(one: &str, other: &str) -> bool {
    let (one, other) = (Path::of(one), Path::of(other));
    let agree = match (one.volume, other.volume) {
        (Volume::None | Volume::Share, _) | (_, Volume::None | Volume::Share) => one.volume == other.volume,
        (Volume::Unknown, _) | (_, Volume::Unknown) => true,
        (Volume::Drive(_), Volume::Number(_)) | (Volume::Number(_), Volume::Drive(_)) => true,
        (one, other) => one == other,
    };
    let (mut ones, mut others) = (one.names(), other.names());
    agree
        && loop {
            match (ones.next(), others.next()) {
                (None, None) => break true,
                (Some(one), Some(other)) if one == other || is_short_for(one, other) || is_short_for(other, one) => {}
                _ => break false,
            }
        }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Volume<'p> {
    /// A name alone, or a path that does not say where it begins.
    None,
    Share,
    Drive(&'p str),
    Number(&'p str),
    /// Where the system is.
    Unknown,
}

struct Path<'p> {
    volume: Volume<'p>,
    rest: &'p str,
    /// What of the path the volume stands for.
    before: Option<&'static str>,
}

impl<'p> Path<'p> {
    fn of(path: &'p str) -> Self {
        let plain = path.strip_prefix(r"\??\").or_else(|| path.strip_prefix(r"\\?\")).unwrap_or(path);
        let whole = |volume, rest| Path { volume, rest, before: None };
        if let Some(rest) = plain.strip_prefix(r"\systemroot\") {
            return Path { volume: Volume::Unknown, rest, before: Some("windows") };
        }
        if let Some((number, rest)) = plain.strip_prefix(r"\device\harddiskvolume").and_then(|at| at.split_once('\\')) {
            return whole(Volume::Number(number), rest);
        }
        let is_of_share = plain.len() < path.len();
        let of_share = plain.strip_prefix(r"unc\").filter(|_| is_of_share);
        if let Some(rest) = of_share.or_else(|| plain.strip_prefix(r"\\")) {
            return whole(Volume::Share, rest);
        }
        match plain.split_once(r":\") {
            Some((drive, rest)) if drive.len() == 1 => whole(Volume::Drive(drive), rest),
            _ => whole(Volume::None, plain),
        }
    }

    fn names(&self) -> impl Iterator<Item = &'p str> + use<'p> {
        self.before.into_iter().chain(self.rest.split('\\'))
    }
}

/// Whether a name such as `progra~1` or `micros~2.exe` may be short for a long one.
fn is_short_for(short: &str, long: &str) -> bool {
    let (stem, ending) = short.rsplit_once('.').unwrap_or((short, ""));
    let Some((begin, number)) = stem.rsplit_once('~') else { return false };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || begin.is_empty() || stem.len() > 8 || ending.len() > 3 || long.contains('~') {
        return false;
    }
    let (long_stem, long_ending) = long.rsplit_once('.').unwrap_or((long, ""));
    // What short names have no room for is left out or underlined.
    let kept = |name: &str| -> String {
        let sign = |c: char| if "+,;=[]".contains(c) { '_' } else { c };
        name.chars().filter(|c| !matches!(c, ' ' | '.')).map(sign).collect()
    };
    let (long_stem, long_ending) = (kept(long_stem), kept(long_ending));
    let fits_ending = long_ending.chars().take(3).eq(ending.chars());
    // After the fourth of one beginning, two of its letters and a hash stand in their place.
    let hash = begin.get(2..).filter(|hash| hash.len() == 4 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let begins = |begin: &str| long_stem.starts_with(begin);
    fits_ending && (begins(begin) || hash.is_some() && begin.get(..2).is_some_and(begins))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_may_be_spelt_in_many_ways() {
        let file = r"C:\Program Files\My App+\launcher.exe";
        for other in [
            r"c:\PROGRAM FILES\my app+\LAUNCHER.EXE",
            r"\??\C:\Program Files\My App+\launcher.exe",
            r"\\?\C:\Program Files\My App+\launcher.exe",
            r"\Device\HarddiskVolume3\Program Files\My App+\launcher.exe",
            r"C:\PROGRA~1\MYAPP_~1\LAUNCH~1.EXE",
            r"\Device\HarddiskVolume3\PROGRA~2\My App+\LA1B2C~1.EXE",
        ] {
            assert!(are_same(file, other) && are_same(other, file), "{other}");
        }
        assert!(are_same(r"\SystemRoot\System32\smss.exe", r"C:\Windows\System32\smss.exe"));
        assert!(are_same(r"\\srv\share\a.exe", r"\??\UNC\srv\share\A.exe") && are_same("Registry", "registry"));
    }

    #[test]
    fn other_files_stay_others() {
        for (one, other) in [
            (r"C:\a.exe", r"D:\a.exe"),
            (r"C:\a.exe", r"C:\b\a.exe"),
            (r"C:\a.exe", "a.exe"),
            (r"\Device\HarddiskVolume3\a.exe", r"\Device\HarddiskVolume4\a.exe"),
            (r"\\srv\share\a.exe", r"C:\srv\share\a.exe"),
            (r"C:\PROGRA~1\a.exe", r"C:\Other Files\a.exe"),
            (r"C:\LAUNCH~1.EXE", r"C:\launcher.com"),
            (r"C:\LAUNCH~1.EXE", r"C:\LAUNCH~2.EXE"),
            (r"C:\~1.EXE", r"C:\x.exe"),
            (r"C:\launcher~1.exe", r"C:\launcher.exe"),
            ("", "a.exe"),
        ] {
            assert!(!are_same(one, other) && !are_same(other, one), "{one} {other}");
        }
    }
}
