//! A COCO file read from its start to its end, an entry at a time: nothing of it is kept but what is asked for.

use super::lean::{Numbers, Ours, Outline, Scalar};
use crate::dataset::import::lenient::Lenient;
use crate::dataset::import::place::{FileId, Place, stream, unreadable};
use crate::dataset::import::told::ImportError;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// An image as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Image {
    pub id: Scalar,
    pub file_name: Scalar,
    pub width: Scalar,
    pub height: Scalar,
    /// RFC 3339 in our own files; others write what they like.
    pub date_captured: Scalar,
    /// Ours, as the next two.
    pub phase: Scalar,
    pub source: Scalar,
    /// What the frame was called before it was exported.
    pub name: Scalar,
}

/// A category as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Kind {
    pub id: Scalar,
    pub name: Scalar,
    pub supercategory: Scalar,
    /// Ours, as the next two.
    pub colour: Scalar,
    pub instructions: Scalar,
    pub kind: Scalar,
}

/// An annotation as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Annotation {
    pub id: Scalar,
    pub image_id: Scalar,
    pub category_id: Scalar,
    pub bbox: Numbers,
    pub iscrowd: Scalar,
    pub segmentation: Outline,
    pub attributes: Ours,
}

/// Hears what is in a file. An entry that is no object is `None`.
pub trait Listener {
    fn category(&mut self, category: Option<Kind>) -> Result<(), ImportError>;
    fn image(&mut self, image: Option<Image>) -> Result<(), ImportError>;
    fn annotation(&mut self, annotation: Option<Annotation>) -> Result<(), ImportError>;
}

/// Which lists are read; the others are read over.
#[derive(Clone, Copy, PartialEq)]
pub enum Lists {
    Heads,
    Annotations,
}

/// Which lists there are.
#[derive(Debug, Default)]
pub struct There {
    pub images: bool,
    pub annotations: bool,
    pub categories: bool,
}

/// Reads a file once.
pub fn read(
    place: &mut dyn Place,
    file: FileId,
    lists: Lists,
    listener: &mut dyn Listener,
) -> Result<There, ImportError> {
    let name = place.listing().name(file).to_owned();
    let from = stream(place, file).map_err(|e| unreadable(&name, &e))?;
    let mut json = serde_json::Deserializer::from_reader(Lenient::new(from));
    let mut stopped = None;
    let read = json.deserialize_any(Top { lists, listener, stopped: &mut stopped });
    if let Some(error) = stopped {
        return Err(error);
    }
    let there = read.and_then(|there| json.end().map(|()| there));
    there.map_err(|e| {
        ImportError::Invalid(format!(
            "{name} is not a COCO detection file that can be read ({e}); it needs `images`, `annotations` and `categories`. \
             Nothing was imported"
        ))
    })
}

struct Top<'a> {
    lists: Lists,
    listener: &'a mut dyn Listener,
    stopped: &'a mut Option<ImportError>,
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = There;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with `images`, `annotations` and `categories`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<There, A::Error> {
        let Self { lists, listener, stopped } = self;
        let mut there = There::default();
        while let Some(key) = map.next_key::<String>()? {
            match (key.as_str(), lists) {
                ("images", Lists::Heads) => {
                    map.next_value_seed(Each::new(stopped, |image| listener.image(image)))?;
                    there.images = true;
                }
                ("categories", Lists::Heads) => {
                    map.next_value_seed(Each::new(stopped, |category| listener.category(category)))?;
                    there.categories = true;
                }
                ("annotations", Lists::Annotations) => {
                    map.next_value_seed(Each::new(stopped, |annotation| listener.annotation(annotation)))?;
                    there.annotations = true;
                }
                (key, _) => {
                    there.annotations |= key == "annotations";
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(there)
    }
}

/// Gives every entry of a list to a function, which may stop the reading.
struct Each<'a, F, T> {
    stopped: &'a mut Option<ImportError>,
    take: F,
    of: PhantomData<T>,
}

impl<'a, T, F: FnMut(Option<T>) -> Result<(), ImportError>> Each<'a, F, T> {
    fn new(stopped: &'a mut Option<ImportError>, take: F) -> Self {
        Self { stopped, take, of: PhantomData }
    }

    fn give<E: Error>(&mut self, entry: Option<T>) -> Result<(), E> {
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
struct Lean<T>(Option<T>);

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

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Lean<T>, A::Error> {
                IgnoredAny.visit_seq(list).map(|_| Lean(None))
            }

            fn visit_str<E>(self, _: &str) -> Result<Lean<T>, E> {
                Ok(Lean(None))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Lean<T>, E> {
                Ok(Lean(None))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Lean<T>, E> {
                Ok(Lean(None))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Lean<T>, E> {
                Ok(Lean(None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Lean<T>, E> {
                Ok(Lean(None))
            }

            fn visit_unit<E>(self) -> Result<Lean<T>, E> {
                Ok(Lean(None))
            }
        }
        from.deserialize_any(Any(PhantomData))
    }
}
