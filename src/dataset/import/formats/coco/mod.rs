//! Reads COCO detection files (cocodataset.org, "data format"), as every tool writes them.

mod boxes;
mod ours;
mod stream;

use crate::dataset::attributes::Attributes;
use crate::dataset::import::formats::date;
use crate::dataset::import::formats::lean::{Id, Scalar};
use crate::dataset::import::formats::shapes::TURNED_BOX;
use crate::dataset::import::found::{CategoryId, Entry, Found, Picture, PictureId, Thing};
use crate::dataset::import::manner::{Manner, Unmentioned};
use crate::dataset::import::place::{FileId, Listing, Part, Place, folder_of};
use crate::dataset::import::told::{ImportError, Reason};
use crate::domain::{BBox, Category, FrameSource, LabelKind, Phase, Side};
use boxes::{NO_BOX, Placed};
use serde::de::DeserializeOwned;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use stream::{Annotation, Image, Kind, Listener, Lists};

/// Annotations of one picture that may come in several lists: those are compared with one another.
const MOST_COMPARED: usize = 2_000;

static NO_ENTRY: Reason =
    Reason::new("not_an_entry", "entries of `images`, `annotations` or `categories` that are no object with an id");
static NO_FILE: Reason =
    Reason::new("missing_picture", "pictures whose file is not there; put it beside the labels under its name");
static ONE_FILE: Reason = Reason::new(
    "one_file",
    "names of several pictures that lead to one file; put the others beside it, each under its own name",
);
static NO_IMAGE: Reason = Reason::new("unknown_image", "annotations of an image that isn't in the file");
static NO_CATEGORY: Reason =
    Reason::new("unknown_category", "annotations of a category that isn't in the file, or has no name");
static CROWD: Reason = Reason::new("crowd", "annotations that mark a crowd, which is not one object");
static IGNORED: Reason =
    Reason::new("ignored", "annotations marked with `ignore`: something is there that is not to be learned from");
static SHARES: Reason = Reason::new(
    "box_in_shares",
    "boxes of less than one pixel, which look like shares of the picture; COCO counts pixels",
);
static CAPTIONS: Reason = Reason::new("captions", "words for whole pictures (captions), which are not read");
static PANOPTIC: Reason = Reason::new("panoptic", "masks of whole pictures (panoptic), which are not read");
static BARE: Reason = Reason::new(
    "whole_picture",
    "files whose annotations have no box: what they say of whole pictures is not read, as other files have the boxes",
);
static DOUBLED: Reason = Reason::new("doubled", "lists that are in a file several times; all of them were read");
static TWICE: Reason = Reason::new("twice", "annotations that are there several times; they were taken once");
static ODD_SIZE: Reason =
    Reason::new("odd_size", "sizes of images that can't be read; their boxes were not held against them");
static ODD_DATE: Reason = Reason::new("odd_date", "dates that can't be read; the pictures count as taken now");
static UNSAID: Reason = Reason::new(
    "no_annotations",
    "files without any annotation; their pictures are not labelled, unless you say that such pictures have nothing in them",
);

/// Reads the files, each of which names its images from where it lies.
pub fn read(place: &mut dyn Place, files: &[FileId], found: &mut Found, manner: &Manner) -> Result<(), ImportError> {
    let (mut boxes, mut bare) = (false, Vec::new());
    for file in files {
        let seen = one(place, *file, found, manner)?;
        boxes |= seen.objects > 0;
        bare.extend((!seen.bare.is_empty()).then(|| (place.listing().name(*file).to_owned(), seen)));
    }
    for (name, Seen { objects, bare }) in bare {
        // Labels of whole pictures beside those of objects, as Datumaro writes them.
        if boxes && objects == 0 {
            found.told.note(&BARE, || name);
            continue;
        }
        for (picture, entry) in bare {
            let of = found.pictures[picture as usize].name.clone();
            found.doubt(picture, &NO_BOX, || format!("{entry} of {of}"));
        }
    }
    Ok(())
}

/// What annotations a file had.
#[derive(Default)]
struct Seen {
    /// Those that are of something in a picture.
    objects: u32,
    /// Those that have nothing but a picture and a category.
    bare: Vec<(PictureId, Entry)>,
}

