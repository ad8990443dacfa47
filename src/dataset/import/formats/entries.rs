//! Entries of lists in JSON, one after the other: each is given on or kept within bounds, and the list is never built.

use super::lean::nothing_else;
use crate::dataset::import::told::ImportError;
use crate::domain::limits;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Bytes of all entries of a list that is kept, at most.
const KEPT: usize = 8_000_000;

/// Gives every entry of a list to a function, which may stop the reading.
pub struct Each<'a, F, T> {
    stopped: &'a mut Option<ImportError>,
    take: F,
    of: PhantomData<T>,
}

impl<'a, T, F: FnMut(Option<T>) -> Result<(), ImportError>> Each<'a, F, T> {
    pub fn new(stopped: &'a mut Option<ImportError>, take: F) -> Self {
        Self { stopped, take, of: PhantomData }
    }

    /// Gives one on.
    pub fn give<E: Error>(&mut self, entry: Option<T>) -> Result<(), E> {
        (self.take)(entry).map_err(|error| {
            let said = E::custom(&error);
            *self.stopped = Some(error);
            said
        })
    }
}

impl<'de, T: DeserializeOwned, F: FnMut(Option<T>) -> Result<(), ImportError>> DeserializeSeed<'de> for Each<'_, F, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, T: DeserializeOwned, F: FnMut(Option<T>) -> Result<(), ImportError>> Visitor<'de> for Each<'_, F, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(Lean(entry)) = list.next_element()? {
            self.give(entry)?;
        }
        Ok(())
    }

    /// Some write an object of entries by id.
    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((IgnoredAny, Lean(entry))) = map.next_entry()? {
            self.give(entry)?;
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// An object, or nothing where there is another value.
#[derive(Debug)]
pub struct Lean<T>(pub Option<T>);

impl<T> Default for Lean<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lean<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for Any<T> {
            type Value = Lean<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Lean<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|entry| Lean(Some(entry)))
            }

            nothing_else!(Lean<T>, visit_seq);
        }
        from.deserialize_any(Any(PhantomData))
    }
}

/// The bytes that something takes beside its own size.
pub trait Weighed {
    fn weight(&self) -> usize;
}

/// The objects of a list that belongs to one picture: as many as it may have labels, and no more than there is room for.
#[derive(Debug)]
pub struct Kept<T> {
    pub items: Vec<T>,
    bytes: usize,
    /// Entries that are no objects, or were too many.
    pub odd: bool,
    /// There was a list, or something in place of one that has entries.
    pub listed: bool,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { items: Vec::new(), bytes: 0, odd: false, listed: false }
    }
}

impl<T: Weighed> Kept<T> {
    /// Keeps one, where there is room.
    pub fn keep(&mut self, entry: Option<T>) {
        let Some(entry) = entry else {
            self.odd = true;
            return;
        };
        self.bytes += size_of::<T>() + entry.weight();
        match self.items.len() < limits::LABELS && self.bytes <= KEPT {
            true => self.items.push(entry),
            false => self.odd = true,
        }
    }
}

/// Takes entries, and hears whether they came as a list: an empty one says that there is nothing, and nothing else does.
struct Listed<'a, 'b, F, T> {
    each: Each<'a, F, T>,
    listed: &'b mut bool,
}

impl<'de, T: DeserializeOwned, F: FnMut(Option<T>) -> Result<(), ImportError>> Visitor<'de> for Listed<'_, '_, F, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        *self.listed = true;
        self.each.visit_seq(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.each.visit_map(map)
    }

    nothing_else!(@ (), visit_str(&str), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_bool(bool));

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Whether there is a list or an object with something in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled(pub bool);

impl<'de> Deserialize<'de> for Filled {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Filled;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Filled, A::Error> {
                let mut filled = Filled::default();
                while list.next_element::<IgnoredAny>()?.is_some() {
                    filled.0 = true;
                }
                Ok(filled)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Filled, A::Error> {
                let mut filled = Filled::default();
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    filled.0 = true;
                }
                Ok(filled)
            }

            nothing_else!(@ Filled, visit_str(&str), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_bool(bool));

            fn visit_unit<E>(self) -> Result<Filled, E> {
                Ok(Filled::default())
            }
        }
        from.deserialize_any(Any)
    }
}

impl<'de, T: DeserializeOwned + Weighed> Deserialize<'de> for Kept<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (mut kept, mut stopped) = (Self::default(), None);
        let mut listed = false;
        let each = Each::new(&mut stopped, |entry: Option<T>| {
            kept.keep(entry);
            Ok(())
        });
        from.deserialize_any(Listed { each, listed: &mut listed })?;
        kept.listed = listed || !kept.items.is_empty() || kept.odd;
        Ok(kept)
    }
}
