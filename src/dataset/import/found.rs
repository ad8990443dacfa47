//! What was read of a data set, whichever reader read it, before it meets its pictures and the store.
//!
//! It is small: 44 bytes an object beside outlines, and it counts what it holds, so that an import takes no more memory
//! than [`MOST`] whatever the data set says.

use super::manner::{Manner, Unmentioned};
use super::place::{FileId, Listing};
use super::told::{ImportError, Note, Reason, Told};
use super::unread::Unread;
use crate::dataset::attributes::Attributes;
use crate::domain::{BBox, Category, ClipPlace, FrameSource, LabelKind, Phase, Side, limits, name};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

/// Bytes of what is read, at most: a million boxes.
pub const MOST: usize = 52_000_000;

/// Corners of all outlines of a picture, at most: they are stored together.
const MOST_CORNERS: u32 = 200_000;

/// Labels of a picture that are compared with those of another file, or of a list that is there again.
const MOST_COMPARED: usize = 2_000;

/// By how many pixels, or shares of the picture, boxes may differ that are the same: files round them.
const NEAR: (f32, f32) = (0.05, 0.000_05);

/// Stands for: none.
const NONE: u32 = u32::MAX;

pub static UNREADABLE: Reason = Reason::new("unreadable", "label files that can't be read");
static MAY_BE_SAID: Note = Note::new(
    "may_be_said",
    "pictures without labels, of which a file may speak that is not read: they are not labelled, also where you say that such pictures have nothing in them",
);
static CORNERS: Reason = Reason::new(
    "too_many_corners",
    "outlines of pictures whose outlines have more than 200000 corners together; draw them with fewer",
);
static MANY: Reason = Reason::new(
    "too_many_labels",
    "pictures with more labels than a frame may have (10000); those beyond were left out",
);
pub static REPEATED: Note = Note::new("twice", "labels that are there several times; they were taken once");
static SEVERAL_FILES: Note = Note::new(
    "several_files",
    "pictures of which several label files or entries say different things; they have the labels of all of them, look them over",
);
static RENAMED: Note = Note::new("category_renamed", "names of categories that were written a little differently");

/// Everything a data set says.
pub struct Found {
    /// What the data set is called in messages.
    pub title: String,
    pub categories: Vec<Category>,
    pub pictures: Vec<Picture>,
    by_file: HashMap<FileId, u32>,
    by_name: HashMap<String, CategoryId>,
    /// How categories that are on the device already are applied, by what tells their names apart.
    kinds: HashMap<String, LabelKind>,
    objects: Vec<Object>,
    outlines: Vec<Box<[[f32; 2]]>>,
    attributes: Vec<Attributes>,
    texts: Vec<Box<str>>,
    /// Categories that others are said to be kinds of: taken only where there is something of them.
    pub above: HashSet<CategoryId>,
    pub told: Told,
    unread: Unread,
    held: usize,
    reading: Reading,
}

/// The file with labels that is read, or the entry of a picture in it.
#[derive(Default)]
struct Reading {
    number: u32,
    name: String,
    /// It may say the same again.
    repeats: bool,
}

/// A picture of a data set.
#[derive(Debug)]
pub struct Picture {
    pub file: FileId,
    /// As the data set names it.
    pub name: Box<str>,
    /// Width and height, where the data set says so.
    pub size: Option<(u32, u32)>,
    pub phase: Phase,
    pub source: FrameSource,
    pub taken: Option<Timestamp>,
    /// The clip that it is a frame of.
    pub clip: Option<ClipPlace>,
    pub side: Option<Side>,
    /// Whether the data set says what is in it: if so, nothing means that nothing is there.
    pub labelled: bool,
    /// Whether something that it says of it was not understood.
    pub doubt: bool,
    pub things: Chain,
}

/// The first and the last object of a picture, how many these are, and the corners of all their outlines.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    first: u32,
    last: u32,
    count: u32,
    corners: u32,
    /// The file that the first came from.
    by: u32,
    /// Another file has added to it.
    several: bool,
    /// There were more than there may be.
    full: bool,
}

impl Picture {
    pub fn new(file: FileId, name: &str) -> Self {
        Self {
            file,
            name: name.into(),
            size: None,
            phase: Phase::Labelled,
            source: FrameSource::Import,
            taken: None,
            clip: None,
            side: None,
            labelled: true,
            doubt: false,
            things: Chain { first: NONE, last: NONE, count: 0, corners: 0, by: 0, several: false, full: false },
        }
    }
}

