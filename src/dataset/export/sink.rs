//! Where an export goes: a folder or a ZIP.

use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

pub trait Sink {
    /// Writes a file; `name` is relative, with `/`.
    fn put(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
}

pub struct Folder {
    dir: PathBuf,
}

impl Folder {
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }
}

impl Sink for Folder {
    fn put(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.dir.join(name);
        let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(named)?;
        }
        std::fs::write(&path, bytes).map_err(named)
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
