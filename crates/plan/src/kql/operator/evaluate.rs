//! `evaluate`: plugins. The columns that some of them give depend on the data, which is asked for them unless the query says
//! what they are.

mod bag_unpack;
mod lookup;
mod near;
mod pivot;
mod windows;

use arrow::array::{Array, AsArray};
use functions::Type;
use functions::expand::Expansion;
use functions::scalar::bag;
use functions::scalar::net_lookup::Family;
use functions::serial::Serial;
use syntax::Span;
use syntax::kql::tree::{Evaluate, RowSchema};

use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::Env;
use crate::kql::value::Value;
use crate::relation::{Column, Computed, Relation, field};

/// The plugins, with what each does.
pub(in crate::kql) const PLUGINS: &[(&str, &str)] = &[
    ("activity_counts_metrics", "counts of rows and ids, of new ids and of all so far, of each window of time"),
    ("bag_unpack", "the properties of a bag as columns"),
    ("dcount_intersect", "how many values sketches have in common"),
    ("ipv4_lookup", "the rows of a table whose IPv4 network holds an address"),
    ("ipv6_lookup", "the rows of a table whose IPv6 or IPv4 network holds an address"),
    ("narrow", "a row of each cell"),
    ("pivot", "a column of each value of a column"),
    ("rolling_percentile", "the percentile of each bin together with those before it"),
    (
        "schema_merge",
        "the columns of several schemas as getschema gives them, each once; one of several types comes with each",
    ),
    ("rows_near", "rows for which a condition holds, and those around them"),
];

const UNMEASURED: &str = "its answers were never compared with Kusto's";
const MODEL: &str = "it learns patterns by a model of the service's own";
const OUTSIDE: &str = "it reaches out of the evidence";

/// Plugins of Kusto that are refused, and why.
pub(in crate::kql) const REFUSED: &[(&str, &str)] = &[
    ("active_users_count", UNMEASURED),
    ("activity_engagement", UNMEASURED),
    ("activity_metrics", UNMEASURED),
    ("ai_chat_completion", OUTSIDE),
    ("ai_embed_text", OUTSIDE),
    ("ai_embeddings", OUTSIDE),
    ("autocluster", MODEL),
    ("azure_digital_twins_query_request", OUTSIDE),
    ("basket", MODEL),
    ("cosmosdb_sql_request", OUTSIDE),
    ("diffpatterns", MODEL),
    ("diffpatterns_text", MODEL),
    ("funnel_sequence", UNMEASURED),
    ("funnel_sequence_completion", UNMEASURED),
    ("geoip", OUTSIDE),
    ("http_request", OUTSIDE),
    ("http_request_post", OUTSIDE),
    ("infer_storage_schema", OUTSIDE),
    ("mysql_request", OUTSIDE),
    ("new_activity_metrics", UNMEASURED),
    ("postgresql_request", OUTSIDE),
    ("preview", "a query gives one table here"),
    ("python", OUTSIDE),
    ("r", OUTSIDE),
    ("sequence_detect", UNMEASURED),
    ("session_count", UNMEASURED),
    ("sliding_window_counts", UNMEASURED),
    ("sql_request", OUTSIDE),
    ("ai_chat_completion_prompt", OUTSIDE),
    ("csharp", OUTSIDE),
    ("dax_request", OUTSIDE),
    ("execute_query", OUTSIDE),
    ("execute_show_command", OUTSIDE),
    ("external_datatable", OUTSIDE),
    ("infer_storage_schema_with_suggestions", OUTSIDE),
    ("estimate_rows_count", "it speaks of a cluster's own storage"),
    ("geo_line_lookup", UNMEASURED),
    ("geo_polygon_lookup", UNMEASURED),
    ("identity", UNMEASURED),
    ("identity_v3", UNMEASURED),
];

/// In the order of the places that columns have in their own tables: rows of a union have none.
const SCHEMA_MERGE: &str = "rows
    | summarize At = min(ColumnOrdinal) by ColumnName, DataType, ColumnType
    | sort by At asc, ColumnName asc
    | project ColumnName, ColumnOrdinal = row_number(0), DataType, ColumnType";

/// How many columns a plugin may give.
const COLUMNS: usize = 1_000;

/// The columns that a call says it makes.
struct Made {
    columns: Vec<Column>,
    /// `*`: behind those of the rows that are there.
    keeps_others: bool,
}

