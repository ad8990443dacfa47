//! Messages of both sides: a MAC of 32 bytes, the length of the head in two (the larger first), the head in JSON, the body.

use crate::domain::TokenId;
use bytes::{BufMut, Bytes, BytesMut};
use ring::hmac;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes of a message at most: so many are on their way at a time that the connection takes all of them.
pub const LARGEST: usize = 32_000;
/// Bytes of the head at most: a path, and headers.
const HEAD: usize = 16_000;
const MAC: usize = 32;
/// Characters of the last level of a reply's topic.
const REPLY: std::ops::RangeInclusive<usize> = 1..=64;

/// What both sides of a token know, and nobody in between: derived from the SHA-256 of its secret, which is all that the
/// device has of it.
#[derive(Clone)]
pub struct Key(hmac::Key);

/// Who sends a message. It goes into the MAC: what one side said can't be said by the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Requester = 1,
    Device = 2,
}

impl Key {
    /// `hash`: the SHA-256 of the token's secret. `device`: its id; a message to one device is none to another.
    pub fn derive(hash: &[u8; 32], device: &str) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, hash);
        let derived = hmac::sign(&root, format!("fieldcoach remote 1 {device}").as_bytes());
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// As whoever holds the secret knows it.
    pub fn of_secret(secret: &str, device: &str) -> Self {
        Self::derive(&Sha256::digest(secret.as_bytes()).into(), device)
    }

    fn mac(&self, side: Side, rest: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&[side as u8]);
        context.update(rest);
        context.sign()
    }
}

/// What a message says, beside its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Head {
    /// A requester begins. `salt` comes back in the welcome.
    Hello { salt: String },
    /// The session's name, which is new each time.
    Welcome { salt: String, session: String },
    /// A part of a request, from 0; the first says what is asked for.
    Ask {
        session: String,
        request: u64,
        part: u32,
        last: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<Asked>,
    },
    /// A part of the answer; the first says how it is.
    Answer {
        session: String,
        request: u64,
        part: u32,
        last: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<Answered>,
    },
    /// All parts below `next` have come.
    Got { session: String, request: u64, next: u32 },
    /// Nobody waits for the rest any more.
    Leave { session: String, request: u64 },
    /// There is no such session here (any more): begin anew.
    Stranger { session: String },
    /// There is no such token; without a MAC, as there is no key.
    Unknown,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
}

/// How it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    pub status: u16,
    pub headers: Vec<(String, String)>,
}

/// From whom a requester's message is, and where its answers go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct From {
    pub token: TokenId,
    /// The last level of the topic of its answers.
    pub reply: String,
}

impl From {
    /// Whether answers can go there: to one level of a topic, below the device's own.
    pub fn is_addressable(&self) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        REPLY.contains(&self.reply.len()) && self.reply.chars().all(plain)
    }
}

/// The head as it is written: a requester's says from whom it is.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    #[serde(flatten)]
    head: Head,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<From>,
}

/// A message that was read, and not proven.
#[derive(Debug)]
pub struct Sealed {
    pub head: Head,
    pub from: Option<From>,
    pub body: Bytes,
    whole: Bytes,
}

impl Sealed {
    /// `None`: it is none.
    pub fn read(whole: Bytes) -> Option<Self> {
        let length = usize::from(u16::from_be_bytes(whole.get(MAC..MAC + 2)?.try_into().ok()?));
        let end = MAC + 2 + length;
        if whole.len() > 2 * LARGEST {
            return None;
        }
        let Written { head, from } = serde_json::from_slice(whole.get(MAC + 2..end)?).ok()?;
        Some(Self { head, from, body: whole.slice(end..), whole })
    }

    /// What is said within one side.
    pub fn said(head: Head) -> Self {
        Self { head, from: None, body: Bytes::new(), whole: Bytes::new() }
    }

    /// Whether whoever has this key sent it, from that side.
    pub fn is_of(&self, key: &Key, side: Side) -> bool {
        let Some((mac, rest)) = self.whole.split_at_checked(MAC) else { return false };
        let mut context = Vec::with_capacity(rest.len() + 1);
        context.push(side as u8);
        context.extend_from_slice(rest);
        hmac::verify(&key.0, &context, mac).is_ok()
    }
}

/// A message as it is sent. Without a key its MAC is zero, and proves nothing.
pub fn seal(key: Option<(&Key, Side)>, head: &Head, from: Option<&From>, body: &[u8]) -> serde_json::Result<Bytes> {
    let written = serde_json::to_vec(&Written { head: head.clone(), from: from.cloned() })?;
    let length = u16::try_from(written.len()).ok().filter(|length| usize::from(*length) <= HEAD);
    let Some(length) = length else { return Err(serde::ser::Error::custom("the headers are too long")) };
    let mut whole = BytesMut::with_capacity(MAC + 2 + written.len() + body.len());
    whole.put_bytes(0, MAC);
    whole.put_u16(length);
    whole.put_slice(&written);
    whole.put_slice(body);
    if let Some((key, side)) = key {
        let mac = key.mac(side, &whole[MAC..]);
        whole[..MAC].copy_from_slice(mac.as_ref());
    }
    Ok(whole.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn from() -> From {
        From { token: TokenId::new(), reply: "r1".into() }
    }

    #[test]
    fn a_message_proves_who_sent_it_and_to_which_device() {
        let (key, from) = (Key::derive(&[7; 32], "cam-7"), from());
        let head = Head::Leave { session: "s".into(), request: 3 };
        let sent = seal(Some((&key, Side::Requester)), &head, Some(&from), b"body").unwrap();
        let read = Sealed::read(sent.clone()).unwrap();
        assert_eq!((&read.head, read.from.as_ref(), &read.body[..]), (&head, Some(&from), &b"body"[..]));
        assert!(read.is_of(&key, Side::Requester));
        assert!(!read.is_of(&key, Side::Device), "what one side said is not said by the other");
        assert!(!read.is_of(&Key::derive(&[7; 32], "cam-8"), Side::Requester));
        assert!(!read.is_of(&Key::derive(&[8; 32], "cam-7"), Side::Requester));
        for at in 0..sent.len() {
            let mut bytes = sent.to_vec();
            bytes[at] ^= 1;
            assert!(Sealed::read(bytes.into()).is_none_or(|read| !read.is_of(&key, Side::Requester)), "byte {at}");
        }
        let open = Sealed::read(seal(None, &Head::Unknown, None, b"").unwrap()).unwrap();
        assert!(open.head == Head::Unknown && !open.is_of(&key, Side::Device));
    }

    #[test]
    fn a_head_is_bounded() {
        let asked = Asked { method: "GET".into(), target: "x".repeat(HEAD), headers: Vec::new() };
        let head = Head::Ask { session: "s".into(), request: 1, part: 0, last: true, start: Some(asked) };
        assert!(seal(None, &head, None, b"").is_err());
    }

    #[test]
    fn answers_go_to_one_level_of_a_topic() {
        let of = |reply: &str| From { reply: reply.into(), ..from() }.is_addressable();
        assert!(of("r1") && of("fleet-7_a") && of(&"x".repeat(64)));
        for reply in ["", "a/b", "+", "#", "..", "ü", "a b", "a\0", &"x".repeat(65)] {
            assert!(!of(reply), "{reply}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_none(bytes: Vec<u8>) {
            if let Some(read) = Sealed::read(bytes.into()) {
                prop_assert!(!read.is_of(&Key::derive(&[7; 32], "cam-7"), Side::Requester));
            }
        }
    }
}
