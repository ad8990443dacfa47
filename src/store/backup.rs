//! A store as one file, and a store from it again: a tar archive of the data folder, but for what is made again. Its last
//! entry says how much there is, so that one that was cut short is known, and what of it could not be read.

use super::disk::Real;
use super::durable::{Files, SMALL};
use super::error::{Result, StoreError, What};
use super::operations::{JOURNAL, Snapshot, Taken, bytes_of_copy};
use super::salvage::Salvage;
use super::schema::{self, UNPACKED, WHOLE};
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::path::{Component, Path};
use std::sync::Arc;

/// The name of the last entry.
const LAST: &str = "backup.json";
const CHUNK: usize = 1 << 20;
/// What could not be read is told of so many stretches, and of others how many they are.
const TOLD: usize = 200;

/// What is in an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    pub files: u64,
    pub bytes: u64,
    /// What could not be read, or is damaged, in words: the rest is there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

/// A file, read up to where it was taken.
struct UpTo<'a> {
    file: &'a Salvage,
    at: u64,
    len: u64,
}

impl Read for UpTo<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let size = bytes.len().min(usize::try_from(self.len - self.at).unwrap_or(usize::MAX));
        self.file.fill(&mut bytes[..size], self.at);
        self.at += size as u64;
        Ok(size)
    }
}

impl Snapshot {
    /// Writes it. What can't be read is told in what is answered, and in the archive. Error: `out` takes no more.
    pub fn write(self, out: &mut dyn Write) -> Result<Contents> {
        write(self, out)
    }
}

/// Bytes of an archive of the store in a folder, as it is about now.
pub fn estimate(dir: &Path) -> Result<u64> {
    bytes_of_copy(&Files::on(Arc::new(Real), dir), dir)
}

fn write(snapshot: Snapshot, out: &mut dyn Write) -> Result<Contents> {
    let mut archive = tar::Builder::new(out);
    let mut contents = Contents { unread: snapshot.unread, ..Contents::default() };
    for Taken { path, file, len } in snapshot.taken {
        let file = Salvage::of(file);
        contents.unread.extend(file.damage(&path, len));
        let read = io::BufReader::with_capacity(CHUNK, UpTo { file: &file, at: 0, len });
        archive.append_data(&mut header(len), &path, read).what(|| format!("copy {}", path.display()))?;
        contents.unread.extend(file.gaps().map(|gaps| format!("{}: {gaps}", path.display())));
        (contents.files, contents.bytes) = (contents.files + 1, contents.bytes + len);
    }
    if let Some(more) = contents.unread.len().checked_sub(TOLD).filter(|more| *more > 0) {
        contents.unread.truncate(TOLD);
        contents.unread.push(format!("and {more} more"));
    }
    let json = serde_json::to_vec(&contents).map_err(|e| StoreError::Invalid(e.to_string()))?;
    let end = archive.append_data(&mut header(json.len() as u64), LAST, &json[..]).and_then(|()| archive.finish());
    end.what(|| "end the copy".to_owned())?;
    Ok(contents)
}

fn header(len: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(len);
    // Pictures and keys are nobody else's.
    header.set_mode(0o600);
    header.set_mtime(jiff::Timestamp::now().as_second().max(0) as u64);
    header
}

/// Makes a store in `dir`, where there is none. Until all is there and on disk, there is none either: whoever opens it is told
/// so. One that was cut short goes on. Errors: there is a store already; the archive is none of ours, not whole, or not the
/// one that was begun with; the disk.
pub fn restore(archive: impl Read, dir: &Path) -> Result<Contents> {
    let files = Files::on(Arc::new(Real), dir);
    files.make_folder(dir)?;
    let (folder, whole) = (dir.join(UNPACKED), dir.join(WHOLE));
    let contents = match files.read(&whole.join(LAST), SMALL)? {
        Some(json) => the_same(look(archive)?, &json, &whole)?,
        None => {
            if schema::has_store(&files, dir)? {
                let there = format!("there is a store in {} already: move it away first", dir.display());
                return Err(StoreError::Conflict(there));
            }
            let contents = unpack(archive, &files, &folder)?;
            files.rename(&folder, &whole)?;
            contents
        }
    };
    let mut names = files.list(&whole)?;
    names.retain(|path| !path.ends_with(LAST));
    // Last what makes it one.
    names.sort_by_key(|path| path.ends_with("schema"));
    for path in names {
        files.rename(&path, &dir.join(path.file_name().unwrap_or_default()))?;
    }
    files.remove_folder(&whole)?;
    Ok(contents)
}

fn unpack(archive: impl Read, files: &Files, folder: &Path) -> Result<Contents> {
    if files.is_there(folder)? {
        files.remove_folder(folder)?;
    }
    files.make_folder(folder)?;
    let contents = each(archive, |path, entry, cut_short| copy(entry, files, &folder.join(path), cut_short));
    if contents.is_err() {
        // What is left of it stands in the way of nothing but a start.
        let _ = files.remove_folder(folder);
    }
    let contents = contents?;
    let json = serde_json::to_vec(&contents).map_err(|e| StoreError::Invalid(e.to_string()))?;
    files.replace(&folder.join(LAST), &json)?;
    Ok(contents)
}

/// What lies there already, if it came from this archive.
fn the_same(contents: Contents, begun: &[u8], whole: &Path) -> Result<Contents> {
    match serde_json::from_slice::<Contents>(begun) {
        Ok(begun) if begun == contents => Ok(begun),
        _ => Err(StoreError::Conflict(format!(
            "another backup was being restored there: restore that one to its end, or remove {} and what came of it",
            whole.display()
        ))),
    }
}

