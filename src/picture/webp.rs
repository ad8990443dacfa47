//! Whether all of a WebP is there: a RIFF file, chunks in one that says how long it is.

use super::bounds::PictureError;

/// Refuses a file whose end is missing, or a chunk of which reaches beyond it: the decoder takes the memory that a chunk
/// says it needs.
pub fn complete(bytes: &[u8]) -> Result<(), PictureError> {
    let length = le32(bytes, 4).ok_or_else(cut_short)?;
    let inside = bytes.get(..8 + length).ok_or_else(cut_short)?;
    let mut at = 12;
    while at + 8 <= inside.len() {
        let end = at + 8 + le32(inside, at + 4).ok_or_else(cut_short)?;
        if end > inside.len() {
            return Err(cut_short());
        }
        at = end.next_multiple_of(2);
    }
    Ok(())
}

fn le32(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize)
}

fn cut_short() -> PictureError {
    PictureError::Unreadable("the WebP is cut short: its end is missing; send the whole file again".into())
}
