//! A COCO box, and how it is clipped to a frame.

use serde::{Deserialize, Serialize};

/// A COCO box `[x, y, width, height]`, in pixels of the stored frame unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f32; 4]", into = "[f32; 4]")]
pub struct BBox {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

/// Why a box is none of a frame.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BoxError {
    #[error("the box {0:?} holds a number that is not finite")]
    NotFinite([f32; 4]),
    #[error("the box {0:?} has no area: width and height must be above 0")]
    NoArea([f32; 4]),
    /// It has a part inside, but reaches further over the edge than it may.
    #[error("the box {bbox:?} reaches outside the frame of {}×{} pixels", frame.0, frame.1)]
    Reaches { bbox: [f32; 4], frame: (u32, u32) },
    /// Nothing of it is inside.
    #[error("the box {bbox:?} lies outside the frame of {}×{} pixels", frame.0, frame.1)]
    Outside { bbox: [f32; 4], frame: (u32, u32) },
}

impl BBox {
    pub fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }

    /// The box with these corners; `x1` and `y1` are the right and bottom edges.
    pub fn from_corners(x0: f32, y0: f32, x1: f32, y1: f32) -> Self {
        Self::new(x0, y0, x1 - x0, y1 - y0)
    }

    pub fn right(&self) -> f32 {
        self.x + self.width
    }

    pub fn bottom(&self) -> f32 {
        self.y + self.height
    }

    pub fn centre(&self) -> (f32, f32) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    pub fn area(&self) -> f32 {
        self.width * self.height
    }

    /// Intersection over union, 0 to 1; 0 where both are empty.
    pub fn iou(&self, other: &Self) -> f32 {
        let width = (self.right().min(other.right()) - self.x.max(other.x)).max(0.0);
        let height = (self.bottom().min(other.bottom()) - self.y.max(other.y)).max(0.0);
        let intersection = width * height;
        let union = self.area() + other.area() - intersection;
        if union > 0.0 { intersection / union } else { 0.0 }
    }

    /// The box around these points; `None` where there are none.
    pub fn around(corners: &[[f32; 2]]) -> Option<Self> {
        let ends = |axis: usize| {
            let values = corners.iter().map(|c| c[axis]);
            Some((values.clone().reduce(f32::min)?, values.reduce(f32::max)?))
        };
        let ((left, right), (top, bottom)) = (ends(0)?, ends(1)?);
        Some(Self::from_corners(left, top, right, bottom))
    }

    /// The smallest box that holds both.
    pub fn with(&self, other: &Self) -> Self {
        let (left, top) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        Self::from_corners(left, top, right, (self.y + self.height).max(other.y + other.height))
    }

    /// The box as the label of a frame of `width` × `height` pixels: what lies inside stays to the bit as it is
    /// (converting to corners and back would round), what reaches over the edge by `overhang` pixels at most is cut off
    /// there (infinity cuts any box). Errors on numbers that are not finite, boxes without area, and what lies or reaches
    /// outside.
    pub fn clip_to(&self, frame: (u32, u32), overhang: f32) -> Result<Self, BoxError> {
        let bbox: [f32; 4] = (*self).into();
        if !bbox.iter().all(|n| n.is_finite()) {
            return Err(BoxError::NotFinite(bbox));
        }
        if self.width <= 0.0 || self.height <= 0.0 {
            return Err(BoxError::NoArea(bbox));
        }
        let (width, height) = (frame.0 as f32, frame.1 as f32);
        let reaches_at_most = |over: f32| {
            self.x >= -over && self.y >= -over && self.right() <= width + over && self.bottom() <= height + over
        };
        if !reaches_at_most(overhang) {
            return Err(BoxError::Reaches { bbox, frame });
        }
        if reaches_at_most(0.0) {
            return Ok(*self);
        }
        self.clipped(width, height).ok_or(BoxError::Outside { bbox, frame })
    }

    /// The part inside a frame of `width` × `height` pixels; `None` when nothing is left.
    pub fn clipped(&self, width: f32, height: f32) -> Option<Self> {
        let (x0, y0) = (self.x.max(0.0), self.y.max(0.0));
        let (x1, y1) = (self.right().min(width), self.bottom().min(height));
        (x1 > x0 && y1 > y0).then(|| Self::from_corners(x0, y0, x1, y1))
    }

    /// The same box in a frame scaled by these factors.
    pub fn scaled(&self, sx: f32, sy: f32) -> Self {
        Self::new(self.x * sx, self.y * sy, self.width * sx, self.height * sy)
    }
}

