//! A COCO file read from its start to its end, an entry at a time: nothing of it is kept but what is asked for.

use super::ours::Ours;
use crate::dataset::import::formats::entries::{Each, Filled};
use crate::dataset::import::formats::lean::{Numbers, Outline, Scalar};
use crate::dataset::import::formats::noted::Noted;
use crate::dataset::import::lenient::Lenient;
use crate::dataset::import::place::{FileId, Place, stream, unreadable};
use crate::dataset::import::told::ImportError;
use crate::domain::{ClipPlace, limits};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// An image as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Image {
    pub id: Scalar,
    pub file_name: Scalar,
    /// LVIS has nothing else to name the file.
    pub coco_url: Scalar,
    /// LVIS: categories that were looked for and are not there, and those of which not all are labelled.
    pub neg_category_ids: Option<IgnoredAny>,
    pub not_exhaustive_category_ids: Option<IgnoredAny>,
    /// Objects that stand in their image, and not beside the images.
    pub annotations: Filled,
    pub objects: Filled,
    pub width: Scalar,
    pub height: Scalar,
    /// RFC 3339 in our own files; others write what they like.
    pub date_captured: Scalar,
    /// Ours, as the next ones.
    pub phase: Scalar,
    pub source: Scalar,
    pub clip: Scalar,
    pub clip_at: Scalar,
    /// What the frame was called before it was exported.
    pub name: Scalar,
}

impl Image {
    /// The file, as the data set names it.
    pub fn file(&self) -> Option<String> {
        let named = |scalar: &Scalar| scalar.clone().name().filter(|name| !name.trim().is_empty());
        named(&self.file_name).or_else(|| named(&self.coco_url))
    }

    /// Its place in a clip, where our own words say one.
    pub fn clip(&self) -> Option<ClipPlace> {
        let at = self.clip_at.number().filter(|at| limits::CLIP_SECONDS.contains(at))?;
        Some(ClipPlace { id: self.clip.clone().name()?.parse().ok()?, at })
    }

    /// Whether only some categories were looked for in it.
    pub fn is_federated(&self) -> bool {
        self.neg_category_ids.is_some() || self.not_exhaustive_category_ids.is_some()
    }
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
    pub bbox: Option<Numbers>,
    /// What the numbers of `bbox` are: detectron2's.
    pub bbox_mode: Scalar,
    /// By how much the box is turned, in whatever way.
    pub rotation: Scalar,
    pub angle: Scalar,
    pub iscrowd: Scalar,
    /// Not to be learned from.
    pub ignore: Scalar,
    /// Words for the whole picture.
    pub caption: Scalar,
    /// Masks of the whole picture, in a file beside it.
    pub segments_info: Option<Filled>,
    pub segmentation: Outline,
    pub attributes: Ours,
    /// How sure a model was, and the object it shows, where they do not stand among the attributes.
    pub score: Scalar,
    pub track_id: Scalar,
    /// What follows from others.
    area: IgnoredAny,
    num_keypoints: IgnoredAny,
    category_name: IgnoredAny,
    file_name: IgnoredAny,
    image_name: IgnoredAny,
}

/// Hears what is in a file. An entry that is no object is `None`.
pub trait Listener {
    fn category(&mut self, category: Option<Kind>) -> Result<(), ImportError>;
    fn image(&mut self, image: Option<Image>) -> Result<(), ImportError>;
    fn annotation(&mut self, annotation: Option<Noted<Annotation>>) -> Result<(), ImportError>;
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
    /// Those that there are several times.
    pub doubled: Vec<&'static str>,
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
    let mut json = serde_json::Deserializer::from_reader(Lenient::buffered(from));
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
                    there.doubled.extend(there.images.then_some("images"));
                    map.next_value_seed(Each::new(stopped, |image| listener.image(image)))?;
                    there.images = true;
                }
                ("categories", Lists::Heads) => {
                    there.doubled.extend(there.categories.then_some("categories"));
                    map.next_value_seed(Each::new(stopped, |category| listener.category(category)))?;
                    there.categories = true;
                }
                ("annotations", Lists::Annotations) => {
                    map.next_value_seed(Each::new(stopped, |annotation| listener.annotation(annotation)))?;
                    there.annotations = true;
                }
                (key, _) => {
                    let annotations = key == "annotations";
                    there.doubled.extend((annotations && there.annotations).then_some("annotations"));
                    there.annotations |= annotations;
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(there)
    }
}
