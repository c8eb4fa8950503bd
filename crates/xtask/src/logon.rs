//! Logons and logoffs, as the Security log tells them: 4624, 4672, 4634.

use crate::event::{Value, text};
use crate::host::{Host, User};

impl Host {
    /// 4624, and 4672 for an account with rights.
    pub fn logs_on(&mut self, user: &User, kind: u64, from: &str) {
        let interactive = matches!(kind, 2 | 11);
        self.security(
            4624,
            2,
            12544,
            vec![
                ("SubjectUserSid", text("S-1-5-18")),
                ("SubjectUserName", text(format!("{}$", self.name))),
                ("SubjectDomainName", text(self.domain)),
                ("SubjectLogonId", Value::Hex(0x3e7)),
                ("TargetUserSid", text(user.sid.clone())),
                ("TargetUserName", text(user.name.clone())),
                ("TargetDomainName", text(user.domain.clone())),
                ("TargetLogonId", Value::Hex(user.logon)),
                ("LogonType", Value::Number(kind)),
                ("LogonProcessName", text(if interactive { "User32 " } else { "Kerberos" })),
                ("AuthenticationPackageName", text(if interactive { "Negotiate" } else { "Kerberos" })),
                ("WorkstationName", text(if interactive { self.name } else { "-" })),
                ("LogonGuid", Value::Guid("00000000-0000-0000-0000-000000000000".into())),
                ("TransmittedServices", text("-")),
                ("LmPackageName", text("-")),
                ("KeyLength", Value::Number(0)),
                ("ProcessId", Value::Hex(if kind == 3 { 0 } else { 0x304 })),
                (
                    "ProcessName",
                    text(match kind {
                        3 => "-",
                        5 => "C:\\Windows\\System32\\services.exe",
                        _ => "C:\\Windows\\System32\\svchost.exe",
                    }),
                ),
                ("IpAddress", text(from)),
                ("IpPort", text(if from == "-" { "-" } else { "0" })),
                ("ImpersonationLevel", text("%%1833")),
                ("RestrictedAdminMode", text("-")),
                ("TargetOutboundUserName", text("-")),
                ("TargetOutboundDomainName", text("-")),
                ("VirtualAccount", text("%%1843")),
                ("TargetLinkedLogonId", Value::Hex(0)),
                ("ElevatedToken", text(if user.elevated { "%%1842" } else { "%%1843" })),
            ],
        );
        if user.elevated {
            self.security(4672, 0, 12548, vec![
                ("SubjectUserSid", text(user.sid.clone())),
                ("SubjectUserName", text(user.name.clone())),
                ("SubjectDomainName", text(user.domain.clone())),
                ("SubjectLogonId", Value::Hex(user.logon)),
                ("PrivilegeList", text("SeSecurityPrivilege\r\n\t\t\tSeBackupPrivilege\r\n\t\t\tSeRestorePrivilege\r\n\t\t\tSeDebugPrivilege\r\n\t\t\tSeImpersonatePrivilege")),
            ]);
        }
    }

    /// 4634.
    pub fn logs_off(&mut self, user: &User, kind: u64) {
        self.security(
            4634,
            0,
            12545,
            vec![
                ("TargetUserSid", text(user.sid.clone())),
                ("TargetUserName", text(user.name.clone())),
                ("TargetDomainName", text(user.domain.clone())),
                ("TargetLogonId", Value::Hex(user.logon)),
                ("LogonType", Value::Number(kind)),
            ],
        );
    }
}
