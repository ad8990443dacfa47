//! Pictures: bounded decoding, encoding, resizing, drawing of boxes and text.
//!
//! Inside the device every picture is RGB with eight bits a colour, and every stored one a JPEG, upright, that was decoded
//! once: what a file says about turning it (EXIF) is done when it comes in, and so is what else its kind leaves to whoever
//! reads it (`flatten`: a ground for what is transparent, the bits of 16 that are used; `huffman`: tables left out). What ends
//! early is told by `scan`, as the decoder makes grey of it.

mod bounds;
mod decode;
mod directory;
mod draw;
mod encode;
mod exif;
mod first_bytes;
mod flatten;
mod huffman;
mod jpeg;
mod kind;
mod letters;
mod likeness;
mod orientation;
mod paint;
mod png;
mod resize;
mod scan;
mod stream;
pub mod texture;
mod tiff;
mod tiles;
mod turning;
mod webp;

pub use bounds::{Bounds, PictureError};
pub use decode::{camera_jpeg, decode, probe, to_jpeg};
pub use draw::{Mark, colour_of, draw_marks, drawn_name};
pub use encode::encode_jpeg;
pub use exif::taken;
pub use first_bytes::Unread;
pub use image::metadata::Orientation;
pub use kind::{instead, is_film, is_named_as_foreign_picture, is_named_as_picture};
pub use likeness::{Envelope, Likeness};
pub use orientation::orientation;
pub use paint::{Painter, text_size};
pub use resize::{resize, resize_part};
pub use stream::JpegStream;
pub use turning::{swaps, upright_point, upright_size};
