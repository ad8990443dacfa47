//! What people bring as pictures is read as Pillow reads it, kept or converted, or refused in words.

#[path = "../common/mod.rs"]
mod common;
mod doors;
mod made;
mod shared;

use fieldcoach::picture::{self, Bounds, PictureError};
use made::{Case, OURS, bytes, cases, off, path};

#[test]
fn every_picture_is_read_as_pillow_reads_it_or_refused_in_words() {
    let mut wrong = vec![];
    for (name, case) in cases() {
        let read = picture::decode(&bytes(&name), Bounds::default());
        match (case, read) {
            (Case::Shown { off: most, .. }, Ok(image)) => {
                let expected = image::open(path(&format!("{name}.png"))).unwrap().into_rgb8();
                match off(&image, &expected) {
                    Some(off) if off <= most => {}
                    off => wrong.push(format!("{name}: off by {off:?}, {most} allowed")),
                }
            }
            (Case::Shown { .. }, Err(error)) => wrong.push(format!("{name}: {error}")),
            (Case::Refused { .. }, Ok(_)) => wrong.push(format!("{name}: not refused")),
            (Case::Refused { refused }, Err(error)) => {
                let text = error.to_string();
                if !refused.iter().all(|word| text.contains(word)) {
                    wrong.push(format!("{name}: {text}, without {refused:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_stored_is_the_same_picture_and_decodes_anywhere() {
    for (name, case) in cases() {
        let Case::Shown { off: most, kept, .. } = case else { continue };
        let sent = bytes(&name);
        let (stored, width, height) = picture::to_jpeg(sent.clone(), Bounds::default()).unwrap();
        assert_eq!(stored == sent, kept, "{name}: kept byte for byte");
        let expected = image::open(path(&format!("{name}.png"))).unwrap().into_rgb8();
        assert_eq!((width, height), expected.dimensions(), "{name}");
        // By a decoder that knows nothing of what cameras leave out.
        let plain = image::load_from_memory_with_format(&stored, image::ImageFormat::Jpeg).unwrap().into_rgb8();
        let off = off(&plain, &expected).unwrap();
        assert!(off <= most + OURS, "{name}: off by {off}");
        assert_eq!(picture::orientation(&stored), picture::Orientation::NoTransforms);
    }
}

#[test]
fn how_a_file_is_turned_is_known_before_it_is_decoded() {
    for value in 1..=8 {
        let name = format!("jpeg-turned-{value}.jpg");
        assert_eq!(picture::orientation(&bytes(&name)).to_exif(), value, "{name}");
    }
    for (name, value) in [
        ("png-turned.png", 6),
        ("webp-turned.webp", 8),
        ("webp-turned-marked.webp", 8),
        ("tiff-turned.tif", 3),
        ("jpeg-turned-senseless.jpg", 1),
        ("jpeg-no-tables.jpg", 1),
        ("bmp-rgb.bmp", 1),
        ("jpeg-12-bits.jpg", 1),
        ("phone.heic", 1),
    ] {
        assert_eq!(picture::orientation(&bytes(name)).to_exif(), value, "{name}");
    }
}

#[test]
fn what_is_cut_short_is_refused() {
    let mut wrong = vec![];
    for (name, case) in cases() {
        let Case::Shown { padded: false, .. } = case else { continue };
        let file = bytes(&name);
        let steps = (1..12).map(|n| file.len() * n / 12);
        for length in steps.chain([file.len() - 2, file.len() - 1]) {
            match picture::decode(&file[..length], Bounds::default()) {
                Err(PictureError::Unreadable(_)) => {}
                Err(other) => wrong.push(format!("{name}, {length} of {}: {other}", file.len())),
                Ok(_) => wrong.push(format!("{name}: {length} of {} are taken", file.len())),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn bounds_hold_for_every_kind() {
    let few_pixels = Bounds { max_pixels: 10, ..Bounds::default() };
    let few_bytes = Bounds { max_bytes: 20, ..Bounds::default() };
    for name in ["jpeg-420.jpg", "png-rgb.png", "bmp-rgb.bmp", "webp-lossy.webp", "tiff-tiff_lzw.tif"] {
        for bounds in [few_pixels, few_bytes] {
            let refused = picture::to_jpeg(bytes(name), bounds);
            assert!(matches!(refused, Err(PictureError::TooLarge(_))), "{name}: {refused:?}");
            assert!(matches!(picture::probe(&bytes(name), bounds), Err(PictureError::TooLarge(_))), "{name}");
        }
    }
}
