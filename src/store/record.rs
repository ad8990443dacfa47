//! The checksummed record that segments, the journal and page files are made of.
//!
//! ```text
//! 0   magic            4 bytes, one per kind of file
//! 4   key             16 bytes (a frame's id, an epoch, …)
//! 20  metadata length  u32, little-endian as all numbers here
//! 24  body length      u32
//! 28  metadata CRC-32  u32
//! 32  body CRC-32      u32
//! 36  header CRC-32    u32, over the 36 bytes before it
//! 40  metadata, then body
//! ```
//!
//! The metadata has its own checksum, so that an index can be rebuilt without reading the pictures.

use super::disk::DiskFile;
use super::error::{Result, StoreError, What};
use std::io;

/// Bytes before the metadata.
pub const HEADER: usize = 40;
/// The metadata of any record is shorter than this: a guard against reading garbage as a length.
const MAX_META: u32 = 256 << 20;

/// What kind of file a record belongs to.
pub type Magic = [u8; 4];
pub const FRAME: Magic = *b"FCf1";
pub const JOURNAL: Magic = *b"FCj1";
pub const PAGES: Magic = *b"FCp1";
/// The trainer's own files, a record each.
pub const OWN: Magic = *b"FCo1";
/// Who may come in.
pub const ACCESS: Magic = *b"FCa1";
/// What is watched.
pub const WATCH: Magic = *b"FCw1";
/// Where brokers keep something of this device.
pub const TOPICS: Magic = *b"FCt1";
/// What Home Assistant was told of.
pub const ENTITIES: Magic = *b"FCh1";
/// What brokers do not take.
pub const BROKERS: Magic = *b"FCb1";
/// Which commands were carried out.
pub const COMMANDS: Magic = *b"FCc1";
/// What happened.
pub const LOG: Magic = *b"FCl1";
/// What people did.
pub const AUDIT: Magic = *b"FCu1";
/// What was taken away, to be brought back.
pub const UNDO: Magic = *b"FCd1";
/// What must reach others.
pub const OUTBOX: Magic = *b"FCm1";
/// A stretch that holds nothing: torn by a power cut, found at opening, skipped since.
const VOID: Magic = *b"FCv1";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub key: [u8; 16],
    pub meta_len: u32,
    pub body_len: u32,
    pub meta_crc: u32,
    pub body_crc: u32,
}

impl Header {
    /// Bytes of the whole record.
    pub fn total(&self) -> u64 {
        HEADER as u64 + u64::from(self.meta_len) + u64::from(self.body_len)
    }

