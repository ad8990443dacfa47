//! What the files beside the labels say: the names of the classes, what its lines are, where the sides lie.

use super::line::is_line;
use super::rows::Kind;
use crate::dataset::import::formats::text;
use crate::dataset::import::place::{FileId, Place, is_picture};
use crate::dataset::import::told::{ImportError, Note, Told};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::fmt;

/// Bytes of a file that names the classes, at most.
const LONGEST: u64 = 1_000_000;
/// Classes, at most.
const CLASSES: usize = 10_000;

static NO_NAMES: Note =
    Note::new("no_names", "data sets that do not name their classes; they are called by their numbers, rename them");
static OTHER_NAMES: Note = Note::new(
    "other_names",
    "files that may name the classes, and were not taken: another one names them otherwise, or they begin with the background, which is no class of YOLO",
);

/// Where names are looked for.
const LOOKED: &str = "they were looked for in data.yaml, classes.txt, _classes.txt, obj.names and other .names, _darknet.labels, notes.json, \
     names.txt and labels.txt; put a data.yaml with `names`, or a classes.txt, beside the labels to name them";

/// How a file names classes; the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    /// Called as such a file is.
    Yaml,
    OtherYaml,
    /// A name a line.
    Lines,
    /// Label Studio's.
    Notes,
    /// A name a line, if it is no other list.
    PerhapsLines,
}

impl By {
    fn of(name: &str) -> Option<Self> {
        let lower = name.to_lowercase();
        Some(match lower.rsplit('/').next().unwrap_or_default() {
            "data.yaml" | "data.yml" | "dataset.yaml" | "dataset.yml" => Self::Yaml,
            last if last.ends_with(".yaml") || last.ends_with(".yml") => Self::OtherYaml,
            "classes.txt" | "_classes.txt" | "_darknet.labels" => Self::Lines,
            last if last.ends_with(".names") => Self::Lines,
            "notes.json" => Self::Notes,
            "names.txt" | "labels.txt" | "label.txt" | "class_names.txt" => Self::PerhapsLines,
            _ => return None,
        })
    }
}

/// What is said of a data set.
#[derive(Debug, Default, PartialEq)]
pub struct Said {
    /// By number; a number may be left out.
    pub names: BTreeMap<usize, String>,
    /// What its lines are, where it says so: `kpt_shape`, or `task: segment`, `obb` or `detect`.
    pub kind: Option<Kind>,
    /// What it calls the pictures to train and to judge with: folders, files or lists.
    pub training: Vec<String>,
    pub validation: Vec<String>,
    /// The file that says it.
    pub by: String,
}

/// Whether a file names classes, by its own name.
pub fn may_name(name: &str) -> bool {
    By::of(name).is_some()
}

/// Reads the file that describes the data set, if there is one.
pub fn read(place: &mut dyn Place, told: &mut Told) -> Result<Said, ImportError> {
    let listing = place.listing().clone();
    let depth = |name: &str| name.matches('/').count();
    let by = |(file, name): (FileId, &str)| Some((By::of(name)?, depth(name), file, name.to_owned()));
    let mut files: Vec<(By, usize, FileId, String)> = listing.iter().filter_map(by).collect();
    files.sort();
    let mut said: Option<Said> = None;
    for (by, _, file, name) in files {
        // `labels.txt` may as well be the labels of `labels.jpg`.
        if by == By::PerhapsLines && listing.pictures().any(|(_, picture)| stem(picture) == stem(&name)) {
            continue;
        }
        let text = text::read(place, file, LONGEST, told)?;
        let there = match by {
            By::Yaml | By::OtherYaml => of_yaml(&name, &text),
            By::Lines => Ok(Some(of_lines(&text))),
            By::Notes => Ok(of_notes(&text)),
            By::PerhapsLines => Ok(Some(of_lines(&text)).filter(|said| is_of_names(&text, said))),
        };
        match (there, &said) {
            (Ok(Some(there)), _) if by == By::PerhapsLines && is_of_background(&there) => {
                told.note(&OTHER_NAMES, || name);
            }
            (Ok(Some(there)), Some(first)) if by == By::PerhapsLines && !agree(&there.names, &first.names) => {
                told.note(&OTHER_NAMES, || name);
            }
            (Ok(Some(there)), None) => said = Some(Said { by: name, ..there }),
            // The same names again are no news.
            (Ok(Some(there)), Some(first)) if agree(&there.names, &first.names) => {}
            (Ok(Some(_)), Some(first)) => {
                return Err(ImportError::Invalid(format!(
                    "{} and {name} name the classes differently, and nothing says which holds for which labels: import \
                     their folders one after the other. Nothing was imported",
                    first.by
                )));
            }
            // One that says nothing of classes describes something else.
            (Ok(None), _) => {}
            (Err(why), _) if by == By::Yaml => return Err(ImportError::Invalid(why)),
            (Err(_), _) => {}
        }
    }
    let Some(said) = said else {
        told.note(&NO_NAMES, || LOOKED.to_owned());
        return Ok(Said::default());
    };
    Ok(said)
}

