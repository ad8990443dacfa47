//! Files that people name to be written. One is there whole, or as it was: it is written beside under a name that says so,
//! and takes the other's place at its end. Nothing is written into the store's own folder, nor over what is no file, nor
//! into the last room of a disk.

use super::plain;
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What the name of a file ends with that is not whole.
const UNFINISHED: &str = ".fieldcoach-unfinished";
/// Bytes written between two looks at the disk.
const STEP: u64 = 4 << 20;
/// Of a disk other than the store's this part stays free, at most.
const SHARE: u64 = 10;

/// What whoever writes for people heeds.
#[derive(Clone, Debug)]
pub struct Writing {
    /// The store's folder.
    own: PathBuf,
    /// Bytes that stay free.
    reserve: u64,
}

impl Writing {
    /// `own`: the folder of the store, to which nothing of this is written; `reserve`: bytes that stay free on its disk, and
    /// on any other, but no more than a tenth of that one.
    pub fn beside(own: &Path, reserve: u64) -> Self {
        Self { own: own.to_owned(), reserve }
    }

    /// A folder to write to, with room for so many bytes; made if need be. Error: it is no folder, lies in the store's own,
    /// or there is no room.
    pub fn folder(&self, folder: &Path, bytes: u64) -> io::Result<()> {
        let there = folder.ancestors().find(|path| path.symlink_metadata().is_ok());
        let there = match there {
            Some(path) => path,
            None => Path::new("."),
        };
        let found = there.metadata().map_err(|error| named(there, error))?;
        if !found.is_dir() {
            return Err(refused(there, "it is no folder"));
        }
        self.keeps_off(there)?;
        self.room(there, bytes)?;
        std::fs::create_dir_all(folder).map_err(|error| named(folder, error))
    }

    /// A file to write, with room for so many bytes, that only its owner reads where it is `private`. Error: what is there
    /// is no plain file; it lies in the store's own folder; there is no room; or somebody is writing it now.
    pub fn file(&self, to: &Path, bytes: u64, private: bool) -> io::Result<Target> {
        let to = place(to)?;
        let folder = to.parent().unwrap_or(Path::new("/"));
        self.keeps_off(folder)?;
        self.room(folder, bytes)?;
        let mut part = to.clone().into_os_string();
        part.push(UNFINISHED);
        let part = PathBuf::from(part);
        let file = begin(&part, if private { 0o600 } else { 0o666 })?;
        Ok(Target { writing: self.clone(), file, to, part, since: 0, done: false })
    }

    /// Error: the folder is the store's own, or lies in it, by whatever name.
    fn keeps_off(&self, folder: &Path) -> io::Result<()> {
        let id = |path: &Path| path.metadata().map(|found| (found.dev(), found.ino()));
        let Ok(own) = id(&self.own) else { return Ok(()) };
        let folder = folder.canonicalize().map_err(|error| named(folder, error))?;
        match folder.ancestors().any(|path| id(path).is_ok_and(|id| id == own)) {
            true => Err(refused(&folder, "it is, or lies in, the data folder: name another place")),
            false => Ok(()),
        }
    }

    /// Error: with so many bytes more the disk of a folder would have less free than is kept.
    fn room(&self, folder: &Path, bytes: u64) -> io::Result<()> {
        let stat = rustix::fs::statvfs(folder).map_err(|error| named(folder, error.into()))?;
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        let device = |path: &Path| path.metadata().map(|found| found.dev()).ok();
        let kept = match device(folder) == device(&self.own) {
            true => self.reserve,
            false => self.reserve.min(stat.f_blocks.saturating_mul(stat.f_frsize) / SHARE),
        };
        if free >= kept.saturating_add(bytes) {
            return Ok(());
        }
        let shown = |bytes| bytesize::ByteSize::b(bytes).display().si();
        let text = format!(
            "{} are free on the disk of {}; {} are needed, and {} stay free (store.reserve): free some space there, or name \
             another place",
            shown(free),
            folder.display(),
            shown(bytes),
            shown(kept),
        );
        Err(io::Error::new(ErrorKind::StorageFull, text))
    }
}

/// Where a file lies that is named so: links lead to what they name.
fn place(to: &Path) -> io::Result<PathBuf> {
    let is_link = to.symlink_metadata().is_ok_and(|found| found.is_symlink());
    match to.metadata() {
        Ok(found) => match plain::what(found.file_type()) {
            Some(what) => Err(refused(to, &format!("it is {what}, and no file can be written in its place"))),
            None => to.canonicalize().map_err(|error| named(to, error)),
        },
        Err(error) if error.kind() == ErrorKind::NotFound && is_link => {
            Err(refused(to, "it is a link to what is not there"))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let name = to.file_name().ok_or_else(|| refused(to, "it names no file"))?;
            let folder = match to.parent() {
                Some(folder) if folder != Path::new("") => folder,
                _ => Path::new("."),
            };
            Ok(folder.canonicalize().map_err(|error| named(folder, error))?.join(name))
        }
        Err(error) => Err(named(to, error)),
    }
}

/// A new file of this name. What a killed process left there goes; what somebody writes stays.
fn begin(part: &Path, mode: u32) -> io::Result<File> {
    let busy = || refused(part, "it is being written already");
    let mut new = OpenOptions::new();
    new.read(true).write(true).create_new(true).mode(mode).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    let made = match new.open(part) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            // What is no file is nobody's rest, and stays.
            let rest = plain::open(part).map_err(|error| named(part, error))?;
            rest.try_lock().map_err(|_| busy())?;
            std::fs::remove_file(part).and_then(|()| new.open(part))
        }
        made => made,
    };
    let file = made.map_err(|error| named(part, error))?;
    file.try_lock().map_err(|_| busy())?;
    if mode == 0o600 {
        // Some file systems make files with rights of their own, and can't do better.
        let _ = file.set_permissions(Permissions::from_mode(mode));
    }
    Ok(file)
}

