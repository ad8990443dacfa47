//! Labels carried along the frames of a clip, and accepted there.
//!
//! [`carry`] reads the store and writes nothing: from what was said of each object, or from the labels that lie in the clip
//! ([`stored`]), to boxes in all of its frames, and where somebody should look. [`accept`] writes what somebody agrees to.

mod accept;
mod answer;
mod asked;
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
use reel::Reel;

/// Carries what was said of each object along the frames of a clip. Error: among others, `going` said to stop.
pub fn carry(store: &Store, clip: ClipId, asked: &Asked, way: Way) -> Result<Answer, CarryError> {
    let all = sizes::frames(store, clip)?;
    let size = sizes::usual(&all);
    let frames = within(all, asked)?;
    let mut reel = Reel::new(store, &frames, size, way);
    let (tracks, notes) = match &asked.tracks {
        Some(tracks) => (told::tracks(store, &frames, size, tracks)?, vec![]),
        None => stored::tracks(store, &mut reel)?,
    };
    let courses = reel.carry(0, frames.len(), &tracks)?;
    let unseen = reel.unseen();
    Ok(Answer::of(clip, &frames, tracks, courses, unseen, notes))
}

/// Those of the frames that it is about.
fn within(mut frames: Vec<Frame>, asked: &Asked) -> Result<Vec<Frame>, CarryError> {
    let (from, to) = (asked.from.unwrap_or(0.0), asked.to.unwrap_or(f64::INFINITY));
    frames.retain(|frame| frame.clip.is_some_and(|place| (from..=to).contains(&place.at)));
    match frames.len() {
        0 => Err(CarryError::Empty),
        many if many > limits::CARRY_FRAMES => Err(CarryError::Refused(format!(
            "labels are carried along {} frames at most, and these are {many}: say `from` and `to`, in seconds of the clip",
            limits::CARRY_FRAMES
        ))),
        _ => Ok(frames),
    }
}
