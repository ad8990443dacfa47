//! What is wanted of a JSON value and nothing else: the rest is read over and never built, however large or deep it is.

use crate::dataset::attributes::Attributes;
use crate::domain::limits;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use std::fmt::{self, Display, Formatter};

/// A number, a text, a truth, or something else that is not looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scalar {
    Text(String),
    Whole(i64),
    Number(f64),
    Truth(bool),
    #[default]
    Null,
    Other,
}

/// What a visitor makes of everything that is not what it wants: the default.
macro_rules! nothing_else {
    ($value:ty, $container:ident) => {
        nothing_else!(@ $value, visit_str(&str), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_bool(bool));

        fn visit_unit<E>(self) -> Result<$value, E> {
            Ok(Default::default())
        }

        nothing_else!(# $value, $container);
    };
    (@ $value:ty, $($visit:ident($given:ty)),*) => {
        $(fn $visit<E>(self, _: $given) -> Result<$value, E> {
            Ok(Default::default())
        })*
    };
    (# $value:ty, visit_seq) => {
        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<$value, A::Error> {
            IgnoredAny.visit_seq(list).map(|_| Default::default())
        }
    };
    (# $value:ty, visit_map) => {
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$value, A::Error> {
            IgnoredAny.visit_map(map).map(|_| Default::default())
        }
    };
}

impl From<Scalar> for serde_json::Value {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Text(text) => text.into(),
            Scalar::Whole(n) => n.into(),
            Scalar::Number(n) => n.into(),
            Scalar::Truth(truth) => truth.into(),
            Scalar::Null => Self::Null,
            Scalar::Other => Self::Array(Vec::new()),
        }
    }
}

impl Scalar {
    pub fn text(self) -> Option<String> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Whole(n) => Some(*n as f64),
            Self::Number(n) => Some(*n),
            _ => None,
        }
    }

    /// COCO's way to say yes: a number that isn't 0; others write `true`.
    pub fn is_set(&self) -> bool {
        *self == Self::Truth(true) || self.number().is_some_and(|n| n != 0.0)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut Formatter) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(text.to_owned()))
            }

            fn visit_i64<E>(self, n: i64) -> Result<Scalar, E> {
                Ok(Scalar::Whole(n))
            }

            fn visit_u64<E>(self, n: u64) -> Result<Scalar, E> {
                Ok(i64::try_from(n).map_or(Scalar::Number(n as f64), Scalar::Whole))
            }

            fn visit_f64<E>(self, n: f64) -> Result<Scalar, E> {
                Ok(Scalar::Number(n))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Scalar, E> {
                Ok(Scalar::Truth(truth))
            }

            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar::Null)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Scalar, A::Error> {
                IgnoredAny.visit_seq(list).map(|_| Scalar::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Scalar, A::Error> {
                IgnoredAny.visit_map(map).map(|_| Scalar::Other)
            }
        }
        from.deserialize_any(Any)
    }
}

/// COCO counts; other tools write names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Id {
    Number(i64),
    Text(String),
}

impl Display for Id {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Self::Number(n) => n.fmt(f),
            Self::Text(t) => t.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Scalar::deserialize(from)? {
            Scalar::Whole(n) => Ok(Self::Number(n)),
            Scalar::Text(text) => Ok(Self::Text(text)),
            _ => Err(D::Error::invalid_type(Unexpected::Other("something else"), &"a whole number or a text as id")),
        }
    }
}

/// The largest part of a polygon segmentation; run-length masks are not read.
#[derive(Debug, Default)]
pub struct Outline {
    corners: Option<Vec<[f32; 2]>>,
    area: f32,
}

impl Outline {
    pub fn corners(self) -> Option<Vec<[f32; 2]>> {
        self.corners
    }
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        list(from, |part: Numbers, largest: &mut Self| {
            let Some(numbers) = part.0 else { return };
            let corners = numbers.as_chunks::<2>().0;
            let sound = corners.len() >= *limits::CORNERS.start() && corners.iter().flatten().all(|n| n.is_finite());
            let area = area(corners);
            if sound && (largest.corners.is_none() || area >= largest.area) {
                *largest = Self { corners: Some(corners.to_vec()), area };
            }
        })
    }
}

fn area(corners: &[[f32; 2]]) -> f32 {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f32>().abs() / 2.0
}

/// A list of numbers; `None` where there is something else in it, or it is none.
#[derive(Debug)]
struct Numbers(Option<Vec<f32>>);

impl Default for Numbers {
    fn default() -> Self {
        Self(Some(Vec::new()))
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        list(from, |item: Scalar, Self(numbers)| match (item.number(), numbers.as_mut()) {
            (Some(n), Some(numbers)) => numbers.push(n as f32),
            _ => *numbers = None,
        })
    }
}

/// Takes a list item by item; what is no list gives `T::default()`.
fn list<'de, D, I, T>(from: D, take: impl FnMut(I, &mut T)) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    I: Deserialize<'de>,
    T: Default,
{
    struct List<F, I, T>(F, std::marker::PhantomData<(I, T)>);
    impl<'de, F: FnMut(I, &mut T), I: Deserialize<'de>, T: Default> Visitor<'de> for List<F, I, T> {
        type Value = T;

        fn expecting(&self, f: &mut Formatter) -> fmt::Result {
            f.write_str("any value")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<T, A::Error> {
            let mut taken = T::default();
            while let Some(item) = list.next_element()? {
                self.0(item, &mut taken);
            }
            Ok(taken)
        }

        nothing_else!(T, visit_map);
    }
    from.deserialize_any(List(take, std::marker::PhantomData))
}

/// Of an object the keys named in [`Attributes::NAMES`]; nothing where it is none. What is neither text, number nor truth
/// is an empty list.
#[derive(Debug, Default)]
pub struct Ours(pub serde_json::Value);

impl<'de> Deserialize<'de> for Ours {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Ours;

            fn expecting(&self, f: &mut Formatter) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ours, A::Error> {
                let mut ours = serde_json::Map::new();
                while let Some(key) = map.next_key::<String>()? {
                    if Attributes::NAMES.contains(&key.as_str()) {
                        ours.insert(key, map.next_value::<Scalar>()?.into());
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Ours(ours.into()))
            }

            nothing_else!(Ours, visit_seq);
        }
        from.deserialize_any(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: for<'a> Deserialize<'a>>(json: &str) -> T {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn only_what_is_wanted_is_built() {
        for other in ["{\"a\": [[1]]}", "[[[]]]", "null", "7", "true", "\"x\"", "1e300"] {
            assert!(read::<Outline>(other).corners().is_none(), "{other}");
            let ours = format!("{{\"deep\": {other}, \"by\": \"Ada\", \"score\": 0.5}}");
            assert_eq!(read::<Ours>(&ours).0, serde_json::json!({"by": "Ada", "score": 0.5}));
        }
        assert_eq!(read::<Ours>("[1]").0, serde_json::Value::Null);
        assert_eq!(read::<Scalar>("{\"a\": 1}"), Scalar::Other);
        assert!(read::<Scalar>("1").is_set() && read::<Scalar>("true").is_set() && !read::<Scalar>("0.0").is_set());
    }

    #[test]
    fn an_id_is_a_whole_number_or_a_text() {
        assert_eq!((read::<Id>("7"), read::<Id>("\"x\"")), (Id::Number(7), Id::Text("x".into())));
        let error = serde_json::from_str::<Id>("[[7]]").unwrap_err().to_string();
        assert!(error.contains("a whole number or a text as id"), "{error}");
    }
}
