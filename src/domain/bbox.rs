//! A COCO box.

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
    fn json_is_the_coco_array() {
        assert_eq!(serde_json::to_string(&BBox::new(1.0, 2.0, 3.5, 4.0)).unwrap(), "[1.0,2.0,3.5,4.0]");
    }
}
