//! Keys and certificates of the device: small files that never leave it, for the daemon's user only.

use crate::store::core::Core;
use crate::store::durable::SMALL;
use crate::store::error::Result;
use std::path::PathBuf;

impl Core {
    fn key_file(&self, name: &str) -> PathBuf {
        self.dir.join("keys").join(name)
    }

    /// The file of this name, if there is one.
    pub fn key(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.files.read(&self.key_file(name), SMALL)
    }

    /// Replaces the file of this name; on disk when it returns.
    pub fn put_key(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.files.replace(&self.key_file(name), bytes)
    }

    /// Gives a file that is no use another name, for whoever wants to look at it.
    pub fn set_key_aside(&self, name: &str) -> Result<()> {
        self.files.rename(&self.key_file(name), &self.key_file(&format!("{name}.damaged")))
    }
}
