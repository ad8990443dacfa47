//! What the pool has of this device, and this device of the pool. Only a short cut: what is not in it is found in the pool
//! and among the frames.

use super::error::{PoolError, Result};
use super::shard::Name;
use crate::domain::FrameId;
use crate::store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// The pool that it is about.
    pool: String,
    /// The device that this one was called then.
    device: String,
    /// The revision of the labels that the pool has, of each own frame.
    pub own: BTreeMap<FrameId, u64>,
    /// Frames of others, by their id there.
    pub theirs: BTreeMap<FrameId, Theirs>,
    /// Shards of which everything is known, by device.
    pub seen: BTreeMap<String, BTreeSet<Name>>,
    /// Up to which frame `theirs` knows those that are here.
    pub newest: Option<FrameId>,
}

/// A frame of another device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Theirs {
    /// What it is here; none where it was withdrawn.
    pub here: Option<FrameId>,
    /// Of its labels here, as they were pulled: another one, and somebody labelled it here.
    pub revision: u64,
    /// The shard that said so.
    pub by: Option<Name>,
}

impl Ledger {
    /// As it was kept; an empty one where that was of another pool or device, or can't be read.
    pub fn read(store: &Store, pool: &str, device: &str) -> Result<Self> {
        let empty = || Self { pool: pool.into(), device: device.into(), ..Self::default() };
        match store.pool_ledger::<Self>() {
            Ok(Some(ledger)) if ledger.pool == pool && ledger.device == device => Ok(ledger),
            Ok(_) => Ok(empty()),
            Err(StoreError::Damaged(why)) => {
                tracing::warn!(why, "what the pool has is looked up there again");
                Ok(empty())
            }
            Err(error) => Err(PoolError::Store(error)),
        }
    }

    /// On disk when this returns.
    pub fn keep(&self, store: &Store) -> Result<()> {
        Ok(store.put_pool_ledger(self)?)
    }

    pub fn has_seen(&self, device: &str, name: &Name) -> bool {
        self.seen.get(device).is_some_and(|seen| seen.contains(name))
    }

    pub fn see(&mut self, device: &str, name: Name) {
        self.seen.entry(device.to_owned()).or_default().insert(name);
    }
}
