//! A film with its truth.

use crate::domain::BBox;
use image::RgbImage;

/// An object of a film, and where it can be seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub category: String,
    /// One a picture.
    pub boxes: Vec<Option<BBox>>,
    /// Pictures in which so little of it shows that a box is neither right nor wrong.
    pub unclear: Vec<usize>,
}

/// A film with its truth.
pub struct Shot {
    pub size: (u32, u32),
    pub times: Vec<f64>,
    pub objects: Vec<Object>,
    /// The picture with that number.
    pub picture: Box<dyn FnMut(usize) -> RgbImage>,
}

/// Area that two boxes have in common; `None` where they have none.
pub(super) fn common(a: BBox, b: BBox) -> Option<f32> {
    let (x, y) = (a.x.max(b.x), a.y.max(b.y));
    let (right, bottom) = (a.right().min(b.right()), a.bottom().min(b.bottom()));
    (right > x && bottom > y).then_some((right - x) * (bottom - y))
}