fn refused(path: &Path, why: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, format!("{}: {why}", path.display()))
}

fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// A file on its way. Dropped before its end, nothing of it is left.
#[derive(Debug)]
pub struct Target {
    writing: Writing,
    file: File,
    to: PathBuf,
    part: PathBuf,
    /// Bytes since the disk was looked at.
    since: u64,
    done: bool,
}

impl Target {
    /// What was written so far, to be read.
    pub fn so_far(&self) -> io::Result<File> {
        plain::open(&self.part)
    }

    /// It takes its place, and is on disk when this returns.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.sync_all().map_err(|error| named(&self.part, error))?;
        self.put()?;
        let folder = self.to.parent().unwrap_or(Path::new("/"));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| named(folder, error))
    }

    /// It takes its place, and is on disk once its file system was synced.
    pub fn put(&mut self) -> io::Result<()> {
        std::fs::rename(&self.part, &self.to).map_err(|error| named(&self.to, error))?;
        self.done = true;
        Ok(())
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.since >= STEP {
            let folder = self.to.parent().unwrap_or(Path::new("/"));
            self.writing.room(folder, STEP.max(bytes.len() as u64))?;
            self.since = 0;
        }
        let written = self.file.write(bytes).map_err(|error| named(&self.part, error))?;
        self.since += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if !self.done {
            // What is left says by its name that it is not whole.
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::os::unix::fs::symlink;

    struct Places {
        dir: tempfile::TempDir,
        writing: Writing,
    }

    fn places() -> Places {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("data/segments")).unwrap();
        std::fs::write(dir.path().join("data/labels.journal"), "labels").unwrap();
        let writing = Writing::beside(&dir.path().join("data"), 0);
        Places { dir, writing }
    }

    fn names(dir: &Path) -> Vec<String> {
        let names = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn what_must_not_be_written_is_refused_before_a_byte_is() {
        let Places { dir, writing } = places();
        let at = |name: &str| dir.path().join(name);
        symlink(at("data/labels.journal"), at("to-journal")).unwrap();
        symlink(at("data"), at("to-data")).unwrap();
        symlink(at("nothing"), at("to-nothing")).unwrap();
        symlink("/dev/null", at("to-device")).unwrap();
        mknodat(CWD, at("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        let before = (names(dir.path()), names(&at("data")));
        for (name, word) in [
            ("data/backup.tar", "lies in, the data folder"),
            ("data/labels.journal", "lies in, the data folder"),
            ("data/segments/backup.tar", "lies in, the data folder"),
            ("to-journal", "lies in, the data folder"),
            ("to-data/backup.tar", "lies in, the data folder"),
            ("data/../data/x.tar", "lies in, the data folder"),
            ("to-nothing", "a link to what is not there"),
            ("to-device", "a device"),
            ("pipe", "a pipe"),
            ("data", "a folder"),
            ("none/backup.tar", "none"),
        ] {
            let error = writing.file(&at(name), 1, true).unwrap_err().to_string();
            assert!(error.contains(word), "{name}: {error}");
        }
        for (name, word) in [("data/out", "data folder"), ("to-data/a/b", "data folder"), ("pipe/out", "no folder")] {
            let error = writing.folder(&at(name), 1).unwrap_err().to_string();
            assert!(error.contains(word), "{name}: {error}");
        }
        let much = writing.file(&at("a.tar"), u64::MAX / 2, true).unwrap_err();
        assert!(much.kind() == ErrorKind::StorageFull && much.to_string().contains("stay free"), "{much}");
        assert_eq!((names(dir.path()), names(&at("data"))), before, "something was written");
        assert_eq!(std::fs::read(at("data/labels.journal")).unwrap(), b"labels");
    }

    #[test]
    fn a_file_is_as_it_was_until_the_new_one_is_whole() {
        let Places { dir, writing } = places();
        let (file, link) = (dir.path().join("a.tar"), dir.path().join("link"));
        std::fs::write(&file, "before").unwrap();
        symlink(&file, &link).unwrap();
        let mut target = writing.file(&link, 3, true).unwrap();
        target.write_all(b"new").unwrap();
        let twice = writing.file(&file, 3, true).unwrap_err().to_string();
        assert!(twice.contains("being written already"), "{twice}");
        assert_eq!(std::fs::read(&file).unwrap(), b"before");
        drop(target);
        assert_eq!(names(dir.path()), ["a.tar", "data", "link"]);
        // As a killed process leaves it: nobody holds it.
        let rest = dir.path().join("a.tar.fieldcoach-unfinished");
        std::fs::write(&rest, "half of it, and more").unwrap();
        let mut target = writing.file(&link, 3, true).unwrap();
        target.write_all(b"new").unwrap();
        target.finish().unwrap();
        assert_eq!(names(dir.path()), ["a.tar", "data", "link"]);
        assert!(link.is_symlink() && std::fs::read(&file).unwrap() == b"new");
        assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
        // What only looks like a rest leads nowhere.
        symlink(dir.path().join("data/labels.journal"), &rest).unwrap();
        writing.file(&file, 3, true).unwrap().finish().unwrap();
        assert_eq!(std::fs::read(dir.path().join("data/labels.journal")).unwrap(), b"labels");
    }
}
