//! An ordinary day: what machines log when nothing is wrong.

use crate::browser::{Browser, CHROME, Download, EDGE, desktop, unpacks};
use crate::clock::{MINUTE, SECOND};
use crate::host::{Host, Process, User, home};
use crate::link::{CMD, POWERSHELL};

const SYSTEM32: &str = "C:\\Windows\\System32\\";

/// The processes that are there as long as the machine runs.
pub struct Running {
    pub services: Process,
    pub svchost: Process,
    winlogon: Process,
    lsass: Process,
    defender: Process,
}

pub fn boots(host: &mut Host) -> Running {
    let system = host.system();
    let kernel = host.running(&system, "System", "");
    let smss = host.start(&kernel, &program("smss.exe"), "\\SystemRoot\\System32\\smss.exe");
    host.start(
        &smss,
        &program("csrss.exe"),
        "%SystemRoot%\\system32\\csrss.exe ObjectDirectory=\\Windows SharedSection=1024,20480,768",
    );
    let wininit = host.start(&smss, &program("wininit.exe"), "wininit.exe");
    let services = host.start(&wininit, &program("services.exe"), "C:\\Windows\\system32\\services.exe");
    let lsass = host.start(&wininit, &program("lsass.exe"), "C:\\Windows\\system32\\lsass.exe");
    let winlogon = host.start(&smss, &program("winlogon.exe"), "winlogon.exe");
    let svchost =
        host.start(&services, &program("svchost.exe"), "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s Schedule");
    for group in [
        "DcomLaunch -p",
        "RPCSS -p",
        "LocalServiceNetworkRestricted -p -s Dhcp",
        "NetworkService -p -s Dnscache",
        "netsvcs -p -s gpsvc",
    ] {
        host.start(&services, &program("svchost.exe"), &format!("C:\\Windows\\system32\\svchost.exe -k {group}"));
        host.logs_on(&system, 5, "-");
    }
    host.start(&services, &program("spoolsv.exe"), "C:\\Windows\\System32\\spoolsv.exe");
    let defender = host.start(
        &services,
        "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.25010.11-0\\MsMpEng.exe",
        "MsMpEng.exe",
    );
    Running { services, svchost, winlogon, lsass, defender }
}

/// A person logs on: the shell, and what starts with it.
pub fn arrives(host: &mut Host, running: &Running, person: &User) -> Process {
    host.logs_on(person, 2, "127.0.0.1");
    let userinit =
        host.start_as(&running.winlogon, person, &program("userinit.exe"), "C:\\Windows\\system32\\userinit.exe");
    let shell = host.start(&userinit, "C:\\Windows\\explorer.exe", "C:\\Windows\\Explorer.EXE");
    host.ends(&userinit);
    host.start(
        &shell,
        "C:\\Program Files\\Microsoft OneDrive\\OneDrive.exe",
        "\"C:\\Program Files\\Microsoft OneDrive\\OneDrive.exe\" /background",
    );
    host.start_as(
        &running.svchost,
        person,
        &program("taskhostw.exe"),
        "taskhostw.exe {222A245B-E637-4AE9-A93F-A59CA119A75E}",
    );
    shell
}

/// Hours at a desk: one thing after another until `end`.
pub fn works(host: &mut Host, running: &Running, shell: &Process, browser: &Browser, end: i64) -> Process {
    let window = browser.open(host, shell);
    while host.time < end {
        host.wait(2 * MINUTE, 10 * MINUTE);
        match host.dice.between(0, 10) {
            0..=3 => browses(host, browser, &window),
            4 => writes(host, shell),
            5 => reads_mail(host, shell),
            6 => downloads(host, browser, &window),
            7 => registry(host, shell),
            8 => cleans(host, shell, &window),
            _ => looks_after(host, running),
        }
    }
    window
}

pub fn leaves(host: &mut Host, shell: &Process, window: &Process) {
    host.ends(window);
    host.ends(shell);
    host.logs_off(&shell.user, 2);
}

