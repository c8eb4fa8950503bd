//! A telemetry table as DataFusion sees it: each scan is one reading of the evidence with only the columns it needs.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::TableType;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion_common::Result;
use datafusion_expr::{Expr, TableProviderFilterPushDown};
use functions::{Type, origin};
use telemetry::{Bounds, ColumnDef, EventBatch, System, TableDef, WantedText};

use crate::early::EarlyFilter;
use crate::gathered::{self, Gathered};
use crate::program::TablePlan;
use crate::source::{self, Source};
use crate::time_range::{TimeColumn, time_column};
use crate::wanted_text::wanted_text;

/// Batches that may wait between the readers and the plan.
const WAITING: usize = 4;

/// Columns that hold the time of a row.
pub const TIMES: [&str; 5] = ["Timestamp", "TimeGenerated", "starttime", "devicetime", "endtime"];

#[derive(Debug, Clone)]
pub struct EventTable {
    source: Arc<Source>,
    definition: Arc<TableDef>,
    schema: SchemaRef,
    /// The only fields of its data columns that are asked for; `None` for all.
    data: Option<Vec<String>>,
}

impl EventTable {
    /// `schema`: the columns that binders saw, and the origin column last.
    pub fn new(source: Arc<Source>, definition: Arc<TableDef>, schema: SchemaRef) -> Self {
        EventTable { source, definition, schema, data: None }
    }

    /// The columns that hold an event's fields as one object, and nothing else.
    pub fn data_columns(&self) -> impl Iterator<Item = &str> {
        let is_data = |(place, column): &(usize, &ColumnDef)| {
            let mut mappings = self.definition.branches.iter().filter_map(|branch| branch.mapping(*place));
            column.kind == Type::Dynamic && mappings.any(|mapping| mapping == System::EventData.name())
        };
        self.definition.columns.iter().enumerate().filter(is_data).map(|(_, column)| column.name.as_str())
    }

    /// The table of which nobody asks for other fields in its data columns.
    pub fn of_data(&self, names: &BTreeSet<String>) -> Self {
        EventTable { data: Some(names.iter().cloned().collect()), ..self.clone() }
    }

    /// The fields of EventData that these columns need; `None` for all.
    fn data(&self, columns: &[String]) -> Option<Vec<String>> {
        let own: BTreeSet<&str> = self.data_columns().collect();
        let reads_more = |name: &&String| match self.definition.columns.iter().position(|column| column.name == **name)
        {
            Some(place) => self.definition.branches.iter().filter_map(|branch| branch.mapping(place)).any(|mapping| {
                mapping.contains(System::EventData.name())
                    && !(mapping == System::EventData.name() && own.contains(name.as_str()))
            }),
            None => *name == System::EventData.name(),
        };
        self.data.clone().filter(|_| !columns.iter().any(|name| reads_more(&name)))
    }

    /// Whether a column is of the table's definition, and not a field of its events.
    pub fn defines(&self, name: &str) -> bool {
        name == origin::COLUMN || self.definition.columns.iter().any(|column| column.name == name)
    }

    /// The columns of the time of its rows, and what each holds: a datetime, or milliseconds since 1970.
    pub fn times(&self) -> impl Iterator<Item = (&str, Type)> {
        let is_time = |column: &&ColumnDef| TIMES.contains(&column.name.as_str());
        self.definition.columns.iter().filter(is_time).map(|column| (column.name.as_str(), column.kind))
    }

    /// Whether a column is the time of the table's events, as they have it.
    pub fn has_time(&self, name: &str) -> bool {
        time_column(&self.definition).is_some_and(|time| time.is(name))
    }

    /// The source, if rows of the table depend on whether two logs tell of one process creation and nobody knows that yet.
    pub fn tentative(&self) -> Option<&Arc<Source>> {
        let has_twins = self.definition.branches.iter().any(|branch| branch.twin.is_some());
        Some(&self.source).filter(|source| has_twins && source.may_hold_twins().is_none())
    }
}

