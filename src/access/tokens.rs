//! Who may come in: the tokens as they are stored, each with what ends its streams.

use super::secret::{Hash, stand_in};
use crate::domain::{Role, Stamp, Token, TokenId};
use crate::store::StoredToken;
use jiff::Timestamp;
use std::collections::HashMap;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// All tokens.
#[derive(Default)]
pub struct Tokens {
    all: Vec<StoredToken>,
    /// By the hash of the secret.
    live: HashMap<Hash, Live>,
}

/// A token in use.
#[derive(Clone)]
pub struct Live {
    pub token: Token,
    /// By which whoever knows its secret alone names it.
    pub stand_in: TokenId,
    /// Since when, at the longest since the daemon runs: the clock may have been in 1970 when it was made.
    pub known: Instant,
    pub revoked: CancellationToken,
}

impl Tokens {
    /// Takes over what is stored; one whose hash can't be read lets nobody in.
    pub fn of(all: Vec<StoredToken>) -> Self {
        let mut tokens = Self::default();
        for stored in all {
            match Hash::from_hex(&stored.hash) {
                Some(hash) => tokens.insert(stored, hash),
                None => tracing::error!(token = %stored.token.name, "the hash of a token can't be read"),
            }
        }
        tokens
    }

    /// As they are to be stored with this one more.
    pub fn with(&self, token: StoredToken) -> Vec<StoredToken> {
        let mut all = self.all.clone();
        all.push(token);
        all
    }

    /// As they are to be stored without this one; `None` where it is not there.
    pub fn without(&self, id: TokenId) -> Option<Vec<StoredToken>> {
        let rest: Vec<_> = self.all.iter().filter(|stored| stored.token.id != id).cloned().collect();
        (rest.len() < self.all.len()).then_some(rest)
    }

    /// What is stored by now; the streams of those that are gone end.
    pub fn replace(&mut self, all: Vec<StoredToken>) {
        let mut next = Self::default();
        for stored in all {
            let Some(hash) = Hash::from_hex(&stored.hash) else { continue };
            match self.live.remove(&hash) {
                Some(live) => {
                    next.live.insert(hash, Live { token: stored.token.clone(), ..live });
                    next.all.push(stored);
                }
                None => next.insert(stored, hash),
            }
        }
        for gone in self.live.values() {
            gone.revoked.cancel();
        }
        *self = next;
    }

    fn insert(&mut self, stored: StoredToken, hash: Hash) {
        self.live.insert(
            hash,
            Live {
                token: stored.token.clone(),
                stand_in: stand_in(hash.bytes()),
                known: Instant::now(),
                revoked: CancellationToken::new(),
            },
        );
        self.all.push(stored);
    }

    /// The token with the secret of this hash. How long it takes to find tells nothing of the secret.
    pub fn find(&self, hash: &Hash) -> Option<&Live> {
        self.live.get(hash)
    }

    /// The token of this id, or for which this stands ([`stand_in`]), and the hash of its secret.
    pub fn named(&self, id: TokenId) -> Option<(&Hash, &Live)> {
        self.live.iter().find(|(_, live)| live.token.id == id || live.stand_in == id)
    }

    /// Notes that it was used, in memory.
    pub fn seen(&mut self, id: TokenId, now: Timestamp, stamp: Option<&Stamp>) {
        for stored in self.all.iter_mut().filter(|stored| stored.token.id == id) {
            stored.stamps.seen = stamp.cloned();
        }
        let tokens = self.all.iter_mut().map(|s| &mut s.token).chain(self.live.values_mut().map(|l| &mut l.token));
        for token in tokens.filter(|token| token.id == id) {
            token.seen = Some(now);
        }
    }

    /// As they are to be stored without those that this tells of.
    pub fn retain(&self, keep: impl Fn(&Live) -> bool) -> Vec<StoredToken> {
        let live = |stored: &StoredToken| self.live.get(&Hash::from_hex(&stored.hash)?);
        self.all.iter().filter(|stored| live(stored).is_none_or(&keep)).cloned().collect()
    }

    pub fn list(&self) -> Vec<StoredToken> {
        self.all.clone()
    }

    pub fn has(&self, id: TokenId) -> bool {
        self.all.iter().any(|stored| stored.token.id == id)
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn have(&self, role: Role) -> bool {
        self.all.iter().any(|stored| stored.token.role == role)
    }
}
