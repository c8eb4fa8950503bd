//! Providers that write to one log alone, so that an event of theirs is of that log though it does not say so.

const CHANNELS: [(&str, &str); 19] = [
    ("Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational"),
    ("Microsoft-Windows-Security-Auditing", "Security"),
    ("Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational"),
    ("PowerShell", "Windows PowerShell"),
    ("PowerShellCore", "PowerShellCore/Operational"),
    ("Microsoft-Windows-WMI-Activity", "Microsoft-Windows-WMI-Activity/Operational"),
    ("Microsoft-Windows-Bits-Client", "Microsoft-Windows-Bits-Client/Operational"),
    ("Microsoft-Windows-NTLM", "Microsoft-Windows-NTLM/Operational"),
    ("Microsoft-Windows-Windows Defender", "Microsoft-Windows-Windows Defender/Operational"),
    ("Microsoft-Windows-CodeIntegrity", "Microsoft-Windows-CodeIntegrity/Operational"),
    (
        "Microsoft-Windows-TerminalServices-LocalSessionManager",
        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
    ),
    ("Microsoft-Windows-DistributedCOM", "System"),
    ("NETLOGON", "System"),
    ("Service Control Manager", "System"),
    ("EventLog", "System"),
    ("Microsoft-Windows-Kernel-General", "System"),
    ("Application Error", "Application"),
    ("ESENT", "Application"),
    ("MsiInstaller", "Application"),
];

/// The service that keeps the logs writes to several, by what it tells: that the security log was cleared, or another.
const LOG_SERVICE: &str = "Microsoft-Windows-Eventlog";

/// The only log that a provider writes such an event to, where that is known.
pub fn channel(provider: &str, event_id: i64) -> Option<&'static str> {
    if provider.eq_ignore_ascii_case(LOG_SERVICE) {
        return match event_id {
            1100..=1108 => Some("Security"),
            104 => Some("System"),
            _ => None,
        };
    }
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
        for (id, log) in [(1102, "Security"), (104, "System"), (6, "-")] {
            assert_eq!(channel(&format!(r#"{{"EventID":{id},"SourceName":"Microsoft-Windows-Eventlog"}}"#)), log);
        }
        let logs = Logs::default();
        assert!(super::CHANNELS.iter().all(|(_, channel)| logs.find_channel(channel).is_some()));
    }
}
