//! Reads what Label Studio exports as JSON, or as JSON_MIN: a list of tasks. Its numbers are hundredths of the picture.
//!
//! Where several people labelled a picture, the latest annotation that is not cancelled counts. Predictions are no labels.

mod picture;
mod region;
mod task;
mod value;
mod words;

use crate::dataset::attributes::Attributes;
use crate::dataset::import::formats::attributes;
use crate::dataset::import::formats::elsewhere;
use crate::dataset::import::formats::entries::{Each, Lean};
use crate::dataset::import::formats::shapes::{Drawn, Shape, Shapes, about};
use crate::dataset::import::found::{Entry, Found, Picture, PictureId};
use crate::dataset::import::lenient::Lenient;
use crate::dataset::import::manner::{Manner, Unmentioned};
use crate::dataset::import::place::{FileId, Listing, Part, Place, folder_of, stream, unreadable};
use crate::dataset::import::told::{ImportError, Note, Reason};
use crate::domain::limits;
use picture::Meant;
use region::Region;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use task::{Said, Task};
use value::Value;
use words::{Kind, Words};

static NOT_A_TASK: Reason =
    Reason::new("not_an_entry", "entries of the list that are no task with a picture in its data");
static NO_PICTURE: Reason =
    Reason::new("missing_picture", "tasks whose picture is not there; put it beside the labels under its name");
static SAME_PICTURE: Reason = Reason::new(
    "same_picture",
    "tasks of pictures with different names, of which only one is there; put each there under its own name",
);
static SEVERAL: Note = Note::new("several_annotations", "pictures with several annotations; the latest was taken");
static NOBODY: Note = Note::new("no_annotations", "tasks that nobody labelled; their pictures are not labelled");
static PREDICTIONS: Note = Note::new("predictions", "predictions of models, which are no labels");
static NO_LABEL: Reason = Reason::new("no_name", "regions without a label");
static NO_BOX: Reason = Reason::new("no_box", "regions without the numbers that they need");
static POINTS: Reason = Reason::new("key_points", "points, which are not read");
static MASK: Reason = Reason::new("mask", "masks that were drawn with a brush, which are not read");
static TURNED: Reason = Reason::new("turned_picture", "regions of a picture that was turned while it was labelled");
static NO_SIZE: Reason =
    Reason::new("odd_size", "regions that are turned, in pictures without `original_width` and `original_height`");
static ODD: Reason = Reason::new(
    "too_many_labels",
    "pictures with entries in `result` that are no regions, or more of them than a picture may have labels (10000)",
);
static ANSWERS: Reason =
    Reason::new("answers", "answers that are neither labels nor choices for the whole picture; they are not kept");
static OF_REGIONS: Note =
    Note::new("region_choices", "choices for regions that have a label, for which there is no place here");
static WORDS: Reason = Reason::new(
    "choice_or_text",
    "answers that may be choices or texts, which JSON_MIN writes alike; export JSON instead",
);
static NO_RESULT: Reason = Reason::new(
    "no_result",
    "annotations without a list of what they say (`result`); they say nothing of their picture",
);
static OTHER_PICTURE: Reason = Reason::new(
    "other_picture",
    "tasks with several pictures, of which nothing says surely which label is in which; make a task of each picture",
);
static MORE_PICTURES: Note = Note::new(
    "more_pictures",
    "further pictures of tasks with several; they came in unlabelled, as nothing says surely what is in them",
);
static MORE_MISSING: Note = Note::new(
    "more_missing",
    "further pictures of tasks with several that are not there; they would have come in unlabelled",
);
static SAME_CHOICE: Note = Note::new(
    "same_choice",
    "choices that several questions offer; those of the others carry the name of the question",
);

/// Reads the files.
pub fn read(place: &mut dyn Place, files: &[FileId], found: &mut Found, manner: &Manner) -> Result<(), ImportError> {
    let listing = place.listing().clone();
    let (shapes, questions, names, words) = Default::default();
    let (name, number) = (String::new(), 0);
    let mut reader = Reader {
        listing,
        found,
        manner,
        shapes,
        questions,
        names,
        words,
        name,
        number,
        before: 0,
        latest: HashMap::new(),
    };
    for file in files {
        reader.look(place, *file)?;
    }
    reader.before = 0;
    for file in files {
        reader.one(place, *file)?;
    }
    let Reader { found, shapes, .. } = reader;
    shapes.settle(found)
}

