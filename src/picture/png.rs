//! What a PNG says about itself, read without decoding it, and whether all of it is there.

use super::bounds::PictureError;
use flate2::read::ZlibDecoder;
use std::borrow::Cow;
use std::io::Read;

/// Bytes of EXIF as a text, unpacked; twice what a JPEG can hold.
const PROFILE: u64 = 256 << 10;

/// Before the first chunk.
const SIGNATURE: usize = 8;

/// Width and height.
pub fn size(bytes: &[u8]) -> Result<(u32, u32), PictureError> {
    if bytes.get(12..16).is_some_and(|kind| kind != b"IHDR") {
        return Err(PictureError::Unreadable("the PNG is damaged: it doesn't begin with its header".into()));
    }
    be32(bytes, 16).zip(be32(bytes, 20)).ok_or_else(cut_short)
}

/// Refuses a file whose end is missing.
pub fn complete(bytes: &[u8]) -> Result<(), PictureError> {
    chunks(bytes).any(|(kind, _)| kind == b"IEND").then_some(()).ok_or_else(cut_short)
}

/// What it says in EXIF, before its pixels or behind them: in a chunk of its own, or where programs put it before there was
/// one.
pub fn exif(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let inside = || chunks(bytes).take_while(|(kind, _)| *kind != b"IEND");
    let own = inside().find(|(kind, _)| *kind == b"eXIf").map(|(_, data)| data.into());
    own.or_else(|| inside().find_map(|(kind, data)| Some(profile(kind, data)?.into())))
}

/// EXIF as a text of digits behind its name and length, as ImageMagick writes it.
fn profile(kind: &[u8; 4], data: &[u8]) -> Option<Vec<u8>> {
    let data = data.strip_prefix(b"Raw profile type exif\0")?;
    let text = match kind {
        b"tEXt" => data.to_vec(),
        // Behind the way it is packed, of which there is one.
        b"zTXt" => {
            let mut text = vec![];
            ZlibDecoder::new(data.strip_prefix(b"\0")?).take(PROFILE).read_to_end(&mut text).ok()?;
            text
        }
        _ => return None,
    };
    let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let _name_and_length = (words.next()?, words.next()?);
    hex::decode(words.collect::<Vec<_>>().concat()).ok()
}

/// Kinds and data of the chunks that are there as a whole, each a length, a kind, data and a checksum (PNG, section 5.3).
fn chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    let mut at = SIGNATURE;
    std::iter::from_fn(move || {
        let (length, kind) = (be32(bytes, at)? as usize, bytes.get(at + 4..)?.first_chunk()?);
        let data = bytes.get(at + 8..at + 8 + length)?;
        at += 12 + length;
        (at <= bytes.len()).then_some((kind, data))
    })
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn cut_short() -> PictureError {
    PictureError::Unreadable("the PNG is cut short: its end is missing; send the whole file again".into())
}