fn one(place: &mut dyn Place, file: FileId, found: &mut Found, manner: &Manner) -> Result<Seen, ImportError> {
    let listing = place.listing().clone();
    let name = listing.name(file).to_owned();
    let earlier = found.pictures.len() as PictureId;
    let side = manner.sides.then(|| Part::of(&name).map(Part::side)).flatten();
    let mut reader = Reader {
        found,
        listing,
        name,
        sides: manner.sides.then_some(side),
        images: HashMap::new(),
        categories: HashMap::new(),
        lost: HashSet::new(),
        above: HashSet::new(),
        earlier,
        entries: 0,
        seen: Seen::default(),
        doubled: false,
        unplaced: false,
    };
    let heads = stream::read(place, file, Lists::Heads, &mut reader)?;
    if !heads.images {
        let name = &reader.name;
        return Err(ImportError::Invalid(format!(
            "{name} is not a COCO detection file: it has no `images`; it needs `images`, `annotations` and `categories`. \
             Nothing was imported"
        )));
    }
    for list in &heads.doubled {
        let name = &reader.name;
        reader.found.told.note(&DOUBLED, || format!("`{list}` of {name}"));
    }
    reader.doubled = heads.doubled.contains(&"annotations");
    if heads.annotations {
        stream::read(place, file, Lists::Annotations, &mut reader)?;
    }
    // Many tools write pictures that nobody has looked at like that; a file of captions says nothing of objects.
    let speaks = reader.seen.objects > 0 || manner.unmentioned == Unmentioned::Empty;
    for picture in reader.images.values() {
        reader.found.pictures[*picture as usize].labelled |= speaks;
    }
    if reader.entries == 0 && !speaks {
        let name = reader.name.clone();
        reader.found.told.note(&UNSAID, || name);
    }
    // It may be of any of them: none of them is known to have nothing in it.
    if reader.unplaced {
        for picture in reader.images.values() {
            reader.found.pictures[*picture as usize].doubt = true;
        }
    }
    // Roboflow writes the name of the project as a category above the others, of which there is nothing.
    let Reader { found, categories, above, seen, .. } = reader;
    found.above.extend(categories.values().filter(|id| above.contains(&found.categories[**id as usize].name)));
    Ok(seen)
}

struct Reader<'a> {
    found: &'a mut Found,
    listing: Arc<Listing>,
    name: String,
    /// Where sides are kept, the one that the file is of.
    sides: Option<Option<Side>>,
    images: HashMap<Id, PictureId>,
    categories: HashMap<Id, CategoryId>,
    /// Images whose file is not there: it is told already, and so are their annotations.
    lost: HashSet<Id>,
    /// What the categories are said to be kinds of.
    above: HashSet<String>,
    /// Pictures that other files brought.
    earlier: PictureId,
    entries: u32,
    seen: Seen,
    /// The list of annotations is there several times, and may have the same ones again.
    doubled: bool,
    /// Whether there is an annotation of which nobody knows which picture it is of.
    unplaced: bool,
}

/// A word of ours, where it is one.
fn word<T: DeserializeOwned>(scalar: Scalar) -> Option<T> {
    serde_json::from_value(scalar.into()).ok()
}

