//! `geo_from_wkt`: shapes in the well-known text as GeoJSON.

use serde_json::{Value, json};

use crate::function::{Function, Param, kernel};
use crate::rows::to_text;
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] =
    &[kernel!(["geo_from_wkt"], "a shape in well-known text as GeoJSON", [Param::Text] => Type::Dynamic,
        |args| to_text(args, |row| {
            let mut reader = Reader { rest: row.text(0)?, depth: 0 };
            let shape = reader.shape()?;
            reader.rest.trim().is_empty().then(|| shape.to_string())
        }),
        [("geo_from_wkt('POINT (1 2)')", r#"{"type":"Point","coordinates":[1.0,2.0]}"#),
        ("geo_from_wkt('LINESTRING (1 2, 3 4)').coordinates", "[[1.0,2.0],[3.0,4.0]]")])];

/// How deep collections may stand in each other.
const DEPTH: usize = 20;

/// The GeoJSON name of a shape, and how many lists its points stand in.
const SHAPES: &[(&str, &str, usize)] = &[
    ("POINT", "Point", 0),
    ("LINESTRING", "LineString", 1),
    ("POLYGON", "Polygon", 2),
    ("MULTIPOINT", "MultiPoint", 1),
    ("MULTILINESTRING", "MultiLineString", 2),
    ("MULTIPOLYGON", "MultiPolygon", 3),
];

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl Reader<'_> {
    fn shape(&mut self) -> Option<Value> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|letter: char| !letter.is_ascii_alphabetic())?;
        let word = self.rest.get(..end)?.to_ascii_uppercase();
        self.rest = self.rest.get(end..)?;
        if word == "GEOMETRYCOLLECTION" {
            self.depth += 1;
            let shapes = if self.depth <= DEPTH { self.list(Self::shape)? } else { return None };
            self.depth -= 1;
            return Some(json!({ "type": "GeometryCollection", "geometries": shapes }));
        }
        let (_, name, lists) = SHAPES.iter().find(|(known, ..)| *known == word)?;
        let coordinates = if *lists == 0 { self.list(Self::point)?.into_iter().next()? } else { self.nested(*lists)? };
        Some(json!({ "type": name, "coordinates": coordinates }))
    }

    fn nested(&mut self, lists: usize) -> Option<Value> {
        let items = if lists > 1 { self.list(|reader| reader.nested(lists - 1)) } else { self.list(Self::point) };
        items.map(Value::Array)
    }

    fn list(&mut self, item: impl Fn(&mut Self) -> Option<Value>) -> Option<Vec<Value>> {
        self.eat('(').then_some(())?;
        let mut items = vec![item(self)?];
        while self.eat(',') {
            items.push(item(self)?);
        }
        self.eat(')').then_some(items)
    }

    /// Two numbers; the points of several may stand in parentheses of their own.
    fn point(&mut self) -> Option<Value> {
        let is_wrapped = self.eat('(');
        let point = json!([self.number()?, self.number()?]);
        (!is_wrapped || self.eat(')')).then_some(point)
    }

    fn number(&mut self) -> Option<f64> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find([' ', ',', '(', ')', '\t', '\n']).unwrap_or(self.rest.len());
        let number = self.rest.get(..end)?.parse::<f64>().ok().filter(|number| number.is_finite());
        self.rest = self.rest.get(end..)?;
        number
    }

    fn eat(&mut self, sign: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}
