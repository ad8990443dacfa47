//! Reads COCO detection files (cocodataset.org, "data format"), as every tool writes them.

mod boxes;
mod object;
mod ours;
mod stream;

use crate::dataset::import::formats::entries::Filled;
use crate::dataset::import::formats::lean::{Id, Scalar};
use crate::dataset::import::formats::noted::Noted;
use crate::dataset::import::formats::shapes::Shapes;
use crate::dataset::import::formats::{date, elsewhere};
use crate::dataset::import::found::{CategoryId, Entry, Found, Picture, PictureId};
use crate::dataset::import::letters;
use crate::dataset::import::manner::{Manner, Unmentioned};
use crate::dataset::import::place::{FileId, Listing, Part, Place, folder_of};
use crate::dataset::import::told::{ImportError, Note, Reason};
use crate::domain::{Category, FrameSource, LabelKind, Phase, Side};
use boxes::NO_BOX;
use object::Objects;
use serde::de::DeserializeOwned;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use stream::{Annotation, Image, Kind, Listener, Lists};

static NO_ENTRY: Reason =
    Reason::new("not_an_entry", "entries of `images`, `annotations` or `categories` that are no object with an id");
static NO_FILE: Reason =
    Reason::new("missing_picture", "pictures whose file is not there; put it beside the labels under its name");
static NO_FILE_NAME: Reason = Reason::new(
    "no_file_name",
    "images without `file_name` (or `coco_url`), so that nobody knows which file is meant; write it",
);
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
static NESTED: Reason = Reason::new(
    "nested_objects",
    "images with objects within themselves, from where they are not read; list these beside `images`, each with its `image_id`",
);
static CAPTIONS: Reason = Reason::new("captions", "words for whole pictures (captions), which are not read");
static PANOPTIC: Reason = Reason::new("panoptic", "masks of whole pictures (panoptic), which are not read");
static BARE: Reason = Reason::new(
    "whole_picture",
    "files whose annotations have no box: what they say of whole pictures is not read, as other files have the boxes",
);
static DOUBLED: Note = Note::new("doubled", "lists that are in a file several times; all of them were read");
static SAME_ID: Reason = Reason::new(
    "same_id",
    "ids that several images or categories have, so that nobody knows of which of them labels are; give each its own",
);
static SAME_NAME: Note = Note::new("same_name", "categories with one name and several ids; they are one here");
static FEDERATED: Reason = Reason::new(
    "federated",
    "pictures in which only some categories were looked for, as in LVIS: what is not labelled in them may be there all the same",
);
static LISTED_TWICE: Note = Note::new(
    "listed_twice",
    "pictures that a file lists under several ids; each has what is said of all of these, look them over",
);
static NO_IMAGES: Reason =
    Reason::new("no_images", "files with annotations and no `images`, so that nobody knows what these are of");
static ODD_SIZE: Reason =
    Reason::new("odd_size", "sizes of images that can't be read; their boxes were not held against them");
static ODD_DATE: Reason = Reason::new("odd_date", "dates that can't be read; the pictures count as taken now");
static ODD_CLIP: Note = Note::new(
    "odd_clip",
    "pictures whose place in a clip (`clip`, an id, and `clip_at`, seconds) can't be read; they are of no clip",
);
static UNSAID: Note = Note::new(
    "no_annotations",
    "files without any annotation; their pictures are not labelled, unless you say that such pictures have nothing in them",
);

/// Reads the files, each of which names its images from where it lies.
pub fn read(place: &mut dyn Place, files: &[FileId], found: &mut Found, manner: &Manner) -> Result<(), ImportError> {
    let (mut boxes, mut bare, mut shapes) = (false, Vec::new(), Shapes::default());
    for file in files {
        let Some(seen) = one(place, *file, files.len() == 1, &mut shapes, found, manner)? else { continue };
        boxes |= seen.objects > 0;
        bare.extend((!seen.bare.is_empty()).then(|| (place.listing().name(*file).to_owned(), seen)));
    }
    for (name, Seen { objects, bare }) in bare {
        // Labels of whole pictures beside those of objects, as Datumaro writes them.
        if boxes && objects == 0 {
            found.told.leave_out(&BARE, || name);
            continue;
        }
        for (picture, entry) in bare {
            let of = found.pictures[picture as usize].name.clone();
            found.doubt(picture, &NO_BOX, || format!("{entry} of {of}"));
        }
    }
    shapes.settle(found)
}

