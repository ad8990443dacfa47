//! Two views in one picture, joined at a line: more different pictures from few frames (Yun et al., "CutMix", 2019).

use crate::domain::BBox;
use image::RgbImage;
use rand::{Rng, RngExt};

/// Where the line is. The first view lies left of an upright one, or above a level one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seam {
    pub upright: bool,
    /// How much of the picture is the first view's, 0 to 1.
    pub share: f32,
}

/// Which of the two views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    First,
    Second,
}

impl Seam {
    /// Upright or level; each view gets a quarter of the picture at least.
    pub fn random(rng: &mut impl Rng) -> Self {
        Self { upright: rng.random(), share: rng.random_range(0.25..=0.75) }
    }

    /// The pixel at which the second view begins.
    fn at(&self, size: (u32, u32)) -> u32 {
        let along = if self.upright { size.0 } else { size.1 };
        (self.share * along as f32).round() as u32
    }

    /// Replaces what lies beyond the line by what `second`, a picture of the same size, has there.
    pub fn join(&self, first: &mut RgbImage, second: &RgbImage) {
        let size = first.dimensions();
        let (at, row) = (self.at(size) as usize, size.0 as usize * 3);
        let rows = first.chunks_exact_mut(row).zip(second.chunks_exact(row)).enumerate();
        for (y, (first, second)) in rows {
            let from = match self.upright {
                true => at * 3,
                false if y >= at => 0,
                false => row,
            };
            first[from..].copy_from_slice(&second[from..]);
        }
    }

    /// What is left of a box of one of the views: clipped; `None` when its centre is on the other side.
    pub fn bbox(&self, part: Part, bbox: BBox, size: (u32, u32)) -> Option<BBox> {
        let at = self.at(size) as f32;
        let (width, height) = (size.0 as f32, size.1 as f32);
        let (left, top, right, bottom) = match (part, self.upright) {
            (Part::First, true) => (0.0, 0.0, at, height),
            (Part::First, false) => (0.0, 0.0, width, at),
            (Part::Second, true) => (at, 0.0, width, height),
            (Part::Second, false) => (0.0, at, width, height),
        };
        let (x, y) = bbox.centre();
        if !(left..right).contains(&x) || !(top..bottom).contains(&y) {
            return None;
        }
        let (x0, y0) = (bbox.x.max(left), bbox.y.max(top));
        Some(BBox::from_corners(x0, y0, bbox.right().min(right), bbox.bottom().min(bottom)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (u32, u32) = (8, 6);

    #[test]
    fn each_side_shows_its_view() {
        let (black, white) = (RgbImage::new(8, 6), RgbImage::from_pixel(8, 6, image::Rgb([255; 3])));
        for (upright, first, second) in [(true, (1, 5), (2, 0)), (false, (7, 1), (0, 2))] {
            let mut joined = black.clone();
            Seam { upright, share: if upright { 0.25 } else { 0.34 } }.join(&mut joined, &white);
            assert_eq!(joined.get_pixel(first.0, first.1).0, [0; 3]);
            assert_eq!(joined.get_pixel(second.0, second.1).0, [255; 3]);
        }
    }

    #[test]
    fn a_box_belongs_to_the_side_of_its_centre_and_ends_at_the_line() {
        let seam = Seam { upright: true, share: 0.5 };
        let across = BBox::new(1.0, 1.0, 5.0, 2.0);
        assert_eq!(seam.bbox(Part::First, across, SIZE), Some(BBox::new(1.0, 1.0, 3.0, 2.0)));
        assert_eq!(seam.bbox(Part::Second, across, SIZE), None);
        let level = Seam { upright: false, share: 0.5 };
        assert_eq!(level.bbox(Part::Second, BBox::new(0.0, 2.0, 2.0, 3.0), SIZE), Some(BBox::new(0.0, 3.0, 2.0, 2.0)));
    }
}
