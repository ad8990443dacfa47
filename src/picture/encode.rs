//! From pixels to JPEG.

use image::RgbImage;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// Encodes as JPEG; `quality` is 1 to 100. Both sides of the picture are 1 to 65,535 pixels.
pub fn encode_jpeg(image: &RgbImage, quality: u8) -> bytes::Bytes {
    let mut jpeg = Vec::with_capacity(image.len() / 8);
    let mut encoder = Encoder::new(&mut jpeg, quality);
    // Colours at their full size: thin lines of a box would lose theirs to what is beside them.
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    let sides = (u16::try_from(image.width()), u16::try_from(image.height()));
    let (Ok(width), Ok(height)) = sides else { unreachable!("a picture's sides are 1 to 65,535 pixels") };
    // Writing to memory can't fail, and every picture that was decoded has sides that JPEG can express.
    encoder.encode(image, width, height, ColorType::Rgb).expect("a picture's sides are 1 to 65,535 pixels");
    jpeg.into()
}
