//! Clips, as the list of their frames tells of them.

use super::Index;
use super::keys;
use crate::domain::{ClipId, FrameId};
use crate::store::error::Result;

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

impl Index {
    /// The newest clips that are older than `before`, newest first.
    pub fn clips(&self, before: Option<ClipId>, most: usize) -> Result<Vec<ClipId>> {
        self.guard(|db| {
            let (mut found, start) = (Vec::new(), keys::CLIPS.to_vec());
            let mut end = before.map_or_else(|| after_all(&start), keys::clip);
            while found.len() < most
                && let Some(item) = db.range(start.clone()..end).next_back()
                && let Some((id, ..)) = keys::clip_of(&item?.0)
            {
                found.push(id);
                end = keys::clip(id);
            }
            Ok(found)
        })
    }

    /// A clip; `None` where none of its frames is there.
    pub fn clip(&self, id: ClipId) -> Result<Option<Listed>> {
        let (mut listed, mut begin): (Option<Listed>, u64) = (None, 0);
        self.each(&keys::clip(id), |key, _| {
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
    pub fn clip_frames(&self, id: ClipId, after: Option<(u64, FrameId)>, most: usize) -> Result<Vec<(u64, FrameId)>> {
        let prefix = keys::clip(id);
        let start = match after {
            // The next key there can be.
            Some((at, frame)) => [keys::in_clip_at(id, at, frame), vec![0]].concat(),
            None => prefix.clone(),
        };
        self.guard(|db| {
            let mut found = Vec::new();
            for item in db.range(start..after_all(&prefix)).keys().take(most) {
                found.extend(keys::clip_of(&item?).map(|(_, at, frame)| (at, frame)));
            }
            Ok(found)
        })
    }
}

/// Above every key with this prefix.
fn after_all(prefix: &[u8]) -> Vec<u8> {
    [prefix, &[0xff; 41]].concat()
}
