//! The windows of a correlation as rows: what they are grouped by, when they were, how many events they hold, and which.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use functions::Type;
use functions::origin::{self, Origins};
use render::Column;
use syntax::sigma::Correlation;

use super::evaluate::Hit;
use super::matches::Gathered;
use crate::found::Shape;
use crate::merge::Twins;

/// The columns of a correlation's findings.
pub(crate) fn shape(correlation: &Correlation) -> Shape {
    let mut columns: Vec<Column> = Vec::new();
    let names = correlation.group_by.iter().map(|field| (field.value.as_str(), Type::String));
    let own = [("FirstTime", Type::Datetime), ("LastTime", Type::Datetime), ("EventCount", Type::Long)];
    let number = correlation.kind.has_field().then_some(("Value", Type::Real));
    for (name, kind) in names.chain(own).chain(number) {
        let is_taken = |name: &str| columns.iter().any(|known| known.name == name);
        let mut name = name.to_string();
        while is_taken(&name) {
            name.push('_');
        }
        columns.push(Column { name, kind });
    }
    let time_column = columns.get(correlation.group_by.len() + 1).map(|column| column.name.clone());
    Shape { columns: columns.into(), time_column }
}

/// The rows of that shape.
pub(crate) fn rows(
    correlation: &Correlation,
    hits: &[Hit],
    gathered: &Gathered,
    twins: &Twins,
) -> Result<RecordBatch, ArrowError> {
    let time = |index: Option<&usize>| index.and_then(|index| gathered.events.get(*index)).map(|event| event.time);
    let text = |place: usize| hits.iter().map(move |hit| hit.key.get(place).map_or("", String::as_str));
    let mut arrays: Vec<ArrayRef> = (0..correlation.group_by.len())
        .map(|place| Arc::new(StringArray::from_iter_values(text(place))) as ArrayRef)
        .collect();
    let origins = hits.iter().map(|hit| {
        let events = hit.events.iter().filter_map(|index| gathered.events.get(*index));
        Origins::of(events.flat_map(|event| event.origins.iter().copied()))
    });
    let origins: Vec<Origins> = origins.collect();
    // Two records of one event are one, and so is an event that two rules match.
    let count = |hit: &Hit| {
        let places = hit.events.iter().filter_map(|index| gathered.events.get(*index)?.origins.first());
        let places = places.map(|origin| (origin.file, origin.ordinal));
        let places: HashSet<_> = places.map(|place| twins.get(&place).copied().unwrap_or(place)).collect();
        i64::try_from(places.len()).unwrap_or(i64::MAX)
    };
    arrays.push(Arc::new(hits.iter().map(|hit| time(hit.events.first())).collect::<Int64Array>()));
    arrays.push(Arc::new(hits.iter().map(|hit| time(hit.events.last())).collect::<Int64Array>()));
    arrays.push(Arc::new(hits.iter().map(|hit| Some(count(hit))).collect::<Int64Array>()));
    if correlation.kind.has_field() {
        arrays.push(Arc::new(hits.iter().map(|hit| hit.number).collect::<Float64Array>()));
    }
    arrays.push(Arc::new(BinaryArray::from_iter_values(origins.iter().map(Origins::to_cell))));
    let shape = shape(correlation);
    let mut fields: Vec<Field> =
        shape.columns.iter().map(|column| Field::new(&column.name, column.kind.arrow(), true)).collect();
    fields.push(Field::new(origin::COLUMN, DataType::Binary, true));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}
