//! Holds what was read against the pictures and the store, before anything is written.

use super::again::{self, Seen, Up};
use super::clips::Clips;
use super::empty::Empty;
use super::fit;
use super::found::{Entry, Found, Picture};
use super::letters;
use super::manner::Manner;
use super::place::{Place, bounded};
use super::same;
use super::standing::{Coming, KEPT, Standing};
use super::told::{ImportError, Note, Reason};
use super::turned::{self, Boxes, Habit, Pixels};
use crate::dataset::going::Going;
use crate::dataset::known::Known;
use crate::domain::{Category, Label, LabelKind, name};
use crate::picture::{self, Orientation};
use crate::store::{Store, StoreError};
use bytes::Bytes;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;

static BAD_NAME: Reason =
    Reason::new("category", "categories that can't be taken in, and all labels of them; rename them");
static UNREAD: Reason = Reason::new(
    "letters",
    "categories whose name has letters that can't be read, as its file is not UTF-8 and does not say what else, and all labels of them; save the file as UTF-8",
);
static OTHER_CASE: Note =
    Note::new("category_case", "categories that are on the device already in other letters; their labels went there");
static ONE_CASE: Note = Note::new(
    "one_case",
    "categories that differ in nothing but capital letters, which are not told apart here; they became one. If they are two, rename one",
);
static OTHER_LABELS: Note = Note::new(
    "same_picture",
    "pictures that are the same to the last byte, and have other labels under another name; both came in, look them over",
);
static UNUSED: Note =
    Note::new("category_above", "categories of categories, of which there are no labels; they were left away");
static OF_BAD: Reason = Reason::new("of_category", "labels of a category that can't be taken in");
static UNREADABLE: Reason = Reason::new("picture", "pictures that can't be read");
static OTHER_SIZE: Reason = Reason::new(
    "size",
    "pictures of another size than the data set says, so that their boxes would be in the wrong place",
);
static LONG_NAME: Reason = Reason::new(
    "long_name",
    "pictures whose name has more than 500 bytes, or holds what is no character; give them others",
);
static INCOMPLETE: Note = Note::new(
    "incomplete",
    "pictures of which some labels were left out, and others taken: look them over, what is missing teaches that nothing is there",
);
static CUT: Note = Note::new(
    "cut",
    "boxes that reach over the edge of their picture and were cut off there; where there are many, they may be corners \
     in place of width and height",
);
static TWICE: Note = Note::new(
    "track_twice",
    "labels of a track of which there is another one in the same picture; they came in without it",
);
static UNKNOWN: Note =
    Note::new("not_labelled", "pictures that are not labelled, as nothing that was said of them could be taken in");

/// A data set that can be written.
pub struct Settled {
    pub found: Found,
    /// Of each of its categories what it is in the store; none where it can't be taken in.
    pub categories: Vec<Option<Category>>,
    /// Those that the store does not have yet.
    pub new: Vec<Category>,
    /// Of each of its pictures whether it comes in, and its boxes count pixels of the upright picture.
    pub choices: Vec<Option<Up>>,
    pub habit: Habit,
    /// What boxes count, as whoever imports says.
    pub boxes: Boxes,
    pub known: Known,
    /// The clips here of which some of its frames are already.
    pub clips: Clips,
    /// Places of the pictures that have other labels here, which was told.
    pub kept: HashSet<u32>,
    /// Those that are labelled since, and have nothing in them.
    pub empty: Empty,
}

/// A picture as it will be stored.
pub struct Ready {
    pub jpeg: Bytes,
    /// As it is stored in the file.
    pub stored: Pixels,
    /// When its camera says that it was taken.
    pub taken: Option<Timestamp>,
    pub up: Up,
}

impl Ready {
    /// What its boxes count.
    pub fn counted(&self, upright: bool) -> Pixels {
        if upright { self.stored.upright() } else { self.stored }
    }
}

impl Settled {
    /// Whether it tags whole pictures.
    pub fn has_tags(&self) -> bool {
        has_tags(&self.categories)
    }

    /// Whether pixels of the upright picture count.
    pub fn upright(&self, up: Up) -> bool {
        up.is_upright(&self.habit)
    }
}

fn has_tags(categories: &[Option<Category>]) -> bool {
    categories.iter().flatten().any(|category| category.kind == LabelKind::Tag)
}

