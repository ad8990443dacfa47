//! What is watched on the live camera.

use crate::domain::Watch;
use crate::store::core::Core;
use crate::store::error::Result;
use crate::store::record;

impl Core {
    /// What was said to be watched; `None` where nothing was, or can't be read any more.
    pub fn watch(&self) -> Result<Option<Watch>> {
        self.whole("watch", record::WATCH, "everything is watched at the model's own threshold")
    }

    pub fn put_watch(&self, watch: &Watch) -> Result<()> {
        self.put_whole("watch", record::WATCH, watch)
    }
}
