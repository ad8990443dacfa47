//! What the model saw, with the very frame it looked at: one value, so that boxes never meet another picture.

use crate::domain::{Category, Detections, NewFrame};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A look that is this old says nothing about what is there now. Of a model that looks rarely, three looks' time.
const STALE: Duration = Duration::from_secs(2);

/// A look of the model at a frame.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What it looked at.
    pub frame: Arc<NewFrame>,
    /// What it saw there.
    pub detections: Arc<Detections>,
    /// The model's, for their colours.
    pub categories: Vec<Category>,
    /// When it had looked.
    pub at: Instant,
    /// Between looks, at its pace of now.
    pub pace: Duration,
}

impl Seen {
    /// Whether the next look may still be on its way.
    pub fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.at) <= STALE.max(self.pace.saturating_mul(3))
    }
}

/// What the live picture shows.
#[derive(Clone, Debug)]
pub enum Shown {
    /// A frame of the camera as it is.
    Plain(Arc<NewFrame>),
    /// A frame with what the model saw in it.
    Seen(Arc<Seen>),
}

impl Shown {
    /// What to show now: what the model saw last while it keeps looking, or where the camera has given nothing since;
    /// else the camera's newest frame. `None` before the first frame.
    pub fn now(newest: Option<Arc<NewFrame>>, seen: Option<Arc<Seen>>, now: Instant) -> Option<Self> {
        let newest_seen = |seen: &Seen| newest.as_ref().is_none_or(|newest| Arc::ptr_eq(newest, &seen.frame));
        match seen {
            Some(seen) if newest_seen(&seen) || seen.is_fresh(now) => Some(Self::Seen(seen)),
            _ => newest.map(Self::Plain),
        }
    }

    pub fn frame(&self) -> &Arc<NewFrame> {
        match self {
            Self::Plain(frame) => frame,
            Self::Seen(seen) => &seen.frame,
        }
    }

    /// Whether both show the same look or frame.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(a), Self::Plain(b)) => Arc::ptr_eq(a, b),
            (Self::Seen(a), Self::Seen(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::{DetectedObject, FrameSource, LookId, ModelId};
    use crate::picture;
    use jiff::Timestamp;

    pub fn frame() -> NewFrame {
        let image = image::RgbImage::from_pixel(320, 240, image::Rgb([40, 40, 40]));
        NewFrame {
            jpeg: picture::encode_jpeg(&image, 90),
            taken: Timestamp::now(),
            width: 320,
            height: 240,
            source: FrameSource::Camera,
            camera: None,
            name: None,
            clip: None,
            kept: None,
            truth: None,
        }
    }

    pub fn seen(frame: &Arc<NewFrame>, objects: Vec<DetectedObject>, categories: Vec<Category>) -> Seen {
        let detections = Detections {
            id: LookId::new(),
            taken: frame.taken,
            model: ModelId::new(),
            camera: frame.camera.clone(),
            width: frame.width,
            height: frame.height,
            objects,
            frame: None,
            milliseconds: 1.0,
        };
        let detections = Arc::new(detections);
        Seen { frame: frame.clone(), detections, categories, at: Instant::now(), pace: Duration::ZERO }
    }

    #[test]
    fn boxes_are_shown_while_the_model_keeps_looking_and_never_over_another_frame() {
        let (old, new) = (Arc::new(frame()), Arc::new(frame()));
        let look = seen(&old, vec![], vec![]);
        let (at, slow) = (look.at, Seen { pace: Duration::from_secs(5), ..look.clone() });
        let shown = |newest: &Arc<NewFrame>, look: &Seen, after: u64| {
            Shown::now(Some(newest.clone()), Some(Arc::new(look.clone())), at + Duration::from_secs(after)).unwrap()
        };
        let is_look = |shown: Shown| match shown {
            Shown::Seen(seen) => Arc::ptr_eq(&seen.frame, &old),
            Shown::Plain(frame) => {
                assert!(Arc::ptr_eq(&frame, &new));
                false
            }
        };
        assert!(is_look(shown(&new, &look, 1)) && !is_look(shown(&new, &look, 3)));
        assert!(is_look(shown(&new, &slow, 14)) && !is_look(shown(&new, &slow, 16)));
        assert!(is_look(shown(&old, &look, 1000)), "there is no newer frame");
        assert!(matches!(Shown::now(Some(new.clone()), None, at), Some(Shown::Plain(_))));
        assert!(Shown::now(None, None, at).is_none());
    }
}
