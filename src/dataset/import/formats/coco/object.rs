//! What an annotation says of an object: where it lies, and what of that is kept.

use super::boxes::{self, Outline, Placed};
use super::stream::Annotation;
use crate::dataset::attributes::Attributes;
use crate::dataset::import::formats::attributes;
use crate::dataset::import::formats::lean::Scalar;
use crate::dataset::import::formats::noted::Noted;
use crate::dataset::import::formats::shapes::{Shapes, TURNED_BOX, tell_apart};
use crate::dataset::import::found::{CategoryId, Entry, Found, PictureId, Thing};
use crate::dataset::import::told::{ImportError, Note, Reason};
use crate::domain::{BBox, LabelKind};
use serde_json::{Map, Value};

static SHARES: Reason = Reason::new(
    "box_in_shares",
    "boxes of less than one pixel, which look like shares of the picture; COCO counts pixels",
);
static MASK_BESIDE: Note = Note::new("mask_beside", "masks beside boxes, which are not read; the boxes were taken");

/// What there is a place for, wherever in the annotation it stands.
fn ours(annotation: &mut Annotation) -> Value {
    let mut ours = match std::mem::take(&mut annotation.attributes.ours) {
        Value::Object(ours) => ours,
        _ => Map::new(),
    };
    for (name, given) in [("score", &mut annotation.score), ("track_id", &mut annotation.track_id)] {
        let given = std::mem::take(given);
        if given != Scalar::Null {
            ours.entry(name).or_insert_with(|| given.into());
        }
    }
    let computed = annotation.attributes.keyframe == Scalar::Truth(false) && ours.contains_key("track_id");
    if computed {
        ours.entry("origin").or_insert_with(|| "interpolated".into());
    }
    ours.into()
}

/// Takes the objects of a data set.
pub struct Objects<'a> {
    pub found: &'a mut Found,
    pub shapes: &'a mut Shapes,
}

impl Objects<'_> {
    /// Something in a picture, of a category; answers its name where it has nothing that says where it lies.
    pub fn take(
        &mut self,
        picture: PictureId,
        category: CategoryId,
        entry: Entry,
        annotation: Noted<Annotation>,
    ) -> Result<Option<Entry>, ImportError> {
        let Noted { it: mut annotation, beside } = annotation;
        let of = self.found.pictures[picture as usize].name.clone();
        let tag = self.found.categories[category as usize].kind == LabelKind::Tag;
        let placed = match boxes::of(&mut annotation) {
            Ok(Some(placed)) => placed,
            _ if tag => {
                let bbox = BBox::new(0.0, 0.0, 0.0, 0.0);
                Placed { bbox, relative: false, outline: None, turned: None, masked: false }
            }
            Ok(None) => return Ok(Some(entry)),
            Err(reason) => {
                self.found.doubt(picture, reason, || format!("{entry} of {of}"));
                return Ok(None);
            }
        };
        let Placed { bbox, relative, outline, turned, masked } = placed;
        let share = |n: f32| (0.0..=1.0).contains(&n);
        if !relative && bbox.area() > 0.0 && <[f32; 4]>::from(bbox).into_iter().all(share) {
            self.found.doubt(picture, &SHARES, || format!("{entry} of {of}"));
            return Ok(None);
        }
        for name in beside.iter().chain(annotation.attributes.others.iter()) {
            attributes::tell(self.found, name, || format!("{entry} of {of}"));
        }
        let (attributes, over) = Attributes::read(&ours(&mut annotation));
        for name in over {
            let foreign = format!("the `{name}` of annotations, which is not one of ours");
            self.found.told.note(&Note::about("attribute", foreign), || format!("{entry} of {of}"));
        }
        if turned.is_some() {
            self.found.told.note(&TURNED_BOX, || format!("{entry} of {of}"));
        }
        if masked && !tag {
            self.found.told.note(&MASK_BESIDE, || format!("{entry} of {of}"));
        }
        // An outline counts pixels, also beside a box of shares.
        let outlined = outline.filter(|outline| outline.alone || self.is_said_outlined(category) && !relative);
        let outline = match outlined {
            Some(outline) => {
                let called = || format!("{entry} of {of}");
                self.outline(category, &bbox, outline, called)
            }
            None => {
                self.shapes.boxed(category);
                turned.filter(|_| self.is_said_outlined(category))
            }
        };
        self.found.thing(picture, Thing { category, bbox, outline, relative, attributes, entry })?;
        Ok(None)
    }

    /// The outline of an object, beside its box, where it is kept.
    fn outline(
        &mut self,
        category: CategoryId,
        given: &BBox,
        outline: Outline,
        called: impl Fn() -> String,
    ) -> Option<Vec<[f32; 2]>> {
        match outline.parts {
            2.. => self.shapes.parted(category, called),
            _ => tell_apart(given, &outline.around, self.found, called),
        }
        self.shapes.outlined(self.found, category).then_some(outline.corners)
    }

    fn is_said_outlined(&self, category: CategoryId) -> bool {
        self.shapes.said(self.found, category) == Some(LabelKind::Polygon)
    }
}
