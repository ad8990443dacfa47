//! Access as the doors reach it.

use super::codes::{Codes, Invitation, Invited, OpenInvitation};
use super::guesses::{Guesses, Verdict};
use super::pace::{Pace, Payer};
use super::secret::{self, Hash};
use super::tokens::{Live, Tokens};
use crate::domain::{
    AuditEntry, Event, FleetEvent, FleetEventKind, InvitationId, Role, Token, TokenId, TokenVia, Who, limits, name,
};
use crate::events::Events;
use crate::store::{Store, StoreError, StoredToken, TokenStamps};
use jiff::{SignedDuration, Timestamp};
use parking_lot::{Mutex, RwLock};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// A token of a pairing whose phone has never used it goes after this time: its answer got lost.
pub const UNCLAIMED: Duration = Duration::from_secs(15 * 60);
/// How often the last use of a token is written down.
const SEEN_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Handle; clones share it. What changes something blocks: it is on disk when it returns.
#[derive(Clone)]
pub struct Access(Arc<Inner>);

struct Inner {
    store: Store,
    events: Events,
    tokens: RwLock<Tokens>,
    /// One change at a time; held while it is written.
    changing: Mutex<()>,
    /// Whether what is on disk lets in somebody who was revoked, or does not know when somebody came last.
    unwritten: AtomicBool,
    codes: Mutex<Codes>,
    guesses: Mutex<Guesses>,
    pace: Pace,
}

/// Somebody who may come in.
#[derive(Clone, Debug)]
pub struct Principal {
    pub who: Who,
    pub role: Role,
    /// Cancelled when the token is revoked.
    pub revoked: CancellationToken,
}

impl Principal {
    /// Somebody at the device itself: nothing of theirs can be revoked.
    pub fn local() -> Self {
        Self { who: Who::local(), role: Role::Admin, revoked: CancellationToken::new() }
    }

    /// Somebody who reads the metrics, from an address that the configuration allows to.
    pub fn scraper(address: Option<IpAddr>) -> Self {
        Self { who: Who::stranger(address), role: Role::Viewer, revoked: CancellationToken::new() }
    }
}

/// A token, and its secret: told once.
#[derive(Clone, Debug)]
pub struct Paired {
    pub secret: String,
    pub token: Token,
}