struct Reader<'a> {
    listing: Arc<Listing>,
    found: &'a mut Found,
    manner: &'a Manner,
    shapes: Shapes,
    /// Of each choice the question that offered it first.
    questions: HashMap<String, String>,
    /// Of pictures that were found under another name than the task's, that name.
    names: HashMap<FileId, String>,
    /// What all tasks answer.
    words: Words,
    /// The file that is read, and how many of its tasks were.
    name: String,
    number: u32,
    /// How many tasks the files before had.
    before: u32,
    latest: Latest,
}

/// Of flat tasks of the same picture, in a file of several or in files of one each, the latest, by when it was made and its
/// number among all; and how many these are.
type Latest = HashMap<(FileId, Option<FileId>), (Order, u32)>;

impl Reader<'_> {
    /// Looks which of several annotations of a picture is the latest, where each is a task of its own.
    fn look(&mut self, place: &mut dyn Place, file: FileId) -> Result<(), ImportError> {
        let (name, listing, mut number) = (self.listing.name(file).to_owned(), self.listing.clone(), self.before);
        let (found, latest, words) = (&mut *self.found, &mut self.latest, &mut self.words);
        tasks(place, file, &mut |task| {
            number += 1;
            if let Some(said) = task.as_ref().filter(|task| task.flat).and_then(|task| task.latest.as_ref()) {
                found.hold(words.take(said))?;
            }
            if let Some((Meant::At(picture), Said { made, .. }, alone)) =
                task.filter(|t| t.flat).and_then(|t| Some((picture::of(&listing, &name, &t.data), t.latest?, t.alone)))
            {
                found.hold(80)?;
                let key = (picture, (!alone).then_some(file));
                let (best, others) = latest.entry(key).or_insert(((made, number), 0));
                *best = (made, number).max(*best);
                *others += 1;
            }
            Ok(())
        })?;
        self.before = number;
        Ok(())
    }

    fn one(&mut self, place: &mut dyn Place, file: FileId) -> Result<(), ImportError> {
        self.name = self.listing.name(file).to_owned();
        self.number = 0;
        tasks(place, file, &mut |task| self.task(task, file))?;
        self.before += self.number;
        Ok(())
    }

    fn task(&mut self, task: Option<Task>, by: FileId) -> Result<(), ImportError> {
        self.number += 1;
        let number = self.number;
        let task = task.unwrap_or_default();
        let id = task.id.clone().name().map_or_else(|| format!("task number {number}"), |id| format!("task {id}"));
        let called = format!("{id} of {}", self.name);
        self.found.begin(&called);
        let file = match picture::of(&self.listing, &self.name, &task.data) {
            Meant::At(file) => file,
            Meant::Missing(why) => {
                self.found.told.leave_out(&NO_PICTURE, || format!("{id}: {why}"));
                return Ok(());
            }
            Meant::Nothing => {
                let listed = task.listed.first().map(|(name, _)| name.clone());
                match task.several().or(listed) {
                    Some(key) => self.found.told.leave_out(&OTHER_PICTURE, || format!("`{key}` of {called}")),
                    None => self.found.told.leave_out(&NOT_A_TASK, || called),
                }
                return self.others(&task, None);
            }
        };
        let named = picture::name(&task.data).unwrap_or_default();
        self.found.hold(named.len() + 64)?;
        if self.names.entry(file).or_insert_with(|| named.to_owned()) != named {
            let there = self.listing.name(file);
            self.found.told.leave_out(&SAME_PICTURE, || format!("{id}: `{named}`, while {there} is there"));
            return Ok(());
        }
        elsewhere::tell_named(&self.listing, &called, named, file, &mut self.found.told);
        let latest = self.latest.get(&(file, (!task.alone).then_some(by)));
        if let Some(((_, best), others)) = latest.filter(|(_, others)| task.flat && *others > 1) {
            if *best != self.before + number {
                return Ok(());
            }
            self.found.told.note(&SEVERAL, || format!("{called} ({others} annotations)"));
        }
        if task.annotations > 1 {
            self.found.told.note(&SEVERAL, || format!("{called} ({} annotations)", task.annotations));
        }
        if task.predictions > 0 {
            self.found.told.note(&PREDICTIONS, || format!("{called} ({})", task.predictions));
        }
        let size = task.latest.iter().flat_map(|said| &said.regions).find_map(Region::size);
        let choice = |region: &Region| self.words.kind(&region.question()) == Kind::Choice;
        let speaks = task.latest.as_ref().is_some_and(|said| said.speaks(choice));
        let labelled = speaks || self.found.counts_as_empty(self.listing.name(file), self.manner);
        if task.latest.is_none() && !labelled && self.manner.unmentioned == Unmentioned::Unlabelled {
            self.found.told.note(&NOBODY, || called);
        }
        let side = || Part::of(folder_of(self.listing.name(file))).or_else(|| Part::of(&self.name)).map(Part::side);
        let side = self.manner.sides.then(side).flatten();
        let picture =
            self.found.picture(Picture { size, side, labelled, ..Picture::new(file, self.listing.name(file)) })?;
        self.others(&task, Some(file))?;
        if let Some(key) = task.several() {
            self.found.doubt(picture, &OTHER_PICTURE, || format!("`{key}` of {id} of {}", self.name));
            return Ok(());
        }
        match task.latest {
            Some(said) => self.said(picture, said, size),
            None => Ok(()),
        }
    }

    /// The pictures of a task beside the one that its labels are of.
    fn others(&mut self, task: &Task, own: Option<FileId>) -> Result<(), ImportError> {
        for name in task.pictures() {
            let file = match picture::called(&self.listing, &self.name, name) {
                Meant::At(file) => file,
                Meant::Missing(why) => {
                    self.found.told.note(&MORE_MISSING, || why);
                    continue;
                }
                Meant::Nothing => continue,
            };
            if Some(file) != own && !self.found.has(file) {
                let name = self.listing.name(file);
                self.found.told.note(&MORE_PICTURES, || name.to_owned());
                self.found.picture(Picture { labelled: false, ..Picture::new(file, name) })?;
            }
        }
        Ok(())
    }

    fn said(&mut self, picture: PictureId, said: Said, size: Option<(u32, u32)>) -> Result<(), ImportError> {
        let of = self.found.pictures[picture as usize].name.clone();
        if said.odd {
            self.found.doubt(picture, &ODD, || of.to_string());
        }
        if said.unsaid {
            self.found.doubt(picture, &NO_RESULT, || of.to_string());
        }
        let name = |region: &Region| region.id.clone().name().unwrap_or_default();
        // A region may stand there twice: once alone, and once with its label.
        let labelled: HashSet<String> =
            said.regions.iter().filter(|r| r.value().is_some_and(|v| !v.labels.is_empty())).map(name).collect();
        for (number, region) in (1..).zip(&said.regions) {
            let entry = match name(region) {
                id if id.is_empty() || id.len() > 100 => Entry::Number(number),
                id => Entry::Id(id),
            };
            let example = || format!("{entry} of {of}");
            let Some(value) = region.value() else {
                // What joins two regions is none itself.
                match region.kind.clone().name().as_deref() {
                    Some("relation") => attributes::tell(self.found, "relation", || of.to_string()),
                    _ => self.found.doubt(picture, &ODD, example),
                }
                continue;
            };
            if value.is_somewhere() {
                region.beside().iter().for_each(|name| attributes::tell(self.found, name, example));
            }
            if let Some(word) = &value.word {
                match self.words.kind(&region.question()) {
                    Kind::Choice => self.choices(picture, region, std::slice::from_ref(word), entry)?,
                    Kind::Text => self.found.told.leave_out(&ANSWERS, example),
                    Kind::Unclear => {
                        let word = limits::short(word.clone(), 80);
                        self.found.doubt(picture, &WORDS, || format!("`{word}`, {}", example()));
                    }
                }
                continue;
            }
            if value.labels.is_empty() {
                self.without_label(picture, region, value, entry, labelled.contains(&name(region)))?;
                continue;
            }
            if region.is_turned() {
                self.found.doubt(picture, &TURNED, example);
                continue;
            }
            let drawn = match drawn(value, size) {
                Ok(drawn) => drawn,
                Err(reason) => {
                    self.found.doubt(picture, reason, example);
                    continue;
                }
            };
            for label in &value.labels {
                let label = limits::short(label.trim().to_owned(), limits::MESSAGE);
                let category = self.found.named(&label)?;
                let (drawn, entry) = (drawn.clone(), entry.clone());
                let shape = Shape {
                    picture,
                    category,
                    drawn,
                    relative: size.is_none(),
                    entry,
                    attributes: Attributes::default(),
                };
                self.shapes.shape(self.found, shape)?;
            }
        }
        Ok(())
    }

    /// A region without a label: choices, or something that is said of one that has a label (`labelled`).
    fn without_label(
        &mut self,
        picture: PictureId,
        region: &Region,
        value: &Value,
        entry: Entry,
        labelled: bool,
    ) -> Result<(), ImportError> {
        let of = self.found.pictures[picture as usize].name.clone();
        let example = || format!("{entry} of {of}");
        match (value.is_somewhere(), value.choices.is_empty()) {
            (false, false) => self.choices(picture, region, &value.choices, entry)?,
            (false, true) => self.found.told.leave_out(&ANSWERS, example),
            (true, false) if labelled => self.found.told.note(&OF_REGIONS, example),
            // Something is there, and nothing says of which label.
            (true, false) => self.found.doubt(picture, &ANSWERS, example),
            (true, true) if !labelled => self.found.doubt(picture, &NO_LABEL, example),
            (true, true) => {}
        }
        Ok(())
    }

    fn choices(
        &mut self,
        picture: PictureId,
        region: &Region,
        choices: &[String],
        entry: Entry,
    ) -> Result<(), ImportError> {
        let question = region.question();
        for choice in choices {
            let first = match self.questions.get(choice) {
                Some(first) => first,
                None => {
                    self.found.hold(choice.len() + question.len() + 96)?;
                    self.questions.entry(choice.clone()).or_insert_with(|| question.clone())
                }
            };
            let name = match *first == question {
                true => choice.clone(),
                false => {
                    let both = format!("{question}: {choice}");
                    self.found.told.note(&SAME_CHOICE, || format!("`{choice}` of `{first}`, and `{both}`"));
                    both
                }
            };
            let category = self.found.named(&name)?;
            self.shapes.tag(self.found, picture, category, entry.clone())?;
        }
        Ok(())
    }
}

