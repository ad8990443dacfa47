//! Clips, as the list of their frames in the index tells of them.

use crate::domain::{ClipId, FrameId};
use crate::store::error::Result;
use crate::store::index::Index;
use crate::store::index::keys;

/// What the list tells of a clip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Listed {
    pub id: ClipId,
    pub frames: u64,
    pub first: FrameId,
    /// Microseconds from the clip's start to its last frame.
    pub last: u64,
    /// Microseconds from its first frame to its last.
    pub span: u64,
}

/// The newest clips that are older than `before`, newest first.
pub fn clips(index: &Index, before: Option<ClipId>, most: usize) -> Result<Vec<ClipId>> {
    let (mut found, start) = (Vec::new(), keys::CLIPS.to_vec());
    let mut end = before.map_or_else(|| after_all(&start), keys::clip);
    while found.len() < most
        && let Some(key) = index.last_in(start.clone()..end)?
        && let Some((id, ..)) = keys::clip_of(&key)
    {
        found.push(id);
        end = keys::clip(id);
    }
    Ok(found)
}

/// A clip; `None` where none of its frames is there.
pub fn clip(index: &Index, id: ClipId) -> Result<Option<Listed>> {
    let (mut listed, mut begin): (Option<Listed>, u64) = (None, 0);
    index.each(&keys::clip(id), |key, _| {
        if let Some((_, at, frame)) = keys::clip_of(key) {
            if listed.is_none() {
                begin = at;
            }
            let before = listed.unwrap_or(Listed { id, frames: 0, first: frame, last: at, span: 0 });
            listed = Some(Listed { frames: before.frames + 1, last: at, span: at - begin, ..before });
        }
        true
    })?;
    Ok(listed)
}

/// Frames of a clip with their microseconds, in the order of time, that come after this place in it.
pub fn frames(index: &Index, id: ClipId, after: Option<(u64, FrameId)>, most: usize) -> Result<Vec<(u64, FrameId)>> {
    let prefix = keys::clip(id);
    let start = match after {
        // The next key there can be.
        Some((at, frame)) => [keys::in_clip_at(id, at, frame), vec![0]].concat(),
        None => prefix.clone(),
    };
    let keys = index.keys_in(start..after_all(&prefix), most)?;
    Ok(keys.iter().filter_map(|key| keys::clip_of(key)).map(|(_, at, frame)| (at, frame)).collect())
}

/// Above every key with this prefix.
fn after_all(prefix: &[u8]) -> Vec<u8> {
    [prefix, &[0xff; 41]].concat()
}
