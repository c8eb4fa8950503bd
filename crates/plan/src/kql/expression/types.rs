//! The type that two operands or branches have in common.

use functions::Type;

/// The type that both can be read as without loss of meaning.
pub(in crate::kql) fn common_type(left: Type, right: Type) -> Option<Type> {
    if left == right {
        return Some(left);
    }
    match (left, right) {
        (Type::Dynamic, other) | (other, Type::Dynamic) => Some(other),
        (Type::Guid, Type::String) | (Type::String, Type::Guid) => Some(Type::String),
        _ if left.is_number() && right.is_number() => Some(widest(left, right)),
        _ => None,
    }
}

/// The type of two branches that differ, neither of which is dynamic.
pub(super) fn branch_type(one: Type, other: Type) -> Type {
    if one.is_number() && other.is_number() { widest(one, other) } else { Type::Dynamic }
}

/// The type in which `==` and `in` compare: those of two different types as well, a text as what the other side is.
pub(super) fn equality_type(left: Type, right: Type) -> Option<Type> {
    if left.is_number() && right.is_number() {
        return Some(wider(left, right));
    }
    common_type(left, right).or(match (left, right) {
        (Type::Guid, _) | (_, Type::Guid) => Some(Type::String),
        (Type::String, other) | (other, Type::String) => Some(other),
        (Type::Bool, other) | (other, Type::Bool) if other.is_number() => Some(other),
        (Type::Real | Type::Decimal, _) | (_, Type::Real | Type::Decimal) => Some(Type::Real),
        // Times as their ticks.
        _ => Some(Type::Long),
    })
}

/// The type in which `<` and its kin compare; only numbers and times have an order.
pub(super) fn order_type(left: Type, right: Type) -> Option<Type> {
    match (left, right) {
        (Type::Datetime, Type::Datetime) | (Type::Timespan, Type::Timespan) => Some(left),
        (Type::Bool, Type::Bool) => Some(Type::Long),
        (Type::Bool, other) | (other, Type::Bool) if other.is_number() => Some(other),
        (Type::Dynamic, other) | (other, Type::Dynamic) if other.is_number() => Some(other),
        _ if left.is_number() && right.is_number() => Some(wider(left, right)),
        _ => None,
    }
}

/// The type of what is computed of two numbers, where decimal is the widest of all.
pub(super) fn widest(left: Type, right: Type) -> Type {
    if left == Type::Decimal || right == Type::Decimal { Type::Decimal } else { wider(left, right) }
}

/// The wider of two number types, as they compare: no real is lost in it.
pub(super) fn wider(left: Type, right: Type) -> Type {
    let rank = |kind: Type| match kind {
        Type::Int => 0,
        Type::Long => 1,
        Type::Decimal => 2,
        _ => 3,
    };
    if rank(left) >= rank(right) { left } else { right }
}
