//! Objects out of the labels of a clip: those that somebody drew or agreed to, in frames that are labelled, or in drafts where
//! they say of which object they are; and what was said of where these go and come.
//!
//! Labels of one track are of one object. Where a label says of no track, the box is followed to the next frame that somebody
//! labelled: what overlaps it there is the same object. A frame that was reviewed without a track that others have says that
//! the object can't be seen in it; one that is labelled alone does not: that may be what was carried, and accepted.

use super::accept::SAME;
use super::asked::CarryError;
use super::names;
use super::reel::Reel;
use crate::domain::{BBox, Frame, FrameId, FrameLabels, GoneOrBack, Label, LabelKind, LabelOrigin, Phase, limits};
use crate::store::{Store, StoreError};
use crate::tracks::{Mark, Track};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A frame that somebody labelled.
struct Page {
    number: usize,
    /// What was drawn in it.
    boxes: Vec<Drawn>,
    /// The tracks that any of its labels has.
    tracks: BTreeSet<String>,
    /// The tracks that were said to go or come with it.
    marks: BTreeMap<String, Mark>,
    /// Somebody looked whether anything is missing.
    reviewed: bool,
}

struct Drawn {
    category: String,
    bbox: BBox,
    /// As it is stored.
    track: Option<String>,
    /// Number of the object.
    object: Option<usize>,
}

/// The objects of the labels that lie in that part of the frames of `reel`; and what of them can't be carried, and why.
pub fn tracks(store: &Store, reel: &mut Reel, part: &Range<usize>) -> Result<(Vec<Track>, Vec<String>), CarryError> {
    let (mut pages, mut notes) = (Vec::new(), Vec::new());
    let boxes = boxed(store)?;
    let frames = reel.frames;
    for (number, frame) in part.clone().map(|n| (n, &frames[n])).filter(|(_, frame)| frame.revision > 0) {
        let mut labels = store.labels(frame.id)?;
        if labels.phase == Phase::Unlabelled {
            labels.labels.retain(|label| label.track.is_some());
        }
        if reel.fits(number) {
            pages.push(Page::of(number, labels, &boxes, &mut notes));
        } else if !labels.labels.is_empty() {
            notes.push(format!("frame {}: its labels are passed over, as its picture is of another size", frame.id));
        }
    }
    let objects = joined(&mut pages, reel)?;
    if objects > limits::CARRY_TRACKS {
        return Err(CarryError::Refused(format!(
            "the labels of the clip are of {objects} objects, and {} are carried at a time: say `from` and `to`, or `tracks`",
            limits::CARRY_TRACKS
        )));
    }
    let named = named(&pages, objects, reel.frames);
    let within = |track: Track| Track { within: Some(part.clone()), ..track };
    Ok((named.into_iter().enumerate().map(|(object, name)| within(track(object, name, &pages))).collect(), notes))
}

/// The categories whose labels are boxes.
pub fn boxed(store: &Store) -> Result<BTreeSet<String>, StoreError> {
    Ok(store.categories()?.into_iter().filter(|c| c.kind == LabelKind::Box).map(|c| c.name).collect())
}

impl Page {
    /// `carried`: the categories whose labels are boxes.
    fn of(number: usize, labels: FrameLabels, carried: &BTreeSet<String>, notes: &mut Vec<String>) -> Self {
        let FrameLabels { frame, phase, labels, marks, .. } = labels;
        let tracks = labels.iter().filter_map(|label| label.track.clone()).collect();
        let mut boxes: Vec<Drawn> = Vec::new();
        for Label { category, bbox, track, .. } in labels.into_iter().filter(agreed) {
            let Some(bbox) = bbox else { continue };
            if !carried.contains(&category) {
                note(notes, format!("outlines of `{category}` are not carried: only boxes are"));
            } else if track.is_some() && boxes.iter().any(|other| other.track == track) {
                twice(notes, frame, track.as_deref().unwrap_or_default());
            } else {
                boxes.push(Drawn { category, bbox, track, object: None });
            }
        }
        let marks = marks.into_iter().map(|said| (said.track, said.mark.into())).collect();
        Self { number, boxes, tracks, marks, reviewed: phase > Phase::Labelled }
    }
}

