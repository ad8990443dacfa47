//! What a TIFF says about itself before it is decoded: raw data of cameras comes in the same wrapping, with a thumbnail
//! where the picture is sought.

use super::bounds::PictureError;
use super::directory::Directory;
use super::flatten::Opacity;
use super::kind::{named, raw};

const NEW_SUBFILE_TYPE: u16 = 254;
const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;
const EXTRA_SAMPLES: u16 = 338;
const DNG_VERSION: u16 = 50_706;
/// Where parts of the picture lie, and how long they are: strips, and tiles.
const PARTS: [(u16, u16); 2] = [(273, 279), (324, 325)];

/// Photometric interpretations of raw data: a mosaic of colours, and what becomes of it.
const MOSAIC: [u64; 2] = [32_803, 34_892];

/// Refuses raw data, and files whose pixels are not all there; says what opacity means in it. What else is wrong, the
/// decoder finds.
pub fn check(bytes: &[u8]) -> Result<Opacity, PictureError> {
    // The mark of Canon's raw data, whose pictures are called by no other.
    let canon = bytes.get(8..10) == Some(b"CR");
    let Some(directory) = Directory::first(bytes).filter(|directory| directory.whole) else {
        return Err(PictureError::Unreadable(
            "the TIFF is cut short or damaged: what it holds is not listed in it; send the whole file again".into(),
        ));
    };
    let first = |tag: u16| directory.values(tag).and_then(|mut values| values.next());
    let reduced = first(NEW_SUBFILE_TYPE).is_some_and(|kind| kind & 1 == 1);
    let mosaic = first(PHOTOMETRIC).is_some_and(|kind| MOSAIC.contains(&kind));
    if canon || reduced || mosaic || directory.values(DNG_VERSION).is_some() {
        return Err(raw());
    }
    // The decoder passes over it, and shows every eight pixels of a line mirrored.
    if first(FILL_ORDER) == Some(2) {
        return Err(named("a TIFF with the bits of each byte in reverse order", "save it anew"));
    }
    for (offsets, lengths) in PARTS {
        let parts = directory.values(offsets).zip(directory.values(lengths));
        if parts.is_some_and(|(at, length)| at.zip(length).any(|(at, length)| at + length > bytes.len() as u64)) {
            let text = "the TIFF is cut short: pixels are missing; send the whole file again";
            return Err(PictureError::Unreadable(text.into()));
        }
    }
    Ok(match first(EXTRA_SAMPLES) {
        Some(1) => Opacity::Multiplied,
        _ => Opacity::Apart,
    })
}
