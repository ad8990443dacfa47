//! Who may come in: the tokens with the hashes of their secrets, one file, replaced as a whole. So a token is there or
//! it is not, whenever the power goes.

use crate::domain::Token;
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::record::{self, HEADER};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A token as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredToken {
    #[serde(flatten)]
    pub token: Token,
    /// SHA-256 of the secret, in hex: whoever reads the disk can't come in with it.
    pub hash: String,
}

impl Core {
    fn access(&self) -> PathBuf {
        self.dir.join("access")
    }

    /// All tokens. A damaged file lets nobody in: it is moved aside, told, and the device is as one without tokens.
    pub fn tokens(&self) -> Result<Vec<StoredToken>> {
        let path = self.access();
        let Some(mut bytes) = self.files.read(&path)? else { return Ok(Vec::new()) };
        let read = record::verify(&bytes, record::ACCESS).map_err(|e| e.to_string()).and_then(|header| {
            let json = bytes.split_off(HEADER + header.meta_len as usize);
            serde_json::from_slice(&json).map_err(|e| e.to_string())
        });
        read.or_else(|why: String| {
            let aside = path.with_extension("damaged");
            tracing::error!(aside = %aside.display(), "{} can't be read, so nobody is known: {why}", path.display());
            self.files.rename(&path, &aside)?;
            Ok(Vec::new())
        })
    }

    /// Replaces all tokens; on disk when it returns.
    pub fn put_tokens(&self, tokens: &[StoredToken]) -> Result<()> {
        let json = serde_json::to_vec(tokens).map_err(|e| StoreError::Invalid(e.to_string()))?;
        self.files.replace(&self.access(), &record::encode(record::ACCESS, [0; 16], &[], &json)?)
    }
}
