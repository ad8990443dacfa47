//! An index that a full disk drove into memory goes back to the disk while it serves: everything is copied, then what was
//! written meanwhile.

use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::index::{Index, Place, keys};

/// Entries copied at a time.
const AT_ONCE: usize = 1000;
/// Only a complete index says whose it is: one of which the copy was cut short is made anew at the next opening.
const WHOSE: &str = "generation";

impl Core {
    /// Whoever writes waits only for what was written since. `step` is called now and then. Where there is no room for it
    /// after all it stays where it is.
    pub fn index_to_disk(&self, step: impl FnMut()) -> Result<()> {
        let folder = self.dir.join("index");
        if self.files.is_there(&folder)? {
            self.files.remove_folder(&folder)?;
        }
        let begun = Index::open(&self.files, &self.dir, Place::Disk);
        let copied = begun.and_then(|disk| copy(&self.index, &disk, step).map(|()| disk));
        let disk = match copied {
            Err(why @ StoreError::Full(_)) => {
                tracing::warn!("the index stays in memory: {why}");
                return Ok(());
            }
            copied => copied?,
        };
        let (_segments, _journal) = (self.segments()?, self.journal()?);
        follow(&self.index, &disk)?;
        self.index.replace(&disk);
        tracing::info!("the index is on the disk again");
        Ok(())
    }
}

/// Copies everything into `to`, which is empty. What is written from now on is for [`follow`]. Error: either of them
/// failed, or `to` has no room; then `to` is of no use.
fn copy(index: &Index, to: &Index, mut step: impl FnMut()) -> Result<()> {
    index.note_written();
    let (whose, mut from) = (keys::mark(WHOSE), Vec::new());
    loop {
        let some = index.some_from(&from, AT_ONCE)?;
        let Some((last, _)) = some.last() else { return to.sync() };
        from = [&last[..], &[0]].concat();
        to.take_over(some.into_iter().filter(|(key, _)| **key != *whose).map(|(key, value)| (key, Some(value))))?;
        step();
    }
}

/// Brings what was written since [`copy`] into the copy, which is complete and on disk then. Nobody may write meanwhile.
/// Error: as there.
fn follow(index: &Index, to: &Index) -> Result<()> {
    let mut written = Vec::new();
    for key in index.written() {
        let value = index.get(&key)?;
        written.push((key.into(), value));
    }
    to.take_over(written)?;
    to.count_as(index);
    to.sync()?;
    let whose = keys::mark(WHOSE);
    let value = index.get(&whose)?;
    to.take_over([(whose.into(), value)])?;
    to.sync()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::disk::Real;
    use crate::store::durable::Files;
    use crate::store::index::Changes;
    use std::sync::Arc;

    fn all(index: &Index) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut all = Vec::new();
        let each = index.each(&[], |key, value| {
            all.push((key.to_vec(), value.to_vec()));
            true
        });
        each.map(|()| all).unwrap()
    }

    #[test]
    fn a_copy_has_what_was_written_while_it_was_made_and_says_whose_it_is_last() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::on(Arc::new(Real), folder.path());
        let index = Index::open(&files, folder.path(), Place::Memory).unwrap();
        let write = |n: usize, value: Option<&[u8]>| {
            let (mut changes, key) = (Changes::default(), keys::mark(&format!("{n:05}")));
            match value {
                Some(value) => changes.put(key, value),
                None => changes.remove(key),
            }
            index.apply(changes).unwrap();
        };
        index.set_mark(WHOSE, &7).unwrap();
        (0..2500).for_each(|n| write(n, Some(b"before")));
        let disk = Index::open(&files, folder.path(), Place::Disk).unwrap();
        let mut steps = 0;
        let copied = copy(&index, &disk, || {
            // Of what was copied and of what was not, one is written and one goes.
            for n in [steps, 2499 - steps] {
                write(2 * n, Some(b"meanwhile"));
                write(2 * n + 1, None);
            }
            steps += 1;
        });
        copied.unwrap();
        assert!(steps > 2);
        assert_ne!(all(&disk), all(&index), "nothing was written meanwhile");
        assert_eq!(disk.mark::<u32>(WHOSE).unwrap(), None, "it is not complete");
        follow(&index, &disk).unwrap();
        assert_eq!(all(&disk), all(&index));
        assert_eq!(disk.mark::<u32>(WHOSE).unwrap(), Some(7));
    }
}
