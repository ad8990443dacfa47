//! The last looks of the model with their frames, so that somebody who saw something on the live picture can still keep
//! that very frame.

use super::seen::Seen;
use crate::domain::{CameraId, Detections, FrameId, LookId};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// Bytes of all that is remembered: a minute of a small camera at 5 looks a second, ten seconds of a large one. The newest
/// look is remembered whatever it takes.
const REMEMBERED: usize = 32 << 20;
/// Bytes of a look beside its frame, and of each object in it: generous, as the allocator's share is in them.
const LOOK: usize = 1_000;
const OBJECT: usize = 200;

/// A look that is remembered.
#[derive(Clone, Debug)]
pub struct Remembered {
    pub seen: Arc<Seen>,
    /// Under which its frame was stored, as far as that is known.
    pub stored: Option<FrameId>,
}

impl Remembered {
    fn is_of(&self, camera: Option<&CameraId>, taken: Timestamp) -> bool {
        let Detections { camera: own, taken: at, .. } = &*self.seen.detections;
        *at == taken && camera.is_none_or(|camera| own.as_ref() == Some(camera))
    }
}

/// The last looks, oldest first.
#[derive(Debug, Default)]
pub struct Looks {
    looks: VecDeque<Remembered>,
    bytes: usize,
}

impl Looks {
    pub fn add(&mut self, seen: Arc<Seen>) {
        self.bytes += size(&seen);
        let stored = seen.detections.frame;
        self.looks.push_back(Remembered { seen, stored });
        while self.bytes > REMEMBERED && self.looks.len() > 1 {
            let oldest = self.looks.pop_front();
            self.bytes -= oldest.map_or(0, |oldest| size(&oldest.seen));
        }
    }

    pub fn of(&self, id: LookId) -> Option<&Remembered> {
        self.looks.iter().rev().find(|look| look.seen.detections.id == id)
    }

    /// The look at the frame that this camera took then; of whichever camera, where none is named.
    pub fn taken(&self, camera: Option<&CameraId>, at: Timestamp) -> Option<&Remembered> {
        self.looks.iter().rev().find(|look| look.is_of(camera, at))
    }

    /// The looks at this camera that were there at such a moment, oldest first.
    pub fn of_camera(&self, camera: Option<&CameraId>, at: impl Fn(Instant) -> bool) -> Vec<Remembered> {
        let of = |look: &&Remembered| look.seen.detections.camera.as_ref() == camera && at(look.seen.at);
        self.looks.iter().filter(of).cloned().collect()
    }

    /// The frame that this camera took then is stored under this id.
    pub fn store(&mut self, camera: Option<&CameraId>, taken: Timestamp, id: FrameId) {
        for look in self.looks.iter_mut().rev().filter(|look| look.is_of(camera, taken)) {
            look.stored = Some(id);
        }
    }
}

fn size(seen: &Seen) -> usize {
    seen.frame.jpeg.len() + LOOK + OBJECT * seen.detections.objects.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::NewFrame;
    use crate::live::seen::tests::{frame, seen};
    use jiff::SignedDuration;

    #[test]
    fn the_newest_looks_are_remembered_within_their_bytes() {
        let first = frame();
        let mut looks = Looks::default();
        let at = |second: i64| first.taken + SignedDuration::from_secs(second);
        for second in 0..40 {
            let jpeg = vec![0; 1 << 20].into();
            let taken = NewFrame { jpeg, taken: at(second), ..frame() };
            looks.add(Arc::new(seen(&Arc::new(taken), vec![], vec![])));
        }
        assert!(looks.taken(None, at(8)).is_none() && looks.taken(None, at(9)).is_some() && looks.bytes <= REMEMBERED);
        let id = looks.taken(None, at(39)).unwrap().seen.detections.id;
        assert_eq!(looks.of(id).unwrap().seen.frame.taken, at(39));
        assert!(looks.of(LookId::new()).is_none());
        let stored = FrameId::new();
        looks.store(Some(&"yard".parse().unwrap()), at(39), FrameId::new());
        assert_eq!(looks.of(id).unwrap().stored, None, "that was another camera's");
        looks.store(None, at(39), stored);
        assert_eq!((looks.of(id).unwrap().stored, looks.taken(None, at(38)).unwrap().stored), (Some(stored), None));

        let huge = NewFrame { jpeg: vec![0; REMEMBERED + 1].into(), ..frame() };
        looks.add(Arc::new(seen(&Arc::new(huge), vec![], vec![])));
        assert_eq!(looks.looks.len(), 1);
    }
}
