//! From the bytes of a file to pixels, within bounds.

use super::bounds::{Bounds, PictureError};
use super::encode::encode_jpeg;
use super::header::{Header, Kind, complete, header};
use bytes::Bytes;
use image::codecs::{jpeg::JpegDecoder, png::PngDecoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, Limits, RgbImage};
use std::io::Cursor;

/// Longest side, of a JPEG by its format, and so of every picture.
const MAX_SIDE: u32 = 65_535;

/// Quality of JPEGs that stand for the picture itself.
const KEEP_QUALITY: u8 = 95;

/// Decodes JPEG or PNG, upright; truncated files are refused. Transparency is dropped.
pub fn decode(bytes: &[u8], bounds: Bounds) -> Result<RgbImage, PictureError> {
    let (mut image, orientation) = pixels(bytes, bounds)?;
    image.apply_orientation(orientation);
    Ok(image.into_rgb8())
}

/// Width and height from the header, and whether it is a JPEG. Doesn't look whether the rest is there.
pub fn probe(bytes: &[u8], bounds: Bounds) -> Result<(u32, u32, bool), PictureError> {
    let header = bounded(bytes, bounds)?;
    Ok((header.width, header.height, header.kind == Kind::Jpeg))
}

/// A checked JPEG and its size from a JPEG (unchanged, unless it says it must be turned) or PNG (encoded at quality 95).
pub fn to_jpeg(bytes: Bytes, bounds: Bounds) -> Result<(Bytes, u32, u32), PictureError> {
    converted(bytes, bounds, true)
}

/// Like `to_jpeg`, but for pictures whose labels count pixels as they are stored: never turned, and without the word
/// that says to turn it.
pub fn to_jpeg_as_stored(bytes: Bytes, bounds: Bounds) -> Result<(Bytes, u32, u32), PictureError> {
    converted(bytes, bounds, false)
}

fn converted(bytes: Bytes, bounds: Bounds, upright: bool) -> Result<(Bytes, u32, u32), PictureError> {
    let is_jpeg = probe(&bytes, bounds)?.2;
    let (mut image, orientation) = pixels(&bytes, bounds)?;
    if is_jpeg && orientation == Orientation::NoTransforms {
        return Ok((bytes, image.width(), image.height()));
    }
    if upright {
        image.apply_orientation(orientation);
    }
    let image = image.into_rgb8();
    Ok((encode_jpeg(&image, KEEP_QUALITY), image.width(), image.height()))
}

fn bounded(bytes: &[u8], bounds: Bounds) -> Result<Header, PictureError> {
    if bytes.len() > bounds.max_bytes {
        return Err(PictureError::TooLarge(format!(
            "the picture has {} bytes, and {} are allowed; make it smaller",
            bytes.len(),
            bounds.max_bytes
        )));
    }
    let header = header(bytes)?;
    let Header { width, height, .. } = header;
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
    Ok(header)
}

/// The pixels as stored, and how the file wants them turned.
fn pixels(bytes: &[u8], bounds: Bounds) -> Result<(DynamicImage, Orientation), PictureError> {
    let header = bounded(bytes, bounds)?;
    complete(bytes, header.kind)?;
    match header.kind {
        Kind::Jpeg => JpegDecoder::new(Cursor::new(bytes)).and_then(|decoder| read(decoder, bounds)),
        Kind::Png => PngDecoder::with_limits(Cursor::new(bytes), limits(bounds)).and_then(|d| read(d, bounds)),
    }
    .map_err(explain)
}

fn read(mut decoder: impl ImageDecoder, bounds: Bounds) -> Result<(DynamicImage, Orientation), ImageError> {
    // A file whose EXIF can't be read is shown as it is.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    decoder.set_limits(limits(bounds))?;
    Ok((DynamicImage::from_decoder(decoder)?, orientation))
}

/// For what the header doesn't tell: 8 bytes a pixel are the most there can be (RGBA, 16 bits), and as much again to work.
fn limits(bounds: Bounds) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(bounds.max_pixels.saturating_mul(16).saturating_add(1 << 20));
    limits
}

