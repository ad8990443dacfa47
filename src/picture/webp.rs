//! Whether all of a WebP is there: a RIFF file, chunks in one that says how long it is.

use super::bounds::PictureError;

/// Refuses a file whose end is missing, or a chunk of which reaches beyond it: the decoder takes the memory that a chunk
/// says it needs.
pub fn complete(bytes: &[u8]) -> Result<(), PictureError> {
    let length = le32(bytes, 4).ok_or_else(cut_short)?;
    let inside = bytes.get(..8 + length).ok_or_else(cut_short)?;
    chunks(inside).all(|(_, data)| data.is_some()).then_some(()).ok_or_else(cut_short)
}

/// What it says in EXIF, where its header says that it does.
pub fn exif(bytes: &[u8]) -> Option<&[u8]> {
    let mut chunks = chunks(bytes);
    let (kind, header) = chunks.next()?;
    let said = kind == b"VP8X" && header?.first()? & 0x08 != 0;
    chunks.find(|(kind, _)| said && *kind == b"EXIF").and_then(|(_, data)| data)
}

/// Kinds and data of chunks; none where it reaches beyond the end.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], Option<&[u8]>)> {
    let mut at = 12;
    std::iter::from_fn(move || {
        let (kind, length) = (bytes.get(at..)?.first_chunk()?, le32(bytes, at + 4)?);
        let data = bytes.get(at + 8..at + 8 + length);
        at = (at + 8 + length).next_multiple_of(2);
        Some((kind, data))
    })
}

fn le32(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize)
}

fn cut_short() -> PictureError {
    PictureError::Unreadable("the WebP is cut short: its end is missing; send the whole file again".into())
}
