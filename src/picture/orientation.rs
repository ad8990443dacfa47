//! How a file wants to be turned: each kind says it in a place of its own.

use super::kind::{Kind, kind_of};
use super::turning::wish;
use super::{jpeg, png, webp};
use image::metadata::Orientation;

/// How the file wants its pixels turned to stand upright. Nothing is decoded; one whose wish can't be read is shown as it
/// is.
pub fn orientation(bytes: &[u8]) -> Orientation {
    let wish = match kind_of(bytes) {
        Ok(Kind::Jpeg) => return jpeg::orientation(bytes),
        Ok(Kind::Png) => png::exif(bytes).and_then(|exif| wish(&exif)),
        Ok(Kind::WebP) => webp::exif(bytes).and_then(wish),
        Ok(Kind::Tiff) => wish(bytes),
        Ok(Kind::Bmp) | Err(_) => None,
    };
    wish.unwrap_or(Orientation::NoTransforms)
}
