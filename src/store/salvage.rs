//! A file of which as much is read as can be: what the disk does not give is zeros, and told.

use super::disk::{DiskFile, Entry, Handle};
use super::operations::JOURNAL;
use super::record::{self, Depth, Item, Magic};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::path::Path;

/// Where the disk gives no whole read, so many bytes are tried at a time.
const PIECE: usize = 4096;

/// A file that is read to its end, whatever of it can't be.
#[derive(Debug)]
pub struct Salvage {
    file: Handle,
    /// Where what could not be read begins, its bytes, and why.
    gaps: Mutex<BTreeMap<u64, (u64, String)>>,
}

impl Salvage {
    pub fn of(file: Handle) -> Self {
        Self { file, gaps: Mutex::default() }
    }

    /// Reads what can be read; the rest is zeros.
    pub fn fill(&self, bytes: &mut [u8], at: u64) {
        if self.file.read_exact_at(bytes, at).is_ok() {
            return;
        }
        for (number, piece) in bytes.chunks_mut(PIECE).enumerate() {
            let at = at + (number * PIECE) as u64;
            if let Err(error) = self.file.read_exact_at(piece, at) {
                piece.fill(0);
                self.gaps.lock().insert(at, (piece.len() as u64, error.to_string()));
            }
        }
    }

    /// What of it could not be read, in words.
    pub fn gaps(&self) -> Option<String> {
        let gaps = self.gaps.lock();
        let (first, (_, why)) = gaps.first_key_value()?;
        // What was read more than once may overlap.
        let (mut bytes, mut end) = (0, 0);
        for (at, (len, _)) in &*gaps {
            bytes += (at + len).saturating_sub(end.max(*at));
            end = end.max(at + len);
        }
        Some(format!("{bytes} bytes from {first} on can't be read ({why})"))
    }

    /// The damaged stretches of a file of frames or labels, in words; of other files none. `path`: in the data folder.
    pub fn damage(&self, path: &Path, len: u64) -> Vec<String> {
        let Some(magic) = magic(path) else { return Vec::new() };
        let mut told = Vec::new();
        let scanned = record::scan(self, magic, 0, len, Depth::Everything, |item| {
            if let Item::Damage { text, .. } = item {
                told.push(format!("{}: {text}", path.display()));
            }
            Ok(())
        });
        match scanned {
            Ok(end) if end < len => {
                told.push(format!("{}: {} bytes from {end} on are no whole record", path.display(), len - end));
            }
            Ok(_) => {}
            Err(error) => told.push(format!("{}: {error}", path.display())),
        }
        told
    }
}

/// What the records of a file of frames or labels begin with.
fn magic(path: &Path) -> Option<Magic> {
    let frames = path.parent() == Some(Path::new("segments"));
    match path.extension().and_then(OsStr::to_str) {
        Some("seg" | "kept") if frames => Some(record::FRAME),
        _ if path == Path::new(JOURNAL) => Some(record::JOURNAL),
        _ => None,
    }
}

impl DiskFile for Salvage {
    fn look(&self) -> io::Result<Entry> {
        self.file.look()
    }

    fn read_exact_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        self.fill(bytes, at);
        Ok(())
    }

    fn write_all_at(&self, _: &[u8], _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn keep_room(&self, _: u64, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn sync(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// A disk that does not give some bytes.
    #[derive(Debug)]
    struct Failing(Vec<u8>, std::ops::Range<u64>);

    impl DiskFile for Failing {
        fn look(&self) -> io::Result<Entry> {
            Err(io::ErrorKind::Unsupported.into())
        }
        fn read_exact_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
            let end = at + bytes.len() as u64;
            if at < self.1.end && end > self.1.start {
                return Err(io::Error::from_raw_os_error(5));
            }
            bytes.copy_from_slice(&self.0[at as usize..end as usize]);
            Ok(())
        }
        fn write_all_at(&self, _: &[u8], _: u64) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }
        fn set_len(&self, _: u64) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }
        fn keep_room(&self, _: u64, _: u64) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }
        fn sync(&self) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    #[test]
    fn what_the_disk_does_not_give_is_zeros_and_told_with_what_lay_there() {
        let mut bytes = Vec::new();
        for i in 0..3u8 {
            bytes.extend(record::encode(record::FRAME, [i; 16], b"{}", &vec![i + 1; 20_000]).unwrap());
        }
        let one = bytes.len() as u64 / 3;
        let file = Salvage::of(Arc::new(Failing(bytes.clone(), one + 8192..one + 8193)));
        let damage = file.damage(Path::new("segments/0000000001.seg"), 3 * one);
        assert!(damage.len() == 1 && damage[0].contains("01010101-0101"), "{damage:?}");
        assert!(damage[0].starts_with("segments/0000000001.seg: "), "{damage:?}");
        let mut read = vec![9; bytes.len()];
        file.fill(&mut read, 0);
        assert!(file.gaps().unwrap().contains("can't be read"), "{:?}", file.gaps());
        let differ = read.iter().zip(&bytes).filter(|(read, was)| read != was).count();
        assert!((1..=PIECE).contains(&differ) && read[..8192] == bytes[..8192]);
        let whole = Salvage::of(Arc::new(Failing(bytes, 0..0)));
        assert_eq!((whole.damage(Path::new("segments/0000000001.seg"), 3 * one), whole.gaps()), (vec![], None));
    }
}
