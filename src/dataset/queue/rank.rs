//! In which order frames come that were looked at: what teaches most first, and each as unlike those before it as can be.

use crate::domain::FrameId;
use crate::picture::{Envelope, Likeness};
use std::sync::Arc;

/// The share of a picture that is in no other from which on it counts as quite another.
const ANOTHER: f32 = 0.2;

/// A frame that was looked at.
pub struct Rated {
    pub id: FrameId,
    /// How much there is to learn of it, whatever else is learned: of labelled frames, what there is to mend.
    pub worth: f32,
    pub likeness: Option<Arc<Likeness>>,
}

/// How much of it counts as new where this share of a picture is in no other, 0 to 1.
pub fn newness(share: f32) -> f32 {
    (share / ANOTHER).min(1.0)
}

/// The most worth it first; of those that are worth as much, what is unlike all that come before. Near copies of one that
/// comes before so come last.
pub fn order(mut open: Vec<Rated>) -> Vec<FrameId> {
    let mut apart = vec![1.0_f32; open.len()];
    let mut ordered = Vec::with_capacity(open.len());
    loop {
        let scores = open.iter().zip(&apart).map(|(rated, apart)| rated.worth + apart);
        let best = scores.enumerate().max_by(|(i, a), (j, b)| a.total_cmp(b).then(j.cmp(i)));
        let Some((best, _)) = best else { return ordered };
        let Rated { id, likeness, .. } = open.remove(best);
        apart.remove(best);
        ordered.push(id);
        let Some(given) = likeness else { continue };
        let envelope = given.envelope();
        for (rated, apart) in open.iter().zip(&mut apart) {
            let share = rated.likeness.as_ref().map(|likeness| between(&envelope, &given, likeness));
            *apart = apart.min(share.map_or(1.0, newness));
        }
    }
}

/// The share of one that is not in the other, whichever is less.
fn between(envelope: &Envelope, one: &Likeness, other: &Likeness) -> f32 {
    match envelope.outside(other) {
        0.0 => 0.0,
        share => share.min(other.envelope().outside(one)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn grey(shade: u8) -> Option<Arc<Likeness>> {
        Some(Arc::new(Likeness::of(&RgbImage::from_pixel(64, 48, Rgb([shade; 3])))))
    }

    /// The places in the list, in the order in which they come.
    fn ordered(rated: &[(f32, Option<Arc<Likeness>>)]) -> Vec<usize> {
        let ids: Vec<FrameId> = rated.iter().map(|_| FrameId::new()).collect();
        let open = ids.iter().zip(rated);
        let open = open.map(|(id, (worth, likeness))| Rated { id: *id, worth: *worth, likeness: likeness.clone() });
        order(open.collect()).iter().map(|id| ids.iter().position(|other| other == id).unwrap()).collect()
    }

    #[test]
    fn what_teaches_most_comes_first_and_copies_of_it_after_what_is_unlike_it() {
        assert_eq!(ordered(&[(0.1, None), (0.9, None), (0.5, None)]), [1, 2, 0]);
        let (day, night) = (grey(200), grey(20));
        let three = [(0.9, day.clone()), (0.8, day.clone()), (0.3, night.clone())];
        assert_eq!(ordered(&three), [0, 2, 1], "a copy of the first teaches less than another scene");
        let alike = [(0.0, day.clone()), (0.0, day), (0.0, night.clone()), (0.0, night), (0.0, grey(110))];
        assert_eq!(ordered(&alike), [0, 2, 4, 1, 3]);
        assert_eq!(ordered(&[]), [] as [usize; 0]);
    }

    #[test]
    fn a_fifth_of_the_picture_is_quite_another() {
        assert_eq!((newness(0.0), newness(0.1), newness(0.2), newness(0.9)), (0.0, 0.5, 1.0, 1.0));
    }
}
