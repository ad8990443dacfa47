//! stub
use crate::domain::BBox;
use image::RgbImage;
use rand::Rng;
/// How a frame is shown to the model: geometry, then colour, then noise. `identity` shows it as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Mirror left and right.
    pub flip: bool,
    /// Zoom, 1 = whole frame; above 1 a crop, below 1 the frame with a border.
    pub scale: f32,
    /// Centre of the crop in the frame, 0 to 1.
    pub centre: (f32, f32),
    pub brightness: f32,
    pub contrast: f32,
    pub colour: [f32; 3],
    pub noise: f32,
    pub noise_seed: u64,
}
impl View {
    pub fn identity() -> Self {
        todo!()
    }
    pub fn random(_rng: &mut impl Rng) -> Self {
        todo!()
    }
    /// The picture at exactly `width` × `height` as this view shows it (the frame is stretched to that aspect, as without a view).
    pub fn picture(&self, _frame: &RgbImage, _width: u32, _height: u32) -> RgbImage {
        todo!()
    }
    /// A box of the frame (pixels of `frame_size`) in the view (pixels of `size`): clipped; `None` when its centre is outside.
    pub fn bbox(&self, _bbox: BBox, _frame_size: (u32, u32), _size: (u32, u32)) -> Option<BBox> {
        todo!()
    }
}
