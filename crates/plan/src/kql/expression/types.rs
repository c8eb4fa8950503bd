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
        _ if left.is_number() && right.is_number() => Some(wider(left, right)),
        _ => None,
    }
}

/// The wider of two number types.
pub(super) fn wider(left: Type, right: Type) -> Type {
    let rank = |kind: Type| match kind {
        Type::Int => 0,
        Type::Long => 1,
        Type::Decimal => 2,
        _ => 3,
    };
    if rank(left) >= rank(right) { left } else { right }
}
