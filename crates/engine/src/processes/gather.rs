//! Gathering the creations of processes out of batches of events.

use std::cmp::Ordering;
use std::collections::HashMap;

use arrow::array::{Array, AsArray, StringArray};
use arrow::datatypes::Int64Type;
use datafusion_common::{Result, exec_datafusion_err};
use functions::origin::{self, Origins};
use functions::several;
use telemetry::{EventBatch, EventKind, Evidence, Initiator, System};

use super::{Hosts, Process, Processes, Strings, TEXTS, Text, Twins, guid, pid};

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
const SECURITY: &str = "Security";

/// The fields of events that are read, beside the time and the host.
const FIELDS: [&str; 29] = [
    "ProcessGuid",
    "ProcessId",
    "Image",
    "CommandLine",
    "User",
    "LogonId",
    "IntegrityLevel",
    "Hashes",
    "Company",
    "Product",
    "FileVersion",
    "OriginalFileName",
    "Description",
    "ParentProcessGuid",
    "ParentProcessId",
    "ParentImage",
    "NewProcessId",
    "NewProcessName",
    "ParentProcessName",
    "MandatoryLabel",
    "TargetUserName",
    "TargetDomainName",
    "TargetLogonId",
    "SubjectUserName",
    "SubjectDomainName",
    "SubjectLogonId",
    "TargetUserSid",
    "SubjectUserSid",
    "TokenElevationType",
];

/// Those of them from which the row of a Security record can be made, so that what only it tells is not lost where it gives
/// way.
pub const TOLD: [&str; 15] = [
    "NewProcessId",
    "NewProcessName",
    "ProcessId",
    "CommandLine",
    "ParentProcessName",
    "MandatoryLabel",
    "TargetUserName",
    "TargetDomainName",
    "TargetLogonId",
    "SubjectUserName",
    "SubjectDomainName",
    "SubjectLogonId",
    "TargetUserSid",
    "SubjectUserSid",
    "TokenElevationType",
];

/// What is gathered so far.
pub struct Gather {
    /// Bytes.
    room: usize,
    strings: Strings,
    all: Vec<Process>,
    ends: HashMap<(Text, i64), Vec<i64>>,
    ended: usize,
    beyond: u64,
}

impl Gather {
    pub fn new(room: usize) -> Self {
        Gather { room, strings: Strings::default(), all: Vec::new(), ends: HashMap::new(), ended: 0, beyond: 0 }
    }

    pub fn fields() -> Vec<String> {
        FIELDS.into_iter().chain([System::Time.name(), System::Computer.name()]).map(str::to_owned).collect()
    }

    pub fn kinds() -> Vec<EventKind> {
        let kind = |channel: &str, event| EventKind { channel: Some(channel.to_owned()), events: vec![event] };
        vec![kind(SYSMON, 1), kind(SYSMON, 5), kind(SECURITY, 4688), kind(SECURITY, 4689)]
    }

    pub fn add(&mut self, events: &EventBatch, evidence: &Evidence) -> Result<()> {
        let (sysmon, security) = (evidence.channel_id(SYSMON), evidence.channel_id(SECURITY));
        let mut row = Row::new(events)?;
        for (place, (channel, event)) in events.channels.iter().zip(&events.events).enumerate() {
            let is_sysmon = Some(*channel) == sysmon;
            row.place = place;
            match event {
                1 if is_sysmon => self.created(&row, true),
                4688 if Some(*channel) == security => self.created(&row, false),
                5 if is_sysmon => self.end(&row),
                4689 if Some(*channel) == security => self.end(&row),
                _ => {}
            }
        }
        Ok(())
    }

    fn created(&mut self, row: &Row<'_>, is_sysmon: bool) {
        if self.is_full() {
            self.beyond += 1;
            return;
        }
        let process = if is_sysmon { self.of_sysmon(row) } else { self.of_security(row) };
        self.all.extend(process);
    }

    fn end(&mut self, row: &Row<'_>) {
        if let (Some(pid), Some(time), false) = (pid(row.text("ProcessId")), row.time(), self.is_full()) {
            let host = self.strings.add_folded(row.text(System::Computer.name()));
            self.ends.entry((host, pid)).or_default().push(time);
            self.ended += 1;
        }
    }

