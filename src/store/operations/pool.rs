//! What the pool of the fleet has of this device, and this device of it: `pool.json`, made anew from both where it is lost.

use crate::store::core::Core;
use crate::store::error::Result;
use crate::store::stamped;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Name of the file.
const LEDGER: &str = "pool.json";

impl Core {
    /// [`crate::store::StoreError::Damaged`] where it is not what was written.
    pub fn pool_ledger<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        stamped::read(&self.files, &self.dir.join(LEDGER))
    }

    pub fn put_pool_ledger(&self, ledger: &impl Serialize) -> Result<()> {
        stamped::write(&self.files, &self.dir.join(LEDGER), ledger)
    }
}
