//! The five procedures of the Malicious Link tests: what each leaves in the logs, whichever browser follows the link.

use crate::browser::{Browser, Download};
use crate::clock::SECOND;
use crate::event::Event;
use crate::host::{Host, Process, home};

pub const POWERSHELL: &str = "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe";
pub const CMD: &str = "C:\\Windows\\System32\\cmd.exe";

const PAGE: &str = "links.example.net";
const FILES: &str = "files.example.net";

/// A link whose protocol is registered to PowerShell. One process.
pub fn protocol_to_powershell(host: &mut Host, browser: &Process) {
    host.visits(browser, PAGE, 443);
    let marker = format!("{}AppData\\Local\\Temp\\trapline-link.txt", home(&browser.user));
    let command = "\"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe\" -NoProfile -ExecutionPolicy Bypass -WindowStyle Hidden -Command \"Set-Content $env:TEMP\\trapline-link.txt clicked\"";
    let shell = start(host, "the browser starts PowerShell", browser, POWERSHELL, command);
    host.start(
        &shell,
        "C:\\Windows\\System32\\conhost.exe",
        "\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1",
    );
    host.creates(&shell, &marker);
    host.wait(SECOND, 3 * SECOND);
    host.ends(&shell);
}

/// A program in Downloads. One file.
pub fn program(host: &mut Host, browser: &Process, kind: &Browser) {
    download(host, browser, kind, &Download { file: "Invoice_2026-03.exe", host: FILES, referrer: PAGE });
}

/// A script, opened from the browser. One file, one process.
pub fn script(host: &mut Host, browser: &Process, kind: &Browser) {
    let path = download(host, browser, kind, &Download { file: "link-payload.vbs", host: FILES, referrer: PAGE });
    host.wait(SECOND, 6 * SECOND);
    let engine = start(
        host,
        "the browser starts the script host",
        browser,
        "C:\\Windows\\System32\\wscript.exe",
        &format!("\"C:\\Windows\\System32\\WScript.exe\" \"{path}\" "),
    );
    host.wait(SECOND, 3 * SECOND);
    host.ends(&engine);
}

/// An HTML application, opened from the browser. One file, one process.
pub fn html_application(host: &mut Host, browser: &Process, kind: &Browser) {
    let path = download(host, browser, kind, &Download { file: "link-test.hta", host: FILES, referrer: PAGE });
    host.wait(SECOND, 6 * SECOND);
    let engine = start(
        host,
        "the browser starts mshta.exe",
        browser,
        "C:\\Windows\\System32\\mshta.exe",
        &format!(
            "\"C:\\Windows\\System32\\mshta.exe\" \"{path}\" {{1E460BD7-F1C3-4B2E-88BF-4E770A288AF5}}{{1E460BD7-F1C3-4B2E-88BF-4E770A288AF5}}"
        ),
    );
    host.visits(&engine, PAGE, 443);
    host.ends(&engine);
}

/// A disk image, mounted by the shell, with a program started from it. One file: the start has another parent.
pub fn disk_image(host: &mut Host, browser: &Process, kind: &Browser, desktop: &Process) {
    download(host, browser, kind, &Download { file: "Documents_2026-03.iso", host: FILES, referrer: PAGE });
    host.wait(4 * SECOND, 20 * SECOND);
    let payload = host.start(desktop, "E:\\Documents.exe", "\"E:\\Documents.exe\" ");
    host.creates(&payload, &format!("{}AppData\\Local\\Temp\\trapline-image.txt", home(&browser.user)));
    host.ends(&payload);
}

fn start(host: &mut Host, why: &'static str, browser: &Process, image: &str, command: &str) -> Process {
    host.expect(why, |event| matches!(event.id, 1 | 4688), |host| host.start(browser, image, command))
}

fn download(host: &mut Host, browser: &Process, kind: &Browser, download: &Download) -> String {
    let path = format!("{}Downloads\\{}", home(&browser.user), download.file);
    let marked = format!("{path}:Zone.Identifier");
    let named = |event: &Event| event.field("TargetFilename").is_some_and(|file| file == path || file == marked);
    host.expect("the browser writes a program, script or disk image", named, |host| {
        kind.download(host, browser, download)
    })
}
