//! What comes in as a picture, and what must come of it.

use super::*;
use std::sync::LazyLock;

fn scene() -> RgbImage {
    RgbImage::from_fn(97, 61, |x, y| image::Rgb([(x * 5) as u8, (y * 7) as u8, ((x ^ y) * 9) as u8]))
}

static JPEG: LazyLock<Bytes> = LazyLock::new(|| super::super::encode::encode_jpeg(&scene(), 90));
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
fn a_file_that_must_be_turned_is_turned() {
    let turned = to_jpeg(turned_jpeg(), Bounds::default()).unwrap();
    assert_eq!((turned.1, turned.2), (61, 97));
    assert_eq!(decode(&turned.0, Bounds::default()).unwrap().dimensions(), (61, 97));
    assert_eq!(decode(&turned_jpeg(), Bounds::default()).unwrap().dimensions(), (61, 97));
}

#[test]
fn a_cameras_picture_that_must_be_turned_is_turned_and_others_are_passed_on() {
    let padded = [&turned_jpeg()[..], &[0; 30]].concat();
    let (jpeg, width, height) = camera_jpeg(&padded, Bounds::default()).unwrap();
    assert_eq!((width, height, orientation(&jpeg)), (61, 97, Orientation::NoTransforms));
    assert_eq!(jpeg, to_jpeg(turned_jpeg(), Bounds::default()).unwrap().0);
    let cut = &turned_jpeg()[..turned_jpeg().len() - 40];
    assert!(camera_jpeg(&[cut, &[0xff, 0xd9]].concat(), Bounds::default()).is_err());
    assert_eq!(camera_jpeg(&JPEG, Bounds::default()).unwrap(), (JPEG.clone(), 97, 61));
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
fn a_jpeg_that_lost_a_part_of_its_picture_is_refused_where_it_is_brought() {
    let cut = [&JPEG[..JPEG.len() * 2 / 3], b"\xff\xd9"].concat();
    // A camera may have nothing better: its frame is shown as far as it goes.
    assert_eq!(decode(&cut, Bounds::default()).unwrap().dimensions(), (97, 61));
    let refused = to_jpeg(cut.into(), Bounds::default());
    assert!(
        matches!(&refused, Err(PictureError::Unreadable(why)) if why.contains("ends after") && why.contains('%')),
        "{refused:?}"
    );
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

/// A small picture of each kind.
static KINDS: LazyLock<Vec<(image::ImageFormat, Vec<u8>)>> = LazyLock::new(|| {
    use image::ImageFormat::{Bmp, Jpeg, Png, Tiff, WebP};
    let encoded = |format| {
        let mut file = Cursor::new(Vec::new());
        scene().write_to(&mut file, format).unwrap();
        (format, file.into_inner())
    };
    vec![encoded(Jpeg), encoded(Png), encoded(Bmp), encoded(WebP), encoded(Tiff), (Jpeg, turned_jpeg().to_vec())]
});

#[test]
fn every_kind_is_read() {
    for (format, file) in KINDS.iter() {
        let size = if *file == turned_jpeg() { (61, 97) } else { (97, 61) };
        assert_eq!(decode(file, Bounds::default()).unwrap().dimensions(), size, "{format:?}");
        let (width, height, jpeg) = probe(file, Bounds::default()).unwrap();
        assert_eq!((width, height, jpeg), (97, 61, *format == image::ImageFormat::Jpeg));
    }
}

#[test]
fn how_a_file_is_to_be_turned_is_known_without_decoding_it() {
    assert_eq!(orientation(&turned_jpeg()), Orientation::Rotate90);
    for (_, file) in &KINDS[..5] {
        assert_eq!(orientation(file), Orientation::NoTransforms);
    }
    // Where the picture begins is enough.
    let start = &turned_jpeg()[..turned_jpeg().len() / 2];
    assert_eq!(orientation(start), Orientation::Rotate90);
}

#[test]
fn a_camera_s_buffer_is_no_other_kind_and_within_bounds() {
    assert_eq!(camera_jpeg(&JPEG, Bounds::default()).unwrap(), (JPEG.clone(), 97, 61));
    assert!(matches!(camera_jpeg(&PNG, Bounds::default()), Err(PictureError::Format(_))));
    let small = Bounds { max_pixels: 100, ..Bounds::default() };
    assert!(matches!(camera_jpeg(&JPEG, small), Err(PictureError::TooLarge(_))));
}

#[test]
fn what_a_chunk_says_it_needs_is_not_taken_at_its_word() {
    // A WebP of some bytes with EXIF of 4 GB.
    let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x08\0\0\0\x0f\0\0\x0f\0\0EXIF\xf0\xff\xff\xffII*\0".to_vec();
    let length = webp.len() as u32 - 8;
    webp[4..8].copy_from_slice(&length.to_le_bytes());
    let refused = decode(&webp, Bounds::default());
    assert!(matches!(refused, Err(PictureError::Unreadable(text)) if text.contains("cut short")));
    assert_eq!(orientation(&webp), Orientation::NoTransforms);
}

/// The start of a JPEG whose frame says this, its components sampled so often.
fn frame(marker: u8, (width, height): (u16, u16), sampled: &[u8]) -> Vec<u8> {
    let length = (8 + 3 * sampled.len() as u16).to_be_bytes();
    let components = (1..).zip(sampled).flat_map(|(id, often)| [id, *often, 0]).collect::<Vec<u8>>();
    let [size_h, size_w] = [height, width].map(u16::to_be_bytes);
    [&[0xff, 0xd8, 0xff, marker][..], &length, &[8], &size_h, &size_w, &[sampled.len() as u8], &components].concat()
}

#[test]
fn a_progressive_jpeg_is_held_against_the_memory_that_it_takes() {
    let probed = |marker, size, sampled: &[u8]| probe(&frame(marker, size, sampled), Bounds::default());
    let large = (8_000, 6_000);
    assert!(probed(0xc0, large, &[0x11, 0x11, 0x11]).is_ok(), "row by row");
    assert!(probed(0xc2, large, &[0x22, 0x11, 0x11]).is_ok(), "of half the colours");
    assert!(probed(0xc2, (7_000, 6_000), &[0x11, 0x11, 0x11]).is_ok());
    // A scan for each colour.
    let scans = [frame(0xc0, large, &[0x11, 0x11, 0x11]), b"\xff\xda\0\x08\x01\x01\0\0\x3f\0".to_vec()].concat();
    assert!(matches!(probe(&scans, Bounds::default()), Err(PictureError::TooLarge(_))));
    for (size, sampled) in [(large, &[0x11, 0x11, 0x11][..]), ((7_000, 6_000), &[0x11, 0x11, 0x11, 0x11])] {
        let Err(PictureError::TooLarge(why)) = probed(0xc2, size, sampled) else { panic!("{size:?}") };
        assert!(why.contains("(progressive)") && why.contains("MB") && why.contains("baseline"), "{why}");
    }
}

#[test]
fn bytes_beyond_the_bound_are_told_in_words() {
    let bounds = Bounds { max_bytes: 32_000_000, ..Bounds::default() };
    let Err(PictureError::TooLarge(why)) = decode(&vec![0; 32_000_001], bounds) else { panic!() };
    assert!(why.contains("more than 32 MB") || why.contains("more than 32.0 MB"), "{why}");
}

#[test]
fn a_decoder_that_breaks_makes_a_file_that_can_not_be_read() {
    let broken = unbroken(|| -> Result<(), _> { panic!("an index beyond the end") });
    assert!(matches!(broken, Err(PictureError::Unreadable(text)) if text.contains("the decoder broke on it")));
}

#[test]
fn no_side_is_longer_than_others_can_open() {
    for (size, fits) in [((65_500, 1), true), ((1, 65_500), true), ((65_501, 1), false), ((1, 65_535), false)] {
        let encoded = |format| {
            let mut file = Cursor::new(Vec::new());
            RgbImage::new(size.0, size.1).write_to(&mut file, format).unwrap();
            Bytes::from(file.into_inner())
        };
        for format in [image::ImageFormat::Jpeg, image::ImageFormat::Png] {
            match to_jpeg(encoded(format), Bounds::default()) {
                Ok(_) => assert!(fits, "{size:?}"),
                Err(error) => assert!(!fits && error.to_string().contains("65500 a side"), "{size:?}: {error}"),
            }
        }
    }
}
