//! Numbers with units: sizes printed, and one unit as another.

use crate::function::{Function, Overload, Param, kernel};
use crate::rows::{Row, to_real, to_text};
use crate::types::Type;

const REAL: Param = Param::Is(Type::Real);
const LONG: Param = Param::Is(Type::Long);
const TEXT: Param = Param::Text;

/// A row of the table for a conversion between units of one kind.
macro_rules! convert {
    ($name:literal, $summary:expr, $units:expr, $examples:expr) => {
        Function::kql(
            &[$name],
            $summary,
            &[Overload::kernel(&[REAL, TEXT, TEXT], Type::Real, |args| to_real(args, |row| converted(row, $units)))],
            &$examples,
        )
    };
}

pub const FUNCTIONS: &[Function] = &[
    kernel!(["format_bytes"], "a number of bytes printed with its unit, with so many digits behind the point, or in a given unit", [REAL, LONG, TEXT], optional 2 => Type::String,
    |args| to_text(args, |row| Some(bytes(row).unwrap_or_default())), [
        ("format_bytes(564)", "564 Bytes"),
        ("format_bytes(10332, 1)", "10.1 KB"),
        ("format_bytes(20010332, 0, 'KB')", "19541 KB")
    ]),
    convert!(
        "convert_angle",
        "an angle in another unit; null for an unknown unit",
        ANGLE,
        [
            ("convert_angle(1.2, 'Degree', 'Arcminute')", "72"),
            ("convert_angle(180, 'Degree', 'Radian')", "3.141592653589793")
        ]
    ),
    convert!(
        "convert_energy",
        "an energy in another unit; null for an unknown unit",
        ENERGY,
        [("convert_energy(1.2, 'Kilojoule', 'Joule')", "1200")]
    ),
    convert!(
        "convert_force",
        "a force in another unit; null for an unknown unit",
        FORCE,
        [("convert_force(1.2, 'Newton', 'Decanewton')", "0.12")]
    ),
    convert!(
        "convert_length",
        "a length in another unit; null for an unknown unit",
        LENGTH,
        [("convert_length(1.2, 'Kilometer', 'Meter')", "1200"), ("convert_length(1, 'Mile', 'Meter')", "1609.344")]
    ),
    convert!(
        "convert_mass",
        "a mass in another unit; null for an unknown unit",
        MASS,
        [
            ("convert_mass(1.2, 'Kilogram', 'Pound')", "2.6455471462185307"),
            ("convert_mass(1000, 'Gram', 'Kilogram')", "1")
        ]
    ),
    convert!(
        "convert_speed",
        "a speed in another unit; null for an unknown unit",
        SPEED,
        [("convert_speed(36, 'KilometerPerHour', 'MeterPerSecond')", "10")]
    ),
    convert!(
        "convert_volume",
        "a volume in another unit; null for an unknown unit",
        VOLUME,
        [("convert_volume(2, 'CubicMeter', 'Liter')", "2000")]
    ),
    kernel!(["convert_temperature"], "a temperature in another unit; null for an unknown unit", [REAL, TEXT, TEXT] => Type::Real,
        |args| to_real(args, |row| {
            let (scale, zero) = degrees(row.text(1)?)?;
            let (other_scale, other_zero) = degrees(row.text(2)?)?;
            Some((row.real(0)? * scale + zero - other_zero) / other_scale)
        }), [("convert_temperature(1.2, 'Kelvin', 'DegreeCelsius')", "-271.95")]),
];

fn bytes(row: &Row<'_>) -> Option<String> {
    const UNITS: [&str; 7] = ["Bytes", "KB", "MB", "GB", "TB", "PB", "EB"];
    let size = row.real(0)?;
    let digits = if row.len() > 1 { usize::try_from(row.long(1)?.clamp(0, 17)).ok()? } else { 0 };
    let wanted = if row.len() > 2 { row.text_or_empty(2) } else { "" };
    let index = if wanted.is_empty() {
        UNITS
            .iter()
            .enumerate()
            .rev()
            .find(|(index, _)| size.abs() >= 1024_f64.powi(*index as i32))
            .map_or(0, |(index, _)| index)
    } else {
        UNITS.iter().position(|unit| unit.eq_ignore_ascii_case(wanted))?
    };
    let number = format!("{:.digits$}", size / 1024_f64.powi(i32::try_from(index).ok()?));
    let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { &number };
    Some(format!("{number} {}", UNITS.get(index)?))
}

type Units = &'static [(&'static str, f64)];

/// Units by name, each in the unit of its kind that is 1.
fn converted(row: &Row<'_>, units: Units) -> Option<f64> {
    let size = |name: &str| units.iter().find(|(known, _)| *known == name).map(|(_, size)| *size);
    Some(row.real(0)? * size(row.text(1)?)? / size(row.text(2)?)?)
}

