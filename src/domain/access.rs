//! Who may come in, what they may do, and what they did.

use super::camera::CameraId;
use super::clock::Clock;
use super::id::{AuditId, TokenId};
use super::limits;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// What somebody may do; each may also do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Labels, captures, keeps categories, starts and cancels trainings.
    Labeller,
    /// Deploys, changes settings, lets others in, takes data sets out and in, deletes.
    Admin,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Labeller, Self::Admin];
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Viewer => "viewer",
            Self::Labeller => "labeller",
            Self::Admin => "admin",
        })
    }
}

impl FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|role| role.to_string() == text);
        found.ok_or_else(|| format!("`{text}` is no role; there are viewer, labeller and admin"))
    }
}

/// How a token came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenVia {
    /// A phone paired with a code.
    Pairing,
    /// Made for a script.
    Command,
}

/// What is known of a token; its secret is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Token {
    pub id: TokenId,
    /// Whose it is: 1 to 64 characters.
    pub name: String,
    pub role: Role,
    #[schema(value_type = String, format = DateTime)]
    pub made: Timestamp,
    /// When it was last used, to the hour; null before its first use.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub seen: Option<Timestamp>,
    /// `unsure` where the clock was not believed at one of these, and it is not known yet what it was; else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    pub via: TokenVia,
}

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The name of a token; or `local` (on loopback or the local socket), `console` (the daemon itself), `mqtt`.
    pub name: String,
    pub role: Option<Role>,
    pub token: Option<TokenId>,
    /// Where it comes from, where that is another machine.
    pub address: Option<IpAddr>,
}

impl Who {
    fn named(name: &str, role: Option<Role>) -> Self {
        Self { name: name.to_owned(), role, token: None, address: None }
    }

    /// Somebody at the device itself, or at the end of a tunnel to it.
    pub fn local() -> Self {
        Self::named("local", Some(Role::Admin))
    }

    /// The daemon, by itself.
    pub fn console() -> Self {
        Self::named("console", None)
    }

    /// Whoever may send commands on the broker.
    pub fn mqtt() -> Self {
        Self::named("mqtt", None)
    }

    /// Somebody with a token.
    pub fn with(token: &Token, address: Option<IpAddr>) -> Self {
        Self { name: token.name.clone(), role: Some(token.role), token: Some(token.id), address }
    }

    /// Nobody known, from this address.
    pub fn stranger(address: Option<IpAddr>) -> Self {
        Self { address, ..Self::named("a stranger", None) }
    }
}

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditEntry {
    pub id: AuditId,
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    /// `unsure` where the clock was not believed then, and it is not known yet what it was; else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// The name of a token; or `local`, `console`, `mqtt`, `a stranger`.
    pub who: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenId>,
    /// Where it came from, where that is another machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub address: Option<IpAddr>,
    /// In words: `deployed a model`.
    pub what: String,
    /// To which thing: a path, a name, or nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
}

impl AuditEntry {
    /// Something done now.
    pub fn new(who: &Who, what: impl Into<String>, about: impl Into<String>) -> Self {
        let Who { name, role, token, address } = who.clone();
        let (id, time) = (AuditId::new(), Timestamp::now());
        // So that the log is bounded in bytes too.
        let about = limits::short(about.into(), limits::AUDIT_ABOUT);
        Self { id, time, clock: None, who: name, role, token, address, what: what.into(), about }
    }

    /// What to say it is about, where something was done for this one of several cameras alone.
    pub fn about_at(about: impl fmt::Display, camera: Option<&CameraId>) -> String {
        camera.map_or_else(|| about.to_string(), |camera| format!("{about}?camera={camera}"))
    }

    /// In one line.
    pub fn words(&self) -> String {
        let Self { who, what, about, .. } = self;
        if about.is_empty() { format!("{who} {what}") } else { format!("{who} {what}: {about}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_those_before_it_may() {
        assert!(Role::Viewer < Role::Labeller && Role::Labeller < Role::Admin);
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.to_string());
        }
        assert!("boss".parse::<Role>().unwrap_err().contains("labeller"));
    }

    #[test]
    fn a_deed_in_one_line() {
        let who = Who::local();
        let long = AuditEntry::new(&who, "set", "ä".repeat(10_000)).about;
        assert_eq!(long.chars().count(), limits::AUDIT_ABOUT + 1, "bounded");
        assert_eq!(AuditEntry::new(&who, "rolled back", "").words(), "local rolled back");
        assert_eq!(AuditEntry::new(&who, "deployed a model", "/models/7").words(), "local deployed a model: /models/7");
        let door = "door".parse().unwrap();
        assert_eq!(AuditEntry::about_at("/models/7", Some(&door)), "/models/7?camera=door");
        assert_eq!(AuditEntry::about_at("/models/7", None), "/models/7");
    }
}
