//! Lines and polygons as GeoJSON has them, whose edges are the shortest ways over the globe: how long they are, how far off a point
//! is, and whether it lies within.

use std::f64::consts::PI;

use serde_json::Value;

use super::{JSON, Point, RADIUS, REAL, azimuth, point};
use crate::function::{Function, kernel};
use crate::rows::{to_bool, to_real};
use crate::types::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    kernel!(["geo_line_length"], "the length of a line in metres", [JSON] => Type::Real,
        |args| to_real(args, |row| {
            let lines = lines(&row.json(0))?;
            Some(lines.iter().flat_map(|line| edges(line)).map(|(from, to)| from.angle(to) * RADIUS).sum())
        }),
        [("round(geo_line_length(dynamic({'type': 'LineString', 'coordinates': [[-73.95807266235352, 40.800426144169315], [-73.94966125488281, 40.79691751000055], [-73.97317886352539, 40.764486356930334]]})), 3)", "4922.48")]),
    kernel!(["geo_distance_point_to_line"], "how many metres a point is off a line", [REAL, REAL, JSON] => Type::Real,
        |args| to_real(args, |row| Some(distance(point(row, 0)?, &lines(&row.json(2))?) * RADIUS)),
        [("round(geo_distance_point_to_line(1, 1, dynamic({'type': 'LineString', 'coordinates': [[0, 0], [2, 0]]})), 0)", "111195")]),
    kernel!(["geo_point_in_polygon"], "whether a point lies within a polygon", [REAL, REAL, JSON] => Type::Bool,
        |args| to_bool(args, |row| Some(is_within(point(row, 0)?, &polygons(&row.json(2))?))),
        [("geo_point_in_polygon(1, 1, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [10, 0], [10, 10], [0, 0]]]}))", "true"),
        ("geo_point_in_polygon(1, 5, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [10, 0], [10, 10], [0, 0]]]}))", "false")]),
    kernel!(["geo_distance_point_to_polygon"], "how many metres a point is off a polygon, 0 within", [REAL, REAL, JSON] => Type::Real,
        |args| to_real(args, |row| {
            let (point, polygons) = (point(row, 0)?, polygons(&row.json(2))?);
            if is_within(point, &polygons) {
                return Some(0.0);
            }
            let least = polygons.iter().map(|rings| distance(point, rings)).fold(f64::INFINITY, f64::min);
            Some(least * RADIUS)
        }),
        [("geo_distance_point_to_polygon(1, 0.5, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [10, 0], [10, 10], [0, 0]]]}))", "0")]),
];

type Line = Vec<Point>;

fn coordinates(value: &Value) -> Option<Line> {
    let one = |value: &Value| match value.as_array()?.as_slice() {
        [longitude, latitude, ..] => Point::at(longitude.as_f64()?, latitude.as_f64()?),
        _ => None,
    };
    value.as_array()?.iter().map(one).collect()
}

/// The lines of a line or of several; `None` where they are none.
fn lines(value: &Value) -> Option<Vec<Line>> {
    let given = value.get("coordinates")?;
    let lines: Vec<Line> = match value.get("type")?.as_str()? {
        "LineString" => vec![coordinates(given)?],
        "MultiLineString" => given.as_array()?.iter().map(coordinates).collect::<Option<_>>()?,
        _ => return None,
    };
    let is_line = |line: &Line| line.len() > 1 && edges(line).all(|(from, to)| from != to);
    (!lines.is_empty() && lines.iter().all(is_line)).then_some(lines)
}

/// Of each polygon its outer ring and those of its holes.
fn polygons(value: &Value) -> Option<Vec<Vec<Line>>> {
    let given = value.get("coordinates")?;
    let rings = |value: &Value| value.as_array()?.iter().map(coordinates).collect::<Option<Vec<Line>>>();
    let polygons = match value.get("type")?.as_str()? {
        "Polygon" => vec![rings(given)?],
        "MultiPolygon" => given.as_array()?.iter().map(rings).collect::<Option<_>>()?,
        _ => return None,
    };
    let is_ring =
        |ring: &Line| ring.len() > 3 && ring.first() == ring.last() && edges(ring).all(|(from, to)| from != to);
    let is_polygon = |rings: &Vec<Line>| !rings.is_empty() && rings.iter().all(is_ring);
    (!polygons.is_empty() && polygons.iter().all(is_polygon)).then_some(polygons)
}

fn edges(line: &[Point]) -> impl Iterator<Item = (Point, Point)> {
    line.iter().copied().zip(line.iter().copied().skip(1))
}

/// The least angle between a point and lines.
fn distance(point: Point, lines: &[Line]) -> f64 {
    let each = lines.iter().flat_map(|line| edges(line)).map(|(from, to)| to_edge(point, from, to));
    each.fold(f64::INFINITY, f64::min)
}

fn to_edge(point: Point, from: Point, to: Point) -> f64 {
    let (own, start, end) = (point.vector(), from.vector(), to.vector());
    let normal = cross(start, end);
    let length = dot(normal, normal).sqrt();
    // Beside the edge, and not beyond one of its ends.
    let is_beside = dot(cross(normal, start), own) > 0.0 && dot(cross(end, normal), own) > 0.0;
    if length > 0.0 && is_beside {
        return (dot(normal, own) / length).abs().min(1.0).asin();
    }
    point.angle(from).min(point.angle(to))
}

fn is_within(point: Point, polygons: &[Vec<Line>]) -> bool {
    polygons.iter().any(|rings| match rings.split_first() {
        Some((outer, holes)) => winds(point, outer) && !holes.iter().any(|hole| winds(point, hole)),
        None => false,
    })
}

/// Whether a ring goes around a point: how far one turns there when one looks along it. On its edge one is within.
fn winds(point: Point, ring: &[Point]) -> bool {
    let turn = |(from, to): (Point, Point)| {
        let turn = azimuth(point, to)? - azimuth(point, from)?;
        Some((turn + PI).rem_euclid(2.0 * PI) - PI)
    };
    let turned: Option<f64> = edges(ring).map(turn).sum();
    turned.is_none_or(|turned| turned.abs() > PI)
}

fn dot(one: [f64; 3], other: [f64; 3]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn cross([a, b, c]: [f64; 3], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [b * z - c * y, c * x - a * z, a * y - b * x]
}
