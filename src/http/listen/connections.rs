//! All connections, and which of them gives way when there are too many: strangers that wait, first come first; never
//! one that is answering somebody known.

use crate::access::network;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// A connection brings its first request within this time, and the head of every other one too.
pub const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Between two requests it may rest so long.
const RESTS: Duration = Duration::from_secs(75);

/// How many connections there may be at the same time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub all: usize,
    /// Of one address; of IPv6, of one /64.
    pub each: usize,
}

/// All connections of a listener.
#[derive(Debug)]
pub struct Connections {
    limits: Limits,
    all: Mutex<All>,
}

#[derive(Debug, Default)]
struct All {
    next: u64,
    /// By age.
    open: BTreeMap<u64, Arc<Connection>>,
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    from: Option<IpAddr>,
    state: Mutex<State>,
    closed: CancellationToken,
}

#[derive(Debug)]
struct State {
    /// Requests that are being answered.
    busy: usize,
    /// Whether it brought a request at all.
    asked: bool,
    /// Whether it brought a request of somebody known.
    known: bool,
    /// Since when it rests.
    since: Instant,
}

/// A connection that is let in; leaves with this.
pub struct Admitted {
    connections: Arc<Connections>,
    number: u64,
    pub connection: Arc<Connection>,
}

/// A request that is being answered.
pub struct Busy(Arc<Connection>);

impl Connections {
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, all: Mutex::default() })
    }

    /// Lets a connection in; where there are too many, of that address or in all, another one of these closes for it.
    /// `from`: the address of whoever connects, `None` where many come by the same one. `None`: all are busy with people
    /// who are known.
    pub fn admit(self: &Arc<Self>, from: Option<IpAddr>) -> Option<Admitted> {
        let (mut all, from) = (self.all.lock(), from.map(network));
        let own = |connection: &Connection| connection.from == from;
        if from.is_some() && all.open.values().filter(|c| own(c)).count() >= self.limits.each {
            all.make_room(own)?;
        }
        if all.open.len() >= self.limits.all {
            all.make_room(|_| true)?;
        }
        let number = all.next;
        all.next += 1;
        let connection = Arc::new(Connection { from, ..Connection::default() });
        all.open.insert(number, Arc::clone(&connection));
        Some(Admitted { connections: Arc::clone(self), number, connection })
    }

    /// Closes all of them, answers under way included.
    pub fn close(&self) {
        self.all.lock().open.values().for_each(|connection| connection.closed.cancel());
    }
}

impl All {
    /// Closes that one of these which gives way first.
    fn make_room(&mut self, of: impl Fn(&Connection) -> bool) -> Option<()> {
        let these = self.open.iter().filter(|(_, connection)| of(connection));
        let number = *these.filter_map(|(n, c)| Some((c.gives_way()?, n))).min()?.1;
        let gone = self.open.remove(&number)?;
        gone.closed.cancel();
        Some(())
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.connections.all.lock().open.remove(&self.number);
    }
}

impl Default for Connection {
    fn default() -> Self {
        let state = State { busy: 0, asked: false, known: false, since: Instant::now() };
        Self { from: None, state: Mutex::new(state), closed: CancellationToken::new() }
    }
}

impl Connection {
    /// A request begins.
    pub fn begin(self: &Arc<Self>) -> Busy {
        let mut state = self.state.lock();
        state.busy += 1;
        state.asked = true;
        Busy(Arc::clone(self))
    }

    /// Somebody known is at the other end.
    pub fn know(&self) {
        self.state.lock().known = true;
    }

    /// Until it is closed to make room, or at the end.
    pub async fn closed(&self) {
        self.closed.cancelled().await;
    }

    /// Until it has rested for too long.
    pub async fn rested(&self) {
        loop {
            let left = self.patience(Instant::now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }

    /// How long it may still rest.
    fn patience(&self, now: Instant) -> Duration {
        let state = self.state.lock();
        let may = if state.asked { RESTS } else { HEAD_WITHIN };
        if state.busy > 0 { may } else { may.saturating_sub(now.saturating_duration_since(state.since)) }
    }

    /// The smaller, the earlier it gives way; `None` where it does not.
    fn gives_way(&self) -> Option<u8> {
        let State { busy, known, .. } = *self.state.lock();
        match (known, busy > 0) {
            (false, false) => Some(0),
            (false, true) => Some(1),
            (true, false) => Some(2),
            (true, true) => None,
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.busy -= 1;
        state.since = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_that_wait_give_way_first_and_the_oldest_of_them() {
        let connections = Connections::new(Limits { all: 4, each: 4 });
        let all: Vec<_> = (0..4).map(|_| connections.admit(None).unwrap()).collect();
        let closed = || all.iter().map(|a| a.connection.closed.is_cancelled()).collect::<Vec<_>>();
        all[0].connection.know();
        let _busy = all[1].connection.begin();
        let _more: Vec<_> = (0..1).map(|_| connections.admit(None).unwrap()).collect();
        assert_eq!(closed(), [false, false, true, false], "the older of two that wait");
    }

    #[test]
    fn nobody_who_is_known_and_answered_gives_way() {
        let connections = Connections::new(Limits { all: 2, each: 2 });
        let all: Vec<_> = (0..2).map(|_| connections.admit(None).unwrap()).collect();
        all.iter().for_each(|a| a.connection.know());
        let busy: Vec<_> = all.iter().map(|a| a.connection.begin()).collect();
        assert!(connections.admit(None).is_none());
        drop(busy);
        assert!(connections.admit(None).is_some(), "one that rests does");
        drop(all);
        assert!(connections.all.lock().open.is_empty());
    }

    #[test]
    fn an_address_has_its_share_and_its_own_give_way_to_it() {
        let connections = Connections::new(Limits { all: 9, each: 2 });
        let from = |text: &str| connections.admit(Some(text.parse().unwrap()));
        let other = from("10.0.0.2").unwrap();
        let own = [from("2001:db8::1").unwrap(), from("2001:db8::2").unwrap()];
        let third = from("2001:db8::3").unwrap();
        let closed = |admitted: &Admitted| admitted.connection.closed.is_cancelled();
        assert_eq!([&own[0], &own[1], &third, &other].map(closed), [true, false, false, false], "one network");
        [&own[1], &third].iter().for_each(|admitted| admitted.connection.know());
        let _busy = [&own[1], &third].map(|admitted| admitted.connection.begin());
        assert!(from("2001:db8::4").is_none(), "both are busy with people who are known");
        assert!(from("10.0.0.3").is_some(), "others come in");
        let many: Vec<_> = (0..6).map(|_| connections.admit(None)).collect();
        assert!(many.iter().all(Option::is_some), "an address that many share has no share of its own");
    }

    #[test]
    fn patience_is_short_before_the_first_request_and_does_not_end_in_the_middle_of_one() {
        let connection = Arc::new(Connection::default());
        let now = Instant::now();
        assert!(connection.patience(now) <= HEAD_WITHIN);
        assert!(connection.patience(now + HEAD_WITHIN + HEAD_WITHIN).is_zero());
        let busy = connection.begin();
        assert_eq!(connection.patience(now + Duration::from_secs(3600)), RESTS);
        drop(busy);
        assert!(!connection.patience(Instant::now() + HEAD_WITHIN).is_zero());
        assert!(connection.patience(Instant::now() + RESTS).is_zero());
    }
}
