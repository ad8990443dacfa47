//! Pictures: bounded decoding, encoding, resizing, drawing of boxes and text.
//!
//! Inside the device every picture is RGB, and every stored one a JPEG, upright: what a file says about turning it
//! (EXIF) is done once, when it comes in.

mod bounds;
mod decode;
mod draw;
mod encode;
mod header;
mod paint;
mod resize;
pub mod texture;

pub use bounds::{Bounds, PictureError};
pub use decode::{decode, probe, to_jpeg, to_jpeg_as_stored};
pub use draw::{Mark, colour_of, draw_marks};
pub use encode::encode_jpeg;
pub use paint::{Painter, text_size};
pub use resize::{resize, resize_part};