fn browses(host: &mut Host, browser: &Browser, window: &Process) {
    let sites = [
        "www.example.org",
        "news.example.com",
        "intranet.corp.example",
        "mail.corp.example",
        "docs.example.net",
        "maps.example.com",
    ];
    let Some(site) = host.dice.pick(&sites) else { return };
    let page = browser.helper(host, window);
    host.visits(window, site, 443);
    host.wait(20 * SECOND, 90 * SECOND);
    host.ends(&page);
    if host.dice.one_in(9) && browser.name != "Firefox" {
        unpacks(host, window);
    }
}

fn downloads(host: &mut Host, browser: &Browser, window: &Process) {
    let Some(file) =
        host.dice.pick(&["minutes.pdf", "budget.xlsx", "photos.zip", "agenda.docx", "x.js.map", "table.csv"])
    else {
        return;
    };
    let path = browser.download(
        host,
        window,
        &Download { file, host: "intranet.corp.example", referrer: "intranet.corp.example" },
    );
    if file.ends_with(".pdf") {
        let reader = host.start(
            window,
            "C:\\Program Files\\Adobe\\Acrobat DC\\Acrobat\\Acrobat.exe",
            &format!("\"C:\\Program Files\\Adobe\\Acrobat DC\\Acrobat\\Acrobat.exe\" \"{path}\""),
        );
        host.wait(SECOND, 50 * SECOND);
        host.ends(&reader);
    }
}

fn writes(host: &mut Host, shell: &Process) {
    let documents = format!("{}Documents", home(&shell.user));
    let number = host.dice.between(1, 60);
    let word = host.start(shell, "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE", &format!("\"C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE\" /n \"{documents}\\Report {number}.docx\" /o \"\""));
    for library in [
        "C:\\Program Files\\Microsoft Office\\root\\vfs\\ProgramFilesCommonX64\\Microsoft Shared\\OFFICE16\\mso.dll",
        "C:\\Windows\\System32\\amsi.dll",
    ] {
        host.loads(&word, library);
    }
    host.creates(&word, &format!("{documents}\\~$port {number}.docx"));
    host.sets(&word, "HKU\\S-1-5-21-2914306578-1735209467-3302918821-1001\\Software\\Microsoft\\Office\\16.0\\Word\\Reading Locations\\Document 0\\Datetime", "2026-03-09T09:41");
    host.wait(MINUTE, 3 * MINUTE);
    host.deletes(&word, &format!("{documents}\\~$port {number}.docx"));
    host.ends(&word);
}

fn reads_mail(host: &mut Host, shell: &Process) {
    let outlook = host.start(
        shell,
        "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
        "\"C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE\"",
    );
    host.visits(&outlook, "outlook.example.com", 443);
    let cache = format!(
        "{}AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\{}",
        home(&shell.user),
        host.dice.hex(8)
    );
    host.creates(&outlook, &format!("{cache}\\offer.pdf"));
    host.streams(&outlook, &format!("{cache}\\offer.pdf"), "Zone.Identifier", "[ZoneTransfer]  ZoneId=3  ");
    host.wait(SECOND, 60 * SECOND);
    host.ends(&outlook);
}

fn registry(host: &mut Host, shell: &Process) {
    host.creates_key(shell, "HKU\\S-1-5-21-2914306578-1735209467-3302918821-1001\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Explorer\\RecentDocs\\.docx");
    host.sets(shell, "HKU\\S-1-5-21-2914306578-1735209467-3302918821-1001\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Explorer\\RecentDocs\\MRUListEx", "Binary Data");
}

fn cleans(host: &mut Host, shell: &Process, window: &Process) {
    let temporary = format!("{}AppData\\Local\\Temp\\{}.tmp", home(&shell.user), host.dice.hex(8).to_lowercase());
    host.creates(window, &temporary);
    host.deletes(window, &temporary);
    if host.dice.one_in(2) {
        // A person's own shell: its parent is the desktop.
        let prompt = host.start(shell, CMD, "\"C:\\Windows\\system32\\cmd.exe\" ");
        host.start(&prompt, &program("ipconfig.exe"), "ipconfig  /all");
        host.ends(&prompt);
    }
}