/// Holds pictures against the store.
struct Scales<'a> {
    store: &'a Store,
    found: Found,
    categories: &'a [Option<Category>],
    boxes: Boxes,
    /// Bytes that all of them will take.
    need: u64,
    kept: HashSet<u32>,
}

impl Scales<'_> {
    /// Whether a picture comes in, whose boxes count so; tells what does not.
    fn weigh(&mut self, seen: &Seen, upright: bool) -> Result<bool, StoreError> {
        let counted = |upright: bool| if upright { seen.stored.upright() } else { seen.stored };
        let (i, categories) = (seen.place as usize, self.categories);
        let Some(labels) = labels(&mut self.found, i, categories, counted(upright)) else { return Ok(false) };
        compare(&mut self.found, seen.twin, i, categories, counted(upright));
        self.need += u64::from(seen.room);
        let Some(here) = seen.here else { return Ok(true) };
        let picture = &self.found.pictures[i];
        let otherwise =
            (self.boxes != Boxes::Auto).then(|| labels_of(&self.found, picture, categories, counted(!upright)).labels);
        let tags = has_tags(categories);
        let coming = Coming { picture, labels: &labels, otherwise: otherwise.as_deref(), tags };
        if coming.over(&self.store.labels(here)?) == Standing::Kept {
            let name = picture.name.clone();
            self.found.told.leave_out(&KEPT, || name.to_string());
            self.kept.insert(seen.place);
        }
        Ok(true)
    }
}

