//! A task of Label Studio as it is written, in either of its forms: whole (`JSON`), or flat (`JSON_MIN`): one annotation
//! of a task, the names and values of its data and of the answers side by side.

use super::picture;
use super::region::Region;
use super::value::Value;
use crate::dataset::import::formats::date;
use crate::dataset::import::formats::entries::{Each, Kept, Lean};
use crate::dataset::import::formats::lean::{Scalar, list};
use crate::domain::limits;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt::{self, Formatter};

/// Names of a task that are kept, and letters of a text.
const NAMES: usize = 100;
const LETTERS: usize = 2_000;

/// A task.
#[derive(Debug, Default)]
pub struct Task {
    pub id: Scalar,
    /// What is to be labelled: names and addresses.
    pub data: Vec<(String, String)>,
    /// Pictures in lists, each with the name of the list.
    pub listed: Vec<(String, String)>,
    /// What counts of what was said of it.
    pub latest: Option<Said>,
    /// How many annotations there are that are not cancelled.
    pub annotations: u32,
    pub predictions: u32,
    /// It is one annotation of a task, and others may follow.
    pub flat: bool,
    /// It is one annotation with its task inside, in a file of its own.
    pub alone: bool,
}

impl Task {
    /// Every picture that it names, wherever.
    pub fn pictures(&self) -> impl Iterator<Item = &str> {
        self.data.iter().chain(&self.listed).map(|(_, text)| text.as_str()).filter(|text| picture::looks(text))
    }

    /// What its labels name beside the picture that counts, where it has several pictures.
    pub fn several(&self) -> Option<String> {
        let regions = &self.latest.as_ref()?.regions;
        let first = picture::first(&self.data);
        let mut indices = regions.iter().filter_map(|region| region.item_index.number());
        if let Some(index) = indices.find(|index| first.is_none() || *index != 0.0) {
            return Some(format!("item_index {index}"));
        }
        let first = first?;
        let others: Vec<&str> = self
            .data
            .iter()
            .filter(|(name, text)| name != first && picture::looks(text))
            .map(|(name, _)| &**name)
            .collect();
        let named: Vec<String> = regions.iter().filter_map(|region| region.to_name.clone().name()).collect();
        let other = named.iter().find(|name| others.contains(&name.as_str()));
        let mixed = || named.iter().find(|name| !others.is_empty() && **name != named[0]);
        // Nothing says which of several it is, where none is called as pictures are.
        let any = || {
            (!others.is_empty() && !picture::is_usual(first) && !named.iter().any(|name| name == first))
                .then(|| first.to_owned())
        };
        other.or_else(mixed).cloned().or_else(any)
    }
}

/// What somebody said of a task.
#[derive(Debug, Default)]
pub struct Said {
    pub made: Option<Timestamp>,
    pub regions: Vec<Region>,
    /// Some of it is no region, or there were too many.
    pub odd: bool,
    /// There is no list of what was said.
    pub unsaid: bool,
}

impl Said {
    /// Whether it says what is in the picture: captions and ratings do not, nothing at all says that nothing is there.
    /// `is_choice` knows which questions are answered with choices.
    pub fn speaks(&self, is_choice: impl Fn(&Region) -> bool) -> bool {
        let of = |region: &Region| {
            region.value().is_some_and(|value| value.speaks() || value.word.is_some() && is_choice(region))
        };
        !self.unsaid && (self.regions.is_empty() || self.regions.iter().any(of))
    }
}

/// An annotation as it is written.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Annotation {
    result: Option<Kept<Region>>,
    was_cancelled: Scalar,
    skipped: Scalar,
    created_at: Scalar,
    updated_at: Scalar,
}

/// Of the annotations of a task the latest that is not cancelled, and how many those are.
#[derive(Default)]
struct Latest(Option<Said>, u32);

impl<'de> Deserialize<'de> for Latest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (mut latest, mut count, mut stopped) = (None::<Said>, 0, None);
        let each = Each::new(&mut stopped, |annotation: Option<Annotation>| {
            let Some(annotation) = annotation.filter(|a| !a.was_cancelled.is_set() && !a.skipped.is_set()) else {
                return Ok(());
            };
            count += 1;
            let made = moment(&annotation.updated_at).or_else(|| moment(&annotation.created_at));
            // One that says something comes before all that do not.
            let order = (annotation.result.is_some(), made);
            if latest.as_ref().is_none_or(|said| order >= (!said.unsaid, said.made)) {
                latest = Some(said(made, annotation.result));
            }
            Ok(())
        });
        each.deserialize(from)?;
        Ok(Self(latest, count))
    }
}

fn said(made: Option<Timestamp>, result: Option<Kept<Region>>) -> Said {
    let unsaid = result.as_ref().is_none_or(|result| !result.listed);
    let Kept { items: regions, odd, .. } = result.unwrap_or_default();
    Said { made, regions, odd, unsaid }
}

