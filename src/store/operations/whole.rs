//! What is one file, replaced as a whole, with a copy beside it (`store::twice`).

use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::twice::{Found, Twice};
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Core {
    /// What was written there; `None` where nothing was, or it can't be read, which is told.
    pub fn whole<T: DeserializeOwned>(&self, twice: &Twice) -> Result<Option<T>> {
        let read = match twice.read(&self.files, &self.dir)? {
            Found::Nothing => return Ok(None),
            Found::Bad(why, _) => Err(why),
            Found::Whole(bytes) => serde_json::from_slice(&twice.content(bytes)).map_err(|error| error.to_string()),
        };
        read.map(Some).or_else(|why: String| twice.set_aside(&self.files, &self.dir, &why).map(|()| None))
    }

    /// Replaces it; on disk when this returns.
    pub fn put_whole(&self, twice: &Twice, value: &(impl Serialize + ?Sized)) -> Result<()> {
        let json = serde_json::to_vec(value).map_err(|e| StoreError::Invalid(e.to_string()))?;
        twice.replace(&self.files, &self.dir, &json)
    }
}
