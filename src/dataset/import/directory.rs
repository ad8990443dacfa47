//! How many entries a ZIP says it has, before its directory is read: each takes some hundred bytes of memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Entries of a ZIP, at most: five times what the default budget holds as frames of 1 MB.
pub const MAX_ENTRIES: u64 = 100_000;

/// The end of the directory (APPNOTE 4.3.14 to 4.3.16): a comment of 64 KB at most, and three records before it.
const END: u64 = 65_535 + 22 + 20 + 56;
const END_64: &[u8] = b"PK\x06\x06\x2c\0\0\0\0\0\0\0";
const LOCATOR: &[u8] = b"PK\x06\x07";

/// The most entries that any of the ends of a directory names. Without ZIP64 there are 65,535 at most; that is not looked
/// at.
pub fn entries(file: &mut File) -> io::Result<u64> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = length.saturating_sub(END);
    let tail = at(file, from, END)?;
    let mut most = 0;
    for place in 0..tail.len() {
        if tail[place..].starts_with(END_64) {
            most = most.max(count(&tail[place..]));
        } else if tail[place..].starts_with(LOCATOR)
            && let Some(offset) = number(&tail[place..], 8)
        {
            let end = at(file, offset, END_64.len() as u64 + 28)?;
            most = most.max(if end.starts_with(END_64) { count(&end) } else { 0 });
        }
    }
    file.rewind()?;
    Ok(most)
}

fn at(file: &mut File, place: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(place.min(i64::MAX as u64)))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The entries of this disk and of all, whichever are more.
fn count(end: &[u8]) -> u64 {
    number(end, 24).max(number(end, 32)).unwrap_or(0)
}

fn number(bytes: &[u8], place: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(place..place + 8)?.try_into().ok()?))
}
