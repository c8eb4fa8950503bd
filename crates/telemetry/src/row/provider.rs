//! Providers that write to one log alone, so that an event of theirs is of that log though it does not say so.

const CHANNELS: [(&str, &str); 14] = [
    ("Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational"),
    ("Microsoft-Windows-Security-Auditing", "Security"),
    ("Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational"),
    ("PowerShell", "Windows PowerShell"),
    ("PowerShellCore", "PowerShellCore/Operational"),
    ("Microsoft-Windows-WMI-Activity", "Microsoft-Windows-WMI-Activity/Operational"),
    ("Microsoft-Windows-Bits-Client", "Microsoft-Windows-Bits-Client/Operational"),
    ("Microsoft-Windows-NTLM", "Microsoft-Windows-NTLM/Operational"),
    ("Service Control Manager", "System"),
    ("EventLog", "System"),
    ("Microsoft-Windows-Kernel-General", "System"),
    ("Application Error", "Application"),
    ("ESENT", "Application"),
    ("MsiInstaller", "Application"),
];

/// The only log that a provider writes to, where that is known.
pub fn channel(provider: &str) -> Option<&'static str> {
    CHANNELS.iter().find(|(name, _)| name.eq_ignore_ascii_case(provider)).map(|(_, channel)| *channel)
}

#[cfg(test)]
mod tests {
    use crate::logs::Logs;
    use crate::trial::{cell, one};

    #[test]
    fn an_event_without_a_log_is_of_that_of_its_provider() {
        let channel = |line: &str| cell(&one(line, &["System_Channel"]), "System_Channel", 0);
        let nested = r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"microsoft-windows-sysmon"}},"EventID":1},"EventData":{}}}"##;
        assert_eq!(channel(nested), "Microsoft-Windows-Sysmon/Operational");
        assert_eq!(channel(r#"{"EventID":4688,"SourceName":"Microsoft-Windows-Security-Auditing"}"#), "Security");
        assert_eq!(
            channel(r#"{"EventID":4688,"SourceName":"Microsoft-Windows-Security-Auditing","Channel":"X"}"#),
            "X"
        );
        assert_eq!(channel(r#"{"EventID":104,"SourceName":"Microsoft-Windows-Eventlog"}"#), "-");
        let logs = Logs::default();
        assert!(super::CHANNELS.iter().all(|(_, channel)| logs.find_channel(channel).is_some()));
    }
}
