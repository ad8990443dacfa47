//! What is wanted of a JSON value and nothing else: the rest is read over and never built, however large or deep it is.

use crate::domain::{BBox, limits};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt::{self, Display, Formatter};

/// Numbers of one list, at most: far more than an outline may have corners. A longer one is none.
const MANY: usize = 100_000;

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

pub(super) use nothing_else;

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
    /// As a name: scripts write numbers for texts.
    pub fn name(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Whole(n) => Some(n.to_string()),
            Self::Number(n) => Some(n.to_string()),
            Self::Truth(truth) => Some(truth.to_string()),
            Self::Null | Self::Other => None,
        }
    }

    /// Scripts write texts for numbers.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Whole(n) => Some(*n as f64),
            Self::Number(n) => Some(*n),
            Self::Text(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        }
    }

    /// Pixels: a whole number above 0, however it is written.
    pub fn pixels(&self) -> Option<u32> {
        let number = self.number()?;
        (number >= 1.0 && number <= f64::from(u32::MAX) && number.fract() == 0.0).then_some(number as u32)
    }

    /// COCO's way to say yes: a number that isn't 0; others write `true`.
    pub fn is_set(&self) -> bool {
        match self {
            Self::Truth(truth) => *truth,
            Self::Text(text) if text.trim().eq_ignore_ascii_case("true") => true,
            other => other.number().is_some_and(|n| n != 0.0),
        }
    }

    /// An id, where it is one: `1`, `1.0` and `"1"` are the same.
    pub fn id(self) -> Option<Id> {
        match self {
            Self::Whole(n) => Some(Id::Number(n)),
            // Larger ones come as they were written, and not as numbers.
            Self::Number(n) if n.fract() == 0.0 && n.abs() < 9.2e18 => Some(Id::Number(n as i64)),
            Self::Number(n) => Some(Id::Text(n.to_string())),
            Self::Text(text) => match text.trim().parse::<i64>() {
                Ok(n) if n.to_string() == text.trim() => Some(Id::Number(n)),
                _ => Some(Id::Text(text)),
            },
            Self::Truth(_) | Self::Null | Self::Other => None,
        }
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
                // As a number it would no longer be the one that was written.
                Ok(i64::try_from(n).map_or_else(|_| Scalar::Text(n.to_string()), Scalar::Whole))
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

/// The largest part of a polygon segmentation; run-length masks are not read.
#[derive(Debug, Default)]
pub struct Outline {
    corners: Option<Vec<[f32; 2]>>,
    area: f32,
    /// Sound ones.
    parts: u32,
    /// Around all parts.
    around: Option<BBox>,
    /// Numbers that stand in the list itself, as some tools write a polygon of one part.
    flat: Vec<f32>,
    mask: bool,
}

impl Outline {
    /// Whether it is something else than a list: a run-length mask.
    pub fn is_mask(&self) -> bool {
        self.mask
    }

    /// The corners, the box around all parts, and how many these are.
    pub fn corners(mut self) -> Option<(Vec<[f32; 2]>, BBox, u32)> {
        let flat = std::mem::take(&mut self.flat);
        self.part(&flat);
        Some((self.corners?, self.around?, self.parts))
    }

    fn part(&mut self, numbers: &[f32]) {
        let (corners, rest) = numbers.as_chunks::<2>();
        let sound =
            corners.len() >= *limits::CORNERS.start() && rest.is_empty() && numbers.iter().all(|n| n.is_finite());
        let area = area(corners);
        if sound && let Some(part) = BBox::around(corners) {
            self.parts += 1;
            self.around = Some(self.around.map_or(part, |all| all.with(&part)));
        }
        if sound && (self.corners.is_none() || area >= self.area) {
            (self.corners, self.area) = (Some(corners.to_vec()), area);
        }
    }
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Outline;

            fn expecting(&self, f: &mut Formatter) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Outline, A::Error> {
                let mut outline = Outline::default();
                while let Some(part) = list.next_element()? {
                    match part {
                        // A corner each.
                        Part::List(numbers) if numbers.len() == 2 && outline.flat.len() < MANY => {
                            outline.flat.extend(numbers);
                        }
                        Part::List(numbers) => outline.part(&numbers),
                        Part::Number(number) if outline.flat.len() < MANY => outline.flat.push(number),
                        Part::Number(_) | Part::Other => {}
                    }
                }
                Ok(outline)
            }

            nothing_else!(@ Outline, visit_str(&str), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_bool(bool));

            fn visit_unit<E>(self) -> Result<Outline, E> {
                Ok(Outline::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Outline, A::Error> {
                IgnoredAny.visit_map(map).map(|_| Outline { mask: true, ..Outline::default() })
            }
        }
        from.deserialize_any(Any)
    }
}

fn area(corners: &[[f32; 2]]) -> f32 {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f32>().abs() / 2.0
}

/// A part of a segmentation.
enum Part {
    List(Vec<f32>),
    Number(f32),
    Other,
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Part;

            fn expecting(&self, f: &mut Formatter) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_i64<E>(self, n: i64) -> Result<Part, E> {
                Ok(Part::Number(n as f32))
            }

            fn visit_u64<E>(self, n: u64) -> Result<Part, E> {
                Ok(Part::Number(n as f32))
            }

            fn visit_f64<E>(self, n: f64) -> Result<Part, E> {
                Ok(Part::Number(n as f32))
            }

            fn visit_str<E>(self, text: &str) -> Result<Part, E> {
                Ok(text.trim().parse().map_or(Part::Other, Part::Number))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Part, E> {
                Ok(Part::Other)
            }

            fn visit_unit<E>(self) -> Result<Part, E> {
                Ok(Part::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Part, A::Error> {
                let mut numbers = Some(Vec::new());
                while let Some(item) = list.next_element::<Scalar>()? {
                    match (item.number(), numbers.as_mut()) {
                        (Some(n), Some(numbers)) if numbers.len() < MANY => numbers.push(n as f32),
                        _ => numbers = None,
                    }
                }
                Ok(numbers.map_or(Part::Other, Part::List))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Part, A::Error> {
                IgnoredAny.visit_map(map).map(|_| Part::Other)
            }
        }
        from.deserialize_any(Any)
    }
}

/// The numbers of a box: a list of them, a text of four (`[1, 2, 3, 4]`, as tables write it), or `x`, `y`, `width` and
/// `height` by name. `None` where it is something else.
#[derive(Debug, Default)]
pub struct Numbers(pub Option<Vec<f32>>);

impl Numbers {
    fn push(&mut self, item: &Scalar) {
        match (item.number(), self.0.as_mut()) {
            (Some(n), Some(numbers)) if numbers.len() < MANY => numbers.push(n as f32),
            _ => self.0 = None,
        }
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Numbers;

            fn expecting(&self, f: &mut Formatter) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Numbers, A::Error> {
                let mut numbers = Numbers(Some(Vec::new()));
                while let Some(item) = list.next_element::<Scalar>()? {
                    numbers.push(&item);
                }
                Ok(Numbers(numbers.0))
            }

            fn visit_str<E>(self, text: &str) -> Result<Numbers, E> {
                let text = text.trim().trim_start_matches(['[', '(']).trim_end_matches([']', ')']);
                let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
                let numbers: Option<Vec<f32>> = words.take(5).map(|word| word.parse().ok()).collect();
                Ok(Numbers(numbers.filter(|numbers| numbers.len() == 4)))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Numbers, A::Error> {
                let mut sides = [None; 4];
                while let Some(key) = map.next_key::<String>()? {
                    let side = match key.as_str() {
                        "x" => 0,
                        "y" => 1,
                        "width" | "w" => 2,
                        "height" | "h" => 3,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    sides[side] = map.next_value::<Scalar>()?.number().map(|n| n as f32);
                }
                Ok(Numbers(sides.into_iter().collect()))
            }

            nothing_else!(@ Numbers, visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_bool(bool));

            fn visit_unit<E>(self) -> Result<Numbers, E> {
                Ok(Numbers::default())
            }
        }
        from.deserialize_any(Any)
    }
}

/// Takes a list item by item; what is no list gives `T::default()`.
pub fn list<'de, D, I, T>(from: D, take: impl FnMut(I, &mut T)) -> Result<T, D::Error>
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
        }
        assert_eq!(read::<Scalar>("{\"a\": 1}"), Scalar::Other);
        assert!(read::<Scalar>("1").is_set() && read::<Scalar>("true").is_set() && !read::<Scalar>("0.0").is_set());
    }

    #[test]
    fn an_id_is_the_same_however_it_is_written() {
        for seven in ["7", "7.0", "\"7\"", "\" 7\""] {
            assert_eq!(read::<Scalar>(seven).id(), Some(Id::Number(7)), "{seven}");
        }
        assert_eq!(read::<Scalar>("\"007\"").id(), Some(Id::Text("007".into())));
        assert_eq!(read::<Scalar>("0.5").id(), Some(Id::Text("0.5".into())));
        for none in ["null", "true", "[7]", "{}"] {
            assert_eq!(read::<Scalar>(none).id(), None, "{none}");
        }
    }

    #[test]
    fn sizes_and_truths_are_read_however_they_are_written() {
        for pixels in ["320", "320.0", "\"320\"", "3.2e2"] {
            assert_eq!(read::<Scalar>(pixels).pixels(), Some(320), "{pixels}");
        }
        for none in ["0", "-1", "320.5", "null", "\"wide\"", "1e300", "[320]"] {
            assert_eq!(read::<Scalar>(none).pixels(), None, "{none}");
        }
        for (text, set) in
            [("1", true), ("\"1\"", true), ("true", true), ("\"True\"", true), ("\"0\"", false), ("\"\"", false)]
        {
            assert_eq!(read::<Scalar>(text).is_set(), set, "{text}");
        }
    }

    #[test]
    fn the_numbers_of_a_box_are_read_however_they_are_written() {
        for text in [
            "[1, \"2\", 3.0, 4]",
            "\"1 2 3 4\"",
            "\"[1.0, 2, 3,4]\"",
            "{\"x\": 1, \"y\": 2, \"width\": 3, \"height\": \"4\", \"unit\": [1]}",
            "{\"w\": 3, \"h\": 4, \"x\": 1, \"y\": 2}",
        ] {
            assert_eq!(read::<Numbers>(text).0, Some(vec![1.0, 2.0, 3.0, 4.0]), "{text}");
        }
        for text in ["[1, 2, null, 4]", "\"1 2 3\"", "\"1 2 3 4 5\"", "{\"x\": 1, \"y\": 2}", "7", "true", "null"] {
            assert_eq!(read::<Numbers>(text).0, None, "{text}");
        }
    }

    #[test]
    fn an_outline_may_be_a_list_of_numbers_or_of_lists() {
        let square = vec![[2.0, 2.0], [8.0, 2.0], [8.0, 6.0]];
        for text in [
            "[2, 2, 8, 2, 8, 6]",
            "[[2, 2, 8, 2, 8, 6]]",
            "[[2, 2], [8, 2], [8, 6]]",
            "[[\"2\", 2, 8, 2, 8, 6.0], [0, 0, 1]]",
        ] {
            assert_eq!(read::<Outline>(text).corners().map(|c| c.0), Some(square.clone()), "{text}");
        }
        for text in ["[2, 2, 8, 2, 8]", "[[2, 2], [8, 2]]", "[null]", "{\"counts\": [1], \"size\": [1, 1]}"] {
            assert!(read::<Outline>(text).corners().is_none(), "{text}");
        }
    }
}
