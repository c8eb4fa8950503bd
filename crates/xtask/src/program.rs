//! What the version resources of well-known programs say, as Sysmon copies it into process events.

/// description, product, company, original file name
pub type Details = (&'static str, &'static str, &'static str, &'static str);

pub fn details(image: &str) -> Details {
    let name = image.rsplit('\\').next().unwrap_or(image).to_lowercase();
    PROGRAMS.iter().find(|(program, _)| *program == name).map_or(("-", "-", "-", "-"), |(_, details)| *details)
}

const WINDOWS: &str = "Microsoft® Windows® Operating System";
const MICROSOFT: &str = "Microsoft Corporation";
const OFFICE: &str = "Microsoft Office";

const PROGRAMS: &[(&str, Details)] = &[
    ("smss.exe", ("Windows Session Manager", WINDOWS, MICROSOFT, "smss.exe")),
    ("csrss.exe", ("Client Server Runtime Process", WINDOWS, MICROSOFT, "CSRSS.Exe")),
    ("wininit.exe", ("Windows Start-Up Application", WINDOWS, MICROSOFT, "WinInit.exe")),
    ("winlogon.exe", ("Windows Logon Application", WINDOWS, MICROSOFT, "WINLOGON.EXE")),
    ("services.exe", ("Services and Controller app", WINDOWS, MICROSOFT, "services.exe")),
    ("lsass.exe", ("Local Security Authority Process", WINDOWS, MICROSOFT, "lsass.exe")),
    ("svchost.exe", ("Host Process for Windows Services", WINDOWS, MICROSOFT, "svchost.exe")),
    ("spoolsv.exe", ("Spooler SubSystem App", WINDOWS, MICROSOFT, "spoolsv.exe")),
    ("userinit.exe", ("Userinit Logon Application", WINDOWS, MICROSOFT, "USERINIT.EXE")),
    ("explorer.exe", ("Windows Explorer", WINDOWS, MICROSOFT, "EXPLORER.EXE")),
    ("taskhostw.exe", ("Host Process for Windows Tasks", WINDOWS, MICROSOFT, "taskhostw.exe")),
    ("runtimebroker.exe", ("Runtime Broker", WINDOWS, MICROSOFT, "RuntimeBroker.exe")),
    ("dllhost.exe", ("COM Surrogate", WINDOWS, MICROSOFT, "dllhost.exe")),
    ("conhost.exe", ("Console Window Host", WINDOWS, MICROSOFT, "CONHOST.EXE")),
    ("cmd.exe", ("Windows Command Processor", WINDOWS, MICROSOFT, "Cmd.Exe")),
    ("powershell.exe", ("Windows PowerShell", WINDOWS, MICROSOFT, "PowerShell.EXE")),
    (
        "wscript.exe",
        ("Microsoft ® Windows Based Script Host", "Microsoft ® Windows Script Host", MICROSOFT, "wscript.exe"),
    ),
    ("mshta.exe", ("Microsoft (R) HTML Application host", "Internet Explorer", MICROSOFT, "MSHTA.EXE")),
    ("rundll32.exe", ("Windows host process (Rundll32)", WINDOWS, MICROSOFT, "RUNDLL32.EXE")),
    ("msiexec.exe", ("Windows® installer", "Windows Installer - Unicode", MICROSOFT, "msiexec.exe")),
    ("certutil.exe", ("CertUtil.exe", WINDOWS, MICROSOFT, "CertUtil.exe")),
    ("net.exe", ("Net Command", WINDOWS, MICROSOFT, "net.exe")),
    ("gpupdate.exe", ("Microsoft® Group Policy Update Utility", WINDOWS, MICROSOFT, "gpupdate.exe")),
    ("ipconfig.exe", ("IP Configuration Utility", WINDOWS, MICROSOFT, "ipconfig.exe")),
    ("tiworker.exe", ("Windows Modules Installer Worker", WINDOWS, MICROSOFT, "TiWorker.exe")),
    ("msmpeng.exe", ("Antimalware Service Executable", WINDOWS, MICROSOFT, "MsMpEng.exe")),
    ("notepad.exe", ("Notepad", WINDOWS, MICROSOFT, "NOTEPAD.EXE")),
    ("outlook.exe", ("Microsoft Outlook", "Microsoft Outlook", MICROSOFT, "Outlook.exe")),
    ("winword.exe", ("Microsoft Word", OFFICE, MICROSOFT, "WinWord.exe")),
    ("excel.exe", ("Microsoft Excel", OFFICE, MICROSOFT, "Excel.exe")),
    ("ms-teams.exe", ("Microsoft Teams", "Microsoft Teams", MICROSOFT, "ms-teams.exe")),
    ("onedrive.exe", ("Microsoft OneDrive", "Microsoft OneDrive", MICROSOFT, "OneDrive.exe")),
    ("chrome.exe", ("Google Chrome", "Google Chrome", "Google LLC", "chrome.exe")),
    ("msedge.exe", ("Microsoft Edge", "Microsoft Edge", MICROSOFT, "msedge.exe")),
    ("firefox.exe", ("Firefox", "Firefox", "Mozilla Corporation", "firefox.exe")),
    ("iexplore.exe", ("Internet Explorer", "Internet Explorer", MICROSOFT, "IEXPLORE.EXE")),
    ("acrobat.exe", ("Adobe Acrobat", "Adobe Acrobat", "Adobe Systems Incorporated", "Acrobat.exe")),
    ("zoom.exe", ("Zoom Workplace", "Zoom Workplace", "Zoom Communications, Inc.", "Zoom.exe")),
    ("node.exe", ("Node.js JavaScript Runtime", "Node.js", "Node.js", "node.exe")),
    ("updater.exe", ("Google Updater", "Google Updater", "Google LLC", "updater.exe")),
];