impl From<GoneOrBack> for Mark {
    fn from(said: GoneOrBack) -> Self {
        match said {
            GoneOrBack::Gone => Self::Gone,
            GoneOrBack::Back => Self::Back,
        }
    }
}

/// Whether somebody drew it, or agreed to what a model saw.
fn agreed(label: &Label) -> bool {
    matches!(label.origin, LabelOrigin::Drawn | LabelOrigin::Accepted)
}

fn twice(notes: &mut Vec<String>, frame: FrameId, track: &str) {
    note(notes, format!("frame {frame}: track `{track}` is there twice, and the first is carried"));
}

fn note(notes: &mut Vec<String>, text: String) {
    if !notes.contains(&text) {
        notes.push(text);
    }
}

/// Gives every box its object; answers how many there are.
fn joined(pages: &mut [Page], reel: &mut Reel) -> Result<usize, CarryError> {
    let mut objects = 0;
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut before: Option<usize> = None;
    for at in 0..pages.len() {
        if pages[at].boxes.is_empty() {
            continue;
        }
        let (earlier, rest) = pages.split_at_mut(at);
        let page = &mut rest[0];
        for drawn in &mut page.boxes {
            drawn.object = drawn.track.as_ref().and_then(|track| known.get(track)).copied();
        }
        if let Some(before) = before.map(|before| &earlier[before])
            && page.boxes.iter().any(|drawn| drawn.object.is_none())
        {
            follow(before, page, reel)?;
        }
        for drawn in &mut page.boxes {
            let object = *drawn.object.get_or_insert_with(|| {
                objects += 1;
                objects - 1
            });
            if let Some(track) = &drawn.track {
                known.insert(track.clone(), object);
            }
        }
        before = Some(at);
    }
    Ok(objects)
}