/// What is in an archive; an error where it is not whole.
pub fn look(archive: impl Read) -> Result<Contents> {
    each(archive, |_, entry, cut_short| io::copy(entry, &mut io::sink()).map_err(cut_short))
}

type CutShort = fn(io::Error) -> StoreError;

fn no_copy(why: String) -> StoreError {
    StoreError::Invalid(format!("this is no whole backup: {why}"))
}

/// Every file of an archive; `take` answers how many bytes it had.
fn each(archive: impl Read, mut take: impl FnMut(&Path, &mut dyn Read, CutShort) -> Result<u64>) -> Result<Contents> {
    let cut_short: CutShort = |error| no_copy(error.to_string());
    let (mut contents, mut archive) = (Contents::default(), tar::Archive::new(archive));
    // Every store has one, from its first moment on.
    let mut journal = false;
    for entry in archive.entries().map_err(cut_short)? {
        let mut entry = entry.map_err(cut_short)?;
        let path = entry.path().map_err(cut_short)?.into_owned();
        if path == Path::new(LAST) {
            let mut json = Vec::new();
            entry.read_to_end(&mut json).map_err(cut_short)?;
            let last: Contents = serde_json::from_slice(&json).map_err(|e| no_copy(e.to_string()))?;
            return match (last.files, last.bytes) == (contents.files, contents.bytes) {
                true if journal => Ok(last),
                true => Err(no_copy("there is no store in it".to_owned())),
                false => Err(no_copy(format!("it holds {} of {} files", contents.files, last.files))),
            };
        }
        let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        if !inside || !entry.header().entry_type().is_file() {
            return Err(no_copy(format!("{} does not belong into it", path.display())));
        }
        journal |= path == Path::new(JOURNAL);
        contents.bytes += take(&path, &mut entry, cut_short)?;
        contents.files += 1;
    }
    Err(no_copy("its end is missing".to_owned()))
}

fn copy(from: &mut dyn Read, files: &Files, to: &Path, cut_short: CutShort) -> Result<u64> {
    if let Some(parent) = to.parent() {
        files.make_folder(parent)?;
    }
    let (mut file, mut bytes) = (files.create(to)?, vec![0; CHUNK]);
    loop {
        match from.read(&mut bytes).map_err(cut_short)? {
            0 => break,
            some => file.append(&bytes[..some])?,
        };
    }
    file.sync()?;
    Ok(file.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Options, Store};
    use std::fs;
    use std::path::PathBuf;

    fn options(dir: &Path) -> Options {
        Options { dir: dir.into(), budget: 1 << 28, reserve: 0 }
    }

    fn archive() -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(options(dir.path())).unwrap();
        store.put_key("authority", b"a key").unwrap();
        let mut bytes = Vec::new();
        store.back_up(&mut bytes).unwrap();
        bytes
    }

    /// Names in a folder, `schema` last.
    fn names(dir: &Path) -> Vec<PathBuf> {
        let mut names: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into()).collect();
        names.sort_by_key(|name| (name.ends_with("schema"), name.clone()));
        names
    }

    #[test]
    fn one_that_is_cut_short_anywhere_is_no_store_and_goes_on() {
        let archive = archive();
        let count = {
            let dir = tempfile::tempdir().unwrap();
            restore(&archive[..], dir.path()).unwrap();
            names(dir.path()).len()
        };
        assert!(count > 3);
        for moved in 0..=count {
            let dir = tempfile::tempdir().unwrap();
            restore(&archive[..], dir.path()).unwrap();
            // As the moves had come, and no further.
            let whole = dir.path().join(WHOLE);
            fs::create_dir(&whole).unwrap();
            let contents = look(&archive[..]).unwrap();
            fs::write(whole.join(LAST), serde_json::to_vec(&contents).unwrap()).unwrap();
            for name in names(dir.path()).iter().filter(|name| !name.ends_with(WHOLE)).skip(moved) {
                fs::rename(dir.path().join(name), whole.join(name)).unwrap();
            }
            let told = |error: StoreError| assert!(error.to_string().contains("was cut short"), "{moved}: {error}");
            told(Store::open(options(dir.path())).map(drop).unwrap_err());
            told(Store::look(&options(dir.path())).map(drop).unwrap_err());
            assert_eq!(restore(&archive[..], dir.path()).unwrap(), contents, "{moved}");
            assert_eq!(Store::open(options(dir.path())).unwrap().key("authority").unwrap().unwrap(), b"a key");
        }
    }

    #[test]
    fn one_that_was_cut_while_it_was_unpacked_begins_again_and_another_archive_is_refused() {
        let archive = archive();
        let dir = tempfile::tempdir().unwrap();
        restore(&archive[..archive.len() / 2], dir.path()).unwrap_err();
        assert!(!dir.path().join(UNPACKED).exists(), "it is no use, and leaves nothing");
        fs::create_dir(dir.path().join(UNPACKED)).unwrap();
        fs::write(dir.path().join(UNPACKED).join("schema"), "7\n").unwrap();
        assert!(Store::open(options(dir.path())).is_err());
        restore(&archive[..], dir.path()).unwrap();
        Store::open(options(dir.path())).unwrap();
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(WHOLE)).unwrap();
        fs::write(dir.path().join(WHOLE).join(LAST), b"{\"files\":1,\"bytes\":2}").unwrap();
        assert!(matches!(restore(&archive[..], dir.path()), Err(StoreError::Conflict(_))));
    }
}
