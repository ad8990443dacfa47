//! Checks a data set against its pictures, then writes it to the store.

use super::files::Files;
use super::plan::{Picture, Plan, some_of};
use super::report::{ImportError, ImportReport, Skipped};
use crate::dataset::going::Going;
use crate::domain::{Category, Frame, FrameId, Label, NewFrame, Phase, limits};
use crate::picture::{self, PictureError};
use crate::store::{FrameQuery, LabelWrite, Store};
use bytes::Bytes;
use jiff::Timestamp;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

/// A picture as it will be stored.
struct Ready {
    jpeg: Bytes,
    width: u32,
    height: u32,
}

impl Ready {
    fn frame(self, incoming: &Picture) -> NewFrame {
        NewFrame {
            jpeg: self.jpeg,
            taken: incoming.taken.unwrap_or_else(Timestamp::now),
            width: self.width,
            height: self.height,
            source: incoming.source,
            camera: None,
            name: Some(incoming.file.clone()),
            truth: None,
        }
    }
}

/// Checks everything, then writes everything.
pub fn take_in(
    store: &Store,
    plan: Plan,
    mut files: impl Files,
    going: &mut Going,
) -> Result<ImportReport, ImportError> {
    let (categories, new) = categories(store, &plan)?;
    all_there(&plan, &mut files)?;
    let (mut report, mut skipped) = (ImportReport::default(), Skipped::default());
    plan.skipped.iter().for_each(|sentence| skipped.tell(|| sentence.clone()));
    let (count, total) = (plan.pictures.len() as u64, plan.pictures.len() as u64 * 2);
    let labels = check(&plan, &mut files, &categories, &mut skipped, &mut |done| go_on(going, done, total, false))?;
    for category in new {
        store.add_category(category)?;
        report.categories += 1;
    }
    let kept =
        write(store, &plan, &mut files, labels, &mut report, &mut |done| go_on(going, count + done, total, true))?;
    // It is done: too late to stop.
    let _ = going(total, total);
    if !kept.is_empty() {
        let (count, some) = (kept.len(), some_of(&kept));
        skipped.tell(|| format!("labels of {count} images that have other labels here, which were kept: {some}"));
    }
    report.skipped = skipped.sentences();
    Ok(report)
}

fn go_on(going: &mut Going, done: u64, of: u64, writes: bool) -> Result<(), ImportError> {
    match going(done, of) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) if writes => {
            Err(ImportError::Stopped("part of it is stored; import it again, and the rest will be too, nothing twice"))
        }
        ControlFlow::Break(()) => Err(ImportError::Stopped("nothing was imported; import it again")),
    }
}

fn all_there(plan: &Plan, files: &mut impl Files) -> Result<(), ImportError> {
    let missing: Vec<String> = plan.pictures.iter().map(|p| &p.file).filter(|f| !files.has(f)).cloned().collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(ImportError::Invalid(format!(
        "{}: {} of {} images are missing: {}; put them beside it. Nothing was imported",
        plan.name,
        missing.len(),
        plan.pictures.len(),
        some_of(&missing)
    )))
}

/// Reads every picture and fits its labels to it; answers the labels, picture by picture. `going` hears how many are
/// done.
fn check(
    plan: &Plan,
    files: &mut impl Files,
    categories: &[Category],
    skipped: &mut Skipped,
    going: &mut dyn FnMut(u64) -> Result<(), ImportError>,
) -> Result<Vec<Vec<Label>>, ImportError> {
    let mut labels: Vec<Vec<Label>> = Vec::with_capacity(plan.pictures.len());
    let mut problems = Vec::new();
    for (i, incoming) in plan.pictures.iter().enumerate() {
        going(i as u64)?;
        match ready(files, incoming, plan.as_stored) {
            Ok(ready) => {
                let found = labels_of(incoming, categories, (ready.width, ready.height), skipped);
                if found.len() > limits::LABELS {
                    let (count, most) = (found.len(), limits::LABELS);
                    problems.push(format!("{} has {count} labels, and {most} are allowed", incoming.file));
                }
                labels.push(found);
            }
            Err(why) => problems.push(format!("{}: {why}", incoming.file)),
        }
    }
    if problems.is_empty() {
        return Ok(labels);
    }
    Err(ImportError::Invalid(format!(
        "{}: {} of {} images can't be taken in: {}. Nothing was imported",
        plan.name,
        problems.len(),
        plan.pictures.len(),
        some_of(&problems)
    )))
}

/// Stores every picture that is not there yet, and its labels where nobody gave it others; answers the images that have
/// others. `going` hears how many are
/// done.
fn write(
    store: &Store,
    plan: &Plan,
    files: &mut impl Files,
    labels: Vec<Vec<Label>>,
    report: &mut ImportReport,
    going: &mut dyn FnMut(u64) -> Result<(), ImportError>,
) -> Result<Vec<String>, ImportError> {
    let mut known = Known::of(store)?;
    let mut kept = Vec::new();
    for (i, (incoming, labels)) in plan.pictures.iter().zip(labels).enumerate() {
        going(i as u64)?;
        let picture = ready(files, incoming, plan.as_stored)
            .map_err(|why| ImportError::Invalid(format!("{} changed meanwhile: {why}; import again", incoming.file)))?;
        let frame = match known.find(store, incoming, &picture)? {
            Some(id) => id,
            None => {
                let frame = store.add_frame(&picture.frame(incoming))?;
                report.frames += 1;
                known.add(&frame);
                frame.id
            }
        };
        let before = store.labels(frame)?;
        // A draft is somebody's work too.
        if before.phase > Phase::Unlabelled || !before.labels.is_empty() {
            if before.labels != labels {
                kept.push(incoming.file.clone());
            }
            continue;
        }
        report.labels += labels.len() as u64;
        let write = LabelWrite { revision: before.revision, phase: incoming.phase, labels, ..LabelWrite::default() };
        store.put_labels(frame, write)?;
    }
    Ok(kept)
}

