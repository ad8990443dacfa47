//! The four edges of an object, as far as they are known.
//!
//! Of an object that enters, a box shows what is in the picture: where the box lies at the picture's edge, nobody knows how
//! far the object goes on beyond it. Such an edge is learned from where the object was drawn as a whole.

use super::sight::Rect;
use crate::domain::BBox;

/// How near to the picture's edge, in pixels and as a part of its side, the edge of a box is taken to be cut there.
const NEAR: (f32, f32) = (2.0, 0.006);

/// Left, top, right, bottom, in pixels of the picture; infinite where it is not known how far outside it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edges(pub [f32; 4]);

/// Which of left, top, right, bottom are known.
pub type Known = [bool; 4];

impl Edges {
    pub fn of(bbox: BBox) -> Self {
        Self([bbox.x, bbox.y, bbox.right(), bbox.bottom()])
    }

    /// Of a rectangle in working pixels, `scale` of which are a pixel.
    pub fn of_rect(rect: Rect, scale: f32) -> Self {
        let (x, y) = (rect.width / 2.0, rect.height / 2.0);
        Self([rect.x - x, rect.y - y, rect.x + x, rect.y + y].map(|v| v / scale))
    }

    pub fn rect(self, scale: f32) -> Rect {
        let [left, top, right, bottom] = self.0.map(|v| v * scale);
        Rect { x: (left + right) / 2.0, y: (top + bottom) / 2.0, width: right - left, height: bottom - top }
    }

    /// How far its centre goes in a second to be there after `span` seconds; `None` where no time passes.
    pub fn speed(self, there: Self, span: f64) -> Option<(f32, f32)> {
        let (from, to) = (self.rect(1.0), there.rect(1.0));
        let span = span as f32;
        (span != 0.0).then(|| ((to.x - from.x) / span, (to.y - from.y) / span))
    }

    /// Which edges do not lie at the edge of the picture.
    pub fn known(self, size: (f32, f32)) -> Known {
        let near = |side: f32| NEAR.0.max(NEAR.1 * side);
        let [left, top, right, bottom] = self.0;
        let (x, y) = (near(size.0), near(size.1));
        [left > x, top > y, right < size.0 - x, bottom < size.1 - y]
    }

    /// Where these edges lie along the sides of a box: 0 at its left or top, 1 at its right or bottom.
    pub fn along(self, of: Self) -> [f32; 4] {
        let side = |e: usize| (of.0[e % 2 + 2] - of.0[e % 2]).max(f32::MIN_POSITIVE);
        [0, 1, 2, 3].map(|e| (self.0[e] - of.0[e % 2]) / side(e))
    }

    /// The edges that lie there along the sides of this box; those that are `None` lie outside of every picture.
    pub fn at(self, along: [Option<f32>; 4]) -> Self {
        let outside = [f32::NEG_INFINITY, f32::NEG_INFINITY, f32::INFINITY, f32::INFINITY];
        Self([0, 1, 2, 3].map(|e| {
            let (low, high) = (self.0[e % 2], self.0[e % 2 + 2]);
            along[e].map_or(outside[e], |t| low + t * (high - low))
        }))
    }

    /// Between these and others; infinite where either is.
    pub fn towards(self, other: Self, t: f32) -> Self {
        Self([0, 1, 2, 3].map(|e| {
            let (a, b) = (self.0[e], other.0[e]);
            if a.is_infinite() {
                a
            } else if b.is_infinite() {
                b
            } else {
                a + (b - a) * t
            }
        }))
    }

    /// What of it is in the picture.
    pub fn shown(self, size: (f32, f32)) -> Option<BBox> {
        let [left, top, right, bottom] = self.0;
        let (left, top, right, bottom) = (left.max(0.0), top.max(0.0), right.min(size.0), bottom.min(size.1));
        (right - left >= 1.0 && bottom - top >= 1.0).then(|| BBox::from_corners(left, top, right, bottom))
    }

    /// Overlap of what is in the picture of both.
    pub fn iou(self, other: Self, size: (f32, f32)) -> f32 {
        match (self.shown(size), other.shown(size)) {
            (Some(a), Some(b)) => a.iou(&b),
            _ => 0.0,
        }
    }

    /// Part of it that is in the picture, as far as its edges are known.
    pub fn part_shown(self, size: (f32, f32)) -> f32 {
        let within = [0.0, 0.0, size.0, size.1];
        let finite = Self([0, 1, 2, 3].map(|e| if self.0[e].is_finite() { self.0[e] } else { within[e] }));
        let rect = finite.rect(1.0);
        if rect.width > 0.0 && rect.height > 0.0 { rect.inside(size) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (f32, f32) = (640.0, 480.0);

    #[test]
    fn an_edge_at_the_edge_of_the_picture_is_not_known() {
        let of = |x, y, w, h| Edges::of(BBox::new(x, y, w, h)).known(SIZE);
        assert_eq!(of(0.0, 10.0, 50.0, 50.0), [false, true, true, true]);
        assert_eq!(of(600.0, 400.0, 39.5, 80.0), [true, true, false, false]);
    }

    #[test]
    fn edges_go_along_with_the_box_they_belong_to() {
        let (small, whole) = (Edges([0.0, 10.0, 40.0, 50.0]), Edges([-40.0, 10.0, 40.0, 50.0]));
        let along = whole.along(small);
        assert_eq!(along, [-1.0, 0.0, 1.0, 1.0]);
        let moved = Edges([100.0, 10.0, 180.0, 90.0]).at(along.map(Some));
        assert_eq!(moved, Edges([20.0, 10.0, 180.0, 90.0]));
        let open = Edges([10.0, 10.0, 50.0, 50.0]).at([None, Some(0.0), Some(1.0), Some(1.0)]);
        assert_eq!(open.shown(SIZE), Some(BBox::new(0.0, 10.0, 50.0, 40.0)));
        assert_eq!(open.part_shown(SIZE), 1.0);
        assert_eq!(Edges([-30.0, 0.0, 10.0, 40.0]).part_shown(SIZE), 0.25);
        assert_eq!(Edges([-30.0, 0.0, -10.0, 40.0]).shown(SIZE), None);
    }
}
