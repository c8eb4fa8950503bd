//! A member of an object in a JSON text, taken out without reading the others.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

/// The member of that name, the last where several have it; `None` where the text is no object or has none.
pub fn member(json: &str, name: &str) -> Option<Value> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let found = reader.deserialize_map(Members(name)).ok()?;
    reader.end().ok()?;
    found
}

struct Members<'n>(&'n str);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_it) = members.next_key_seed(Is(self.0))? {
            match is_it {
                true => found = Some(members.next_value()?),
                false => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

/// Whether a key is the name.
struct Is<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<bool, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::member;

    #[test]
    fn the_last_member_of_the_name_is_found() {
        let text = r#" {"a":{"x":[1,{}]},"b\u0061":"c\"d","a":[1,{"b":2}],"n":null} "#;
        assert_eq!(member(text, "a"), Some(json!([1, {"b": 2}])));
        assert_eq!(member(text, "ba"), Some(json!("c\"d")));
        assert_eq!(member(text, "n"), Some(json!(null)));
        assert_eq!(member(text, "A"), None);
    }

    #[test]
    fn what_is_no_object_has_no_member() {
        for text in ["", "null", "[1]", "\"a\"", "1", "{\"a\":1", "{\"a\":1} x", "{\"a\":1,}"] {
            assert_eq!(member(text, "a"), None, "{text}");
        }
    }
}
