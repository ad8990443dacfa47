//! What a file with labels says first that tells its form.

use super::entries::Lean;
use super::xml::Xml;
use crate::dataset::import::lenient::Lenient;
use crate::dataset::import::manner::Format;
use crate::dataset::import::place::{FileId, Place, stream};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// What a file looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Looks {
    Like(Format),
    /// Labels in a form that is not read: what it is called.
    Unread(&'static str),
    /// No labels, but what they are called: names of classes, and notes of the whole data set.
    Names,
    /// No labels that are known.
    Nothing,
}

/// The form of an XML file, by its outermost element, or the first in it; `None` where it is no data set, `Err` where it can't be read.
pub fn xml(place: &mut dyn Place, file: FileId) -> Result<Option<Format>, String> {
    let mut xml = Xml::open(place, file)?;
    while xml.next()?.is_some() {
        // Some write `Annotation`.
        let path: Vec<String> = xml.path().iter().map(|name| name.to_lowercase()).collect();
        let [root, inner @ ..] = path.as_slice() else { return Ok(None) };
        match (root.as_str(), inner.first().map(String::as_str)) {
            ("annotation", _) | ("annotations", Some("annotation")) => return Ok(Some(Format::Voc)),
            ("annotations", Some(_)) => return Ok(Some(Format::Cvat)),
            ("annotations", None) => {}
            _ => return Ok(None),
        }
    }
    // One of CVAT with nothing in it.
    Ok(Some(Format::Cvat))
}

/// The form of a JSON file, by the first keys that tell it; `Err` where it can't be read.
pub fn json(place: &mut dyn Place, file: FileId) -> Result<Looks, String> {
    let from = stream(place, file).map_err(|e| e.to_string())?;
    let mut told = None;
    let read = serde_json::Deserializer::from_reader(Lenient::buffered(from)).deserialize_any(Top(&mut told));
    match (told, read) {
        (Some(told), _) => Ok(told),
        (None, Ok(())) => Ok(Looks::Nothing),
        (None, Err(error)) if error.is_eof() && error.column() == 0 => Err("it is empty".into()),
        (None, Err(error)) => Err(error.to_string()),
    }
}

/// Keys of forms that are not read.
const UNREAD: [(&str, &str); 11] = [
    ("samples", "FiftyOne's own JSON"),
    ("_via_img_metadata", "a project of VIA"),
    ("assets", "VoTT's JSON"),
    ("visitedAssetIds", "VoTT's JSON"),
    ("items", "Datumaro's own JSON"),
    ("item", "V7 Darwin's JSON"),
    ("objects", "JSON of Supervisely or Cityscapes"),
    ("imgHeight", "JSON of Cityscapes"),
    ("frames", "JSON of BDD100K"),
    ("outputs", "JSON of Colabeler"),
    ("via_version", "annotations of VIA"),
];

/// Keys that say nothing of pictures.
const NAMES: [&str; 12] = [
    "categories",
    "classes",
    "info",
    "licenses",
    "license",
    "names",
    "tags",
    "projectType",
    "projectSettings",
    "version",
    "description",
    "year",
];

struct Top<'a>(&'a mut Option<Looks>);

impl Top<'_> {
    /// What it is unless a later key tells better: other forms may have that key too. The first guess is the best.
    fn guess(&mut self, looks: Looks) {
        self.0.get_or_insert(looks);
    }

    /// Ends the reading: an error is the only way to stop a parser early.
    fn end<T, E: Error>(self, looks: Looks) -> Result<T, E> {
        *self.0 = Some(looks);
        Err(E::custom("enough"))
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a data set")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let (mut annotations, mut result, mut task) = (false, false, false);
        let mut names = None;
        while let Some(key) = map.next_key::<String>()? {
            names = Some(names.unwrap_or(true) && NAMES.contains(&key.as_str()));
            match key.as_str() {
                "images" => return self.end(Looks::Like(Format::Coco)),
                "shapes" | "imagePath" | "imageData" => return self.end(Looks::Like(Format::Labelme)),
                "data" => {
                    if map.next_value::<Lean<Unread>>()?.0.is_some() {
                        self.guess(Looks::Like(Format::LabelStudio));
                    }
                }
                // An annotation of Label Studio with its task inside.
                "task" => task = map.next_value::<Lean<Unread>>()?.0.is_some(),
                key => {
                    annotations |= key == "annotations";
                    result |= key == "result";
                    if let Some((_, form)) = UNREAD.iter().find(|(known, _)| *known == key) {
                        self.guess(Looks::Unread(form));
                    }
                    // VIA writes an object of pictures by name and size.
                    if map.next_value::<Lean<Regions>>()?.0.is_some_and(|value| value.regions.is_some()) {
                        self.guess(Looks::Unread("annotations of VIA"));
                    }
                }
            }
        }
        if names == Some(true) {
            self.guess(Looks::Names);
        }
        if task && result {
            self.guess(Looks::Like(Format::LabelStudio));
        }
        // A task of Label Studio has annotations too.
        if annotations {
            self.guess(Looks::Like(Format::Coco));
        }
        Ok(())
    }

    /// The first entry of a list is as the others.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let first = list.next_element::<First>()?;
        self.end(first.map_or(Looks::Nothing, |first| first.0))
    }
}

/// An object of which nothing is read but whether it has regions.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Regions {
    regions: Option<IgnoredAny>,
}

/// Any object, of which nothing is read.
#[derive(Deserialize)]
struct Unread {}