/// Place of a picture in [`Found::pictures`].
pub type PictureId = u32;
/// Place of a category in [`Found::categories`].
pub type CategoryId = u32;

/// What an object is called in messages, beside its picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A line of the file that belongs to the picture.
    Line(u32),
    /// The object of that number, counted from 1.
    Number(u32),
    /// The annotation of that id.
    Id(String),
}

/// One label to be.
#[derive(Clone, Debug)]
pub struct Thing {
    pub category: CategoryId,
    /// In pixels, or in shares of the picture where `relative`.
    pub bbox: BBox,
    pub outline: Option<Vec<[f32; 2]>>,
    pub relative: bool,
    pub attributes: Attributes,
    pub entry: Entry,
}

/// A thing as it is kept.
struct Object {
    category: CategoryId,
    bbox: [f32; 4],
    outline: u32,
    attributes: u32,
    entry: Short,
    next: u32,
    relative: bool,
}

enum Short {
    Line(u32),
    Number(u32),
    Id(u32),
    Text(u32),
}

impl Found {
    /// Nothing yet of the data set of that title; `there` are the categories that are on the device.
    pub fn new(title: &str, there: &[Category]) -> Self {
        Self {
            title: title.to_owned(),
            kinds: there.iter().map(|c| (c.key(), c.kind)).collect(),
            categories: Vec::new(),
            pictures: Vec::new(),
            by_file: HashMap::new(),
            by_name: HashMap::new(),
            objects: Vec::new(),
            outlines: Vec::new(),
            attributes: Vec::new(),
            texts: Vec::new(),
            above: HashSet::new(),
            told: Told::default(),
            unread: Unread::default(),
            held: 0,
            reading: Reading::default(),
        }
    }

    /// A file with labels begins, or an entry for one picture. What it says of a picture of which another one has spoken is
    /// compared with that.
    pub fn begin(&mut self, name: &str) {
        let number = self.reading.number + 1;
        self.reading = Reading { number, name: name.to_owned(), repeats: false };
    }

    /// The file that is read may say the same again.
    pub fn repeats(&mut self) {
        self.reading.repeats = true;
    }

    /// A file that may hold labels is not read. `of_one`: it is called as a picture, and speaks of that alone. No picture of
    /// which it may speak is known to be empty.
    pub fn pass_over(&mut self, name: &str, of_one: bool) -> Result<(), ImportError> {
        let held = self.unread.add(name, of_one);
        self.hold(held)
    }

    /// A file of the form that is read is damaged: what others do not say may stand in it.
    pub fn lose(&mut self, name: &str, why: &str) {
        self.told.leave_out(&UNREADABLE, || format!("{name}: {why}"));
        self.unread.add_damaged(name);
    }

    /// The same of one that is told already.
    pub fn damaged(&mut self, name: &str) {
        self.unread.add_damaged(name);
    }

    /// Whether a picture (the name of its file) of which nothing is said counts as empty: where whoever imports says so, and no file that is not
    /// read may speak of it, which is told.
    pub fn counts_as_empty(&mut self, picture: &str, manner: &Manner) -> bool {
        if manner.unmentioned == Unmentioned::Unlabelled {
            return false;
        }
        let may_be = self.unread.may_speak_of(picture);
        if may_be {
            self.told.note(&MAY_BE_SAID, || picture.to_owned());
        }
        !may_be
    }

    /// When all is read: no picture is known to be empty of which a damaged file may speak.
    pub fn doubt_what_is_lost(&mut self, listing: &Listing) {
        for picture in self.pictures.iter_mut().filter(|picture| picture.things.count == 0) {
            picture.doubt |= self.unread.damaged_of(listing.name(picture.file)).is_some();
        }
    }

    /// Counts bytes that are kept.
    pub fn hold(&mut self, bytes: usize) -> Result<(), ImportError> {
        self.held = self.held.saturating_add(bytes);
        match self.held > MOST {
            true => Err(ImportError::Invalid(format!(
                "{}: there are too many pictures and labels in it to take in at once ({} pictures and {} labels so far); \
                 split it and import its parts one after the other. Nothing was imported",
                self.title,
                self.pictures.len(),
                self.objects.len()
            ))),
            false => Ok(()),
        }
    }

