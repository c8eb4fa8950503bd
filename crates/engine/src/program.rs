//! A program: how the rows of one table are made out of event batches. The one place where a table's mappings are run.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, StringArray, new_null_array,
};
use arrow::compute::filter;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion_common::{DFSchema, DataFusionError, Result};
use datafusion_expr::Expr;
use datafusion_physical_expr::PhysicalExpr;
use functions::{Type, address, origin, several};
use plan::relation::field;
use plan::sigma::TABLE_PREFIX;
use plan::tables::Ariel;
use telemetry::{EventBatch, EventKind, Initiator, Logs, Spare, TableDef, Twin};

use crate::chain::physical;
use crate::context::{Context, without_origins};
use crate::initiators::Initiators;
use crate::processes::Processes;
use crate::twin_facts::TwinFacts;
use crate::wanted_text::stands;

/// A table's chosen columns, bound to the event columns that they read.
#[derive(Debug)]
pub struct TablePlan {
    /// Event columns to decode.
    pub reads: BTreeSet<String>,
    /// What must be known of processes before the rows can be made.
    pub needs: Needs,
    /// Of what has to be decoded, what few events need.
    pub spare: Option<Spare>,
    schema: SchemaRef,
    with_origin: bool,
    /// Its predicates ask whether any of several values matches; for all others several values are lines of one text.
    knows_several: bool,
    empty_is_missing: bool,
    /// The places of values that are IP addresses.
    addresses: Vec<usize>,
    branches: Vec<BranchPlan>,
}

/// What a table needs to know of processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Which process did what an event tells of, whatever the event says of it.
    pub initiators: bool,
    /// Which events tell of the same creation of a process.
    pub twins: bool,
}

impl Needs {
    pub fn and(self, other: Needs) -> Needs {
        Needs { initiators: self.initiators || other.initiators, twins: self.twins || other.twins }
    }
}

#[derive(Debug)]
struct BranchPlan {
    channel: Option<String>,
    except: Option<String>,
    events: Vec<i64>,
    values: Vec<Option<Expr>>,
    reads: BTreeSet<String>,
    initiators: Option<Initiators>,
    /// The places of values that ask the initiator where the event says nothing.
    spared: Vec<usize>,
    twin: Option<Twin>,
}

