//! An index in memory: where the disk has no room for one, or is to be looked at only. Nothing of it must survive, so it is
//! not written through the seam.

use crate::store::durable::Files;
use crate::store::error::{Result, What};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A folder that is not there yet, for the index of the store in `dir`; what a killed process left in its place is removed.
pub fn folder(files: &Files, dir: &Path) -> Result<PathBuf> {
    let whose = files.disk().look(dir).what(|| format!("look at {}", dir.display()))?.id;
    let path = Path::new("/dev/shm").join(format!("fieldcoach-index-{}-{}", whose.0, whose.1));
    remove(&path).what(|| format!("remove {}", path.display()))?;
    Ok(path)
}

/// The same with a copy of the index that lies on the disk.
pub fn copy(files: &Files, dir: &Path) -> Result<PathBuf> {
    let (from, to) = (dir.join("index"), folder(files, dir)?);
    if !files.is_there(&from)? {
        return Ok(to);
    }
    let copy = || -> io::Result<()> {
        fs::create_dir_all(&to)?;
        for item in fs::read_dir(&from)? {
            let item = item?;
            if item.file_type()?.is_file() && !is_unfinished(&item.path()) {
                fs::copy(item.path(), to.join(item.file_name()))?;
            }
        }
        Ok(())
    };
    copy().what(|| format!("copy {} to {}", from.display(), to.display()))?;
    Ok(to)
}

/// Removes one; one that is not there is fine.
pub fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Whether sled was still writing it.
pub fn is_unfinished(path: &Path) -> bool {
    path.extension() == Some("generating".as_ref())
}