/// When it was made, and its number: the latest counts.
type Order = (Option<jiff::Timestamp>, u32);

/// What a region draws: in pixels where the size of the picture is known, else in shares of it.
fn drawn(value: &Value, size: Option<(u32, u32)>) -> Result<Drawn, &'static Reason> {
    let (width, height) = size.map_or((1.0, 1.0), |(width, height)| (f64::from(width), f64::from(height)));
    let at = |x: f64, y: f64| [x / 100.0 * width, y / 100.0 * height];
    if value.is_mask {
        return Err(&MASK);
    }
    if let Some(points) = &value.points {
        return match points.corners.len() >= *limits::CORNERS.start() && !points.odd {
            true => Ok(Drawn::Outline(points.corners.iter().map(|[x, y]| at(*x, *y)).collect())),
            false => Err(&NO_BOX),
        };
    }
    let (Some(x), Some(y)) = (value.x, value.y) else { return Err(&NO_BOX) };
    let degrees = value.rotation % 360.0;
    // Shares can't be turned: they are not as long up as across.
    if degrees != 0.0 && size.is_none() {
        return Err(&NO_SIZE);
    }
    if let [Some(rx), Some(ry)] = value.radius {
        return Ok(Drawn::Round(at(x, y), at(rx, ry), degrees));
    }
    let (w, h) = match (value.width, value.height) {
        (Some(w), Some(h)) => (w, h),
        (Some(_), None) => return Err(&POINTS),
        _ => return Err(&NO_BOX),
    };
    let (first, [x1, y1]) = (at(x, y), at(x + w, y + h));
    let [x0, y0] = first;
    match degrees {
        0.0 => Ok(Drawn::Box([x0, y0, x1, y1])),
        // About the corner where it begins.
        degrees => {
            Ok(Drawn::Turned([[x0, y0], [x1, y0], [x1, y1], [x0, y1]].map(|c| about(first, c, degrees)).to_vec()))
        }
    }
}

/// Gives every task of a file to a function.
fn tasks(
    place: &mut dyn Place,
    file: FileId,
    take: &mut dyn FnMut(Option<Task>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let name = place.listing().name(file).to_owned();
    let from = stream(place, file).map_err(|e| unreadable(&name, &e))?;
    let mut json = serde_json::Deserializer::from_reader(Lenient::buffered(from));
    let mut stopped = None;
    let read = json.deserialize_any(Top { take, stopped: &mut stopped }).and_then(|()| json.end());
    match (stopped, read) {
        (Some(error), _) => Err(error),
        (None, Ok(())) => Ok(()),
        (None, Err(e)) => Err(ImportError::Invalid(format!(
            "{name} is no export of Label Studio that can be read ({e}); export JSON or JSON_MIN. Nothing was imported"
        ))),
    }
}

struct Top<'a> {
    take: &'a mut dyn FnMut(Option<Task>) -> Result<(), ImportError>,
    stopped: &'a mut Option<ImportError>,
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of tasks")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        Each::new(self.stopped, self.take).visit_seq(list)
    }

    /// A file of one task.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Lean(task) = serde::Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Each::new(self.stopped, self.take).give(task)
    }
}