#[async_trait]
impl TableProvider for EventTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(chosen) => Arc::new(self.schema.project(chosen)?),
            None => self.schema.clone(),
        };
        let names = schema.fields().iter().map(|field| field.name().clone());
        let columns: Vec<String> = names.filter(|name| name != origin::COLUMN).collect();
        let with_origin = schema.index_of(origin::COLUMN).is_ok();
        let plan = Arc::new(TablePlan::new(&self.definition, &columns, with_origin)?);
        let time = time_column(&self.definition);
        let bounds = time.map_or_else(Bounds::default, |time| time.ranges(filters));
        let spares_exports = time.is_some_and(TimeColumn::spares_exports);
        let texts = filters.iter().filter_map(|filter| wanted_text(&self.definition, filter)).collect();
        let data = self.data(&columns);
        let stream = Arc::new(TableStream {
            source: self.source.clone(),
            plan,
            bounds,
            spares_exports,
            texts,
            data,
            filters: filters.to_vec(),
            schema: schema.clone(),
        });
        Ok(Arc::new(StreamingTableExec::try_new(schema, vec![stream], None, [], false, limit)?))
    }

    /// Readers may use a range of time or what is wanted of texts, and rows are left out early; the filter itself still runs.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }
}

#[derive(Debug)]
struct TableStream {
    source: Arc<Source>,
    plan: Arc<TablePlan>,
    /// What the query asks for; the source's own bounds come first.
    bounds: Bounds,
    spares_exports: bool,
    /// Texts that its filters ask for.
    texts: Vec<WantedText>,
    /// The only fields of EventData that it asks for; `None` for all.
    data: Option<Vec<String>>,
    filters: Vec<Expr>,
    /// As the scan asked: the origin column may stand anywhere.
    schema: SchemaRef,
}

impl PartitionStream for TableStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStreamBuilder::new(self.schema.clone(), WAITING);
        let out = builder.tx();
        let (source, plan, schema) = (self.source.clone(), self.plan.clone(), self.schema.clone());
        let (bounds, data, spares_exports) = (self.bounds.clone(), self.data.clone(), self.spares_exports);
        let texts = self.texts.clone();
        let early = EarlyFilter::new(&self.filters, &self.schema);
        builder.spawn_blocking(move || {
            let reads: Vec<String> = plan.reads.iter().cloned().collect();
            let with_origin = schema.index_of(origin::COLUMN).is_ok();
            let context = source.context(plan.needs)?;
            let with_origin = with_origin || context.needs_origins();
            let fields = source.fields(&reads, with_origin).of_kinds(plan.kinds()).of_texts(texts);
            let fields = fields.sparing(plan.spare.clone());
            let of_rows = if spares_exports { Bounds::default() } else { bounds.clone() };
            let fields = match spares_exports {
                true => fields.of_logs_within(bounds),
                false => fields.within(bounds),
            };
            let fields = match data {
                Some(names) => fields.of_data(names),
                None => fields,
            };
            let program = plan.compile(fields.schema())?;
            let in_order = |name: &String| plan.schema().index_of(name);
            let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
            let order = names.iter().map(in_order).collect::<Result<Vec<usize>, _>>()?;
            let send = |batch: Result<_>| match out.blocking_send(batch) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            };
            // Of what readers give nonetheless no rows are made.
            let made = |events: &EventBatch| match source::timed(events, &of_rows)? {
                Some(within) if within.events.is_empty() => Ok(Vec::new()),
                Some(within) => program.run(&within, &context),
                None => program.run(events, &context),
            };
            let gathered = Mutex::new(Gathered::of(gathered::SOON));
            let give = |batch: RecordBatch| {
                let batch = early.run(batch.project(&order)?);
                gathered.lock().unwrap_or_else(PoisonError::into_inner).push(batch)
            };
            let read = source.read_in_order(&fields, &|events| match made(events) {
                Ok(batches) => batches.into_iter().filter_map(|batch| give(batch).transpose()).try_for_each(send),
                Err(error) => {
                    let _ = send(Err(error));
                    ControlFlow::Break(())
                }
            });
            if let Some(batch) = gathered.lock().unwrap_or_else(PoisonError::into_inner).take().transpose() {
                let _ = send(batch);
            }
            read.map(|_| ())
        });
        builder.build()
    }
}
