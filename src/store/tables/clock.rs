//! What is known of the clock, and of the times that it told while it was not believed.

use crate::clock::{BOOT, Change, Judge, Look};
use crate::domain::{self, Stamp};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Boots in which it was not believed are remembered, so many.
const BOOTS: usize = 1000;

/// How long it takes at most until somebody looks at it.
const A_MOMENT: i64 = 2_000;

/// A boot of the machine in which the clock was not believed for a while, or believed while no time server had set it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    boot: String,
    /// What is added to the milliseconds since boot to have the time; `None`: it never learned that.
    offset: Option<i64>,
    /// Since when, in milliseconds since boot, that is in doubt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doubted: Option<i64>,
    /// Whether the offset is what a time server said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    vouched: bool,
}

/// The judge, and what came of it. Oldest boots first.
#[derive(Debug)]
pub struct Clock {
    judge: Judge,
    boots: Vec<Boot>,
    /// Not on disk yet.
    changed: bool,
    untold: VecDeque<Change>,
}

impl Clock {
    /// With the boots of `clock.json`.
    pub fn new(boots: Vec<Boot>, look: Look) -> Self {
        let known = boots.iter().find(|known| known.boot == *BOOT);
        let known = known.and_then(|known| Some((known.offset?, known.vouched)));
        let judge = Judge::new(look, known);
        let mut clock = Self { judge, boots, changed: false, untold: VecDeque::new() };
        clock.untold.extend(clock.judge.doubt(look).map(Change::Unsure));
        clock.remember(look);
        clock
    }

    /// Looks at it.
    pub fn look(&mut self, look: Look) {
        let vouched = self.judge.vouched();
        let change = self.judge.look(look);
        if change.is_some() || self.judge.vouched() != vouched {
            self.remember(look);
        }
        self.untold.extend(change);
    }

    fn remember(&mut self, look: Look) {
        let own = self.boots.iter_mut().find(|known| known.boot == *BOOT);
        // What was told a moment before it was found out is in doubt as well.
        let since = look.since_boot - A_MOMENT;
        let (boot, vouched) = (BOOT.clone(), self.judge.vouched());
        match (own, self.judge.believed()) {
            // It was right all the time.
            (None, Some(_)) if vouched => return,
            // Nothing is mended by that; another start of the program will see whether it was set meanwhile.
            (None, Some(offset)) => self.boots.push(Boot { boot, offset: Some(offset), doubted: None, vouched }),
            (None, None) => {
                self.boots.push(Boot { boot, offset: self.judge.before(), doubted: Some(since), vouched });
            }
            // What was told before keeps its time.
            (Some(own), None) => {
                own.doubted.get_or_insert(since);
            }
            (Some(own), Some(offset)) => (own.offset, own.doubted, own.vouched) = (Some(offset), None, vouched),
        }
        let old = self.boots.len().saturating_sub(BOOTS);
        self.boots.drain(..old);
        self.changed = true;
    }

    /// What is to be told of it.
    pub fn next(&mut self) -> Option<Change> {
        self.untold.pop_front()
    }

    /// Why it is not believed, in words.
    pub fn doubt(&self, look: Look) -> Option<String> {
        self.judge.doubt(look)
    }

    /// By which a time that was told a moment ago can be mended, where the clock was not believed.
    pub fn stamp(&mut self, time: Timestamp, look: Look) -> Option<Stamp> {
        self.look(look);
        let (at, believed) = self.judge.stamp(time, look)?;
        Some(Stamp { boot: BOOT.clone(), at, believed })
    }

    /// The time that goes with a stamp, as far as it is known by now.
    pub fn time(&self, told: Timestamp, stamp: Option<&Stamp>) -> (Timestamp, Option<domain::Clock>) {
        let Some(stamp) = stamp else { return (told, None) };
        let known = self.boots.iter().rev().find(|known| known.boot == stamp.boot);
        // What was believed is mended by nothing but what a time server said.
        if stamp.believed && !known.is_some_and(|known| known.vouched && known.doubted.is_none()) {
            return (told, None);
        }
        let known = known.filter(|known| known.doubted.is_none_or(|since| stamp.at < since));
        let offset = known.and_then(|known| known.offset);
        let mended = offset.and_then(|offset| Timestamp::from_millisecond(stamp.at + offset).ok());
        mended.map_or((told, Some(domain::Clock::Unsure)), |time| (time, None))
    }

