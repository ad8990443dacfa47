//! The audit log.

use crate::domain::{AuditEntry, AuditId};
use crate::store::api::Slice;
use crate::store::core::Core;
use crate::store::error::Result;

impl Core {
    pub fn add_audit(&self, entry: AuditEntry) -> Result<()> {
        self.audit.lock().add(&self.files, entry)
    }

    pub fn audit(&self, before: Option<AuditId>, limit: usize) -> Slice<AuditEntry> {
        let audit = self.audit.lock();
        let mut older = audit.entries.iter().rev().filter(|e| before.is_none_or(|b| e.id < b)).cloned();
        let items: Vec<_> = older.by_ref().take(limit).collect();
        let next = older.next().and(items.last()).map(|last| last.id.to_string());
        Slice { items, next }
    }
}
