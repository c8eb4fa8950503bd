//! Windows' own channels and events: those that a table names have their numbers and their counts whatever else the evidence
//! holds, so that junk names, however many, blind no detection.

/// Channels with a spelling that does not depend on what is read first; every one that a table names is among them.
pub const CHANNELS: [&str; 61] = [
    "Application",
    "DNS Server",
    "ForwardedEvents",
    "Microsoft-IIS-Configuration/Operational",
    "Microsoft-ServiceBus-Client",
    "Microsoft-ServiceBus-Client/Admin",
    "Microsoft-ServiceBus-Client/Operational",
    "Microsoft-Windows-AppLocker/EXE and DLL",
    "Microsoft-Windows-AppLocker/MSI and Script",
    "Microsoft-Windows-AppLocker/Packaged app-Deployment",
    "Microsoft-Windows-AppLocker/Packaged app-Execution",
    "Microsoft-Windows-AppModel-Runtime/Admin",
    "Microsoft-Windows-AppXDeploymentServer/Operational",
    "Microsoft-Windows-AppxPackaging/Operational",
    "Microsoft-Windows-BitLocker/BitLocker Management",
    "Microsoft-Windows-Bits-Client/Operational",
    "Microsoft-Windows-CAPI2/Operational",
    "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
    "Microsoft-Windows-CodeIntegrity/Operational",
    "Microsoft-Windows-DHCP-Server/Operational",
    "Microsoft-Windows-Diagnosis-Scripted/Operational",
    "Microsoft-Windows-DNS Client Events/Operational",
    "Microsoft-Windows-DNS-Client/Operational",
    "Microsoft-Windows-DNS-Server/Analytical",
    "Microsoft-Windows-DNS-Server/Audit",
    "Microsoft-Windows-DriverFrameworks-UserMode/Operational",
    "Microsoft-Windows-Hyper-V-Worker",
    "Microsoft-Windows-Kernel-EventTracing",
    "Microsoft-Windows-Kernel-ShimEngine/Diagnostic",
    "Microsoft-Windows-Kernel-ShimEngine/Operational",
    "Microsoft-Windows-LDAP-Client/Debug",
    "Microsoft-Windows-LSA/Operational",
    "Microsoft-Windows-Ntfs/Operational",
    "Microsoft-Windows-NTLM/Operational",
    "Microsoft-Windows-PowerShell/Operational",
    "Microsoft-Windows-PrintService/Admin",
    "Microsoft-Windows-PrintService/Operational",
    "Microsoft-Windows-Security-Mitigations/Kernel Mode",
    "Microsoft-Windows-Security-Mitigations/User Mode",
    "Microsoft-Windows-SENSE/Operational",
    "Microsoft-Windows-Shell-Core/Operational",
    "Microsoft-Windows-SMBClient/Audit",
    "Microsoft-Windows-SmbClient/Connectivity",
    "Microsoft-Windows-SmbClient/Security",
    "Microsoft-Windows-SMBServer/Audit",
    "Microsoft-Windows-SMBServer/Connectivity",
    "Microsoft-Windows-Sysmon/Operational",
    "Microsoft-Windows-TaskScheduler/Operational",
    "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
    "Microsoft-Windows-VHDMP-Operational",
    "Microsoft-Windows-VHDMP/Operational",
    "Microsoft-Windows-Windows Defender/Operational",
    "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",
    "Microsoft-Windows-WMI-Activity/Operational",
    "MSExchange Management",
    "OpenSSH/Operational",
    "PowerShellCore/Operational",
    "Security",
    "Setup",
    "System",
    "Windows PowerShell",
];

/// Every event id that a table names, ascending.
pub const EVENTS: [i64; 104] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 255,
    400, 600, 800, 1001, 1002, 1005, 1102, 1116, 1117, 1118, 1119, 1121, 1122, 1123, 1124, 1125, 1126, 2000, 2001,
    2010, 3076, 3077, 4103, 4104, 4608, 4624, 4625, 4634, 4647, 4657, 4688, 4689, 4697, 4698, 4699, 4700, 4701, 4702,
    4717, 4719, 4720, 4723, 4724, 4726, 4731, 4732, 4733, 4734, 4738, 4768, 4776, 4797, 5013, 5025, 5031, 5136, 5137,
    5142, 5143, 5144, 5145, 5156, 5157, 5376, 5861, 6005, 6009, 6013, 6416, 7045, 8003, 8004, 8006, 8007,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalog;

    #[test]
    fn every_channel_and_event_that_a_table_names_is_listed() {
        assert!(EVENTS.is_sorted());
        for (_, name) in Catalog.names().unwrap() {
            for branch in &Catalog.table(&name).unwrap().unwrap().branches {
                if let Some(channel) = branch.channel.as_ref().filter(|_| branch.exports().is_none()) {
                    assert!(CHANNELS.iter().any(|known| known.eq_ignore_ascii_case(channel)), "{name}: {channel}");
                }
                for event in &branch.events {
                    assert!(EVENTS.contains(event), "{name}: {event}");
                }
            }
        }
    }
}
