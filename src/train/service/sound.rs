//! Which labelled frames can still be read, and what they look like. One that can't, damaged on the disk or cut short by its camera, is left out
//! of a training and told; it must not keep the others from being learned from.

use crate::domain::FrameId;
use crate::picture::{self, Bounds, Likeness};
use crate::store::{Store, StoreError};
use crate::train::error::TrainError;
use crate::turns::Turns;
use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// `EIO`: the disk can't give this stretch out any more. Other failures of the system say nothing of one frame.
const UNREADABLE: i32 = 5;

/// Pictures that are remembered beside those that are asked for, at most.
const FORGOTTEN_FROM: usize = 1000;

/// Frames that can't be learned from.
#[derive(Debug, Default, PartialEq)]
pub struct Unusable {
    /// Their pictures can't be read any more.
    pub damaged: BTreeSet<FrameId>,
    /// They were deleted, and can't be brought back.
    pub gone: BTreeSet<FrameId>,
}

impl Unusable {
    pub fn contains(&self, frame: &FrameId) -> bool {
        self.damaged.contains(frame) || self.gone.contains(frame)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Condition {
    Sound,
    Damaged,
    Gone,
}

/// Remembers which pictures were decoded whole: they never change, only rot. And what they looked like: three kilobytes each,
/// so that none is decoded for it again as long as the daemon runs.
pub struct Sound {
    whole: Mutex<HashMap<FrameId, Arc<Likeness>>>,
    turns: Turns,
}

impl Sound {
    /// `turns`: at decoding pictures.
    pub fn new(turns: Turns) -> Self {
        Self { whole: Mutex::default(), turns }
    }

    /// Those of `frames` that can't be learned from; of one deleted meanwhile the picture is still there, for a day. `check` is
    /// asked before each; its error ends the search.
    pub fn unusable(
        &self,
        store: &Store,
        frames: &[FrameId],
        check: &(dyn Fn() -> Result<(), TrainError> + Sync),
    ) -> Result<Unusable, TrainError> {
        self.forget_all_but(frames);
        by_two(frames, &|frame| {
            check()?;
            self.condition(store, frame)
        })
    }

    /// What those that were seen whole look like.
    pub fn likenesses(&self) -> HashMap<FrameId, Arc<Likeness>> {
        self.whole.lock().clone()
    }

    /// Frames that were deleted, or are labelled no more, would fill the memory in the end.
    fn forget_all_but(&self, frames: &[FrameId]) {
        let mut whole = self.whole.lock();
        if whole.len() > 2 * frames.len() + FORGOTTEN_FROM {
            let frames: BTreeSet<FrameId> = frames.iter().copied().collect();
            whole.retain(|frame, _| frames.contains(frame));
        }
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
            let known = self.whole.lock();
            frames.iter().filter(|f| !known.contains_key(f)).copied().collect()
        };
        let unusable = by_two(&unknown, &|frame| match begun.elapsed() < within {
            true => self.condition(store, frame),
            false => Ok(Condition::Sound),
        })?;
        Ok(unusable.damaged)
    }

    fn condition(&self, store: &Store, frame: FrameId) -> Result<Condition, TrainError> {
        let _turn = self.turns.wait();
        let jpeg = match store.jpeg_even_deleted(frame) {
            Ok(jpeg) => jpeg,
            Err(StoreError::Io { source, .. }) if source.raw_os_error() == Some(UNREADABLE) => {
                return Ok(Condition::Damaged);
            }
            Err(StoreError::Damaged(why)) => {
                tracing::warn!(%frame, why, "a labelled frame is damaged");
                return Ok(Condition::Damaged);
            }
            Err(StoreError::NotFound { .. }) => return Ok(Condition::Gone),
            Err(error) => return Err(error.into()),
        };
        if self.whole.lock().contains_key(&frame) {
            return Ok(Condition::Sound);
        }
        match picture::decode(&jpeg, Bounds::default()) {
            Ok(image) => {
                let likeness = Arc::new(Likeness::of(&image));
                self.whole.lock().insert(frame, likeness);
                Ok(Condition::Sound)
            }
            Err(why) => {
                tracing::warn!(%frame, %why, "a labelled frame can't be decoded");
                Ok(Condition::Damaged)
            }
        }
    }
}

/// The condition of `frames`, asked on two threads: there are no more turns. They are no workers of rayon, of which whoever
/// holds a turn may need one.
fn by_two(
    frames: &[FrameId],
    condition: &(dyn Fn(FrameId) -> Result<Condition, TrainError> + Sync),
) -> Result<Unusable, TrainError> {
    let of = |frames: &[FrameId]| -> Result<Vec<(FrameId, Condition)>, TrainError> {
        frames.iter().map(|&frame| Ok((frame, condition(frame)?))).collect()
    };
    let (one, other) = frames.split_at(frames.len() / 2);
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| of(one));
        let other = of(other);
        (one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), other)
    });
    let all: Vec<_> = one?.into_iter().chain(other?).collect();
    let of = |wanted| all.iter().filter(|(_, found)| *found == wanted).map(|(frame, _)| *frame).collect();
    Ok(Unusable { damaged: of(Condition::Damaged), gone: of(Condition::Gone) })
}

/// A frame's JPEG, for a training that was told that it can be read; of one deleted meanwhile, too.
pub fn jpeg(store: &Store, frame: FrameId) -> Result<Bytes, TrainError> {
    store.jpeg_even_deleted(frame).map_err(|error| {
        let what = match error {
            StoreError::NotFound { .. } => "deleted for good",
            StoreError::Damaged(_) => "damaged on the disk",
            // Of the disk, or of the whole store.
            error => return error.into(),
        };
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
                clip: None,
                kept: None,
                truth: None,
            };
            store.add_frame(&frame).unwrap().id
        };
        let (good, rots) = (add(jpeg(9)), add(jpeg(200)));
        let cut = jpeg(90);
        let cut = add(cut[..cut.len() / 2].to_vec().into());
        let frames = [good, rots, cut];
        let sound = Sound::new(Turns::at_pictures());
        let never = Duration::ZERO;
        assert!(sound.damaged_within(&store, &frames, never).unwrap().is_empty(), "nothing is known yet");
        let unusable = || sound.unusable(&store, &frames, &|| Ok(())).unwrap();
        assert_eq!(unusable().damaged, BTreeSet::from([cut]));

        let needle = store.jpeg(rots).unwrap();
        let segment = std::fs::read_dir(dir.path().join("segments")).unwrap().next().unwrap().unwrap().path();
        let bytes = std::fs::read(&segment).unwrap();
        let at = bytes.windows(needle.len()).position(|w| w == needle).unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(&segment).unwrap();
        file.write_all_at(&[!needle[20]], at as u64 + 20).unwrap();
        assert_eq!(unusable().damaged, BTreeSet::from([rots, cut]));
        assert!(super::jpeg(&store, rots).unwrap_err().to_string().contains("start it again"));
        store.batch(&Who::local(), &[good], BatchAction::Delete).unwrap();
        assert!(super::jpeg(&store, good).is_ok(), "deleted while a training ran");
        let never_there = FrameId::new();
        let found = sound.unusable(&store, &[good, never_there], &|| Ok(())).unwrap();
        assert_eq!(found, Unusable { gone: BTreeSet::from([never_there]), ..Unusable::default() });
        let stop = || Err(TrainError::Cancelled);
        assert!(matches!(sound.unusable(&store, &frames, &stop), Err(TrainError::Cancelled)));
    }
}
