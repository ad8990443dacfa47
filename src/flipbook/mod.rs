//! Drawn pages and animations (stub; its owner replaces this).
use crate::domain::{Category, Page};
use image::RgbImage;
/// A page drawn on its frame: truth dashed, predictions solid, epoch, score, legend. `width`: of the result in pixels.
pub fn draw_page(_frame: &RgbImage, _page: &Page, _categories: &[Category], _width: u32) -> RgbImage {
    todo!()
}
/// A GIF of one frame over epochs, looping, last page held longer.
pub fn animate(
    _frame: &RgbImage,
    _pages: &[Page],
    _categories: &[Category],
    _width: u32,
) -> Result<Vec<u8>, image::ImageError> {
    todo!()
}
