//! An entry of a ZIP: where it lies and how it is packed. So a directory of a hundred thousand entries takes some megabytes,
//! and not fifty, while its pictures are read.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use zip::CompressionMethod;
use zip::read::ZipFileEntry;

/// What stands before what an entry holds: its signature and length (APPNOTE 4.3.7), without the name and what is beside it.
const HEAD: &[u8] = b"PK\x03\x04";
const HEAD_LENGTH: usize = 30;

/// An entry that may be read.
pub struct Entry {
    /// Where its head is in the file.
    start: u64,
    /// Bytes that it has there.
    packed: u64,
    /// Bytes and checksum of what it holds.
    size: u64,
    crc: u32,
    packing: Packing,
}

enum Packing {
    Stored,
    Deflated,
    Locked,
    Other(CompressionMethod),
}

impl Entry {
    /// As the directory has it.
    pub fn of(about: &ZipFileEntry<'_>) -> Self {
        let packing = match about.compression() {
            _ if about.encrypted() => Packing::Locked,
            CompressionMethod::Stored => Packing::Stored,
            CompressionMethod::Deflated => Packing::Deflated,
            other => Packing::Other(other),
        };
        Self {
            start: about.header_start(),
            packed: about.compressed_size(),
            size: about.size(),
            crc: about.crc32(),
            packing,
        }
    }

    /// What it holds, unpacked as it is read; at its end it is held against its checksum.
    pub fn open<'a>(&self, zip: &'a File) -> io::Result<Box<dyn Read + 'a>> {
        let packed = || self.packed(zip).map_err(|e| io::Error::other(format!("the ZIP is damaged here: {e}")));
        Ok(match self.packing {
            Packing::Stored => Box::new(self.checked(packed()?)),
            Packing::Deflated => Box::new(self.checked(flate2::read::DeflateDecoder::new(packed()?))),
            Packing::Locked => return Err(io::Error::other("it is locked with a password; make a ZIP without one")),
            Packing::Other(method) => {
                return Err(io::Error::other(format!(
                    "it is compressed in a way that isn't read ({method}); make the ZIP with the usual method, deflate"
                )));
            }
        })
    }

    fn checked<R>(&self, inner: R) -> Checked<R> {
        Checked { inner, sum: crc32fast::Hasher::new(), wanted: self.crc, left: self.size }
    }

    fn packed<'a>(&self, zip: &'a File) -> io::Result<Part<'a>> {
        let mut head = [0; HEAD_LENGTH];
        zip.read_exact_at(&mut head, self.start)?;
        if !head.starts_with(HEAD) {
            return Err(io::Error::other("no entry begins where the directory says"));
        }
        let beside = [26, 28].map(|at| u64::from(u16::from_le_bytes([head[at], head[at + 1]])));
        let at = self.start + HEAD_LENGTH as u64 + beside.iter().sum::<u64>();
        Ok(Part { file: zip, at, left: self.packed })
    }
}

/// A part of a file.
struct Part<'a> {
    file: &'a File,
    at: u64,
    left: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let most = to.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let count = self.file.read_at(&mut to[..most], self.at)?;
        self.at += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}

/// What must have a checksum once all of it is read, and no more bytes than the directory says.
struct Checked<R> {
    inner: R,
    sum: crc32fast::Hasher,
    wanted: u32,
    left: u64,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(to)?;
        self.sum.update(&to[..count]);
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other("it is larger than its declared uncompressed size"))?;
        match count == 0 && !to.is_empty() && self.sum.clone().finalize() != self.wanted {
            true => Err(io::Error::other("the checksum is wrong")),
            false => Ok(count),
        }
    }
}
