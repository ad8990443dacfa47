//! A film with its truth.

use crate::domain::BBox;
use image::RgbImage;

/// An object of a film, and where it can be seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub category: String,
    /// One a picture.
    pub boxes: Vec<Option<BBox>>,
}

/// A film with its truth.
pub struct Shot {
    pub size: (u32, u32),
    pub times: Vec<f64>,
    pub objects: Vec<Object>,
    /// The picture with that number.
    pub picture: Box<dyn FnMut(usize) -> RgbImage>,
}
