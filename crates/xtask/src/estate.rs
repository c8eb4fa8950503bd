//! The estate that the benchmarks' events come from: its programs, people and machines.

use crate::dice::Dice;
use crate::program::{Details, details};

const PROGRAMS: usize = 900;
const PEOPLE: usize = 300;
const MACHINES: usize = 400;

pub struct Estate {
    /// The most used come first.
    pub programs: Vec<Program>,
    pub people: Vec<String>,
    pub machines: Vec<String>,
}

pub struct Program {
    pub image: String,
    pub kind: Kind,
    pub hashes: String,
    pub details: Details,
}

/// What its command lines look like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Browser,
    PowerShell,
    Shell,
    Service,
    Tool,
}

impl Estate {
    pub fn new(seed: u64) -> Estate {
        let mut dice = Dice::of(&format!("estate {seed}"));
        let mut programs: Vec<Program> =
            KNOWN.iter().map(|(image, kind)| Program::new(&mut dice, (*image).to_owned(), *kind)).collect();
        for number in programs.len()..PROGRAMS {
            let word = dice.pick(&WORDS).unwrap_or_default();
            let other = dice.pick(&WORDS).unwrap_or_default();
            let image = match dice.between(0, 4) {
                0 => format!("C:\\Program Files\\{word} {other}\\{}-{number}.exe", word.to_lowercase()),
                1 => format!("C:\\Program Files (x86)\\{word}\\{other}{number}\\{other}.exe"),
                2 => format!("C:\\ProgramData\\{word}\\bin\\{}{number}.exe", other.to_lowercase()),
                _ => format!("C:\\Windows\\System32\\{}{}{number}.exe", word.to_lowercase(), other.to_lowercase()),
            };
            programs.push(Program::new(&mut dice, image, Kind::Tool));
        }
        Estate {
            programs,
            people: (1..=PEOPLE).map(|number| format!("CORP\\user{number:03}")).collect(),
            machines: (1..=MACHINES)
                .map(|number| format!("{}-{number:04}.corp.example", if number % 10 == 0 { "SRV" } else { "WS" }))
                .collect(),
        }
    }

    pub fn kind(&self, kind: Kind, at: u64) -> Option<&Program> {
        let all: Vec<&Program> = self.programs.iter().take(KNOWN.len()).filter(|known| known.kind == kind).collect();
        all.get(usize::try_from(at).unwrap_or(0) % all.len().max(1)).copied()
    }
}

impl Program {
    fn new(dice: &mut Dice, image: String, kind: Kind) -> Program {
        Program { kind, hashes: format!("SHA256={}", dice.hex(64)), details: details(&image), image }
    }
}

/// Programs by their place in the image: what runs most often on Windows, in about that order.
const KNOWN: [(&str, Kind); 28] = [
    ("C:\\Windows\\System32\\svchost.exe", Kind::Service),
    ("C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe", Kind::Browser),
    ("C:\\Windows\\System32\\conhost.exe", Kind::Tool),
    ("C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe", Kind::Browser),
    ("C:\\Windows\\System32\\backgroundTaskHost.exe", Kind::Tool),
    ("C:\\Windows\\System32\\cmd.exe", Kind::Shell),
    ("C:\\Windows\\System32\\RuntimeBroker.exe", Kind::Tool),
    ("C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", Kind::PowerShell),
    ("C:\\Windows\\System32\\taskhostw.exe", Kind::Tool),
    ("C:\\Windows\\System32\\dllhost.exe", Kind::Tool),
    ("C:\\Windows\\System32\\SearchProtocolHost.exe", Kind::Tool),
    ("C:\\Windows\\System32\\wbem\\WmiPrvSE.exe", Kind::Service),
    ("C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE", Kind::Tool),
    ("C:\\Program Files\\Mozilla Firefox\\firefox.exe", Kind::Browser),
    ("C:\\Windows\\explorer.exe", Kind::Tool),
    ("C:\\Windows\\System32\\rundll32.exe", Kind::Tool),
    ("C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE", Kind::Tool),
    ("C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE", Kind::Tool),
    ("C:\\Windows\\System32\\msiexec.exe", Kind::Tool),
    ("C:\\Windows\\System32\\net.exe", Kind::Tool),
    ("C:\\Windows\\System32\\ipconfig.exe", Kind::Tool),
    ("C:\\Windows\\System32\\schtasks.exe", Kind::Tool),
    ("C:\\Windows\\System32\\wscript.exe", Kind::Tool),
    ("C:\\Program Files\\nodejs\\node.exe", Kind::Tool),
    ("C:\\Windows\\System32\\certutil.exe", Kind::Tool),
    ("C:\\Windows\\System32\\mshta.exe", Kind::Tool),
    ("C:\\Windows\\System32\\services.exe", Kind::Service),
    ("C:\\Windows\\System32\\gpupdate.exe", Kind::Tool),
];

const WORDS: [&str; 32] = [
    "Agent", "Archive", "Asset", "Audit", "Backup", "Bridge", "Cache", "Client", "Cloud", "Compute", "Console", "Data",
    "Deploy", "Device", "Disk", "Driver", "Gateway", "Image", "Index", "Ledger", "Licence", "Mail", "Monitor",
    "Network", "Notify", "Print", "Report", "Scan", "Session", "Sync", "Update", "Vault",
];