/// What the first entry of a list looks like.
struct First(Looks);

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Keys {
            data: Option<Lean<Unread>>,
            completions: Option<IgnoredAny>,
            predictions: Option<IgnoredAny>,
            annotator: Option<IgnoredAny>,
            annotation_id: Option<IgnoredAny>,
            lead_time: Option<IgnoredAny>,
            image: Option<IgnoredAny>,
            imagefilename: Option<IgnoredAny>,
            annotations: Option<IgnoredAny>,
            annotation: Option<IgnoredAny>,
            image_id: Option<IgnoredAny>,
            bbox: Option<IgnoredAny>,
            regions: Option<IgnoredAny>,
            name: Option<IgnoredAny>,
            labels: Option<IgnoredAny>,
            #[serde(rename = "Labeled Data")]
            labelbox: Option<IgnoredAny>,
            #[serde(rename = "data_row")]
            data_row: Option<IgnoredAny>,
            response: Option<IgnoredAny>,
        }
        let Lean(keys) = Lean::<Keys>::deserialize(from)?;
        let Some(keys) = keys else { return Ok(Self(Looks::Nothing)) };
        let others = [keys.completions, keys.predictions, keys.annotator, keys.annotation_id, keys.lead_time];
        let named = keys.image.is_some() || keys.imagefilename.is_some();
        Ok(Self(match () {
            () if keys.data.is_some_and(|data| data.0.is_some()) || others.iter().any(Option::is_some) => {
                Looks::Like(Format::LabelStudio)
            }
            () if named && (keys.annotations.is_some() || keys.annotation.is_some()) => {
                Looks::Unread("CreateML's JSON")
            }
            () if keys.image_id.is_some() && keys.bbox.is_some() => {
                Looks::Unread("a list of what a model found (COCO)")
            }
            () if keys.regions.is_some() => Looks::Unread("annotations of VIA"),
            () if keys.name.is_some() && keys.labels.is_some() => Looks::Unread("JSON of BDD100K"),
            () if keys.labelbox.is_some() || keys.data_row.is_some() => Looks::Unread("JSON of Labelbox"),
            () if keys.response.is_some() => Looks::Unread("JSON of Scale"),
            () => Looks::Nothing,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::import::place::Folder;

    fn told(name: &str, text: &str) -> Result<Looks, String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(name), text).unwrap();
        let mut place = Folder::open(dir.path()).unwrap();
        match name.ends_with("xml") {
            true => xml(&mut place, 0).map(|told| told.map_or(Looks::Nothing, Looks::Like)),
            false => json(&mut place, 0),
        }
    }

    #[test]
    fn a_form_is_told_by_what_is_in_the_file() {
        let [coco, labelme, studio] = [Format::Coco, Format::Labelme, Format::LabelStudio].map(Looks::Like);
        for (text, form) in [
            (r#"{"info": {}, "annotations": [1], "images": []}"#, coco),
            (r#"{"annotations": []}"#, coco),
            (r#"{"version": "5.0", "flags": {}, "shapes": ["#, labelme),
            (r#"{"imagePath": "a.jpg"}"#, labelme),
            (r#"[{"id": 1, "annotations": [], "data": {"image": "a.jpg"}}]"#, studio),
            (r#"[{"image": "a.jpg", "id": 1, "annotator": 1}]"#, studio),
            (r#"{"id": 1, "annotations": [], "data": {"image": "a.jpg"}}"#, studio),
            (r#"{"id": 1, "result": [], "task": {"data": {"image": "a.jpg"}}}"#, studio),
            (r#"[{"image_id": 1, "bbox": [1, 2, 3, 4]}, 7]"#, Looks::Unread("a list of what a model found (COCO)")),
            (r#"[{"image": "a.jpg", "annotations": [{"label": "x"}]}]"#, Looks::Unread("CreateML's JSON")),
            // A key of another form, with something else in it.
            (r#"{"task": {"id": 7}, "items": [], "data": {}, "images": [], "annotations": []}"#, coco),
            (r#"{"task": {"id": 7}, "annotations": []}"#, coco),
            (r#"{"samples": []}"#, Looks::Unread("FiftyOne's own JSON")),
            (r#"{"version": "2.0", "item": {}, "annotations": []}"#, Looks::Unread("V7 Darwin's JSON")),
            (r#"{"description": "", "objects": [{}], "size": {}}"#, Looks::Unread("JSON of Supervisely or Cityscapes")),
            (r#"[{"name": "a.jpg", "labels": []}]"#, Looks::Unread("JSON of BDD100K")),
            (r#"{"a.jpg123": {"filename": "a.jpg", "regions": []}}"#, Looks::Unread("annotations of VIA")),
            (r#"{"categories": [{"id": 0}], "info": {}}"#, Looks::Names),
            ("{}", Looks::Nothing),
            (r#"{"data": 7, "name": "x"}"#, Looks::Nothing),
            ("[]", Looks::Nothing),
        ] {
            assert_eq!(told("a.json", text), Ok(form), "{text}");
        }
        assert_eq!(told("a.xml", "<?xml version='1.0'?><annotation><x>"), Ok(Looks::Like(Format::Voc)));
        assert_eq!(told("a.xml", "<!-- x --><annotations/>"), Ok(Looks::Like(Format::Cvat)));
        assert_eq!(told("a.xml", "<annotations><version>1.1</version>"), Ok(Looks::Like(Format::Cvat)));
        assert_eq!(told("a.xml", "<annotations> <annotation>"), Ok(Looks::Like(Format::Voc)));
        assert_eq!(told("a.xml", "<Annotation><Folder/>"), Ok(Looks::Like(Format::Voc)));
        assert_eq!(told("a.xml", "<manifest/>"), Ok(Looks::Nothing));
        for (name, text) in [("a.json", "{\"a\": "), ("a.json", "hello"), ("a.xml", "hello"), ("a.xml", "")] {
            assert!(told(name, text).is_err(), "{text}");
        }
    }
}