impl TablePlan {
    /// `columns`: the table's columns that are wanted, in this order; a name that the table does not know is a raw field.
    pub fn new(table: &TableDef, columns: &[String], with_origin: bool) -> Result<Self> {
        let places: Vec<Option<usize>> =
            columns.iter().map(|name| table.columns.iter().position(|column| column.name == *name)).collect();
        let kind = |place: &Option<usize>| {
            place.and_then(|place| table.columns.get(place)).map_or(Type::String, |column| column.kind)
        };
        let mut fields: Vec<Field> =
            columns.iter().zip(&places).map(|(name, place)| Field::new(name, kind(place).arrow(), true)).collect();
        if with_origin {
            fields.push(origin_field());
        }
        let mut branches = Vec::with_capacity(table.branches.len());
        let mut own_reads = BTreeSet::new();
        for (number, branch) in table.branches.iter().enumerate() {
            let mut reads = BTreeSet::new();
            let mut values = Vec::with_capacity(columns.len());
            let (mut spared, mut is_needed) = (Vec::new(), false);
            for (own, (name, place)) in columns.iter().zip(&places).enumerate() {
                values.push(match place {
                    None => {
                        reads.insert(name.clone());
                        Some(field(name))
                    }
                    Some(place) => {
                        let value = table.value(number, *place).map_err(|e| DataFusionError::External(Box::new(e)))?;
                        let asks = |fields: &[String]| fields.iter().any(|name| Initiator::from_name(name).is_some());
                        value.map(|value| {
                            match branch.spares_initiator(*place) {
                                true => spared.push(own),
                                false => is_needed |= asks(&value.fields),
                            }
                            reads.extend(value.fields);
                            value.expr
                        })
                    }
                });
            }
            let initiators = Initiators::taken_from(&mut reads, branch.initiator.as_ref(), is_needed);
            own_reads.extend(reads.iter().cloned());
            reads.extend(initiators.iter().flat_map(Initiators::reads));
            branches.push(BranchPlan {
                channel: branch.channel.clone(),
                except: branch.except.clone(),
                events: branch.events.clone(),
                values,
                reads,
                initiators,
                spared,
                twin: branch.twin,
            });
        }
        let reads = branches.iter().flat_map(|branch| branch.reads.iter().cloned()).collect();
        let needs = Needs {
            initiators: branches.iter().flat_map(|branch| &branch.initiators).any(|initiators| initiators.is_needed),
            twins: branches.iter().any(|branch| branch.twin.is_some()),
        };
        let spare = if needs.initiators { None } else { spare(table, columns, &branches, &own_reads) };
        let knows_several = table.name.starts_with(TABLE_PREFIX);
        let schema = Arc::new(Schema::new(fields));
        let empty_is_missing = table.empty_is_missing;
        let is_address =
            |place: &usize| table.columns.get(*place).is_some_and(|column| column.ariel == Some(Ariel::Host));
        let addresses = places.iter().enumerate().filter(|(_, place)| place.as_ref().is_some_and(is_address));
        let addresses = addresses.map(|(own, _)| own).collect();
        Ok(TablePlan { reads, needs, spare, schema, with_origin, knows_several, empty_is_missing, addresses, branches })
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The events that can be rows of the table.
    pub fn kinds(&self) -> Vec<EventKind> {
        let kind = |branch: &BranchPlan| EventKind { channel: branch.channel.clone(), events: branch.events.clone() };
        self.branches.iter().map(kind).collect()
    }

    /// The events that can be its rows and of which this field is read.
    pub fn kinds_that_read(&self, field: &str) -> Vec<EventKind> {
        let reads = |branch: &&BranchPlan| branch.reads.contains(field);
        let kind = |branch: &BranchPlan| EventKind { channel: branch.channel.clone(), events: branch.events.clone() };
        self.branches.iter().filter(reads).map(kind).collect()
    }

    /// The places of the columns that are a field of the events and nothing else; `None` where it is a part of others.
    pub fn columns_of(&self, field: &str) -> Option<Vec<usize>> {
        let is_field = |value: &Option<Expr>| matches!(value, Some(Expr::Column(column)) if column.name == field);
        let reads = |value: &Option<Expr>| {
            value.as_ref().is_some_and(|value| value.column_refs().iter().any(|column| column.name == field))
        };
        let values = || self.branches.iter().flat_map(|branch| branch.values.iter().enumerate());
        if values().any(|(_, value)| reads(value) && !is_field(value)) {
            return None;
        }
        let mut places: Vec<usize> = values().filter(|(_, value)| is_field(value)).map(|(place, _)| place).collect();
        places.sort_unstable();
        places.dedup();
        Some(places)
    }

    /// What rows of a branch take from records that give way to theirs.
    fn facts(&self, branch: &BranchPlan) -> Result<Option<TwinFacts>> {
        let yields = self.branches.iter().find(|other| other.twin == Some(Twin::Yields));
        let yields = yields.filter(|_| branch.twin == Some(Twin::Stays));
        yields.map(|yields| TwinFacts::new(&yields.values)).transpose()
    }

    /// Makes it ready for batches of these event columns, which hold at least what it reads.
    pub fn compile(&self, events: &SchemaRef) -> Result<TableProgram> {
        let mut branches = Vec::with_capacity(self.branches.len());
        for branch in &self.branches {
            let places = branch.reads.iter().map(|name| events.index_of(name));
            let input = places.collect::<Result<Vec<usize>, _>>()?;
            let mut fields = events.project(&input)?.fields().to_vec();
            fields.extend(branch.initiators.iter().flat_map(Initiators::schema).map(Arc::new));
            let schema: SchemaRef = Arc::new(Schema::new(fields));
            let known = DFSchema::try_from(schema.clone())?;
            let values = branch.values.iter();
            let values = values.map(|value| value.as_ref().map(|expr| physical(expr, &known)).transpose());
            branches.push(BranchProgram {
                channel: branch.channel.clone(),
                except: branch.except.clone(),
                events: branch.events.clone(),
                input,
                schema,
                values: values.collect::<Result<_>>()?,
                initiators: branch.initiators.clone(),
                spared: branch.spared.clone(),
                facts: self.facts(branch)?,
                twin: branch.twin,
            });
        }
        let TablePlan { with_origin, knows_several, empty_is_missing, .. } = *self;
        let (schema, addresses) = (self.schema.clone(), self.addresses.clone());
        Ok(TableProgram { schema, with_origin, knows_several, empty_is_missing, addresses, branches })
    }
}

/// The hidden column as it stands in the schema of every table.
pub fn origin_field() -> Field {
    Field::new(origin::COLUMN, DataType::Binary, true)
}

/// A [`TablePlan`] ready to run.
#[derive(Debug)]
pub struct TableProgram {
    schema: SchemaRef,
    with_origin: bool,
    knows_several: bool,
    empty_is_missing: bool,
    addresses: Vec<usize>,
    branches: Vec<BranchProgram>,
}

/// The keys of initiators, where nothing else reads them: of no use where events say what initiators are asked for. `own`: what columns read
/// of the events themselves.
fn spare(table: &TableDef, columns: &[String], branches: &[BranchPlan], own: &BTreeSet<String>) -> Option<Spare> {
    let keys: BTreeSet<&String> =
        branches.iter().flat_map(|branch| &branch.initiators).flat_map(Initiators::keys).collect();
    let fields: Vec<String> = keys.into_iter().filter(|name| !own.contains(*name)).cloned().collect();
    let places: BTreeSet<usize> = branches.iter().flat_map(|branch| &branch.spared).copied().collect();
    let unless = places.into_iter().map(|place| stands(table, columns.get(place)?)).collect::<Option<Vec<_>>>()?;
    (!fields.is_empty()).then_some(Spare { fields, unless })
}

#[derive(Debug)]
struct BranchProgram {
    channel: Option<String>,
    except: Option<String>,
    events: Vec<i64>,
    /// The event columns that its values read.
    input: Vec<usize>,
    /// Of these, and of the fields of the initiator.
    schema: SchemaRef,
    values: Vec<Option<Arc<dyn PhysicalExpr>>>,
    initiators: Option<Initiators>,
    spared: Vec<usize>,
    facts: Option<TwinFacts>,
    twin: Option<Twin>,
}

impl TableProgram {
    /// The rows that a batch of events makes, one batch for each branch that has any. An event is a row of the first branch
    /// that it fits, unless another record of the same process creation is the row for both.
    pub fn run(&self, events: &EventBatch, context: &Context<'_>) -> Result<Vec<RecordBatch>> {
        let evidence = context.evidence();
        let mut taken = vec![false; events.events.len()];
        let mut out = Vec::new();
        for branch in &self.branches {
            // A channel that no event of the evidence had so far has no number, and no rows here.
            let channel = match branch.channel.as_deref().map(|name| evidence.channel_id(name)) {
                Some(None) => continue,
                Some(known) => known,
                None => None,
            };
            let except = branch.except.as_deref().and_then(|name| evidence.channel_id(name));
            let mut any = false;
            let mut chosen = Vec::with_capacity(taken.len());
            for ((taken, found), event) in taken.iter_mut().zip(&events.channels).zip(&events.events) {
                let fits = !*taken
                    && channel.map_or(!Logs::is_table(*found), |wanted| wanted == *found)
                    && except.is_none_or(|left_out| left_out != *found)
                    && (branch.events.is_empty() || branch.events.contains(event));
                *taken |= fits;
                any |= fits;
                chosen.push(fits);
            }
            if let Some(twin) = branch.twin.filter(|_| any) {
                context.meet(twin)?;
            }
            if any && branch.twin == Some(Twin::Yields) {
                context.leave_out_twins(&events.batch, &mut chosen)?;
                any = chosen.contains(&true);
            }
            if any {
                out.push(self.rows(branch, events, &BooleanArray::from(chosen), context)?);
            }
        }
        Ok(out)
    }

