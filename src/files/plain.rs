//! Plain files, opened and read.

use rustix::fs::OFlags;
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

/// Bytes of certificates and keys in a file, at most: all authorities of a system have 200 KB.
pub const PEM: u64 = 4 << 20;

/// Opens a plain file to be read. Error: there is none (also of kind [`ErrorKind::InvalidInput`]: what is there is no plain
/// file, and the words say what it is).
pub fn open(path: &Path) -> io::Result<File> {
    // What opening does to some devices can't be undone, so nothing else is opened.
    plain(&path.metadata()?)?;
    // Something else may stand there by now: it must not be waited for.
    let file = OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
    plain(&file.metadata()?)?;
    Ok(file)
}

/// All of a plain file. Errors: those of [`open`]; it has more bytes than `most` ([`ErrorKind::FileTooLarge`]).
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    rest(&open(path)?, most)
}

/// What is still to be read of a file. Error: more bytes than `most` ([`ErrorKind::FileTooLarge`]).
pub fn rest(file: &File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => {
            let most = bytesize::ByteSize::b(most).display().si();
            Err(io::Error::new(ErrorKind::FileTooLarge, format!("it has more than {most}, and no more is read")))
        }
        false => Ok(bytes),
    }
}

/// Error: it is no plain file; of kind [`ErrorKind::InvalidInput`], and the words say what it is.
pub fn plain(about: &Metadata) -> io::Result<()> {
    match what(about.file_type()) {
        None => Ok(()),
        Some(what) => Err(io::Error::new(ErrorKind::InvalidInput, format!("it is {what}, and no file"))),
    }
}

/// What it is instead of a plain file.
pub fn what(kind: FileType) -> Option<&'static str> {
    match kind {
        _ if kind.is_file() => None,
        _ if kind.is_dir() => Some("a folder"),
        _ if kind.is_fifo() => Some("a pipe (FIFO)"),
        _ if kind.is_socket() => Some("a socket"),
        _ => Some("a device"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType as Kind, Mode, mknodat};
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    #[test]
    fn plain_files_are_read_and_no_more_of_them_than_is_allowed() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("a"), dir.path().join("link"));
        std::fs::write(&path, b"12345").unwrap();
        symlink(&path, &link).unwrap();
        for path in [&path, &link] {
            assert_eq!(read(path, 5).unwrap(), b"12345");
            assert_eq!(read(path, 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        }
        // It says that it is empty.
        assert_eq!(read(Path::new("/proc/self/status"), 100).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }

    #[test]
    fn what_is_no_file_is_refused_at_once_in_words() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        mknodat(CWD, at("pipe"), Kind::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        symlink("/dev/zero", at("zero")).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        std::fs::create_dir(at("folder")).unwrap();
        for (name, word) in [("pipe", "a pipe"), ("zero", "a device"), ("socket", "a socket"), ("folder", "a folder")] {
            let error = read(&at(name), 100).unwrap_err();
            assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains(word), "{error}");
        }
        assert_eq!(open(&at("nothing")).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
