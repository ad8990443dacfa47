//! Whose the data folder is. Root works in it for the service's own user: what root made there is theirs afterwards, or the
//! service could not open it.

use anyhow::Context;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

/// Does some work; what it made in the folder is the folder's owner's then, however it ended.
pub fn keeping_the_owner(folder: &Path, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let owner = fs::metadata(folder).ok().map(|found| (found.uid(), found.gid()));
    let done = work();
    let given = match owner {
        Some((user, group)) if rustix::process::geteuid().is_root() => give(folder, user, group),
        _ => Ok(()),
    };
    done.and(given)
}

fn give(path: &Path, user: u32, group: u32) -> anyhow::Result<()> {
    // The daemon may be at work in there.
    let gone = |error: &std::io::Error| error.kind() == ErrorKind::NotFound;
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if gone(&error) => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("{} can't be looked at", path.display())),
    };
    if found.uid() != user && !found.is_symlink() {
        match chown(path, Some(user), Some(group)) {
            Err(error) if !gone(&error) => {
                return Err(error).with_context(|| format!("{} can't be given to its owner", path.display()));
            }
            _ => {}
        }
    }
    if found.is_dir() {
        for entry in fs::read_dir(path).with_context(|| format!("{} can't be read", path.display()))? {
            give(&entry?.path(), user, group)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_root_makes_in_the_folder_of_another_is_theirs() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: not root");
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        chown(dir.path(), Some(12_345), Some(54_321)).unwrap();
        let made = dir.path().join("index/db");
        let failed = keeping_the_owner(dir.path(), || {
            fs::create_dir(dir.path().join("index")).unwrap();
            fs::write(&made, "").unwrap();
            anyhow::bail!("in the middle")
        });
        assert_eq!(failed.unwrap_err().to_string(), "in the middle");
        for path in [&made, made.parent().unwrap()] {
            let found = fs::metadata(path).unwrap();
            assert_eq!((found.uid(), found.gid()), (12_345, 54_321), "{}", path.display());
        }
        let nothing = dir.path().join("not there");
        keeping_the_owner(&nothing, || Ok(())).unwrap();
    }
}
