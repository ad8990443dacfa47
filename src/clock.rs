//! Whether the wall clock can be believed. A device without a battery boots in 1970 and learns the time minutes later, if a
//! network ever tells it; somebody may set it by years, and back.
//!
//! It is judged by the clock that nobody sets (since boot), beside which it must go at the same pace:
//!
//! - Before this program was written it is wrong for sure.
//! - Where it leaves that time it is right: somebody has set it.
//! - Where it is set from one possible time to another, nobody knows which was right: it is not believed until it has gone
//!   on like that for ten minutes, or is back at where it was.
//! - Where a time server has set it for the first time in this boot it is right, and what it told before in this boot was off
//!   by as much: a device without a battery begins with the time at which it was switched off.
//!
//! That no time server ever did is no reason for doubt: most devices in a field have none, and theirs is right all the same.

use jiff::{SignedDuration, Timestamp};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Before this, 2026-11-01, the clock is wrong for sure: this program was not written then. Seconds since 1970.
pub const EARLIEST: i64 = 1_793_491_200;
/// By less than this every clock is put right now and then.
const SET: i64 = 60_000;
/// After so long another time is believed.
const SETTLED: i64 = 600_000;
/// What was told within this time was told by the clock as it is, or was until it was set.
const A_MOMENT: std::ops::RangeInclusive<i64> = -2_000..=120_000;

/// Which boot of the machine this is.
pub static BOOT: LazyLock<String> = LazyLock::new(|| {
    let told = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    match told.trim() {
        // Then it is one for each start of the program.
        "" => uuid::Uuid::new_v4().to_string(),
        boot => boot.to_owned(),
    }
});

/// Where systemd-timesyncd says that a server has told it the time, in this boot.
const SYNCHRONISED: &str = "/run/systemd/timesync/synchronized";
/// Whether somebody heard the same of the kernel, to which chrony and ntpd say it.
static HEARD: AtomicBool = AtomicBool::new(false);

/// A time server has set the clock in this boot, says whoever asked the kernel.
pub fn hear_of_server() {
    HEARD.store(true, Ordering::Relaxed);
}

/// Both clocks at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Milliseconds since 1970.
    pub wall: i64,
    /// Milliseconds since boot.
    pub since_boot: i64,
    /// Whether a time server has set the clock in this boot, as far as is known.
    pub synchronised: bool,
}

impl Look {
    pub fn now() -> Self {
        let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let since_boot = since.tv_sec * 1000 + since.tv_nsec / 1_000_000;
        // Asked first: where it is set in between, that is seen at the next look.
        let synchronised = HEARD.load(Ordering::Relaxed) || std::path::Path::new(SYNCHRONISED).exists();
        Self { wall: Timestamp::now().as_millisecond(), since_boot, synchronised }
    }

    fn offset(self) -> i64 {
        self.wall - self.since_boot
    }
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is not believed any more, in words.
    Unsure(String),
    /// It is believed again, in words.
    Sure(String),
}

/// Judges it, look by look.
#[derive(Debug)]
pub struct Judge {
    /// What it shows, less the time since boot, in milliseconds.
    offset: i64,
    /// The same of when it was not believed last.
    doubted: Option<i64>,
    doubt: Option<Doubt>,
    /// Whether a time server has set it in this boot.
    vouched: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    Early,
    /// It was believed with this offset, and was set at this time since boot.
    Set {
        before: i64,
        since: i64,
    },
}

impl Judge {
    /// `known`: the offset at which it was believed before in this boot, and whether a time server had set it then.
    pub fn new(look: Look, known: Option<(i64, bool)>) -> Self {
        let (offset, vouched) = known.unwrap_or((look.offset(), look.synchronised));
        let mut judge = Self { offset, doubted: None, doubt: None, vouched };
        judge.look(look);
        judge
    }

    /// Why it is not believed, in words; `None`: it is.
    pub fn doubt(&self, look: Look) -> Option<String> {
        let shown = shown(look);
        Some(match self.doubt? {
            Doubt::Early => format!(
                "the clock shows {shown}, when this program was not written yet: what happens is marked `clock: unsure` until \
                 the clock is set"
            ),
            Doubt::Set { before, .. } => format!(
                "the clock was set by {} and shows {shown}: what happens is marked `clock: unsure` until it has gone on like \
                 that for {} minutes, or is set back",
                span(self.offset - before),
                SETTLED / 60_000
            ),
        })
    }

    /// The offset at which it is believed.
    pub fn believed(&self) -> Option<i64> {
        self.doubt.is_none().then_some(self.offset)
    }

