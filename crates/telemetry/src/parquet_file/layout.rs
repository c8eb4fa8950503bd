//! A layout: where in a file stands what events have, of a file whose columns hold one value each and whose names alone say what
//! they mean. Such a file is read column by column; every other one row by row, which is the definition.

use std::collections::HashMap;

use arrow::datatypes::{DataType, SchemaRef};
use functions::Type;

use crate::event::{Fields, System};
use crate::logs::Logs;
use crate::row::{SYSMON_TIME, times as time};
use crate::rows::tables::{self, BoundTable, Typed};
use crate::rows::{By, Rows};
use crate::shape::meaning::{Meaning, Part, meaning};

/// Where everything that is asked for stands, by the places of columns.
#[derive(Debug)]
pub struct Layout {
    pub of: Of,
    /// Of each raw field that is asked for.
    pub raw: Vec<Option<Field>>,
    /// Of each system field that is asked for and that has a column.
    pub system: HashMap<System, usize>,
    pub times: Times,
    /// The columns that are raw fields, by their names in lower case.
    data: HashMap<String, usize>,
}

/// What the rows are.
#[derive(Debug)]
pub enum Of {
    Table { channel: String, name: String, by: By, action: Option<usize> },
    Log { channel: usize, event: usize },
}

/// A column, and the type that a table gives it.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub column: usize,
    pub kind: Option<Type>,
}

/// The columns of times, in the order in which they are believed.
#[derive(Debug, Default)]
pub struct Times {
    own: Option<usize>,
    sysmon: Option<usize>,
    logged: Vec<usize>,
    received: Vec<usize>,
    has_local: bool,
}

/// Names that make of a record something else than an event of flat fields, or may.
const TELLING: [&str; 18] = [
    "Event",
    "Id",
    "Payload",
    "Type",
    "_index",
    "_raw",
    "_source",
    "_time",
    "category",
    "doc",
    "event",
    "event.category",
    "event.code",
    "event_data",
    "fields",
    "result",
    "user_data",
    "winlog",
];

impl Layout {
    /// `None` where only the rows themselves can tell. `bound`: tables of the user's own making.
    pub fn new(schema: &SchemaRef, rows: &Rows, fields: &Fields, bound: &[BoundTable]) -> Option<Layout> {
        let needs_rows = |field: &System| match field {
            // Which events have to have them is known of each row group.
            System::EventData | System::Payload => fields.wholes.is_none(),
            field => matches!(field, System::Keywords | System::UserID),
        };
        if fields.is_whole || fields.system.iter().any(needs_rows) || !fields.bounds.hosts.is_empty() {
            return None;
        }
        let mut names = HashMap::new();
        for (place, field) in schema.fields().iter().enumerate() {
            if field.data_type().is_nested() || names.insert(field.name().to_ascii_lowercase(), place).is_some() {
                return None;
            }
        }
        match rows {
            Rows::Table { name, by } => Layout::of_table(schema, names, tables::typed(name, *by, bound)?, *by, fields),
            Rows::Plain | Rows::Named(None) => Layout::of_log(schema, fields),
            Rows::Named(Some(_)) => None,
        }
    }

    /// The column that is a field.
    pub fn place(&self, field: &str) -> Option<usize> {
        match System::from_name(field) {
            Some(system) => self.system.get(&system).copied(),
            None => self.data.get(&field.to_ascii_lowercase()).copied(),
        }
    }

    fn of_table(
        schema: &SchemaRef,
        names: HashMap<String, usize>,
        export: Typed,
        by: By,
        fields: &Fields,
    ) -> Option<Layout> {
        let column = |name: &str| names.get(&name.to_ascii_lowercase()).copied();
        let kind_of = |column: usize| schema.fields().get(column).map(|field| field.data_type());
        let types: HashMap<usize, Type> =
            export.types.iter().filter_map(|(name, kind)| Some((*names.get(name)?, *kind))).collect();
        let own = export.times.iter().map(String::as_str).chain(tables::TIMES).find_map(column);
        // Whatever is asked for, times are looked at; those of the row itself tell when they are read.
        let misfits = |(column, kind): (&usize, &Type)| {
            let is_known = kind_of(*column).is_some_and(is_time) || own == Some(*column);
            *kind == Type::Datetime && !is_known
        };
        if types.iter().any(misfits) {
            return None;
        }
        let raw = |name: &String| match column(name) {
            None => Some(None),
            Some(column) => {
                let kind = types.get(&column).copied();
                let is_own = own == Some(column) && kind == Some(Type::Datetime);
                let fits = kind.is_none_or(|kind| is_own || kind_of(column).is_some_and(|values| fits(values, kind)));
                fits.then_some(Some(Field { column, kind }))
            }
        };
        let raw = fields.raw().iter().map(raw).collect::<Option<Vec<_>>>()?;
        let hosts: Vec<usize> = tables::HOSTS.iter().filter_map(|name| column(name)).collect();
        let mut system = HashMap::new();
        match hosts.as_slice() {
            [] => {}
            [host] if kind_of(*host) == Some(&DataType::Utf8) => {
                system.insert(System::Computer, *host);
            }
            _ => return None,
        }
        let action = column(tables::ACTION).filter(|_| by != By::Person);
        let of = Of::Table { channel: Logs::table_channel(&export.name), name: export.name, by, action };
        let times = Times { own, ..Times::default() };
        let has_times = own.is_none_or(|own| kind_of(own).is_some_and(may_be_time));
        has_times.then_some(Layout { of, raw, system, times, data: names })
    }

