//! Conversions: one type as another. What cannot be converted is null.

use crate::cast::shown_long;
use crate::function::{Function, Gives, Lower, Overload, Param};
use crate::rows::to_long;
use crate::types::Type;

pub const FUNCTIONS: &[Function] = &[
    Function::kql(
        &["tostring"],
        "the text of a value; of a null the empty text",
        &[to(Type::String)],
        &[("tostring(123)", "123"), ("tostring(true)", "True"), ("tostring(int(null))", "")],
    ),
    Function::kql(
        &["tolong"],
        "a number, or the number that a text spells, as a long",
        &[to(Type::Long)],
        &[("tolong('123')", "123"), ("tolong('0x1F')", "31"), ("tolong('abc')", "")],
    ),
    Function::kql(
        &["toint"],
        "a number, or the number that a text spells, as an int; one that is too large wraps",
        &[to(Type::Int)],
        &[("toint('123')", "123"), ("toint(9999999999)", "1410065407"), ("toint('5.7')", "")],
    ),
    Function::kql(
        &["toreal", "todouble"],
        "a number, or the number that a text spells, as a real",
        &[to(Type::Real)],
        &[("toreal('123.4')", "123.4"), ("toreal('abc')", "")],
    ),
    Function::kql(
        &["todecimal"],
        "a number, or the number that a text spells, as a decimal",
        &[to(Type::Decimal)],
        &[("todecimal('123.45')", "123.45"), ("todecimal('abc')", ""), ("todecimal(true)", "1")],
    ),
    Function::kql(
        &["tobool", "toboolean"],
        "whether a text is true or a number not zero",
        &[to(Type::Bool)],
        &[
            ("tobool('true')", "true"),
            ("tobool('false')", "false"),
            ("tobool(1)", "true"),
            ("tobool(decimal(0.5))", "true"),
        ],
    ),
    Function::kql(
        &["todatetime"],
        "the time that a text spells",
        &[to(Type::Datetime)],
        &[
            ("todatetime('2015-12-31 23:59:59.9')", "2015-12-31T23:59:59.9Z"),
            ("todatetime('3/4/2024 10:00:00 PM')", "2024-03-04T22:00:00Z"),
            ("todatetime('2024-03-04 10:00:00 +02:00')", "2024-03-04T08:00:00Z"),
            ("todatetime('abc')", ""),
        ],
    ),
    Function::kql(
        &["totimespan", "totime"],
        "the span of time that a text spells",
        &[to(Type::Timespan)],
        &[
            ("totimespan('0.00:01:00')", "00:01:00"),
            ("totimespan('1d')", "1.00:00:00"),
            ("totimespan('-00:30:00')", "-00:30:00"),
            ("totimespan('13:00')", "13:00:00"),
            ("totimespan('abc')", ""),
        ],
    ),
    Function::kql(
        &["toguid"],
        "the guid that a text spells",
        &[to(Type::Guid)],
        &[
            ("toguid('70fc66f7-8279-44fc-9092-d364d70fce44')", "70fc66f7-8279-44fc-9092-d364d70fce44"),
            ("toguid('abc')", ""),
        ],
    ),
    Function {
        name: "hex_to_long",
        kql: &[],
        aql: &[],
        mapping: &["hex_to_long"],
        summary: "the number of a text such as 0x1a2c, 6700 or 6,700",
        overloads: &[Overload::new(
            &[Param::Text],
            Gives::Is(Type::Long),
            Lower::Kernel(|args| to_long(args, |row| shown_long(row.text(0)?))),
        )],
        examples: &[],
    },
];

const fn to(kind: Type) -> Overload {
    Overload::new(&[Param::Any], Gives::Is(kind), Lower::Cast)
}
