//! A Windows machine that logs what happens on it: every deed is an event of Sysmon, of the Security log, or of both.

use crate::clock;
use crate::dice::Dice;
use crate::event::{Event, SECURITY, SYSMON, Source, Value, text};
use crate::program;

pub struct Host {
    pub name: &'static str,
    pub computer: String,
    pub domain: &'static str,
    pub address: String,
    pub log: Log,
    pub time: i64,
    pub dice: Dice,
    pub events: Vec<Event>,
    /// Which events the Malicious Link detection must find (index), and why.
    pub expected: Vec<(usize, &'static str)>,
    machine: String,
    next_process: u32,
    sysmon_record: u64,
    security_record: u64,
}

/// What the machine is set to log.
#[derive(Clone, Copy)]
pub struct Log {
    pub sysmon: bool,
    pub security: bool,
    /// The policy that puts command lines into Security 4688.
    pub command_lines: bool,
}

pub const BOTH: Log = Log { sysmon: true, security: true, command_lines: true };

#[derive(Clone)]
pub struct User {
    pub name: String,
    pub domain: String,
    pub sid: String,
    pub logon: u64,
    pub elevated: bool,
}

#[derive(Clone)]
pub struct Process {
    pub id: u32,
    pub guid: String,
    pub image: String,
    pub command: String,
    pub user: User,
}

impl Host {
    pub fn new(name: &'static str, domain: &'static str, log: Log, time: i64) -> Host {
        let mut dice = Dice::of(name);
        Host {
            name,
            computer: format!("{name}.corp.example"),
            domain,
            address: format!("10.20.30.{}", dice.between(20, 250)),
            log,
            time,
            machine: dice.hex(8),
            next_process: 4200,
            sysmon_record: dice.between(10_000, 90_000),
            security_record: dice.between(200_000, 900_000),
            dice,
            events: Vec::new(),
            expected: Vec::new(),
        }
    }

    pub fn system(&self) -> User {
        User {
            name: "SYSTEM".into(),
            domain: "NT AUTHORITY".into(),
            sid: "S-1-5-18".into(),
            logon: 0x3e7,
            elevated: true,
        }
    }

    pub fn person(&mut self, name: &str, elevated: bool) -> User {
        let mut dice = Dice::of(name);
        let sid = format!("S-1-5-21-2914306578-1735209467-3302918821-{}", dice.between(1100, 9000));
        User {
            name: name.into(),
            domain: self.domain.into(),
            sid,
            logon: 0x40000 + self.dice.between(0, 0x40_0000),
            elevated,
        }
    }

    /// A process that was there before the log begins.
    pub fn running(&mut self, user: &User, image: &str, command: &str) -> Process {
        self.next_process += u32::try_from(self.dice.between(1, 90)).unwrap_or(1) * 4;
        let process = self.next_process;
        let guid = format!(
            "{}-{}-{}-{}-{}",
            self.machine,
            self.dice.hex(4),
            format_args!("{:04X}", self.time / clock::SECOND % 65_536),
            self.dice.hex(4),
            self.dice.hex(12)
        );
        Process { id: process, guid, image: image.into(), command: command.into(), user: user.clone() }
    }

    /// Sysmon 1 and Security 4688.
    pub fn start(&mut self, parent: &Process, image: &str, command: &str) -> Process {
        let user = parent.user.clone();
        self.start_as(parent, &user, image, command)
    }

    pub fn start_as(&mut self, parent: &Process, user: &User, image: &str, command: &str) -> Process {
        let process = self.running(user, image, command);
        let (description, product, company, original) = program::details(image);
        let integrity = integrity(user);
        self.sysmon(1, 5, &process, |host, process| {
            vec![
                (
                    "FileVersion",
                    text(if company.starts_with("Microsoft") { "10.0.26100.1882 (WinBuild.160101.0800)" } else { "-" }),
                ),
                ("Description", text(description)),
                ("Product", text(product)),
                ("Company", text(company)),
                ("OriginalFileName", text(original)),
                ("CommandLine", text(command)),
                (
                    "CurrentDirectory",
                    text(if user.logon == 0x3e7 { "C:\\Windows\\system32\\".to_owned() } else { home(user) }),
                ),
                ("User", text(account(user))),
                (
                    "LogonGuid",
                    Value::Guid(format!("{}-0000-0000-{:04X}-{:012X}", host.machine, user.logon % 65_536, user.logon)),
                ),
                ("LogonId", Value::Hex(user.logon)),
                ("TerminalSessionId", Value::Number(u64::from(user.logon != 0x3e7))),
                ("IntegrityLevel", text(integrity)),
                ("Hashes", text(hashes(&process.image))),
                ("ParentProcessGuid", Value::Guid(parent.guid.clone())),
                ("ParentProcessId", Value::Number(parent.id.into())),
                ("ParentImage", text(parent.image.clone())),
                ("ParentCommandLine", text(parent.command.clone())),
                ("ParentUser", text(account(&parent.user))),
            ]
        });
        self.process_created(parent, &process);
        process
    }