    fn rows(
        &self,
        branch: &BranchProgram,
        events: &EventBatch,
        chosen: &BooleanArray,
        context: &Context<'_>,
    ) -> Result<RecordBatch> {
        let is_plain = self.knows_several || !events.has_several;
        let events = &events.batch;
        let rows = chosen.true_count();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let choose = |column: &ArrayRef| -> Result<ArrayRef> {
            if rows == chosen.len() { Ok(column.clone()) } else { Ok(filter(column, chosen)?) }
        };
        let columns = branch.input.iter().map(|place| {
            let column = choose(events.column(*place))?;
            Ok(if is_plain { column } else { lines(column) })
        });
        let columns = columns.collect::<Result<Vec<ArrayRef>>>()?;
        let asks = branch.initiators.as_ref().is_some_and(|initiators| initiators.is_needed);
        let processes = if asks { Some(context.gathered()?) } else { context.processes() };
        let mut out = self.values(branch, &columns, &options, processes)?;
        if context.processes().is_none() && branch.is_any_left_empty(&out) {
            out = self.values(branch, &columns, &options, Some(context.gathered()?))?;
        }
        if let Some(facts) = branch.facts.as_ref().filter(|_| context.needs_origins()) {
            let cells = events.column_by_name(origin::COLUMN).ok_or_else(without_origins)?;
            facts.fill(&mut out, &context.told_by_twins(&choose(cells)?))?;
        }
        if self.empty_is_missing {
            out = out.into_iter().map(without_empty).collect();
        }
        for place in &self.addresses {
            if let Some(column) = out.get_mut(*place) {
                *column = address::column(column.clone());
            }
        }
        if self.with_origin {
            let cells = events.column_by_name(origin::COLUMN);
            let cells = choose(cells.ok_or_else(without_origins)?)?;
            out.push(match branch.twin {
                Some(Twin::Stays) => context.with_twins(cells),
                _ => cells,
            });
        }
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), out, &options)?)
    }

    /// The values of events of a branch.
    fn values(
        &self,
        branch: &BranchProgram,
        columns: &[ArrayRef],
        options: &RecordBatchOptions,
        processes: Option<&Processes>,
    ) -> Result<Vec<ArrayRef>> {
        let mut columns = columns.to_vec();
        if let Some(initiators) = &branch.initiators {
            let own = Arc::new(branch.schema.project(&(0..columns.len()).collect::<Vec<_>>())?);
            let own = RecordBatch::try_new_with_options(own, columns.clone(), options)?;
            columns.extend(initiators.columns(&own, processes)?);
        }
        let input = RecordBatch::try_new_with_options(branch.schema.clone(), columns, options)?;
        let rows = input.num_rows();
        let mut out: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for (value, field) in branch.values.iter().zip(self.schema.fields()) {
            out.push(match value {
                Some(value) => value.evaluate(&input)?.into_array(rows)?,
                None => new_null_array(field.data_type(), rows),
            });
        }
        Ok(out)
    }
}

