//! Rebuilding: what an event was in one text, out of the columns that it was taken apart into.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray, StringBuilder};
use functions::origin::Origin;

use super::columns;
use super::piece::Piece;
use super::shape::{Held, Place, Shape};
use super::shred::push_value;
use crate::event::{EventBatch, Fields, System};
use crate::members::Members;
use crate::row::shipped::Shippers;
use crate::row::{Columns, Row};
use crate::text::Kind;

/// How many shapes are remembered.
const KNOWN: usize = 1 << 14;

/// The shapes of one part, and where its fields' columns are.
pub struct Shapes {
    /// Columns of the part's fields, by lower-cased name.
    pub by_name: HashMap<String, usize>,
    /// The names of those columns.
    pub names: Vec<String>,
    /// The only fields that EventData need hold; `None` for all.
    only: Option<Vec<String>>,
    known: HashMap<String, Arc<Known>>,
}

/// A shape, and where the value of each of its fields stands.
pub struct Known {
    shape: Shape,
    places: Vec<Place>,
    shippers: Shippers,
    /// Those of its fields that EventData need hold.
    given: Vec<usize>,
}

impl Shapes {
    pub fn new(names: Vec<String>, only: Option<&[String]>) -> Self {
        let name = |name: &String| name.strip_prefix(columns::DATA).unwrap_or(name).to_ascii_lowercase();
        let by_name = names.iter().enumerate().map(|(index, known)| (name(known), index)).collect();
        Shapes { by_name, names, only: only.map(<[String]>::to_vec), known: HashMap::new() }
    }

    /// Whether EventData may need a value of the column with this name.
    pub fn gives(&self, column: &str) -> bool {
        let name = column.strip_prefix(columns::DATA).unwrap_or(column);
        self.only.as_ref().is_none_or(|only| only.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)))
    }

    fn get(&mut self, text: &str) -> Result<Arc<Known>, String> {
        if let Some(known) = self.known.get(text) {
            return Ok(Arc::clone(known));
        }
        let shape = Shape::read(text).ok_or("an event's shape is none")?;
        let places = shape.places(|name| self.by_name.get(name).copied());
        let names = shape.fields.iter().map(|(name, _)| name.as_str());
        let shippers = Shippers::of(names.zip(shape.whose.iter().copied()));
        let is_given = |at: &usize| {
            let name = shape.fields.get(*at).map(|(name, _)| name);
            self.only.as_ref().is_none_or(|only| name.is_some_and(|name| only.contains(name)))
        };
        let given = (0..shape.fields.len()).filter(is_given).collect();
        let known = Arc::new(Known { shape, places, shippers, given });
        if self.known.len() >= KNOWN {
            self.known.clear();
        }
        self.known.insert(text.to_owned(), Arc::clone(&known));
        Ok(known)
    }

    /// What a raw column shows where some of its field's values have no column: `column` holds the others.
    pub fn shown(&mut self, piece: &Piece<'_>, name: &str, column: Option<&StringArray>) -> Result<ArrayRef, String> {
        let rests = piece.texts(columns::REST)?;
        let shapes = piece.repeated(columns::SHAPE)?;
        let mut out = StringBuilder::new();
        for row in 0..rests.len() {
            let in_column = column.filter(|column| column.is_valid(row)).map(|column| column.value(row));
            if rests.is_null(row) {
                out.append_option(in_column);
                continue;
            }
            let known = self.get(shapes.text(shapes.key(row)).ok_or("an event has no shape")?)?;
            match known.shape.shown(name).and_then(|field| known.places.get(field)) {
                Some(Place::Rest(at)) => {
                    let rest = rest(rests.value(row))?;
                    out.append_option(rest.get(*at));
                }
                Some(Place::Column(_)) => out.append_option(in_column),
                Some(Place::Nowhere) | None => out.append_null(),
            }
        }
        Ok(Arc::new(out.finish()))
    }

    /// EventData and Payload, as far as they are wanted, by the code that writes them when a log is read.
    pub fn whole(&mut self, piece: &Piece<'_>, wanted: &[System]) -> Result<EventBatch, String> {
        let fields = Fields::new(wanted.iter().map(|field| field.name()), false);
        let (mut row, mut out) = (Row::new(&fields), Columns::new(&fields));
        let rests = piece.texts(columns::REST)?;
        let shapes = piece.repeated(columns::SHAPE)?;
        let data = |name: &String| self.gives(name).then(|| piece.texts(name)).transpose();
        let data = self.names.iter().map(data).collect::<Result<Vec<_>, _>>()?;
        let system = match wanted.contains(&System::Payload) {
            true => Some(Whole::new(piece)?),
            false => None,
        };
        for index in 0..rests.len() {
            row.clear();
            let mut channel = "";
            if let Some(system) = &system {
                system.fill(index, &mut row);
                channel = system.channel(index);
            }
            let known = self.get(shapes.text(shapes.key(index)).ok_or("an event has no shape")?)?;
            row.set_shippers(known.shippers);
            let rest = if rests.is_valid(index) { rest(rests.value(index))? } else { Vec::new() };
            for at in &known.given {
                let field = known.shape.fields.get(*at).zip(known.shape.whose.get(*at)).zip(known.places.get(*at));
                let Some((((name, held), whose), place)) = field else { continue };
                let text = match place {
                    Place::Nowhere => Some(""),
                    Place::Column(at) => {
                        let data = data.get(*at).and_then(Option::as_ref);
                        data.filter(|data| data.is_valid(index)).map(|data| data.value(index))
                    }
                    Place::Rest(at) => rest.get(*at).map(String::as_str),
                };
                let kind = match held {
                    Held::Text => Kind::Scalar,
                    Held::Null => Kind::Null,
                    Held::Json => Kind::Nested,
                    Held::List => Kind::List,
                };
                row.set_data(name, text.ok_or("an event lacks a value that its shape names")?, kind, *whose);
            }
            let origin = Origin { file: 0, ordinal: 0, log: 0, record: 0, time: Origin::NO_TIME };
            out.push(&row, origin, 0, channel);
        }
        match out.take() {
            Some(batch) => batch.map_err(|(_, error)| error.to_string()),
            None => Err("there are no rows".to_owned()),
        }
    }
}

/// The values of `rest` in their order.
fn rest(json: &str) -> Result<Vec<String>, String> {
    let fields: Members<'_> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let value = |json: &str| {
        let mut text = String::new();
        push_value(json, &mut text).map(|()| text)
    };
    fields.0.iter().map(|(_, json)| value(json.get())).collect()
}

/// The columns that a payload is made of.
struct Whole {
    times: arrow::array::Int64Array,
    columns: Vec<(System, StringArray)>,
}

impl Whole {
    fn new(piece: &Piece<'_>) -> Result<Self, String> {
        let column = |(field, name): &(System, &str)| Ok((*field, piece.texts(name)?));
        let columns = columns::PLAIN.iter().map(column).collect::<Result<_, String>>()?;
        Ok(Whole { times: piece.times()?, columns })
    }

    fn fill(&self, index: usize, row: &mut Row) {
        for (field, texts) in self.columns.iter().filter(|(_, texts)| texts.is_valid(index)) {
            row.set(*field, texts.value(index));
        }
        row.set_missing_time(|| self.times.is_valid(index).then(|| self.times.value(index)));
    }

    fn channel(&self, index: usize) -> &str {
        let channel = self.columns.iter().find(|(field, _)| *field == System::Channel);
        channel.filter(|(_, texts)| texts.is_valid(index)).map_or("", |(_, texts)| texts.value(index))
    }
}
