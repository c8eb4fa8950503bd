//! What processes do on a machine, as Sysmon tells it: files, streams, networks, names, libraries, the registry.

use crate::clock;
use crate::dice::Dice;
use crate::event::{Value, text};
use crate::host::{Host, Process, account, hashes};

impl Host {
    /// Sysmon 5.
    pub fn ends(&mut self, process: &Process) {
        self.sysmon(5, 3, process, |_, process| vec![("User", text(account(&process.user)))]);
    }

    /// Sysmon 11. A rename is no creation: Sysmon does not log it.
    pub fn creates(&mut self, process: &Process, path: &str) {
        self.sysmon(11, 2, process, |host, process| {
            let now = clock::utc(host.time);
            vec![("TargetFilename", text(path)), ("CreationUtcTime", text(now)), ("User", text(account(&process.user)))]
        });
    }

    /// Sysmon 15: a stream of a file, such as the mark of the web.
    pub fn streams(&mut self, process: &Process, path: &str, stream: &str, contents: &str) {
        self.sysmon(15, 2, process, |host, process| {
            vec![
                ("TargetFilename", text(format!("{path}:{stream}"))),
                ("CreationUtcTime", text(clock::utc(host.time - 2 * clock::SECOND))),
                ("Hash", text(hashes(path))),
                ("Contents", text(contents)),
                ("User", text(account(&process.user))),
            ]
        });
    }

    /// Sysmon 23.
    pub fn deletes(&mut self, process: &Process, path: &str) {
        self.sysmon(23, 5, process, |_, process| {
            let image = process.image.clone();
            vec![
                ("User", text(account(&process.user))),
                ("Image", text(image)),
                ("TargetFilename", text(path)),
                ("Hashes", text(hashes(path))),
                ("IsExecutable", Value::Flag(path.ends_with(".exe") || path.ends_with(".dll"))),
                ("Archived", text("true")),
            ]
        });
    }

    /// Sysmon 22 and, where an address is given, 3.
    pub fn visits(&mut self, process: &Process, name: &str, port: u64) {
        let mut dice = Dice::of(name);
        let address = format!("203.0.113.{}", dice.between(1, 255));
        self.sysmon(22, 5, process, |_, process| {
            vec![
                ("QueryName", text(name)),
                ("QueryStatus", text("0")),
                ("QueryResults", text(format!("::ffff:{address};"))),
                ("Image", text(process.image.clone())),
                ("User", text(account(&process.user))),
            ]
        });
        self.sysmon(3, 5, process, |host, process| {
            vec![
                ("User", text(account(&process.user))),
                ("Protocol", text("tcp")),
                ("Initiated", Value::Flag(true)),
                ("SourceIsIpv6", Value::Flag(false)),
                ("SourceIp", text(host.address.clone())),
                ("SourceHostname", text(host.computer.clone())),
                ("SourcePort", Value::Number(host.dice.between(49_152, 65_535))),
                ("SourcePortName", text("-")),
                ("DestinationIsIpv6", Value::Flag(false)),
                ("DestinationIp", text(address.clone())),
                ("DestinationHostname", text("-")),
                ("DestinationPort", Value::Number(port)),
                ("DestinationPortName", text(if port == 443 { "https" } else { "http" })),
            ]
        });
    }

    /// Sysmon 7.
    pub fn loads(&mut self, process: &Process, library: &str) {
        self.sysmon(7, 3, process, |_, process| {
            let name = library.rsplit('\\').next().unwrap_or(library).to_owned();
            vec![
                ("ImageLoaded", text(library)),
                ("FileVersion", text("10.0.26100.1882 (WinBuild.160101.0800)")),
                ("Description", text("-")),
                ("Product", text("Microsoft® Windows® Operating System")),
                ("Company", text("Microsoft Corporation")),
                ("OriginalFileName", text(name)),
                ("Hashes", text(hashes(library))),
                ("Signed", text("true")),
                ("Signature", text("Microsoft Windows")),
                ("SignatureStatus", text("Valid")),
                ("User", text(account(&process.user))),
            ]
        });
    }

    /// Sysmon 10, whose fields have names of their own.
    pub fn opens(&mut self, process: &Process, target: &Process, access: u64) {
        self.sysmon(10, 3, process, |host, process| {
            vec![
                ("SourceProcessGUID", Value::Guid(process.guid.clone())),
                ("SourceProcessId", Value::Number(process.id.into())),
                ("SourceThreadId", Value::Number(host.dice.between(1000, 9000))),
                ("SourceImage", text(process.image.clone())),
                ("TargetProcessGUID", Value::Guid(target.guid.clone())),
                ("TargetProcessId", Value::Number(target.id.into())),
                ("TargetImage", text(target.image.clone())),
                ("GrantedAccess", Value::Hex(access)),
                (
                    "CallTrace",
                    text("C:\\Windows\\SYSTEM32\\ntdll.dll+9f0a4|C:\\Windows\\System32\\KERNELBASE.dll+2b9be"),
                ),
                ("SourceUser", text(account(&process.user))),
                ("TargetUser", text(account(&target.user))),
            ]
        });
        if let Some(event) = self.events.last_mut().filter(|event| event.id == 10) {
            event.data.retain(|(name, _)| !matches!(*name, "ProcessGuid" | "ProcessId" | "Image"));
        }
    }

    /// Sysmon 12: a key is created.
    pub fn creates_key(&mut self, process: &Process, key: &str) {
        self.registry(12, process, "CreateKey", key, None);
    }

    /// Sysmon 13.
    pub fn sets(&mut self, process: &Process, value: &str, details: &str) {
        self.registry(13, process, "SetValue", value, Some(details));
    }

    fn registry(&mut self, id: u32, process: &Process, kind: &str, target: &str, details: Option<&str>) {
        self.sysmon(id, 2, process, |host, process| {
            let mut fields = vec![
                ("EventType", text(kind)),
                ("UtcTime", text(clock::utc(host.time))),
                ("ProcessGuid", Value::Guid(process.guid.clone())),
                ("ProcessId", Value::Number(process.id.into())),
                ("Image", text(process.image.clone())),
                ("TargetObject", text(target)),
            ];
            fields.extend(details.map(|details| ("Details", text(details))));
            fields.push(("User", text(account(&process.user))));
            fields
        });
    }
}
