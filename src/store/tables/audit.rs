//! The audit log: what people did, the newest of it in memory and on disk.

use crate::domain::{AuditEntry, Stamp, limits};
use crate::store::durable::Files;
use crate::store::error::{Result, StoreError};
use crate::store::record;
use crate::store::rolling::{Kind, Rolling};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::path::Path;

/// An entry, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredEntry {
    #[serde(flatten)]
    pub entry: AuditEntry,
    /// By which its time is mended, where the clock was not believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
}

/// The newest entries, and where they are appended to.
pub struct Audit {
    /// Oldest first.
    pub entries: VecDeque<StoredEntry>,
    file: Rolling,
}

impl Audit {
    /// Reads the log, or begins one. What is torn or damaged is passed over and told.
    /// `new`: of a store that is opened for the first time.
    pub fn open(files: &Files, path: &Path, new: bool) -> Result<Self> {
        let mut entries = VecDeque::new();
        let file = Rolling::open(files, path, Kind { magic: record::AUDIT, full: limits::AUDIT, new }, |meta| {
            match serde_json::from_slice(meta) {
                Ok(entry) => entries.push_back(entry),
                Err(e) => files.note(format!("an entry of the audit log can't be read: {e}")),
            }
            1
        })?;
        let mut audit = Self { entries, file };
        audit.forget();
        Ok(audit)
    }

    /// Adds an entry; on disk when it returns.
    pub fn add(&mut self, files: &Files, stored: StoredEntry) -> Result<()> {
        let json = serde_json::to_vec(&stored).map_err(|e| StoreError::Invalid(e.to_string()))?;
        self.file.add(files, stored.entry.id.0.into_bytes(), &json, 1)?;
        self.entries.push_back(stored);
        self.forget();
        Ok(())
    }

    fn forget(&mut self) {
        let old = self.entries.len().saturating_sub(limits::AUDIT);
        self.entries.drain(..old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Who;
    use crate::store::disk::Real;
    use std::sync::Arc;

    #[test]
    fn the_newest_entries_survive() {
        let dir = tempfile::tempdir().unwrap();
        let (files, path) = (Files::on(Arc::new(Real), Path::new(".")), dir.path().join("audit"));
        let mut audit = Audit::open(&files, &path, true).unwrap();
        let many = 2 * limits::AUDIT + 5;
        for n in 0..many {
            let entry = AuditEntry::new(&Who::local(), "counted", n.to_string());
            audit.add(&files, StoredEntry { entry, stamp: None }).unwrap();
        }
        drop(audit);
        let audit = Audit::open(&files, &path, true).unwrap();
        let about: Vec<_> = audit.entries.iter().map(|stored| stored.entry.about.clone()).collect();
        let newest: Vec<_> = (many - limits::AUDIT..many).map(|n| n.to_string()).collect();
        assert_eq!(about, newest);
    }
}
