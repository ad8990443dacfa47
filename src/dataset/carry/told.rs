//! Objects out of what was asked: what accepting would refuse is refused before anything is carried.

use super::asked::{CarryError, ClipTrack};
use super::sizes;
use crate::domain::{Frame, FrameId, Label, LabelKind, limits};
use crate::store::Store;
use crate::tracks::{Mark, Track};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

/// The tracks, with their marks by number of the frame, in that part of the frames. `size`: of the clip's pictures, in pixels.
pub fn tracks(
    store: &Store,
    frames: &[Frame],
    part: &Range<usize>,
    size: (u32, u32),
    tracks: &[ClipTrack],
) -> Result<Vec<Track>, CarryError> {
    if tracks.len() > limits::CARRY_TRACKS {
        let (most, many) = (limits::CARRY_TRACKS, tracks.len());
        return Err(CarryError::Refused(format!("{many} tracks are too many: {most} are carried at a time")));
    }
    let mut names = BTreeSet::new();
    if let Some(twice) = tracks.iter().find(|track| !names.insert(&track.track)) {
        return Err(CarryError::Refused(format!("track `{}` is there twice", twice.track)));
    }
    let numbers: HashMap<FrameId, usize> = part.clone().map(|n| (frames[n].id, n)).collect();
    let numbered = |track: &ClipTrack| {
        let refused = |why: String| CarryError::Refused(format!("track `{}`: {why}", track.track));
        let category = nameable(store, track).map_err(refused)?;
        let marks = track.marks.iter().map(|(id, mark)| marked(*id, *mark, frames, &numbers, size));
        let marks = marks.collect::<Result<BTreeMap<usize, Mark>, String>>().map_err(refused)?;
        Ok(Track { name: track.track.clone(), category, marks, within: Some(part.clone()) })
    };
    tracks.iter().map(numbered).collect()
}

/// Its category, as it is called by now, where there can be boxes of it at all.
fn nameable(store: &Store, track: &ClipTrack) -> Result<String, String> {
    Label { track: Some(track.track.clone()), ..Label::default() }.check_provenance()?;
    let name = &track.category;
    let category = store.category_now(name).ok_or_else(|| format!("there is no category `{name}`: add it first"))?;
    match category.kind {
        LabelKind::Box => Ok(category.name),
        LabelKind::Tag => Err(format!("`{name}` is a tag for the whole frame: only boxes are carried")),
        LabelKind::Polygon => Err(format!("`{name}` is labelled with outlines: only boxes are carried")),
    }
}

fn marked(
    id: FrameId,
    mark: Mark,
    frames: &[Frame],
    numbers: &HashMap<FrameId, usize>,
    size: (u32, u32),
) -> Result<(usize, Mark), String> {
    let Some(number) = numbers.get(&id) else {
        return Err(format!(
            "it says something of frame {id}, which is none of the clip, or not in the time that was asked for"
        ));
    };
    if let Some(why) = sizes::odd(&frames[*number], size) {
        return Err(format!("nothing can be said of frame {id}: {why}"));
    }
    if let Mark::Box(bbox) = mark {
        bbox.clip_to(size, limits::OVERHANG).map_err(|why| format!("frame {id}: {why}"))?;
    }
    Ok((*number, mark))
}
