//! What is to change in the index, all of it or nothing.

use super::keys::{self, FrameEntry};
use crate::domain::FrameId;
use crate::store::error::{Result, StoreError};
use sled::IVec;
use std::collections::BTreeMap;

/// sled starts to lose data when a value leaves its page for a blob file, from about 4 KB on.
const MAX_VALUE: usize = 4000;

/// What a new batch of changes collects.
#[derive(Default)]
pub struct Changes(pub(super) BTreeMap<Vec<u8>, Option<IVec>>);

impl Changes {
    pub fn put(&mut self, key: Vec<u8>, value: impl Into<IVec>) {
        let value = value.into();
        debug_assert!(value.len() <= MAX_VALUE, "{} bytes in sled", value.len());
        self.0.insert(key, Some(value));
    }

    pub fn mark(&mut self, key: Vec<u8>) {
        self.0.insert(key, Some(IVec::default()));
    }

    pub fn remove(&mut self, key: Vec<u8>) {
        self.0.insert(key, None);
    }

    pub fn put_entry(&mut self, id: FrameId, entry: &FrameEntry) -> Result<()> {
        self.put_entry_at(keys::frame(id), entry)
    }

    /// Of a frame that was deleted.
    pub fn put_buried(&mut self, id: FrameId, entry: &FrameEntry) -> Result<()> {
        self.put_entry_at(keys::deleted(id), entry)
    }

    fn put_entry_at(&mut self, key: Vec<u8>, entry: &FrameEntry) -> Result<()> {
        let value = serde_json::to_vec(entry).map_err(|e| StoreError::Damaged(format!("an index entry: {e}")))?;
        self.put(key, value);
        Ok(())
    }
}
