//! Labels carried along the frames of a clip, and accepted there.
//!
//! [`carry`] reads the store and writes nothing: from what was said of each object, or from the labels that lie in the clip
//! ([`stored`]), to boxes in all of its frames, and where somebody should look. [`accept`] writes what somebody agrees to.

mod accept;
mod answer;
mod asked;
mod reel;
mod stored;

pub use accept::{Accepted, AcceptedBox, AcceptedFrame, accept};
pub use answer::{Answer, CarriedBox, CarriedFrame, CarriedTrack, Look, TrackAsk, Unseen};
pub use asked::{Asked, CarryError, ClipTrack};
pub use reel::Way;

use crate::domain::{ClipId, Frame, FrameId, limits};
use crate::store::{Store, StoreError};
use crate::tracks::Track;
use reel::Reel;
use std::collections::HashMap;

/// Carries what was said of each object along the frames of a clip. Error: among others, `going` said to stop.
pub fn carry(store: &Store, clip: ClipId, asked: &Asked, way: Way) -> Result<Answer, CarryError> {
    let frames = within(store, clip, asked)?;
    let numbers: HashMap<FrameId, usize> =
        frames.iter().enumerate().map(|(number, frame)| (frame.id, number)).collect();
    let mut reel = Reel::new(store, &frames, way);
    let tracks = match &asked.tracks {
        Some(tracks) => {
            check(tracks)?;
            tracks.iter().map(|track| numbered(track, &numbers)).collect::<Result<Vec<Track>, _>>()?
        }
        None => stored::tracks(store, &mut reel)?,
    };
    let courses = reel.carry(0, frames.len(), &tracks)?;
    let unseen = reel.unseen();
    Ok(Answer::of(clip, &frames, tracks, courses, unseen))
}

/// The frames that it is about, in the order of time.
fn within(store: &Store, clip: ClipId, asked: &Asked) -> Result<Vec<Frame>, CarryError> {
    store.clip(clip)?;
    let (from, to) = (asked.from.unwrap_or(0.0), asked.to.unwrap_or(f64::INFINITY));
    let mut frames = Vec::new();
    for id in store.frames_of_clip(clip)? {
        let frame = match store.frame(id) {
            Ok(frame) => frame,
            // It went a moment ago.
            Err(StoreError::NotFound { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        if frame.clip.is_some_and(|place| (from..=to).contains(&place.at)) {
            frames.push(frame);
        }
    }
    match frames.len() {
        0 => Err(CarryError::Empty),
        many if many > limits::CARRY_FRAMES => Err(CarryError::Refused(format!(
            "labels are carried along {} frames at most, and these are {many}: say `from` and `to`, in seconds of the clip",
            limits::CARRY_FRAMES
        ))),
        _ => Ok(frames),
    }
}

fn check(tracks: &[ClipTrack]) -> Result<(), CarryError> {
    if tracks.len() > limits::CARRY_TRACKS {
        let (most, many) = (limits::CARRY_TRACKS, tracks.len());
        return Err(CarryError::Refused(format!("{many} tracks are too many: {most} are carried at a time")));
    }
    for (n, track) in tracks.iter().enumerate() {
        if tracks[..n].iter().any(|other| other.track == track.track) {
            return Err(CarryError::Refused(format!("track `{}` is there twice", track.track)));
        }
    }
    Ok(())
}

fn numbered(track: &ClipTrack, numbers: &HashMap<FrameId, usize>) -> Result<Track, CarryError> {
    let ClipTrack { track: name, category, marks } = track;
    let marks = marks.iter().map(|(frame, mark)| match numbers.get(frame) {
        Some(number) => Ok((*number, *mark)),
        None => Err(CarryError::Refused(format!(
            "track `{name}` says something of frame {frame}, which is none of the clip, or not in the time that was asked for"
        ))),
    });
    Ok(Track { name: name.clone(), category: category.clone(), marks: marks.collect::<Result<_, _>>()? })
}
