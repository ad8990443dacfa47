//! How a file wants to be turned.

use super::exif;
use super::turning::wish;
use image::metadata::Orientation;

/// How the file wants its pixels turned to stand upright. Nothing is decoded; one whose wish can't be read is shown as it
/// is.
pub fn orientation(bytes: &[u8]) -> Orientation {
    exif::of(bytes).and_then(|exif| wish(&exif)).unwrap_or(Orientation::NoTransforms)
}
