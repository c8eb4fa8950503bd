//! Points on the globe, which is a sphere as the service takes it: distances, directions, and points within shapes.

mod hash;
mod shape;
mod well_known;

use std::f64::consts::TAU;

use crate::function::{Function, Param, kernel};
use crate::rows::{Row, to_bool, to_real};
use crate::types::Type;

const REAL: Param = Param::Is(Type::Real);
const JSON: Param = Param::Is(Type::Dynamic);

pub const FUNCTIONS: &[&[Function]] = &[POINTS, hash::FUNCTIONS, shape::FUNCTIONS, well_known::FUNCTIONS];

const POINTS: &[Function] = &[
    kernel!(["geo_distance_2points"], "the distance of two points in metres, over a sphere", [REAL, REAL, REAL, REAL] => Type::Real,
        |args| to_real(args, |row| Some(point(row, 0)?.angle(point(row, 2)?) * RADIUS)),
        [("round(geo_distance_2points(-122.407628, 47.578557, -118.275287, 34.019056), 3)", "1546754.352"), ("geo_distance_2points(300, 1, 1, 1)", "")]),
    kernel!(["geo_azimuth"], "the direction from one point to another in radians, clockwise from the north", [REAL, REAL, REAL, REAL] => Type::Real,
        |args| to_real(args, |row| azimuth(point(row, 0)?, point(row, 2)?)),
        [("round(geo_azimuth(5, 10, 10, -40), 9)", "3.054599398")]),
    kernel!(["geo_angle"], "the angle at a point between the lines to two others, clockwise in radians", [REAL, REAL, REAL, REAL, REAL, REAL] => Type::Real,
        |args| to_real(args, |row| {
            let middle = point(row, 2)?;
            Some((azimuth(middle, point(row, 4)?)? - azimuth(middle, point(row, 0)?)?).rem_euclid(TAU))
        }),
        [("round(geo_angle(0, 10, 0, 5, 3, -10), 9)", "2.944938434")]),
    kernel!(["geo_point_in_circle"], "whether a point lies within so many metres of another", [REAL, REAL, REAL, REAL, REAL] => Type::Bool,
        |args| to_bool(args, |row| {
            let radius = row.real(4).filter(|radius| *radius >= 0.0)?;
            Some(point(row, 0)?.angle(point(row, 2)?) * RADIUS <= radius)
        }),
        [("geo_point_in_circle(-122.143564, 47.535677, -122.100896, 47.527351, 3500)", "true"), ("geo_point_in_circle(-122.137575, 47.630683, -122.100896, 47.527351, 3500)", "false")]),
];

/// The radius of the sphere in metres.
const RADIUS: f64 = 6_371_010.0;

/// A point by its longitude and latitude in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    longitude: f64,
    latitude: f64,
}

impl Point {
    fn at(longitude: f64, latitude: f64) -> Option<Point> {
        let is_on_globe = longitude.abs() <= 180.0 && latitude.abs() <= 90.0;
        is_on_globe.then_some(Point { longitude, latitude })
    }

    /// Between the two as seen from the centre, in radians.
    fn angle(self, other: Point) -> f64 {
        let (from, to) = (self.latitude.to_radians(), other.latitude.to_radians());
        let turn = (other.longitude - self.longitude).to_radians();
        let half = ((to - from) / 2.0).sin().powi(2) + from.cos() * to.cos() * (turn / 2.0).sin().powi(2);
        2.0 * half.sqrt().min(1.0).asin()
    }

    fn vector(self) -> [f64; 3] {
        let (longitude, latitude) = (self.longitude.to_radians(), self.latitude.to_radians());
        [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
    }
}

fn point(row: &Row<'_>, index: usize) -> Option<Point> {
    Point::at(row.real(index)?, row.real(index + 1)?)
}

/// `None` where the points are one.
fn azimuth(from: Point, to: Point) -> Option<f64> {
    if from == to {
        return None;
    }
    let turn = (to.longitude - from.longitude).to_radians();
    let (own, other) = (from.latitude.to_radians(), to.latitude.to_radians());
    let east = turn.sin() * other.cos();
    let north = own.cos() * other.sin() - own.sin() * other.cos() * turn.cos();
    Some(east.atan2(north).rem_euclid(TAU))
}
