//! What is watched on the live camera.

use crate::domain::Watch;
use crate::store::core::Core;
use crate::store::error::Result;
use crate::store::twice;

impl Core {
    /// What was said to be watched; `None` where nothing was, or can't be read any more.
    pub fn watch(&self) -> Result<Option<Watch>> {
        self.whole(&twice::WATCH)
    }

    pub fn put_watch(&self, watch: &Watch) -> Result<()> {
        self.put_whole(&twice::WATCH, watch)
    }
}
