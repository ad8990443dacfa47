//! Who may come in: the tokens with the hashes of their secrets, one file, replaced as a whole. So a token is there or
//! it is not, whenever the power goes.

use crate::domain::{Stamp, Token};
use crate::store::core::Core;
use crate::store::error::Result;
use crate::store::twice;
use serde::{Deserialize, Serialize};

/// A token as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredToken {
    #[serde(flatten)]
    pub token: Token,
    /// SHA-256 of the secret, in hex: whoever reads the disk can't come in with it.
    pub hash: String,
    #[serde(default, skip_serializing_if = "TokenStamps::is_empty")]
    pub stamps: TokenStamps,
}

/// By which its times are mended, where the clock was not believed: the first phone comes before the first network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TokenStamps {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Stamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Stamp>,
}

impl TokenStamps {
    fn is_empty(&self) -> bool {
        self.made.is_none() && self.seen.is_none()
    }
}

impl Core {
    /// All tokens. Where the file and its copy are damaged nobody comes in: the device is as one without tokens.
    pub fn tokens(&self) -> Result<Vec<StoredToken>> {
        Ok(self.whole(&twice::ACCESS)?.unwrap_or_default())
    }

    /// With its times as they are known by now.
    pub fn token_now(&self, StoredToken { token, stamps, .. }: &StoredToken) -> Token {
        let (made, clock) = self.time(token.made, stamps.made.as_ref());
        let seen = token.seen.map(|seen| self.time(seen, stamps.seen.as_ref()));
        let clock = clock.or(seen.and_then(|(_, clock)| clock));
        Token { made, seen: seen.map(|(seen, _)| seen), clock, ..token.clone() }
    }

    /// Replaces all tokens; on disk when it returns.
    pub fn put_tokens(&self, tokens: &[StoredToken]) -> Result<()> {
        self.put_whole(&twice::ACCESS, tokens)
    }
}
