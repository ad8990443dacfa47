//! The audit log.

use crate::domain::{AuditEntry, AuditId};
use crate::store::api::Slice;
use crate::store::core::Core;
use crate::store::error::Result;
use crate::store::tables::audit::StoredEntry;

impl Core {
    pub fn add_audit(&self, entry: AuditEntry) -> Result<()> {
        let stamp = self.stamp(entry.time);
        self.audit.lock().add(&self.files, StoredEntry { entry, stamp })
    }

    pub fn audit(&self, before: Option<AuditId>, limit: usize) -> Slice<AuditEntry> {
        let audit = self.audit.lock();
        // By place: ids sort by a clock that may have been in 1970 meanwhile.
        let at = before.and_then(|id| audit.entries.iter().position(|stored| stored.entry.id == id));
        let known = match (before, at) {
            (None, _) => audit.entries.len(),
            (Some(_), Some(at)) => at,
            // It was forgotten, and so was all before it.
            (Some(_), None) => 0,
        };
        let told = |stored: &StoredEntry| {
            let (time, clock) = self.time(stored.entry.time, stored.stamp.as_ref());
            AuditEntry { time, clock, ..stored.entry.clone() }
        };
        let mut older = audit.entries.range(..known).rev().map(told);
        let items: Vec<_> = older.by_ref().take(limit).collect();
        let next = older.next().and(items.last()).map(|last| last.id.to_string());
        Slice { items, next }
    }
}
