//! What the model saw of one camera, for the doors.

use super::lock::lock;
use super::seen::{Seen, Shown};
use super::view::drawn;
use crate::camera::Camera;
use crate::domain::{Detections, NewFrame};
use crate::picture::{self, Bounds, PictureError};
use bytes::Bytes;
use image::RgbImage;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::sync::watch;

/// One camera as the deployed model sees it.
pub struct Eye {
    seen: watch::Sender<Option<Arc<Seen>>>,
    /// What the model looks at, in pixels: whoever draws on that frame decodes it no second time.
    decoded: Mutex<Option<Decoded>>,
    /// The picture drawn last: several viewers ask for the same one.
    picture: Mutex<Option<Drawn>>,
}

struct Decoded {
    frame: Arc<NewFrame>,
    image: Arc<RgbImage>,
}

struct Drawn {
    shown: Shown,
    width: Option<u32>,
    jpeg: Bytes,
}

impl Default for Eye {
    fn default() -> Self {
        Self { seen: watch::channel(None).0, decoded: Mutex::default(), picture: Mutex::default() }
    }
}

impl Eye {
    /// What the model saw last, and sees from now on; `None` before it saw anything.
    pub fn seen(&self) -> watch::Receiver<Option<Arc<Seen>>> {
        self.seen.subscribe()
    }

    pub(super) fn sees(&self, seen: Arc<Seen>) {
        self.seen.send_replace(Some(seen));
    }

    /// What was seen last is not known to be there any more.
    pub(super) fn forget(&self) {
        self.seen.send_if_modified(|seen| seen.take().is_some());
    }

    /// What the model saw last.
    pub fn detections(&self) -> Option<Arc<Detections>> {
        self.seen.borrow().as_ref().map(|seen| seen.detections.clone())
    }

    /// What the live picture of its camera shows now; see [`Shown::now`].
    pub fn shown(&self, camera: &Camera) -> Option<Shown> {
        let (newest, seen) = (camera.latest.borrow().clone(), self.seen.borrow().clone());
        Shown::now(newest, seen, Instant::now())
    }

    /// That as a JPEG, at most `width` pixels wide; without anything to draw the frame itself, unchanged. `None` where it
    /// can't be decoded. Decodes and draws: not for an async thread.
    pub fn picture(&self, shown: &Shown, width: Option<u32>) -> Option<Bytes> {
        if let (Shown::Plain(frame), None) = (shown, width) {
            return Some(frame.jpeg.clone());
        }
        let mut last = lock(&self.picture);
        match &*last {
            Some(d) if d.shown.is(shown) && d.width == width => Some(d.jpeg.clone()),
            _ => {
                let jpeg = drawn(shown, width, |frame| self.pixels(frame))?;
                *last = Some(Drawn { shown: shown.clone(), width, jpeg: jpeg.clone() });
                Some(jpeg)
            }
        }
    }

    /// A frame's pixels, decoded unless it is the one that was decoded last.
    pub(super) fn pixels(&self, frame: &Arc<NewFrame>) -> Result<Arc<RgbImage>, PictureError> {
        let mut decoded = lock(&self.decoded);
        if let Some(Decoded { image, .. }) = decoded.as_ref().filter(|last| Arc::ptr_eq(&last.frame, frame)) {
            return Ok(image.clone());
        }
        let image = Arc::new(picture::decode(&frame.jpeg, Bounds::default())?);
        *decoded = Some(Decoded { frame: frame.clone(), image: image.clone() });
        Ok(image)
    }
}