/// What annotations a file had.
#[derive(Default)]
struct Seen {
    /// Those that are of something in a picture.
    objects: u32,
    /// Those that have nothing but a picture and a category.
    bare: Vec<(PictureId, Entry)>,
}

/// Reads a file, which is there `alone` or with others; `None`: it has no images.
fn one(
    place: &mut dyn Place,
    file: FileId,
    alone: bool,
    shapes: &mut Shapes,
    found: &mut Found,
    manner: &Manner,
) -> Result<Option<Seen>, ImportError> {
    let listing = place.listing().clone();
    let name = listing.name(file).to_owned();
    found.begin(&name);
    let side = manner.sides.then(|| Part::of(&name).map(Part::side)).flatten();
    let mut reader = Reader {
        found,
        shapes,
        listing,
        name,
        sides: manner.sides.then_some(side),
        images: HashMap::new(),
        listed: HashSet::new(),
        categories: HashMap::new(),
        named: HashMap::new(),
        above: HashSet::new(),
        entries: 0,
        seen: Seen::default(),
        unplaced: false,
    };
    let heads = stream::read(place, file, Lists::Heads, &mut reader)?;
    if !heads.images && !alone {
        let Reader { name, found, .. } = reader;
        found.told.leave_out(&NO_IMAGES, || name);
        return Ok(None);
    }
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
    if heads.doubled.contains(&"annotations") {
        reader.found.repeats();
    }
    if heads.annotations {
        stream::read(place, file, Lists::Annotations, &mut reader)?;
    }
    // Many tools write pictures that nobody has looked at like that; a file of captions says nothing of objects.
    let speaks = reader.seen.objects > 0;
    for picture in reader.images.values().flatten().copied().collect::<BTreeSet<_>>() {
        let file = reader.found.pictures[picture as usize].file;
        let says = speaks || reader.found.counts_as_empty(reader.listing.name(file), manner);
        reader.found.pictures[picture as usize].labelled |= says;
    }
    let unsaid = |picture: &PictureId| !reader.found.pictures[*picture as usize].labelled;
    if reader.entries == 0
        && !speaks
        && reader.images.values().flatten().any(unsaid)
        && manner.unmentioned == Unmentioned::Unlabelled
    {
        let name = reader.name.clone();
        reader.found.told.note(&UNSAID, || name);
    }
    // It may be of any of them: none of them is known to have nothing in it.
    if reader.unplaced {
        for picture in reader.images.values().flatten() {
            reader.found.pictures[*picture as usize].doubt = true;
        }
    }
    // Roboflow writes the name of the project as a category above the others, of which there is nothing.
    let Reader { found, categories, above, seen, .. } = reader;
    let named = |id: &&CategoryId| above.contains(&found.categories[**id as usize].name);
    let ids: Vec<CategoryId> = categories.values().flatten().filter(named).copied().collect();
    found.above.extend(ids);
    Ok(Some(seen))
}

