//! The files that were rebuilt from what people reported; its README says what must come out.

use super::made::off;
use fieldcoach::picture::{self, Bounds, Orientation};
use image::RgbImage;
use std::path::{Path, PathBuf};

/// Where they lie; none on a machine that has only this repository.
fn cases() -> Option<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/cases");
    let there = cases.is_dir();
    if !there {
        println!("skipped: {} is not there", cases.display());
    }
    there.then_some(cases)
}

fn stored(path: &Path) -> RgbImage {
    let bytes = std::fs::read(path).unwrap();
    let (jpeg, ..) =
        picture::to_jpeg(bytes.into(), Bounds::default()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    image::load_from_memory_with_format(&jpeg, image::ImageFormat::Jpeg).unwrap().into_rgb8()
}

#[test]
fn colours_tables_grounds_and_turns_come_out_as_they_must() {
    let Some(cases) = cases() else { return };
    let reference = stored(&cases.join("01-reference.png"));
    for name in ["01-cmyk-adobe.jpg", "01-ycck-adobe.jpg"] {
        let off = off(&stored(&cases.join(name)), &reference).unwrap();
        assert!(off < 3.0, "{name}: off by {off}");
    }
    let brightness = |image: &RgbImage| image.iter().map(|v| f64::from(*v)).sum::<f64>() / image.len() as f64;
    let coarse = brightness(&stored(&cases.join("01-ycck-adobe-coarse-colour.jpg"))) / brightness(&reference);
    assert!((coarse - 0.78).abs() < 0.05, "{coarse}");

    for entry in std::fs::read_dir(cases.join("02-camera")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(stored(&path).dimensions(), (320, 200), "{}", path.display());
        let bytes = std::fs::read(&path).unwrap();
        let (jpeg, width, height) = picture::camera_jpeg(&bytes, Bounds::default()).unwrap();
        let alone = image::load_from_memory_with_format(&jpeg, image::ImageFormat::Jpeg).unwrap();
        assert_eq!((width, height), (alone.width(), alone.height()), "{}", path.display());
    }

    let lines = stored(&cases.join("03-black-lines-on-nothing.png"));
    assert!(brightness(&lines) > 128.0 && lines.pixels().any(|p| p.0[0] < 40), "dark lines on a light ground");
    let hole = cases.join("03-palette-with-hole.png");
    let (taken, drawn) = (stored(&hole), image::open(&hole).unwrap().into_rgba8());
    let mut apart = (0, 0);
    for (ours, theirs) in taken.pixels().zip(drawn.pixels()) {
        match theirs.0 {
            [_, _, _, 0] => {
                assert!(ours.0.iter().all(|v| *v > 128), "the hole is light, as what is around it: {ours:?}")
            }
            [r, g, b, _] => {
                let off = [r, g, b].iter().zip(ours.0).map(|(a, b)| u64::from(a.abs_diff(b))).sum::<u64>();
                apart = (apart.0 + off, apart.1 + 3);
            }
        }
    }
    assert!(apart.0 < 3 * apart.1, "off by {} in {}", apart.0, apart.1);

    let turned = |name: &str| {
        let bytes = std::fs::read(cases.join("05-exif").join(name)).unwrap();
        picture::orientation(&bytes)
    };
    assert_eq!(turned("half-turn.jpg"), Orientation::Rotate180);
    assert_ne!(turned("square.jpg"), Orientation::NoTransforms);
}
