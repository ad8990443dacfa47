//! The frames that are in the store already: what is brought again is told as the same.

use crate::domain::{ClipPlace, Frame, FrameId, limits};
use crate::store::{FrameQuery, Store, StoreError};
use std::collections::HashMap;
use std::path::Path;

/// Frames that are looked at first where few are new.
const FEW: usize = 16;

/// Seconds by which places in a clip differ that are one.
const NEAR: f64 = 1e-6;

/// Frames by the length of their pictures: 24 bytes each, of a million too.
pub struct Known {
    which: fn(&Frame) -> bool,
    sorted: Vec<(u32, FrameId)>,
    added: HashMap<u32, Vec<FrameId>>,
    /// The newest frame that was looked at.
    newest: Option<FrameId>,
}

impl Known {
    /// All frames that are there now.
    pub fn of(store: &Store) -> Result<Self, StoreError> {
        let mut known = Self::none(|_| true);
        known.catch_up(store)?;
        Ok(known)
    }

    /// Those that somebody brought under a name, but for frames of a clip, once it has caught up.
    pub fn brought() -> Self {
        Self::none(|frame| frame.source.is_brought() && frame.name.is_some() && frame.clip.is_none())
    }

    fn none(which: fn(&Frame) -> bool) -> Self {
        Self { which, sorted: Vec::new(), added: HashMap::new(), newest: None }
    }

    /// Looks at what came since it did so last.
    pub fn catch_up(&mut self, store: &Store) -> Result<(), StoreError> {
        let (first, seen) = (self.sorted.is_empty() && self.added.is_empty(), self.newest);
        let (mut before, mut limit) = (None, if seen.is_some() { FEW } else { limits::STORE_SLICE });
        loop {
            let slice = store.frames(&FrameQuery { before, limit, ..FrameQuery::default() })?;
            let new = slice.items.iter().take_while(|frame| seen.is_none_or(|seen| frame.id > seen));
            let new: Vec<&Frame> = new.collect();
            self.newest = self.newest.max(new.first().map(|frame| frame.id));
            let which = self.which;
            for frame in new.iter().filter(|frame| which(frame)) {
                match first {
                    true => self.sorted.push((frame.bytes as u32, frame.id)),
                    false => self.add(frame),
                }
            }
            before = match (slice.next, slice.items.last()) {
                (Some(_), Some(last)) if new.len() == slice.items.len() => Some(last.id),
                _ => break,
            };
            limit = limits::STORE_SLICE;
        }
        self.sorted.sort_unstable();
        Ok(())
    }

    pub fn add(&mut self, frame: &Frame) {
        self.added.entry(frame.bytes as u32).or_default().push(frame.id);
    }

    /// A frame with these very bytes, and with that name or none. For a frame of a clip only one that lies at the same place of
    /// one is the same: a clip is whole, and two of its frames may be one picture.
    pub fn find(
        &self,
        store: &Store,
        (name, clip): (&str, Option<ClipPlace>),
        jpeg: &[u8],
    ) -> Result<Option<FrameId>, StoreError> {
        let length = jpeg.len() as u32;
        let start = self.sorted.partition_point(|(l, _)| *l < length);
        let sorted = self.sorted[start..].iter().take_while(|(l, _)| *l == length).map(|(_, id)| *id);
        let added = self.added.get(&length).into_iter().flatten().copied();
        for id in sorted.chain(added) {
            // It may have gone meanwhile.
            let frame = match store.frame(id) {
                Ok(frame) => frame,
                Err(StoreError::NotFound { .. }) => continue,
                Err(error) => return Err(error),
            };
            let same = frame.name.as_deref().is_none_or(|known| is_same(known, name) || stem(name) == id.to_string());
            if same && is_at(frame.clip, clip) && store.jpeg(id)? == jpeg {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}

/// Whether two pictures of the same bytes, with these names and places in a clip, are one: as what is here and what comes.
pub fn is_one(here: (&str, Option<ClipPlace>), coming: (&str, Option<ClipPlace>)) -> bool {
    is_same(here.0, coming.0) && is_at(here.1, coming.1)
}

fn is_at(here: Option<ClipPlace>, coming: Option<ClipPlace>) -> bool {
    coming.is_none_or(|coming| here.is_some_and(|here| (here.at - coming.at).abs() < NEAR))
}

/// The last part of a name, without its ending.
pub fn stem(name: &str) -> &str {
    Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or(name)
}

/// Names that differ in their folders or endings may be of the same picture, unless both name a folder.
fn is_same(a: &str, b: &str) -> bool {
    let folder = |name: &str| -> Option<String> {
        let parent = Path::new(name).parent()?.to_str()?.trim_start_matches("images").trim_matches('/').to_owned();
        (!parent.is_empty()).then_some(parent)
    };
    stem(a) == stem(b)
        && match (folder(a), folder(b)) {
            (Some(a), Some(b)) => a == b || a.ends_with(&b) || b.ends_with(&a),
            _ => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_in_two_folders_is_another_picture() {
        assert!(
            is_same("a.jpg", "images/a.png") && is_same("x/a.jpg", "a.jpg") && is_same("x/a.jpg", "images/x/a.jpg")
        );
        assert!(!is_same("train/a.jpg", "valid/a.jpg") && !is_same("a.jpg", "b.jpg"));
    }
}