    /// What is to be written, where it changed.
    pub fn unwritten(&mut self) -> Option<Vec<Boot>> {
        std::mem::take(&mut self.changed).then(|| self.boots.clone())
    }

    /// It could not be written.
    pub fn give_back(&mut self) {
        self.changed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::EARLIEST;

    #[test]
    fn what_was_told_in_this_boot_is_mended_and_what_was_in_one_before_stays_unsure() {
        let now = (EARLIEST + 86_400) * 1000;
        let at = |since_boot, offset| Look { wall: since_boot + offset, since_boot, synchronised: false };
        let time = |milliseconds| Timestamp::from_millisecond(milliseconds).unwrap();
        let unsure = Some(domain::Clock::Unsure);
        let before = Stamp { boot: "another".into(), at: 7_000, believed: false };
        let mut clock = Clock::new(
            vec![Boot { boot: "another".into(), offset: None, doubted: None, vouched: false }],
            at(5_000, 0),
        );
        assert!(matches!(clock.next(), Some(Change::Unsure(_))));
        let stamp = clock.stamp(time(6_000), at(6_500, 0)).unwrap();
        assert_eq!(clock.time(time(6_000), Some(&stamp)), (time(6_000), unsure));
        let boots = clock.unwritten().unwrap();
        // The program is started again in the same boot, and the clock is set meanwhile.
        let mut clock = Clock::new(boots, at(9_000, now));
        assert_eq!(clock.time(time(6_000), Some(&stamp)), (time(6_000 + now), None));
        assert_eq!(clock.time(time(7_000), Some(&before)), (time(7_000), unsure));
        assert_eq!(clock.time(time(1), None), (time(1), None), "what nobody doubted");
        assert!(clock.unwritten().is_some() && clock.unwritten().is_none() && clock.next().is_none());
        // Set by a year: what was told before keeps its time, what is told from now on is in doubt.
        let year = 365 * 86_400_000;
        let later = clock.stamp(time(20_500 + now + year), at(20_600, now + year)).unwrap();
        assert_eq!(clock.time(time(6_000), Some(&stamp)), (time(6_000 + now), None));
        assert_eq!(clock.time(time(20_500 + now + year), Some(&later)), (time(20_500 + now + year), unsure));
        clock.look(at(30_000, now));
        assert_eq!(clock.time(time(20_500 + now + year), Some(&later)), (time(20_500 + now), None), "it is back");
    }

    #[test]
    fn what_was_believed_until_a_time_server_said_otherwise_is_mended_by_that_and_by_nothing_else() {
        let (now, day) = ((EARLIEST + 86_400 * 30) * 1000, 86_400_000);
        let at = |since_boot, offset| Look { wall: since_boot + offset, since_boot, synchronised: false };
        let told = |since_boot, offset| Look { synchronised: true, ..at(since_boot, offset) };
        let time = |milliseconds| Timestamp::from_millisecond(milliseconds).unwrap();
        let (taken, right) = (time(6_000 + now), (time(6_000 + now + 3 * day), None));
        let begun = || {
            let mut clock = Clock::new(vec![], at(5_000, now));
            let stamp = clock.stamp(taken, at(6_500, now)).unwrap();
            assert_eq!(
                (clock.time(taken, Some(&stamp)), clock.next()),
                ((taken, None), None),
                "nobody is told of a doubt"
            );
            (clock, stamp)
        };
        let (mut clock, stamp) = begun();
        clock.look(told(8_000, now + 3 * day));
        assert_eq!((clock.time(taken, Some(&stamp)), clock.next()), (right, None));
        // It is remembered, also where it came while the program was not running.
        let boots = clock.unwritten().unwrap();
        assert_eq!(Clock::new(boots, told(9_000, now + 3 * day)).time(taken, Some(&stamp)), right);
        let (mut clock, stamp) = begun();
        assert_eq!(Clock::new(clock.unwritten().unwrap(), told(9_000, now + 3 * day)).time(taken, Some(&stamp)), right);
        // Somebody sets it: what was told before keeps its time.
        let (mut clock, stamp) = begun();
        clock.look(at(8_000, now + 3 * day));
        assert_eq!(clock.time(taken, Some(&stamp)), (taken, None));
        clock.look(at(1_000_000, now + 3 * day));
        assert_eq!(clock.time(taken, Some(&stamp)), (taken, None));
        // A boot of which nothing is known any more.
        assert_eq!(Clock::new(vec![], at(5_000, now)).time(taken, Some(&stamp)), (taken, None));
    }
}
