//! The store as it is at a moment, to be copied while it goes on.

use crate::store::core::Core;
use crate::store::disk::Handle;
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What lies in the data folder and is made again, or belongs to a running process.
const LEFT_OUT: [&str; 4] = ["lock", "ballast", "control.sock", "outbox"];

/// What every store has.
pub const JOURNAL: &str = "labels.journal";

/// Bytes that an archive has beside a file's own, and at its end.
const BESIDE: u64 = 1024;
const END: u64 = 64 << 10;

/// What was taken of a store, at a moment.
#[derive(Debug, Default)]
pub struct Snapshot {
    pub taken: Vec<Taken>,
    /// What could not be opened, in words.
    pub unread: Vec<String>,
}

/// An open file, up to where it had come.
#[derive(Debug)]
pub struct Taken {
    /// In the data folder.
    pub path: PathBuf,
    pub file: Handle,
    /// Bytes.
    pub len: u64,
}

impl Core {
    /// Opens every file that matters, while nobody writes: moments. What grows afterwards is cut off by the lengths, what is
    /// replaced or removed is still there for whoever holds it open.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let segments = self.segments()?;
        let journal = self.journal()?;
        // What lies elsewhere, or is not what the store writes to, is no copy of it.
        self.files.home.is_whole()?;
        let _models = self.models.lock();
        let _pages = self.pages.lock();
        let _audit = self.audit.lock();
        let _history = self.history_files.lock();
        let _undos = self.undos.lock();
        // What is lost already is missing from the copy.
        let mut snapshot = Snapshot { unread: self.files.losses.open(), ..Snapshot::default() };
        let files = &self.files;
        walk(files, &self.dir, Path::new(""), &mut |inside, found| {
            let opened = found.and_then(|_| files.open(&self.dir.join(&inside)));
            match opened {
                Ok(Some((file, len))) => snapshot.taken.push(Taken { path: inside, file, len }),
                Ok(None) => {}
                // The rest is worth having without it.
                Err(error) => snapshot.unread.push(format!("{}: {error}", inside.display())),
            }
        });
        if !snapshot.taken.iter().any(|one| one.path == Path::new(JOURNAL)) {
            return Err(StoreError::Gone(self.dir.join(JOURNAL)));
        }
        for one in &mut snapshot.taken {
            // Blocks that were taken ahead, or bytes of a write that failed, are not the file's.
            let whole = match one.path.parent() {
                _ if one.path == Path::new(JOURNAL) => Some(journal.len()),
                Some(parent) if parent == Path::new("segments") => {
                    let number = one.path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
                    number.and_then(|number: u32| segments.files.get(&number)).map(|segment| segment.len)
                }
                _ => None,
            };
            one.len = whole.map_or(one.len, |whole| whole.min(one.len));
        }
        Ok(snapshot)
    }
}

/// Bytes that an archive of the store in a folder takes, about.
pub fn bytes_of_copy(files: &Files, dir: &Path) -> Result<u64> {
    let mut bytes = END;
    // The store may be in use, and files come and go.
    walk(files, dir, Path::new(""), &mut |_, found| bytes += found.map_or(0, |len| len + BESIDE));
    files.list(dir).map(|_| bytes)
}

/// Every file that belongs to a copy: where it lies in the data folder and its bytes, or why that can't be told.
fn walk(files: &Files, dir: &Path, folder: &Path, visit: &mut dyn FnMut(PathBuf, Result<u64>)) {
    let paths = match files.list(&dir.join(folder)) {
        Ok(paths) => paths,
        Err(error) => return visit(folder.to_owned(), Err(error)),
    };
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let top = folder == Path::new("");
        let left_out = top && (LEFT_OUT.contains(&&*name) || name.starts_with("index"));
        if left_out || name.starts_with('.') || name.ends_with(".damaged") {
            continue;
        }
        let inside = folder.join(&name);
        match files.disk().look(&path) {
            Ok(found) if found.folder && top && name == "lost+found" => {}
            Ok(found) if found.folder => walk(files, dir, &inside, visit),
            // Nothing of ours.
            Ok(found) if !found.file => {}
            Ok(found) => visit(inside, Ok(found.len)),
            // It went meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => visit(inside, Err(StoreError::of(error, "look at it".into()))),
        }
    }
}
