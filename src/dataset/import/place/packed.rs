//! Files in which others are packed in a way that is not read, by their first bytes.

use crate::picture::Unread;
use std::fs::File;
use std::io::{self, Read, Seek};

/// Bytes of a file that tell what it is.
const HEAD: u64 = 300;

/// What a file is, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Closed {
    pub what: &'static str,
    pub todo: &'static str,
}

impl Closed {
    fn tar(what: &'static str) -> Self {
        Self { what, todo: Unread::UNPACK }
    }
}

/// What a file is that holds things in a way that is not read; `None` where it may be read. It is at its start again.
pub fn closed(file: &mut File) -> io::Result<Option<Closed>> {
    let head = head(file)?;
    if head.starts_with(&[0x1f, 0x8b]) {
        let mut inside = Vec::new();
        // What can't be unpacked is told where it is read.
        let _ = flate2::read::MultiGzDecoder::new(&mut *file).take(HEAD).read_to_end(&mut inside);
        file.rewind()?;
        let what = "a tar archive that is packed by gzip (tar.gz)";
        return Ok(is_tar(&inside).then(|| Closed::tar(what)));
    }
    let known = Unread::holder(&head).map(|Unread { what, todo, .. }| Closed { what, todo });
    Ok(known.or_else(|| is_tar(&head).then(|| Closed::tar("a tar archive"))))
}

/// Whether a file is a ZIP: by its start, or, where it is a program that unpacks itself or `called` a ZIP, by its end.
pub fn is_zip(file: &mut File, called: bool) -> io::Result<bool> {
    let head = head(file)?;
    let program = head.starts_with(b"MZ") || head.starts_with(b"\x7fELF") || head.starts_with(b"#!");
    Ok(head.starts_with(b"PK\x03\x04")
        || head.starts_with(b"PK\x05\x06")
        || (program || called) && super::directory::ends_as_zip(file)?)
}

fn head(file: &mut File) -> io::Result<Vec<u8>> {
    file.rewind()?;
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head)
}

fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn an_archive_is_known_by_its_bytes_whatever_it_is_called() {
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        let gzip = |bytes: &[u8]| {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            packed.write_all(bytes).unwrap();
            packed.finish().unwrap()
        };
        for (bytes, what) in [
            (b"Rar!\x1a\x07".to_vec(), Some("a RAR archive")),
            (b"7z\xbc\xaf\x27\x1c".to_vec(), Some("a 7z archive")),
            (gzip(&tar), Some("a tar archive that is packed by gzip (tar.gz)")),
            (tar, Some("a tar archive")),
            (gzip(b"{}"), None),
            (b"PK\x03\x04".to_vec(), None),
            (b"{\"images\": []}".to_vec(), None),
            (b"\x1f\x8b\x08".to_vec(), None),
            (vec![], None),
        ] {
            let mut file = file(&bytes);
            assert_eq!(closed(&mut file).unwrap().map(|closed| closed.what), what, "{bytes:?}");
            assert_eq!(file.stream_position().unwrap(), 0);
        }
    }
}
