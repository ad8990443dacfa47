//! Labels carried along the frames of a clip, and accepted there.
//!
//! [`carry`] reads the store and writes nothing: from what was said of each object, or from the labels that lie in the clip
//! ([`stored`]), to boxes in all of its frames, and where somebody should look. [`accept`] writes what somebody agrees to.

mod accept;
mod answer;
mod asked;
mod beyond;
mod names;
mod reel;
mod sizes;
mod stored;
mod told;

pub use accept::{Accepted, AcceptedBox, AcceptedFrame, accept};
pub use answer::{Answer, CarriedBox, CarriedFrame, CarriedTrack, ClipWhy, Look, Reason, TrackAsk, Unseen};
pub use asked::{Asked, CarryError, ClipTrack};
pub use reel::Way;

use crate::domain::{ClipId, Frame, limits};
use crate::store::Store;
use beyond::Beyond;
use reel::Reel;
use std::ops::Range;

/// Carries what was said of each object along the frames of a clip. Error: among others, `going` said to stop.
pub fn carry(store: &Store, clip: ClipId, asked: &Asked, way: Way) -> Result<Answer, CarryError> {
    let frames = sizes::frames(store, clip)?;
    let size = sizes::usual(&frames);
    let part = within(&frames, asked)?;
    let mut reel = Reel::new(store, &frames, size, way);
    let (mut tracks, mut notes) = match &asked.tracks {
        Some(tracks) => (told::tracks(store, &frames, &part, size, tracks)?, vec![]),
        None => stored::tracks(store, &mut reel, &part)?,
    };
    let beyond = Beyond::of(store, &frames, &part, size)?;
    notes.extend(beyond.join(&mut tracks, asked.tracks.is_none()));
    // Nothing is looked at where nobody follows anything.
    let mut courses = reel.carry(0, frames.len(), &tracks)?;
    notes.extend(beyond::leave(&mut tracks, &mut courses, &part));
    let unseen = reel.unseen();
    Ok(Answer::of(clip, (&frames, &part), tracks, courses, unseen, notes))
}

/// The part of the frames that it is about: they are in the order of time.
fn within(frames: &[Frame], asked: &Asked) -> Result<Range<usize>, CarryError> {
    let (from, to) = (asked.from.unwrap_or(0.0), asked.to.unwrap_or(f64::INFINITY));
    let at = |frame: &Frame| frame.clip.map_or(0.0, |place| place.at);
    let part = frames.partition_point(|frame| at(frame) < from)..frames.partition_point(|frame| at(frame) <= to);
    match part.len() {
        0 => Err(CarryError::Empty),
        many if many > limits::CARRY_FRAMES => Err(CarryError::Refused(format!(
            "labels are carried along {} frames at most, and these are {many}: say `from` and `to`, in seconds of the clip",
            limits::CARRY_FRAMES
        ))),
        _ => Ok(part),
    }
}
