//! The size of the pictures of a clip: boxes are in pixels, and mean something only in pictures of one size.

use crate::domain::{ClipId, Frame};
use crate::store::{Store, StoreError};
use std::collections::BTreeMap;

/// The frames of a clip, in the order of time.
pub fn frames(store: &Store, clip: ClipId) -> Result<Vec<Frame>, StoreError> {
    store.clip(clip)?;
    let mut frames = Vec::new();
    for id in store.frames_of_clip(clip)? {
        match store.frame(id) {
            Ok(frame) => frames.push(frame),
            // It went a moment ago.
            Err(StoreError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(frames)
}

/// Width and height of most of the frames, in pixels; of several the one that is there first.
pub fn usual(frames: &[Frame]) -> (u32, u32) {
    let mut counted: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for frame in frames {
        *counted.entry((frame.width, frame.height)).or_default() += 1;
    }
    let most = counted.values().copied().max().unwrap_or(0);
    let first = frames.iter().map(|frame| (frame.width, frame.height)).find(|size| counted[size] == most);
    first.unwrap_or_default()
}

/// Why nothing can be carried to this frame, where it is of another size.
pub fn odd(frame: &Frame, usual: (u32, u32)) -> Option<String> {
    let size = (frame.width, frame.height);
    let told = |(width, height): (u32, u32)| format!("{width} × {height}");
    (size != usual).then(|| format!("it has {} pixels, and the clip {}", told(size), told(usual)))
}
