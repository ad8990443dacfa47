//! The audit log: what people did, the newest of it in memory, and a file of records that is written anew before it
//! grows beyond twice as many.

use crate::domain::{AuditEntry, limits};
use crate::store::durable::{AppendFile, Files};
use crate::store::error::{Result, StoreError};
use crate::store::record::{self, Depth, Item};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// The newest entries, and where they are appended to.
pub struct Audit {
    /// Oldest first.
    pub entries: VecDeque<AuditEntry>,
    path: PathBuf,
    file: AppendFile,
    /// Records in the file.
    written: usize,
}

impl Audit {
    /// Reads the log, or begins one. What is torn or damaged is passed over and told.
    pub fn open(files: &Files, path: &Path) -> Result<Self> {
        if !files.is_there(path)? {
            files.replace(path, &[])?;
        }
        let mut file = files.append(path)?;
        let (mut entries, mut written) = (VecDeque::new(), 0);
        let end = record::scan(&*file.handle(), record::AUDIT, 0, file.len(), Depth::Meta, |item| {
            match item {
                Item::Record { meta, .. } => match serde_json::from_slice(&meta) {
                    Ok(entry) => entries.push_back(entry),
                    Err(e) => tracing::error!("an entry of the audit log can't be read: {e}"),
                },
                Item::Damage { text, .. } => tracing::error!("{}: {text}", path.display()),
            }
            written += 1;
            Ok(())
        })?;
        if end == 0 && file.len() > 0 {
            // No torn tail, but no log at all.
            let aside = path.with_extension("damaged");
            tracing::error!(aside = %aside.display(), "{} can't be read; a new one is begun", path.display());
            files.rename(path, &aside)?;
            return Self::open(files, path);
        }
        if end < file.len() {
            tracing::warn!("{}: {} bytes at its end are no whole entry", path.display(), file.len() - end);
            file.cut(end)?;
        }
        let mut audit = Self { entries, path: path.to_owned(), file, written };
        audit.forget();
        Ok(audit)
    }

    /// Adds an entry; on disk when it returns.
    pub fn add(&mut self, files: &Files, entry: AuditEntry) -> Result<()> {
        if self.written >= 2 * limits::AUDIT {
            let mut all = Vec::new();
            for entry in &self.entries {
                all.extend(encode(entry)?);
            }
            files.replace(&self.path, &all)?;
            (self.file, self.written) = (files.append(&self.path)?, self.entries.len());
        }
        self.file.append(&encode(&entry)?)?;
        self.file.sync()?;
        self.written += 1;
        self.entries.push_back(entry);
        self.forget();
        Ok(())
    }

    fn forget(&mut self) {
        let old = self.entries.len().saturating_sub(limits::AUDIT);
        self.entries.drain(..old);
    }
}

fn encode(entry: &AuditEntry) -> Result<Vec<u8>> {
    let json = serde_json::to_vec(entry).map_err(|e| StoreError::Invalid(e.to_string()))?;
    record::encode(record::AUDIT, entry.id.0.into_bytes(), &json, &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Who;
    use crate::store::disk::Real;
    use std::sync::Arc;

    fn entry(n: usize) -> AuditEntry {
        AuditEntry::new(&Who::local(), "counted", n.to_string())
    }

    #[test]
    fn the_newest_entries_survive_and_the_file_stays_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let (files, path) = (Files::on(Arc::new(Real)), dir.path().join("audit"));
        let mut audit = Audit::open(&files, &path).unwrap();
        let many = 2 * limits::AUDIT + 5;
        for n in 0..many {
            audit.add(&files, entry(n)).unwrap();
        }
        assert!(audit.written <= 2 * limits::AUDIT);
        drop(audit);
        let audit = Audit::open(&files, &path).unwrap();
        let about: Vec<_> = audit.entries.iter().map(|e| e.about.clone()).collect();
        let newest: Vec<_> = (many - limits::AUDIT..many).map(|n| n.to_string()).collect();
        assert_eq!(about, newest);
    }

    #[test]
    fn what_is_no_log_is_kept_aside_and_a_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (files, path) = (Files::on(Arc::new(Real)), dir.path().join("audit"));
        std::fs::write(&path, [0; 4096]).unwrap();
        Audit::open(&files, &path).unwrap().add(&files, entry(1)).unwrap();
        assert_eq!(std::fs::read(dir.path().join("audit.damaged")).unwrap(), [0; 4096]);
        let victim = dir.path().join("victim");
        std::fs::write(&victim, "dear").unwrap();
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        assert!(Audit::open(&files, &path).is_err());
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "dear");
    }

    #[test]
    fn a_torn_tail_is_cut() {
        let dir = tempfile::tempdir().unwrap();
        let (files, path) = (Files::on(Arc::new(Real)), dir.path().join("audit"));
        let mut audit = Audit::open(&files, &path).unwrap();
        audit.add(&files, entry(1)).unwrap();
        audit.add(&files, entry(2)).unwrap();
        drop(audit);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        let mut audit = Audit::open(&files, &path).unwrap();
        assert_eq!(audit.entries.len(), 1);
        audit.add(&files, entry(3)).unwrap();
        drop(audit);
        let about: Vec<_> = Audit::open(&files, &path).unwrap().entries.into_iter().map(|e| e.about).collect();
        assert_eq!(about, ["1", "3"]);
    }
}