/// Looks where the boxes of one page have come to in a later one, for those there of which nobody knows the object.
fn follow(from: &Page, to: &mut Page, reel: &mut Reel) -> Result<(), CarryError> {
    let taken: BTreeSet<usize> = to.boxes.iter().filter_map(|drawn| drawn.object).collect();
    let free: Vec<&Drawn> =
        from.boxes.iter().filter(|drawn| drawn.object.is_some_and(|o| !taken.contains(&o))).collect();
    let followed = free.iter().map(|drawn| Track {
        name: String::new(),
        category: drawn.category.clone(),
        marks: [(0, Mark::Box(drawn.bbox))].into(),
        within: None,
    });
    let followed: Vec<Track> = followed.collect();
    let courses = reel.carry(from.number, to.number + 1, &followed)?;
    // What overlaps most is joined first.
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (f, (drawn, course)) in free.iter().zip(&courses).enumerate() {
        let Some(carried) = course.boxes.last().copied().flatten() else { continue };
        for (t, other) in to.boxes.iter().enumerate() {
            // Two tracks that somebody told apart are two objects.
            let may = other.object.is_none() && (drawn.track.is_none() || other.track.is_none());
            let iou = carried.bbox.iou(&other.bbox);
            if may && other.category == drawn.category && iou >= SAME {
                pairs.push((iou, f, t));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut used = BTreeSet::new();
    for (_, f, t) in pairs {
        if to.boxes[t].object.is_none() && used.insert(f) {
            to.boxes[t].object = free[f].object;
        }
    }
    Ok(())
}

/// A name for each object: that of its track, else one of its category and what was drawn first of it.
fn named(pages: &[Page], objects: usize, frames: &[Frame]) -> Vec<String> {
    let mut taken: BTreeSet<String> =
        pages.iter().flat_map(|page| page.tracks.iter().chain(page.marks.keys()).cloned()).collect();
    let of = |object: usize| {
        let all = || pages.iter().flat_map(|page| page.boxes.iter().map(move |drawn| (page.number, drawn)));
        let mut own = all().filter(move |(_, drawn)| drawn.object == Some(object)).peekable();
        let first = own.peek().map(|(number, drawn)| (frames[*number].id, &drawn.category, drawn.bbox));
        (own.find_map(|(_, drawn)| drawn.track.clone()), first)
    };
    let mut name = |object: usize| match of(object) {
        (Some(track), _) => track,
        (None, Some((frame, category, bbox))) => {
            let name = names::made(category, frame, bbox, &taken);
            taken.insert(name.clone());
            name
        }
        (None, None) => String::new(),
    };
    (0..objects).map(&mut name).collect()
}

fn track(object: usize, name: String, pages: &[Page]) -> Track {
    let mut track = Track { name, ..Track::default() };
    for page in pages {
        for drawn in page.boxes.iter().filter(|drawn| drawn.object == Some(object)) {
            track.category.clone_from(&drawn.category);
            track.marks.insert(page.number, Mark::Box(drawn.bbox));
        }
    }
    for page in pages {
        if let Some(mark) = page.marks.get(&track.name) {
            track.marks.entry(page.number).or_insert(*mark);
        }
    }
    // Only of what is a track already: what was drawn alone may have been forgotten elsewhere.
    if pages.iter().any(|page| page.tracks.contains(&track.name)) {
        away(&mut track, pages);
    }
    track
}

/// Between two frames of which something was said, and beyond them, it is gone from the first frame that was reviewed without
/// it, and back after the last one if it was drawn or said to be back again; unless it was said to be gone there already.
fn away(track: &mut Track, pages: &[Page]) {
    let said: Vec<usize> = track.marks.keys().copied().collect();
    let without = |page: &&Page| page.reviewed && !page.tracks.contains(&track.name);
    let without = pages.iter().filter(without).map(|page| page.number);
    let mut stretches: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for number in without.filter(|number| said.binary_search(number).is_err()) {
        let next = said.partition_point(|said| *said < number);
        stretches.entry(next).and_modify(|stretch| stretch.1 = number).or_insert((number, number));
    }
    let gone = |next: usize| next > 0 && track.marks[&said[next - 1]] == Mark::Gone;
    stretches.retain(|next, _| !gone(*next));
    for (next, (first, last)) in stretches {
        track.marks.insert(first, Mark::Gone);
        if said.get(next).is_some_and(|next| track.marks[next] != Mark::Gone) {
            track.marks.entry(last + 1).or_insert(Mark::Back);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_is_gone_where_frames_were_reviewed_without_it() {
        let bbox = BBox::new(1.0, 2.0, 3.0, 4.0);
        let page = |number, has: bool, drawn: bool| Page {
            number,
            boxes: drawn
                .then(|| Drawn { category: "crate".into(), bbox, track: Some("a".into()), object: Some(0) })
                .into_iter()
                .collect(),
            tracks: has.then(|| "a".to_owned()).into_iter().collect(),
            marks: BTreeMap::new(),
            reviewed: true,
        };
        let pages = [
            page(0, false, false),
            page(2, false, false),
            page(4, true, true),
            page(5, true, false),
            page(7, false, false),
            page(9, false, false),
            page(10, true, true),
            page(12, false, false),
            page(15, false, false),
        ];
        let (here, gone, back) = (Mark::Box(bbox), Mark::Gone, Mark::Back);
        let expected = [(0, gone), (3, back), (4, here), (7, gone), (10, here), (12, gone)];
        assert_eq!(track(0, "a".into(), &pages).marks, expected.into());
        // What was said of it holds: it stays away from 8 to where it was said to be back, whoever reviewed what meanwhile.
        let said = |number, mark, reviewed| Page {
            marks: [("a".to_owned(), mark)].into(),
            reviewed,
            ..page(number, false, false)
        };
        let before = [page(4, true, true), page(6, false, false), said(8, gone, false), page(9, false, false)];
        let after = [said(11, back, false), said(13, gone, true), page(14, true, true)];
        let pages: Vec<Page> = before.into_iter().chain(after).collect();
        let expected = [(4, here), (6, gone), (8, gone), (11, back), (13, gone), (14, here)];
        assert_eq!(track(0, "a".into(), &pages).marks, expected.into());
        // What is labelled alone may be what was carried, and was not found.
        let accepted = [page(4, true, true), Page { reviewed: false, ..page(6, false, false) }];
        assert_eq!(track(0, "a".into(), &accepted).marks, [(4, here)].into());
        // Of one that was only drawn, and never said to be a track, nothing is known elsewhere.
        let pages = [page(0, false, true), page(3, false, false)];
        assert_eq!(track(0, "crate-1".into(), &pages).marks, [(0, here)].into());
    }
}
