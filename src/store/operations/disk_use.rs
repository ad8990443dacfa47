//! What fills the disk.

use crate::store::api::DiskPart;
use crate::store::core::Core;
use crate::store::error::{Result, What};
use std::io;
use std::path::Path;

impl Core {
    /// Bytes on disk of everything in the data folder, largest first. Looks at every file but the segments.
    pub fn disk_use(&self) -> Result<Vec<DiskPart>> {
        let frames = self.segments()?.on_disk();
        let labelled =
            self.index.counts(|counts| counts.segments.values().map(|needed| needed.labelled).sum::<u64>()).min(frames);
        let mut parts: Vec<DiskPart> = Vec::new();
        let mut add = |what: &'static str, bytes: u64| match parts.iter_mut().find(|part| part.what == what) {
            Some(part) => part.bytes += bytes,
            None => parts.push(DiskPart { what: what.to_owned(), bytes }),
        };
        add("labelled frames", labelled);
        add("unlabelled frames", frames - labelled);
        for path in self.files.list(&self.dir)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let what = match &*name {
                "segments" => continue,
                "labels.journal" => "labels",
                "trainings" => "trainings",
                "models" => "models",
                "bases" => "bases",
                name if name.starts_with("index") => "index",
                _ => "other",
            };
            add(what, self.on_disk(&path)?);
        }
        parts.retain(|part| part.bytes > 0);
        parts.sort_by_key(|part| std::cmp::Reverse(part.bytes));
        Ok(parts)
    }

    /// Of a file, or of all in a folder. What goes meanwhile counts for nothing.
    pub fn on_disk(&self, path: &Path) -> Result<u64> {
        let disk = self.files.disk();
        let gone = |e: &io::Error| e.kind() == io::ErrorKind::NotFound;
        let entry = match disk.look(path) {
            Err(e) if gone(&e) => return Ok(0),
            entry => entry.what(|| format!("look at {}", path.display()))?,
        };
        if !entry.folder {
            return Ok(entry.on_disk);
        }
        let inside = match disk.list(path) {
            Err(e) if gone(&e) => return Ok(0),
            inside => inside.what(|| format!("list {}", path.display()))?,
        };
        inside.iter().map(|path| self.on_disk(path)).sum()
    }
}
