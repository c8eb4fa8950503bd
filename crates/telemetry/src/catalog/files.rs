//! The files of tables, and the names under which their tables are found.

use super::{CatalogError, TableDef};

/// One table: the file that declares it, and what it is called.
pub struct File {
    /// Where it is from: `defender`, `sentinel`, `asim`, `qradar` or `sigma`.
    pub platform: &'static str,
    /// Its name, then other spellings of it.
    names: &'static [&'static str],
    text: &'static str,
    /// Its rows are those of these events alone; of all that the file names where there are none.
    events: &'static [i64],
}

impl File {
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    pub fn spellings(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().skip(1).copied()
    }

    pub fn is_called(&self, name: &str) -> bool {
        let ignores_case = self.platform == "qradar";
        self.names.iter().any(|known| *known == name || ignores_case && known.eq_ignore_ascii_case(name))
    }

    pub fn read(&self) -> Result<TableDef, CatalogError> {
        Ok(TableDef::read(self.platform, self.name(), self.text)?.of_events(self.events))
    }
}

/// The entries of one platform whose file is called as the table is.
macro_rules! file {
    ($platform:literal, $name:literal) => {
        File {
            platform: $platform,
            names: &[$name],
            text: include_str!(concat!("../../tables/", $platform, "/", $name, ".toml")),
            events: &[],
        }
    };
    ($platform:literal, $file:literal, [$($name:literal),+], [$($event:literal),*]) => {
        File {
            platform: $platform,
            names: &[$($name),+],
            text: include_str!(concat!("../../tables/", $platform, "/", $file, ".toml")),
            events: &[$($event),*],
        }
    };
}

pub const FILES: [File; 25] = [
    file!("defender", "DeviceProcessEvents"),
    file!("defender", "DeviceFileEvents"),
    file!("defender", "DeviceNetworkEvents"),
    file!("defender", "DeviceRegistryEvents"),
    file!("defender", "DeviceImageLoadEvents"),
    file!("defender", "DeviceLogonEvents"),
    file!("defender", "DeviceEvents"),
    file!("defender", "DeviceInfo"),
    file!("defender", "DeviceFileCertificateInfo"),
    file!("sentinel", "SecurityEvent"),
    file!("sentinel", "WindowsEvent"),
    file!("sentinel", "Event"),
    file!("sentinel", "Sysmon"),
    file!(
        "asim",
        "ProcessEvent",
        ["_Im_ProcessEvent", "imProcessEvent", "imProcess", "_ASim_ProcessEvent", "ASimProcessEvent", "ASimProcess"],
        []
    ),
    file!(
        "asim",
        "ProcessEvent",
        [
            "_Im_ProcessCreate",
            "imProcessCreate",
            "_ASim_ProcessCreate",
            "ASimProcessCreate",
            "_ASim_ProcessEvent_Create",
            "ASimProcessEventCreate"
        ],
        [1, 4688]
    ),
    file!(
        "asim",
        "ProcessEvent",
        [
            "_Im_ProcessTerminate",
            "imProcessTerminate",
            "_ASim_ProcessTerminate",
            "ASimProcessTerminate",
            "_ASim_ProcessEvent_Terminate",
            "ASimProcessEventTerminate"
        ],
        [5, 4689]
    ),
    file!("asim", "FileEvent", ["_Im_FileEvent", "imFileEvent", "_ASim_FileEvent", "ASimFileEvent"], []),
    file!(
        "asim",
        "RegistryEvent",
        [
            "_Im_RegistryEvent",
            "imRegistryEvent",
            "imRegistry",
            "_Im_Registry",
            "_ASim_RegistryEvent",
            "ASimRegistryEvent",
            "ASimRegistry"
        ],
        []
    ),
    file!(
        "asim",
        "NetworkSession",
        ["_Im_NetworkSession", "imNetworkSession", "_ASim_NetworkSession", "ASimNetworkSession"],
        []
    ),
    file!("asim", "Dns", ["_Im_Dns", "imDns", "_ASim_Dns", "ASimDns"], []),
    file!(
        "asim",
        "Authentication",
        ["_Im_Authentication", "imAuthentication", "_ASim_Authentication", "ASimAuthentication"],
        []
    ),
    file!("qradar", "events"),
    file!("qradar", "flows"),
    file!("sigma", "process_creation", ["sigma:windows/process_creation/"], []),
    file!("sigma", "file_event", ["sigma:windows/file_event/"], []),
];
