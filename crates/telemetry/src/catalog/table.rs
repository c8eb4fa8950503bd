//! A table: its columns, and for each kind of event the expressions that fill them.

use std::collections::BTreeMap;

use functions::Type;
use plan::tables::{Ariel, Parameter};
use serde::Deserialize;

use super::{CatalogError, export, initiator};
use crate::initiator::{InitiatorKey, Twin};
use crate::logs::Logs;

/// Whose tables can be exported.
const PLATFORMS: [&str; 4] = ["defender", "sentinel", "asim", "qradar"];

/// A table as its file declares it.
#[derive(Debug, Clone)]
pub struct TableDef {
    pub name: String,
    /// Where it is from: `defender`, `sentinel`, `qradar` or `sigma`.
    pub platform: String,
    pub columns: Vec<ColumnDef>,
    /// The column that holds the event's time.
    pub time: Option<String>,
    /// Any raw field may be asked of it.
    pub is_open: bool,
    /// Column names are found whatever their case.
    pub ignores_case: bool,
    /// A text that is empty is no value.
    pub empty_is_missing: bool,
    /// Which events make its rows. An event is a row of the first branch that it fits.
    pub branches: Vec<Branch>,
    /// What its user must know about it.
    pub notes: Vec<String>,
    /// What it can be called with; `None` where it is no function.
    pub parameters: Option<Vec<Parameter>>,
    /// Events fill it; else it is known by its schema alone.
    pub is_filled: bool,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDef {
    pub name: String,
    pub kind: Type,
    pub aliases: Vec<String>,
    pub ariel: Option<Ariel>,
}

/// The rows that one kind of event makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its channel, compared without regard to case; `None` for any.
    pub channel: Option<String>,
    /// A channel that is none of its; only where it has any other.
    pub except: Option<String>,
    /// Its event ids; empty for any.
    pub events: Vec<i64>,
    /// How its events name the process that did what they tell of.
    pub initiator: Option<InitiatorKey>,
    /// Its events are process creations, of which another branch may have the same one.
    pub twin: Option<Twin>,
    /// For each column of the table the expression that fills it.
    mappings: Vec<Option<String>>,
    /// Columns that the initiator fills only where the event itself says nothing.
    spared: Vec<usize>,
}

impl TableDef {
    pub(super) fn read(platform: &str, name: &str, text: &str) -> Result<Self, CatalogError> {
        let error = |reason: String| CatalogError { table: name.to_owned(), reason };
        let file: TableFile = toml::from_str(text).map_err(|problem| error(problem.to_string()))?;
        let mut columns = Vec::with_capacity(file.columns.len());
        for column in file.columns {
            let mut parts = column.into_iter();
            let (Some(name), Some(kind)) = (parts.next(), parts.next()) else {
                return Err(error("a column needs a name and a type".to_owned()));
            };
            let known = Type::from_name(&kind).map(|kind| (kind, None));
            let known = known.or_else(|| Ariel::from_name(&kind).map(|(kind, ariel)| (kind, Some(ariel))));
            let (kind, ariel) = known.ok_or_else(|| error(format!("{name} has no type {kind}")))?;
            columns.push(ColumnDef { name, kind, aliases: parts.collect(), ariel });
        }
        let mut branches = Vec::with_capacity(file.from.len() + 1);
        if PLATFORMS.contains(&platform) {
            branches.push(export::branch(name, &columns, file.time.as_deref(), &file.all));
        }
        for from in file.from {
            let mut mappings = vec![None; columns.len()];
            for (column, mapping) in file.all.iter().chain(&from.set) {
                let place = columns.iter().position(|known: &ColumnDef| known.name == *column);
                let slot = place.and_then(|place| mappings.get_mut(place));
                *slot.ok_or_else(|| error(format!("there is no column {column} to fill")))? = Some(mapping.clone());
            }
            let mut spared = Vec::new();
            if from.initiator.is_some() {
                for (column, value) in initiator::values(platform)? {
                    let place = columns.iter().position(|known: &ColumnDef| known.name == column);
                    if let Some((place, slot)) = place.and_then(|place| Some((place, mappings.get_mut(place)?))) {
                        spared.extend(slot.is_some().then_some(place));
                        *slot = Some(initiator::combined(&value, slot.as_deref()));
                    }
                }
            }
            let FromFile { channel, except, events, initiator, twin, .. } = from;
            branches.push(Branch { channel, except, events, initiator, twin, mappings, spared });
        }
        let parameter = |[name, kind, keeps]: [String; 3]| match Type::from_name(&kind) {
            Some(kind) => Ok(Parameter { name, kind, keeps }),
            None => Err(error(format!("the parameter {name} has no type {kind}"))),
        };
        let parameters = file.parameters.map(|all| all.into_iter().map(parameter).collect()).transpose()?;
        Ok(TableDef {
            name: name.to_owned(),
            platform: platform.to_owned(),
            columns,
            time: file.time,
            is_open: file.open,
            ignores_case: file.ignores_case,
            empty_is_missing: file.empty_is_missing,
            branches,
            notes: file.notes,
            parameters,
            is_filled: true,
        })
    }

