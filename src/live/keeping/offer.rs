//! What the live loop sees in a look that may be worth keeping, and offers to the part that keeps.

use crate::domain::KeptFor;
use crate::live::seen::Seen;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Looks that wait to be decided on; while the disk is slow, what comes then is passed over.
const WAITING: usize = 4;
/// How often a look of a camera is offered, unless something happens: what is there now is there in a second, too.
const EVERY: Duration = Duration::from_secs(1);

/// A look that may be worth keeping.
pub struct Candidate {
    pub seen: Arc<Seen>,
    /// Why; `None`: it may look unlike what is labelled.
    pub why: Option<KeptFor>,
}

/// Offers looks, and never waits.
#[derive(Clone)]
pub struct Offers(SyncSender<Candidate>);

/// The loop's side, and that of the part that keeps.
pub fn offers() -> (Offers, Receiver<Candidate>) {
    let (sender, receiver) = sync_channel(WAITING);
    (Offers(sender), receiver)
}

impl Offers {
    fn offer(&self, seen: Arc<Seen>, why: Option<KeptFor>) {
        // Full: the next look may do as well.
        let _ = self.0.try_send(Candidate { seen, why });
    }
}

/// When a look of a camera was offered last.
#[derive(Debug, Default)]
pub struct Offering(Option<Instant>);

impl Offering {
    /// Offers a look at `now`, if it is time for one.
    pub fn offer(&mut self, offers: &Offers, now: Instant, seen: &Arc<Seen>, unsure: Option<KeptFor>) {
        if self.0.is_none_or(|last| now.saturating_duration_since(last) >= EVERY) {
            self.0 = Some(now);
            offers.offer(seen.clone(), unsure);
        }
    }

    /// Offers a look in which something happened, whatever was offered before.
    pub fn happened(&mut self, offers: &Offers, now: Instant, seen: Arc<Seen>, why: KeptFor) {
        self.0 = Some(now);
        offers.offer(seen, Some(why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::KeptFor::Flicker;
    use crate::live::seen::tests::{frame, seen};

    #[test]
    fn a_look_is_offered_once_a_second_and_one_in_which_something_happens_always() {
        let (offers, offered) = offers();
        let (mut offering, begun) = (Offering::default(), Instant::now());
        let frame = Arc::new(frame());
        let look = Arc::new(seen(&frame, vec![], vec![]));
        let take = || offered.try_iter().map(|candidate| candidate.why.is_some()).collect::<Vec<_>>();
        let after = |ms| begun + Duration::from_millis(ms);
        offering.offer(&offers, begun, &look, None);
        offering.offer(&offers, after(200), &look, None);
        assert_eq!(take(), [false]);
        let flicker = || Flicker { category: "cat".into() };
        offering.happened(&offers, after(400), look.clone(), flicker());
        offering.offer(&offers, after(1200), &look, None);
        offering.offer(&offers, after(1400), &look, None);
        assert_eq!(take(), [true, false]);
        (0..10).for_each(|_| offering.happened(&offers, begun, look.clone(), flicker()));
        assert_eq!(take().len(), WAITING, "it never waits");
    }
}