/// The size of a degree in kelvins, and where its scale starts.
fn degrees(unit: &str) -> Option<(f64, f64)> {
    Some(match unit {
        "Kelvin" => (1.0, 0.0),
        "MillidegreeCelsius" => (0.001, 273.15),
        "DegreeCelsius" => (1.0, 273.15),
        "DegreeFahrenheit" => (5.0 / 9.0, 459.67 * 5.0 / 9.0),
        "DegreeRankine" => (5.0 / 9.0, 0.0),
        "DegreeReaumur" => (1.25, 273.15),
        "DegreeRoemer" => (40.0 / 21.0, 273.15 - 7.5 * 40.0 / 21.0),
        "DegreeDelisle" => (-2.0 / 3.0, 373.15),
        "DegreeNewton" => (100.0 / 33.0, 273.15),
        "SolarTemperature" => (5778.0, 0.0),
        _ => return None,
    })
}

const ANGLE: Units = &[
    ("Degree", 1.0),
    ("Arcminute", 1.0 / 60.0),
    ("Arcsecond", 1.0 / 3600.0),
    ("Radian", 180.0 / std::f64::consts::PI),
    ("Milliradian", 0.18 / std::f64::consts::PI),
    ("Gradian", 0.9),
    ("Revolution", 360.0),
];

const ENERGY: Units = &[
    ("Joule", 1.0),
    ("Kilojoule", 1e3),
    ("Megajoule", 1e6),
    ("Gigajoule", 1e9),
    ("Millijoule", 1e-3),
    ("Calorie", 4.184),
    ("Kilocalorie", 4184.0),
    ("WattHour", 3600.0),
    ("KilowattHour", 3.6e6),
    ("MegawattHour", 3.6e9),
    ("BritishThermalUnit", 1_055.055_852_62),
    ("ElectronVolt", 1.602_176_634e-19),
    ("Erg", 1e-7),
    ("FootPound", 1.355_817_948_3),
];

const FORCE: Units = &[
    ("Newton", 1.0),
    ("Decanewton", 10.0),
    ("Kilonewton", 1e3),
    ("Meganewton", 1e6),
    ("Millinewton", 1e-3),
    ("Micronewton", 1e-6),
    ("Dyn", 1e-5),
    ("KilogramForce", 9.806_65),
    ("TonneForce", 9_806.65),
    ("PoundForce", 4.448_221_615_260_5),
    ("OunceForce", 0.278_013_850_953_781_2),
];

const LENGTH: Units = &[
    ("Meter", 1.0),
    ("Kilometer", 1e3),
    ("Hectometer", 100.0),
    ("Decimeter", 0.1),
    ("Centimeter", 0.01),
    ("Millimeter", 1e-3),
    ("Micrometer", 1e-6),
    ("Nanometer", 1e-9),
    ("Inch", 0.0254),
    ("Foot", 0.3048),
    ("Yard", 0.9144),
    ("Mile", 1_609.344),
    ("NauticalMile", 1_852.0),
    ("Fathom", 1.8288),
    ("LightYear", 9.460_730_472_580_8e15),
];

const MASS: Units = &[
    ("Kilogram", 1.0),
    ("Gram", 1e-3),
    ("Milligram", 1e-6),
    ("Microgram", 1e-9),
    ("Tonne", 1e3),
    ("Pound", 0.453_592_37),
    ("Ounce", 0.028_349_523_125),
    ("Stone", 6.350_293_18),
    ("ShortTon", 907.184_74),
    ("LongTon", 1_016.046_908_8),
    ("Grain", 6.479_891e-5),
];

const SPEED: Units = &[
    ("MeterPerSecond", 1.0),
    ("MeterPerMinute", 1.0 / 60.0),
    ("MeterPerHour", 1.0 / 3600.0),
    ("KilometerPerHour", 1.0 / 3.6),
    ("KilometerPerMinute", 1000.0 / 60.0),
    ("KilometerPerSecond", 1e3),
    ("CentimeterPerSecond", 0.01),
    ("MillimeterPerSecond", 1e-3),
    ("FootPerSecond", 0.3048),
    ("InchPerSecond", 0.0254),
    ("YardPerSecond", 0.9144),
    ("MilePerHour", 0.447_04),
    ("Knot", 1852.0 / 3600.0),
];

const VOLUME: Units = &[
    ("CubicMeter", 1.0),
    ("CubicKilometer", 1e9),
    ("CubicDecimeter", 1e-3),
    ("CubicCentimeter", 1e-6),
    ("CubicMillimeter", 1e-9),
    ("Hectoliter", 0.1),
    ("Liter", 1e-3),
    ("Deciliter", 1e-4),
    ("Centiliter", 1e-5),
    ("Milliliter", 1e-6),
    ("Microliter", 1e-9),
    ("CubicInch", 1.638_706_4e-5),
    ("CubicFoot", 0.028_316_846_592),
    ("CubicYard", 0.764_554_857_984),
    ("CubicMile", 4.168_181_825_440_58e9),
    ("AcreFoot", 1.0 / 0.000_810_714),
    ("UsGallon", 3.785_411_784e-3),
    ("ImperialGallon", 4.546_09e-3),
    ("UsOunce", 2.957_352_956_25e-5),
    ("ImperialOunce", 2.841_306_25e-5),
    ("UsPint", 4.731_764_73e-4),
    ("UsQuart", 9.463_529_46e-4),
];