impl Made {
    /// All columns, given those that stay where others do.
    fn with(self, others: &[Column]) -> Vec<Column> {
        let own = self.columns;
        let is_other = |column: &&Column| own.iter().all(|own| own.name != column.name);
        let mut all: Vec<Column> = others.iter().filter(is_other).filter(|_| self.keeps_others).cloned().collect();
        all.extend(own);
        all
    }
}

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn evaluate(&mut self, tree: &'q Evaluate, flow: Flow, env: Env) -> Option<Flow> {
        let schema = match &tree.schema {
            Some(schema) => Some(Made { columns: self.row_schema(schema)?, keeps_others: schema.is_open }),
            None => None,
        };
        match tree.plugin.text.as_str() {
            "bag_unpack" => self.bag_unpack(tree, schema, flow, env),
            "pivot" => self.pivot(tree, schema, flow, env),
            "narrow" => self.narrow(flow, tree.span),
            "ipv4_lookup" => self.ip_lookup(tree, Family::V4, flow, env),
            "ipv6_lookup" => self.ip_lookup(tree, Family::V6, flow, env),
            "rows_near" => self.rows_near(tree, flow, env),
            "dcount_intersect" => self.dcount_intersect(tree, flow, env),
            "schema_merge" => {
                let made = self.written(SCHEMA_MERGE, flow, tree.span)?;
                let relation = self.planned(made.relation.unordered(), tree.span)?;
                Some(Flow::new(relation))
            }
            "activity_counts_metrics" => self.activity_counts(tree, flow, env),
            "rolling_percentile" => self.rolling_percentile(tree, flow, env),
            other => self.refused_plugin(tree, other),
        }
    }

    fn refused_plugin(&mut self, tree: &Evaluate, name: &str) -> Option<Flow> {
        match REFUSED.iter().find(|(known, _)| *known == name) {
            Some((_, why)) => self.refuse(messages::refused(tree.plugin.span, &format!("the plugin '{name}'"), why)),
            None => {
                let known = PLUGINS.iter().map(|(known, _)| *known);
                self.refuse(messages::unknown_plugin(tree.plugin.span, name, known))
            }
        }
    }

    /// How many values all the sketches up to each one share, in columns `s0`, `s1`, ….
    fn dcount_intersect(&mut self, tree: &'q Evaluate, flow: Flow, env: Env) -> Option<Flow> {
        let mut shared: Option<Value> = None;
        let mut counts = Vec::with_capacity(tree.args.len());
        for (place, arg) in tree.args.iter().enumerate() {
            let sketch = self.scalar(&arg.value, &flow.scope(env))?;
            if sketch.kind != Type::Dynamic {
                return self.refuse(messages::not_dynamic(arg.value.span, sketch.kind));
            }
            let now = match shared {
                Some(before) => self.applied("set_intersect", vec![before, sketch])?,
                None => sketch,
            };
            let count = self.applied("array_length", vec![now.clone()])?;
            counts.push(Computed::new(format!("s{place}"), Type::Long, count.expr));
            shared = Some(now);
        }
        let relation = self.planned(flow.relation.clone().extend(counts), tree.span)?;
        Some(Flow { relation, ..flow })
    }

    fn row_schema(&mut self, schema: &RowSchema) -> Option<Vec<Column>> {
        let mut columns = Vec::with_capacity(schema.columns.len());
        for column in &schema.columns {
            match Type::from_name(&column.kind.text) {
                Some(kind) => columns.push(Column::new(&column.name.text, kind)),
                None => return self.refuse(messages::bad_literal(column.kind.span, "type", &column.kind.text)),
            }
        }
        Some(columns)
    }

    /// The one text that a relation of one row and one column gives; `None` within where nothing can be asked.
    fn asked(&mut self, relation: Relation, span: Span) -> Option<Option<String>> {
        let Some(rows) = self.options.rows else { return Some(None) };
        match rows(&relation.plan) {
            Ok(batches) => {
                let found = batches.iter().filter(|batch| batch.num_rows() > 0).find_map(|batch| {
                    let texts = batch.columns().first()?.as_string_opt::<i32>()?;
                    texts.is_valid(0).then(|| texts.value(0).to_owned())
                });
                Some(Some(found.unwrap_or_default()))
            }
            Err(error) => self.refuse(messages::unasked(span, &error.strip_backtrace())),
        }
    }

    /// A row for each cell.
    fn narrow(&mut self, flow: Flow, span: Span) -> Option<Flow> {
        const CELLS: &str = "\u{1}cells";
        let texts = flow.relation.columns.iter().flat_map(|column| {
            let text = Value::new(column.expr(), column.kind).cast(Type::String).or_empty().cast(Type::Dynamic);
            [datafusion_expr::lit(column.name.clone()), text.expr]
        });
        let cells = bag::pack(texts.collect(), false);
        let number = Serial::Number.call(flow.relation.run(), vec![datafusion_expr::lit(0_i64)], Type::Long.arrow());
        let row = Computed::new("Row", Type::Long, number);
        let own = vec![Computed::new(CELLS, Type::Dynamic, cells)];
        let packed = self.planned(flow.relation.project(own), span)?;
        let numbered = self.planned(packed.serial(vec![row]), span)?;
        let expansion = Expansion { as_pairs: true, most: i64::MAX, keeps_empty: false };
        let pairs = expansion.values(0, &[field(CELLS)]);
        let rows = self.planned(numbered.expand(vec![Computed::new(CELLS, Type::Dynamic, pairs)]), span)?;
        let part = |at: i64| {
            let part = functions::scalar::dynamic::get(field(CELLS), vec![datafusion_expr::lit(at)]);
            Value::new(part, Type::Dynamic).cast(Type::String).expr
        };
        let shown = vec![
            Computed::new("Row", Type::Long, field("Row")),
            Computed::new("Column", Type::String, part(0)),
            Computed::new("Value", Type::String, part(1)),
        ];
        let relation = self.planned(rows.project(shown), span)?;
        Some(Flow::new(relation))
    }
}
