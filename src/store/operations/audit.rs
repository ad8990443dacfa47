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
        // By place: ids sort by a clock that may have been in 1970 meanwhile.
        let at = before.and_then(|id| audit.entries.iter().position(|entry| entry.id == id));
        let known = match (before, at) {
            (None, _) => audit.entries.len(),
            (Some(_), Some(at)) => at,
            // It was forgotten, and so was all before it.
            (Some(_), None) => 0,
        };
        let mut older = audit.entries.range(..known).rev().cloned();
        let items: Vec<_> = older.by_ref().take(limit).collect();
        let next = older.next().and(items.last()).map(|last| last.id.to_string());
        Slice { items, next }
    }
}
