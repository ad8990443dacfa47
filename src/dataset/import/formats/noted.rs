//! An entry of JSON, and the names of all that stands in it beside what is read and says something.

use super::attributes::{Names, Said};
use super::entries::Weighed;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::fmt::{self, Formatter};
use std::marker::PhantomData;

/// An entry, and what it says beside the fields of `T`.
#[derive(Debug, Default)]
pub struct Noted<T> {
    pub it: T,
    pub beside: Names,
}

impl<T: Weighed> Weighed for Noted<T> {
    fn weight(&self) -> usize {
        self.it.weight() + self.beside.weight()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Noted<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
            type Value = Noted<T>;

            fn expecting(&self, f: &mut Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Noted<T>, A::Error> {
                let mut beside = Names::default();
                let it = T::deserialize(Watched { map, beside: &mut beside })?;
                Ok(Noted { it, beside })
            }
        }
        from.deserialize_map(Object(PhantomData))
    }
}

/// Gives an object to what reads it, which says its fields.
struct Watched<'b, A> {
    map: A,
    beside: &'b mut Names,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for Watched<'_, A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        MapAccessDeserializer::new(self.map).deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_map(Known { map: self.map, fields, beside: self.beside })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Of an object the fields that are known; the others are heard on the way.
struct Known<'b, A> {
    map: A,
    fields: &'static [&'static str],
    beside: &'b mut Names,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Known<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(name) = self.map.next_key::<String>()? {
            if self.fields.contains(&name.as_str()) {
                return seed.deserialize(name.into_deserializer()).map(Some);
            }
            let said = self.map.next_value::<Said>()?;
            self.beside.hear(&name, said);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Box {
        id: u32,
        #[serde(rename = "bbox")]
        edges: Vec<u32>,
    }

    #[test]
    fn what_is_not_read_and_says_something_is_named() {
        let json =
            r#"{"pose": "left", "id": 7, "old": null, "attributes": {"dirty": true, "wet": false}, "bbox": [1, 2]}"#;
        let Noted { it, beside } = serde_json::from_str::<Noted<Box>>(json).unwrap();
        assert_eq!((it.id, it.edges), (7, vec![1, 2]));
        assert_eq!(beside.iter().collect::<Vec<_>>(), ["pose", "dirty"]);
        assert!(serde_json::from_str::<Noted<Box>>("[1]").is_err());
    }
}