/// What the system does by itself: updates, policies, scans, tasks.
pub fn looks_after(host: &mut Host, running: &Running) {
    match host.dice.between(0, 5) {
        0 => {
            let worker = host.start(
                &running.svchost,
                "C:\\Windows\\WinSxS\\amd64_microsoft-windows-servicingstack_10.0.26100.1738\\TiWorker.exe",
                "TiWorker.exe -Embedding",
            );
            let package = host.dice.hex(12);
            host.creates(&worker, &format!("C:\\Windows\\SoftwareDistribution\\Download\\{package}\\update.cab"));
            host.creates(&worker, &format!("C:\\Windows\\WinSxS\\Temp\\InFlight\\{package}\\shell32.dll"));
            host.ends(&worker);
        }
        1 => {
            let updater = host.start(
                &running.services,
                "C:\\Program Files (x86)\\Google\\GoogleUpdater\\134.0.6985.0\\updater.exe",
                "updater.exe --system --windows-service --service=update",
            );
            host.visits(&updater, "updates.example.com", 443);
            host.creates(&updater, "C:\\Windows\\SystemTemp\\Google134_1\\chrome_installer.exe");
            host.ends(&updater);
        }
        2 => {
            host.opens(&running.defender, &running.lsass, 0x1000);
            host.opens(&running.svchost, &running.lsass, 0x1478);
        }
        3 => {
            let policy = host.start(&running.svchost, &program("gpupdate.exe"), "gpupdate.exe /target:computer");
            host.sets(&policy, "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Group Policy\\State\\Machine\\Extension-List\\Status", "DWORD (0x00000000)");
            host.ends(&policy);
        }
        _ => {
            let task = host.start(&running.svchost, POWERSHELL, "powershell.exe -NoProfile -NonInteractive -ExecutionPolicy AllSigned -File C:\\ProgramData\\Inventory\\collect.ps1");
            host.loads(&task, "C:\\Windows\\System32\\amsi.dll");
            host.creates(&task, "C:\\Windows\\Temp\\__PSScriptPolicyTest_4rwx0e1s.2hj.ps1");
            host.visits(&task, "inventory.corp.example", 443);
            host.ends(&task);
        }
    }
}

/// A server's hours: logons from the network, tasks, backups, an administrator now and then.
pub fn serves(host: &mut Host, running: &Running, end: i64) {
    let clients = ["10.20.30.41", "10.20.30.77", "10.20.30.118", "10.20.30.203"];
    let mut number = 20;
    while host.time < end {
        host.wait(4 * MINUTE, 17 * MINUTE);
        match host.dice.between(0, 8) {
            0..=4 => {
                let from = host.dice.pick(&clients).unwrap_or("-").to_owned();
                number = 20 + (number + 7) % 30;
                let visitor = host.person(&format!("user{number}"), false);
                host.logs_on(&visitor, 3, &from);
                host.wait(SECOND, 40 * SECOND);
                host.logs_off(&visitor, 3);
            }
            5 => {
                let backup = host.start(
                    &running.services,
                    "C:\\Windows\\System32\\wbengine.exe",
                    "\"C:\\Windows\\system32\\wbengine.exe\"",
                );
                host.creates(&backup, "D:\\Backup\\2026-03\\catalog.vhdx");
                host.ends(&backup);
            }
            _ => looks_after(host, running),
        }
    }
}

/// An administrator at the server: PowerShell, the network commands, nothing from a browser.
pub fn administers(host: &mut Host, admin: &User) -> Process {
    host.logs_on(admin, 10, "10.20.30.5");
    let shell = desktop(host, admin);
    let prompt = host.start(&shell, POWERSHELL, "\"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe\" ");
    host.start(&prompt, &program("net.exe"), "\"C:\\Windows\\system32\\net.exe\" session");
    host.start(&prompt, &program("certutil.exe"), "\"C:\\Windows\\system32\\certutil.exe\" -viewstore -enterprise");
    host.ends(&prompt);
    shell
}

pub fn browser_of(day: i64) -> &'static Browser {
    if day == 1 { &EDGE } else { &CHROME }
}

fn program(name: &str) -> String {
    format!("{SYSTEM32}{name}")
}
