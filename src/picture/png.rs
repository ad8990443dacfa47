//! What a PNG says about itself, read without decoding it, and whether all of it is there.

use super::bounds::PictureError;

/// Before the first chunk.
const SIGNATURE: usize = 8;

/// Width and height.
pub fn size(bytes: &[u8]) -> Result<(u32, u32), PictureError> {
    if bytes.get(12..16).is_some_and(|kind| kind != b"IHDR") {
        return Err(PictureError::Unreadable("the PNG is damaged: it doesn't begin with its header".into()));
    }
    be32(bytes, 16).zip(be32(bytes, 20)).ok_or_else(cut_short)
}

/// Refuses a file whose end is missing: walks the chunks, each a length, a kind, data and a checksum (PNG, section 5.3).
pub fn complete(bytes: &[u8]) -> Result<(), PictureError> {
    let mut at = SIGNATURE;
    while let (Some(length), Some(kind)) = (be32(bytes, at), bytes.get(at + 4..at + 8)) {
        let next = at + 12 + length as usize;
        if kind == b"IEND" && bytes.len() >= next {
            return Ok(());
        }
        at = next;
    }
    Err(cut_short())
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn cut_short() -> PictureError {
    PictureError::Unreadable("the PNG is cut short: its end is missing; send the whole file again".into())
}
