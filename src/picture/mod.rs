//! Pictures: bounded decoding, encoding, resizing, drawing of boxes and text (stub; its owner replaces this).
use crate::domain::{BBox, Category};
use image::RgbImage;

/// Limits on what is decoded, checked on the header before any pixel is.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub max_bytes: usize,
    pub max_pixels: u64,
}
impl Default for Bounds {
    /// 32 MB and 50 megapixels.
    fn default() -> Self {
        Self { max_bytes: 32_000_000, max_pixels: 50_000_000 }
    }
}
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    #[error("{0}")]
    TooLarge(String),
    #[error("{0}")]
    Unreadable(String),
    #[error("{0}")]
    Format(String),
}
/// Decodes JPEG or PNG; truncated files are refused.
pub fn decode(_bytes: &[u8], _bounds: Bounds) -> Result<RgbImage, PictureError> {
    todo!()
}
/// Width and height from the header, and whether it is a JPEG.
pub fn probe(_bytes: &[u8], _bounds: Bounds) -> Result<(u32, u32, bool), PictureError> {
    todo!()
}
/// A checked JPEG and its size from a JPEG (unchanged) or PNG (encoded at quality 95).
pub fn to_jpeg(_bytes: bytes::Bytes, _bounds: Bounds) -> Result<(bytes::Bytes, u32, u32), PictureError> {
    todo!()
}
pub fn encode_jpeg(_image: &RgbImage, _quality: u8) -> bytes::Bytes {
    todo!()
}
/// Triangle (area-averaging when shrinking) resize to exactly this size.
pub fn resize(_image: &RgbImage, _width: u32, _height: u32) -> RgbImage {
    todo!()
}
/// Something to draw over a picture.
#[derive(Clone, Debug)]
pub struct Mark {
    pub bbox: Option<BBox>,
    pub text: String,
    pub colour: [u8; 3],
    pub dashed: bool,
}
/// Draws marks in place; text size follows the image's size, so that it is readable on a phone.
pub fn draw_marks(_image: &mut RgbImage, _marks: &[Mark]) {
    todo!()
}
/// `#rrggbb` of the category, or a fixed palette by index.
pub fn colour_of(_categories: &[Category], _name: &str) -> [u8; 3] {
    todo!()
}
