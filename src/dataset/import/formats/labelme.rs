//! Reads the JSON files of LabelMe, and of those that write the same (AnyLabeling, X-AnyLabeling): one for each picture.

use super::attributes;
use super::entries::{Filled, Kept, Weighed};
use super::lean::{Id, Scalar};
use super::noted::Noted;
use super::paired::{self, Said};
use super::shapes::{Drawn, GROUPED, Shape, Shapes};
use super::values::{Points, Switches};
use crate::dataset::attributes::Attributes;
use crate::dataset::import::found::{Entry, Found, Picture, PictureId, UNREADABLE};
use crate::dataset::import::lenient::Lenient;
use crate::dataset::import::manner::Manner;
use crate::dataset::import::place::{FileId, Listing, Part, Place, folder_of, stream};
use crate::dataset::import::told::{ImportError, Note, Reason};
use crate::domain::limits;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;

static NO_PICTURE: Reason =
    Reason::new("missing_picture", "label files whose picture is not there; put it beside them under its name");
static ONLY_INSIDE: Reason = Reason::new(
    "only_image_data",
    "label files that hold their picture in themselves (`imageData`), from where it is not read; put it beside them",
);
static NO_SHAPES: Reason = Reason::new(
    "no_shapes",
    "label files without a list `shapes`, or with an empty one beside another; they do not say what is in their picture",
);
static NO_LABEL: Reason = Reason::new("no_name", "shapes without a label");
static NO_BOX: Reason = Reason::new("no_box", "shapes without the corners that they need");
static TURNED: Reason = Reason::new(
    "turned_unclear",
    "boxes with an angle, of which nothing says what is turned about what; save their four corners instead",
);
static MANY: Reason = Reason::new(
    "too_many_labels",
    "label files with entries in `shapes` that are none, or more of them than a picture may have labels (10000)",
);
static ODD_SIZE: Reason =
    Reason::new("odd_size", "sizes of pictures that can't be read; their boxes were not held against them");
static FLAGS: Note = Note::new("flags", "flags of pictures that are set; they were taken as tags");
static SHAPE_FLAGS: Note = Note::new("shape_flags", "flags of shapes that are set, for which there is no place here");
static ODD_FLAGS: Note =
    Note::new("odd_flags", "flags of pictures that are neither true nor false; they were not taken as tags");

/// Names of shapes that say nothing of what is there.
const DRAWING: [&str; 5] = ["fill_color", "line_color", "direction", "mask", "cells"];

/// A file as it is written.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Whole {
    shapes: Kept<Noted<Drawing>>,
    flags: Switches,
    image_path: Scalar,
    image_data: Scalar,
    image_height: Scalar,
    image_width: Scalar,
    /// Where others keep what is in a picture.
    annotations: Filled,
    objects: Filled,
    labels: Filled,
}

/// A shape as it is written.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Drawing {
    label: Scalar,
    points: Points,
    shape_type: Scalar,
    flags: Switches,
    /// What belongs together has the same.
    group_id: Scalar,
    /// By how much it is turned, in whatever way.
    rotation: Scalar,
    angle: Scalar,
    /// How sure a model was.
    score: Scalar,
}

impl Weighed for Drawing {
    fn weight(&self) -> usize {
        let texts = [&self.label, &self.shape_type, &self.group_id].map(|scalar| match scalar {
            Scalar::Text(text) => text.len(),
            _ => 0,
        });
        texts.iter().sum::<usize>() + self.points.corners.len() * 16 + self.flags.weight()
    }
}

/// Reads every file.
pub fn read(place: &mut dyn Place, files: &[FileId], found: &mut Found, manner: &Manner) -> Result<(), ImportError> {
    let listing = place.listing().clone();
    let mut reader = Reader { listing, found, shapes: Shapes::default(), manner };
    for file in files {
        reader.one(place, *file)?;
    }
    let Reader { found, shapes, .. } = reader;
    shapes.settle(found)
}

fn whole(place: &mut dyn Place, file: FileId) -> Result<Whole, String> {
    let from = stream(place, file).map_err(|e| e.to_string())?;
    serde_json::from_reader(Lenient::buffered(from)).map_err(|e| format!("it is no JSON that can be read: {e}"))
}

