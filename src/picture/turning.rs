//! Whether a file must be turned to be upright, as far as whoever counts its pixels wants to know.

use super::bounds::Bounds;
use super::decode::orientation;
use image::metadata::Orientation;

/// How a picture must be turned or mirrored to be upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turning {
    /// It is.
    Upright,
    /// Width and height stay: half turns, mirrored pictures.
    Keeps,
    /// Width and height are swapped: quarter turns.
    Swaps,
}

/// What a file says ([`orientation`]); one that says nothing, or can't be read, is upright. Nothing is decoded.
pub fn turning(bytes: &[u8]) -> Turning {
    let unbounded = Bounds { max_bytes: usize::MAX, max_pixels: u64::MAX };
    match orientation(bytes, unbounded).unwrap_or(Orientation::NoTransforms) {
        Orientation::NoTransforms => Turning::Upright,
        Orientation::Rotate180 | Orientation::FlipHorizontal | Orientation::FlipVertical => Turning::Keeps,
        _ => Turning::Swaps,
    }
}