    /// A table that is nothing but the rows of a file that was bound to its name.
    pub fn of_rows(name: &str, columns: Vec<(String, Type)>) -> Self {
        let columns =
            columns.into_iter().map(|(name, kind)| ColumnDef { name, kind, aliases: Vec::new(), ariel: None });
        let columns: Vec<ColumnDef> = columns.collect();
        let is_time = |column: &&ColumnDef| {
            column.kind == Type::Datetime && matches!(column.name.as_str(), "Timestamp" | "TimeGenerated")
        };
        let time = columns.iter().find(is_time).map(|column| column.name.clone());
        let branch = export::branch(name, &columns, None, &BTreeMap::new());
        TableDef {
            name: name.to_owned(),
            platform: "bound".to_owned(),
            columns,
            time,
            is_open: false,
            ignores_case: false,
            empty_is_missing: false,
            branches: vec![branch],
            notes: Vec::new(),
            parameters: None,
            is_filled: true,
        }
    }

    /// Whether exported rows of it are rows of it again.
    pub fn has_exports(&self) -> bool {
        self.branches.iter().any(|branch| branch.exports().is_some())
    }

    /// The column that a name means, with its place: its own name first, then an alias.
    pub fn column(&self, name: &str) -> Option<(usize, &ColumnDef)> {
        let same = |known: &str| if self.ignores_case { known.eq_ignore_ascii_case(name) } else { known == name };
        let mut columns = self.columns.iter().enumerate();
        let by_name = columns.clone().find(|(_, column)| same(&column.name));
        by_name.or_else(|| columns.find(|(_, column)| column.aliases.iter().any(|alias| same(alias))))
    }

    /// The rows of these events alone; of all where there are none.
    pub(super) fn of_events(mut self, events: &[i64]) -> Self {
        if !events.is_empty() {
            for branch in &mut self.branches {
                branch.events.retain(|event| events.contains(event));
            }
            self.branches.retain(|branch| branch.exports().is_some() || !branch.events.is_empty());
        }
        self
    }

    /// Columns that no event fills, whatever an export of the table holds.
    pub fn never_filled(&self) -> impl Iterator<Item = &ColumnDef> {
        let is_filled = |place: usize| {
            self.branches.iter().any(|branch| branch.exports().is_none() && branch.mapping(place).is_some())
        };
        self.columns.iter().enumerate().filter(move |(place, _)| !is_filled(*place)).map(|(_, column)| column)
    }
}

impl Branch {
    pub(super) fn new(channel: Option<String>, events: Vec<i64>, mappings: Vec<Option<String>>) -> Self {
        Branch { channel, except: None, events, initiator: None, twin: None, mappings, spared: Vec::new() }
    }

    /// With a column filled from elsewhere.
    pub(super) fn with(mut self, column: Option<usize>, mapping: &str) -> Self {
        if let Some(slot) = column.and_then(|column| self.mappings.get_mut(column)) {
            *slot = Some(mapping.to_owned());
        }
        self
    }

    /// The table whose exported rows it is of.
    pub fn exports(&self) -> Option<&str> {
        Logs::table_of(self.channel.as_deref()?)
    }

    pub fn fits(&self, channel: &str, event: i64) -> bool {
        let is_this = |known: &String| known.eq_ignore_ascii_case(channel);
        let is_log = Logs::table_of(channel).is_none();
        let channel_fits = self.channel.as_ref().map_or(is_log, is_this) && !self.except.as_ref().is_some_and(is_this);
        channel_fits && (self.events.is_empty() || self.events.contains(&event))
    }

    /// Whether the initiator fills a column only where the event itself says nothing.
    pub fn spares_initiator(&self, column: usize) -> bool {
        self.spared.contains(&column)
    }

    /// The KQL expression over [`crate::Fields`] that fills a column; `None`: it is null.
    pub fn mapping(&self, column: usize) -> Option<&str> {
        self.mappings.get(column)?.as_deref()
    }
}

/// A file in `tables/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    time: Option<String>,
    #[serde(default)]
    open: bool,
    #[serde(default)]
    ignores_case: bool,
    #[serde(default)]
    empty_is_missing: bool,
    #[serde(default)]
    notes: Vec<String>,
    /// Name, type, aliases.
    columns: Vec<Vec<String>>,
    /// Name, type, and the condition that an argument of this name sets to the rows.
    parameters: Option<Vec<[String; 3]>>,
    /// What fills columns whatever the event is.
    #[serde(default)]
    all: BTreeMap<String, String>,
    from: Vec<FromFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FromFile {
    channel: Option<String>,
    except: Option<String>,
    #[serde(default)]
    events: Vec<i64>,
    initiator: Option<InitiatorKey>,
    twin: Option<Twin>,
    #[serde(default)]
    set: BTreeMap<String, String>,
}
