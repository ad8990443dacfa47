//! What labelled frames look like, to know a frame that looks unlike all of them.
//!
//! By [`Likeness`], the descriptor by which near copies are known, and not by the model's own features: its file gives out
//! boxes and scores only, a likeness costs a thousandth of a look, stays the same from model to model, and of a labelled frame
//! it is had without running the model. How unlike a frame is, is the share of it that is in no labelled frame.

use crate::domain::FrameId;
use crate::picture::{Envelope, Likeness};

/// Labelled frames that are remembered, at 9 KB each: those that differ from one another, the newest first.
const REMEMBERED: usize = 400;
/// Below this share a frame shows nothing new: it is not remembered beside the one it is like.
const ALIKE: f32 = 0.004;
/// With fewer of cameras, how unlike they usually are is not known.
const LEAST: usize = 10;
/// The least share that is worth a word.
const NOTABLE: f32 = 0.05;
/// How much more unlike than labelled frames are from each other.
const BEYOND: f32 = 1.5;

/// Of a labelled frame.
struct Known {
    id: FrameId,
    likeness: Likeness,
    envelope: Envelope,
    /// A camera of this device took it: it tells how unlike frames of a camera usually are.
    of_camera: bool,
    /// Of it that is in no other labelled frame, 0 to 1.
    alone: f32,
}

/// What labelled frames look like.
pub struct Familiar {
    known: Vec<Known>,
    /// Of how many at most.
    most: usize,
    /// All labelled frames have been seen: before, anything might be unlike those.
    whole: bool,
}

impl Default for Familiar {
    fn default() -> Self {
        Self::holding(REMEMBERED)
    }
}

impl Familiar {
    fn holding(most: usize) -> Self {
        Self { known: Vec::new(), most, whole: false }
    }

    /// Takes in a labelled frame.
    pub fn add(&mut self, id: FrameId, likeness: Likeness, of_camera: bool) {
        let alone = self.share_of(&likeness).unwrap_or(1.0);
        if alone < ALIKE || self.known.len() >= self.most {
            return;
        }
        let envelope = likeness.envelope();
        for known in &mut self.known {
            known.alone = known.alone.min(envelope.outside(&known.likeness));
        }
        self.known.push(Known { id, likeness, envelope, of_camera, alone });
    }

    /// A frame is not labelled any more, or gone.
    pub fn remove(&mut self, id: FrameId) {
        self.known.retain(|known| known.id != id);
    }

    /// Forgets all, to begin anew.
    pub fn clear(&mut self) {
        *self = Self::holding(self.most);
    }

    /// Whether all labelled frames have been seen.
    pub fn set_whole(&mut self, whole: bool) {
        self.whole = whole;
    }

    /// The share of a picture that is in no labelled frame, 0 to 1; `None` where none is known.
    pub fn share_of(&self, likeness: &Likeness) -> Option<f32> {
        self.known.iter().map(|known| known.envelope.outside(likeness)).min_by(f32::total_cmp)
    }

    /// That share, where the picture is more unlike labelled frames than nearly all of them are each other.
    pub fn unlike(&self, likeness: &Likeness) -> Option<f32> {
        let mut usual: Vec<f32> = self.known.iter().filter(|known| known.of_camera).map(|known| known.alone).collect();
        if !self.whole || usual.len() < LEAST {
            return None;
        }
        usual.sort_by(f32::total_cmp);
        let most = usual[(usual.len() - 1) * 19 / 20];
        self.share_of(likeness).filter(|share| *share >= NOTABLE.max(BEYOND * most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    /// A grey floor, with a thing of this width at this place.
    fn floor(left: u32, wide: u32) -> Likeness {
        let on = |x: u32, y: u32| (left..left + wide).contains(&x) && (60..60 + wide.min(120)).contains(&y);
        let colour = |x, y| if on(x, y) { Rgb([200, 60, 40]) } else { Rgb([90, 100, 80]) };
        Likeness::of(&RgbImage::from_fn(320, 240, colour))
    }

    fn familiar(of_camera: bool) -> Familiar {
        let mut familiar = Familiar::default();
        (0..12).for_each(|i| familiar.add(FrameId::new(), floor(24 * i, 50), of_camera));
        familiar.set_whole(true);
        familiar
    }

    #[test]
    fn what_is_in_no_labelled_frame_is_unlike_them_and_what_is_in_one_is_not() {
        let mut familiar = familiar(true);
        assert_eq!(familiar.share_of(&floor(48, 50)), Some(0.0));
        assert_eq!(familiar.unlike(&floor(48, 50)), None);
        assert_eq!(familiar.unlike(&floor(60, 50)), None, "as usual as any of them");
        let share = familiar.unlike(&floor(100, 120)).expect("a thing four times as large");
        assert!((0.1..0.3).contains(&share), "{share}");
        let night = Likeness::of(&RgbImage::from_pixel(320, 240, Rgb([8, 8, 12])));
        assert_eq!(familiar.unlike(&night), Some(1.0));

        let id = FrameId::new();
        familiar.add(id, night.clone(), true);
        assert_eq!(familiar.unlike(&night), None, "it is labelled now");
        familiar.remove(id);
        assert_eq!(familiar.unlike(&night), Some(1.0));
    }

    #[test]
    fn nothing_is_said_before_enough_is_known() {
        let night = Likeness::of(&RgbImage::from_pixel(320, 240, Rgb([8, 8, 12])));
        assert_eq!(Familiar::default().unlike(&night), None);
        assert_eq!(familiar(false).unlike(&night), None, "of a camera none is labelled");
        let mut half = familiar(true);
        half.set_whole(false);
        assert_eq!(half.unlike(&night), None, "not all that is labelled has been seen");
    }

    #[test]
    fn copies_take_no_room_and_the_room_is_bounded() {
        let mut familiar = familiar(true);
        familiar.add(FrameId::new(), floor(24, 50), true);
        assert_eq!(familiar.known.len(), 12);
        let mut small = Familiar::holding(5);
        (0..12).for_each(|i| small.add(FrameId::new(), floor(24 * i, 50), true));
        assert_eq!(small.known.len(), 5);
    }
}