struct Reader<'a> {
    listing: Arc<Listing>,
    found: &'a mut Found,
    shapes: Shapes,
    manner: &'a Manner,
}

impl Reader<'_> {
    fn one(&mut self, place: &mut dyn Place, file: FileId) -> Result<(), ImportError> {
        let name = self.listing.name(file).to_owned();
        self.found.begin(&name);
        let (whole, wrong) = match whole(place, file) {
            Ok(whole) => (whole, None),
            Err(why) => (Whole::default(), Some(format!("{name}: {why}"))),
        };
        let names = whole.image_path.clone().name().into_iter().collect();
        let said = Said { names, ..Said::default() };
        let picture = match paired::picture_of(&self.listing, file, &said, &mut self.found.told) {
            Ok(picture) => picture,
            Err(why) => {
                let (reason, why) = match wrong {
                    Some(wrong) => (&UNREADABLE, wrong),
                    None if matches!(whole.image_data, Scalar::Text(_)) => (&ONLY_INSIDE, why),
                    None => (&NO_PICTURE, why),
                };
                self.found.told.leave_out(reason, || why);
                return Ok(());
            }
        };
        let picture = self.picture(picture, &name, &whole)?;
        if let Some(wrong) = wrong {
            self.found.doubt(picture, &UNREADABLE, || wrong);
            return Ok(());
        }
        let elsewhere = [whole.annotations, whole.objects, whole.labels].contains(&Filled(true));
        if !whole.shapes.listed || (whole.shapes.items.is_empty() && elsewhere) {
            self.found.doubt(picture, &NO_SHAPES, || name.clone());
        }
        if whole.shapes.odd {
            self.found.doubt(picture, &MANY, || name.clone());
        }
        for flag in whole.flags.odd {
            self.found.told.note(&ODD_FLAGS, || format!("`{flag}` of {name}"));
        }
        for flag in whole.flags.set {
            self.found.told.note(&FLAGS, || format!("`{flag}` of {name}"));
            let category = self.found.named(&flag)?;
            self.shapes.tag(self.found, picture, category, Entry::Id(format!("`{flag}`")))?;
        }
        let mut groups: HashMap<Id, u32> = HashMap::new();
        for group in whole.shapes.items.iter().filter_map(|drawing| drawing.it.group_id.clone().id()) {
            let members = groups.entry(group.clone()).or_default();
            *members += 1;
            if *members == 2 {
                self.found.told.note(&GROUPED, || format!("group {group} of {name}"));
            }
        }
        for (number, Noted { it, mut beside }) in (1..).zip(whole.shapes.items) {
            if it.group_id.clone().id().is_some_and(|group| groups.get(&group) == Some(&1)) {
                beside.add("group_id");
            }
            let said =
                beside.iter().filter(|name| !DRAWING.contains(name)).chain(it.flags.odd.iter().map(String::as_str));
            for attribute in said {
                attributes::tell(self.found, attribute, || format!("shape number {number} of {name}"));
            }
            self.drawing(picture, it, number, &name)?;
        }
        Ok(())
    }

    fn picture(&mut self, file: FileId, by: &str, whole: &Whole) -> Result<PictureId, ImportError> {
        let size = whole.image_width.pixels().zip(whole.image_height.pixels());
        let unsaid = |scalar: &Scalar| matches!(scalar, Scalar::Null) || scalar.number() == Some(0.0);
        if size.is_none() && !(unsaid(&whole.image_width) && unsaid(&whole.image_height)) {
            self.found.told.leave_out(&ODD_SIZE, || by.to_owned());
        }
        let called = self.listing.name(file);
        let side = self
            .manner
            .sides
            .then(|| Part::of(folder_of(by)).or_else(|| Part::of(folder_of(called))).map(Part::side))
            .flatten();
        self.found.picture(Picture { size, side, ..Picture::new(file, called) })
    }

    fn drawing(&mut self, picture: PictureId, drawing: Drawing, number: u32, by: &str) -> Result<(), ImportError> {
        let label = drawing.label.name().unwrap_or_default();
        let label = limits::short(label.trim().to_owned(), limits::MESSAGE);
        let called = || format!("shape number {number} (`{label}`) of {by}");
        if label.is_empty() {
            self.found.doubt(picture, &NO_LABEL, called);
            return Ok(());
        }
        let kind = drawing.shape_type.name().unwrap_or_default();
        // Corners lie where they are, whatever was turned.
        let turned = [&drawing.rotation, &drawing.angle].iter().any(|by| by.number().is_some_and(|n| n != 0.0));
        if turned && kind == "rectangle" && drawing.points.corners.len() < 4 {
            self.found.doubt(picture, &TURNED, called);
            return Ok(());
        }
        let drawn = match drawn(&kind, drawing.points) {
            Ok(drawn) => drawn,
            Err(Wrong::Points) => {
                self.found.doubt(picture, &NO_BOX, called);
                return Ok(());
            }
            Err(Wrong::Kind) => {
                let what = format!("shapes of the kind `{kind}`, which are not read; boxes, polygons and circles are");
                self.found.doubt(picture, &Reason::about("shape", what), called);
                return Ok(());
            }
        };
        for flag in &drawing.flags.set {
            self.found.told.note(&SHAPE_FLAGS, || format!("`{flag}` at {}", called()));
        }
        let (attributes, over) = Attributes::read(&json!({"score": serde_json::Value::from(drawing.score)}));
        for name in over {
            attributes::tell(self.found, name, called);
        }
        let (category, entry) = (self.found.named(&label)?, Entry::Number(number));
        let shape = Shape { picture, category, drawn, relative: false, entry, attributes };
        self.shapes.shape(self.found, shape)
    }
}

