//! Invitations that wait for somebody. In memory only: a restart voids them.

use super::secret::{self, Hash};
use crate::domain::{InvitationId, Role, TokenId, limits};
use crate::moment::Moment;
use jiff::Timestamp;
use std::time::{Duration, Instant};

/// Whom to let in.
#[derive(Clone, Debug, PartialEq)]
pub struct Invitation {
    pub role: Role,
    /// Whose token it will be; without, the phone says what it is.
    pub name: Option<String>,
    /// How long the code lets somebody in.
    pub minutes: u32,
}

/// An invitation, and the code that goes with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Invited {
    pub id: InvitationId,
    /// To be shown: `K7QF-3M9T`.
    pub code: String,
    pub role: Role,
    pub name: Option<String>,
    pub expires: Timestamp,
}

/// An invitation that waits; its code is known to nobody but those who were shown it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = OpenPairing)]
pub struct OpenInvitation {
    pub id: InvitationId,
    pub role: Role,
    pub name: Option<String>,
    /// The token of whoever made it; null where it was made at the device itself.
    pub by: Option<TokenId>,
    #[schema(value_type = String, format = DateTime)]
    pub expires: Timestamp,
}

/// All that wait.
#[derive(Default)]
pub struct Codes(Vec<Waiting>);

/// One that waits.
pub struct Waiting {
    id: InvitationId,
    code: Hash,
    pub role: Role,
    pub name: Option<String>,
    /// Whose invitation it is, where they came in by a token.
    by: Option<TokenId>,
    until: Moment,
}

impl Codes {
    /// `None`: too many wait already.
    pub fn add(&mut self, invitation: Invitation, by: Option<TokenId>, now: Instant) -> Option<Invited> {
        self.0.retain(|waiting| !waiting.until.is_over(now));
        if self.0.len() >= limits::INVITATIONS {
            return None;
        }
        let lasts = Duration::from_secs(60 * u64::from(invitation.minutes));
        let (id, code) = (InvitationId::new(), secret::code());
        let Invitation { role, name, .. } = invitation;
        let hash = Hash::of(&secret::normal(&code));
        let until = Moment::of(now + lasts);
        let expires = until.told();
        self.0.push(Waiting { id, code: hash, role, name: name.clone(), by, until });
        Some(Invited { id, code, role, name, expires })
    }

    /// Those that still wait, oldest first.
    pub fn waiting(&self, now: Instant) -> Vec<OpenInvitation> {
        let open = self.0.iter().filter(|waiting| !waiting.until.is_over(now));
        open.map(|w| OpenInvitation { id: w.id, role: w.role, name: w.name.clone(), by: w.by, expires: w.until.told() })
            .collect()
    }

    /// Voids what somebody made who is not to come in any more.
    pub fn void_of(&mut self, by: TokenId) {
        self.0.retain(|waiting| waiting.by != Some(by));
    }

    /// The invitation of this code, which is used up by it. Looks at all of them, whichever it is.
    pub fn take(&mut self, typed: &str, now: Instant) -> Option<Waiting> {
        let typed = Hash::of(&secret::normal(typed));
        let mut found = None;
        for (at, waiting) in self.0.iter().enumerate() {
            if waiting.code.same(&typed) {
                found = Some(at);
            }
        }
        Some(self.0.swap_remove(found?)).filter(|waiting| !waiting.until.is_over(now))
    }

    /// Voids an invitation; whether there was one.
    pub fn void(&mut self, id: InvitationId) -> bool {
        let before = self.0.len();
        self.0.retain(|waiting| waiting.id != id);
        self.0.len() < before
    }

    /// Puts back what was taken, where what it was taken for failed.
    pub fn put_back(&mut self, waiting: Waiting) {
        self.0.push(waiting);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labeller(minutes: u32) -> Invitation {
        Invitation { role: Role::Labeller, name: None, minutes }
    }

    #[test]
    fn a_code_lets_one_in_once_and_in_time() {
        let (mut codes, now) = (Codes::default(), Instant::now());
        let invited = codes.add(labeller(10), None, now).unwrap();
        let take = |codes: &mut Codes, typed: &str, now| codes.take(typed, now).map(|w| w.role);
        assert_eq!(take(&mut codes, "0000-0000", now), None);
        let late = now + Duration::from_secs(600);
        let typed = invited.code.to_lowercase().replace('-', " ");
        assert_eq!(take(&mut codes, &typed, now + Duration::from_secs(599)), Some(Role::Labeller));
        assert_eq!(take(&mut codes, &invited.code, now), None, "used");
        let invited = codes.add(labeller(10), None, now).unwrap();
        assert_eq!(take(&mut codes, &invited.code, late), None, "expired");
        let invited = codes.add(labeller(10), None, now).unwrap();
        assert!(codes.void(invited.id) && !codes.void(invited.id));
        assert_eq!(take(&mut codes, &invited.code, now), None, "void");
    }

    #[test]
    fn an_invitation_goes_with_whoever_made_it() {
        let (mut codes, now) = (Codes::default(), Instant::now());
        let (evil, other) = (TokenId::new(), TokenId::new());
        let void = codes.add(labeller(10), Some(evil), now).unwrap();
        let good = codes.add(labeller(10), Some(other), now).unwrap();
        codes.void_of(evil);
        assert_eq!(codes.waiting(now).iter().map(|w| w.id).collect::<Vec<_>>(), [good.id]);
        assert!(codes.take(&void.code, now).is_none() && codes.take(&good.code, now).is_some());
    }

    #[test]
    fn only_so_many_wait_and_what_expired_makes_room() {
        let (mut codes, now) = (Codes::default(), Instant::now());
        for _ in 0..limits::INVITATIONS {
            codes.add(labeller(1), None, now).unwrap();
        }
        assert_eq!(codes.add(labeller(1), None, now), None);
        assert!(codes.add(labeller(1), None, now + Duration::from_secs(60)).is_some());
    }
}
