//! Reads a file, element by element.

use super::film::{Film, Track};
use super::shape;
use crate::dataset::attributes::Attributes as Ours;
use crate::dataset::import::formats::attributes;
use crate::dataset::import::formats::elsewhere;
use crate::dataset::import::formats::shapes::{GROUPED, Shape, Shapes};
use crate::dataset::import::formats::text;
use crate::dataset::import::formats::xml::{Attributes, Piece, Xml};
use crate::dataset::import::found::{CategoryId, Entry, Found, Picture, PictureId};
use crate::dataset::import::manner::Manner;
use crate::dataset::import::place::{FileId, Listing, Part, Place, folder_of};
use crate::dataset::import::told::{ImportError, Note, Reason};
use crate::domain::{Category, LabelKind, limits};
use std::collections::HashMap;
use std::sync::Arc;

pub static NO_FILE: Reason =
    Reason::new("missing_picture", "pictures whose file is not there; put it beside the labels under its name");
static NOTHING: Reason = Reason::new(
    "no_images",
    "files of `annotations` without an `image` or a `track` of CVAT, or an `annotation` of Pascal VOC",
);
static NO_LABEL: Reason = Reason::new("no_name", "shapes without a label");
static NO_BOX: Reason = Reason::new("no_box", "shapes without the numbers that they need");
static OUTSIDE: Note = Note::new("outside_of_frame", "shapes that are marked as outside: not in that picture");
static ODD_SIZE: Reason =
    Reason::new("odd_size", "sizes of images that can't be read; their boxes were not held against them");

/// What is said of a label before it ends.
#[derive(Default)]
struct Label {
    name: String,
    colour: String,
    kind: String,
    parent: String,
}

/// The image whose shapes come.
pub struct Image {
    /// None where its file is not there.
    pub picture: Option<PictureId>,
    pub entries: u32,
    /// Of each group how many shapes are in it.
    pub groups: HashMap<String, u32>,
}

pub struct Reader<'a> {
    pub found: &'a mut Found,
    shapes: &'a mut Shapes,
    pub listing: Arc<Listing>,
    pub name: String,
    manner: &'a Manner,
    categories: HashMap<String, CategoryId>,
    label: Label,
    pub image: Option<Image>,
    /// The frames of a film, and the track whose shapes come.
    pub film: Film,
    /// What the shape or tag that is open is called, and the name of its attribute.
    pub element: Option<(Entry, String)>,
    /// Shapes and tags of all images.
    pub entries: u64,
    /// There is an image or a track.
    begun: bool,
}

impl<'a> Reader<'a> {
    pub fn new(
        found: &'a mut Found,
        shapes: &'a mut Shapes,
        manner: &'a Manner,
        listing: Arc<Listing>,
        name: String,
    ) -> Self {
        let (categories, label, film) = Default::default();
        let (image, element, entries, begun) = Default::default();
        Self { found, shapes, listing, name, manner, categories, label, image, film, element, entries, begun }
    }

    pub fn whole(&mut self, place: &mut dyn Place, file: FileId) -> Result<(), ImportError> {
        let broken = |name: &str, why: String| {
            ImportError::Invalid(format!("{name} is no CVAT file that can be read: {why}. Nothing was imported"))
        };
        let name = self.name.clone();
        let mut xml = Xml::open(place, file).map_err(|why| broken(&name, why))?;
        while let Some(piece) = xml.next().map_err(|why| broken(&name, why))? {
            let path = xml.path();
            match (&path[1..], piece) {
                (["image"], Piece::Begin(attributes)) => self.begin(&attributes)?,
                (["image"], Piece::End(_)) => self.image = None,
                (["image", kind], Piece::Begin(attributes)) => {
                    let label = attributes.get("label").unwrap_or_default().to_owned();
                    self.entry(kind, &attributes, &label, Ours::default())?;
                }
                (["image" | "track", _, "attribute"], Piece::Begin(attributes)) => {
                    if let Some((_, attribute)) = &mut self.element {
                        *attribute = attributes.get("name").unwrap_or_default().to_owned();
                    }
                }
                (["image" | "track", _, "attribute"], Piece::End(value)) => self.attribute(&value),
                (["track"], Piece::Begin(attributes)) => {
                    self.begun = true;
                    self.film.track = Some(Track::of(&attributes));
                }
                (["track"], Piece::End(_)) => self.end_of_track()?,
                (["track", kind], Piece::Begin(attributes)) => self.follow(kind, &attributes)?,
                (["meta", .., "original_size", side], Piece::End(text)) => self.film.say(side, &text),
                (["meta", .., "task" | "job", key], Piece::End(text)) => self.film.say_frames(key, &text),
                (["meta", .., "labels", "label"], Piece::End(_)) => self.said()?,
                (["meta", .., "labels", "label", key], Piece::End(text)) => self.say(key, text),
                _ => {}
            }
        }
        if xml.is_guessed() {
            self.found.told.note(&text::OTHER_CODE, || name.clone());
        }
        if !self.begun {
            self.found.told.leave_out(&NOTHING, || name);
        }
        self.rest_of_film()
    }

    fn say(&mut self, key: &str, text: String) {
        match key {
            "name" => self.label.name = text,
            "color" => self.label.colour = text,
            "type" => self.label.kind = text,
            "parent" => self.label.parent = text,
            _ => {}
        }
    }

