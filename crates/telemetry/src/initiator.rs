//! The initiator: the process that did what an event tells of, as the event of its own creation describes it. A mapping reads
//! its fields as it reads those of the event itself.

use functions::Type;

/// A field of the initiating process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Initiator {
    /// When it was created.
    Time,
    Image,
    CommandLine,
    /// `DOMAIN\name`.
    User,
    /// In hexadecimal, as events have it.
    LogonId,
    /// In words, as Sysmon has it.
    IntegrityLevel,
    /// `SHA1=…,MD5=…`, as Sysmon has them.
    Hashes,
    Company,
    Product,
    FileVersion,
    OriginalFileName,
    Description,
    ProcessGuid,
    /// Of the process that created it.
    ParentImage,
    ParentProcessId,
    ParentTime,
}

impl Initiator {
    pub const ALL: [Initiator; 16] = [
        Initiator::Time,
        Initiator::Image,
        Initiator::CommandLine,
        Initiator::User,
        Initiator::LogonId,
        Initiator::IntegrityLevel,
        Initiator::Hashes,
        Initiator::Company,
        Initiator::Product,
        Initiator::FileVersion,
        Initiator::OriginalFileName,
        Initiator::Description,
        Initiator::ProcessGuid,
        Initiator::ParentImage,
        Initiator::ParentProcessId,
        Initiator::ParentTime,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Initiator::Time => "Initiator_Time",
            Initiator::Image => "Initiator_Image",
            Initiator::CommandLine => "Initiator_CommandLine",
            Initiator::User => "Initiator_User",
            Initiator::LogonId => "Initiator_LogonId",
            Initiator::IntegrityLevel => "Initiator_IntegrityLevel",
            Initiator::Hashes => "Initiator_Hashes",
            Initiator::Company => "Initiator_Company",
            Initiator::Product => "Initiator_Product",
            Initiator::FileVersion => "Initiator_FileVersion",
            Initiator::OriginalFileName => "Initiator_OriginalFileName",
            Initiator::Description => "Initiator_Description",
            Initiator::ProcessGuid => "Initiator_ProcessGuid",
            Initiator::ParentImage => "Initiator_ParentImage",
            Initiator::ParentProcessId => "Initiator_ParentProcessId",
            Initiator::ParentTime => "Initiator_ParentTime",
        }
    }

    pub fn from_name(name: &str) -> Option<Initiator> {
        Initiator::ALL.into_iter().find(|field| field.name() == name)
    }

    pub fn kind(self) -> Type {
        match self {
            Initiator::Time | Initiator::ParentTime => Type::Datetime,
            _ => Type::String,
        }
    }
}

/// How an event names its initiator: by fields of its own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitiatorKey {
    /// Sysmon's ProcessGuid, which no two processes share.
    pub guid: Option<String>,
    /// The process id, which Windows gives to one process after another.
    pub pid: String,
    /// Its image, so that a process that had the id before is not taken for it.
    pub image: Option<String>,
}

/// What becomes of the rows of one process creation that two logs tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Twin {
    /// The row stays, with both records for its source.
    Stays,
    /// The row gives way.
    Yields,
}
