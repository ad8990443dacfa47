//! A clip that comes again: its frames that are here already say which clip here it is, and the others go there too, so that
//! it is whole.

use crate::domain::{ClipId, ClipPlace, FrameId};
use crate::store::{Store, StoreError};
use std::collections::HashMap;

/// Clips of a data set, and what they are here.
#[derive(Debug, Default)]
pub struct Clips(HashMap<ClipId, ClipId>);

impl Clips {
    /// A frame of a clip is `here` already, where it is.
    pub fn meet(&mut self, store: &Store, clip: Option<ClipPlace>, here: Option<FrameId>) -> Result<(), StoreError> {
        let (Some(clip), Some(here)) = (clip, here) else { return Ok(()) };
        if let Some(there) = store.frame(here)?.clip {
            let known = self.0.entry(clip.id).or_insert(there.id);
            // One that is here under its own name is that.
            if there.id == clip.id {
                *known = clip.id;
            }
        }
        Ok(())
    }

    /// Where a frame comes to lie.
    pub fn place(&self, clip: ClipPlace) -> ClipPlace {
        ClipPlace { id: self.0.get(&clip.id).copied().unwrap_or(clip.id), ..clip }
    }
}
