//! From the bytes of a file to pixels, within bounds.

use super::bounds::{Bounds, PictureError};
use super::encode::encode_upright;
use super::flatten::{Meaning, flatten};
use super::jpeg::{self, Jpeg};
use super::kind::{Kind, kind_of, named};
use super::orientation::orientation;
use super::tiles::Tiles;
use super::turning::upright_size;
use super::{png, scan, tiff, webp};
use bytes::Bytes;
use image::codecs::{bmp::BmpDecoder, jpeg::JpegDecoder, png::PngDecoder, tiff::TiffDecoder, webp::WebPDecoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, Limits, RgbImage};
use std::borrow::Cow;
use std::io::{Cursor, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Longest side of every picture. The format of JPEG has 35 more, but libjpeg does not open such.
const MAX_SIDE: u32 = 65_500;

/// Bytes that what a PNG holds beside its pixels may take unpacked: a bomb of a colour profile needs a kilobyte.
const PNG_EXTRAS: u64 = 16 << 20;

/// Quality of JPEGs that stand for the picture itself.
const KEEP_QUALITY: u8 = 95;

/// Decodes a picture of any kind that is taken, upright and on a white ground; truncated files are refused. Of several
/// pictures in one file it is the first.
pub fn decode(bytes: &[u8], bounds: Bounds) -> Result<RgbImage, PictureError> {
    let Read { image, orientation, .. } = read(bytes, bounds)?;
    Ok(turned(image, orientation))
}

/// Width and height from the header, as stored, and whether it is a JPEG. Doesn't look at the pixels, so they may be
/// missing.
pub fn probe(bytes: &[u8], bounds: Bounds) -> Result<(u32, u32, bool), PictureError> {
    let (kind, width, height) = bounded(bytes, bounds)?;
    Ok((width, height, kind == Kind::Jpeg))
}

/// A checked JPEG and its size from a picture of any kind that is taken. A JPEG is unchanged, unless it says it must be
/// turned, or lacks tables that it needs; others are encoded at quality 95. Error: it is damaged, also where a part of it
/// could be shown.
pub fn to_jpeg(bytes: Bytes, bounds: Bounds) -> Result<(Bytes, u32, u32), PictureError> {
    let Read { image, orientation, jpeg } = read(&bytes, bounds)?;
    if let Some(jpeg) = &jpeg
        && let Some(there) = unbroken(|| Ok(scan::missing(&jpeg.whole(&bytes))))?
    {
        return Err(PictureError::Unreadable(format!(
            "the JPEG is damaged: its picture ends after {:.0} % of it, and the rest would be grey; send the file again",
            (there * 100.0).floor()
        )));
    }
    if let Some(jpeg) = jpeg.filter(|_| orientation == Orientation::NoTransforms) {
        let whole = match jpeg.whole(&bytes) {
            Cow::Owned(whole) => whole.into(),
            Cow::Borrowed(_) => bytes,
        };
        return Ok((whole, image.width(), image.height()));
    }
    drop(bytes);
    let (width, height) = upright_size(orientation, image.dimensions());
    Ok((encode_upright(&image, orientation, KEEP_QUALITY), width, height))
}

/// The JPEG in a camera's buffer, upright, with all tables that it needs and without what follows its end, and its size.
/// Pixels are looked at only where it says that it must be turned: a camera sends more frames than are kept. Error: it is
/// cut short, or no JPEG that is read.
pub fn camera_jpeg(buffer: &[u8], bounds: Bounds) -> Result<(Bytes, u32, u32), PictureError> {
    let (kind, width, height) = bounded(buffer, bounds)?;
    if kind != Kind::Jpeg {
        return Err(PictureError::Format(format!("the camera sends a {}, and no JPEG", kind.name())));
    }
    let jpeg = Jpeg::walk(buffer)?;
    let whole: Bytes = jpeg.whole(&buffer[..jpeg.end]).into_owned().into();
    match orientation(&whole) {
        Orientation::NoTransforms => Ok((whole, width, height)),
        _ => to_jpeg(whole, bounds),
    }
}

fn turned(image: RgbImage, orientation: Orientation) -> RgbImage {
    let mut image = DynamicImage::ImageRgb8(image);
    image.apply_orientation(orientation);
    image.into_rgb8()
}

/// What is said where a decoder panics: it is the file that can't be read, not the part of the device that looks at it. All
/// that decoders do goes through here.
fn unbroken<T>(look: impl FnOnce() -> Result<T, PictureError>) -> Result<T, PictureError> {
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| {
        let text = "the picture can't be read: the decoder broke on it; save it anew, as a plain JPEG or PNG";
        Err(PictureError::Unreadable(text.into()))
    })
}

/// Kind, width and height of what is within bounds.
fn bounded(bytes: &[u8], bounds: Bounds) -> Result<(Kind, u32, u32), PictureError> {
    unbroken(|| look(bytes, bounds))
}

