//! Clips: found by the list of their frames, and deleted by deleting these.

use super::clip_list::{self, Listed};
use crate::domain::{Clip, ClipId, Frame, FrameId, limits};
use crate::store::api::Slice;
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};

impl Core {
    pub fn clip(&self, id: ClipId) -> Result<Clip> {
        let listed = clip_list::clip(&self.index, id)?;
        match listed.map(|listed| self.clip_of(listed)).transpose()?.flatten() {
            Some(clip) => Ok(clip),
            None => Err(StoreError::NotFound { what: "clip", id: id.to_string() }),
        }
    }

    /// Clips, newest first.
    pub fn clips(&self, before: Option<ClipId>, limit: usize) -> Result<Slice<Clip>> {
        let limit = within(limit);
        let mut ids = clip_list::clips(&self.index, before, limit + 1)?;
        let more = ids.len() > limit;
        ids.truncate(limit);
        let next = ids.last().filter(|_| more).map(ToString::to_string);
        let mut items = Vec::with_capacity(ids.len());
        for id in ids {
            // One whose last frame went a moment ago is none any more.
            if let Some(listed) = clip_list::clip(&self.index, id)? {
                items.extend(self.clip_of(listed)?);
            }
        }
        Ok(Slice { items, next })
    }

    fn clip_of(&self, listed: Listed) -> Result<Option<Clip>> {
        let Some(entry) = self.index.entry(listed.first)? else { return Ok(None) };
        let Frame { id: first, taken, clock, source, camera, name, .. } = self.frame_of(listed.first, entry);
        let Listed { id, frames, last, span, .. } = listed;
        let every = (frames > 1).then(|| seconds(span) / (frames - 1) as f64);
        Ok(Some(Clip { id, name, source, camera, taken, clock, frames, first, seconds: seconds(last), every }))
    }

    /// Frames of a clip in the order of time; `after`: the `next` of the slice before.
    pub fn clip_frames(&self, id: ClipId, after: Option<&str>, limit: usize) -> Result<Slice<Frame>> {
        let (limit, after) = (within(limit), after.map(place).transpose()?);
        let mut found = clip_list::frames(&self.index, id, after, limit + 1)?;
        if found.is_empty() && after.is_none() {
            return Err(StoreError::NotFound { what: "clip", id: id.to_string() });
        }
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(at, frame)| format!("{at}.{frame}"));
        let mut items = Vec::with_capacity(found.len());
        for (_, frame) in found {
            items.extend(self.index.entry(frame)?.map(|entry| self.frame_of(frame, entry)));
        }
        Ok(Slice { items, next })
    }

    /// All frames of a clip that are there, in the order of time.
    pub fn frames_of_clip(&self, id: ClipId) -> Result<Vec<FrameId>> {
        Ok(clip_list::frames(&self.index, id, None, usize::MAX)?.into_iter().map(|(_, frame)| frame).collect())
    }
}

fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

fn within(limit: usize) -> usize {
    match limit {
        0 => limits::SLICE,
        n => n.min(limits::STORE_SLICE),
    }
}

/// What a slice ends with, as `clip_frames` writes it.
fn place(text: &str) -> Result<(u64, FrameId)> {
    let parsed = text.split_once('.').and_then(|(at, frame)| Some((at.parse().ok()?, frame.parse().ok()?)));
    parsed
        .ok_or_else(|| StoreError::Invalid(format!("`after`: {text} is not the `next` of a slice; take it from there")))
}