    fn encode(&self, magic: Magic) -> [u8; HEADER] {
        let mut out = [0; HEADER];
        out[..4].copy_from_slice(&magic);
        out[4..20].copy_from_slice(&self.key);
        for (i, n) in [self.meta_len, self.body_len, self.meta_crc, self.body_crc].into_iter().enumerate() {
            out[20 + 4 * i..24 + 4 * i].copy_from_slice(&n.to_le_bytes());
        }
        let crc = crc32fast::hash(&out[..36]);
        out[36..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    fn decode(bytes: &[u8]) -> Option<(Magic, Self)> {
        let bytes = bytes.get(..HEADER)?;
        let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        if crc32fast::hash(&bytes[..36]) != number(36) {
            return None;
        }
        let (mut magic, mut key) = ([0; 4], [0; 16]);
        magic.copy_from_slice(&bytes[..4]);
        key.copy_from_slice(&bytes[4..20]);
        let header =
            Self { key, meta_len: number(20), body_len: number(24), meta_crc: number(28), body_crc: number(32) };
        (header.meta_len <= MAX_META).then_some((magic, header))
    }
}

/// A whole record, ready to append.
pub fn encode(magic: Magic, key: [u8; 16], meta: &[u8], body: &[u8]) -> Result<Vec<u8>> {
    let length = |n: usize| {
        u32::try_from(n).map_err(|_| StoreError::Invalid(format!("{n} bytes are too many for one record (4 GB)")))
    };
    let header = Header {
        key,
        meta_len: length(meta.len())?,
        body_len: length(body.len())?,
        meta_crc: crc32fast::hash(meta),
        body_crc: crc32fast::hash(body),
    };
    let mut out = Vec::with_capacity(HEADER + meta.len() + body.len());
    out.extend_from_slice(&header.encode(magic));
    out.extend_from_slice(meta);
    out.extend_from_slice(body);
    Ok(out)
}

/// The header of a stretch of `len` bytes that holds nothing.
pub fn void(len: u64) -> Option<[u8; HEADER]> {
    let body_len = u32::try_from(len.checked_sub(HEADER as u64)?).ok()?;
    Some(Header { key: [0; 16], meta_len: 0, body_len, meta_crc: 0, body_crc: 0 }.encode(VOID))
}

/// The bytes of a damaged stretch, piece by piece, as they are to lie elsewhere: a record in it that claims to be longer than
/// the stretch would have others that come to lie behind it passed over, and so does not begin as one any more.
pub fn damaged(
    file: &dyn DiskFile,
    magic: Magic,
    (from, to): (u64, u64),
    mut give: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    const PIECE: u64 = 1 << 20;
    let mut at = from;
    while at < to {
        let size = (to - at).min(PIECE);
        // With what of a header may lie in the next piece.
        let mut bytes = vec![0; (to - at).min(size + HEADER as u64 - 1) as usize];
        file.read_exact_at(&mut bytes, at).what(|| "read records".to_owned())?;
        for i in 0..size as usize {
            let begins = bytes[i..].starts_with(&magic) || bytes[i..].starts_with(&VOID);
            let claims = |(_, header): (Magic, Header)| header.total() > to - at - i as u64;
            if begins && Header::decode(&bytes[i..]).is_some_and(claims) {
                bytes[i] = !bytes[i];
            }
        }
        give(&bytes[..size as usize])?;
        at += size;
    }
    Ok(())
}

/// Reads the whole record at `at` and verifies it: metadata and body. The error says what is wrong with it.
pub fn read(file: &dyn DiskFile, magic: Magic, at: u64, total: u64) -> io::Result<(Header, Vec<u8>, Vec<u8>)> {
    let len = usize::try_from(total).map_err(|_| bad("the record is too long"))?;
    let mut bytes = vec![0; len];
    file.read_exact_at(&mut bytes, at)?;
    let header = verify(&bytes, magic)?;
    let body = bytes.split_off(HEADER + header.meta_len as usize);
    let meta = bytes.split_off(HEADER);
    Ok((header, meta, body))
}

/// The header of a whole record, whose metadata and body are what they were written as. The error says what is wrong.
pub fn verify(bytes: &[u8], magic: Magic) -> io::Result<Header> {
    let header = match Header::decode(bytes) {
        Some((found, header)) if found == magic && header.total() == bytes.len() as u64 => header,
        _ => return Err(bad("the record's header does not match its checksum")),
    };
    let (meta, body) = bytes[HEADER..].split_at(header.meta_len as usize);
    match crc32fast::hash(meta) == header.meta_crc && crc32fast::hash(body) == header.body_crc {
        true => Ok(header),
        false => Err(bad("the record does not match its checksum")),
    }
}

/// The bytes of a file that is one record, if its length is that of the record. Not verified.
pub fn whole(file: &dyn DiskFile, len: u64) -> io::Result<Vec<u8>> {
    let mut head = [0; HEADER];
    file.read_exact_at(&mut head, 0)?;
    if Header::decode(&head).is_none_or(|(_, header)| header.total() != len) {
        return Err(bad("the record's header does not match its checksum, or the file's length"));
    }
    let mut bytes = vec![0; usize::try_from(len).map_err(|_| bad("the record is too long"))?];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}

fn bad(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text.to_owned())
}

/// One stretch of a file of records.
#[derive(Debug)]
pub enum Item {
    Record {
        at: u64,
        header: Header,
        meta: Vec<u8>,
    },
    /// Bytes that are no record.
    Damage {
        from: u64,
        to: u64,
        text: String,
    },
}

/// What a scan looks at.
#[derive(Clone, Copy, PartialEq)]
pub enum Depth {
    /// Headers and metadata.
    Meta,
    /// Bodies as well.
    Everything,
}

/// Walks the records of `file` from `from` to `len`. Damage in the middle is passed over to the next whole record.
/// Answers the end of the last one: what follows it is a torn tail (and is not told to `visit`).
pub fn scan(
    file: &dyn DiskFile,
    magic: Magic,
    from: u64,
    len: u64,
    depth: Depth,
    mut visit: impl FnMut(Item) -> Result<()>,
) -> Result<u64> {
    let (mut at, mut end) = (from, from);
    // Told only once a whole record follows.
    let mut pending: Option<(u64, String)> = None;
    while at + HEADER as u64 <= len {
        match look(file, magic, at, len, depth).what(|| "read records".to_owned())? {
            Look::Record { header, meta, void } => {
                if let Some((from, text)) = pending.take() {
                    visit(Item::Damage { from, to: at, text })?;
                }
                let next = at + header.total();
                if !void {
                    visit(Item::Record { at, header, meta })?;
                }
                (at, end) = (next, next);
            }
            Look::Bad { skip, text } => {
                pending.get_or_insert((at, text));
                at = match skip {
                    Some(next) => next,
                    None => find_next(file, magic, at + 1, len).what(|| "read records".to_owned())?.unwrap_or(len),
                };
            }
        }
    }
    Ok(end)
}

enum Look {
    Record { header: Header, meta: Vec<u8>, void: bool },
    Bad { skip: Option<u64>, text: String },
}

fn look(file: &dyn DiskFile, magic: Magic, at: u64, len: u64, depth: Depth) -> io::Result<Look> {
    let mut head = [0; HEADER];
    file.read_exact_at(&mut head, at)?;
    let Some((found, header)) = Header::decode(&head) else {
        return Ok(Look::Bad { skip: None, text: format!("no whole record at byte {at}") });
    };
    let end = at + header.total();
    if (found != magic && found != VOID) || end > len {
        return Ok(Look::Bad { skip: None, text: format!("the record at byte {at} is cut short or of another kind") });
    }
    if found == VOID {
        return Ok(Look::Record { header, meta: Vec::new(), void: true });
    }
    let mut meta = vec![0; header.meta_len as usize];
    file.read_exact_at(&mut meta, at + HEADER as u64)?;
    let mut good = crc32fast::hash(&meta) == header.meta_crc;
    if good && depth == Depth::Everything {
        let mut body = vec![0; header.body_len as usize];
        file.read_exact_at(&mut body, at + HEADER as u64 + u64::from(header.meta_len))?;
        good = crc32fast::hash(&body) == header.body_crc;
    }
    if good {
        Ok(Look::Record { header, meta, void: false })
    } else {
        let key = uuid::Uuid::from_bytes(header.key);
        let text = format!("the record at byte {at} (key {key}) does not match its checksum");
        Ok(Look::Bad { skip: Some(end), text })
    }
}

/// The next place where a valid header starts.
fn find_next(file: &dyn DiskFile, magic: Magic, from: u64, len: u64) -> io::Result<Option<u64>> {
    const CHUNK: usize = 1 << 20;
    let mut at = from;
    let mut chunk = vec![0; CHUNK + HEADER];
    while at + HEADER as u64 <= len {
        // No header begins in a hole: all of one is zeros.
        match file.data(at)? {
            Some(data) => at = data,
            None => return Ok(None),
        }
        let size = ((len - at) as usize).min(chunk.len());
        if size < HEADER {
            return Ok(None);
        }
        file.read_exact_at(&mut chunk[..size], at)?;
        let found = (0..=size - HEADER).find(|&i| {
            chunk[i] == magic[0]
                && (chunk[i..i + 4] == magic || chunk[i..i + 4] == VOID)
                && Header::decode(&chunk[i..i + HEADER]).is_some()
        });
        if let Some(i) = found {
            return Ok(Some(at + i as u64));
        }
        at += (size - HEADER + 1) as u64;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    fn file_of(bytes: &[u8]) -> File {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(bytes, 0).unwrap();
        file
    }

    fn three() -> (Vec<u8>, u64) {
        let mut bytes = Vec::new();
        for i in 0..3u8 {
            bytes.extend(encode(FRAME, [i; 16], b"meta", &[i; 100]).unwrap());
        }
        let one = bytes.len() as u64 / 3;
        (bytes, one)
    }

    /// Keys of the whole records, the damaged stretches, the end.
    fn walk(bytes: &[u8], depth: Depth) -> (Vec<u8>, Vec<(u64, u64)>, u64) {
        let (mut keys, mut damage) = (Vec::new(), Vec::new());
        let end = scan(&file_of(bytes), FRAME, 0, bytes.len() as u64, depth, |item| {
            match item {
                Item::Record { header, .. } => keys.push(header.key[0]),
                Item::Damage { from, to, .. } => damage.push((from, to)),
            }
            Ok(())
        });
        (keys, damage, end.unwrap())
    }

    #[test]
    fn a_torn_tail_ends_the_scan_wherever_it_is_torn() {
        let (bytes, one) = three();
        for cut in 2 * one + 1..3 * one {
            let (keys, damage, end) = walk(&bytes[..cut as usize], Depth::Everything);
            assert_eq!((keys, damage, end), (vec![0, 1], vec![], 2 * one), "cut at {cut}");
        }
    }

    #[test]
    fn any_flipped_bit_in_the_middle_costs_that_record_alone() {
        let (bytes, one) = three();
        for at in one..2 * one {
            let mut bytes = bytes.clone();
            bytes[at as usize] ^= 1 << (at % 8);
            let (keys, damage, end) = walk(&bytes, Depth::Everything);
            assert_eq!((keys, damage, end), (vec![0, 2], vec![(one, 2 * one)], 3 * one), "flipped at {at}");
        }
    }

    #[test]
    fn a_void_stretch_is_passed_over_in_silence() {
        let (mut bytes, one) = three();
        bytes[one as usize..2 * one as usize].fill(0);
        bytes[one as usize..][..HEADER].copy_from_slice(&void(one).unwrap());
        assert_eq!(walk(&bytes, Depth::Everything), (vec![0, 2], vec![], 3 * one));
    }

    #[test]
    fn a_damaged_stretch_covers_nothing_that_comes_to_lie_behind_it() {
        let (bytes, one) = three();
        let (cut, stretch) = (file_of(&bytes[..one as usize + 90]), (one, one + 90));
        let mut moved = Vec::new();
        damaged(&cut, FRAME, stretch, |some| {
            moved.extend_from_slice(some);
            Ok(())
        })
        .unwrap();
        assert_eq!(moved[1..], bytes[one as usize + 1..one as usize + 90]);
        moved.extend_from_slice(&bytes);
        assert_eq!(walk(&moved, Depth::Everything), (vec![0, 1, 2], vec![(0, 90)], 90 + 3 * one));
    }

    #[test]
    fn reading_one_record_verifies_it() {
        let (mut bytes, one) = three();
        let (header, meta, body) = read(&file_of(&bytes), FRAME, one, one).unwrap();
        assert_eq!((header.key, meta.as_slice(), body), ([1; 16], b"meta".as_slice(), vec![1; 100]));
        bytes[one as usize + 60] ^= 4;
        assert!(read(&file_of(&bytes), FRAME, one, one).is_err());
    }
}