fn look(bytes: &[u8], bounds: Bounds) -> Result<(Kind, u32, u32), PictureError> {
    if bytes.len() > bounds.max_bytes {
        return Err(PictureError::TooLarge(format!(
            "the picture has more than {}, and no more is allowed; make it smaller",
            bytesize::ByteSize::b(bounds.max_bytes as u64).display().si()
        )));
    }
    let kind = kind_of(bytes)?;
    let (width, height) = match kind {
        Kind::Jpeg => jpeg::size(bytes)?,
        Kind::Png => png::size(bytes)?,
        kind => {
            complete(bytes, kind)?;
            decoder(bytes, kind).map_err(|error| explain(error, kind))?.dimensions()
        }
    };
    if width == 0 || height == 0 {
        return Err(PictureError::Unreadable(format!(
            "the picture has {width} × {height} pixels: it is empty or damaged"
        )));
    }
    if u64::from(width) * u64::from(height) > bounds.max_pixels || width.max(height) > MAX_SIDE {
        let megapixels = bounds.max_pixels as f64 / 1e6;
        return Err(PictureError::TooLarge(format!(
            "the picture has {width} × {height} pixels, and {megapixels} megapixels and {MAX_SIDE} a side are allowed; \
             make it smaller"
        )));
    }
    if kind == Kind::Jpeg {
        progressive(bytes, (width, height), bounds)?;
    }
    Ok((kind, width, height))
}

/// Bytes of memory that a pixel takes while it is decoded, at most: RGBA with 16 bits each.
const PIXEL: u64 = 8;

/// Refuses a progressive JPEG, or one with a scan for each colour, that would take more memory than any other picture may:
/// until its last scan it is kept as coefficients, beside its pixels.
fn progressive(bytes: &[u8], (width, height): (u32, u32), bounds: Bounds) -> Result<(), PictureError> {
    let pixels = u64::from(width) * u64::from(height);
    let (need, most) = (jpeg::coefficients(bytes).saturating_add(3 * pixels), bounds.max_pixels.saturating_mul(PIXEL));
    let megabytes = |bytes: u64| bytesize::ByteSize::b(bytes).display().si();
    match need > most {
        true => Err(PictureError::TooLarge(format!(
            "the picture is a JPEG of {width} × {height} pixels in several scans (progressive), which takes {} of memory to decode, and {} are \
             allowed; save it as a plain (baseline) JPEG, or make it smaller",
            megabytes(need),
            megabytes(most)
        ))),
        false => Ok(()),
    }
}

/// The pixels as stored, how the file wants them turned, and what was found of a JPEG.
struct Read {
    image: RgbImage,
    orientation: Orientation,
    jpeg: Option<Jpeg>,
}

fn read(bytes: &[u8], bounds: Bounds) -> Result<Read, PictureError> {
    unbroken(|| pixels(bytes, bounds))
}

fn pixels(bytes: &[u8], bounds: Bounds) -> Result<Read, PictureError> {
    let (kind, ..) = bounded(bytes, bounds)?;
    let jpeg = (kind == Kind::Jpeg).then(|| Jpeg::walk(bytes)).transpose()?;
    let meaning = complete(bytes, kind)?;
    let whole = jpeg.as_ref().map_or(Cow::Borrowed(bytes), |jpeg| jpeg.whole(bytes));
    let wrong = |error| explain(error, kind);
    let mut decoder = decoder(&whole, kind).map_err(wrong)?;
    let orientation = orientation(bytes);
    // 8 bytes a pixel are the most there can be (RGBA, 16 bits), and as much again to work.
    let memory = bounds.max_pixels.saturating_mul(16).saturating_add(1 << 20);
    decoder.set_limits(limits(memory)).map_err(wrong)?;
    let image = DynamicImage::from_decoder(decoder).map_err(wrong)?;
    let image = flatten(image, meaning)
        .ok_or_else(|| named("a picture of floating-point numbers", "save it with 8 or 16 bits"))?;
    Ok(Read { image, orientation, jpeg })
}

fn decoder<'a>(bytes: &'a [u8], kind: Kind) -> Result<Box<dyn ImageDecoder + 'a>, ImageError> {
    if let Some(tiles) = (kind == Kind::Tiff).then(|| Tiles::of(bytes)).transpose()?.flatten() {
        return Ok(Box::new(tiles));
    }
    let bytes = Cursor::new(bytes);
    Ok(match kind {
        Kind::Jpeg => Box::new(JpegDecoder::new(bytes)?),
        Kind::Png => Box::new(PngDecoder::with_limits(bytes, limits(PNG_EXTRAS))?),
        Kind::Bmp => Box::new(BmpDecoder::new(bytes)?),
        Kind::WebP => Box::new(WebPDecoder::new(bytes)?),
        Kind::Tiff => Box::new(TiffDecoder::new(bytes)?),
    })
}

/// Refuses what is not all there, where the decoder would not see it or take its word for it.
fn complete(bytes: &[u8], kind: Kind) -> Result<Meaning, PictureError> {
    match kind {
        Kind::Jpeg | Kind::Bmp => {}
        Kind::Png => png::complete(bytes)?,
        Kind::WebP => webp::complete(bytes)?,
        Kind::Tiff => return tiff::check(bytes),
    }
    Ok(Meaning::PLAIN)
}

/// For what the header doesn't tell.
fn limits(memory: u64) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(memory);
    limits
}

fn explain(error: ImageError, kind: Kind) -> PictureError {
    let name = kind.name();
    match error {
        ImageError::Limits(e) => {
            PictureError::TooLarge(format!("the {name} needs too much memory ({e}); make it smaller"))
        }
        ImageError::Unsupported(e) => {
            PictureError::Format(format!("this kind of {name} isn't read ({e}); save it as a plain JPEG or PNG"))
        }
        ImageError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => cut_short(kind),
        e => PictureError::Unreadable(format!("the {name} is damaged ({e}); send the file again")),
    }
}

fn cut_short(kind: Kind) -> PictureError {
    let name = kind.name();
    PictureError::Unreadable(format!("the {name} is cut short: its end is missing; send the whole file again"))
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
