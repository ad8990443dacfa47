//! From pixels to JPEG.

use image::RgbImage;

/// Encodes as JPEG; `quality` is 1 to 100. Both sides of the picture are 1 to 65,535 pixels.
pub fn encode_jpeg(image: &RgbImage, quality: u8) -> bytes::Bytes {
    let mut jpeg = Vec::with_capacity(image.len() / 8);
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, quality);
    // Writing to memory can't fail, and every picture that was decoded has sides that JPEG can express.
    image.write_with_encoder(encoder).expect("a picture's sides are 1 to 65,535 pixels");
    jpeg.into()
}