    /// What the maps over a creation take is a guess, and rather too much.
    fn is_full(&self) -> bool {
        self.strings.size() + self.all.len() * (size_of::<Process>() + 256) + self.ended * 64 > self.room
    }

    /// `named`: the hosts of all events, for a name may be short for several of which but one has creations.
    pub fn finish(mut self, pairs_twins: bool, named: &[String]) -> Processes {
        self.all.sort_by(|one, other| order(one, other, &self.strings));
        let names = self.all.iter().map(|process| process.host).chain(self.ends.keys().map(|(host, _)| *host));
        let hosts = Hosts::new(names.collect(), named, &mut self.strings);
        let of_host = |name: Text| {
            let found = self.strings.get(name).and_then(|name| hosts.find(name, &self.strings));
            found.unwrap_or(Text::NONE)
        };
        self.all.iter_mut().for_each(|process| process.host = of_host(process.host));
        let mut ends: HashMap<(Text, i64), Vec<i64>> = HashMap::new();
        for ((host, pid), times) in std::mem::take(&mut self.ends) {
            ends.entry((of_host(host), pid)).or_default().extend(times);
        }
        ends.values_mut().for_each(|ends| ends.sort_unstable());
        let mut by_guid = HashMap::new();
        let mut by_pid: HashMap<(Text, i64), Vec<usize>> = HashMap::new();
        for (place, process) in self.all.iter().enumerate() {
            if let Some(guid) = process.guid {
                by_guid.entry((process.host, guid)).or_insert(place);
            }
            if let Some(pid) = process.pid {
                by_pid.entry((process.host, pid)).or_default().push(place);
            }
        }
        let mut twins = Twins::default();
        // Records without a host may be of any.
        let known = by_pid.iter().filter(|((host, _), places)| *host != Text::NONE && places.len() > 1);
        for (_, places) in known.filter(|_| pairs_twins) {
            let creations = places.iter().filter_map(|place| Some((*place, self.all.get(*place)?)));
            twins.pair(&creations.collect::<Vec<_>>(), &self.strings);
        }
        for process in &mut self.all {
            if twins.of_yields(process.origin.file, process.origin.ordinal).is_none() {
                process.told = None;
            }
        }
        Processes {
            strings: self.strings,
            hosts,
            all: self.all,
            by_guid,
            by_pid,
            ends,
            twins,
            beyond: self.beyond,
            asked: Default::default(),
            found: Default::default(),
        }
    }

    fn of_sysmon(&mut self, row: &Row<'_>) -> Option<Process> {
        let fields = [
            (Initiator::Image, "Image"),
            (Initiator::CommandLine, "CommandLine"),
            (Initiator::User, "User"),
            (Initiator::LogonId, "LogonId"),
            (Initiator::IntegrityLevel, "IntegrityLevel"),
            (Initiator::Hashes, "Hashes"),
            (Initiator::Company, "Company"),
            (Initiator::Product, "Product"),
            (Initiator::FileVersion, "FileVersion"),
            (Initiator::OriginalFileName, "OriginalFileName"),
            (Initiator::Description, "Description"),
            (Initiator::ProcessGuid, "ProcessGuid"),
            (Initiator::ParentImage, "ParentImage"),
            (Initiator::ParentProcessId, "ParentProcessId"),
        ];
        let mut texts = [Text::NONE; TEXTS];
        for (field, name) in fields {
            texts[field as usize] = self.strings.add(row.text(name));
        }
        let (guid, parent_guid) = (guid(row.text("ProcessGuid")), guid(row.text("ParentProcessGuid")));
        self.process(row, row.text("ProcessId"), Some((guid, parent_guid)), texts)
    }

