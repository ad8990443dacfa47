//! Which labelled frames can still be read. One that can't, damaged on the disk or cut short by its camera, is left out
//! of a training and told; it must not keep the others from being learned from.

use crate::domain::FrameId;
use crate::picture::{self, Bounds};
use crate::store::{Store, StoreError};
use crate::train::error::TrainError;
use bytes::Bytes;
use parking_lot::Mutex;
use rayon::prelude::*;
use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

/// `EIO`: the disk can't give this stretch out any more. Other failures of the system say nothing of one frame.
const UNREADABLE: i32 = 5;

/// Remembers which pictures were decoded whole: they never change, only rot.
#[derive(Default)]
pub struct Sound(Mutex<HashSet<FrameId>>);

impl Sound {
    /// Those of `frames` that can't be read. `check` is asked before each; its error ends the search.
    pub fn damaged(
        &self,
        store: &Store,
        frames: &[FrameId],
        check: &(dyn Fn() -> Result<(), TrainError> + Sync),
    ) -> Result<BTreeSet<FrameId>, TrainError> {
        let found = frames.par_iter().map(|&frame| {
            check()?;
            Ok(match self.is_damaged(store, frame)? {
                true => Some(frame),
                false => None,
            })
        });
        let found: Vec<Option<FrameId>> = found.collect::<Result<_, TrainError>>()?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The same for whoever waits for an answer: what is not known after `within` counts as sound until it is. What was
    /// seen whole once is not read again.
    pub fn damaged_within(
        &self,
        store: &Store,
        frames: &[FrameId],
        within: Duration,
    ) -> Result<BTreeSet<FrameId>, TrainError> {
        let begun = Instant::now();
        let unknown: Vec<FrameId> = {
            let known = self.0.lock();
            frames.iter().filter(|f| !known.contains(f)).copied().collect()
        };
        let found = unknown.par_iter().map(|&frame| {
            let in_time = begun.elapsed() < within;
            Ok((in_time && self.is_damaged(store, frame)?).then_some(frame))
        });
        let found: Vec<Option<FrameId>> = found.collect::<Result<_, TrainError>>()?;
        Ok(found.into_iter().flatten().collect())
    }

    fn is_damaged(&self, store: &Store, frame: FrameId) -> Result<bool, TrainError> {
        let jpeg = match store.jpeg(frame) {
            Ok(jpeg) => jpeg,
            Err(StoreError::Io { source, .. }) if source.raw_os_error() == Some(UNREADABLE) => return Ok(true),
            Err(StoreError::Damaged(why)) => {
                tracing::warn!(%frame, why, "a labelled frame is damaged");
                return Ok(true);
            }
            // It was removed a moment ago.
            Err(StoreError::NotFound { .. }) => return Ok(true),
            Err(error) => return Err(error.into()),
        };
        if self.0.lock().contains(&frame) {
            return Ok(false);
        }
        match picture::decode(&jpeg, Bounds::default()) {
            Ok(_) => {
                self.0.lock().insert(frame);
                Ok(false)
            }
            Err(why) => {
                tracing::warn!(%frame, %why, "a labelled frame can't be decoded");
                Ok(true)
            }
        }
    }
}

/// A frame's JPEG, for a training that was told that it can be read; of one deleted meanwhile, too.
pub fn jpeg(store: &Store, frame: FrameId) -> Result<Bytes, TrainError> {
    store.jpeg_even_deleted(frame).map_err(|error| {
        let what =
            if matches!(error, StoreError::NotFound { .. }) { "deleted for good" } else { "damaged on the disk" };
        let again = "while the training ran; start it again, and the frame is left out";
        TrainError::because(format!("frame {frame} was {what} {again}"))(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FrameSource, NewFrame, Who};
    use crate::store::{BatchAction, Options};
    use jiff::Timestamp;
    use std::os::unix::fs::FileExt;

    #[test]
    fn a_frame_that_rotted_or_was_never_whole_is_found_and_others_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(Options { dir: dir.path().to_owned(), budget: 1 << 28, reserve: 0 }).unwrap();
        let jpeg = |grey| picture::encode_jpeg(&image::RgbImage::from_pixel(32, 32, image::Rgb([grey; 3])), 90);
        let add = |jpeg: bytes::Bytes| {
            let taken = Timestamp::now();
            let frame = NewFrame {
                jpeg,
                taken,
                width: 32,
                height: 32,
                source: FrameSource::Upload,
                camera: None,
                name: None,
                truth: None,
            };
            store.add_frame(&frame).unwrap().id
        };
        let (good, rots) = (add(jpeg(9)), add(jpeg(200)));
        let cut = jpeg(90);
        let cut = add(cut[..cut.len() / 2].to_vec().into());
        let frames = [good, rots, cut];
        let sound = Sound::default();
        let never = Duration::ZERO;
        assert!(sound.damaged_within(&store, &frames, never).unwrap().is_empty(), "nothing is known yet");
        assert_eq!(sound.damaged(&store, &frames, &|| Ok(())).unwrap(), BTreeSet::from([cut]));

        let needle = store.jpeg(rots).unwrap();
        let segment = std::fs::read_dir(dir.path().join("segments")).unwrap().next().unwrap().unwrap().path();
        let bytes = std::fs::read(&segment).unwrap();
        let at = bytes.windows(needle.len()).position(|w| w == needle).unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(&segment).unwrap();
        file.write_all_at(&[!needle[20]], at as u64 + 20).unwrap();
        assert_eq!(sound.damaged(&store, &frames, &|| Ok(())).unwrap(), BTreeSet::from([rots, cut]));
        assert!(super::jpeg(&store, rots).unwrap_err().to_string().contains("start it again"));
        store.batch(&Who::local(), &[good], BatchAction::Delete).unwrap();
        assert!(super::jpeg(&store, good).is_ok(), "deleted while a training ran");
        let stop = || Err(TrainError::Cancelled);
        assert!(matches!(sound.damaged(&store, &frames, &stop), Err(TrainError::Cancelled)));
    }
}