    fn process_created(&mut self, parent: &Process, process: &Process) {
        let (caller, user) = (&parent.user, &process.user);
        let (domain, name) = subject(self.name, self.domain, caller);
        let same = caller.sid == user.sid;
        let command = if self.log.command_lines { process.command.clone() } else { String::new() };
        self.security(
            4688,
            2,
            13312,
            vec![
                ("SubjectUserSid", text(caller.sid.clone())),
                ("SubjectUserName", text(name)),
                ("SubjectDomainName", text(domain)),
                ("SubjectLogonId", Value::Hex(caller.logon)),
                ("NewProcessId", Value::Hex(process.id.into())),
                ("NewProcessName", text(process.image.clone())),
                (
                    "TokenElevationType",
                    text(if user.logon == 0x3e7 {
                        "%%1936"
                    } else if user.elevated {
                        "%%1937"
                    } else {
                        "%%1938"
                    }),
                ),
                ("ProcessId", Value::Hex(parent.id.into())),
                ("CommandLine", text(command)),
                ("TargetUserSid", text(if same { "S-1-0-0".to_owned() } else { user.sid.clone() })),
                ("TargetUserName", text(if same { "-".to_owned() } else { user.name.clone() })),
                ("TargetDomainName", text(if same { "-".to_owned() } else { user.domain.clone() })),
                ("TargetLogonId", Value::Hex(if same { 0 } else { user.logon })),
                ("ParentProcessName", text(parent.image.clone())),
                (
                    "MandatoryLabel",
                    text(match integrity(user) {
                        "System" => "S-1-16-16384",
                        "High" => "S-1-16-12288",
                        _ => "S-1-16-8192",
                    }),
                ),
            ],
        );
    }

    /// An event of Sysmon about a process: the fields that all begin with, then those that `rest` gives.
    pub fn sysmon(
        &mut self,
        id: u32,
        version: u8,
        process: &Process,
        rest: impl FnOnce(&mut Host, &Process) -> Vec<(&'static str, Value)>,
    ) {
        self.time += i64::try_from(self.dice.between(900, 24_000)).unwrap_or(1000);
        if !self.log.sysmon {
            return;
        }
        let mut data = vec![
            ("RuleName", text("-")),
            ("UtcTime", text(clock::utc(self.time))),
            ("ProcessGuid", Value::Guid(process.guid.clone())),
            ("ProcessId", Value::Number(process.id.into())),
            ("Image", text(process.image.clone())),
        ];
        let rest = rest(self, process);
        // In most templates the fields follow; a field named again moves to its later place.
        data.retain(|(name, _)| !rest.iter().any(|(again, _)| again == name));
        data.extend(rest);
        self.sysmon_record += 1;
        let record = self.sysmon_record;
        self.push(&SYSMON, id, version, id, record, data);
    }

    pub fn security(&mut self, id: u32, version: u8, task: u32, data: Vec<(&'static str, Value)>) {
        self.time += i64::try_from(self.dice.between(100, 2_000)).unwrap_or(500);
        if !self.log.security {
            return;
        }
        self.security_record += self.dice.between(1, 4);
        let record = self.security_record;
        self.push(&SECURITY, id, version, task, record, data);
    }

    /// What `play` logs and `is` says yes to must be found by the detection.
    pub fn expect<T>(
        &mut self,
        why: &'static str,
        is: impl Fn(&Event) -> bool,
        play: impl FnOnce(&mut Host) -> T,
    ) -> T {
        let from = self.events.len();
        let played = play(self);
        let found = self.events.iter().enumerate().skip(from).filter(|(_, event)| is(event));
        self.expected.extend(found.map(|(at, _)| (at, why)));
        played
    }

    /// A while passes.
    pub fn wait(&mut self, low: i64, high: i64) {
        self.time += i64::try_from(self.dice.between(low.unsigned_abs(), high.unsigned_abs())).unwrap_or(low);
    }

    fn push(
        &mut self,
        source: &'static Source,
        id: u32,
        version: u8,
        task: u32,
        record: u64,
        data: Vec<(&'static str, Value)>,
    ) {
        let logged = self.time + i64::try_from(self.dice.between(200, 900)).unwrap_or(500);
        self.events.push(Event {
            source,
            id,
            version,
            task,
            time: logged,
            record,
            computer: self.computer.clone(),
            data,
        });
    }
}

pub fn account(user: &User) -> String {
    format!("{}\\{}", user.domain, user.name)
}

pub fn home(user: &User) -> String {
    format!("C:\\Users\\{}\\", user.name)
}

/// The Security log names the machine's account where Sysmon says SYSTEM.
fn subject(host: &str, domain: &str, user: &User) -> (String, String) {
    if user.logon == 0x3e7 { (domain.to_owned(), format!("{host}$")) } else { (user.domain.clone(), user.name.clone()) }
}

fn integrity(user: &User) -> &'static str {
    if user.logon == 0x3e7 {
        "System"
    } else if user.elevated {
        "High"
    } else {
        "Medium"
    }
}

pub fn hashes(image: &str) -> String {
    let mut dice = Dice::of(&image.to_lowercase());
    format!("SHA1={},MD5={},SHA256={},IMPHASH={}", dice.hex(40), dice.hex(32), dice.hex(64), dice.hex(32))
}
