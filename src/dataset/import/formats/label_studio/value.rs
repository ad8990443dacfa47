//! What was said in one answer, where it is a shape, a choice, or a word.

use crate::dataset::import::formats::attributes;
use crate::dataset::import::formats::entries::Weighed;
use crate::dataset::import::formats::lean::Scalar;
use crate::dataset::import::formats::values::{Names, Points};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt::{self, Formatter};

/// What was said, where it is a shape, or a choice.
#[derive(Debug, Default)]
pub struct Value {
    pub x: Option<f64>,
    pub y: Option<f64>,
    pub width: Option<f64>,
    pub height: Option<f64>,
    pub rotation: f64,
    pub radius: [Option<f64>; 2],
    pub points: Option<Points>,
    /// Of `rectanglelabels`, `polygonlabels` and their like.
    pub labels: Vec<String>,
    pub choices: Vec<String>,
    /// A choice, or a text that somebody wrote: the flat form does not say which.
    pub word: Option<String>,
    /// It is drawn with a brush.
    pub is_mask: bool,
    pub size: [Scalar; 2],
    /// What else is said.
    pub beside: attributes::Names,
}

impl Value {
    /// Whether it says what is in the picture.
    pub fn speaks(&self) -> bool {
        !self.labels.is_empty() || !self.choices.is_empty() || self.is_somewhere()
    }

    /// Whether it lies somewhere in the picture.
    pub fn is_somewhere(&self) -> bool {
        self.x.is_some() || self.points.is_some() || self.is_mask
    }
}

impl Weighed for Value {
    fn weight(&self) -> usize {
        let names = self.labels.iter().chain(&self.choices).map(|name| name.len() + size_of::<String>());
        names.sum::<usize>()
            + self.beside.weight()
            + self.word.as_ref().map_or(0, String::len)
            + self.points.as_ref().map_or(0, |points| points.corners.len() * 16)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Value;

            fn expecting(&self, f: &mut Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut value = Value::default();
                while let Some(key) = map.next_key::<String>()? {
                    let mut number = || map.next_value::<Scalar>().map(|scalar| scalar.number());
                    match key.as_str() {
                        "x" => value.x = number()?,
                        "y" => value.y = number()?,
                        "width" => value.width = number()?,
                        "height" => value.height = number()?,
                        "rotation" => value.rotation = number()?.unwrap_or_default(),
                        "radiusX" => value.radius[0] = number()?,
                        "radiusY" => value.radius[1] = number()?,
                        "points" => value.points = Some(map.next_value()?),
                        "original_width" => value.size[0] = map.next_value()?,
                        "original_height" => value.size[1] = map.next_value()?,
                        "choices" => value.choices = map.next_value::<Names>()?.0,
                        key if key.ends_with("labels") => value.labels.extend(map.next_value::<Names>()?.0),
                        "format" | "rle" => {
                            value.is_mask |= key == "rle";
                            map.next_value::<IgnoredAny>()?;
                        }
                        key => value.beside.hear(key, map.next_value()?),
                    }
                }
                Ok(value)
            }
        }
        from.deserialize_any(Object)
    }
}
