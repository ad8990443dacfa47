//! What was lost for good, on disk.

use crate::store::core::Core;
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError};
use crate::store::losses::Kept;
use crate::store::stamped;
use std::path::{Path, PathBuf};

fn path(dir: &Path) -> PathBuf {
    dir.join("losses")
}

/// Reads what is known in a store's folder. Where that is damaged, what was lost before is not told any more.
pub fn load(files: &Files, dir: &Path) -> Result<()> {
    let kept: Option<Kept> = match stamped::read(files, &path(dir)) {
        Err(StoreError::Damaged(why)) => {
            files.note(format!("{why}: what was lost before is not told any more"));
            files.set_aside(&path(dir))?;
            None
        }
        read => read?,
    };
    files.losses.set(kept.unwrap_or_default());
    Ok(())
}

/// Writes down what was found; whether there was any. Where the disk does not take it, it is told all the same.
pub fn keep(files: &Files, dir: &Path) -> bool {
    let Some(kept) = files.losses.unwritten() else { return false };
    if let Err(error) = stamped::write(files, &path(dir), &kept) {
        tracing::error!("what is lost can't be written down: {error}");
    }
    true
}

impl Core {
    /// Writes down what was found to be lost in use; whether there was any.
    pub fn keep_losses(&self) -> bool {
        keep(&self.files, &self.dir)
    }
}

/// Somebody knows of all of it now; on disk when it returns.
pub fn acknowledge(files: &Files, dir: &Path) -> Result<()> {
    if let Some(kept) = files.losses.all_known() {
        stamped::write(files, &path(dir), &kept)?;
        files.losses.set(kept);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::Real;
    use std::sync::Arc;

    #[test]
    fn a_loss_is_told_until_it_is_known_and_is_no_news_again() {
        let dir = tempfile::tempdir().unwrap();
        let again = || {
            let files = Files::on(Arc::new(Real), dir.path());
            load(&files, dir.path()).unwrap();
            files
        };
        let files = again();
        keep(&files, dir.path());
        assert!(!path(dir.path()).exists());
        assert!(files.losses.add("one".into()) && !files.losses.add("one".into()));
        keep(&files, dir.path());
        assert_eq!((files.losses.take_new(), files.losses.take_new()), (vec!["one".to_owned()], vec![]));
        let files = again();
        assert_eq!((files.losses.open(), files.losses.take_new()), (vec!["one".to_owned()], vec![]));
        acknowledge(&files, dir.path()).unwrap();
        let files = again();
        let losses = &files.losses;
        assert!(losses.open().is_empty() && !losses.add("one".into()) && losses.add("two".into()));
        std::fs::write(path(dir.path()), "soup").unwrap();
        let files = again();
        assert!(files.losses.open().is_empty());
        assert!(files.notes().iter().any(|note| note.contains("losses")));
    }
}
