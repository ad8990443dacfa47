//! What is one file, replaced as a whole: it is there or it is not, whenever the power goes; damage is known.

use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::record::{self, HEADER, Magic};
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Core {
    /// What was written under this name; `None` where nothing was. A damaged file is moved aside and told: `so` says in
    /// words what that leads to.
    pub fn whole<T: DeserializeOwned>(&self, name: &str, magic: Magic, so: &str) -> Result<Option<T>> {
        let path = self.dir.join(name);
        let Some(mut bytes) = self.files.read(&path)? else { return Ok(None) };
        let read = record::verify(&bytes, magic).map_err(|e| e.to_string()).and_then(|header| {
            let json = bytes.split_off(HEADER + header.meta_len as usize);
            serde_json::from_slice(&json).map_err(|e| e.to_string())
        });
        read.map(Some).or_else(|why: String| {
            self.files.note(format!("{} can't be read, so {so}: {why}; it is put aside", path.display()));
            self.files.set_aside(&path)?;
            Ok(None)
        })
    }

    /// Replaces it; on disk when this returns.
    pub fn put_whole(&self, name: &str, magic: Magic, value: &(impl Serialize + ?Sized)) -> Result<()> {
        let json = serde_json::to_vec(value).map_err(|e| StoreError::Invalid(e.to_string()))?;
        self.files.replace(&self.dir.join(name), &record::encode(magic, [0; 16], &[], &json)?)
    }
}