    /// Whether a time server has set it in this boot.
    pub fn vouched(&self) -> bool {
        self.vouched
    }

    /// The offset at which it was believed until it was set.
    pub fn before(&self) -> Option<i64> {
        match self.doubt {
            Some(Doubt::Set { before, .. }) => Some(before),
            _ => None,
        }
    }

    /// Looks at it; what changed.
    pub fn look(&mut self, look: Look) -> Option<Change> {
        let (was, offset) = (self.doubt, look.offset());
        let set = (offset - self.offset).abs() >= SET;
        let before = std::mem::replace(&mut self.offset, offset);
        let early = look.wall < EARLIEST * 1000;
        let told_by_server = look.synchronised && !self.vouched && !early;
        self.vouched |= told_by_server;
        self.doubt = match was {
            _ if early => Some(Doubt::Early),
            _ if told_by_server => None,
            Some(Doubt::Early) => None,
            Some(Doubt::Set { before, .. }) if (offset - before).abs() < SET => None,
            Some(Doubt::Set { before, .. }) if set => Some(Doubt::Set { before, since: look.since_boot }),
            Some(Doubt::Set { since, .. }) if look.since_boot - since >= SETTLED => None,
            None if set => Some(Doubt::Set { before, since: look.since_boot }),
            doubt => doubt,
        };
        match self.doubt {
            Some(_) => self.doubted = Some(offset),
            // It was wrong, though nobody doubted it.
            None if told_by_server && set && was.is_none() => self.doubted = Some(before),
            // It was right.
            None if self.doubted.is_some_and(|doubted| (doubted - offset).abs() < SET) => self.doubted = None,
            None => {}
        }
        match (was.is_some(), self.doubt) {
            (false, Some(_)) => self.doubt(look).map(Change::Unsure),
            (true, None) => Some(Change::Sure(format!(
                "the clock is believed again and shows {}: what happened meanwhile, in this boot of the machine, has its time now",
                shown(look)
            ))),
            _ => None,
        }
    }

    /// When this was, in milliseconds since boot, and whether the clock was believed, where it was told by the clock a moment
    /// ago and may be mended later.
    pub fn stamp(&self, time: Timestamp, look: Look) -> Option<(i64, bool)> {
        let at = |offset: i64| {
            let at = time.as_millisecond() - offset;
            A_MOMENT.contains(&(look.since_boot - at)).then_some(at)
        };
        let doubted = self.doubted.and_then(at).map(|at| (at, false));
        let believed = self.believed().filter(|_| !self.vouched).and_then(at).map(|at| (at, true));
        doubted.or(believed)
    }
}

fn shown(look: Look) -> String {
    Timestamp::from_millisecond(look.wall)
        .map_or_else(|_| "no time".to_owned(), |t| t.strftime("%F %T UTC").to_string())
}

