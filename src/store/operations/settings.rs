//! What was set at a distance, as `settings` wrote it. Read by its path: at the start it comes before the store.

use crate::store::core::Core;
use crate::store::error::Result;

/// Its name in the data directory.
pub const SETTINGS_FILE: &str = "settings.toml";
/// Where a file that can't be used is kept.
const ASIDE: &str = "settings.toml.bad";

impl Core {
    pub fn put_settings(&self, toml: &[u8]) -> Result<()> {
        self.files.replace(&self.dir.join(SETTINGS_FILE), toml)
    }

    /// Puts the file there is aside, over the one that was put aside before.
    pub fn set_settings_aside(&self) -> Result<()> {
        let path = self.dir.join(SETTINGS_FILE);
        match self.files.is_there(&path)? {
            true => self.files.rename(&path, &self.dir.join(ASIDE)),
            false => Ok(()),
        }
    }
}