    /// A category; two of one name are one. A name that none has here becomes the nearest one, which is told. What else is
    /// wrong with a category is found when it meets the store.
    pub fn category(&mut self, category: Category) -> Result<CategoryId, ImportError> {
        let composed = name::spelled(&category.name);
        let name = composed.split(|c: char| c.is_whitespace() || c.is_control()).filter(|part| !part.is_empty());
        let mut name = name.collect::<Vec<_>>().join(" ");
        if name::check(&name).is_err() {
            name = name::nearest(&name, usize::MAX);
        }
        if name != composed.trim() {
            self.told.note(&RENAMED, || format!("`{}` is `{name}` here", category.name.escape_debug()));
        }
        if let Some(place) = self.by_name.get(&name) {
            return Ok(*place);
        }
        self.hold(size_of::<Category>() + 2 * name.len() + category.instructions.len() + 128)?;
        self.by_name.insert(name.clone(), self.categories.len() as CategoryId);
        let category = Category { name, ..category };
        let kind = self.kinds.get(&category.key()).copied().unwrap_or(category.kind);
        self.categories.push(Category { kind, ..category });
        Ok(self.categories.len() as CategoryId - 1)
    }

    /// A category of which only the name is known.
    pub fn named(&mut self, name: &str) -> Result<CategoryId, ImportError> {
        // Without a colour the store gives it one.
        let (colour, instructions) = Default::default();
        self.category(Category { name: name.to_owned(), colour, instructions, kind: LabelKind::Box })
    }

    /// A picture; one that is there already is the same, and has everything that is said of either.
    pub fn picture(&mut self, picture: Picture) -> Result<PictureId, ImportError> {
        if let Some(there) = self.by_file.get(&picture.file).copied() {
            let known = &mut self.pictures[there as usize];
            known.size = known.size.or(picture.size);
            known.taken = known.taken.or(picture.taken);
            known.clip = known.clip.or(picture.clip);
            known.side = known.side.or(picture.side);
            known.labelled |= picture.labelled;
            known.doubt |= picture.doubt;
            return Ok(there);
        }
        // Its places in the map, among the bytes of others, and in what becomes of it too.
        self.hold(size_of::<Picture>() + picture.name.len() + 140)?;
        let place = self.pictures.len() as PictureId;
        self.by_file.insert(picture.file, place);
        self.pictures.push(picture);
        Ok(place)
    }

    /// Whether outlines of a category are kept.
    pub fn is_outlined(&self, category: CategoryId) -> bool {
        self.categories[category as usize].kind == LabelKind::Polygon
    }

    /// How a category is applied here, where it is on the device already.
    pub fn kind_here(&self, category: CategoryId) -> Option<LabelKind> {
        self.kinds.get(&self.categories[category as usize].key()).copied()
    }

    /// Whether a file is a picture that was read.
    pub fn picture_of(&self, file: FileId) -> Option<PictureId> {
        self.by_file.get(&file).copied()
    }

    /// Whether a file is a picture of it already.
    pub fn has(&self, file: FileId) -> bool {
        self.by_file.contains_key(&file)
    }

    /// Something of a picture was not understood: it is told, and never taken for nothing.
    pub fn doubt(&mut self, picture: PictureId, reason: &Reason, example: impl FnOnce() -> String) {
        self.pictures[picture as usize].doubt = true;
        self.told.leave_out(reason, example);
    }

    /// An object in a picture. One that another file has said already is taken once; one for which there is no room is told.
    pub fn thing(&mut self, picture: PictureId, thing: Thing) -> Result<(), ImportError> {
        let Chain { count, by, several, .. } = self.pictures[picture as usize].things;
        let other = count > 0 && by != self.reading.number;
        if (other || self.reading.repeats) && self.is_there(picture, &thing)? {
            let name = &self.pictures[picture as usize].name;
            self.told.note(&REPEATED, || format!("{} of {name}", thing.entry));
            return Ok(());
        }
        if other && !several {
            let of = &mut self.pictures[picture as usize];
            of.things.several = true;
            self.told.note(&SEVERAL_FILES, || format!("{}, the last in {}", of.name, self.reading.name));
        }
        self.keep(picture, thing)
    }

    /// A tag of the whole picture, whichever file said it.
    pub fn tag(&mut self, picture: PictureId, category: CategoryId, entry: Entry) -> Result<(), ImportError> {
        let (bbox, attributes) = (BBox::new(0.0, 0.0, 0.0, 0.0), Attributes::default());
        self.keep(picture, Thing { category, bbox, outline: None, relative: false, attributes, entry })
    }

