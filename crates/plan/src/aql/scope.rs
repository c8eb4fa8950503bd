//! The scope of a SELECT: the fields of its table or inner query, and the names that its own items give.

use functions::Type;
use syntax::aql::tree::{Item, Select};

use super::select::Selected;
use crate::relation::Column;
use crate::tables::{Ariel, Table};

/// What a SELECT's expressions can name.
pub(super) struct Scope<'q> {
    /// The table's name; that of an inner query is its table's.
    pub table: String,
    fields: Vec<Field>,
    /// The fields are the table's own, not those that an inner query gives names to.
    is_of_table: bool,
    /// The column of the event's time.
    pub time: Option<String>,
    pub items: &'q [Item],
    item_names: Vec<Option<String>>,
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    /// The column's own name in the plan.
    pub column: String,
    pub kind: Type,
    pub is_raw: bool,
    /// The user's own property, which `*` does not stand for.
    pub is_own: bool,
    pub ariel: Option<Ariel>,
    /// The raw field that it is or is read from.
    pub raw: Option<String>,
    aliases: Vec<String>,
}

impl Field {
    /// Whether this is another name for a property. Fields that every QRadar has are in lower case in their table.
    pub fn is_otherwise_named(&self, name: &str) -> bool {
        // What is of several words is a name that somebody's content gave; events call their fields by one.
        let is_of_event = !name.contains(' ');
        let is_otherwise = self.column.starts_with(char::is_uppercase) && !self.column.eq_ignore_ascii_case(name);
        !self.is_own && is_of_event && is_otherwise
    }
}

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'s, 'q> {
    pub scope: &'s Scope<'q>,
    /// How many of the items can be named here: an item sees those before it.
    pub visible: usize,
    /// An odd number of NOT stands around it: what is missing lets the condition hold.
    pub negated: bool,
    /// Within WHERE or HAVING, where the engine runs a query inside of a condition.
    pub is_filter: bool,
    /// The result depends on it: what cannot be known here must not be guessed.
    pub decides: bool,
    pub aggregates: Aggregates,
    /// GROUP BY, HAVING and ORDER BY look among the items first.
    pub items_first: bool,
}

/// Whether an aggregate may stand in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggregates {
    Allowed,
    /// WHERE sees single events.
    InFilter,
    /// An aggregate of an aggregate.
    Inside,
}

impl Place<'_, '_> {
    /// Beneath NOT.
    pub fn beneath_not(self, is_beneath: bool) -> Self {
        Place { negated: self.negated != is_beneath, ..self }
    }
}

impl<'q> Scope<'q> {
    pub fn of_table(table: &Table, select: &'q Select) -> Self {
        let fields = table.columns.iter().map(|column| Field {
            column: column.name.clone(),
            kind: column.kind,
            is_raw: column.is_raw,
            is_own: false,
            ariel: column.ariel.or(column.is_raw.then_some(Ariel::Property)),
            raw: column.is_raw.then(|| column.name.clone()),
            aliases: column.aliases.clone(),
        });
        let time = table.column("starttime").map(|column| column.name.clone()).or_else(|| table.time.clone());
        let item_names = select.items.iter().map(item_name).collect();
        Scope {
            table: table.name.clone(),
            fields: fields.collect(),
            is_of_table: true,
            time,
            items: &select.items,
            item_names,
        }
    }

    pub fn of_selected(table: String, selected: &Selected, select: &'q Select) -> Self {
        let field = |(column, ariel): (&Column, &Option<Ariel>)| Field {
            column: column.name.clone(),
            kind: column.kind,
            is_raw: false,
            is_own: false,
            ariel: *ariel,
            raw: None,
            aliases: Vec::new(),
        };
        let fields: Vec<Field> = selected.relation.columns.iter().zip(&selected.ariel).map(field).collect();
        let time = fields.iter().find(|field| field.column.eq_ignore_ascii_case("starttime"));
        let time = time.map(|field| field.column.clone());
        let item_names = select.items.iter().map(item_name).collect();
        Scope { table, fields, is_of_table: false, time, items: &select.items, item_names }
    }

    /// A property that is read from a column, which may be a raw field, under the name of its own column.
    pub fn add_own(&mut self, name: String, column: String, raw: Option<String>) {
        let (kind, ariel) = (Type::String, Some(Ariel::Property));
        self.fields.push(Field { column, kind, is_raw: false, is_own: true, ariel, raw, aliases: vec![name] });
    }

    /// By its own name first, then by an alias; case does not count in Ariel.
    pub fn field(&self, name: &str) -> Option<&Field> {
        let exact = self.fields.iter().find(|field| field.column == name);
        let by_name = || self.fields.iter().find(|field| field.column.eq_ignore_ascii_case(name));
        let has_alias = |field: &&Field| field.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name));
        exact.or_else(by_name).or_else(|| self.fields.iter().find(has_alias))
    }

    pub fn is_of_table(&self) -> bool {
        self.is_of_table
    }

    /// What `*` stands for.
    pub fn all(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.is_raw && !field.is_own)
    }

    /// Every name, for hints.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let fields = self.fields.iter().filter(|field| !field.is_raw);
        let own = |field: &&Field| !field.is_own;
        fields
            .flat_map(move |field| Some(field).filter(own).map(|field| &field.column).into_iter().chain(&field.aliases))
            .map(String::as_str)
    }

    /// The last item of this name among the first `visible` ones.
    pub fn item(&self, name: &str, visible: usize) -> Option<usize> {
        let is_it = |own: &Option<String>| own.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(name));
        self.item_names.iter().take(visible).rposition(is_it)
    }
}

/// The name that an item can be called by: its alias, or what a call is named by itself.
fn item_name(item: &Item) -> Option<String> {
    match item {
        Item::Value { alias: Some(alias), .. } => Some(alias.text.clone()),
        Item::Value { expr, alias: None } => super::select::call_name(expr),
        Item::All(_) => None,
    }
}
