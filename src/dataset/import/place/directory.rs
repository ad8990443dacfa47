//! How many entries a ZIP says it has, before its directory is read: each takes some hundred bytes of memory.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

/// Entries of a ZIP, at most: five times what the default budget holds as frames of 1 MB.
pub const MAX_ENTRIES: u64 = 100_000;

/// Bytes of its directory, at most: a hundred thousand names of 74 letters. Each letter takes three bytes while it is opened.
pub const MAX_BYTES: u64 = 12_000_000;

/// From the locator of a ZIP64 directory to the end of the file (APPNOTE 4.3.15 and 4.3.16): the locator, the old end and
/// a comment of 64 KB at most.
const TAIL: u64 = 20 + 22 + 65_535;
const LOCATOR: &[u8] = b"PK\x06\x07";
const LOCATOR_LENGTH: usize = 20;
/// The end record of a directory without ZIP64 (APPNOTE 4.3.16), without its comment.
const END: &[u8] = b"PK\x05\x06";
const END_LENGTH: usize = 22;
/// The end record of a ZIP64 directory (APPNOTE 4.3.14): its signature, the bytes that are looked at, and what its size
/// field leaves out and says at least.
const RECORD: &[u8] = b"PK\x06\x06";
const LOOKED_AT: usize = 40;
const BEFORE_SIZE: u64 = 12;
const LEAST_SIZE: u64 = 44;
/// Bytes that are searched at a time.
const PIECE: usize = 1 << 16;

/// Whether a file ends as a ZIP does, whatever stands before it: a program that unpacks itself, for one.
pub fn ends_as_zip(file: &mut File) -> io::Result<bool> {
    let (tail, _) = tail(file)?;
    file.rewind()?;
    Ok(places(&tail, END).any(|place| place + END_LENGTH <= tail.len()))
}

