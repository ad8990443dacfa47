//! More that is wanted of a JSON value and nothing else: points, names, and what is switched on.

use super::attributes;
use super::lean::{Scalar, list, nothing_else};
use crate::domain::limits;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt::{self, Formatter};

/// Names of a list, and letters of one, at most.
const NAMES: usize = 100;
const LETTERS: usize = 300;

/// Corners `[x, y]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    pub corners: Vec<[f64; 2]>,
    /// Some were no two numbers.
    pub odd: bool,
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        list(from, |Pair(pair, odd), points: &mut Self| match pair {
            // One more than there may be shows that there are too many.
            [Some(x), Some(y)] if !odd && points.corners.len() <= *limits::CORNERS.end() => points.corners.push([x, y]),
            [Some(_), Some(_)] if !odd => {}
            _ => points.odd = true,
        })
    }
}

#[derive(Default)]
struct Pair([Option<f64>; 2], bool);

impl<'de> Deserialize<'de> for Pair {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        list(from, |item: Scalar, Self([x, y], odd)| match (x.is_some(), y.is_some()) {
            (false, _) => *x = item.number(),
            (true, false) => *y = item.number(),
            // Some write a third, which says how well it is seen.
            (true, true) => *odd |= item.number().is_none(),
        })
    }
}

/// The names of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names(pub Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        list(from, |item: Scalar, Self(names)| {
            if let Some(name) = item.name().filter(|_| names.len() < NAMES) {
                names.push(limits::short(name, LETTERS));
            }
        })
    }
}

/// Of an object the keys whose value is true, and those whose value is neither that nor false.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Switches {
    pub set: Vec<String>,
    pub odd: Vec<String>,
}

impl Switches {
    pub fn weight(&self) -> usize {
        self.set.iter().chain(&self.odd).map(|name| name.len() + size_of::<String>()).sum()
    }
}

impl<'de> Deserialize<'de> for Switches {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Switches;

            fn expecting(&self, f: &mut Formatter) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Switches, A::Error> {
                let mut switches = Switches::default();
                while let Some((name, value)) = map.next_entry::<String, Scalar>()? {
                    let among = match value {
                        Scalar::Truth(true) => &mut switches.set,
                        Scalar::Truth(false) | Scalar::Null => continue,
                        value if value.clone().name().is_some_and(|text| !attributes::says(&text)) => continue,
                        _ => &mut switches.odd,
                    };
                    if among.len() < NAMES && !name.trim().is_empty() {
                        among.push(limits::short(name, LETTERS));
                    }
                }
                Ok(switches)
            }

            nothing_else!(Switches, visit_seq);
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
    fn only_what_is_wanted_is_read() {
        assert_eq!(read::<Points>("[[1, 2.5], [\"3\", 4]]").corners, [[1.0, 2.5], [3.0, 4.0]]);
        for odd in ["[[1]]", "[7]", "[[1, null]]", "[{\"x\": 1}]"] {
            assert!(read::<Points>(odd).odd, "{odd}");
        }
        assert_eq!(read::<Points>("{}"), Points::default());
        assert_eq!(read::<Points>(&format!("[{}[1, 2]]", "[1, 2],".repeat(5_000))).corners.len(), 1_001);
        assert_eq!(read::<Names>("[\"a\", 7, {}, null]").0, ["a", "7"]);
        let switches = read::<Switches>("{\"a\": true, \"b\": false, \"c\": 1, \"d\": [true], \"e\": 0, \"f\": \"\"}");
        assert_eq!((switches.set, switches.odd), (vec!["a".to_owned()], vec!["c".to_owned(), "d".to_owned()]));
        assert_eq!(read::<Switches>("[1]"), Switches::default());
    }
}