fn moment(scalar: &Scalar) -> Option<Timestamp> {
    match scalar {
        Scalar::Text(text) => date::read(text),
        other => date::of_number(other.number()?),
    }
}

#[derive(Default)]
struct Count(u32);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        list(from, |_: IgnoredAny, Self(count)| *count += 1)
    }
}

/// A value of a flat task.
enum Loose {
    Text(String),
    Answer(Box<Value>),
    /// A list of answers, and the texts in it.
    Answers(Kept<Value>, Vec<String>),
    Other,
}

/// An entry of a list.
#[derive(Default)]
struct Item(Option<Value>, Option<String>);

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match Loose::deserialize(from)? {
            Loose::Text(text) => Self(None, Some(text)),
            Loose::Answer(value) => Self(Some(*value), None),
            Loose::Answers(..) | Loose::Other => Self::default(),
        })
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Loose;

            fn expecting(&self, f: &mut Formatter) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Loose, E> {
                Ok(Loose::Text(limits::short(text.to_owned(), LETTERS)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Loose, A::Error> {
                let (mut kept, mut texts) = (Kept::default(), Vec::new());
                while let Some(Item(value, text)) = list.next_element()? {
                    kept.keep(value);
                    texts.extend(text.filter(|_| texts.len() < NAMES));
                }
                Ok(Loose::Answers(kept, texts))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Loose, A::Error> {
                Value::deserialize(MapAccessDeserializer::new(map)).map(|value| Loose::Answer(Box::new(value)))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Loose, E> {
                Ok(Loose::Other)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Loose, E> {
                Ok(Loose::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Loose, E> {
                Ok(Loose::Other)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Loose, E> {
                Ok(Loose::Other)
            }

            fn visit_unit<E>(self) -> Result<Loose, E> {
                Ok(Loose::Other)
            }
        }
        from.deserialize_any(Any)
    }
}

/// The texts of an object, and the pictures in its lists, each with its name.
#[derive(Default)]
struct Data {
    texts: Vec<(String, String)>,
    listed: Vec<(String, String)>,
}

/// The pictures of a list of that name.
fn pictures(name: &str, texts: Vec<String>) -> impl Iterator<Item = (String, String)> {
    texts.into_iter().filter(|text| picture::looks(text)).map(move |text| (name.to_owned(), text))
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Data;

            fn expecting(&self, f: &mut Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Data, A::Error> {
                let mut data = Data::default();
                while let Some((key, value)) = map.next_entry::<String, Loose>()? {
                    let key = limits::short(key, LETTERS);
                    match value {
                        Loose::Text(text) if data.texts.len() < NAMES => data.texts.push((key, text)),
                        Loose::Answers(_, texts) if data.listed.len() < NAMES => {
                            data.listed.extend(pictures(&key, texts))
                        }
                        _ => {}
                    }
                }
                Ok(data)
            }
        }
        from.deserialize_any(Object)
    }
}

/// The task that is inside of an annotation.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Head {
    id: Scalar,
    data: Lean<Data>,
}

impl<'de> Deserialize<'de> for Task {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Task;

            fn expecting(&self, f: &mut Formatter) -> fmt::Result {
                f.write_str("a task")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Task, A::Error> {
                let (mut task, mut flat) = (Task::default(), Flat::default());
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "annotations" | "completions" => {
                            let Latest(latest, count) = map.next_value()?;
                            flat.is_whole = true;
                            (task.latest, task.annotations) = (latest, count);
                        }
                        "predictions" => task.predictions = map.next_value::<Count>()?.0,
                        "data" => {
                            let data = map.next_value::<Lean<Data>>()?.0.unwrap_or_default();
                            (task.data, task.listed) = (data.texts, data.listed);
                            flat.is_whole = true;
                        }
                        "result" => flat.alone = Some(map.next_value()?),
                        "task" => flat.task = map.next_value::<Lean<Head>>()?.0,
                        "was_cancelled" | "skipped" => flat.cancelled |= map.next_value::<Scalar>()?.is_set(),
                        "id" => {
                            task.id = map.next_value()?;
                            flat.answers_follow = true;
                        }
                        "created_at" => flat.made = flat.made.or(moment(&map.next_value()?)),
                        "updated_at" => flat.made = moment(&map.next_value()?).or(flat.made),
                        "annotator" | "annotation_id" | "lead_time" => {
                            map.next_value::<IgnoredAny>()?;
                            flat.is_flat = true;
                            flat.answers_follow = false;
                        }
                        _ => flat.take(key, map.next_value()?),
                    }
                }
                Ok(flat.into_task(task))
            }
        }
        from.deserialize_any(Object)
    }
}

/// What is found beside the names that every task has.
#[derive(Default)]
struct Flat {
    is_flat: bool,
    is_whole: bool,
    /// What comes now are answers: they stand behind the id.
    answers_follow: bool,
    cancelled: bool,
    /// What one annotation says, and the task that is inside of it.
    alone: Option<Option<Kept<Region>>>,
    task: Option<Head>,
    made: Option<Timestamp>,
    data: Vec<(String, String)>,
    listed: Vec<(String, String)>,
    regions: Vec<Region>,
    odd: bool,
}

impl Flat {
    fn take(&mut self, name: String, value: Loose) {
        let name = limits::short(name, LETTERS);
        let region = |value| Region::of(&name, value);
        match value {
            // Other tools sort the names: what is no picture behind all that every task has is an answer too.
            Loose::Text(text)
                if (self.answers_follow || self.is_flat)
                    && !picture::is_named(&name, &text)
                    && self.regions.len() < limits::LABELS =>
            {
                self.regions.push(region(Value { word: Some(text), ..Value::default() }));
            }
            Loose::Text(text) if self.data.len() < NAMES => self.data.push((name, text)),
            Loose::Answer(value) if self.regions.len() < limits::LABELS => self.regions.push(region(*value)),
            Loose::Answers(_, texts) if texts.iter().any(|text| picture::looks(text)) => {
                self.listed.extend(pictures(&name, texts).take(NAMES.saturating_sub(self.listed.len())));
            }
            Loose::Answers(Kept { items, odd, .. }, _) => {
                self.odd |= odd && !items.is_empty() || self.regions.len() + items.len() > limits::LABELS;
                // A list of texts is none of regions.
                if odd && items.is_empty() && self.answers_follow && self.regions.len() < limits::LABELS {
                    self.regions.push(region(Value::default()));
                }
                let room = limits::LABELS.saturating_sub(self.regions.len());
                self.regions.extend(items.into_iter().take(room).map(region));
            }
            Loose::Other if self.answers_follow && self.regions.len() < limits::LABELS => {
                self.regions.push(region(Value::default()));
            }
            Loose::Text(_) | Loose::Answer(_) | Loose::Other => {}
        }
    }

    fn into_task(self, task: Task) -> Task {
        if let (Some(Head { id, data }), Some(result)) = (self.task, self.alone) {
            let latest = (!self.cancelled).then_some(said(self.made, result));
            let annotations = u32::from(!self.cancelled);
            let data = data.0.unwrap_or_default();
            return Task {
                id,
                data: data.texts,
                listed: data.listed,
                latest,
                annotations,
                flat: true,
                alone: true,
                predictions: 0,
            };
        }
        match self.is_flat && !self.is_whole {
            true => {
                let latest = Some(Said { made: self.made, regions: self.regions, odd: self.odd, unsaid: false });
                Task { data: self.data, listed: self.listed, latest, annotations: 1, flat: true, ..task }
            }
            false => task,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(task: serde_json::Value) -> Task {
        serde_json::from_str(&task.to_string()).unwrap()
    }

    #[test]
    fn the_latest_annotation_that_is_not_cancelled_counts() {
        let annotation = |at: &str, id: &str, cancelled: bool| json!({"updated_at": at, "was_cancelled": cancelled, "result": [{"id": id, "value": {"x": 1}}]});
        let task = read(json!({"id": 7, "data": {"image": "a.jpg", "n": 3}, "predictions": [{}, {}], "annotations": [
            annotation("2024-05-02T10:00:00Z", "second", false),
            annotation("2024-05-01T10:00:00Z", "first", false),
            annotation("2024-05-03T10:00:00Z", "third", true),
        ]}));
        assert_eq!((task.annotations, task.predictions, task.flat), (2, 2, false));
        assert_eq!(task.latest.unwrap().regions[0].id.clone().name().unwrap(), "second");
        assert_eq!(task.data, [("image".to_owned(), "a.jpg".to_owned())]);
        assert!(read(json!({"data": {"image": "a.jpg"}})).latest.is_none());
    }

    #[test]
    fn a_flat_task_has_its_answers_behind_its_id() {
        // The order counts.
        let text = r#"{"image": "a.jpg", "note": "n", "id": 7, "boxes": [{"x": 1, "rectanglelabels": ["cup"]}],
            "choice": "dark", "several": {"choices": ["a", "b"]}, "rating": 3, "annotator": 1, "annotation_id": 2,
            "created_at": "2024-05-01T10:00:00Z", "updated_at": "2024-05-02T10:00:00Z", "lead_time": 3.5}"#;
        let task: Task = serde_json::from_str(text).unwrap();
        assert!(task.flat);
        assert_eq!(task.data.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["image", "note"]);
        let said = task.latest.unwrap();
        assert_eq!(said.made.unwrap().to_string(), "2024-05-02T10:00:00Z");
        let values: Vec<_> = said.regions.iter().map(|r| r.value().unwrap()).collect();
        assert_eq!(
            (values[0].labels.join(","), values[1].word.clone().unwrap(), values[2].choices.join(",")),
            ("cup".into(), "dark".into(), "a,b".into())
        );
    }
}