impl BranchProgram {
    /// Whether an event does not say what the initiator could.
    fn is_any_left_empty(&self, values: &[ArrayRef]) -> bool {
        let is_any = |array: &ArrayRef| (0..array.len()).any(|row| is_empty(array, row));
        self.spared.iter().filter_map(|place| values.get(*place)).any(is_any)
    }
}

/// A column whose texts are one value each.
fn lines(column: ArrayRef) -> ArrayRef {
    match column.as_string_opt::<i32>() {
        Some(texts) if several::any_are_in(texts) => {
            Arc::new(texts.iter().map(|text| text.map(several::lines)).collect::<StringArray>())
        }
        _ => column,
    }
}

/// A column in which empty texts are missing.
fn without_empty(column: ArrayRef) -> ArrayRef {
    match column.as_string_opt::<i32>() {
        Some(texts) if texts.iter().any(|text| text == Some("")) => {
            Arc::new(texts.iter().map(|text| text.filter(|text| !text.is_empty())).collect::<StringArray>())
        }
        _ => column,
    }
}

/// Whether a row of a table says nothing in a column.
pub fn is_empty(array: &ArrayRef, row: usize) -> bool {
    array.is_null(row) || array.as_string_opt::<i32>().is_some_and(|texts| texts.value(row).is_empty())
}
