//! Of the attributes of an annotation those that are looked at.

use crate::dataset::attributes::Attributes;
use crate::dataset::import::formats::attributes::{Names, Said};
use crate::dataset::import::formats::lean::{Scalar, nothing_else};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt::{self, Formatter};

/// Of an object the keys named in [`Attributes::NAMES`]; nothing where it is none. What is neither text, number nor truth
/// is an empty list.
#[derive(Debug, Default)]
pub struct Ours {
    pub ours: serde_json::Value,
    /// By how many degrees CVAT has turned the box.
    pub rotation: Scalar,
    /// CVAT's way to say that somebody drew it, and that it was not computed between others of its track.
    pub keyframe: Scalar,
    /// What the others say.
    pub others: Names,
}

impl<'de> Deserialize<'de> for Ours {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Ours;

            fn expecting(&self, f: &mut Formatter) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ours, A::Error> {
                let (mut ours, mut rotation, mut keyframe) = (serde_json::Map::new(), Scalar::Null, Scalar::Null);
                let mut others = Names::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "rotation" => rotation = map.next_value()?,
                        "keyframe" => keyframe = map.next_value()?,
                        name if Attributes::NAMES.contains(&name) => {
                            ours.insert(key, map.next_value::<Scalar>()?.into());
                        }
                        name => others.hear(name, map.next_value::<Said>()?),
                    }
                }
                Ok(Ours { ours: ours.into(), rotation, keyframe, others })
            }

            nothing_else!(Ours, visit_seq);
        }
        from.deserialize_any(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_looked_at_is_built() {
        let read = |json: &str| serde_json::from_str::<Ours>(json).unwrap();
        for other in ["{\"a\": [[1]]}", "[[[]]]", "null", "7", "true", "\"x\"", "1e300"] {
            let ours = read(&format!("{{\"deep\": {other}, \"by\": \"Ada\", \"score\": 0.5, \"rotation\": 30}}"));
            assert_eq!(ours.ours, serde_json::json!({"by": "Ada", "score": 0.5}));
            assert_eq!(ours.rotation.number(), Some(30.0));
        }
        assert_eq!(read("[1]").ours, serde_json::Value::Null);
    }
}