/// Whether a YAML file names the classes of a data set.
pub fn describes(place: &mut dyn Place, file: FileId) -> bool {
    let text = text::read(place, file, LONGEST, &mut Told::default());
    text.is_ok_and(|text| matches!(of_yaml("", &text), Ok(Some(_))))
}

/// A name a line; an empty line counts, and names nothing. Some write the number before each.
fn of_lines(text: &str) -> Said {
    let lines = || text.lines().map(str::trim).take(CLASSES).enumerate().filter(|(_, name)| !name.is_empty());
    let after = |(number, line): (usize, &str)| {
        let (first, rest) = line.split_once([' ', ':', '\t'])?;
        (first.trim_end_matches(':').parse() == Ok(number)).then(|| (number, rest.trim().to_owned()))
    };
    let numbered: Option<BTreeMap<usize, String>> = lines().map(after).collect();
    let names = numbered.unwrap_or_else(|| lines().map(|(number, name)| (number, name.to_owned())).collect());
    Said { names, ..Said::default() }
}

/// What Label Studio says beside the labels: `{"categories": [{"id": 0, "name": "red"}]}`.
fn of_notes(text: &str) -> Option<Said> {
    #[derive(Deserialize)]
    struct Notes {
        categories: Vec<Category>,
    }
    #[derive(Deserialize)]
    struct Category {
        id: usize,
        name: String,
    }
    let notes: Notes = serde_json::from_str(text).ok()?;
    let names = notes.categories.into_iter().take(CLASSES).map(|category| (category.id, category.name)).collect();
    Some(Said { names, ..Said::default() })
}

/// Whether lines name something: they are no labels, and no list of pictures.
fn is_of_names(text: &str, said: &Said) -> bool {
    !said.names.is_empty() && !text.lines().any(|line| is_picture(line.trim()) || is_line(line))
}

/// Whether the first class is that of nothing, as TensorFlow writes it: YOLO counts without it.
fn is_of_background(said: &Said) -> bool {
    let first = said.names.get(&0).map(|name| name.trim().to_lowercase());
    first.is_some_and(|name| matches!(name.trim_matches('_'), "background" | "???" | "bg" | "ignore"))
}

fn stem(name: &str) -> &str {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.rsplit_once('.').map_or(last, |(stem, _)| stem)
}

/// Whether both name the same where both name something.
fn agree(a: &BTreeMap<usize, String>, b: &BTreeMap<usize, String>) -> bool {
    a.iter().all(|(number, name)| b.get(number).is_none_or(|other| other.trim() == name.trim()))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Yaml {
    names: Option<Names>,
    kpt_shape: Option<Vec<usize>>,
    task: Texts,
    train: Texts,
    val: Texts,
    valid: Texts,
    test: Texts,
}

/// `Ok(None)`: it is no description of a data set. `Err`: it is one that can't be read.
fn of_yaml(name: &str, text: &str) -> Result<Option<Said>, String> {
    let yaml: Yaml = match serde_saphyr::from_str(text) {
        Ok(yaml) => yaml,
        Err(error) => {
            let error = error.to_string();
            let line = error.lines().next().unwrap_or_default();
            return Err(format!("{name} can't be read as YAML ({line}); correct it. Nothing was imported"));
        }
    };
    let names = yaml.names.map(|names| names.in_words(text));
    let Some(names) = names else {
        return match text.contains("names") {
            true => Err(format!("{name} has no `names` that can be read: a list, or a number and a name in each line")),
            false => Ok(None),
        };
    };
    let task = yaml.task.0.iter().find_map(|task| match task.as_str() {
        "segment" => Some(Kind::Outlines),
        "obb" => Some(Kind::Turned),
        "detect" => Some(Kind::Boxes),
        _ => None,
    });
    let kind = match yaml.kpt_shape.as_deref() {
        None => task,
        Some(&[points, numbers]) if (1..=1_000).contains(&points) && (2..=3).contains(&numbers) => {
            Some(Kind::KeyPoints(points, numbers))
        }
        Some(_) => {
            return Err(format!("{name}: `kpt_shape` is two numbers, how many key points and 2 or 3 numbers each"));
        }
    };
    let validation = [yaml.val.0, yaml.valid.0, yaml.test.0].concat();
    Ok(Some(Said { names, kind, training: yaml.train.0, validation, by: String::new() }))
}

/// A list of names, or names by number, each with the place where it stands.
struct Names(BTreeMap<usize, Spanned<Option<String>>>);

impl Names {
    /// A class called `null` is one; where nothing stands, or `~`, there is no name.
    fn in_words(self, text: &str) -> BTreeMap<usize, String> {
        let written = |name: &Spanned<Option<String>>| {
            let span = name.defined.span();
            let (from, length) = (span.byte_offset()? as usize, span.byte_len()? as usize);
            text.get(from..from.checked_add(length)?).filter(|word| word.trim().eq_ignore_ascii_case("null"))
        };
        let name = |name: Spanned<Option<String>>| {
            let null = written(&name).map(str::trim).unwrap_or_default().to_owned();
            name.value.unwrap_or(null)
        };
        self.0.into_iter().map(|(number, said)| (number, name(said))).collect()
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list of names, or a number and a name in each line")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Names, A::Error> {
                let mut names = BTreeMap::new();
                while let Some(name) = list.next_element()? {
                    names.insert(names.len(), name);
                    bounded::<A::Error>(names.len())?;
                }
                Ok(Names(names))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let mut names = BTreeMap::new();
                while let Some((Number(number), name)) = map.next_entry()? {
                    names.insert(number, name);
                    bounded::<A::Error>(names.len())?;
                }
                Ok(Names(names))
            }
        }
        from.deserialize_any(Any)
    }
}

