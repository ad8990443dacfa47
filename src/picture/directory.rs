//! The first directory of a TIFF, which EXIF is too: entries of twelve bytes (TIFF 6.0, section 2).

pub struct Directory<'a> {
    bytes: &'a [u8],
    entries: &'a [[u8; 12]],
    little: bool,
    /// Whether all entries are there that were promised.
    pub whole: bool,
}

impl<'a> Directory<'a> {
    /// As far as it is there; `None` where none begins.
    pub fn first(bytes: &'a [u8]) -> Option<Self> {
        let little = bytes.starts_with(b"II");
        if !little && !bytes.starts_with(b"MM") {
            return None;
        }
        let mut directory = Self { bytes, entries: &[], little, whole: false };
        let at = directory.number(bytes.get(4..8)?) as usize;
        let count = directory.number(bytes.get(at..at.checked_add(2)?)?) as usize;
        let there: &[[u8; 12]] = bytes.get(at + 2..)?.as_chunks().0;
        directory.entries = &there[..count.min(there.len())];
        directory.whole = directory.entries.len() == count;
        Some(directory)
    }

    fn number(&self, bytes: &[u8]) -> u64 {
        let more = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        if self.little { bytes.iter().rev().fold(0, more) } else { bytes.iter().fold(0, more) }
    }

    /// Whether an entry holds bytes: numbers where a number of bytes is due, and no number to most readers elsewhere.
    pub fn is_bytes(&self, tag: u16) -> bool {
        self.entry(tag).is_some_and(|entry| self.number(&entry[2..4]) == 1)
    }

    fn entry(&self, tag: u16) -> Option<&'a [u8; 12]> {
        self.entries.iter().find(|entry| self.number(&entry[..2]) == u64::from(tag))
    }

    /// The whole numbers of an entry, those with a sign as if they had none. `None`: it is not there, or holds something
    /// else.
    pub fn values(&self, tag: u16) -> Option<impl Iterator<Item = u64>> {
        let entry = self.entry(tag)?;
        let size = match self.number(&entry[2..4]) {
            1 | 6 => 1,
            3 | 8 => 2,
            4 | 9 => 4,
            _ => return None,
        };
        let length = size * self.number(&entry[4..8]) as usize;
        let held = if length <= 4 {
            entry.get(8..8 + length)?
        } else {
            let at = self.number(&entry[8..]) as usize;
            self.bytes.get(at..at.checked_add(length)?)?
        };
        Some(held.chunks_exact(size).map(|value| self.number(value)))
    }
}
