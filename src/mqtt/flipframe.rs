//! The drawn page as a JPEG that fits `/flipbook/frame`.

use crate::picture;
use anyhow::{Result, bail};
use bytes::Bytes;
use image::RgbImage;

/// Bytes of the JPEG, at most.
pub const LIMIT: usize = 100_000;
/// Pixels: readable on a phone first, then whatever fits.
const WIDTHS: [u32; 3] = [800, 640, 320];
/// For a broker that takes less than [`LIMIT`].
const SMALLER: [u32; 4] = [640, 320, 160, 80];
const QUALITIES: [u8; 4] = [85, 70, 55, 40];

/// Draws with `draw` (at a width in pixels) and encodes with `encode` (at a quality of 1 to 100), worse and smaller
/// until the result has at most [`LIMIT`] bytes.
pub fn fit(draw: impl Fn(u32) -> RgbImage, encode: impl Fn(&RgbImage, u8) -> Bytes) -> Result<Bytes> {
    within(LIMIT, &WIDTHS, draw, encode)
}

/// A picture again, worse and smaller until it has at most this many bytes.
pub fn shrink(jpeg: &[u8], limit: usize) -> Result<Bytes> {
    let drawn = picture::decode(jpeg, picture::Bounds::default())?;
    // One that is smaller than all of these keeps its size.
    let widest = drawn.width().min(SMALLER[0]);
    let smaller = SMALLER.into_iter().filter(|width| *width < widest);
    let widths: Vec<u32> = std::iter::once(widest).chain(smaller).collect();
    let height = |width: u32| (width * drawn.height()).div_ceil(drawn.width());
    within(limit, &widths, |width| picture::resize(&drawn, width, height(width)), picture::encode_jpeg)
}

fn within(
    limit: usize,
    widths: &[u32],
    draw: impl Fn(u32) -> RgbImage,
    encode: impl Fn(&RgbImage, u8) -> Bytes,
) -> Result<Bytes> {
    for width in widths {
        let picture = draw(*width);
        for quality in QUALITIES {
            let jpeg = encode(&picture, quality);
            if jpeg.len() <= limit {
                return Ok(jpeg);
            }
        }
    }
    bail!("the drawn page does not fit {limit} bytes even at {} pixels", widths.last().unwrap_or(&0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::jpeg::JpegEncoder;
    use rand::{RngExt, SeedableRng};

    fn encode(picture: &RgbImage, quality: u8) -> Bytes {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).unwrap();
        bytes.into()
    }

    #[test]
    fn an_easy_picture_keeps_its_quality() {
        let jpeg = fit(|width| RgbImage::new(width, width * 3 / 4), encode).unwrap();
        assert_eq!(image::load_from_memory(&jpeg).unwrap().width(), WIDTHS[0]);
    }

    #[test]
    fn noise_is_made_to_fit() {
        let noise = |width: u32| {
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
            RgbImage::from_fn(width, width * 3 / 4, |_, _| image::Rgb(rng.random()))
        };
        assert!(encode(&noise(WIDTHS[0]), QUALITIES[0]).len() > LIMIT);
        let jpeg = fit(noise, encode).unwrap();
        assert!(jpeg.len() <= LIMIT);
        image::load_from_memory(&jpeg).unwrap();
    }

    #[test]
    fn a_small_picture_keeps_its_size() {
        let jpeg = shrink(&encode(&RgbImage::new(64, 48), 85), LIMIT).unwrap();
        assert_eq!(image::load_from_memory(&jpeg).unwrap().width(), 64);
    }
}
