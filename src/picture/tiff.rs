//! What a TIFF says about itself before it is decoded: raw data of cameras comes in the same wrapping, with a thumbnail
//! where the picture is sought.

use super::bounds::PictureError;
use super::directory::Directory;
use super::flatten::{Meaning, Opacity};
use super::kind::{named, raw};

const NEW_SUBFILE_TYPE: u16 = 254;
const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;
const EXTRA_SAMPLES: u16 = 338;
const SAMPLE_FORMAT: u16 = 339;
const DNG_VERSION: u16 = 50_706;
/// Where parts of the picture lie, and how long they are: strips, and tiles.
const PARTS: [(u16, u16); 2] = [(273, 279), (324, 325)];

/// Photometric interpretations of raw data: a mosaic of colours, and what becomes of it.
const MOSAIC: [u64; 2] = [32_803, 34_892];

/// Ways of packing that are read: none, fax of group 4, LZW, JPEG, deflate, PackBits.
const PACKED: [u64; 7] = [1, 4, 5, 7, 8, 32_773, 32_946];

/// Others, as people know them.
const PACKED_OTHERWISE: [(u64, &str); 20] = [
    (2, "a fax of group 3"),
    (3, "a fax of group 3"),
    (6, "JPEG of the old kind"),
    (22_610, "JPEG XR"),
    (32_809, "ThunderScan"),
    (32_909, "Pixar's logarithms"),
    (33_003, "JPEG 2000"),
    (33_005, "JPEG 2000"),
    (34_661, "JBIG"),
    (34_676, "SGI's logarithms"),
    (34_677, "SGI's logarithms"),
    (34_712, "JPEG 2000"),
    (34_887, "LERC"),
    (34_925, "LZMA"),
    (34_933, "PNG"),
    (34_934, "JPEG XR"),
    (50_000, "Zstandard"),
    (50_001, "WebP"),
    (50_002, "JPEG XL"),
    (52_546, "JPEG XL"),
];

/// Refuses raw data, what is not read, by its name, and files whose pixels are not all there; says how what it holds is
/// meant. What else is wrong, the decoder finds.
pub fn check(bytes: &[u8]) -> Result<Meaning, PictureError> {
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
    unread(&directory)?;
    for (offsets, lengths) in PARTS {
        let parts = directory.values(offsets).zip(directory.values(lengths));
        if parts.is_some_and(|(at, length)| at.zip(length).any(|(at, length)| at + length > bytes.len() as u64)) {
            let text = "the TIFF is cut short: pixels are missing; send the whole file again";
            return Err(PictureError::Unreadable(text.into()));
        }
    }
    let opacity = if first(EXTRA_SAMPLES) == Some(1) { Opacity::Multiplied } else { Opacity::Apart };
    Ok(Meaning { opacity, white_is_zero: first(PHOTOMETRIC) == Some(0) })
}

/// Refuses ways of packing, colours and numbers that are not read.
fn unread(directory: &Directory<'_>) -> Result<(), PictureError> {
    let first = |tag: u16| directory.values(tag).and_then(|mut values| values.next());
    if let Some(packed) = first(COMPRESSION).filter(|packed| !PACKED.contains(packed)) {
        let known = PACKED_OTHERWISE.iter().find(|(number, _)| *number == packed);
        let name = known
            .map_or_else(|| format!("in a way of its own (compression {packed})"), |(_, name)| format!("as {name}"));
        return Err(named(&format!("a TIFF packed {name}"), "save it packed with LZW or deflate, or not at all"));
    }
    let colours = match first(PHOTOMETRIC) {
        Some(3) => Some("a palette"),
        Some(6) => Some("colours as YCbCr"),
        Some(8..=10) => Some("colours as Lab"),
        _ => None,
    };
    if let Some(colours) = colours {
        return Err(named(&format!("a TIFF with {colours}"), "save it in RGB"));
    }
    match first(SAMPLE_FORMAT) {
        Some(2) => return Err(named("a TIFF of numbers with a sign", "save it with 8 or 16 bits without one")),
        Some(3) => return Err(named("a TIFF of floating-point numbers", "save it with 8 or 16 bits")),
        _ => {}
    }
    match first(BITS).filter(|bits| ![1, 8, 16].contains(bits)) {
        Some(bits) => Err(named(&format!("a TIFF with {bits} bits a colour"), "save it with 8 or 16 bits")),
        None => Ok(()),
    }
}