    /// Whether it was read before. Error: the picture has so many that to compare all with all would take too long.
    fn is_there(&self, picture: PictureId, thing: &Thing) -> Result<bool, ImportError> {
        let picture = &self.pictures[picture as usize];
        let near = |there: &Object| {
            let most = if thing.relative { NEAR.1 } else { NEAR.0 };
            let boxes = there.bbox.into_iter().zip(<[f32; 4]>::from(thing.bbox));
            there.category == thing.category
                && there.relative == thing.relative
                && boxes.into_iter().all(|(a, b)| (a - b).abs() <= most)
        };
        for (n, there) in self.chain(picture).enumerate() {
            if near(there) {
                return Ok(true);
            }
            if n == MOST_COMPARED {
                return Err(ImportError::Invalid(format!(
                    "{}: {} has more than {MOST_COMPARED} annotations, in several lists or files; put them into one, each \
                     once. Nothing was imported",
                    self.title, picture.name
                )));
            }
        }
        Ok(false)
    }

    fn keep(&mut self, picture: PictureId, mut thing: Thing) -> Result<(), ImportError> {
        let of = &mut self.pictures[picture as usize];
        of.things.count += 1;
        match of.things.count as usize {
            1 => of.things.by = self.reading.number,
            count if count > limits::LABELS => {
                let name = of.name.clone();
                of.things.count -= 1;
                if !std::mem::replace(&mut of.things.full, true) {
                    self.doubt(picture, &MANY, || name.to_string());
                }
                return Ok(());
            }
            _ => {}
        }
        if let Some(outline) = &mut thing.outline {
            // One more than there may be shows that there are too many.
            outline.truncate(limits::CORNERS.end() + 1);
        }
        let corners = thing.outline.as_ref().map_or(0, Vec::len);
        let of = &mut self.pictures[picture as usize];
        of.things.corners += corners as u32;
        if corners > 0 && of.things.corners > MOST_CORNERS {
            of.things.corners = MOST_CORNERS;
            let (entry, name) = (thing.entry, of.name.clone());
            self.doubt(picture, &CORNERS, || format!("{entry} of {name}"));
            return Ok(());
        }
        let mut held = size_of::<Object>() + corners * 8;
        let outline = thing.outline.map_or(NONE, |outline| put(&mut self.outlines, outline.into()));
        let attributes = match thing.attributes == Attributes::default() {
            true => NONE,
            false => {
                held += size_of::<Attributes>() + 64;
                put(&mut self.attributes, thing.attributes)
            }
        };
        let entry = match thing.entry {
            Entry::Line(line) => Short::Line(line),
            Entry::Number(number) => Short::Number(number),
            Entry::Id(id) => match id.parse::<u32>() {
                Ok(number) if number.to_string() == id => Short::Id(number),
                _ => {
                    held += id.len() + 16;
                    Short::Text(put(&mut self.texts, id.into()))
                }
            },
        };
        self.hold(held)?;
        let (category, bbox, relative) = (thing.category, thing.bbox.into(), thing.relative);
        let place = put(&mut self.objects, Object { category, bbox, outline, attributes, entry, next: NONE, relative });
        let picture = &mut self.pictures[picture as usize];
        match picture.things.last {
            NONE => picture.things.first = place,
            last => self.objects[last as usize].next = place,
        }
        picture.things.last = place;
        Ok(())
    }

    /// The objects of a picture, in the order in which they were read.
    pub fn things(&self, picture: &Picture) -> impl Iterator<Item = Thing> {
        self.chain(picture).map(|object| self.whole(object))
    }

    fn chain(&self, picture: &Picture) -> impl Iterator<Item = &Object> {
        let mut at = picture.things.first;
        std::iter::from_fn(move || {
            let object = self.objects.get(at as usize)?;
            at = object.next;
            Some(object)
        })
    }

    fn whole(&self, object: &Object) -> Thing {
        Thing {
            category: object.category,
            bbox: object.bbox.into(),
            outline: self.outlines.get(object.outline as usize).map(|outline| outline.to_vec()),
            relative: object.relative,
            attributes: self.attributes.get(object.attributes as usize).cloned().unwrap_or_default(),
            entry: match object.entry {
                Short::Line(line) => Entry::Line(line),
                Short::Number(number) => Entry::Number(number),
                Short::Id(id) => Entry::Id(id.to_string()),
                Short::Text(text) => Entry::Id(self.texts[text as usize].to_string()),
            },
        }
    }
}

fn put<T>(to: &mut Vec<T>, item: T) -> u32 {
    to.push(item);
    to.len() as u32 - 1
}

impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Number(number) => write!(f, "object number {number}"),
            Self::Id(id) => write!(f, "annotation {id}"),
        }
    }
}

#[cfg(test)]
#[path = "found_tests.rs"]
mod tests;