impl Listener for Reader<'_> {
    fn category(&mut self, category: Option<Kind>) -> Result<(), ImportError> {
        let Some((id, category)) = category.and_then(|c| Some((c.id.clone().id()?, c))) else {
            let name = &self.name;
            self.found.told.leave_out(&NO_ENTRY, || format!("a category of {name}"));
            return Ok(());
        };
        if let Some(above) = category.supercategory.name() {
            self.found.hold(above.len() + 48)?;
            self.above.insert(above);
        }
        let Some(name) = category.name.name().filter(|name| !name.trim().is_empty()) else {
            self.found.told.leave_out(&NO_ENTRY, || format!("the category {id}, which has no name"));
            return Ok(());
        };
        let mut whole = Category {
            name,
            colour: category.colour.name().unwrap_or_default(),
            instructions: category.instructions.name().unwrap_or_default(),
            kind: word(category.kind).unwrap_or_default(),
        };
        // Without a colour the store gives it one.
        if whole.rgb().is_none() {
            whole.colour = String::new();
        }
        let place = self.found.category(whole)?;
        self.found.hold(64)?;
        if self.categories.insert(id.clone(), place).is_some_and(|before| before != place) {
            return Err(self.same("categories", &id));
        }
        Ok(())
    }

    fn image(&mut self, image: Option<Image>) -> Result<(), ImportError> {
        let name = self.name.clone();
        let Some(image) = image else {
            self.found.told.leave_out(&NO_ENTRY, || format!("an image of {name}"));
            return Ok(());
        };
        let Some(id) = image.id.id() else {
            self.found.told.leave_out(&NO_ENTRY, || {
                let file = image.file_name.name().unwrap_or_else(|| "one without a name".into());
                format!("an image of {name}: {file}")
            });
            return Ok(());
        };
        let file = image.file_name.name().unwrap_or_default();
        let file_id = match self.listing.find(&self.name, &file) {
            Ok(file) => file,
            Err(why) => {
                self.found.told.leave_out(&NO_FILE, || format!("{file}: {why}"));
                self.found.hold(48)?;
                self.lost.insert(id);
                return Ok(());
            }
        };
        if self.is_rival(&id, &file, file_id)? {
            return Ok(());
        }
        let size = image.width.pixels().zip(image.height.pixels());
        if size.is_none() && !(image.width == Scalar::Null && image.height == Scalar::Null) {
            self.found.told.note(&ODD_SIZE, || file.clone());
        }
        let given = image.date_captured;
        let taken = match given.number() {
            Some(number) => date::of_number(number),
            None => given.clone().name().and_then(|text| date::read(&text)),
        };
        if taken.is_none() && given.name().is_some_and(|text| !text.trim().is_empty() && text != "0") {
            self.found.told.note(&ODD_DATE, || file.clone());
        }
        let called = image.name.name().unwrap_or_else(|| file.clone());
        let place = self.found.picture(Picture {
            size,
            phase: word(image.phase).unwrap_or(Phase::Labelled).max(Phase::Labelled),
            source: word(image.source).unwrap_or(FrameSource::Import),
            taken,
            side: self
                .sides
                .and_then(|side| side.or_else(|| Part::of(folder_of(self.listing.name(file_id))).map(Part::side))),
            // Until it is known whether the file says anything of objects.
            labelled: false,
            ..Picture::new(file_id, &called)
        })?;
        self.found.hold(64)?;
        match self.images.insert(id.clone(), place) {
            Some(before) if before != place => Err(self.same("images", &id)),
            _ => Ok(()),
        }
    }

    fn annotation(&mut self, annotation: Option<Annotation>) -> Result<(), ImportError> {
        self.entries += 1;
        let Some(mut annotation) = annotation else {
            let (name, number) = (&self.name, self.entries);
            self.unplaced = true;
            self.seen.objects += 1;
            self.found.told.leave_out(&NO_ENTRY, || format!("annotation number {number} of {name}"));
            return Ok(());
        };
        let entry = match std::mem::take(&mut annotation.id).id() {
            Some(id) => Entry::Id(id.to_string()),
            None => Entry::Number(self.entries),
        };
        let beside = match &annotation {
            Annotation { caption: Scalar::Text(_), bbox: None, .. } => Some(&CAPTIONS),
            Annotation { segments_info: Some(_), bbox: None, .. } => Some(&PANOPTIC),
            _ => None,
        };
        if let Some(beside) = beside {
            let name = &self.name;
            self.found.told.note(beside, || format!("{entry} of {name}"));
            return Ok(());
        }
        self.seen.objects += 1;
        let image = std::mem::take(&mut annotation.image_id).id();
        let Some(picture) = image.as_ref().and_then(|id| self.images.get(id)).copied() else {
            if image.as_ref().is_none_or(|id| !self.lost.contains(id)) {
                let id = image.map_or_else(|| "none".to_owned(), |id| id.to_string());
                self.unplaced = true;
                self.found.told.leave_out(&NO_IMAGE, || format!("{entry} (image {id})"));
            }
            return Ok(());
        };
        let of = self.found.pictures[picture as usize].name.clone();
        let category = std::mem::take(&mut annotation.category_id).id();
        let Some(category) = category.as_ref().and_then(|id| self.categories.get(id)).copied() else {
            let id = category.map_or_else(|| "none".to_owned(), |id| id.to_string());
            self.found.doubt(picture, &NO_CATEGORY, || format!("{entry} of {of} (category {id})"));
            return Ok(());
        };
        if annotation.iscrowd.is_set() {
            self.found.doubt(picture, &CROWD, || format!("{entry} of {of}"));
            return Ok(());
        }
        if annotation.ignore.is_set() {
            self.found.doubt(picture, &IGNORED, || format!("{entry} of {of}"));
            return Ok(());
        }
        self.object(picture, category, entry, annotation)
    }
}

