//! Writes to the store what was settled.

use super::again::Up;
use super::place::Place;
use super::settle::{self, Settled};
use super::standing::{Coming, KEPT, Standing};
use super::told::{ImportError, ImportReport, Note};
use super::turned::Boxes;
use crate::dataset::going::Going;
use crate::domain::{FrameId, NewFrame, Side};
use crate::store::{LabelWrite, Store};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

static SAME: Note = Note::new("same", "pictures that are here already, with the same labels");
static DROPPED: Note =
    Note::new("dropped", "older frames without labels that were dropped to make room (`store.budget`)");
static MENDED: Note = Note::new(
    "mended",
    "pictures that were here with boxes counted the other way up, which nobody changed since; they lie as you say now",
);

/// Stores every picture that is not there yet, and its labels where nobody gave it others.
pub fn write(
    store: &Store,
    place: &mut dyn Place,
    mut settled: Settled,
    going: &mut Going,
) -> Result<ImportReport, ImportError> {
    let mut report = ImportReport::default();
    let new = std::mem::take(&mut settled.new);
    report.categories = new.len() as u64;
    store.add_categories(new)?;
    let count = settled.found.pictures.len();
    let mut sides = BTreeMap::new();
    for i in 0..count {
        if let ControlFlow::Break(()) = going((count + i) as u64, 2 * count as u64) {
            let why = "part of it is stored; import it again, and the rest will be too, nothing twice";
            return Err(ImportError::Stopped(why));
        }
        let Some(up) = settled.choices[i] else { continue };
        let (frame, side) = one(store, place, &mut settled, i, up, &mut report).map_err(|why| partly(why, &report))?;
        sides.extend(side.map(|side| (frame, side)));
    }
    if !sides.is_empty() {
        store.put_sides(&sides)?;
    }
    store.settle_frames().map_err(|why| partly(why.into(), &report))?;
    // It is done: too late to stop.
    let _ = going(2 * count as u64, 2 * count as u64);
    report.empty = settled.empty.frames();
    settled.empty.tell(&mut settled.found.told);
    (report.left_out, report.notes) = settled.found.told.into_parts();
    Ok(report)
}

/// What became of an import that ends in the middle.
fn partly(why: ImportError, report: &ImportReport) -> ImportError {
    match (report.frames, why) {
        (0, why) => why,
        (frames, why) => ImportError::Partly { frames, why: Box::new(why) },
    }
}

/// Stores a picture; answers the frame, and the side that it stays on.
fn one(
    store: &Store,
    place: &mut dyn Place,
    settled: &mut Settled,
    i: usize,
    up: Up,
    report: &mut ImportReport,
) -> Result<(FrameId, Option<Side>), ImportError> {
    let upright = settled.upright(up);
    let boxes = if upright { Boxes::Upright } else { Boxes::Stored };
    let incoming = &settled.found.pictures[i];
    let ready = settle::ready(place, incoming, boxes, &mut Default::default())
        .map_err(|(_, why)| ImportError::Invalid(format!("{} changed meanwhile: {why}", incoming.name)))?;
    let labels_of =
        |upright: bool| settle::labels_of(&settled.found, incoming, &settled.categories, ready.counted(upright)).labels;
    let labels = labels_of(upright);
    // What an import by the other habit would have left here: only where somebody says outright which it is.
    let otherwise = (settled.boxes != Boxes::Auto).then(|| labels_of(!upright));
    let (width, height) = ready.stored.upright().size;
    let frame = match settled.known.find(store, (&incoming.name, incoming.clip), &ready.jpeg)? {
        Some(id) => {
            report.already += 1;
            id
        }
        None => {
            let (frame, dropped) = store.bring_frame(&NewFrame {
                jpeg: ready.jpeg,
                taken: incoming.taken.or(ready.taken).unwrap_or_else(Timestamp::now),
                width,
                height,
                source: incoming.source,
                camera: None,
                name: Some(incoming.name.to_string()),
                clip: incoming.clip.map(|clip| settled.clips.place(clip)),
                kept: None,
                truth: None,
            })?;
            report.frames += 1;
            settled.found.told.note_many(&DROPPED, dropped);
            settled.known.add(&frame);
            frame.id
        }
    };
    let incoming = &settled.found.pictures[i];
    let (side, phase, before) = (incoming.side, incoming.phase, store.labels(frame)?);
    let coming =
        Coming { picture: incoming, labels: &labels, otherwise: otherwise.as_deref(), tags: settled.has_tags() };
    let standing = coming.over(&before);
    let (name, told) = (incoming.name.clone(), &mut settled.found.told);
    match standing {
        Standing::Free => {}
        Standing::Mends => told.note(&MENDED, || name.to_string()),
        Standing::Same => told.note(&SAME, || name.to_string()),
        // It was told before anything was written, unless somebody labelled the frame since.
        Standing::Kept if settled.kept.insert(i as u32) => told.leave_out(&KEPT, || name.to_string()),
        Standing::Kept => {}
        Standing::Unsaid => report.unlabelled += u64::from(!before.has_work()),
    }
    if !matches!(standing, Standing::Free | Standing::Mends) {
        return Ok((frame, side));
    }
    report.labels += labels.len() as u64;
    settled.empty.count(&labels, &name);
    let write = LabelWrite { revision: before.revision, phase, labels, ..LabelWrite::default() };
    store.put_labels(frame, write)?;
    Ok((frame, side))
}
