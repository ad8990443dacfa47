//! What labels say of an object beside what it is and where it lies. What there is no place for here is told, once a data set
//! for each kind.

use crate::dataset::import::found::Found;
use crate::dataset::import::told::Note;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt::{self, Formatter};

/// What an object may be marked as.
pub const MARKS: [&str; 3] = ["difficult", "truncated", "occluded"];

static MARKED: [Note; 3] = [
    Note::new("difficult", "objects marked as difficult; they were taken as the others"),
    Note::new("truncated", "objects marked as truncated; they were taken as the others"),
    Note::new("occluded", "objects marked as occluded; they were taken as the others"),
];

/// Names of one object that are kept, and letters of one.
const NAMES: usize = 20;
const LETTERS: usize = 60;

/// Tells that an object has an attribute of that name which says something.
pub fn tell(found: &mut Found, name: &str, example: impl FnOnce() -> String) {
    match MARKS.iter().position(|mark| mark.eq_ignore_ascii_case(name)) {
        Some(mark) => found.told.note(&MARKED[mark], example),
        None => {
            let what = format!("the attribute `{name}` of objects, for which there is no place here");
            found.told.note(&Note::about("attribute", what), example);
        }
    }
}

/// Whether a text says something: it is not empty, nor what tools write where nobody said anything.
pub fn says(text: &str) -> bool {
    let nothing = ["", "false", "no", "none", "null", "nan", "unspecified", "__undefined__", "[]", "{}"];
    let text = text.trim();
    !nothing.iter().any(|word| text.eq_ignore_ascii_case(word)) && text.parse::<f64>() != Ok(0.0)
}

/// The names of what is said of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names(Vec<Box<str>>);

impl Names {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }

    /// One more, once; none beyond a bound.
    pub fn add(&mut self, name: &str) {
        let name: Box<str> = name.trim().chars().take(LETTERS).collect();
        if !name.is_empty() && self.0.len() < NAMES && !self.0.contains(&name) {
            self.0.push(name);
        }
    }

    /// What the value under a name says: that it says something, or, where it is an object, what in it does.
    pub fn hear(&mut self, name: &str, said: Said) {
        match said {
            Said::Nothing => {}
            Said::Something => self.add(name),
            Said::Names(names) => names.iter().for_each(|name| self.add(name)),
        }
    }

    /// Bytes that they take.
    pub fn weight(&self) -> usize {
        self.0.iter().map(|name| name.len() + size_of::<Box<str>>()).sum()
    }
}

/// What a value of JSON says.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Said {
    #[default]
    Nothing,
    Something,
    /// It is an object, and these of its names say something.
    Names(Names),
}

impl Said {
    fn of(is_something: bool) -> Self {
        if is_something { Self::Something } else { Self::Nothing }
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Said;

            fn expecting(&self, f: &mut Formatter) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Said, E> {
                Ok(Said::of(says(text)))
            }

            fn visit_i64<E>(self, n: i64) -> Result<Said, E> {
                Ok(Said::of(n != 0))
            }

            fn visit_u64<E>(self, n: u64) -> Result<Said, E> {
                Ok(Said::of(n != 0))
            }

            fn visit_f64<E>(self, n: f64) -> Result<Said, E> {
                Ok(Said::of(n != 0.0))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Said, E> {
                Ok(Said::of(truth))
            }

            fn visit_unit<E>(self) -> Result<Said, E> {
                Ok(Said::Nothing)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Said, A::Error> {
                let mut something = false;
                while !something {
                    match list.next_element::<Said>()? {
                        Some(Said::Nothing) => {}
                        Some(_) => something = true,
                        None => return Ok(Said::Nothing),
                    }
                }
                IgnoredAny.visit_seq(list).map(|_| Said::Something)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Said, A::Error> {
                let mut names = Names::default();
                while let Some((name, said)) = map.next_entry::<String, Said>()? {
                    if said != Said::Nothing {
                        names.add(&name);
                    }
                }
                Ok(if names == Names::default() { Said::Nothing } else { Said::Names(names) })
            }
        }
        from.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_said_says_nothing() {
        for nothing in ["null", "false", "0", "0.0", "\"\"", "\"Unspecified\"", "[]", "{}", "[0, [null]]", "{\"a\": 0}"]
        {
            assert_eq!(serde_json::from_str::<Said>(nothing).unwrap(), Said::Nothing, "{nothing}");
        }
        for something in ["true", "2", "-0.5", "\"left\"", "[0, 1, 0]"] {
            assert_eq!(serde_json::from_str::<Said>(something).unwrap(), Said::Something, "{something}");
        }
        let said = serde_json::from_str("{\"a\": 1, \"b\": false, \"c\": {\"d\": \"x\"}}").unwrap();
        let mut names = Names::default();
        names.hear("attributes", said);
        assert_eq!(names.iter().collect::<Vec<_>>(), ["a", "c"]);
    }
}
