//! Where an export goes: a folder or a ZIP.

use crate::files::Writing;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

pub trait Sink {
    /// Writes a file; `name` is relative, with `/`.
    fn put(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
}

/// A folder that people named: what is replaced in it is replaced whole.
pub struct Folder {
    dir: PathBuf,
    writing: Writing,
}

impl Folder {
    /// With room for so many bytes; it is made if need be. Error: it is no folder, or the store's own; there is no room.
    pub fn begin(dir: &Path, writing: Writing, bytes: u64) -> io::Result<Self> {
        writing.folder(dir, bytes)?;
        Ok(Self { dir: dir.to_owned(), writing })
    }

    /// All of it is on disk when this returns.
    pub fn finish(self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(File::open(&self.dir)?)?)
    }
}

impl Sink for Folder {
    fn put(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.dir.join(name);
        let length = bytes.len() as u64;
        if let Some(parent) = path.parent() {
            self.writing.folder(parent, length)?;
        }
        let mut file = self.writing.file(&path, length, false)?;
        file.write_all(bytes)?;
        file.put()
    }
}

pub struct Zip<W: Write + Seek> {
    zip: ZipWriter<W>,
}

impl<W: Write + Seek> Zip<W> {
    pub fn new(out: W) -> Self {
        Self { zip: ZipWriter::new(out) }
    }

    pub fn finish(self) -> io::Result<()> {
        self.zip.finish()?.flush()
    }
}

impl<W: Write + Seek> Sink for Zip<W> {
    fn put(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        // A JPEG doesn't get smaller.
        let method = if name.ends_with(".jpg") { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let large = bytes.len() as u64 > u64::from(u32::MAX);
        let options = SimpleFileOptions::default().compression_method(method).large_file(large);
        self.zip.start_file(name, options)?;
        self.zip.write_all(bytes)
    }
}
