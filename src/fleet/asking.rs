//! Devices asked through the broker: a requester for each that has a token here, made when it is first needed.

use super::keep::KeptToken;
use crate::access;
use crate::domain::Role;
use crate::remote::{From, Key, LARGEST, RemoteError, Requester};
use bytes::Bytes;
use parking_lot::Mutex;
use serde::Deserialize;
use std::collections::HashMap;
use tokio::sync::mpsc;

/// Messages to one device that wait.
const WAITING: usize = 16;
/// Bytes of an answer to the question who we are.
const ME: usize = 16_000;

/// All requesters of this server.
pub struct Asking {
    /// The last level of the topic of the answers: the same for all devices.
    reply: String,
    /// Messages, with the devices that they are for.
    out: mpsc::Sender<(String, Bytes)>,
    all: Mutex<Devices>,
}

#[derive(Default)]
struct Devices {
    tokens: HashMap<String, KeptToken>,
    requesters: HashMap<String, Requester>,
    /// Tokens that are being tried.
    tried: HashMap<String, Requester>,
    /// Bytes of a message that the broker takes.
    limit: Option<usize>,
}

/// Why a token is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Untaken {
    #[error("another token of this device is being tried; ask again in a moment")]
    Busy,
    #[error(transparent)]
    Remote(#[from] RemoteError),
    #[error("the device gives no answer that can be understood when it is asked whose token this is: {0}")]
    Odd(String),
}

/// What a device says of whoever asks: `GET /api/v1/me` has more.
#[derive(Deserialize)]
struct Me {
    role: Role,
}

impl Asking {
    /// With the tokens that are kept.
    pub fn new(reply: String, out: mpsc::Sender<(String, Bytes)>, tokens: Vec<(String, KeptToken)>) -> Self {
        let all = Devices { tokens: tokens.into_iter().collect(), ..Devices::default() };
        Self { reply, out, all: Mutex::new(all) }
    }

    /// The last level of the topic of the answers.
    pub fn reply(&self) -> &str {
        &self.reply
    }

    /// The role of the token of this device; `None` where there is no token.
    pub fn role(&self, device: &str) -> Option<Role> {
        self.all.lock().tokens.get(device).map(|token| token.role)
    }

    /// The broker takes packets of so many bytes.
    pub fn connected(&self, most: usize) {
        let mut all = self.all.lock();
        let limit = most.min(LARGEST);
        if all.limit != Some(limit) {
            all.limit = Some(limit);
            // Made anew with it; what is under way keeps its own.
            all.requesters.clear();
        }
    }

    /// An answer of a device.
    pub fn hear(&self, device: &str, message: &Bytes) {
        let all = self.all.lock();
        let both = [all.requesters.get(device), all.tried.get(device)].map(|one| one.cloned());
        drop(all);
        // Each takes what is for it: it is proven by the token.
        both.into_iter().flatten().for_each(|one| one.hear(message.clone()));
    }

    /// Who asks this device; `None` where there is no token.
    pub fn requester(&self, device: &str) -> Option<Requester> {
        let mut all = self.all.lock();
        if let Some(known) = all.requesters.get(device) {
            return Some(known.clone());
        }
        let token = all.tokens.get(device)?;
        let mut hash = [0; 32];
        hex::decode_to_slice(&token.hash, &mut hash).ok()?;
        let from = From { token: token.token, reply: self.reply.clone() };
        let limit = all.limit.unwrap_or(LARGEST);
        let made = Requester::new(from, Key::derive(&hash, device), self.way(device), limit);
        all.requesters.insert(device.to_owned(), made.clone());
        Some(made)
    }

    /// The way of messages to one device.
    fn way(&self, device: &str) -> mpsc::Sender<Bytes> {
        let (go, mut going) = mpsc::channel(WAITING);
        let (out, device) = (self.out.clone(), device.to_owned());
        // Ends with the requester.
        tokio::spawn(async move {
            while let Some(message) = going.recv().await {
                if out.send((device.clone(), message)).await.is_err() {
                    return;
                }
            }
        });
        go
    }

    /// Asks the device whose token this is: what is to be kept of one that it knows.
    pub async fn prove(&self, device: &str, secret: &str) -> Result<KeptToken, Untaken> {
        let hash = access::hash_of(secret);
        let hash_text = hex::encode(hash);
        let token = access::stand_in(&hash);
        let known = self.all.lock().tokens.get(device).is_some_and(|known| known.hash == hash_text);
        // The same token twice would hear the answers of both.
        let trial = match known.then(|| self.requester(device)).flatten() {
            Some(known) => Trial { asking: self, device: None, requester: known },
            None => self.trial(device, From { token, reply: self.reply.clone() }, &hash)?,
        };
        let (status, body) = trial.requester.get("/api/v1/me", ME).await?;
        let said = || String::from_utf8_lossy(&body).chars().filter(|c| !c.is_control()).take(200).collect::<String>();
        if status != 200 {
            return Err(Untaken::Odd(format!("{status}: {}", said())));
        }
        let me: Me = serde_json::from_slice(&body).map_err(|error| Untaken::Odd(format!("{error}: {}", said())))?;
        Ok(KeptToken { token, hash: hash_text, role: me.role })
    }

    fn trial(&self, device: &str, from: From, hash: &[u8; 32]) -> Result<Trial<'_>, Untaken> {
        let mut all = self.all.lock();
        if all.tried.contains_key(device) {
            return Err(Untaken::Busy);
        }
        let limit = all.limit.unwrap_or(LARGEST);
        let requester = Requester::new(from, Key::derive(hash, device), self.way(device), limit);
        all.tried.insert(device.to_owned(), requester.clone());
        Ok(Trial { asking: self, device: Some(device.to_owned()), requester })
    }

    /// This token is the device's from now on; `None`: it has none.
    pub fn set(&self, device: &str, token: Option<KeptToken>) {
        let mut all = self.all.lock();
        all.requesters.remove(device);
        match token {
            Some(token) => drop(all.tokens.insert(device.to_owned(), token)),
            None => drop(all.tokens.remove(device)),
        }
    }
}

/// A token that is being tried; until this is dropped.
struct Trial<'a> {
    asking: &'a Asking,
    device: Option<String>,
    requester: Requester,
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if let Some(device) = &self.device {
            self.asking.all.lock().tried.remove(device);
        }
    }
}