/// In the unit that fits.
fn span(milliseconds: i64) -> String {
    let sign = if milliseconds < 0 { "-" } else { "+" };
    let seconds = SignedDuration::from_millis(milliseconds.saturating_abs()).as_secs();
    match seconds {
        ..7_200 => format!("{sign}{} minutes", seconds / 60),
        7_200..172_800 => format!("{sign}{} hours", seconds / 3600),
        _ => format!("{sign}{} days", seconds / 86400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = (EARLIEST + 86400 * 30) * 1000;
    const HOUR: i64 = 3_600_000;

    /// At this time since boot it shows this, by an offset.
    fn at(since_boot: i64, offset: i64) -> Look {
        Look { wall: since_boot + offset, since_boot, synchronised: false }
    }

    /// The same, and a time server has set it.
    fn told(since_boot: i64, offset: i64) -> Look {
        Look { synchronised: true, ..at(since_boot, offset) }
    }

    #[test]
    fn one_that_was_never_set_is_not_believed_until_it_is() {
        let mut judge = Judge::new(at(5_000, 0), None);
        assert!(judge.doubt(at(5_000, 0)).unwrap().contains("shows 1970-01-01 00:00:05 UTC"));
        assert_eq!((judge.look(at(60_000, 0)), judge.believed()), (None, None));
        let taken = time(59_000);
        assert_eq!(judge.stamp(taken, at(60_000, 0)), Some((59_000, false)));
        assert!(matches!(judge.look(at(61_000, NOW)), Some(Change::Sure(_))));
        assert_eq!(judge.believed(), Some(NOW));
        // It was taken before, and is stored now.
        assert_eq!(judge.stamp(taken, at(61_000, NOW)), Some((59_000, false)));
        assert_eq!(judge.stamp(time(61_000 + NOW), at(61_000, NOW)), Some((61_000, true)), "no server has said so");
        assert_eq!(judge.stamp(time(5_000 + NOW), at(610_000, NOW)), None, "of another clock");
    }

    #[test]
    fn one_that_is_set_from_one_time_to_another_is_believed_after_a_while_or_once_it_is_back() {
        let mut judge = Judge::new(at(0, NOW), None);
        // As NTP does it, by a second now and then.
        assert_eq!(judge.look(at(10_000, NOW + 1_000)), None);
        let told = judge.look(at(20_000, NOW + 48 * HOUR));
        assert!(matches!(&told, Some(Change::Unsure(why)) if why.contains("+47 hours")), "{told:?}");
        assert!(judge.believed().is_none());
        assert!(matches!(judge.look(at(30_000, NOW)), Some(Change::Sure(_))), "it is back");
        assert!(matches!(judge.look(at(40_000, NOW - HOUR)), Some(Change::Unsure(why)) if why.contains("-60 minutes")));
        assert_eq!(judge.look(at(40_000 + SETTLED - 1, NOW - HOUR)), None);
        assert!(matches!(judge.look(at(40_000 + SETTLED, NOW - HOUR)), Some(Change::Sure(_))));
        // Set again while it is not believed: it begins anew.
        judge.look(at(2 * SETTLED, NOW));
        assert_eq!(judge.look(at(2 * SETTLED + 500_000, NOW + 2 * HOUR)), None);
        assert_eq!(judge.look(at(3 * SETTLED + 1_000, NOW + 2 * HOUR)), None);
        assert!(matches!(judge.look(at(3 * SETTLED + 500_000, NOW + 2 * HOUR)), Some(Change::Sure(_))));
        assert!(matches!(judge.look(at(5 * SETTLED, 0)), Some(Change::Unsure(why)) if why.contains("not written")));
    }

    #[test]
    fn a_start_of_the_program_knows_what_was_believed_in_this_boot() {
        assert!(Judge::new(at(5_000, NOW), Some((NOW + 500, false))).believed().is_some());
        assert!(Judge::new(at(5_000, NOW), Some((NOW + HOUR, false))).believed().is_none());
        assert!(Judge::new(at(5_000, NOW), None).believed().is_some());
    }

    #[test]
    fn what_a_time_server_says_is_right_and_what_was_told_before_it_was_not() {
        // Off for three days: it begins with the time at which it was switched off.
        let mut judge = Judge::new(at(5_000, NOW - 72 * HOUR), None);
        let before = time(9_000 + NOW - 72 * HOUR);
        assert_eq!(
            judge.stamp(before, at(9_000, NOW - 72 * HOUR)),
            Some((9_000, true)),
            "believed, and yet to be mended"
        );
        assert_eq!((judge.look(told(10_000, NOW)), judge.vouched()), (None, true), "no reason for doubt");
        assert_eq!(judge.stamp(before, told(10_000, NOW)), Some((9_000, false)), "told before, stored now");
        assert_eq!(judge.stamp(time(10_000 + NOW), told(10_000, NOW)), None, "nothing will mend that");
        // Somebody sets it afterwards: whoever that is, the server does not say it.
        assert!(matches!(judge.look(told(20_000, NOW - 72 * HOUR)), Some(Change::Unsure(_))));
        // The server's word comes a look later than its time.
        let mut judge = Judge::new(at(5_000, NOW), None);
        assert!(matches!(judge.look(at(6_000, NOW + HOUR)), Some(Change::Unsure(_))));
        assert!(matches!(judge.look(told(7_000, NOW + HOUR)), Some(Change::Sure(_))));
        // Put right by seconds, or from the beginning: nothing to mend.
        let mut judge = Judge::new(at(5_000, NOW), None);
        assert_eq!((judge.look(told(6_000, NOW + 700)), judge.doubted), (None, None));
        assert!(Judge::new(told(5_000, NOW), None).vouched());
        // While the program was not running.
        assert!(Judge::new(told(5_000, NOW), Some((NOW - HOUR, false))).believed().is_some());
        assert!(Judge::new(told(5_000, NOW), Some((NOW - HOUR, true))).believed().is_none());
    }

    fn time(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    #[test]
    fn both_clocks_of_this_machine_are_read() {
        let look = Look::now();
        assert!(look.wall > 0 && look.since_boot > 0 && !BOOT.is_empty());
        assert!(Look::now().since_boot >= look.since_boot);
    }
}
