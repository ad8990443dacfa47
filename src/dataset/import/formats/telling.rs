//! What a file with labels says first that tells its form.

use super::entries::Lean;
use super::xml::Xml;
use crate::dataset::import::lenient::Lenient;
use crate::dataset::import::manner::Format;
use crate::dataset::import::place::{FileId, Place, stream};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// The form of an XML file, by its outermost element; `None` where it is no data set, `Err` where it can't be read.
pub fn xml(place: &mut dyn Place, file: FileId) -> Result<Option<Format>, String> {
    let mut xml = Xml::open(place, file)?;
    xml.next()?;
    Ok(match xml.path().as_slice() {
        ["annotation"] => Some(Format::Voc),
        ["annotations"] => Some(Format::Cvat),
        _ => None,
    })
}

/// The form of a JSON file, by the first keys that tell it; `None` and `Err` as of [`xml`].
pub fn json(place: &mut dyn Place, file: FileId) -> Result<Option<Format>, String> {
    let from = stream(place, file).map_err(|e| e.to_string())?;
    let mut told = None;
    let read = serde_json::Deserializer::from_reader(Lenient::buffered(from)).deserialize_any(Top(&mut told));
    match (told, read) {
        (Some(told), _) => Ok(told),
        (None, Ok(())) => Ok(None),
        (None, Err(error)) => Err(error.to_string()),
    }
}

struct Top<'a>(&'a mut Option<Option<Format>>);

impl Top<'_> {
    /// Ends the reading: an error is the only way to stop a parser early.
    fn end<T, E: Error>(self, format: Option<Format>) -> Result<T, E> {
        *self.0 = Some(format);
        Err(E::custom("enough"))
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a data set")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        // A task of Label Studio has annotations too.
        let mut annotations = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "images" => return self.end(Some(Format::Coco)),
                "shapes" | "imagePath" | "imageData" => return self.end(Some(Format::Labelme)),
                "data" => {
                    if map.next_value::<Lean<Unread>>()?.0.is_some() {
                        return self.end(Some(Format::LabelStudio));
                    }
                }
                key => {
                    annotations |= key == "annotations";
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        match annotations {
            true => self.end(Some(Format::Coco)),
            false => Ok(()),
        }
    }

    /// The first entry of a list is as the others.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let task = list.next_element::<Task>()?;
        self.end(task.filter(|task| task.0).map(|_| Format::LabelStudio))
    }
}

/// Any object, of which nothing is read.
#[derive(Deserialize)]
struct Unread {}

/// Whether something is a task of Label Studio.
struct Task(bool);

impl<'de> Deserialize<'de> for Task {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Keys {
            data: Option<Lean<Unread>>,
            completions: Option<IgnoredAny>,
            predictions: Option<IgnoredAny>,
            annotator: Option<IgnoredAny>,
            annotation_id: Option<IgnoredAny>,
            lead_time: Option<IgnoredAny>,
        }
        let Lean(keys) = Lean::<Keys>::deserialize(from)?;
        Ok(Self(keys.is_some_and(|keys| {
            let others = [keys.completions, keys.predictions, keys.annotator, keys.annotation_id, keys.lead_time];
            keys.data.is_some_and(|data| data.0.is_some()) || others.iter().any(Option::is_some)
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::import::place::Folder;

    fn told(name: &str, text: &str) -> Result<Option<Format>, String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(name), text).unwrap();
        let mut place = Folder::open(dir.path()).unwrap();
        if name.ends_with("xml") { xml(&mut place, 0) } else { json(&mut place, 0) }
    }

    #[test]
    fn a_form_is_told_by_what_is_in_the_file() {
        let (coco, labelme, studio) = (Some(Format::Coco), Some(Format::Labelme), Some(Format::LabelStudio));
        for (text, form) in [
            (r#"{"info": {}, "annotations": [1], "images": []}"#, coco),
            (r#"{"annotations": []}"#, coco),
            (r#"{"version": "5.0", "flags": {}, "shapes": ["#, labelme),
            (r#"{"imagePath": "a.jpg"}"#, labelme),
            (r#"[{"id": 1, "annotations": [], "data": {"image": "a.jpg"}}]"#, studio),
            (r#"[{"image": "a.jpg", "id": 1, "annotator": 1}]"#, studio),
            (r#"{"id": 1, "annotations": [], "data": {"image": "a.jpg"}}"#, studio),
            (r#"[{"image_id": 1, "bbox": [1, 2, 3, 4]}, 7]"#, None),
            (r#"[{"image": "a.jpg", "annotations": [{"label": "x"}]}]"#, None),
            (r#"{"data": 7, "name": "x"}"#, None),
            ("[]", None),
        ] {
            assert_eq!(told("a.json", text), Ok(form), "{text}");
        }
        assert_eq!(told("a.xml", "<?xml version='1.0'?><annotation><x>"), Ok(Some(Format::Voc)));
        assert_eq!(told("a.xml", "<!-- x --><annotations/>"), Ok(Some(Format::Cvat)));
        assert_eq!(told("a.xml", "<manifest/>"), Ok(None));
        for (name, text) in [("a.json", "{\"a\": "), ("a.json", "hello"), ("a.xml", "hello"), ("a.xml", "")] {
            assert!(told(name, text).is_err(), "{text}");
        }
    }
}