/// Why somebody was not let in, or a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("this code is wrong, was used already or has expired; ask for a new one")]
    WrongCode,
    #[error("too many wrong codes came from this address; wait {} seconds, then try again", .0.as_secs().max(1))]
    Wait(Duration),
    #[error("your own token was removed meanwhile")]
    Removed,
    #[error("{0}")]
    Invalid(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Access {
    /// Opens what is stored. Error: the store can't be read.
    pub fn open(store: Store, events: Events) -> Result<Self, StoreError> {
        let tokens = RwLock::new(Tokens::of(store.tokens()?));
        let (changing, unwritten, codes, guesses, pace) = Default::default();
        Ok(Self(Arc::new(Inner { store, events, tokens, changing, unwritten, codes, guesses, pace })))
    }

    /// Makes a code that lets somebody in.
    pub fn invite(&self, invitation: Invitation, by: &Who) -> Result<Invited, AccessError> {
        let invitation = Invitation { name: invitation.name.map(sound).transpose()?, ..invitation };
        limits::within("minutes", invitation.minutes, &limits::INVITATION_MINUTES).map_err(AccessError::Invalid)?;
        let invited = {
            // In this order: whoever is removed from here on has this code voided.
            let mut codes = self.0.codes.lock();
            self.still_in(by)?;
            codes.add(invitation, by.token, Instant::now())
        };
        let invited = invited.ok_or_else(|| {
            AccessError::Store(StoreError::Conflict(format!(
                "{} codes wait for somebody already; let one of them expire",
                limits::INVITATIONS
            )))
        })?;
        let about = format!("{} {}", invited.role, invited.name.as_deref().unwrap_or_default());
        self.note(by, "made a pairing code", about.trim_end());
        Ok(invited)
    }

    /// The codes that wait for somebody.
    pub fn invitations(&self) -> Vec<OpenInvitation> {
        self.0.codes.lock().waiting(Instant::now())
    }

    /// Voids a code that waits; whether there was one.
    pub fn void(&self, id: InvitationId) -> bool {
        self.0.codes.lock().void(id)
    }

    /// Lets in whoever has a code: makes a token. `called`: the name of the token where the invitation has none.
    /// `address`: whose wrong codes are counted; `None` at the device itself, where they are not.
    pub fn pair(&self, code: &str, called: Option<String>, address: Option<IpAddr>) -> Result<Paired, AccessError> {
        let (inner, now) = (&*self.0, Instant::now());
        if let Some(wait) = address.and_then(|address| inner.guesses.lock().waits(address, now)) {
            return Err(AccessError::Wait(wait));
        }
        let called = called.map(sound).transpose()?;
        let Some(waiting) = inner.codes.lock().take(code, now) else { return Err(self.wrong(address, now)) };
        let called = waiting.name.clone().or(called).unwrap_or_else(|| "a phone".to_owned());
        match self.make(called, waiting.role, TokenVia::Pairing, &Who::stranger(address)) {
            Ok(paired) => {
                self.note(&Who::with(&paired.token, address), "paired", paired.token.role.to_string());
                Ok(paired)
            }
            // A full disk must not use up the code.
            Err(error) => {
                inner.codes.lock().put_back(waiting);
                Err(error)
            }
        }
    }

    fn wrong(&self, address: Option<IpAddr>, now: Instant) -> AccessError {
        let Some(address) = address else { return AccessError::WrongCode };
        match self.0.guesses.lock().wrong(address, now) {
            Verdict::Wrong => AccessError::WrongCode,
            Verdict::Locked(wait) => {
                let told = format!("ten wrong pairing codes came from {address}; it waits {} s", wait.as_secs());
                tracing::warn!("{told}");
                self.0.events.publish(Event::Fleet(FleetEvent::new(FleetEventKind::PairingLocked, told)));
                self.note(&Who::stranger(Some(address)), "gave ten wrong pairing codes", "");
                AccessError::Wait(wait)
            }
        }
    }

    /// Makes a token for a script.
    pub fn add_token(&self, called: String, role: Role, by: &Who) -> Result<Paired, AccessError> {
        let paired = self.make(sound(called)?, role, TokenVia::Command, by)?;
        self.note(by, "made a token", format!("{} {}", paired.token.role, paired.token.name));
        Ok(paired)
    }

    /// A request may have been let in a moment before its token was removed: it must leave nothing behind.
    fn still_in(&self, by: &Who) -> Result<(), AccessError> {
        match by.token {
            Some(id) if !self.0.tokens.read().has(id) => Err(AccessError::Removed),
            _ => Ok(()),
        }
    }

    fn make(&self, name: String, role: Role, via: TokenVia, by: &Who) -> Result<Paired, AccessError> {
        let _turn = self.0.changing.lock();
        self.still_in(by)?;
        if self.0.tokens.read().len() >= limits::TOKENS {
            let text = format!("there are {} tokens already; remove some that nobody uses", limits::TOKENS);
            return Err(StoreError::Conflict(text).into());
        }
        let name = own(name, &self.0.tokens.read().list());
        let secret = secret::token();
        let made = Timestamp::now();
        let token = Token { id: TokenId::new(), name, role, made, seen: None, clock: None, via };
        let stamps = TokenStamps { made: self.0.store.stamp(made), seen: None };
        let stored = StoredToken { token, hash: Hash::of(&secret).to_hex(), stamps };
        let token = self.0.store.token_now(&stored);
        let next = self.0.tokens.read().with(stored);
        self.0.store.put_tokens(&next)?;
        self.0.tokens.write().replace(next);
        Ok(Paired { secret, token })
    }

    /// Revokes a token: it lets nobody in any more, its streams end, and the codes that it made are void; all that even
    /// where the disk takes nothing, which is then the error, and is tried again.
    pub fn remove_token(&self, id: TokenId, by: &Who) -> Result<(), AccessError> {
        let turn = self.0.changing.lock();
        let (list, next) = {
            let tokens = self.0.tokens.read();
            (tokens.list(), tokens.without(id))
        };
        let next = next.ok_or_else(|| StoreError::NotFound { what: "token", id: id.to_string() })?;
        self.0.tokens.write().replace(next.clone());
        self.0.codes.lock().void_of(id);
        let written = self.0.store.put_tokens(&next);
        self.0.unwritten.store(written.is_err(), Ordering::Relaxed);
        drop(turn);
        let gone = list.into_iter().find(|stored| stored.token.id == id);
        self.note(
            by,
            "removed a token",
            gone.map(|s| format!("{} {}", s.token.role, s.token.name)).unwrap_or_default(),
        );
        written.map_err(|error| match error {
            StoreError::Full(why) => StoreError::Full(format!(
                "the token lets nobody in from now on, but that could not be written down, and a restart would forget \
                 it ({why}); it is tried again by itself"
            )),
            error => error,
        })?;
        Ok(())
    }

    /// All tokens, in the order they were made.
    pub fn tokens(&self) -> Vec<Token> {
        let stored = self.0.tokens.read().list();
        stored.iter().map(|stored| self.0.store.token_now(stored)).collect()
    }

    /// Whether anybody with a token is an admin: else the device makes the first one a code by itself.
    pub fn have_admin(&self) -> bool {
        self.0.tokens.read().have(Role::Admin)
    }

    /// Whose secret this is. That it was used is written down soon, to the hour; nobody waits for that.
    pub fn recognise(&self, secret: &str, address: Option<IpAddr>) -> Option<Principal> {
        let hash = Hash::of(secret);
        let live = self.0.tokens.read().find(&hash).cloned()?;
        self.see(&hash, &live.token);
        let who = Who::with(&live.token, address);
        Some(Principal { who, role: live.token.role, revoked: live.revoked })
    }

    /// Whose token this is, and the SHA-256 of its secret: for whoever proves that they have the secret, and does not send
    /// it.
    pub fn known(&self, token: TokenId) -> Option<(Principal, [u8; 32])> {
        let (hash, live) = self.0.tokens.read().named(token).map(|(hash, live)| (*hash, live.clone()))?;
        let who = Who::with(&live.token, None);
        Some((Principal { who, role: live.token.role, revoked: live.revoked }, *hash.bytes()))
    }

    /// A token that [`Access::known`] told of was used.
    pub fn used(&self, token: TokenId) {
        let found = self.0.tokens.read().named(token).map(|(hash, live)| (*hash, live.token.clone()));
        if let Some((hash, token)) = found {
            self.see(&hash, &token);
        }
    }

    /// Notes that a token was used, where that is due; it is written down soon, and nobody waits for the disk.
    fn see(&self, hash: &Hash, token: &Token) {
        let now = Timestamp::now();
        let due = |token: &Token| token.seen.is_none_or(|seen| now.duration_since(seen).abs() >= SEEN_EVERY);
        if !due(token) {
            return;
        }
        // Somebody changes something: another request does it.
        let Some(_turn) = self.0.changing.try_lock() else { return };
        // A page asks for many things at once: the first of them has done it.
        if !self.0.tokens.read().find(hash).is_some_and(|live| due(&live.token)) {
            return;
        }
        let stamp = self.0.store.stamp(now);
        self.0.tokens.write().seen(token.id, now, stamp.as_ref());
        self.0.unwritten.store(true, Ordering::Relaxed);
    }

    /// Takes one request from the account of a payer, or says how long it has to wait.
    pub fn pay(&self, payer: Payer) -> Result<(), Duration> {
        self.0.pace.pay(payer)
    }

    /// Removes tokens of pairings whose phone never came back, as long as the daemon has run; writes down what was
    /// not yet.
    pub fn tidy(&self, now: Instant) -> Result<(), StoreError> {
        let _turn = self.0.changing.lock();
        let claimed = |live: &Live| {
            live.token.via == TokenVia::Command
                || live.token.seen.is_some()
                || now.saturating_duration_since(live.known) < UNCLAIMED
        };
        let next = self.0.tokens.read().retain(claimed);
        if next.len() < self.0.tokens.read().len() || self.0.unwritten.load(Ordering::Relaxed) {
            self.0.store.put_tokens(&next)?;
            self.0.unwritten.store(false, Ordering::Relaxed);
            self.0.tokens.write().replace(next);
        }
        Ok(())
    }

    /// Writes down what somebody did, and tells the doors. A log that can't be written stops nobody.
    pub fn note(&self, who: &Who, what: impl Into<String>, about: impl Into<String>) {
        let entry = AuditEntry::new(who, what, about);
        tracing::info!("{}", entry.words());
        if let Err(error) = self.0.store.add_audit(entry.clone()) {
            tracing::error!(%error, "the audit log can't be written");
        }
        self.0.events.publish(Event::Audit(entry));
    }
}

/// Names that the audit log gives by itself.
const OURS: [&str; 4] = ["local", "console", "mqtt", "a stranger"];

/// A name as it is kept.
fn sound(text: String) -> Result<String, AccessError> {
    let text = name::spelled(text.trim());
    limits::within("the length of a name", text.chars().count(), &limits::TOKEN_NAME).map_err(AccessError::Invalid)?;
    name::check(&text).map_err(AccessError::Invalid)?;
    if OURS.contains(&text.to_lowercase().as_str()) {
        return Err(AccessError::Invalid(format!(
            "`{text}` is what the device calls somebody else; take another name"
        )));
    }
    Ok(text.into_owned())
}

/// The name, with a number behind it where others are called so already: who did what is told by it.
fn own(called: String, taken: &[StoredToken]) -> String {
    let is_free = |called: &str| {
        let lower = called.to_lowercase();
        !taken.iter().any(|stored| name::same(&stored.token.name.to_lowercase(), &lower))
    };
    let short: String = called.chars().take(*limits::TOKEN_NAME.end() - 8).collect();
    let numbered = (2..).map(|n| format!("{} ({n})", short.trim_end()));
    std::iter::once(called).chain(numbered).find(|called| is_free(called)).unwrap_or_default()
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