    fn of_security(&mut self, row: &Row<'_>) -> Option<Process> {
        // The token is that of the target, where there is one.
        let of_target = !matches!(row.text("TargetUserName"), "" | "-");
        let (domain, name, logon) = match of_target {
            true => ("TargetDomainName", "TargetUserName", "TargetLogonId"),
            false => ("SubjectDomainName", "SubjectUserName", "SubjectLogonId"),
        };
        let user = match (row.text(domain), row.text(name)) {
            ("" | "-", name) => name.to_owned(),
            (domain, name) => format!("{domain}\\{name}"),
        };
        let level = match row.text("MandatoryLabel") {
            "S-1-16-0" => "Untrusted",
            "S-1-16-4096" => "Low",
            "S-1-16-8192" => "Medium",
            "S-1-16-8448" => "MediumPlus",
            "S-1-16-12288" => "High",
            "S-1-16-16384" => "System",
            "S-1-16-20480" => "Protected",
            _ => "",
        };
        let fields = [
            (Initiator::Image, row.text("NewProcessName")),
            (Initiator::CommandLine, row.text("CommandLine")),
            (Initiator::User, user.as_str()),
            (Initiator::LogonId, row.text(logon)),
            (Initiator::IntegrityLevel, level),
            (Initiator::ParentImage, row.text("ParentProcessName")),
            (Initiator::ParentProcessId, row.text("ProcessId")),
        ];
        let mut texts = [Text::NONE; TEXTS];
        for (field, text) in fields {
            texts[field as usize] = self.strings.add(text);
        }
        let told = Box::new(TOLD.map(|name| self.strings.add(row.text(name))));
        let process = self.process(row, row.text("NewProcessId"), None, texts)?;
        Some(Process { told: Some(told), ..process })
    }

    /// `guids`: those of Sysmon, if it is Sysmon's. `None` for a creation without a time, or with neither a guid nor an id,
    /// which some collectors lose: nothing could be told to be its.
    fn process(
        &mut self,
        row: &Row<'_>,
        id: &str,
        guids: Option<(Option<u128>, Option<u128>)>,
        texts: [Text; TEXTS],
    ) -> Option<Process> {
        let origin = Origins::from_cell(row.origins.value(row.place)).kept.first().copied()?;
        let host = self.strings.add_folded(row.text(System::Computer.name()));
        let is_sysmon = guids.is_some();
        let (guid, parent_guid) = guids.unwrap_or_default();
        let pid = pid(id);
        let is_named = guid.is_some() || pid.is_some();
        let time = row.time()?;
        is_named.then_some(Process { host, pid, guid, parent_guid, time, origin, is_sysmon, texts, told: None })
    }
}

/// By time; at one instant by what the records say, whatever the order of the files that they stand in.
fn order(one: &Process, other: &Process, strings: &Strings) -> Ordering {
    let ids = |process: &Process| (process.is_sysmon, process.pid, process.guid, process.parent_guid);
    let texts = |process: &Process| process.texts.map(|text| strings.get(text));
    let place = |process: &Process| (process.origin.file, process.origin.ordinal);
    (one.time, one.origin.record)
        .cmp(&(other.time, other.origin.record))
        .then_with(|| ids(one).cmp(&ids(other)))
        .then_with(|| strings.get(one.host).cmp(&strings.get(other.host)))
        .then_with(|| texts(one).cmp(&texts(other)))
        .then_with(|| place(one).cmp(&place(other)))
}

/// One row of a batch.
struct Row<'b> {
    texts: HashMap<&'b str, &'b StringArray>,
    times: &'b arrow::array::Int64Array,
    origins: &'b arrow::array::BinaryArray,
    place: usize,
}

impl<'b> Row<'b> {
    fn new(events: &'b EventBatch) -> Result<Self> {
        let column = |name: &str| {
            events.batch.column_by_name(name).ok_or_else(|| exec_datafusion_err!("the events were read without {name}"))
        };
        let mut texts = HashMap::new();
        for name in FIELDS.into_iter().chain([System::Computer.name()]) {
            texts.insert(name, column(name)?.as_string::<i32>());
        }
        let times = column(System::Time.name())?.as_primitive::<Int64Type>();
        let origins = column(origin::COLUMN)?.as_binary::<i32>();
        Ok(Row { texts, times, origins, place: 0 })
    }

    fn text(&self, name: &str) -> &'b str {
        let array = self.texts.get(name).filter(|array| array.is_valid(self.place));
        array.map_or("", |array| several::last(array.value(self.place)))
    }

    fn time(&self) -> Option<i64> {
        self.times.is_valid(self.place).then(|| self.times.value(self.place))
    }
}
