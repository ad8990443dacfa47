//! Reads data sets in the layouts of YOLO: a text file for each picture, in `labels` beside `images` or beside the
//! picture, and a file that names the classes.

mod empty;
mod line;
mod looks;
mod names;
mod pairs;
mod rows;
mod telling;

use crate::dataset::attributes::Attributes;
use crate::dataset::import::formats::shapes::{Shape, Shapes};
use crate::dataset::import::formats::{elsewhere, text};
use crate::dataset::import::found::{CategoryId, Entry, Found, Picture, REPEATED, UNREADABLE};
use crate::dataset::import::letters;
use crate::dataset::import::manner::{Manner, Unmentioned};
use crate::dataset::import::place::{FileId, Listing, Part, Place, folder_of, is_picture};
use crate::dataset::import::told::{ImportError, Note, Reason, Told};
use crate::domain::{Side, limits};
use empty::{Empties, Text};
use line::is_line;
use names::Said;
pub use names::describes;
use rows::{Beside, Kind, Rows, Wrong};
use std::collections::{HashMap, HashSet};
use telling::Telling;

/// Bytes of the labels of one picture, at most: as many as a picture may have, of some hundred corners each.
const LONGEST: u64 = 16_000_000;

static NO_TEXT: Note = Note::new(
    "no_label_file",
    "pictures without a text file: they are not labelled, unless you say that such pictures have nothing in them",
);
static TEXT_ALONE: Reason =
    Reason::new("missing_picture", "label files whose picture is not there, or that fit several pictures");
static SHARED: Note = Note::new(
    "shared_text",
    "pictures that may have a text file which may be of others too, or one of several: they are not labelled, as nobody knows which",
);
static SEVERAL_TEXTS: Reason = Reason::new(
    "several_texts",
    "pictures with several text files that say different things; one was taken, as nothing says which is right",
);
static TWICE: Note =
    Note::new("twice_file", "label files that say the same as another of the same picture; they were taken once");
static SAME_NAME: Note = Note::new("same_name", "classes that are named several times; they are one here");
static OTHER_TEXT: Note = Note::new("other_text", "text files beside the data set that hold no labels");
static NOT_NUMBERS: Reason = Reason::new(
    "line",
    "lines that are not a whole number, the class, and numbers with a decimal point, with spaces between",
);
static COUNT: Reason = Reason::new("numbers", "lines with too many or too few numbers: a box has four after the class");
static KEY_POINTS: Reason =
    Reason::new("key_points", "lines that look like key points; say how many in data.yaml, as `kpt_shape: [17, 3]`");
static UNCLEAR: Reason = Reason::new(
    "unclear_line",
    "lines that may be a box and key points, or an outline, or a box and the number of an object; say which in data.yaml, as `kpt_shape: [17, 2]`, `task: segment` or `task: detect`",
);
static TURNED: Reason = Reason::new(
    "turned_unclear",
    "lines of a box and an angle, of which nothing says what it counts; write the four corners instead (`x1 y1 … x4 y4`)",
);
static BESIDE_POINTS: Note = Note::new("key_points_left", "boxes with key points; the boxes were taken");
static CONFIDENCE: Note = Note::new(
    "confidence",
    "lines with a fifth number between 0 and 1, taken for how sure a model was; where it is an angle, these boxes are turned",
);
static NUMBERED: Note = Note::new(
    "object_number",
    "lines that end with how sure a program was and the number of an object, neither of which is read",
);
static NUMBER_BEFORE: Note = Note::new(
    "object_number_before",
    "lines with the number of an object before the box, as JDE and FairMOT write them; the number is not read",
);
static OUTSIDE: Note = Note::new(
    "not_described",
    "labelled pictures in folders that data.yaml does not name; they were taken in like the others",
);
static PIXELS: Reason = Reason::new(
    "pixels",
    "lines with numbers that are not between 0 and 1: they must be shares of the picture, not pixels",
);
static CLASS: Reason = Reason::new("class", "lines of a class that is not named");

