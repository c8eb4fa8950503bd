//! Geohashes: cells of a grid on the globe, each a text that begins with that of the cell around it.

use serde_json::{Value, json};

use super::{Point, REAL};
use crate::function::{Function, Param, kernel};
use crate::rows::to_text;
use crate::types::Type;

const TEXT: Param = Param::Text;

pub(super) const FUNCTIONS: &[Function] = &[
    kernel!(["geo_point_to_geohash"], "the geohash of a point, with so many characters, 5 unless given", [REAL, REAL, Param::Is(Type::Long)], optional 1 => Type::String,
        |args| to_text(args, |row| {
            let length = if row.len() > 2 { usize::try_from(row.long(2)?).ok()? } else { 5 };
            let point = super::point(row, 0).filter(|_| (1..=LONGEST).contains(&length));
            Some(point.map(|point| Cell::around(point, length).name()).unwrap_or_default())
        }), [("geo_point_to_geohash(-80.195829, 25.802215, 8)", "dhwfz15h"), ("geo_point_to_geohash(-122.303404, 47.570482)", "c23n8")]),
    kernel!(["geo_geohash_to_central_point"], "the point in the middle of a geohash", [TEXT] => Type::Dynamic,
        |args| to_text(args, |row| {
            let [west, south, east, north] = Cell::named(row.text(0)?)?.edges();
            Some(json!({ "type": "Point", "coordinates": [(west + east) / 2.0, (south + north) / 2.0] }).to_string())
        }), [("geo_geohash_to_central_point('sunny')", r#"{"type":"Point","coordinates":[42.47314453125,23.70849609375]}"#)]),
    kernel!(["geo_geohash_to_polygon"], "the edges of a geohash", [TEXT] => Type::Dynamic,
        |args| to_text(args, |row| {
            let [west, south, east, north] = Cell::named(row.text(0)?)?.edges();
            let ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
            Some(json!({ "type": "Polygon", "coordinates": [ring] }).to_string())
        }), [("geo_geohash_to_polygon('sunny').coordinates[0][0]", "[42.451171875,23.6865234375]")]),
    kernel!(["geo_geohash_neighbors"], "the geohashes around a geohash", [TEXT] => Type::Dynamic,
        |args| to_text(args, |row| {
            let cell = Cell::named(row.text(0)?)?;
            Some(Value::from(AROUND.iter().filter_map(|way| cell.beside(*way)).collect::<Vec<_>>()).to_string())
        }), [("geo_geohash_neighbors('sunny')", r#"["sunnv","sunnt","sunnw","sunnx","sunpp","sunnz","sunpn","sunpj"]"#)]),
];

const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
/// The most characters: 90 bits for both numbers.
const LONGEST: usize = 18;
/// Steps to the east and to the north, in the service's order.
const AROUND: [(i64, i64); 8] = [(-1, 0), (-1, -1), (0, -1), (1, -1), (1, 1), (1, 0), (0, 1), (-1, 1)];

/// A cell by its place among all of its size: how many to the east, and how many to the north.
#[derive(Clone, Copy)]
struct Cell {
    length: usize,
    east: u64,
    north: u64,
}

impl Cell {
    fn around(point: Point, length: usize) -> Cell {
        let (wide, high) = bits(length);
        let place = |share: f64, bits: usize| {
            let count = 1_u64 << bits;
            ((share * count as f64) as u64).min(count - 1)
        };
        let east = place((point.longitude + 180.0) / 360.0, wide);
        let north = place((point.latitude + 90.0) / 180.0, high);
        Cell { length, east, north }
    }

    fn named(name: &str) -> Option<Cell> {
        let length = name.len();
        if !(1..=LONGEST).contains(&length) {
            return None;
        }
        let (mut east, mut north, mut is_east) = (0, 0, true);
        for letter in name.bytes() {
            let value = ALPHABET.iter().position(|known| *known == letter.to_ascii_lowercase())?;
            for bit in [16, 8, 4, 2, 1] {
                let place = if is_east { &mut east } else { &mut north };
                *place = *place * 2 + u64::from(value & bit != 0);
                is_east = !is_east;
            }
        }
        Some(Cell { length, east, north })
    }

    fn name(self) -> String {
        let (wide, high) = bits(self.length);
        let mut left = (wide, high);
        let mut name = String::with_capacity(self.length);
        let mut is_east = true;
        for _ in 0..self.length {
            let mut value = 0;
            for _ in 0..5 {
                let (place, left) = if is_east { (self.east, &mut left.0) } else { (self.north, &mut left.1) };
                *left -= 1;
                value = value * 2 + usize::from((place >> *left) & 1 == 1);
                is_east = !is_east;
            }
            name.push(ALPHABET.get(value).map_or('?', |letter| char::from(*letter)));
        }
        name
    }

    /// West, south, east and north.
    fn edges(self) -> [f64; 4] {
        let (wide, high) = bits(self.length);
        let (width, height) = (360.0 / (1_u64 << wide) as f64, 180.0 / (1_u64 << high) as f64);
        let (west, south) = (self.east as f64 * width - 180.0, self.north as f64 * height - 90.0);
        [west, south, west + width, south + height]
    }

    /// The cell next to this one; none lies beyond a pole.
    fn beside(self, (east, north): (i64, i64)) -> Option<String> {
        let (wide, high) = bits(self.length);
        let north = self.north.checked_add_signed(north).filter(|north| *north < 1 << high)?;
        let east = (self.east.wrapping_add_signed(east)) & ((1 << wide) - 1);
        Some(Cell { east, north, ..self }.name())
    }
}

/// The bits of the longitude and of the latitude, which take turns.
fn bits(length: usize) -> (usize, usize) {
    ((length * 5).div_ceil(2), length * 5 / 2)
}
