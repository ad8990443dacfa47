//! What a data set needs of the place where it lies, whichever that is.

use super::listing::{FileId, Listing};
use crate::dataset::import::told::ImportError;
use crate::picture::Bounds;
use crate::turns::Turn;
use bytes::Bytes;
use std::io::{self, Read};
use std::sync::Arc;

/// The files of a data set.
pub trait Place {
    /// What it is called in messages.
    fn title(&self) -> &str;
    fn listing(&self) -> &Arc<Listing>;
    /// Reads a file, of whatever length; what it says of its length need not be true.
    fn open(&mut self, file: FileId) -> io::Result<Box<dyn Read + '_>>;
    /// Bytes of a file with labels, at most.
    fn longest(&self) -> u64;
    /// What a picture may be.
    fn bounds(&self) -> Bounds;
    /// Waits until a picture may be decoded.
    fn turn(&self) -> Option<Turn>;
}

/// A file that is being read, as long as it may be; unpacked where it is gzip.
pub fn stream(place: &mut dyn Place, file: FileId) -> io::Result<impl Read + '_> {
    let most = place.longest();
    let mut inner = io::BufReader::with_capacity(1 << 16, place.open(file)?);
    let packed = io::BufRead::fill_buf(&mut inner)?.starts_with(&[0x1f, 0x8b]);
    let inner: Box<dyn Read + '_> =
        if packed { Box::new(flate2::bufread::MultiGzDecoder::new(inner)) } else { Box::new(inner) };
    Ok(Bounded { inner, left: most, most })
}

/// A small file, of `most` bytes at most.
pub fn whole(place: &mut dyn Place, file: FileId, most: u64) -> Result<Bytes, ImportError> {
    let name = place.listing().name(file).to_owned();
    let bytes = place.open(file).and_then(|from| bounded(from, most)).map_err(|e| unreadable(&name, &e))?;
    match bytes.len() as u64 > most {
        true => Err(ImportError::Invalid(format!("{name}: {}", too_long(most)))),
        false => Ok(bytes),
    }
}

pub fn unreadable(name: &str, error: &io::Error) -> ImportError {
    ImportError::Invalid(format!("{name} can't be read ({error})"))
}

fn too_long(most: u64) -> String {
    let most = bytesize::ByteSize::b(most).display().si();
    format!(
        "it has more than {most}, and so much is allowed here; split the data set and import its parts one after the other"
    )
}

/// As many bytes as there are, one more than `most` at most (which tells that there are too many).
pub fn bounded(from: impl Read, most: u64) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

/// Fails where more comes than may.
struct Bounded<R> {
    inner: R,
    left: u64,
    most: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(to)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(too_long(self.most))),
        }
        Ok(count)
    }
}