struct Reader<'a> {
    found: &'a mut Found,
    shapes: &'a mut Shapes,
    listing: Arc<Listing>,
    name: String,
    /// Where sides are kept, the one that the file is of.
    sides: Option<Option<Side>>,
    /// None for those whose file is not there, or whose id another one has: that is told already, and so are their annotations.
    images: HashMap<Id, Option<PictureId>>,
    /// The pictures among them.
    listed: HashSet<PictureId>,
    /// None for ids that several have.
    categories: HashMap<Id, Option<CategoryId>>,
    /// The id of each category.
    named: HashMap<CategoryId, Id>,
    /// What the categories are said to be kinds of.
    above: HashSet<String>,
    entries: u32,
    seen: Seen,
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
        let kind: Option<LabelKind> = word(category.kind);
        let mut whole = Category {
            name,
            colour: category.colour.name().unwrap_or_default(),
            instructions: category.instructions.name().unwrap_or_default(),
            kind: kind.unwrap_or_default(),
        };
        // Without a colour the store gives it one.
        if whole.rgb().is_none() {
            whole.colour = String::new();
        }
        let place = self.found.category(whole)?;
        if let Some(kind) = kind {
            self.shapes.say(place, kind);
        }
        self.found.hold(128)?;
        let name = self.found.categories[place as usize].name.clone();
        match self.categories.get(&id) {
            Some(Some(before)) if *before == place => return Ok(()),
            Some(_) => {
                self.categories.insert(id.clone(), None);
                self.found
                    .told
                    .leave_out(&SAME_ID, || format!("the category {id} of {}, `{name}` among them", self.name));
                return Ok(());
            }
            None => {}
        }
        if let Some(first) = self.named.insert(place, id.clone())
            && !letters::is_lost(&name)
        {
            self.found.told.note(&SAME_NAME, || format!("`{name}`, {first} and {id}"));
        }
        self.categories.insert(id, Some(place));
        Ok(())
    }

    fn image(&mut self, image: Option<Image>) -> Result<(), ImportError> {
        let name = self.name.clone();
        let Some(image) = image else {
            self.found.told.leave_out(&NO_ENTRY, || format!("an image of {name}"));
            return Ok(());
        };
        let (named, federated, clip) = (image.file(), image.is_federated(), image.clip());
        let says_a_clip = [&image.clip, &image.clip_at].iter().any(|said| **said != Scalar::Null);
        let nested = [image.annotations, image.objects].contains(&Filled(true));
        let Some(id) = image.id.id() else {
            self.found.told.leave_out(&NO_ENTRY, || {
                let file = named.unwrap_or_else(|| "one without a name".into());
                format!("an image of {name}: {file}")
            });
            return Ok(());
        };
        let Some(file) = named.map(|named| self.listing.ended(&named).into_owned()) else {
            self.found.told.leave_out(&NO_FILE_NAME, || format!("the image {id} of {name}"));
            return self.identify(id, None, "one without a name");
        };
        let file_id = match self.listing.find(&self.name, &file) {
            Ok(file) => file,
            Err(why) => {
                self.found.told.leave_out(&NO_FILE, || format!("{file}: {why}"));
                return self.identify(id, None, &file);
            }
        };
        if self.is_rival(&id, &file, file_id)? {
            return Ok(());
        }
        self.tell_again(&id, &file, file_id);
        elsewhere::tell_named(&self.listing, &name, &file, file_id, &mut self.found.told);
        let size = image.width.pixels().zip(image.height.pixels());
        let odd = |scalar: &Scalar| *scalar != Scalar::Null && scalar.pixels().is_none();
        if odd(&image.width) || odd(&image.height) {
            self.found.told.leave_out(&ODD_SIZE, || file.clone());
        }
        let given = image.date_captured;
        let taken = match given.number() {
            Some(number) => date::of_number(number),
            None => given.clone().name().and_then(|text| date::read(&text)),
        };
        if taken.is_none() && given.name().is_some_and(|text| !text.trim().is_empty() && text != "0") {
            self.found.told.leave_out(&ODD_DATE, || file.clone());
        }
        if clip.is_none() && says_a_clip {
            self.found.told.note(&ODD_CLIP, || file.clone());
        }
        let called = image.name.name().unwrap_or_else(|| file.clone());
        let phase: Option<Phase> = word(image.phase);
        let place = self.found.picture(Picture {
            size,
            phase: phase.unwrap_or(Phase::Labelled).max(Phase::Labelled),
            source: word(image.source).unwrap_or(FrameSource::Import),
            taken,
            clip,
            side: self
                .sides
                .and_then(|side| side.or_else(|| Part::of(folder_of(self.listing.name(file_id))).map(Part::side))),
            // Ours says it of each image; else it is known once the file says anything of objects.
            labelled: phase.is_some_and(|phase| phase > Phase::Unlabelled),
            ..Picture::new(file_id, &called)
        })?;
        self.listed.insert(place);
        if nested {
            self.found.doubt(place, &NESTED, || file.clone());
        }
        if federated {
            self.found.doubt(place, &FEDERATED, || file.clone());
        }
        self.identify(id, Some(place), &file)
    }

    fn annotation(&mut self, annotation: Option<Noted<Annotation>>) -> Result<(), ImportError> {
        self.entries += 1;
        let Some(Noted { it: mut annotation, beside }) = annotation else {
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
        let instead = match &annotation {
            Annotation { caption: Scalar::Text(_), bbox: None, .. } => Some(&CAPTIONS),
            Annotation { segments_info: Some(_), bbox: None, .. } => Some(&PANOPTIC),
            _ => None,
        };
        if let Some(instead) = instead {
            let example = format!("{entry} of {}", self.name);
            let objects = annotation.segments_info == Some(Filled(true));
            // Where nothing else says which objects are in the picture, it is not taken for empty.
            let silent =
                |picture: &PictureId| self.found.things(&self.found.pictures[*picture as usize]).next().is_none();
            match annotation.image_id.id().and_then(|id| self.images.get(&id).copied().flatten()).filter(silent) {
                Some(picture) if objects => self.found.doubt(picture, instead, || example),
                _ => self.found.told.leave_out(instead, || example),
            }
            return Ok(());
        }
        self.seen.objects += 1;
        let image = std::mem::take(&mut annotation.image_id).id();
        let Some(picture) = image.as_ref().and_then(|id| self.images.get(id)).copied().flatten() else {
            if image.as_ref().is_none_or(|id| !self.images.contains_key(id)) {
                let id = image.map_or_else(|| "none".to_owned(), |id| id.to_string());
                self.unplaced = true;
                self.found.told.leave_out(&NO_IMAGE, || format!("{entry} (image {id})"));
            }
            return Ok(());
        };
        let of = self.found.pictures[picture as usize].name.clone();
        let category = std::mem::take(&mut annotation.category_id).id();
        let meant = category.as_ref().and_then(|id| self.categories.get(id)).copied();
        let Some(category) = meant.flatten() else {
            let id = category.map_or_else(|| "none".to_owned(), |id| id.to_string());
            let reason = if meant.is_some() { &SAME_ID } else { &NO_CATEGORY };
            self.found.doubt(picture, reason, || format!("{entry} of {of} (category {id})"));
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
        let mut objects = Objects { found: &mut *self.found, shapes: &mut *self.shapes };
        if let Some(entry) = objects.take(picture, category, entry, Noted { it: annotation, beside })? {
            let text = if let Entry::Id(id) = &entry { id.len() + 16 } else { 0 };
            self.found.hold(size_of::<(PictureId, Entry)>() + text)?;
            self.seen.objects -= 1;
            self.seen.bare.push((picture, entry));
        }
        Ok(())
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
        if fits != Ordering::Less {
            self.images.values_mut().filter(|picture| **picture == Some(there)).for_each(|picture| *picture = None);
        }
        if fits == Ordering::Greater {
            self.found.told.leave_out(&ONE_FILE, || format!("{first} and {file}; it is the second one's"));
            self.found.pictures[there as usize].name = file.into();
            self.found.pictures[there as usize].size = None;
            return Ok(false);
        }
        self.identify(id.clone(), None, file)?;
        match fits {
            Ordering::Less => {
                self.found.told.leave_out(&ONE_FILE, || format!("{first} and {file}; it is the first one's"))
            }
            _ => self.found.doubt(there, &ONE_FILE, || format!("{first} and {file}")),
        }
        Ok(true)
    }

    /// Tells a picture that the file has listed under another id.
    fn tell_again(&mut self, id: &Id, file: &str, file_id: FileId) {
        let there = self.found.picture_of(file_id).filter(|there| self.listed.contains(there));
        if there.is_some_and(|there| self.images.get(id).is_none_or(|listed| *listed != Some(there))) {
            self.found.told.note(&LISTED_TWICE, || format!("{file} in {}, the last as {id}", self.name));
        }
    }

    /// An id means that picture, or none where its file is not there. Where another image has it too, it means none.
    fn identify(&mut self, id: Id, picture: Option<PictureId>, file: &str) -> Result<(), ImportError> {
        self.found.hold(64)?;
        let before = match self.images.get(&id) {
            None => {
                self.images.insert(id, picture);
                return Ok(());
            }
            Some(before) => *before,
        };
        if before != picture {
            for of in [before, picture].into_iter().flatten() {
                self.found.pictures[of as usize].doubt = true;
            }
            self.found.told.leave_out(&SAME_ID, || format!("the image {id} of {}, {file} among them", self.name));
            self.images.insert(id, None);
        }
        Ok(())
    }
}