/// Checks everything.
pub fn settle(
    store: &Store,
    place: &mut dyn Place,
    mut found: Found,
    manner: &Manner,
    going: &mut Going,
) -> Result<Settled, ImportError> {
    let (categories, new) = categories(store, &mut found)?;
    let (known, mut clips) = (Known::of(store)?, Clips::default());
    let (mut habit, mut seen) = (Habit::default(), Vec::new());
    let count = found.pictures.len() as u32;
    for at in 0..count {
        if let ControlFlow::Break(()) = going(u64::from(at), 2 * u64::from(count)) {
            return Err(ImportError::Stopped("nothing was imported; import it again"));
        }
        let picture = &found.pictures[at as usize];
        let ready = match ready(place, picture, manner.boxes, &mut habit) {
            Ok(ready) => ready,
            Err((reason, why)) => {
                let name = picture.name.clone();
                found.told.leave_out(reason, || format!("{name}: {why}"));
                continue;
            }
        };
        let here = known.find(store, (&picture.name, picture.clip), &ready.jpeg)?;
        clips.meet(store, picture.clip, here)?;
        // Its record too.
        let room = if here.is_none() { ready.jpeg.len() as u32 + 1_000 } else { 0 };
        let (stored, up, hash) = (ready.stored, ready.up, hash(&ready.jpeg));
        seen.push(Seen { place: at, stored, up, here, room, hash, twin: None });
    }
    again::join(&mut found, &mut seen)?;
    let (boxes, kept) = (manner.boxes, HashSet::new());
    let mut scales = Scales { store, found, categories: &categories, boxes, need: 0, kept };
    let mut choices = vec![None; count as usize];
    for seen in seen {
        let place = seen.place as usize;
        // Where nothing was drawn nothing can lie wrong.
        let drawn = |found: &Found| found.things(&found.pictures[place]).any(|thing| thing.bbox.area() > 0.0);
        if seen.up == Up::AsOthers && !habit.is_known() && drawn(&scales.found) {
            let Found { pictures, told, .. } = &mut scales.found;
            told.note(&turned::TURNED, || pictures[place].name.to_string());
        }
        choices[place] = scales.weigh(&seen, seen.up.is_upright(&habit))?.then_some(seen.up);
    }
    let Scales { found, need, kept, .. } = scales;
    let pictured = place.listing().pictures().next().is_some();
    refuse(&found, &choices, manner, pictured)?;
    store.has_room_for(need).map_err(|error| match error {
        StoreError::Full(why) => StoreError::Full(format!("{}: {why}. Nothing was imported", found.title)),
        other => other,
    })?;
    Ok(Settled {
        found,
        categories,
        new,
        choices,
        habit,
        boxes: manner.boxes,
        known,
        clips,
        kept,
        empty: Empty::default(),
    })
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Tells where other things were said of the same picture under another name, its `twin`.
fn compare(found: &mut Found, twin: Option<u32>, i: usize, categories: &[Option<Category>], counted: Pixels) {
    let Some(twin) = twin else { return };
    let (one, other) = (&found.pictures[twin as usize], &found.pictures[i]);
    let labels = |picture| labels_of(found, picture, categories, counted).labels;
    if !same::are_same(&labels(one), &labels(other), true) {
        let names = format!("{} and {}", one.name, other.name);
        found.told.note(&OTHER_LABELS, || names);
    }
}

/// What to do about labels that came alone.
const NO_PICTURES: &str = "there are labels in it and no pictures: export it again with them (in CVAT by the switch \
                           “Save images”, from Label Studio as YOLO or COCO with images), or put them beside the labels";

/// Refuses what has nothing sound in it, and, where everything or nothing is to come in, whatever is not sound. `pictured`:
/// whether there is any picture.
fn refuse(found: &Found, choices: &[Option<Up>], manner: &Manner, pictured: bool) -> Result<(), ImportError> {
    let title = &found.title;
    if choices.iter().all(Option::is_none) {
        let why = match (found.told.left_out().is_empty(), pictured) {
            (true, _) => "there are no pictures in it".to_owned(),
            (false, true) => found.told.sentences(),
            (false, false) => format!("{NO_PICTURES}. {}", found.told.sentences()),
        };
        return Err(ImportError::Invalid(format!(
            "{title}: nothing of it can be taken in: {why}. Nothing was imported"
        )));
    }
    match manner.strict && !found.told.left_out().is_empty() {
        true => Err(ImportError::Invalid(format!(
            "{title}: not all of it can be taken in: {}. Nothing was imported, as you asked for all or nothing",
            found.told.sentences()
        ))),
        false => Ok(()),
    }
}

/// The labels of a picture as they will be; tells what is wrong with the others. `None`: the picture can't be taken in.
fn labels(found: &mut Found, i: usize, categories: &[Option<Category>], counted: Pixels) -> Option<Vec<Label>> {
    let Fitted { labels: taken, wrong, cut, twice, remarks } =
        labels_of(found, &found.pictures[i], categories, counted);
    let name = found.pictures[i].name.clone();
    for what in cut {
        found.told.note(&CUT, || format!("{what} of {name}"));
    }
    for what in twice {
        found.told.note(&TWICE, || format!("{what} of {name}"));
    }
    for (note, what) in remarks {
        found.told.note(note, || format!("{what} of {name}"));
    }
    if !wrong.is_empty() {
        found.pictures[i].doubt = true;
    }
    for (reason, what) in wrong {
        found.told.leave_out(reason, || format!("{what} of {name}"));
    }
    if name::check_file(&name).is_err() {
        found.told.leave_out(&LONG_NAME, || name.to_string());
        return None;
    }
    let picture = &found.pictures[i];
    match (picture.doubt, taken.is_empty()) {
        (true, true) => found.told.note(&UNKNOWN, || name.to_string()),
        (true, false) => found.told.note(&INCOMPLETE, || name.to_string()),
        (false, _) => {}
    }
    Some(taken)
}

/// The labels of a picture.
pub struct Fitted {
    /// Those that can be taken in.
    pub labels: Vec<Label>,
    /// What is wrong with the others.
    wrong: Vec<(&'static Reason, String)>,
    /// Those of which something was cut off at the edge.
    cut: Vec<String>,
    /// Of a track of which another label is in the picture, and therefore without it.
    pub twice: Vec<String>,
    /// What is to be known of others.
    remarks: Vec<(&'static Note, Entry)>,
}

/// The labels of the upright picture, from things that count these pixels.
pub fn labels_of(found: &Found, picture: &Picture, categories: &[Option<Category>], counted: Pixels) -> Fitted {
    let size = counted.size;
    let (mut labels, mut wrong): (Vec<Label>, Vec<_>) = (Vec::new(), Vec::new());
    let (mut cut, mut twice, mut remarks) = (Vec::new(), Vec::new(), Vec::new());
    for thing in found.things(picture) {
        let entry = thing.entry.clone();
        let place = thing.category as usize;
        let Some(category) = &categories[place] else {
            wrong.push((&OF_BAD, format!("{entry} (`{}`)", found.categories[place].name)));
            continue;
        };
        let (given, remark) = (fit::in_pixels(&thing, size), fit::remark(&thing, category));
        match fit::label(thing, category, size) {
            // A tag is there or not; twice is once.
            Ok(label) if label.bbox.is_none() && labels.iter().any(|l| l.category == label.category) => {}
            Ok(mut label) => {
                let there = |track: &String| labels.iter().any(|other| other.track.as_ref() == Some(track));
                if let Some(track) = label.track.take_if(|track| there(track)) {
                    twice.push(format!("{entry} (track `{track}`)"));
                }
                if label.polygon.is_none() && label.bbox.is_some_and(|bbox| fit::is_cut(&given, &bbox)) {
                    cut.push(format!("{entry} ({:?})", <[f32; 4]>::from(given)));
                }
                remarks.extend(remark.map(|remark| (remark, entry)));
                labels.push(counted.turned(label));
            }
            Err((reason, what)) => wrong.push((reason, format!("{entry} ({what})"))),
        }
    }
    Fitted { labels, wrong, cut, twice, remarks }
}

/// The categories as they are or will be in the store, and those that are new.
fn categories(store: &Store, found: &mut Found) -> Result<(Vec<Option<Category>>, Vec<Category>), ImportError> {
    let there = store.categories()?;
    // By what tells names apart: there may be thousands.
    let known: HashMap<String, &Category> = there.iter().map(|category| (category.key(), category)).collect();
    let mut keys: HashMap<String, usize> = HashMap::new();
    let mut new: Vec<Category> = Vec::new();
    let mut all = Vec::with_capacity(found.categories.len());
    let mut used = vec![false; found.categories.len()];
    found
        .pictures
        .iter()
        .flat_map(|picture| found.things(picture))
        .for_each(|thing| used[thing.category as usize] = true);
    let Found { categories, above, told, .. } = found;
    for (place, category) in categories.iter().enumerate() {
        if above.contains(&(place as u32)) && !used[place] {
            told.note(&UNUSED, || category.name.clone());
            all.push(None);
            continue;
        }
        if letters::is_lost(&category.name) {
            told.leave_out(&UNREAD, || format!("`{}`", category.name));
            all.push(None);
            continue;
        }
        if let Err(why) = category.check() {
            told.leave_out(&BAD_NAME, || format!("`{}`: {why}", category.name));
            all.push(None);
            continue;
        }
        if let Some(known) = known.get(&category.key()) {
            if known.name != category.name {
                told.note(&OTHER_CASE, || format!("`{}`, here `{}`", category.name, known.name));
            }
            all.push(Some((*known).clone()));
        } else if let Some(first) = keys.get(&category.key()).map(|place| &categories[*place]) {
            told.note(&ONE_CASE, || format!("`{}` is `{}` here", category.name, first.name));
            all.push(Some(first.clone()));
        } else {
            keys.insert(category.key(), place);
            new.push(category.clone());
            all.push(Some(category.clone()));
        }
    }
    Ok((all, new))
}

/// Reads and checks a picture, and decides which way up its boxes count; `Err` says what is wrong with it.
pub fn ready(
    place: &mut dyn Place,
    incoming: &Picture,
    boxes: Boxes,
    habit: &mut Habit,
) -> Result<Ready, (&'static Reason, String)> {
    let bounds = place.bounds();
    let unreadable = |why: String| (&UNREADABLE, why);
    let bytes = place.open(incoming.file).and_then(|from| bounded(from, bounds.max_bytes as u64));
    let bytes = bytes.map_err(|e| unreadable(e.to_string()))?;
    let _turn = place.turn();
    let (orientation, taken) = (picture::orientation(&bytes), picture::taken(&bytes));
    let (jpeg, width, height) = picture::to_jpeg(bytes, bounds).map_err(|e| unreadable(e.to_string()))?;
    let size = if picture::swaps(orientation) { (height, width) } else { (width, height) };
    let stored = Pixels { size, orientation };
    let up = match boxes {
        Boxes::Stored => Up::Stored,
        Boxes::Auto if orientation != Orientation::NoTransforms => match turned::by_size(incoming.size, stored) {
            Some(upright) => {
                habit.tells(upright);
                if upright { Up::Upright } else { Up::Stored }
            }
            None => Up::AsOthers,
        },
        Boxes::Auto | Boxes::Upright => Up::Upright,
    };
    let ready = Ready { jpeg, stored, taken, up };
    // Where the picture does not tell, either way has the same size, or the data set gives none.
    let (width, height) = ready.counted(up != Up::Stored).size;
    match incoming.size {
        Some(size) if size != (width, height) => Err((
            &OTHER_SIZE,
            format!("it has {width} × {height} pixels, but the data set says {} × {}", size.0, size.1),
        )),
        _ => Ok(ready),
    }
}