/// The plan's categories as they are or will be in the store, and those that are new.
fn categories(store: &Store, plan: &Plan) -> Result<(Vec<Category>, Vec<Category>), ImportError> {
    let there = store.categories()?;
    let mut new: Vec<Category> = Vec::new();
    let mut all = Vec::with_capacity(plan.categories.len());
    for category in &plan.categories {
        let (length, allowed) = (category.name.chars().count(), limits::CATEGORY_NAME);
        if !allowed.contains(&length) {
            return Err(ImportError::Invalid(format!(
                "{}: the category name `{}` has {length} characters, and {} to {} are allowed; rename it",
                plan.name,
                category.name,
                allowed.start(),
                allowed.end()
            )));
        }
        // The store would refuse these too, but only once others are in.
        let refuse = |why: String| {
            ImportError::Invalid(format!(
                "{}: the category `{}`: {why}. Nothing was imported",
                plan.name, category.name
            ))
        };
        category.check().map_err(refuse)?;
        match there.iter().chain(&new).find(|c| c.is_named(&category.name)) {
            Some(known) if known.name == category.name => all.push(known.clone()),
            Some(other) => return Err(refuse(format!("there is a category `{}` already", other.name))),
            None => {
                new.push(category.clone());
                all.push(category.clone());
            }
        }
    }
    Ok((all, new))
}

/// Reads and checks a picture; `Err` says what is wrong with it.
fn ready(files: &mut impl Files, incoming: &Picture, as_stored: bool) -> Result<Ready, String> {
    let bytes = files.read(&incoming.file).map_err(|e| e.to_string())?;
    let (bounds, _turn) = (files.bounds(), files.turn());
    let read = |as_stored: bool| -> Result<Ready, PictureError> {
        let convert = if as_stored { picture::to_jpeg_as_stored } else { picture::to_jpeg };
        let (jpeg, width, height) = convert(bytes.clone(), bounds)?;
        Ok(Ready { jpeg, width, height })
    };
    let ready = read(as_stored).map_err(|e| e.to_string())?;
    let Some(size) = incoming.size else { return Ok(ready) };
    if (ready.width, ready.height) == size {
        return Ok(ready);
    }
    // The other way round: labelled by a tool that turned it first.
    if (ready.height, ready.width) == size {
        let turned = read(!as_stored).map_err(|e| e.to_string())?;
        if (turned.width, turned.height) == size {
            return Ok(turned);
        }
    }
    Err(format!(
        "it has {} × {} pixels, but the data set says {} × {}, so its boxes would be in the wrong place",
        ready.width, ready.height, size.0, size.1
    ))
}

/// The labels of a picture; what is left out is told.
fn labels_of(incoming: &Picture, categories: &[Category], size: (u32, u32), skipped: &mut Skipped) -> Vec<Label> {
    let mut labels = Vec::new();
    for object in &incoming.objects {
        match object.label(&categories[object.category], size) {
            // A tag is there or not; twice is once.
            Ok(label) if label.bbox.is_none() && labels.iter().any(|l: &Label| l.category == label.category) => {}
            Ok(label) => labels.push(label),
            Err(why) => skipped.tell(|| format!("{} of {}: {why}", object.entry, incoming.file)),
        }
    }
    labels
}

/// The frames that are in the store already, by length.
struct Known {
    by_length: HashMap<u64, Vec<(FrameId, Option<String>)>>,
}

impl Known {
    fn of(store: &Store) -> Result<Self, ImportError> {
        let mut known = Self { by_length: HashMap::new() };
        let mut before = None;
        loop {
            let slice = store.frames(&FrameQuery { before, limit: limits::STORE_SLICE, ..FrameQuery::default() })?;
            slice.items.iter().for_each(|frame| known.add(frame));
            before = match (slice.next, slice.items.last()) {
                (Some(_), Some(last)) => Some(last.id),
                _ => return Ok(known),
            };
        }
    }

    fn add(&mut self, frame: &Frame) {
        self.by_length.entry(frame.bytes).or_default().push((frame.id, frame.name.clone()));
    }

    /// A frame with these very bytes, and with that name or none.
    fn find(&self, store: &Store, incoming: &Picture, picture: &Ready) -> Result<Option<FrameId>, ImportError> {
        let candidates = self.by_length.get(&(picture.jpeg.len() as u64)).into_iter().flatten();
        let stem = |name: &str| Path::new(name).file_stem().map(|s| s.to_string_lossy().into_owned());
        for (id, name) in candidates {
            let named = match name {
                Some(name) => stem(name) == stem(&incoming.file) || stem(&incoming.file) == Some(id.to_string()),
                None => true,
            };
            if named && store.jpeg(*id)? == picture.jpeg {
                return Ok(Some(*id));
            }
        }
        Ok(None)
    }
}