    /// A label of the task ends.
    fn said(&mut self) -> Result<(), ImportError> {
        let Label { name, colour, kind, parent } = std::mem::take(&mut self.label);
        let kind = match kind.as_str() {
            "rectangle" => Some(LabelKind::Box),
            "polygon" => Some(LabelKind::Polygon),
            "tag" => Some(LabelKind::Tag),
            "" | "any" | "ellipse" | "mask" => None,
            // Of the others nothing is taken.
            _ => return Ok(()),
        };
        if name.is_empty() || !parent.is_empty() {
            return Ok(());
        }
        let category = self.category(&name, colour)?;
        if let Some(kind) = kind {
            self.shapes.say(category, kind);
        }
        Ok(())
    }

    fn category(&mut self, name: &str, colour: String) -> Result<CategoryId, ImportError> {
        if let Some(category) = self.categories.get(name) {
            return Ok(*category);
        }
        let (instructions, kind) = Default::default();
        let mut category = Category { name: name.to_owned(), colour, instructions, kind };
        // Without a colour the store gives it one.
        if category.rgb().is_none() {
            category.colour = String::new();
        }
        let place = self.found.category(category)?;
        self.found.hold(name.len() + 48)?;
        self.categories.insert(name.to_owned(), place);
        Ok(place)
    }

    /// An image begins.
    fn begin(&mut self, attributes: &Attributes) -> Result<(), ImportError> {
        self.begun = true;
        let file = attributes.get("name").unwrap_or_default();
        let subset = attributes.get("subset").unwrap_or_default();
        let within = format!("{subset}/{file}");
        let (place, called) = match self.listing.find(&self.name, file) {
            Err(_) if !subset.is_empty() => (self.listing.find(&self.name, &within), within.as_str()),
            place => (place, file),
        };
        self.found.begin(&self.name);
        let picture = match place {
            Ok(place) => {
                elsewhere::tell_named(&self.listing, &self.name, called, place, &mut self.found.told);
                Some(self.picture(place, attributes, called, subset)?)
            }
            Err(why) => {
                self.found.told.leave_out(&NO_FILE, || format!("{file}: {why}"));
                None
            }
        };
        self.image = Some(Image { picture, entries: 0, groups: HashMap::new() });
        Ok(())
    }

    fn picture(
        &mut self,
        place: FileId,
        attributes: &Attributes,
        name: &str,
        subset: &str,
    ) -> Result<PictureId, ImportError> {
        let pixels = |key| {
            attributes.get(key).map(|text| text.trim().parse::<f64>().ok().filter(|n| *n >= 1.0 && n.fract() == 0.0))
        };
        let size = match (pixels("width"), pixels("height")) {
            (Some(Some(width)), Some(Some(height))) => Some((width as u32, height as u32)),
            (None, None) => None,
            _ => {
                self.found.told.leave_out(&ODD_SIZE, || name.to_owned());
                None
            }
        };
        let side = || Part::of(subset).or_else(|| Part::of(folder_of(self.listing.name(place)))).map(Part::side);
        let side = self.manner.sides.then(side).flatten();
        self.found.picture(Picture { size, side, ..Picture::new(place, name) })
    }

    /// A shape or a tag of the image begins.
    pub fn entry(&mut self, kind: &str, attributes: &Attributes, label: &str, ours: Ours) -> Result<(), ImportError> {
        self.element = None;
        self.entries += 1;
        let Some(Image { picture, entries, groups }) = &mut self.image else { return Ok(()) };
        let Some(picture) = *picture else { return Ok(()) };
        *entries += 1;
        let entry = Entry::Number(*entries);
        let called = self.found.pictures[picture as usize].name.clone();
        let label = limits::short(label.trim().to_owned(), limits::MESSAGE);
        let example = || format!("{entry} (`{label}`) of {called}");
        if attributes.get("outside") == Some("1") {
            self.found.told.note(&OUTSIDE, example);
            return Ok(());
        }
        if label.is_empty() {
            self.found.doubt(picture, &NO_LABEL, || format!("{entry} of {called}"));
            return Ok(());
        }
        let drawn = match kind {
            "tag" => None,
            _ => match shape::read(kind, attributes) {
                Ok(drawn) => Some(drawn),
                Err(shape::Wrong::Kind(reason)) => {
                    self.found.doubt(picture, &reason, example);
                    return Ok(());
                }
                Err(shape::Wrong::Numbers) => {
                    self.found.doubt(picture, &NO_BOX, example);
                    return Ok(());
                }
            },
        };
        if attributes.get("occluded") == Some("1") {
            attributes::tell(self.found, "occluded", example);
        }
        let group = attributes.get("group_id").map(str::trim).filter(|group| !matches!(*group, "" | "0"));
        if let Some(group) = group.map(|group| limits::short(group.to_owned(), limits::MESSAGE)) {
            let members = groups.entry(group.clone()).or_default();
            *members += 1;
            if *members == 2 {
                self.found.told.note(&GROUPED, || format!("group {group} of {called}"));
            }
        }
        self.element = Some((entry.clone(), String::new()));
        let category = self.category(&label, String::new())?;
        match drawn {
            Some(drawn) => {
                let shape = Shape { picture, category, drawn, relative: false, entry, attributes: ours };
                self.shapes.shape(self.found, shape)
            }
            None => self.shapes.tag(self.found, picture, category, entry),
        }
    }

    /// An attribute of a shape ends.
    fn attribute(&mut self, value: &str) {
        let (Some((entry, name)), Some(Image { picture: Some(picture), .. })) = (&self.element, &self.image) else {
            return;
        };
        // What nobody filled in. A number may be 0.
        if value.trim() == "0" || attributes::says(value) {
            let (called, name) = (self.found.pictures[*picture as usize].name.clone(), name.clone());
            attributes::tell(self.found, &name, || format!("{value} at {entry} of {called}"));
        }
    }
}