fn explain(error: ImageError) -> PictureError {
    match error {
        ImageError::Limits(e) => {
            PictureError::TooLarge(format!("the picture needs too much memory ({e}); make it smaller"))
        }
        ImageError::Unsupported(e) => {
            PictureError::Format(format!("this kind of picture isn't read ({e}); save it as a plain JPEG or PNG"))
        }
        e => PictureError::Unreadable(format!("the picture is damaged ({e}); send the file again")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    fn scene() -> RgbImage {
        RgbImage::from_fn(97, 61, |x, y| image::Rgb([(x * 5) as u8, (y * 7) as u8, ((x ^ y) * 9) as u8]))
    }

    static JPEG: LazyLock<Bytes> = LazyLock::new(|| encode_jpeg(&scene(), 90));
    static PNG: LazyLock<Bytes> = LazyLock::new(|| {
        let mut png = Cursor::new(Vec::new());
        scene().write_to(&mut png, image::ImageFormat::Png).unwrap();
        png.into_inner().into()
    });

    /// Says it must be turned a quarter clockwise.
    fn turned_jpeg() -> Bytes {
        let exif: &[u8] = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let mut jpeg = JPEG[..2].to_vec();
        jpeg.extend([0xff, 0xe1]);
        jpeg.extend((exif.len() as u16 + 2).to_be_bytes());
        jpeg.extend(exif);
        jpeg.extend(&JPEG[2..]);
        jpeg.into()
    }

    /// Nothing but a header that promises much.
    fn huge_png() -> Vec<u8> {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        png.extend(30_000u32.to_be_bytes());
        png.extend(30_000u32.to_be_bytes());
        png.extend([8, 2, 0, 0, 0]);
        let checksum = crc32fast::hash(&png[12..]);
        png.extend(checksum.to_be_bytes());
        png
    }

    #[test]
    fn jpeg_and_png_are_read() {
        assert_eq!(decode(&PNG, Bounds::default()).unwrap(), scene());
        assert_eq!(decode(&JPEG, Bounds::default()).unwrap().dimensions(), (97, 61));
        assert_eq!(probe(&JPEG, Bounds::default()).unwrap(), (97, 61, true));
        assert_eq!(probe(&PNG, Bounds::default()).unwrap(), (97, 61, false));
    }

    #[test]
    fn a_jpeg_is_kept_as_it_is_and_a_png_becomes_one() {
        let (kept, width, height) = to_jpeg(JPEG.clone(), Bounds::default()).unwrap();
        assert_eq!((&kept, width, height), (&*JPEG, 97, 61));
        let (jpeg, width, height) = to_jpeg(PNG.clone(), Bounds::default()).unwrap();
        assert_eq!((probe(&jpeg, Bounds::default()).unwrap(), width, height), ((97, 61, true), 97, 61));
        let decoded = decode(&jpeg, Bounds::default()).unwrap();
        let off = decoded.iter().zip(scene().iter()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>();
        assert!(off / (decoded.len() as f64) < 12.0, "{off}");
    }

    #[test]
    fn a_file_that_must_be_turned_is_turned_or_forgets_it() {
        let turned = to_jpeg(turned_jpeg(), Bounds::default()).unwrap();
        assert_eq!((turned.1, turned.2), (61, 97));
        assert_eq!(decode(&turned.0, Bounds::default()).unwrap().dimensions(), (61, 97));
        assert_eq!(decode(&turned_jpeg(), Bounds::default()).unwrap().dimensions(), (61, 97));
        let stored = to_jpeg_as_stored(turned_jpeg(), Bounds::default()).unwrap();
        assert_eq!((stored.1, stored.2), (97, 61));
        assert_eq!(decode(&stored.0, Bounds::default()).unwrap().dimensions(), (97, 61));
    }

    #[test]
    fn a_huge_picture_is_refused_by_its_header() {
        let error = decode(&huge_png(), Bounds::default()).unwrap_err();
        assert!(matches!(&error, PictureError::TooLarge(text) if text.contains("30000 × 30000")), "{error}");
        let small = Bounds { max_pixels: 97 * 61 - 1, ..Bounds::default() };
        assert!(matches!(probe(&JPEG, small), Err(PictureError::TooLarge(_))));
        let short = Bounds { max_bytes: 100, ..Bounds::default() };
        assert!(matches!(to_jpeg(PNG.clone(), short), Err(PictureError::TooLarge(_))));
    }

    #[test]
    fn every_cut_is_refused() {
        for file in [&*JPEG, &*PNG, &turned_jpeg()] {
            for length in 0..file.len() {
                assert!(decode(&file[..length], Bounds::default()).is_err(), "{length} of {}", file.len());
            }
        }
    }

    #[test]
    fn what_follows_the_end_does_no_harm() {
        // Cameras pad their buffers.
        for file in [&*JPEG, &*PNG] {
            let padded = [file, &[0; 64][..]].concat();
            assert_eq!(decode(&padded, Bounds::default()).unwrap().dimensions(), (97, 61));
        }
    }

    #[test]
    fn other_files_are_named_as_such() {
        assert!(matches!(decode(b"GIF89a", Bounds::default()), Err(PictureError::Format(_))));
        assert!(matches!(decode(b"", Bounds::default()), Err(PictureError::Unreadable(_))));
    }

    proptest! {
        #[test]
        fn damage_never_panics(png: bool, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
            let mut file = if png { PNG.to_vec() } else { JPEG.to_vec() };
            for (place, value) in changes {
                let place = place.index(file.len());
                file[place] = value;
            }
            let bounds = Bounds { max_pixels: 1_000_000, ..Bounds::default() };
            if let Ok(image) = decode(&file, bounds) {
                prop_assert!(u64::from(image.width()) * u64::from(image.height()) <= bounds.max_pixels);
            }
            let _ = to_jpeg(file.into(), bounds);
        }

        #[test]
        fn noise_never_panics(png: bool, noise: Vec<u8>) {
            let start: &[u8] = if png { b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" } else { &[0xff, 0xd8, 0xff] };
            let _ = decode(&[start, &noise].concat(), Bounds { max_pixels: 1_000_000, ..Bounds::default() });
        }
    }
}
