//! Pictures: bounded decoding, encoding, resizing, drawing of boxes and text.
//!
//! Inside the device every picture is RGB, and every stored one a JPEG, upright: what a file says about turning it
//! (EXIF) is done once, when it comes in.

mod decode;
mod draw;
mod header;
mod paint;
mod resize;
pub mod texture;

pub use decode::{decode, probe, to_jpeg, to_jpeg_as_stored};
pub use draw::{Mark, colour_of, draw_marks};
pub use paint::{Painter, text_size};
pub use resize::{resize, resize_part};

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

/// Why a picture was refused.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// More bytes or pixels than the bounds allow.
    #[error("{0}")]
    TooLarge(String),
    /// Cut short or damaged.
    #[error("{0}")]
    Unreadable(String),
    /// Neither JPEG nor PNG, or a kind of them that isn't read.
    #[error("{0}")]
    Format(String),
}

/// Encodes as JPEG; `quality` is 1 to 100. Both sides of the picture are 1 to 65,535 pixels.
pub fn encode_jpeg(image: &RgbImage, quality: u8) -> bytes::Bytes {
    let mut jpeg = Vec::with_capacity(image.len() / 8);
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, quality);
    // Writing to memory can't fail, and every picture that was decoded has sides that JPEG can express.
    image.write_with_encoder(encoder).expect("a picture's sides are 1 to 65,535 pixels");
    jpeg.into()
}
