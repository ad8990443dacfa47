//! Who asks, and which of their requests were seen.

use super::frame::From;
use crate::access::Principal;
use rand::TryRng;
use rand::rngs::SysRng;
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// Sessions at a time; beyond it the one goes that was silent longest.
const MOST: usize = 64;
/// A session that was silent for so long is over.
const SILENT: Duration = Duration::from_secs(600);
/// Numbers of requests that are remembered; older ones count as seen.
const REMEMBERED: usize = 1024;

/// One requester, since it said hello.
pub struct Session {
    pub from: From,
    pub principal: Principal,
    heard: Instant,
    /// All numbers up to here are seen.
    floor: u64,
    seen: BTreeSet<u64>,
}

impl Session {
    /// Whether this number is seen for the first time; it is seen from now on.
    pub fn is_new(&mut self, request: u64) -> bool {
        if request <= self.floor || !self.seen.insert(request) {
            return false;
        }
        while self.seen.len() > REMEMBERED {
            self.floor = self.seen.pop_first().unwrap_or(self.floor);
        }
        true
    }
}

/// All sessions, by their names.
#[derive(Default)]
pub struct Sessions(HashMap<String, Session>);

impl Sessions {
    /// Begins one; its name. `None`: the system gives no random numbers.
    pub fn begin(&mut self, from: From, principal: Principal, now: Instant) -> Option<String> {
        let mut name = [0; 16];
        SysRng.try_fill_bytes(&mut name).ok()?;
        let name = hex::encode(name);
        self.0.retain(|_, session| now.saturating_duration_since(session.heard) < SILENT);
        while self.0.len() >= MOST {
            let oldest = self.0.iter().min_by_key(|(_, session)| session.heard).map(|(name, _)| name.clone())?;
            self.0.remove(&oldest);
        }
        self.0.insert(name.clone(), Session { from, principal, heard: now, floor: 0, seen: BTreeSet::new() });
        Some(name)
    }

    /// The session of this name, which is this requester's; heard of now. `None`: there is none (any more), or whoever it
    /// was may not come in any more.
    pub fn of(&mut self, name: &str, from: &From, now: Instant) -> Option<&mut Session> {
        let session = self.0.get(name)?;
        let over = now.saturating_duration_since(session.heard) >= SILENT || session.principal.revoked.is_cancelled();
        if over || session.from != *from {
            if over {
                self.0.remove(name);
            }
            return None;
        }
        let session = self.0.get_mut(name)?;
        session.heard = now;
        Some(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TokenId;

    fn from(reply: &str) -> From {
        From { token: TokenId::new(), reply: reply.into() }
    }

    fn begin(sessions: &mut Sessions, from: &From, now: Instant) -> Option<String> {
        sessions.begin(from.clone(), Principal::local(), now)
    }

    #[test]
    fn a_number_counts_once_in_whatever_order_they_come() {
        let (mut sessions, me, now) = (Sessions::default(), from("me"), Instant::now());
        let name = begin(&mut sessions, &me, now).unwrap();
        let session = sessions.of(&name, &me, now).unwrap();
        assert!(
            session.is_new(2) && session.is_new(1) && !session.is_new(2) && !session.is_new(1) && !session.is_new(0)
        );
        assert!((3..3000).all(|number| session.is_new(number)));
        assert!(!session.is_new(5) && !session.is_new(2999), "what is forgotten counts as seen");
    }

    #[test]
    fn a_session_is_of_one_requester_for_as_long_as_it_speaks_and_may_come_in() {
        let (mut sessions, me, now) = (Sessions::default(), from("me"), Instant::now());
        let name = begin(&mut sessions, &me, now).unwrap();
        assert!(sessions.of(&name, &from("me"), now).is_none(), "another token");
        assert!(sessions.of("other", &me, now).is_none());
        assert!(sessions.of(&name, &me, now + SILENT / 2).is_some());
        assert!(sessions.of(&name, &me, now + SILENT).is_some(), "it was heard of meanwhile");
        assert!(sessions.of(&name, &me, now + SILENT * 3).is_none());
        let name = begin(&mut sessions, &me, now).unwrap();
        sessions.of(&name, &me, now).unwrap().principal.revoked.cancel();
        assert!(sessions.of(&name, &me, now).is_none());
    }

    #[test]
    fn there_are_so_many_and_the_silent_go_first() {
        let (mut sessions, now) = (Sessions::default(), Instant::now());
        let all: Vec<_> = (0..=MOST as u64)
            .map(|at| {
                let me = from(&format!("r{at}"));
                (begin(&mut sessions, &me, now + Duration::from_secs(at)).unwrap(), me)
            })
            .collect();
        let there: Vec<bool> = all.iter().map(|(name, me)| sessions.of(name, me, now).is_some()).collect();
        assert!(!there[0] && there[1..].iter().all(|there| *there));
    }
}
