//! The store as it is at a moment, to be copied while it goes on.

use crate::store::core::Core;
use crate::store::disk::Handle;
use crate::store::error::{Result, StoreError, What};
use std::path::{Path, PathBuf};

/// What lies in the data folder and is made again, or belongs to a running process.
const LEFT_OUT: [&str; 4] = ["lock", "ballast", "control.sock", "outbox"];

/// What every store has.
pub const JOURNAL: &str = "labels.journal";

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
    pub fn snapshot(&self) -> Result<Vec<Taken>> {
        let segments = self.segments()?;
        let journal = self.journal()?;
        // What lies elsewhere, or is not what the store writes to, is no copy of it.
        self.files.home.is_whole()?;
        let _models = self.models.lock();
        let _pages = self.pages.lock();
        let _audit = self.audit.lock();
        let _history = self.history_files.lock();
        let _undos = self.undos.lock();
        let mut taken = Vec::new();
        self.take(Path::new(""), &mut taken)?;
        if !taken.iter().any(|one| one.path == Path::new(JOURNAL)) {
            return Err(StoreError::Gone(self.dir.join(JOURNAL)));
        }
        for one in &mut taken {
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
        Ok(taken)
    }

    fn take(&self, folder: &Path, taken: &mut Vec<Taken>) -> Result<()> {
        for path in self.files.list(&self.dir.join(folder))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let top = folder == Path::new("");
            let left_out = top && (LEFT_OUT.contains(&&*name) || name.starts_with("index"));
            if left_out || name.starts_with('.') || name.ends_with(".damaged") {
                continue;
            }
            let inside = folder.join(&name);
            let found = self.files.disk().look(&path).what(|| format!("look at {}", path.display()))?;
            match found.folder {
                true if top && name == "lost+found" => {}
                true => self.take(&inside, taken)?,
                // Nothing of ours.
                false if !found.file => {}
                false => {
                    if let Some((file, len)) = self.files.open(&path)? {
                        taken.push(Taken { path: inside, file, len });
                    }
                }
            }
        }
        Ok(())
    }
}
