//! Reads data sets in the form of Pascal VOC: an XML file for each picture, in `Annotations` beside `JPEGImages`, or beside the
//! picture. The XML of LabelMe's web page, which is much the same, too.
//!
//! Pascal VOC's own files count pixels from 1, and the right and bottom edge are the last pixel of the object. Nearly every
//! tool that writes the form today (labelImg, CVAT, Roboflow, Label Studio, and this one) counts from 0, and writes where
//! the edges are. So the former is taken only where every file says that it is of Pascal VOC (`source`), and no box begins
//! at 0; it is told.

mod annotation;
mod sides;
mod walk;

use crate::dataset::attributes::Attributes;
use crate::dataset::import::formats::shapes::{Drawn, Shape, Shapes, around, tell_apart};
use crate::dataset::import::formats::{attributes, paired, text};
use crate::dataset::import::found::{Entry, Found, Picture, PictureId, UNREADABLE};
use crate::dataset::import::manner::Manner;
use crate::dataset::import::place::{FileId, Listing, Part, Place, folder_of};
use crate::dataset::import::told::{ImportError, Note, Reason};
use crate::domain::{BBox, limits};
use annotation::{Annotation, Object, Size};
use sides::Sides;
use std::sync::Arc;
use walk::Annotations;

static NO_PICTURE: Reason =
    Reason::new("missing_picture", "label files whose picture is not there; put it beside them under its name");
static NO_NAME: Reason = Reason::new("no_name", "objects without a name");
static NO_BOX: Reason =
    Reason::new("no_box", "objects without a box of four numbers (`bndbox` with `xmin`, `ymin`, `xmax`, `ymax`)");
static COMMA: Reason = Reason::new(
    "unclear_comma",
    "objects with a number whose comma may stand between thousands or before decimals (`1,050`); write it with a decimal point, or without the comma",
);
static TURNED: Reason = Reason::new(
    "turned_unclear",
    "boxes with an angle, of which nothing says what is turned about what; write them as `robndbox` or `polygon`",
);
static MANY: Reason =
    Reason::new("too_many_labels", "label files with more objects than a picture may have labels (10000)");
static SEVERAL: Reason = Reason::new(
    "several_shapes",
    "objects with several boxes, outlines or names, of which nothing says which is meant; give each an object of its own",
);
static UNKNOWN: Reason = Reason::new(
    "unknown_elements",
    "label files with elements that are not known and may hold objects; put each object into an `object` with `name` and `bndbox`",
);
static EMPTY: Reason = Reason::new(
    "says_nothing",
    "label files that say nothing, not even which picture they are of; their pictures are not labelled, unless you say that \
     such pictures have nothing in them",
);
static ODD_SIZE: Reason =
    Reason::new("odd_size", "sizes of pictures that can't be read; their boxes were not held against them");
static FROM_ONE: Note = Note::new(
    "counts_from_one",
    "files of Pascal VOC itself, which count pixels from 1 to the last of the object; their boxes were taken so",
);
static PARTS: Reason = Reason::new("parts", "objects with parts (heads, hands, feet), which are not read");
static DELETED: Note = Note::new("deleted", "objects that are marked as deleted");

/// Reads every file.
pub fn read(place: &mut dyn Place, files: &[FileId], found: &mut Found, manner: &Manner) -> Result<(), ImportError> {
    let listing = place.listing().clone();
    let from_one = counts_from_one(place, files);
    let sides = if manner.sides { sides::read(place, &mut found.told)? } else { Sides::default() };
    let mut reader = Reader { listing, found, shapes: Shapes::default(), from_one, manner, sides };
    for file in files {
        reader.one(place, *file)?;
    }
    let Reader { found, shapes, .. } = reader;
    shapes.settle(found)
}

/// Whether every file says that it is of Pascal VOC itself, and none has a box that begins at 0. Most sets of others are
/// known by their first file.
fn counts_from_one(place: &mut dyn Place, files: &[FileId]) -> bool {
    let mut one = false;
    for file in files {
        let Ok(mut all) = Annotations::open(place, *file) else { continue };
        while let Ok(Some(annotation)) = all.next() {
            if !annotation.is_of_pascal_voc() || annotation.begins_at_zero() {
                return false;
            }
            one = true;
        }
    }
    one
}

struct Reader<'a> {
    listing: Arc<Listing>,
    found: &'a mut Found,
    shapes: Shapes,
    from_one: bool,
    manner: &'a Manner,
    sides: Sides,
}