    fn of_log(schema: &SchemaRef, fields: &Fields) -> Option<Layout> {
        let wants = |name: &str| fields.raw().iter().any(|raw| raw.eq_ignore_ascii_case(name));
        let (mut data, mut system, mut times) = (HashMap::new(), HashMap::new(), Times::default());
        for (place, field) in schema.fields().iter().enumerate() {
            let (name, kind) = (field.name().as_str(), field.data_type());
            let is_telling = TELLING.iter().any(|known| known.eq_ignore_ascii_case(name));
            if is_telling || ["winlog.", "event_data.", "event."].iter().any(|prefix| name.starts_with(prefix)) {
                return None;
            }
            match meaning(Part::Top, name) {
                Meaning::Skip => {}
                Meaning::Into(_) | Meaning::Elements => return None,
                Meaning::System(field) => {
                    let is_whole = matches!(field, System::EventID | System::Record);
                    let is_number =
                        if is_whole { is_integer(kind) } else { is_integer(kind) || *kind == DataType::Utf8 };
                    let is_text = *kind == DataType::Utf8;
                    let is_known = if field.is_number() { is_number } else { is_text };
                    if !is_known || system.insert(field, place).is_some() {
                        return None;
                    }
                }
                Meaning::Time(rank) => {
                    match rank {
                        time::LOGGED => times.logged.push(place),
                        time::RECEIVED => times.received.push(place),
                        time::LOCAL => times.has_local = true,
                        _ => {}
                    }
                    // A provider's own field of that name is data too.
                    data.insert(name.to_ascii_lowercase(), place);
                }
                Meaning::Data(..) => {
                    if name == SYSMON_TIME {
                        times.sysmon = Some(place);
                    }
                    data.insert(name.to_ascii_lowercase(), place);
                }
                Meaning::Writer if wants(name) || fields.system.contains(&System::ProcessID) => return None,
                Meaning::NamedProvider if wants(name) || fields.system.contains(&System::Provider) => return None,
                Meaning::Numbered(field) if wants(name) || fields.system.contains(&field) => return None,
                Meaning::Writer | Meaning::NamedProvider | Meaning::Numbered(_) => {}
            }
        }
        // An id that is spelt otherwise would be one of an event whose names all are.
        schema.index_of("EventID").ok()?;
        let (channel, event) = (*system.get(&System::Channel)?, *system.get(&System::EventID)?);
        let raw =
            |name: &String| data.get(&name.to_ascii_lowercase()).map(|column| Field { column: *column, kind: None });
        let raw = fields.raw().iter().map(raw).collect();
        Some(Layout { of: Of::Log { channel, event }, raw, system, times, data })
    }
}

impl Times {
    /// The column of the time of rows none of which lacks it; `is_sysmons`: all of them are Sysmon's.
    pub fn column(&self, schema: &SchemaRef, is_sysmons: bool) -> Option<Option<usize>> {
        let kind_of = |column: usize| schema.fields().get(column).map(|field| field.data_type());
        let column = match (self.own, self.sysmon, self.logged.as_slice(), self.received.as_slice()) {
            (Some(own), ..) => own,
            (None, Some(sysmon), ..) if is_sysmons => sysmon,
            (None, Some(_), ..) => return None,
            // Of a local time beside it the text says whether it has a zone.
            (None, None, [logged], _) if !self.has_local => *logged,
            (None, None, [], [received]) if !self.has_local => *received,
            (None, None, [], []) if !self.has_local => return Some(None),
            _ => return None,
        };
        kind_of(column).is_some_and(may_be_time).then_some(Some(column))
    }
}

fn is_time(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(..))
}

/// Texts are times as far as each can be read.
fn may_be_time(kind: &DataType) -> bool {
    is_time(kind) || *kind == DataType::Utf8
}

fn is_integer(kind: &DataType) -> bool {
    kind.is_integer() && *kind != DataType::UInt64
}

/// Whether all values of such a column are values of a table's type.
fn fits(values: &DataType, kind: Type) -> bool {
    match kind {
        Type::String | Type::Dynamic => true,
        Type::Bool => *values == DataType::Boolean,
        Type::Int => is_integer(values) && !matches!(values, DataType::Int64 | DataType::UInt32),
        Type::Long => is_integer(values),
        Type::Real => is_integer(values) || matches!(values, DataType::Float32 | DataType::Float64),
        Type::Datetime => is_time(values),
        Type::Decimal | Type::Timespan | Type::Guid => false,
    }
}
