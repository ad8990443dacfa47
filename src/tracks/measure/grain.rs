//! Noise of a sensor.

use crate::picture::texture;
use image::RgbImage;

/// In steps of 8 bits.
const NOISE: f32 = 3.0;

/// Makes the picture with this number look as if a camera had taken it.
pub fn add(picture: &mut RgbImage, number: usize) {
    for (n, value) in picture.iter_mut().enumerate() {
        let noise = texture::unit(number as u64, n as i64, 3) + texture::unit(number as u64, n as i64, 4) - 1.0;
        *value = (f32::from(*value) + 2.0 * NOISE * noise) as u8;
    }
}