/// Reads every label file.
pub fn read(place: &mut dyn Place, found: &mut Found, manner: &Manner) -> Result<(), ImportError> {
    let listing = place.listing().clone();
    let said = names::read(place, &mut found.told)?;
    let lists = lists(place, &listing, &said, found)?;
    let pairs = pairs::pairs(&listing, &lists.files);
    let labelled = pairs.pictures.iter().filter(|(_, text)| text.is_some()).count();
    if pairs.pictures.is_empty() {
        return Err(ImportError::Invalid(format!("there are no pictures in {}. Nothing was imported", place.title())));
    }
    if labelled == 0 {
        let beside = found.told.sentences();
        return Err(ImportError::Invalid(format!(
            "none of the {} pictures in {} has its text file: the labels of images/a.jpg are looked for in labels/a.txt, \
             and beside it{}. Nothing was imported",
            pairs.pictures.len(),
            place.title(),
            if beside.is_empty() { String::new() } else { format!(". {beside}") }
        )));
    }
    let rows = rows(place, &said, pairs.pictures.iter().filter_map(|(_, text)| *text));
    let mut empties = Empties::default();
    let mut lines = Lines { rows, classes: Classes::new(&said, found)?, shapes: Shapes::default() };
    let texts: HashMap<FileId, FileId> =
        pairs.pictures.iter().filter_map(|(file, text)| Some((*file, (*text)?))).collect();
    for (file, text) in pairs.pictures {
        let name = listing.name(file);
        let side = || lists.sides.get(&file).copied().unwrap_or_else(|| Part::of(folder_of(name)).map(Part::side));
        let side = manner.sides.then(side).flatten();
        let unsure = pairs.unsure.contains(&file);
        // A mask, or a file that is not read, may say that something is there.
        let said = unsure || listing.is_masked(file);
        let labelled = text.is_some() || !said && found.counts_as_empty(name, manner);
        let picture = found.picture(Picture { labelled, side, ..Picture::new(file, name) })?;
        match text {
            Some(text) => {
                // A model's answers may lie there.
                if !lists.sides.is_empty() && !lists.sides.contains_key(&file) {
                    found.told.note(&OUTSIDE, || name.to_owned());
                }
                elsewhere::tell(&listing, text, file, &mut found.told);
                let read = lines.read(place, text, picture, found)?;
                empties.hear(&listing, picture, text, read);
            }
            None if labelled => {}
            None if unsure => found.told.note(&SHARED, || name.to_owned()),
            None if manner.unmentioned == Unmentioned::Empty => {}
            None => found.told.note(&NO_TEXT, || name.to_owned()),
        }
    }
    lines.shapes.settle(found)?;
    empties.settle(&listing, !said.by.is_empty(), manner, found);
    for (text, picture) in pairs.rivals {
        rival(place, text, picture, &texts, found);
    }
    for text in pairs.alone {
        // Told already for what they are.
        if text::has_boxed_pictures(place, text) {
            continue;
        }
        let name = || listing.name(text).to_owned();
        match is_labels(place, text) {
            true => found.told.leave_out(&TEXT_ALONE, name),
            false => found.told.note(&OTHER_TEXT, name),
        }
    }
    Ok(())
}

/// Tells a text that is called as a picture which has another one, unless both say the same.
fn rival(place: &mut dyn Place, text: FileId, picture: FileId, texts: &HashMap<FileId, FileId>, found: &mut Found) {
    let mut lines = |file: FileId| {
        let text = text::read(place, file, LONGEST, &mut Told::default()).ok()?;
        Some(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>())
    };
    let (other, own) = (lines(text), texts.get(&picture).and_then(|own| lines(*own)));
    let listing = place.listing();
    let name = || listing.name(text).to_owned();
    let said = other.as_ref().is_none_or(|other| other.is_empty() || other.iter().any(|line| is_line(line)));
    match found.picture_of(picture) {
        _ if !said => found.told.note(&OTHER_TEXT, name),
        _ if own.is_some() && own == other => found.told.note(&TWICE, name),
        Some(of) => {
            let taken = texts.get(&picture).map_or("", |own| listing.name(*own));
            let example = format!("{taken} was taken for {}, and {} not", listing.name(picture), listing.name(text));
            found.doubt(of, &SEVERAL_TEXTS, || example);
        }
        None => found.told.leave_out(&TEXT_ALONE, name),
    }
}