impl From<[f32; 4]> for BBox {
    fn from([x, y, width, height]: [f32; 4]) -> Self {
        Self { x, y, width, height }
    }
}

impl From<BBox> for [f32; 4] {
    fn from(b: BBox) -> Self {
        [b.x, b.y, b.width, b.height]
    }
}

impl utoipa::PartialSchema for BBox {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::schema::ArrayBuilder::new()
            .items(f32::schema())
            .min_items(Some(4))
            .max_items(Some(4))
            .description(Some("COCO box: x, y, width, height in pixels"))
            .into()
    }
}

impl utoipa::ToSchema for BBox {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iou_of_a_half_shifted_square_is_a_third() {
        let a = BBox::new(0.0, 0.0, 2.0, 2.0);
        assert!((a.iou(&BBox::new(1.0, 0.0, 2.0, 2.0)) - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(a.iou(&BBox::new(5.0, 5.0, 1.0, 1.0)), 0.0);
    }

    #[test]
    fn a_box_is_kept_as_it_came_or_cut_by_the_overhang_at_most() {
        let clip =
            |numbers: [f32; 4], overhang| BBox::from(numbers).clip_to((640, 480), overhang).map(<[f32; 4]>::from);
        assert_eq!(clip([0.1, 0.2, 639.0, 400.3], 1.0), Ok([0.1, 0.2, 639.0, 400.3]));
        assert_eq!(clip([-0.5, -1.0, 10.5, 11.0], 1.0), Ok([0.0, 0.0, 10.0, 10.0]));
        assert_eq!(clip([630.0, 470.0, 11.0, 10.5], 1.0), Ok([630.0, 470.0, 10.0, 10.0]));
        let far = [-10.0, 470.0, 30.0, 30.0];
        assert_eq!(clip(far, 1.0), Err(BoxError::Reaches { bbox: far, frame: (640, 480) }));
        assert_eq!(clip(far, f32::INFINITY), Ok([0.0, 470.0, 20.0, 10.0]));
    }

    #[test]
    fn what_is_no_box_of_a_frame_is_refused_in_words() {
        for (numbers, overhang, says) in [
            ([-0.9, 0.0, 0.5, 5.0], 1.0, "lies outside the frame of 640×480 pixels"),
            ([640.0, 0.0, 5.0, 5.0], f32::INFINITY, "lies outside"),
            ([600.0, 10.0, 50.0, 5.0], 1.0, "the box [600.0, 10.0, 50.0, 5.0] reaches outside the frame of 640×480"),
            ([1.0, 1.0, 0.0, 5.0], 1.0, "has no area: width and height must be above 0"),
            ([1.0, f32::NAN, 3.0, 5.0], f32::INFINITY, "not finite"),
            ([1.0, 1.0, f32::INFINITY, 5.0], f32::INFINITY, "not finite"),
        ] {
            let error = BBox::from(numbers).clip_to((640, 480), overhang).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn the_box_around_points_touches_the_outermost() {
        assert_eq!(BBox::around(&[[10.0, 5.0], [30.0, 6.0], [20.0, 9.0]]), Some(BBox::new(10.0, 5.0, 20.0, 4.0)));
        assert_eq!(BBox::around(&[]), None);
    }

    #[test]
    fn json_is_the_coco_array() {
        assert_eq!(serde_json::to_string(&BBox::new(1.0, 2.0, 3.5, 4.0)).unwrap(), "[1.0,2.0,3.5,4.0]");
    }
}
