//! What people bring as pictures is read as Pillow reads it, kept or converted, or refused in words.
//!
//! `make.py` makes the pictures.

use bytes::Bytes;
use fieldcoach::picture::{self, Bounds, PictureError};
use image::RgbImage;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;

/// Mean of levels by which a JPEG that we write may differ from what it was made of.
const OURS: f64 = 3.0;

#[derive(Deserialize)]
#[serde(untagged)]
enum Case {
    Shown { off: f64, kept: bool, padded: bool },
    Refused { refused: Vec<String> },
}

static MADE: LazyLock<TempDir> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let python = std::env::var_os("FIELDCOACH_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures/make.py");
    let made = Command::new(python).arg(script).arg(dir.path()).status().expect("`make test` installs a Python");
    assert!(made.success(), "make.py could not make the pictures");
    dir
});

fn path(name: &str) -> PathBuf {
    MADE.path().join(name)
}

fn cases() -> BTreeMap<String, Case> {
    serde_json::from_slice(&std::fs::read(path("cases.json")).unwrap()).unwrap()
}

fn bytes(name: &str) -> Bytes {
    std::fs::read(path(name)).unwrap().into()
}

/// Mean difference in levels; none where even the sizes differ.
fn off(one: &RgbImage, other: &RgbImage) -> Option<f64> {
    let same_size = one.dimensions() == other.dimensions();
    let sum: u64 = one.iter().zip(other.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    same_size.then(|| sum as f64 / one.len() as f64)
}

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
        assert_eq!(picture::orientation(&stored, Bounds::default()).unwrap(), picture::Orientation::NoTransforms);
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

/// Most memory that this process has held, in bytes.
fn high_water() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn a_thousand_damaged_files_are_read_or_refused_within_bounds() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let bounds = Bounds { max_pixels: 1_000_000, ..Bounds::default() };
    let files: Vec<(String, Bytes)> = cases().into_keys().map(|name| (name.clone(), bytes(&name))).collect();
    for round in 0..10 {
        for (name, file) in &files {
            let mut file = file.to_vec();
            // Most of what goes wrong goes wrong in headers.
            let reach = if round % 2 == 0 { file.len() } else { file.len().min(150) };
            for _ in 0..random.random_range(1..12) {
                let at = random.random_range(0..reach);
                file[at] = random.random();
            }
            let read = std::panic::catch_unwind(|| {
                let _ = picture::orientation(&file, bounds);
                picture::to_jpeg(file.clone().into(), bounds).map(|(jpeg, ..)| jpeg)
            });
            match read {
                Ok(Ok(jpeg)) => {
                    let stored = picture::decode(&jpeg, bounds).map(|image| image.dimensions());
                    assert!(stored.is_ok(), "{name}, round {round}: what is stored can't be decoded: {stored:?}");
                }
                Ok(Err(error)) => assert!(!error.to_string().is_empty()),
                Err(_) => panic!("{name}, round {round}: a panic"),
            }
        }
    }
    // A megapixel, in the deepest kind and as much again to work, for each of the tests that run beside this one.
    assert!(high_water() < 300_000_000, "{} bytes", high_water());
}
