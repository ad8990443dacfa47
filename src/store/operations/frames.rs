//! Adding frames and reading them.

use super::labels;
use crate::domain::{Frame, FrameId, NewFrame, Phase, Pooled, limits, name};
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::index::Changes;
use crate::store::index::keys::{self, FrameEntry, FrameMeta};
use crate::store::record;
use crate::store::segments::{self, Series};
use crate::store::tables::space::Pin;
use std::collections::BTreeSet;
use std::time::Instant;

impl Core {
    /// What the index holds of a frame, as it is told.
    pub fn frame_of(&self, id: FrameId, entry: FrameEntry) -> Frame {
        let FrameEntry { meta, bytes, phase, revision, .. } = entry;
        let FrameMeta { taken, stamp, width, height, source, camera, name, clip, kept, pooled } = meta;
        let (taken, clock) = self.time(taken, stamp.as_ref());
        Frame { id, taken, clock, width, height, bytes, source, camera, name, clip, kept, pooled, phase, revision }
    }

    /// Stores a frame; answers it, and how many older ones were dropped to make room.
    /// `pooled`: whose it is, where it comes out of the pool.
    pub fn add_frame(&self, frame: &NewFrame, pooled: Option<Pooled>) -> Result<(Frame, u64)> {
        if frame.jpeg.is_empty() || frame.width == 0 || frame.height == 0 {
            return Err(StoreError::Invalid("the frame is empty".into()));
        }
        frame.name.as_deref().map_or(Ok(()), name::check_file).map_err(StoreError::Invalid)?;
        if frame.clip.is_some_and(|place| !limits::CLIP_SECONDS.contains(&place.at)) {
            return Err(StoreError::Invalid(
                "a frame's place in its clip is a number of seconds from its start".into(),
            ));
        }
        let meta = FrameMeta {
            taken: frame.taken,
            stamp: self.stamp(frame.taken),
            width: frame.width,
            height: frame.height,
            source: frame.source,
            // Of this device alone, as is why it was kept.
            camera: frame.camera.clone().filter(|_| pooled.is_none()),
            name: frame.name.clone(),
            clip: frame.clip,
            kept: frame.kept.clone().filter(|_| pooled.is_none()),
            pooled: pooled.map(Box::new),
        };
        let json = serde_json::to_vec(&meta).map_err(|e| StoreError::Invalid(e.to_string()))?;
        self.index.in_use()?;
        let mut segments = self.segments()?;
        // Here, so that ids sort as the frames arrive.
        let id = FrameId::new();
        let bytes = record::encode(record::FRAME, id.0.into_bytes(), &json, &frame.jpeg)?;
        let dropped = self.make_room(&mut segments, bytes.len() as u64, frame.source)?;
        let location = segments.append(Series::Plain, &bytes)?;
        let entry = FrameEntry {
            meta,
            bytes: frame.jpeg.len() as u64,
            location,
            phase: Phase::Unlabelled,
            revision: 0,
            labels: None,
            draft: false,
        };
        let mut changes = Changes::default();
        changes.put_entry(id, &entry)?;
        labels::list(&mut changes, id, &entry, &BTreeSet::new());
        changes.mark(keys::with(keys::segment(location.segment), id));
        if let Err(e) = self.index.apply(changes) {
            segments.take_back(location);
            return Err(e);
        }
        if frame.source.is_brought() {
            let pin = Pin { since: Instant::now(), segment: location.segment, total: location.total };
            self.space.lock().pins.insert(id, pin);
        }
        drop(segments);
        self.dirty();
        Ok((self.frame_of(id, entry), dropped))
    }

    pub fn entry(&self, id: FrameId) -> Result<FrameEntry> {
        self.index.entry(id)?.ok_or_else(|| StoreError::NotFound { what: "frame", id: id.to_string() })
    }

    /// Of one that somebody labelled damage is told.
    pub fn jpeg(&self, id: FrameId) -> Result<bytes::Bytes> {
        let picture = self.picture(id, || self.entry(id));
        match picture.is_ok() || self.entry(id)?.has_work() {
            true => self.readable(format!("the picture of the labelled frame {id}"), picture),
            false => picture,
        }
    }

    /// Also of a frame that was deleted, as long as its bytes are there.
    pub fn jpeg_even_deleted(&self, id: FrameId) -> Result<bytes::Bytes> {
        self.picture(id, || match self.index.anywhere(id)? {
            Some(found) => Ok(found.entry),
            None => Err(StoreError::NotFound { what: "frame", id: id.to_string() }),
        })
    }

    fn picture(&self, id: FrameId, find: impl Fn() -> Result<FrameEntry>) -> Result<bytes::Bytes> {
        let mut last = None;
        loop {
            let at = find()?.location;
            match segments::read(&self.files, &self.segments_dir(), at)? {
                Some((found, _)) if found != id => {
                    return Err(StoreError::Damaged(format!("the index points frame {id} at another frame")));
                }
                Some((_, jpeg)) => return Ok(jpeg.into()),
                // Retention moved or dropped it between the two looks: look again, unless nothing has changed.
                None if last == Some(at) => {
                    return Err(StoreError::Damaged(format!("the segment of frame {id} is gone")));
                }
                None => last = Some(at),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FrameSource;
    use jiff::Timestamp;

    #[test]
    fn the_longest_entry_fits_a_sled_value() {
        let meta = FrameMeta {
            taken: Timestamp::MAX,
            stamp: Some(crate::domain::Stamp { boot: "x".repeat(36), at: i64::MIN, believed: true }),
            width: u32::MAX,
            height: u32::MAX,
            source: FrameSource::Camera,
            camera: Some("x".repeat(*limits::CAMERA_ID.end()).parse().unwrap()),
            name: Some("\u{1}".repeat(limits::FRAME_NAME)),
            clip: Some(crate::domain::ClipPlace { id: crate::domain::ClipId::new(), at: f64::MAX }),
            kept: Some(crate::domain::KeptFor::Unsure {
                category: "\u{1}".repeat(*limits::CATEGORY_NAME.end()),
                score: f32::MIN,
            }),
            pooled: None,
        };
        let pooled =
            Pooled { device: "x".repeat(*limits::DEVICE_ID.end()), frame: FrameId::new(), camera: meta.camera.clone() };
        let theirs = FrameMeta { camera: None, kept: None, pooled: Some(Box::new(pooled)), ..meta.clone() };
        let location = keys::Location { segment: u32::MAX, offset: u64::MAX, total: u64::MAX };
        let labels = Some(keys::Pointer { offset: u64::MAX, total: u64::MAX });
        for meta in [meta, theirs] {
            let entry = FrameEntry {
                meta,
                bytes: u64::MAX,
                location,
                phase: Phase::Unlabelled,
                revision: u64::MAX,
                labels,
                draft: true,
            };
            assert!(serde_json::to_vec(&entry).unwrap().len() < 4000);
        }
    }
}