impl Reader<'_> {
    /// Whether another name led to this file, which is more like it, or as much: it is told, and the less likely name stands
    /// for no picture. Listed twice is one thing; two names that lead to one file are another.
    fn is_rival(&mut self, id: &Id, file: &str, file_id: FileId) -> Result<bool, ImportError> {
        let Some(there) = self.found.picture_of(file_id) else { return Ok(false) };
        let first = self.found.pictures[there as usize].name.to_string();
        if self.listing.is_same(&first, file) || self.listing.exactly(file) == Some(file_id) {
            return Ok(false);
        }
        let fits = self.listing.fit(file, file_id).cmp(&self.listing.fit(&first, file_id));
        self.found.hold(48)?;
        if fits != Ordering::Less {
            let (images, lost) = (&mut self.images, &mut self.lost);
            lost.extend(images.extract_if(|_, picture| *picture == there).map(|(id, _)| id));
        }
        if fits == Ordering::Greater {
            self.found.told.leave_out(&ONE_FILE, || format!("{first} and {file}; it is the second one's"));
            self.found.pictures[there as usize].name = file.into();
            self.found.pictures[there as usize].size = None;
            return Ok(false);
        }
        self.lost.insert(id.clone());
        match fits {
            Ordering::Less => {
                self.found.told.leave_out(&ONE_FILE, || format!("{first} and {file}; it is the first one's"))
            }
            _ => self.found.doubt(there, &ONE_FILE, || format!("{first} and {file}")),
        }
        Ok(true)
    }

    /// Something in a picture, of a category.
    fn object(
        &mut self,
        picture: PictureId,
        category: CategoryId,
        entry: Entry,
        mut annotation: Annotation,
    ) -> Result<(), ImportError> {
        let of = self.found.pictures[picture as usize].name.clone();
        let tag = self.found.categories[category as usize].kind == LabelKind::Tag;
        let placed = match boxes::of(&mut annotation) {
            Ok(Some(placed)) => placed,
            _ if tag => {
                let bbox = BBox::new(0.0, 0.0, 0.0, 0.0);
                Placed { bbox, relative: false, outline: None, turned: false }
            }
            Ok(None) => {
                self.found.hold(size_of::<(PictureId, Entry)>() + 16)?;
                self.seen.objects -= 1;
                self.seen.bare.push((picture, entry));
                return Ok(());
            }
            Err(reason) => {
                self.found.doubt(picture, reason, || format!("{entry} of {of}"));
                return Ok(());
            }
        };
        let Placed { bbox, relative, outline, turned } = placed;
        let share = |n: f32| (0.0..=1.0).contains(&n);
        if !relative && bbox.area() > 0.0 && <[f32; 4]>::from(bbox).into_iter().all(share) {
            self.found.doubt(picture, &SHARES, || format!("{entry} of {of}"));
            return Ok(());
        }
        if (self.doubled || picture < self.earlier) && self.is_there(picture, category, &bbox)? {
            self.found.told.note(&TWICE, || format!("{entry} of {of}"));
            return Ok(());
        }
        let (attributes, over) = Attributes::read(&annotation.attributes.ours);
        for name in over {
            let foreign = format!("the `{name}` of annotations, which is not one of ours");
            self.found.told.note(&Reason::about("attribute", foreign), || format!("{entry} of {of}"));
        }
        if turned {
            self.found.told.note(&TURNED_BOX, || format!("{entry} of {of}"));
        }
        // An outline counts pixels, also beside a box of shares.
        let outline = outline.filter(|_| self.found.is_outlined(category) && !relative);
        self.found.thing(picture, Thing { category, bbox, outline, relative, attributes, entry })
    }

    /// Whether it was read before. Error: the picture has so many that to compare all with all would take too long.
    fn is_there(&self, picture: PictureId, category: CategoryId, bbox: &BBox) -> Result<bool, ImportError> {
        let picture = &self.found.pictures[picture as usize];
        for (n, there) in self.found.boxes(picture).enumerate() {
            if there == (category, *bbox) {
                return Ok(true);
            }
            if n == MOST_COMPARED {
                return Err(ImportError::Invalid(format!(
                    "{}: {} has more than {MOST_COMPARED} annotations, in several lists; put them into one, each once. \
                     Nothing was imported",
                    self.name, picture.name
                )));
            }
        }
        Ok(false)
    }

    /// Nothing says which of the two is meant.
    fn same(&self, what: &str, id: &Id) -> ImportError {
        ImportError::Invalid(format!(
            "{}: two {what} have the id {id}; give each its own. Nothing was imported",
            self.name
        ))
    }
}