/// Whether a text file may be the labels of a picture: one that is empty says that nothing is there.
fn is_labels(place: &mut dyn Place, file: FileId) -> bool {
    let Ok(text) = text::read(place, file, LONGEST, &mut Told::default()) else { return true };
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
    lines.peek().is_none() || lines.any(is_line)
}

/// Whether a text file has a line that may be a label; `None`: it is empty.
pub fn has_lines(place: &mut dyn Place, file: FileId) -> Option<bool> {
    let text = text::read(place, file, LONGEST, &mut Told::default());
    let Ok(text) = text else { return Some(true) };
    (!text.trim().is_empty()).then(|| text.lines().any(is_line))
}

/// What the lines are: as the description says, or as all of them together look. What can't be read is told later.
fn rows(place: &mut dyn Place, said: &Said, files: impl Iterator<Item = FileId>) -> Rows {
    if let Some(kind @ Kind::KeyPoints(..)) = said.kind {
        return Rows::of(kind);
    }
    let mut telling = Telling::default();
    for file in files {
        if let Ok(text) = text::read(place, file, LONGEST, &mut Told::default()) {
            text.lines().filter_map(|line| line::numbers(line).ok()).for_each(|(_, numbers)| telling.hear(&numbers));
        }
    }
    let rows = telling.rows();
    match said.kind {
        Some(kind) => rows.said(kind),
        None => rows,
    }
}

/// Reads lines.
struct Lines {
    rows: Rows,
    classes: Classes,
    shapes: Shapes,
}

impl Lines {
    /// Reads the text file of a picture; answers what it is.
    fn read(
        &mut self,
        place: &mut dyn Place,
        file: FileId,
        picture: u32,
        found: &mut Found,
    ) -> Result<Text, ImportError> {
        let name = place.listing().name(file).to_owned();
        let text = match text::read(place, file, LONGEST, &mut found.told) {
            Ok(text) => text,
            Err(why) => {
                found.doubt(picture, &UNREADABLE, || why.to_string());
                return Ok(Text::Other);
            }
        };
        let (mut is, mut there) = (Text::Empty, HashSet::new());
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let said_of = || format!("{name}, line {number}: `{}`", limits::short(line.trim().to_owned(), 80));
            let read = match line::read(line, &self.rows) {
                Ok(read) => read,
                Err(wrong) => {
                    found.doubt(picture, reason(wrong), said_of);
                    is = if is == Text::Empty { Text::Other } else { is };
                    continue;
                }
            };
            is = Text::Lines;
            if !there.insert(line.trim()) {
                found.told.note(&REPEATED, said_of);
                continue;
            }
            if let Some(beside) = read.beside {
                found.told.note(note(beside), said_of);
            }
            let Some(category) = self.classes.of(read.class, found)? else {
                found.doubt(picture, &CLASS, said_of);
                continue;
            };
            let entry = Entry::Line(number);
            let (drawn, attributes) = (read.drawn, Attributes::default());
            let shape = Shape { picture, category, drawn, relative: true, entry, attributes };
            self.shapes.shape(found, shape)?;
        }
        Ok(is)
    }
}

fn reason(wrong: Wrong) -> &'static Reason {
    match wrong {
        Wrong::NotNumbers => &NOT_NUMBERS,
        Wrong::Count(_) => &COUNT,
        Wrong::KeyPoints => &KEY_POINTS,
        Wrong::Unclear => &UNCLEAR,
        Wrong::Turned => &TURNED,
        Wrong::Pixels => &PIXELS,
    }
}

fn note(beside: Beside) -> &'static Note {
    match beside {
        Beside::KeyPoints => &BESIDE_POINTS,
        Beside::Confidence => &CONFIDENCE,
        Beside::Number => &NUMBERED,
        Beside::NumberBefore => &NUMBER_BEFORE,
    }
}

/// The categories of classes.
struct Classes {
    by_number: HashMap<usize, CategoryId>,
    /// Nothing names them: they are called by their numbers.
    nameless: bool,
}

