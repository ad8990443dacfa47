//! Every kind of picture, as odd as Pillow makes them.

use super::change::{changes, damaged, each};
use super::odd::{bytes, cases};
use fieldcoach::picture::{self, Bounds};
use proptest::prelude::*;

/// Damages all whose names end so, a different one each time.
fn many(kind: &str, endings: &[&str]) {
    let of_kind = cases().into_keys().filter(|name| endings.iter().any(|ending| name.ends_with(ending)));
    let whole: Vec<Vec<u8>> = of_kind.map(|name| bytes(&name).to_vec()).collect();
    assert!(whole.len() >= 5, "{kind}: {}", whole.len());
    let bounds = Bounds { max_pixels: 300_000, ..Bounds::default() };
    let strategy = (0..whole.len(), changes(), any::<bool>());
    each(
        kind,
        strategy,
        |(which, changes, mended)| {
            let mut file = damaged(whole[which].clone(), &changes);
            if mended {
                mend_checksums(&mut file);
            }
            file
        },
        |file| {
            let shown = picture::decode(&file, bounds);
            let _ = (picture::orientation(&file), picture::camera_jpeg(&file, bounds), picture::probe(&file, bounds));
            match (shown, picture::to_jpeg(file.into(), bounds)) {
                (Ok(shown), Ok((stored, width, height))) => {
                    assert!(u64::from(width) * u64::from(height) <= bounds.max_pixels);
                    // What is stored can be shown later.
                    let later = picture::decode(&stored, bounds).unwrap();
                    assert_eq!((later.dimensions(), shown.dimensions()), ((width, height), (width, height)));
                }
                (Err(why), Err(again)) => assert_eq!(why.to_string(), again.to_string()),
                // A part of it can be shown: a camera's frame is, and what is brought is not stored.
                (Ok(_), Err(why)) if why.to_string().contains("its picture ends after") => {}
                (shown, stored) => panic!("one takes it, the other does not: {:?}, {:?}", shown.err(), stored.err()),
            }
        },
    );
}

/// Those of a PNG, so that the decoder looks at what was changed, and not only that it was.
fn mend_checksums(png: &mut [u8]) {
    if !png.starts_with(b"\x89PNG\r\n\x1a\n") {
        return;
    }
    let mut at = 8;
    while let Some(length) = png.get(at..).and_then(|rest| rest.first_chunk()) {
        let end = at + 8 + u32::from_be_bytes(*length) as usize;
        let Some(sum) = png.get(at + 4..end).map(crc32fast::hash) else { return };
        let Some(there) = png.get_mut(end..end + 4) else { return };
        there.copy_from_slice(&sum.to_be_bytes());
        at = end + 4;
    }
}

#[test]
fn jpegs() {
    many("jpeg", &[".jpg", ".mpo"]);
}

#[test]
fn pngs() {
    many("png", &[".png"]);
}

#[test]
fn webps() {
    many("webp", &[".webp"]);
}

#[test]
fn tiffs() {
    many("tiff", &[".tif"]);
}

#[test]
fn bmps() {
    many("bmp", &[".bmp"]);
}

proptest! {
    #[test]
    fn noise_is_refused(kind in 0usize..6, noise: Vec<u8>) {
        let start: &[u8] = match kind {
            0 => b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
            1 => b"BM\x40\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
            2 => b"RIFF\x40\0\0\0WEBPVP8L\x30\0\0\0\x2f",
            3 => b"II*\0\x08\0\0\0",
            4 => b"MM\0*\0\0\0\x08",
            _ => &[0xff, 0xd8, 0xff],
        };
        let file = [start, &noise].concat();
        let bounds = Bounds { max_pixels: 300_000, ..Bounds::default() };
        let _ = (picture::decode(&file, bounds), picture::orientation(&file));
    }
}
