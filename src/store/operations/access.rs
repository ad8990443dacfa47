//! Who may come in: the tokens with the hashes of their secrets, one file, replaced as a whole. So a token is there or
//! it is not, whenever the power goes.

use crate::domain::Token;
use crate::store::core::Core;
use crate::store::error::Result;
use crate::store::record;
use serde::{Deserialize, Serialize};

/// A token as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredToken {
    #[serde(flatten)]
    pub token: Token,
    /// SHA-256 of the secret, in hex: whoever reads the disk can't come in with it.
    pub hash: String,
}

impl Core {
    /// All tokens. A damaged file lets nobody in: the device is as one without tokens.
    pub fn tokens(&self) -> Result<Vec<StoredToken>> {
        Ok(self.whole("access", record::ACCESS, "nobody is known")?.unwrap_or_default())
    }

    /// Replaces all tokens; on disk when it returns.
    pub fn put_tokens(&self, tokens: &[StoredToken]) -> Result<()> {
        self.put_whole("access", record::ACCESS, tokens)
    }
}