impl Classes {
    fn new(said: &Said, found: &mut Found) -> Result<Self, ImportError> {
        let (mut by_number, mut first) = (HashMap::new(), HashMap::new());
        for (number, name) in &said.names {
            if !name.trim().is_empty() {
                let category = found.named(name)?;
                by_number.insert(*number, category);
                if let Some(first) = first.insert(category, *number)
                    && !letters::is_lost(name)
                {
                    found.told.note(&SAME_NAME, || format!("`{name}`, {first} and {number}"));
                }
            }
        }
        Ok(Self { by_number, nameless: said.names.is_empty() })
    }

    fn of(&mut self, number: usize, found: &mut Found) -> Result<Option<CategoryId>, ImportError> {
        // A number beyond this is no class, but something else in its place.
        if self.nameless && number < 1_000 && !self.by_number.contains_key(&number) {
            self.by_number.insert(number, found.named(&format!("class {number}"))?);
        }
        Ok(self.by_number.get(&number).copied())
    }
}

/// Text files that list pictures or name classes, and the sides of pictures as the description says.
struct TextLists {
    files: HashSet<FileId>,
    sides: HashMap<FileId, Option<Side>>,
}

impl TextLists {
    /// A picture on both sides is on neither.
    fn put(&mut self, file: FileId, side: Side) {
        let there = self.sides.entry(file).or_insert(Some(side));
        if *there != Some(side) {
            *there = None;
        }
    }
}

fn lists(place: &mut dyn Place, listing: &Listing, said: &Said, found: &mut Found) -> Result<TextLists, ImportError> {
    let mut lists = TextLists { files: HashSet::new(), sides: HashMap::new() };
    let stem = |name: &str| name.to_lowercase().rsplit_once('.').map(|(stem, _)| stem.to_owned());
    let pictures: HashSet<String> =
        listing.iter().filter(|(_, name)| is_picture(name)).filter_map(|(_, name)| stem(name)).collect();
    for (file, name) in listing.iter() {
        let lower = name.to_lowercase();
        let last = lower.rsplit('/').next().unwrap_or_default();
        let other = names::may_name(name) || last == "notes.txt" || last.starts_with("readme");
        // `notes.txt` may as well be the labels of `notes.jpg`.
        let beside = stem(name).is_some_and(|stem| pictures.contains(&stem));
        if matches!(last, "classes.txt" | "_classes.txt") || (other || last.starts_with("license")) && !beside {
            lists.files.insert(file);
        }
    }
    // YOLO's own lists: `train.txt` at the top.
    let usual = [
        ("train.txt", Side::Training),
        ("val.txt", Side::Validation),
        ("valid.txt", Side::Validation),
        ("test.txt", Side::Validation),
    ];
    let named = said.training.iter().map(|path| (path.as_str(), Side::Training));
    let named = named.chain(said.validation.iter().map(|path| (path.as_str(), Side::Validation)));
    for (path, side) in named.chain(usual).collect::<Vec<_>>() {
        let list = path.to_lowercase().ends_with(".txt").then(|| listing.find(&said.by, path).ok()).flatten();
        let Some(list) = list else {
            of_folder(listing, path, side, &mut lists);
            continue;
        };
        let by = listing.name(list).to_owned();
        // A list names pictures; `test.txt` may as well be the labels of `test.jpg`.
        let text = text::read(place, list, LONGEST, &mut found.told)?;
        let is_list = text.lines().take(20).any(|line| is_picture(line.trim()));
        if is_list && lists.files.insert(list) {
            for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                if let Ok(file) = listing.find(&by, line) {
                    lists.put(file, side);
                }
            }
        }
    }
    Ok(lists)
}

/// Pictures in a folder that the description names.
fn of_folder(listing: &Listing, path: &str, side: Side, lists: &mut TextLists) {
    let wanted = path.replace('\\', "/");
    let wanted = wanted.trim_start_matches(['.', '/']).trim_end_matches('/');
    if wanted.is_empty() || wanted.ends_with(".txt") {
        return;
    }
    for (file, name) in listing.iter() {
        if name.starts_with(&format!("{wanted}/")) || name.contains(&format!("/{wanted}/")) {
            lists.put(file, side);
        }
    }
}