#[derive(Debug, PartialEq)]
enum Wrong {
    Points,
    Kind,
}

/// What the points of a shape of that kind draw.
fn drawn(kind: &str, points: Points) -> Result<Drawn, Wrong> {
    let Points { corners, odd } = points;
    let enough = |least: usize| if corners.len() >= least && !odd { Ok(()) } else { Err(Wrong::Points) };
    let least = *limits::CORNERS.start();
    match kind {
        // Two corners that face each other, or all four.
        "rectangle" => {
            enough(2)?;
            Ok(Drawn::from_corners(corners))
        }
        // Older versions write no kind of what is an outline.
        "polygon" | "" => enough(least).map(|()| Drawn::Outline(corners)),
        "circle" => {
            enough(2)?;
            let ([x, y], [ex, ey]) = (corners[0], corners[1]);
            let radius = (ex - x).hypot(ey - y);
            Ok(Drawn::Round([x, y], [radius, radius], 0.0))
        }
        "rotation" | "oriented_rectangle" => enough(least).map(|()| Drawn::Turned(corners)),
        _ => Err(Wrong::Kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(corners: &[[f64; 2]]) -> Points {
        Points { corners: corners.to_vec(), odd: false }
    }

    #[test]
    fn every_kind_of_shape_is_drawn_or_refused() {
        let two = [[9.0, 8.0], [1.0, 2.0]];
        let four = [[1.0, 2.0], [9.0, 2.0], [9.0, 8.0], [1.0, 8.0]];
        let boxed = Ok(Drawn::Box([1.0, 2.0, 9.0, 8.0]));
        assert_eq!(drawn("rectangle", points(&two)), boxed);
        assert_eq!(drawn("rectangle", points(&four)), boxed);
        let tilted = [[5.0, 1.0], [9.0, 5.0], [5.0, 9.0], [1.0, 5.0]];
        assert_eq!(drawn("rectangle", points(&tilted)), Ok(Drawn::Turned(tilted.to_vec())));
        assert_eq!(drawn("circle", points(&[[5.0, 5.0], [8.0, 9.0]])), Ok(Drawn::Round([5.0, 5.0], [5.0, 5.0], 0.0)));
        assert_eq!(drawn("", points(&four)), Ok(Drawn::Outline(four.to_vec())));
        assert_eq!(drawn("rotation", points(&four)), Ok(Drawn::Turned(four.to_vec())));
        assert_eq!(drawn("polygon", points(&two)), Err(Wrong::Points));
        assert_eq!(drawn("rectangle", Points { corners: two.to_vec(), odd: true }), Err(Wrong::Points));
        for kind in ["point", "points", "line", "linestrip", "mask", "cuboid"] {
            assert_eq!(drawn(kind, points(&four)), Err(Wrong::Kind), "{kind}");
        }
    }
}
