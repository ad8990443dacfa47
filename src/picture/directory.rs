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
        let none = Self { bytes, entries: &[], little, whole: false };
        none.at(none.number(bytes.get(4..8)?) as usize)
    }

    /// The directory of the same file that stands there.
    fn at(&self, at: usize) -> Option<Self> {
        let count = self.number(self.bytes.get(at..at.checked_add(2)?)?) as usize;
        let there: &[[u8; 12]] = self.bytes.get(at + 2..)?.as_chunks().0;
        let entries = &there[..count.min(there.len())];
        Some(Self { entries, whole: entries.len() == count, ..*self })
    }

    /// The directory to which an entry leads.
    pub fn inside(&self, tag: u16) -> Option<Self> {
        let at = self.values(tag)?.next()?;
        self.at(at as usize)
    }

    /// The bytes of an entry that is a text.
    pub fn text(&self, tag: u16) -> Option<&'a [u8]> {
        let entry = self.entry(tag)?;
        (self.number(&entry[2..4]) == 2).then(|| self.held(entry, 1)).flatten()
    }

    /// The bytes of an entry whose values have `size` bytes each.
    fn held(&self, entry: &'a [u8; 12], size: usize) -> Option<&'a [u8]> {
        let length = size * self.number(&entry[4..8]) as usize;
        if length <= 4 {
            return entry.get(8..8 + length);
        }
        let at = self.number(&entry[8..]) as usize;
        self.bytes.get(at..at.checked_add(length)?)
    }

    fn number(&self, bytes: &[u8]) -> u64 {
        let more = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        if self.little { bytes.iter().rev().fold(0, more) } else { bytes.iter().fold(0, more) }
    }

    /// Whether an entry holds bytes: numbers where a number of bytes is due, and no number to most readers elsewhere.
    pub fn is_bytes(&self, tag: u16) -> bool {
        self.entry(tag).is_some_and(|entry| self.number(&entry[2..4]) == 1)
    }

    /// The directory as it would stand in a file of its order, without some entries and with others: each a tag, a type
    /// (3: two bytes, 4: four) and a value.
    pub fn changed(&self, without: &[u16], with: &[(u16, u16, u32)]) -> Vec<u8> {
        let written = |number: u32, size: usize| {
            if self.little { number.to_le_bytes()[..size].to_vec() } else { number.to_be_bytes()[4 - size..].to_vec() }
        };
        let tag = |entry: &[u8; 12]| self.number(&entry[..2]) as u16;
        let stays =
            |entry: &&[u8; 12]| !without.contains(&tag(entry)) && !with.iter().any(|(new, ..)| *new == tag(entry));
        let mut entries: Vec<(u16, Vec<u8>)> =
            self.entries.iter().filter(stays).map(|entry| (tag(entry), entry.to_vec())).collect();
        entries.extend(with.iter().map(|(tag, kind, value)| {
            let size = if *kind == 3 { 2 } else { 4 };
            let mut value = written(*value, size);
            value.resize(4, 0);
            (*tag, [written((*tag).into(), 2), written((*kind).into(), 2), written(1, 4), value].concat())
        }));
        entries.sort_by_key(|(tag, _)| *tag);
        let mut directory = written(entries.len() as u32, 2);
        directory.extend(entries.into_iter().flat_map(|(_, entry)| entry));
        directory.extend([0; 4]);
        directory
    }

    /// A number of four bytes in the file's order.
    pub fn four(&self, number: u32) -> [u8; 4] {
        if self.little { number.to_le_bytes() } else { number.to_be_bytes() }
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
        Some(self.held(entry, size)?.chunks_exact(size).map(|value| self.number(value)))
    }
}
