//! Scanning: rows in order, matched against the steps of a state machine. A row gives a list of what it comes to: one JSON
//! text for each step that it matches and that gives it out.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use arrow::record_batch::RecordBatchOptions;
use datafusion_common::{DFSchema, Result, ScalarValue, exec_datafusion_err};
use datafusion_expr::execution_props::ExecutionProps;
use datafusion_expr::expr::WindowFunction;
use datafusion_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion_expr::{Expr, PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};
use datafusion_physical_expr::{PhysicalExpr, create_physical_expr};
use serde_json::{Value, json};

/// The machine. Its expressions speak of the row's columns, of the declared ones, and of both as a step last saw them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scan {
    /// The row's columns, in the order of the arguments.
    pub columns: Vec<(String, DataType)>,
    pub declared: Vec<Declared>,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Declared {
    pub name: String,
    pub kind: DataType,
    /// A constant.
    pub default: Expr,
    /// Its value as JSON.
    pub json: Expr,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Step {
    pub name: String,
    pub is_optional: bool,
    pub output: Output,
    pub condition: Expr,
    /// Which declared column gets which value.
    pub assignments: Vec<(usize, Expr)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Output {
    All,
    Last,
    None,
}

/// What a column is called as a step last saw it.
pub fn seen_by(step: &str, column: &str) -> String {
    format!("\u{1}{step}.{column}")
}

impl Scan {
    /// The lists of the rows; `run` tells apart rows that are scanned each for themselves.
    pub fn call(self, run: Expr, columns: Vec<Expr>) -> Expr {
        let signature = Signature::variadic_any(Volatility::Immutable);
        let args = std::iter::once(run).chain(columns).collect();
        let udf = WindowUDF::new_from_impl(ScanUdf { scan: self, signature });
        Expr::WindowFunction(Box::new(WindowFunction::new(Arc::new(udf), args)))
    }

    /// Names and types of all that expressions can read: the row, the declared, and both for each step.
    fn fields(&self) -> Vec<(String, DataType)> {
        let declared = self.declared.iter().map(|declared| (declared.name.clone(), declared.kind.clone()));
        let own: Vec<(String, DataType)> = self.columns.iter().cloned().chain(declared).collect();
        let seen = self.steps.iter().flat_map(|step| {
            own.iter().map(|(name, kind)| (seen_by(&step.name, name), kind.clone())).collect::<Vec<_>>()
        });
        own.iter().cloned().chain(seen.collect::<Vec<_>>()).collect()
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ScanUdf {
    scan: Scan,
    signature: Signature,
}

impl WindowUDFImpl for ScanUdf {
    fn name(&self) -> &str {
        "scan_steps"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs<'_>) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Machine::new(self.scan.clone())?))
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        let of_texts = DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)));
        Ok(Arc::new(Field::new(args.name(), of_texts, true)))
    }
}

type Ready = Arc<dyn PhysicalExpr>;

#[derive(Debug)]
struct Machine {
    scan: Scan,
    schema: Arc<Schema>,
    conditions: Vec<Ready>,
    assignments: Vec<Vec<(usize, Ready)>>,
    json: Vec<Ready>,
    defaults: Vec<ScalarValue>,
    /// What a step holds before it matched.
    unseen: Vec<ScalarValue>,
    /// The rows that are under way, by the step that they have come to.
    states: Vec<Option<State>>,
    next_id: i64,
}

/// A match under way.
#[derive(Debug, Clone)]
struct State {
    id: i64,
    /// The row and the declared columns, as each step last saw them.
    seen: Vec<Option<Vec<ScalarValue>>>,
    /// Where the last row of each step was given out.
    given: Vec<Option<(usize, usize)>>,
}

impl Machine {
    fn new(scan: Scan) -> Result<Self> {
        let fields = scan.fields().into_iter().map(|(name, kind)| Field::new(name, kind, true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let known = DFSchema::try_from(schema.clone())?;
        let ready = |expr: &Expr| {
            create_physical_expr(expr, &known, &ExecutionProps::new(), &PhysicalPlanningContext::default())
        };
        let conditions = scan.steps.iter().map(|step| ready(&step.condition)).collect::<Result<_>>()?;
        let assigned =
            |step: &Step| step.assignments.iter().map(|(at, expr)| Ok((*at, ready(expr)?))).collect::<Result<Vec<_>>>();
        let assignments = scan.steps.iter().map(assigned).collect::<Result<_>>()?;
        let json = scan.declared.iter().map(|declared| ready(&declared.json)).collect::<Result<_>>()?;
        let nulls =
            |kinds: &mut dyn Iterator<Item = &DataType>| kinds.map(ScalarValue::try_from).collect::<Result<Vec<_>>>();
        let row_nulls = nulls(&mut scan.columns.iter().map(|(_, kind)| kind))?;
        let all_nulls = nulls(&mut schema.fields().iter().map(|field| field.data_type()))?;
        let empty = batch(&schema, &all_nulls)?;
        let constant = |declared: &Declared| one(&ready(&declared.default)?, &empty);
        let defaults: Vec<ScalarValue> = scan.declared.iter().map(constant).collect::<Result<_>>()?;
        let unseen = row_nulls.into_iter().chain(defaults.iter().cloned()).collect();
        let states = vec![None; scan.steps.len()];
        Ok(Machine { scan, schema, conditions, assignments, json, defaults, unseen, states, next_id: 0 })
    }

    /// All that expressions can read, for a row and a match.
    fn read(&self, row: &[ScalarValue], declared: &[ScalarValue], state: &State) -> Result<RecordBatch> {
        let mut values: Vec<ScalarValue> = row.iter().chain(declared).cloned().collect();
        for seen in &state.seen {
            values.extend(seen.as_ref().unwrap_or(&self.unseen).iter().cloned());
        }
        batch(&self.schema, &values)
    }

    fn new_state(&self) -> State {
        let steps = self.scan.steps.len();
        State { id: self.next_id, seen: vec![None; steps], given: vec![None; steps] }
    }

    /// The step whose match this row may take further to `step`: the nearest before it, but for optional ones between.
    fn source(&self, step: usize) -> Option<usize> {
        for before in (0..step).rev() {
            if self.states.get(before).is_some_and(Option::is_some) {
                return Some(before);
            }
            if !self.scan.steps.get(before).is_some_and(|step| step.is_optional) {
                return None;
            }
        }
        None
    }

    fn holds(&self, step: usize, row: &[ScalarValue], state: &State) -> Result<bool> {
        let Some(condition) = self.conditions.get(step) else { return Ok(false) };
        let holds = one(condition, &self.read(row, &self.defaults, state)?)?;
        Ok(matches!(holds, ScalarValue::Boolean(Some(true))))
    }

    /// The match that a row takes to a step, or keeps there.
    fn matched(&mut self, step: usize, row: &[ScalarValue]) -> Result<Option<State>> {
        if let Some(before) = self.source(step)
            && let Some(state) = self.states.get(before).cloned().flatten()
            && self.holds(step, row, &state)?
        {
            if let Some(slot) = self.states.get_mut(before) {
                *slot = None;
            }
            return Ok(Some(state));
        }
        let can_start = self.scan.steps.iter().take(step).all(|before| before.is_optional);
        let own = self.states.get(step).cloned().flatten();
        let is_new = own.is_none();
        let Some(state) = own.or_else(|| can_start.then(|| self.new_state())) else { return Ok(None) };
        if !self.holds(step, row, &state)? {
            return Ok(None);
        }
        self.next_id += i64::from(is_new);
        Ok(Some(state))
    }

    fn scan_row(&mut self, at: usize, row: &[ScalarValue], given: &mut [Vec<Option<String>>]) -> Result<()> {
        for step in (0..self.scan.steps.len()).rev() {
            let Some(mut state) = self.matched(step, row)? else { continue };
            let read = self.read(row, &self.defaults, &state)?;
            let mut declared = self.defaults.clone();
            for (place, value) in self.assignments.get(step).into_iter().flatten() {
                if let Some(slot) = declared.get_mut(*place) {
                    *slot = one(value, &read)?;
                }
            }
            let made = self.read(row, &declared, &state)?;
            let texts = self.json.iter().map(|json| one(json, &made)).collect::<Result<Vec<_>>>()?;
            let values = texts.iter().map(parsed).collect::<Vec<Value>>();
            let output = self.scan.steps.get(step).map_or(Output::None, |step| step.output);
            if output == Output::Last
                && let Some((row, place)) = state.given.get(step).copied().flatten()
                && let Some(slot) = given.get_mut(row).and_then(|row| row.get_mut(place))
            {
                *slot = None;
            }
            if output != Output::None
                && let Some(list) = given.get_mut(at)
            {
                list.push(Some(json!({"id": state.id, "v": values}).to_string()));
                let place = list.len() - 1;
                if let Some(slot) = state.given.get_mut(step) {
                    *slot = Some((at, place));
                }
            }
            if let Some(slot) = state.seen.get_mut(step) {
                *slot = Some(row.iter().cloned().chain(declared).collect());
            }
            if let Some(slot) = self.states.get_mut(step) {
                *slot = Some(state);
            }
        }
        Ok(())
    }
}

impl PartitionEvaluator for Machine {
    fn evaluate(&mut self, _: &[ArrayRef], _: &Range<usize>) -> Result<ScalarValue> {
        Err(exec_datafusion_err!("a scan needs its rows together"))
    }

    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let Some((runs, columns)) = values.split_first() else {
            return Err(exec_datafusion_err!("a scan needs its run"));
        };
        let mut given: Vec<Vec<Option<String>>> = vec![Vec::new(); rows];
        let mut last: Option<ScalarValue> = None;
        for at in 0..rows {
            let run = ScalarValue::try_from_array(runs, at)?;
            if last.as_ref() != Some(&run) {
                self.states = vec![None; self.scan.steps.len()];
                self.next_id = 0;
                last = Some(run);
            }
            let row = columns.iter().map(|column| ScalarValue::try_from_array(column, at));
            self.scan_row(at, &row.collect::<Result<Vec<_>>>()?, &mut given)?;
        }
        let mut out = ListBuilder::new(StringBuilder::new());
        for list in given {
            list.into_iter().flatten().for_each(|text| out.values().append_value(text));
            out.append(true);
        }
        Ok(Arc::new(out.finish()))
    }
}

fn batch(schema: &Arc<Schema>, values: &[ScalarValue]) -> Result<RecordBatch> {
    let columns = values.iter().map(|value| value.to_array_of_size(1)).collect::<Result<Vec<_>>>()?;
    // Steps that read nothing leave no column to count the row by.
    let one = RecordBatchOptions::new().with_row_count(Some(1));
    Ok(RecordBatch::try_new_with_options(schema.clone(), columns, &one)?)
}

fn one(expr: &Ready, row: &RecordBatch) -> Result<ScalarValue> {
    ScalarValue::try_from_array(&expr.evaluate(row)?.into_array(1)?, 0)
}

fn parsed(text: &ScalarValue) -> Value {
    match text {
        ScalarValue::Utf8(Some(json)) => serde_json::from_str(json).unwrap_or(Value::Null),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion_expr::{col, lit};

    #[test]
    fn a_match_goes_on_step_by_step() {
        let column = |name: &str| (name.to_owned(), DataType::Int64);
        let step = |name: &str, condition: Expr| Step {
            name: name.into(),
            is_optional: false,
            output: Output::All,
            condition,
            assignments: Vec::new(),
        };
        let steps = vec![step("a", col("x").eq(lit(1_i64))), step("b", col("x").gt(lit(1_i64)))];
        let mut machine = Machine::new(Scan { columns: vec![column("x")], declared: Vec::new(), steps }).unwrap();
        let mut given = vec![Vec::new(); 5];
        for (at, x) in [5, 1, 7, 8, 1].into_iter().enumerate() {
            machine.scan_row(at, &[ScalarValue::Int64(Some(x))], &mut given).unwrap();
        }
        let ids: Vec<Vec<i64>> = given
            .iter()
            .map(|row| {
                row.iter()
                    .flatten()
                    .map(|text| serde_json::from_str::<Value>(text).unwrap()["id"].as_i64().unwrap())
                    .collect()
            })
            .collect();
        assert_eq!(ids, [vec![], vec![0], vec![0], vec![0], vec![1]]);
    }
}
