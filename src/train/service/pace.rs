//! How far a training has come and how long it still takes: figures that never jump.
//!
//! Where minutes are given the clock says both. Else progress is the share of the work that is done; what is left is
//! reckoned from how fast the work of late went, and put right slowly, so that a countdown runs evenly.

use std::time::{Duration, Instant};

/// Share of the way from which on an estimate is worth telling.
const KNOWN_FROM: f32 = 0.01;
/// What a training is never beyond before it is done.
const ALMOST: f32 = 0.99;
/// Seconds in which an estimate that was wrong by some is put right by two thirds of it.
const PUT_RIGHT: f32 = 30.0;
/// Samples kept of the way so far; beyond it every second one goes.
const SAMPLES: usize = 256;

/// The clock of a training.
pub struct Pace {
    /// Seconds asked for.
    total: Option<f32>,
    /// Seconds that it has worked, waiting not counted, what was before a restart included where that is known.
    worked: f32,
    last: Instant,
    /// Seconds worked, and the share of the work that was done then.
    way: Vec<(f32, f32)>,
    left: Option<f32>,
    progress: f32,
    /// Where it began, or went on.
    from: f32,
}

impl Pace {
    /// Begins, or goes on after a restart at this progress (0 to 1).
    pub fn begin(minutes: Option<f32>, progress: f32) -> Self {
        let total = minutes.map(|m| m * 60.0);
        let worked = total.map_or(0.0, |total| total * progress);
        Self { total, worked, last: Instant::now(), way: vec![], left: None, progress, from: progress }
    }

    /// The work begins from the start again.
    pub fn begin_again(&mut self) {
        *self = Self::begin(self.total.map(|t| t / 60.0), 0.0);
    }

    /// Progress and seconds left, now that this share of the work (0 to 1) is done. Time in which it waits is not counted.
    pub fn tell(&mut self, way: f32, waiting: bool) -> (f32, Option<f32>) {
        let now = Instant::now();
        let passed = now.saturating_duration_since(self.last);
        self.last = now;
        self.after(passed, way, waiting)
    }

    /// The same after this much time.
    fn after(&mut self, passed: Duration, way: f32, waiting: bool) -> (f32, Option<f32>) {
        let passed = if waiting { 0.0 } else { passed.as_secs_f32() };
        self.worked += passed;
        // One that goes on after a restart prepares anew, and has come as far as before.
        let way = if way.is_finite() { way.clamp(self.from, 1.0) } else { self.from };
        if !waiting {
            self.sample(way);
        }
        let (progress, left) = match self.total {
            Some(total) if self.worked <= total || way > ALMOST => {
                (self.worked / total, Some((total - self.worked).max(0.0)))
            }
            _ => (way, self.reckoned(way)),
        };
        self.progress = self.progress.max(progress.min(ALMOST));
        self.left = match (self.left, left) {
            (Some(told), Some(left)) if self.total.is_none() => {
                let told = (told - passed).max(0.0);
                Some(told + (left - told) * (1.0 - (-passed / PUT_RIGHT).exp()))
            }
            (told, None) => told.map(|told| (told - passed).max(0.0)),
            (_, left) => left,
        };
        (self.progress, self.left)
    }

    /// What is left at the speed of the later half of the time so far.
    fn reckoned(&self, way: f32) -> Option<f32> {
        let from = self.way.partition_point(|(at, _)| *at <= self.worked / 2.0).saturating_sub(1);
        let (at, before) = *self.way.get(from)?;
        let (took, done) = (self.worked - at, way - before);
        (done >= KNOWN_FROM).then(|| took * (1.0 - way) / done)
    }

    fn sample(&mut self, way: f32) {
        self.way.push((self.worked, way));
        if self.way.len() > SAMPLES {
            let mut n = 0;
            self.way.retain(|_| {
                n += 1;
                n % 2 == 1
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(500);

    #[test]
    fn with_minutes_the_clock_says_both() {
        let mut pace = Pace::begin(Some(2.0), 0.0);
        let mut before = (0.0, 120.0);
        // However unevenly the work goes, and while nothing is heard of it.
        for n in 1..=238 {
            let (progress, left) = pace.after(TICK, if n < 100 { 0.02 } else { 0.9 }, false);
            let left = left.unwrap();
            assert!(progress >= before.0 && (before.1 - left - 0.5).abs() < 1e-2, "{progress} {left} after {before:?}");
            before = (progress, left);
        }
        assert!((before.0 - 0.99).abs() < 0.01 && before.1 < 1.1, "{before:?}");
        assert_eq!(pace.after(TICK * 20, 0.995, false), (ALMOST, Some(0.0)), "never done before it is");
    }

    #[test]
    fn work_that_takes_longer_than_asked_for_is_reckoned() {
        let mut pace = Pace::begin(Some(0.5), 0.0);
        let mut told = (0.0, None);
        for n in 1..=120 {
            told = pace.after(TICK, n as f32 / 240.0, false);
        }
        assert!((told.1.unwrap() - 60.0).abs() < 2.0, "half of the work took a minute: {told:?}");
    }

    #[test]
    fn without_minutes_the_countdown_runs_evenly_though_the_work_does_not() {
        let mut pace = Pace::begin(None, 0.0);
        let (mut way, mut before) = (0.0, (0.0, None::<f32>));
        for n in 0..400 {
            // Epochs of ten seconds, after each of which nothing is heard for three.
            way += if n % 26 < 20 { 0.0018 } else { 0.0 };
            let (progress, left) = pace.after(TICK, way, false);
            assert!(progress >= before.0);
            if let (Some(left), Some(told), true) = (left, before.1, n > 60) {
                assert!((told - left - 0.5).abs() < 1.5, "{left} after {told}");
            }
            before = (progress, left);
        }
        let truly = (1.0 - way) / 0.0018 * 26.0 / 20.0 * 0.5;
        assert!((before.1.unwrap() / truly - 1.0).abs() < 0.15, "{before:?}, truly {truly}");
    }

    #[test]
    fn waiting_takes_nothing_from_the_minutes_and_a_restart_goes_on() {
        let mut pace = Pace::begin(Some(1.0), 0.5);
        assert_eq!(pace.after(TICK * 100, 0.0, true), (0.5, Some(30.0)));
        let mut pace = Pace::begin(None, 0.5);
        assert_eq!(pace.after(TICK, 0.01, false).0, 0.5);
        pace.after(TICK * 20, 0.6, false);
        let left = pace.after(TICK, 0.61, false).1.unwrap();
        assert!(left < 60.0, "what was done before the restart is not taken for speed: {left}");
        pace.begin_again();
        assert_eq!(pace.after(TICK, 0.01, false).0, 0.01);
    }
}