/// How many bytes its directory has. Of one that is not where it says, or has less than it says, it may be all of the file.
pub fn bytes(file: &mut File) -> io::Result<u64> {
    let (mut bytes, mut count) = (0, 0);
    let said = walk(file, |head, rest| {
        (bytes, count) = (bytes + (head.len() + rest.len()) as u64, count + 1);
        if bytes > MAX_BYTES { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let all = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    Ok(if bytes > MAX_BYTES || said.is_some_and(|said| count >= u64::from(said)) { bytes } else { all })
}

/// A name that two entries have which differ in what they hold. Of such two a reader sees one alone.
pub fn contradiction(file: &mut File) -> io::Result<Option<String>> {
    let (mut seen, mut twice) = (HashMap::new(), None);
    walk(file, |head, rest| {
        let length = usize::from(u16::from_le_bytes([head[28], head[29]]));
        let name = String::from_utf8_lossy(&rest[..length]).into_owned();
        let holds = (small(&head[16..]), small(&head[24..]));
        match seen.get(&name) {
            Some(other) if *other != holds => {
                twice = Some(name);
                ControlFlow::Break(())
            }
            _ => {
                seen.insert(name, holds);
                ControlFlow::Continue(())
            }
        }
    })?;
    Ok(twice)
}

/// Looks at each entry of the directory that ends where its end record begins: what every entry has, and its name with what is
/// beside that. Answers how many the end record says there are, of 65,536 and more the rest; `None`: there is no such record.
fn walk(file: &mut File, mut look: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>) -> io::Result<Option<u16>> {
    let (tail, from) = tail(file)?;
    let end = places(&tail, END).last().filter(|place| place + END_LENGTH <= tail.len());
    let Some(end) = end else { return Ok(None) };
    let said = u16::from_le_bytes([tail[end + 10], tail[end + 11]]);
    let (mut ends, mut size) = (from + end as u64, u64::from(small(&tail[end + 12..])));
    // What is larger than 32 bits can say stands in a record of its own.
    if let Some(record) = record(file, &tail, from, end.checked_sub(LOCATOR_LENGTH))? {
        (ends, size) = record;
    }
    // The directory ends where its end record begins, whatever stands before the ZIP.
    file.seek(SeekFrom::Start(ends.saturating_sub(size)))?;
    let mut directory = io::BufReader::new(file.take(size));
    let mut head = [0; 46];
    while directory.read_exact(&mut head).is_ok() && head.starts_with(b"PK\x01\x02") {
        let lengths = [28, 30, 32].map(|at| usize::from(u16::from_le_bytes([head[at], head[at + 1]])));
        let mut rest = vec![0; lengths.iter().sum()];
        if directory.read_exact(&mut rest).is_err() || look(&head, &rest).is_break() {
            break;
        }
    }
    Ok(Some(said))
}

/// Where the end record of a ZIP64 directory begins, and how large that directory is. `locator`: where its locator would be.
fn record(file: &mut File, tail: &[u8], from: u64, locator: Option<usize>) -> io::Result<Option<(u64, u64)>> {
    let Some(locator) = locator.filter(|at| tail[*at..].starts_with(LOCATOR)) else { return Ok(None) };
    // It ends where its locator begins, and hardly ever has more than it must.
    let begins = (from + locator as u64).checked_sub(BEFORE_SIZE + LEAST_SIZE);
    let Some(begins) = begins else { return Ok(None) };
    file.seek(SeekFrom::Start(begins))?;
    let mut record = Vec::new();
    file.take(BEFORE_SIZE + LEAST_SIZE).read_to_end(&mut record)?;
    let size = if record.starts_with(RECORD) { number(&record, LOOKED_AT) } else { None };
    Ok(size.map(|size| (begins, size)))
}

/// The end of a file, and where that begins.
fn tail(file: &mut File) -> io::Result<(Vec<u8>, u64)> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    Ok((tail, from))
}

fn small(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// The most entries that any end record of a ZIP64 directory names. Such a record may be of any length and anywhere; it
/// ends where a locator begins. Without ZIP64 there are 65,535 entries at most; that is not looked at.
pub fn entries(file: &mut File) -> io::Result<u64> {
    let (tail, from) = tail(file)?;
    let locators: HashSet<u64> = places(&tail, LOCATOR).map(|place| from + place as u64).collect();
    file.rewind()?;
    let most = if locators.is_empty() { 0 } else { most_named(file, &locators)? };
    file.rewind()?;
    Ok(most)
}

/// Reads the file from its start to its end, piece by piece.
fn most_named(file: &mut File, locators: &HashSet<u64>) -> io::Result<u64> {
    let (mut piece, mut start, mut most) = (Vec::new(), 0, 0);
    while file.take(PIECE as u64).read_to_end(&mut piece)? > 0 {
        for place in places(&piece, RECORD) {
            let record = &piece[place..];
            // One that is cut off is seen again with the next piece.
            let (Some(size), Some(here), Some(all)) = (number(record, 4), number(record, 24), number(record, 32))
            else {
                continue;
            };
            let end = (start + place as u64 + BEFORE_SIZE).checked_add(size);
            if size >= LEAST_SIZE && end.is_some_and(|end| locators.contains(&end)) {
                // Of this disk and of all, whichever are more.
                most = most.max(here).max(all);
            }
        }
        let done = piece.len().saturating_sub(LOOKED_AT - 1);
        piece.drain(..done);
        start += done as u64;
    }
    Ok(most)
}

fn places(bytes: &[u8], signature: &[u8]) -> impl Iterator<Item = usize> {
    bytes.windows(signature.len()).enumerate().filter(move |(_, there)| *there == signature).map(|(place, _)| place)
}

fn number(bytes: &[u8], place: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(place..place + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// A file that ends as a ZIP64 does: so many bytes, an end record with `beyond` bytes of its own, its locator, the rest.
    fn named(before: usize, beyond: usize, rest: usize) -> u64 {
        let mut record = vec![0; 56 + beyond];
        record[..4].copy_from_slice(RECORD);
        record[4..12].copy_from_slice(&(44 + beyond as u64).to_le_bytes());
        record[32..40].copy_from_slice(&4_000_000u64.to_le_bytes());
        let locator = [LOCATOR, &[0xee; 16]].concat(); // where it says the record is need not be true
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[vec![1; before], record, locator, vec![0; 22 + rest]].concat()).unwrap();
        entries(&mut file).unwrap()
    }

    #[test]
    fn an_end_record_is_found_whatever_its_length_and_place() {
        for before in [0, 7, PIECE - 41, PIECE - 40, PIECE - 39, PIECE - 3, 3 * PIECE + 5] {
            for beyond in [0, 1, 90_000] {
                for rest in [0, 65_535] {
                    assert_eq!(named(before, beyond, rest), 4_000_000, "{before} {beyond} {rest}");
                }
            }
        }
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        let mut record = vec![0xff; 56];
        record[..4].copy_from_slice(RECORD);
        for size in [43, 45, u64::MAX] {
            record[4..12].copy_from_slice(&u64::to_le_bytes(size));
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&[&record, LOCATOR, &[0; 38]].concat()).unwrap();
            assert_eq!(entries(&mut file).unwrap(), 0, "{size}");
        }
    }
}