impl Reader<'_> {
    fn one(&mut self, place: &mut dyn Place, file: FileId) -> Result<(), ImportError> {
        let name = self.listing.name(file).to_owned();
        let mut all = match Annotations::open(place, file) {
            Ok(all) => all,
            Err(why) => return self.annotation(file, name, Err(why)),
        };
        for number in 1.. {
            match all.next() {
                Ok(None) => break,
                Ok(Some(annotation)) if !all.is_list() => return self.annotation(file, name, Ok(annotation)),
                Ok(Some(annotation)) => {
                    let called = format!("annotation number {number} of {name}");
                    match annotation.picture().names.is_empty() {
                        true => self.found.told.leave_out(&NO_PICTURE, || format!("{called}: it names none")),
                        false => self.annotation(file, called, Ok(annotation))?,
                    }
                }
                // Those before it were whole; of which pictures the others are nobody knows.
                Err(why) if all.is_list() => {
                    self.found.lose(&name, &why);
                    break;
                }
                Err(why) => return self.annotation(file, name, Err(why)),
            }
        }
        Ok(())
    }

    /// What the file says of one picture; it is called `name` in what is told.
    fn annotation(&mut self, file: FileId, name: String, read: Result<Annotation, String>) -> Result<(), ImportError> {
        self.found.begin(&name);
        let (annotation, wrong) = match read {
            Ok(annotation) => (annotation, None),
            Err(why) => (Annotation::default(), Some(format!("{name}: {why}"))),
        };
        let picture = match paired::picture_of(&self.listing, file, &annotation.picture(), &mut self.found.told) {
            Ok(picture) => picture,
            Err(why) => {
                match wrong {
                    Some(wrong) => self.found.told.leave_out(&UNREADABLE, || wrong),
                    None => self.found.told.leave_out(&NO_PICTURE, || why),
                }
                return Ok(());
            }
        };
        let picture = self.picture(picture, file, &name, &annotation)?;
        if let Some(wrong) = wrong {
            self.found.doubt(picture, &UNREADABLE, || wrong);
            return Ok(());
        }
        if annotation.guessed {
            self.found.told.note(&text::OTHER_CODE, || name.clone());
        }
        if annotation.over {
            self.found.doubt(picture, &MANY, || name.clone());
        }
        if self.from_one {
            self.found.told.note(&FROM_ONE, || name.clone());
        }
        if let Some(element) = &annotation.strange {
            self.found.doubt(picture, &UNKNOWN, || format!("`{element}` of {name}"));
        } else if annotation.objects.is_empty() && !annotation.says {
            let file = self.found.pictures[picture as usize].file;
            if !self.found.counts_as_empty(self.listing.name(file), self.manner) {
                self.found.doubt(picture, &EMPTY, || name.clone());
            }
        }
        for (number, object) in (1..).zip(annotation.objects) {
            self.object(picture, object, number, &name)?;
        }
        Ok(())
    }

    fn picture(
        &mut self,
        file: FileId,
        by: FileId,
        name: &str,
        annotation: &Annotation,
    ) -> Result<PictureId, ImportError> {
        let called = self.listing.name(file);
        let size = match annotation.size() {
            Size::Known(size) => Some(size),
            Size::Unknown => None,
            Size::Odd => {
                self.found.told.leave_out(&ODD_SIZE, || name.to_owned());
                None
            }
        };
        let side = || {
            self.sides.of(called).or_else(|| {
                Part::of(folder_of(self.listing.name(by))).or_else(|| Part::of(folder_of(called))).map(Part::side)
            })
        };
        let side = self.manner.sides.then(side).flatten();
        self.found.picture(Picture { size, side, ..Picture::new(file, called) })
    }

    fn object(&mut self, picture: PictureId, object: Object, number: u32, by: &str) -> Result<(), ImportError> {
        let called = || format!("object number {number} of {by}");
        if object.deleted {
            self.found.told.note(&DELETED, called);
            return Ok(());
        }
        if object.several {
            self.found.doubt(picture, &SEVERAL, called);
            return Ok(());
        }
        let name = object.name.trim();
        if name.is_empty() {
            self.found.doubt(picture, &NO_NAME, called);
            return Ok(());
        }
        let drawn = self.drawn(&object);
        if object.is_tilted && matches!(drawn, Some(Drawn::Box(_))) {
            self.found.doubt(picture, &TURNED, called);
            return Ok(());
        }
        if object.is_unclear {
            self.found.doubt(picture, &COMMA, called);
            return Ok(());
        }
        let Some(drawn) = drawn else {
            self.found.doubt(picture, &NO_BOX, || format!("{} (`{}`)", called(), limits::short(name.to_owned(), 80)));
            return Ok(());
        };
        for name in object.beside.iter() {
            attributes::tell(self.found, name, called);
        }
        if object.parts {
            self.found.told.leave_out(&PARTS, called);
        }
        if let (Drawn::Outline(_), Some(given)) = (&drawn, object.edges()) {
            let [given, around] = [given, around(&drawn)].map(|edges| {
                let [left, top, right, bottom] = edges.map(|n| n as f32);
                BBox::from_corners(left, top, right, bottom)
            });
            tell_apart(&given, &around, self.found, called);
        }
        let (category, entry) = (self.found.named(name)?, Entry::Number(number));
        let attributes = Attributes::default();
        let shape = Shape { picture, category, drawn, relative: false, entry, attributes };
        self.shapes.shape(self.found, shape)
    }

    fn drawn(&self, object: &Object) -> Option<Drawn> {
        let edges = |[x0, y0, x1, y1]: [f64; 4]| match self.from_one {
            true => [x0.min(x1) - 1.0, y0.min(y1) - 1.0, x0.max(x1), y0.max(y1)],
            false => [x0, y0, x1, y1],
        };
        let corners = object.outline();
        // Of more corners than there may be those beyond are not kept: its box says where it lies.
        if limits::CORNERS.contains(&corners.len()) && !object.is_rectangle {
            return Some(Drawn::Outline(corners.to_vec()));
        }
        if let Some(turned) = object.turned() {
            return Some(turned);
        }
        if let Some(all) = object.edges() {
            return Some(object.boxed(edges(all)));
        }
        // A box of LabelMe's web page or of FAIR1M has its corners alone.
        (2..=*limits::CORNERS.end()).contains(&corners.len()).then(|| Drawn::from_corners(corners.to_vec()))
    }
}