/// A number, also where it is written as a text.
struct Number(usize);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.trim().parse().map(Self).map_err(|_| serde::de::Error::custom(format!("`{text}` is no number of a class")))
    }
}

fn bounded<E: serde::de::Error>(count: usize) -> Result<(), E> {
    match count > CLASSES {
        true => Err(E::custom(format!("more than {CLASSES} classes"))),
        false => Ok(()),
    }
}

/// A text or a list of them; nothing where there is something else.
#[derive(Default)]
struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element::<String>()? {
                    texts.push(text);
                }
                Ok(Texts(texts))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Texts, A::Error> {
                IgnoredAny.visit_map(map).map(|_| Texts::default())
            }

            fn visit_unit<E>(self) -> Result<Texts, E> {
                Ok(Texts::default())
            }

            fn visit_bool<E>(self, _: bool) -> Result<Texts, E> {
                Ok(Texts::default())
            }
        }
        from.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        of_yaml("data.yaml", text).unwrap().unwrap().names.into_values().collect()
    }

    #[test]
    fn every_common_form_is_read() {
        for text in [
            "path: .\nnames: ['red cell', 'b:c', \"it's # 1\"]  # three\nnc: 3\n",
            "names:\n  - red cell\n  - b:c\n  - 'it''s # 1'\n\nnc: 3\n",
            "names:\n- red cell\n- b:c\n- \"it's # 1\"\n",
            "train: x\nnames:\n  0: red cell\n  2: \"it's # 1\"\n  1: b:c\nother: y\n",
            "names: {0: red cell, 1: 'b:c', 2: \"it's # 1\"}",
            "names: {'0': red cell, \"1\": 'b:c', '2': \"it's # 1\"}",
            "names: [red cell,\n  b:c,\n  \"it's # 1\"]",
        ] {
            assert_eq!(names(text), ["red cell", "b:c", "it's # 1"], "{text}");
        }
        assert_eq!(names("names: [yes, 1, null, 1.50, ~, Nan, Null]"), ["yes", "1", "null", "1.50", "", "Nan", "Null"]);
        assert_eq!(names("names:\n  0: a\n  1:\n  2: null\n  3: ~\n  4: 'null'\n"), ["a", "", "null", "", "null"]);
        assert_eq!(names("# é\nnames:\n- ä\n-\n- null\n"), ["ä", "", "null"]);
        assert_eq!(names("names:\n  0: a\n  2: c\n"), ["a", "c"]);
    }

    #[test]
    fn a_line_is_a_class_also_an_empty_one() {
        let names = |text: &str| of_lines(text).names.into_iter().collect::<Vec<_>>();
        assert_eq!(names("cat\n\ndog\n\n"), [(0, "cat".into()), (2, "dog".into())]);
        assert_eq!(names("0 cat\n1 big dog\n"), [(0, "cat".into()), (1, "big dog".into())]);
        assert_eq!(names("0: cat\n1: dog"), [(0, "cat".into()), (1, "dog".into())]);
        assert_eq!(names("0 cat\n2 dog"), [(0, "0 cat".into()), (1, "2 dog".into())]);
    }

    #[test]
    fn sides_and_key_points_are_read() {
        let said =
            of_yaml("x", "train: ../train/images\nval: [a, b]\ntest: # none\nkpt_shape: [4, 3]\nnames: [a]").unwrap();
        let said = said.unwrap();
        assert_eq!((said.kind, said.training), (Some(Kind::KeyPoints(4, 3)), vec!["../train/images".to_owned()]));
        assert_eq!(said.validation, ["a", "b"]);
    }

    #[test]
    fn what_can_t_be_read_is_said_and_what_is_none_passed_over() {
        for text in ["names:\n", "names: x", "names: [a", "names: [a]\nkpt_shape: 4", "names: [[a]]"] {
            let error = of_yaml("data.yaml", text).unwrap_err();
            assert!(error.starts_with("data.yaml"), "{text}: {error}");
        }
        assert_eq!(of_yaml("x", "nc: 3").unwrap(), None);
        assert_eq!(of_yaml("x", "").unwrap_or(None), None);
    }
}
