//! Which experiments train what, and for how long: drills on the taps, then rungs at which the weaker half stops and
//! the fork moves down, until one trains every layer.

use crate::train::base::Feed;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Share of the way of the drills, where all experiments train.
const DRILL: f32 = 0.08;
/// Share of the way between two rungs after it; the last phase, whose model is kept, gets what is left.
const RUNG: f32 = 0.06;
/// Seconds of an epoch where minutes are given, at least.
const EPOCH_SECONDS: f32 = 10.0;
/// How much longer an epoch has to be than it takes to look at every frame after it.
const LOOKS: f32 = 20.0;
/// Steps that an experiment makes between two rungs, at least: what it does after 30 says nothing of how it will end, and
/// without a choice worth making the time is better spent on the last phase (`docs/training.md` has the figures).
const RUNG_STEPS: f32 = 100.0;
/// The same of plain halving, where more experiments than that would leave nothing to halve in a few minutes.
const HALVING_STEPS: f32 = 30.0;
/// How much longer than looking at a picture it takes to learn from it, and pictures in a step.
const STEP_LOOKS: f32 = 4.0 * 8.0;
/// Share of the minutes left for what comes after the last epoch: its pages, the export, the comparison.
const AFTER: f32 = 0.03;

/// How hyperparameters are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Strategy {
    /// The fork moves down with every rung.
    Forks,
    /// The weaker half stops at every rung, everything is trained from the start.
    Halving,
    /// No search: the first experiment trains what lies above this fork, or everything.
    Single { fork: Option<usize> },
    /// No rungs: all experiments train on the taps to the end, on features computed once.
    Taps,
}

/// Epochs between two rungs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// Index among the base's forks.
    pub fork: usize,
    /// How many train in it; the best ones of the phase before.
    pub experiments: usize,
    /// The last one, counted from 1 over the whole training.
    pub last_epoch: u32,
    /// How much of the whole way (of the time, where that is given) lies behind at its end.
    pub until: f32,
    /// What its steps are given, where the fork leaves a choice.
    #[serde(default)]
    pub feed: Feed,
}

/// The way of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    pub phases: Vec<Phase>,
    /// Of all phases.
    pub epochs: u32,
    /// Time for the whole training; without, an epoch shows every frame once.
    pub time: Option<Duration>,
    /// How much of it had passed before the first step.
    #[serde(default)]
    pub before: Duration,
}

/// The time of a training, and how fast it can use it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Time {
    pub minutes: f32,
    /// Seconds that the base takes for a picture.
    pub look: f32,
}

impl Time {
    /// How many epochs, of at most `most`, when so many frames are looked at after each.
    fn epochs(&self, most: u32, frames: usize) -> u32 {
        let epoch = (LOOKS * self.look * frames as f32).max(EPOCH_SECONDS);
        ((self.minutes * 60.0 / epoch) as u32).clamp(1, most.max(1))
    }

    /// How many experiments can train every layer for so many steps in this share of the time.
    fn experiments(&self, share: f32, steps: f32) -> usize {
        (self.minutes * 60.0 * share / (steps * STEP_LOOKS * self.look)) as usize
    }
}

/// How many experiments train in each phase: at every rung half of them at least stop, until one is left. There are no
/// more rungs than forks, and no more experiments than `most` pass the first: heads on the taps cost little, however
/// many.
fn counts(experiments: usize, forks: usize, most: usize) -> Vec<usize> {
    let mut counts = vec![experiments];
    let mut left = experiments;
    for _ in 1..forks {
        left = (left / 2).min(most).max(1);
        counts.push(left);
    }
    counts.push(if forks > 1 { 1 } else { (left / 2).max(1) });
    // With one left there is nothing to choose.
    counts.dedup();
    counts
}

impl Schedule {
    /// Phases of these epochs, at most; every phase has one at least, so that few epochs have few phases. `forks`: how
    /// many cuts the base has; `frames`: how many are looked at after an epoch.
    pub fn plan(
        strategy: Strategy,
        experiments: usize,
        epochs: u32,
        forks: usize,
        frames: usize,
        time: Option<Time>,
    ) -> Self {
        let last = forks.max(1) - 1;
        let most = |share, steps| time.map_or(usize::MAX, |t| t.experiments(share, steps));
        let steps: Vec<(usize, usize)> = match strategy {
            Strategy::Single { fork } => vec![(fork.unwrap_or(last).min(last), 1)],
            Strategy::Taps => vec![(0, experiments)],
            Strategy::Forks => {
                let counts = counts(experiments, forks, most(RUNG, RUNG_STEPS));
                let phases = counts.len();
                // The last two train everything, each one before them from one fork higher.
                let fork = |phase: usize| (last + phase + 2).saturating_sub(phases).min(last);
                let drilled = |phase: usize| if phase == 0 && phases > 1 { 0 } else { fork(phase) };
                counts.into_iter().enumerate().map(|(phase, count)| (drilled(phase), count)).collect()
            }
            Strategy::Halving => {
                let first = experiments.min(most(DRILL, HALVING_STEPS).max(1));
                counts(first, forks, most(RUNG, HALVING_STEPS)).into_iter().map(|count| (last, count)).collect()
            }
        };
        let epochs = time.map_or(epochs.max(1), |t| t.epochs(epochs, frames));
        let rungs = steps.len() as u32 - 1;
        let mut phases: Vec<Phase> = Vec::new();
        for (i, (fork, experiments)) in steps.into_iter().enumerate() {
            let i = i as u32;
            let part = if i == rungs { 1.0 } else { DRILL + RUNG * i as f32 };
            // A rung of no epoch would stop experiments unseen; the last phase keeps one too.
            let least = phases.last().map_or(0, |p| p.last_epoch) + 1;
            let last_epoch = if i == rungs { epochs } else { ((part * epochs as f32).round() as u32).max(least) };
            // The last phase lasts long enough to learn a few views by heart.
            let feed = if i == rungs && strategy != Strategy::Taps { Feed::Pixels } else { Feed::Features };
            if i == rungs || last_epoch < epochs {
                let until = if time.is_some() { part } else { last_epoch as f32 / epochs as f32 };
                phases.push(Phase { fork, experiments, last_epoch, until, feed });
            }
        }
        let time = time.map(|t| Duration::from_secs_f32(t.minutes * 60.0));
        Self { phases, epochs, time, before: Duration::ZERO }
    }

    /// How much of the way lies behind when this much (0 to 1) of an epoch does.
    pub fn way(&self, epoch: u32, part: f32) -> f32 {
        let (mut from, mut before) = (0.0, 0);
        for phase in &self.phases {
            if epoch <= phase.last_epoch {
                let epochs = (phase.last_epoch - before) as f32;
                return from + (phase.until - from) * ((epoch - before - 1) as f32 + part) / epochs;
            }
            (from, before) = (phase.until, phase.last_epoch);
        }
        1.0
    }

    /// When an epoch has to be over, looking at the frames included.
    pub fn deadline(&self, epoch: u32) -> Option<Duration> {
        let steps = self.time?.mul_f32(1.0 - AFTER).saturating_sub(self.before);
        Some(self.before + steps.mul_f32(self.way(epoch, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINGLE: Strategy = Strategy::Single { fork: None };

    fn plan(strategy: Strategy, experiments: usize, epochs: u32, forks: usize) -> Schedule {
        Schedule::plan(strategy, experiments, epochs, forks, 300, None)
    }

    fn timed(minutes: f32, look: f32) -> Schedule {
        Schedule::plan(Strategy::Forks, 24, 40, 4, 300, Some(Time { minutes, look }))
    }

    fn phases(s: &Schedule) -> Vec<(usize, usize, u32)> {
        s.phases.iter().map(|p| (p.fork, p.experiments, p.last_epoch)).collect()
    }

    #[test]
    fn the_fork_moves_down_as_experiments_stop() {
        let s = plan(Strategy::Forks, 24, 40, 4);
        assert_eq!(phases(&s), [(0, 24, 3), (1, 12, 6), (2, 6, 8), (3, 3, 10), (3, 1, 40)]);
        let s = plan(Strategy::Halving, 24, 40, 4);
        assert_eq!(phases(&s), [(3, 24, 3), (3, 12, 6), (3, 6, 8), (3, 3, 10), (3, 1, 40)]);
        assert_eq!(phases(&plan(SINGLE, 24, 40, 4)), [(3, 1, 40)]);
        assert_eq!(phases(&plan(Strategy::Single { fork: Some(1) }, 24, 40, 4)), [(1, 1, 40)]);
    }

    #[test]
    fn the_last_phase_sees_views_that_are_never_the_same() {
        let feeds = |strategy, forks| plan(strategy, 24, 40, forks).phases.iter().map(|p| p.feed).collect::<Vec<_>>();
        assert_eq!(feeds(Strategy::Forks, 1), [Feed::Features, Feed::Pixels]);
        assert_eq!(feeds(Strategy::Single { fork: Some(0) }, 4), [Feed::Pixels]);
        assert_eq!(feeds(Strategy::Taps, 4), [Feed::Features]);
    }

    #[test]
    fn every_phase_has_an_epoch() {
        for (experiments, forks) in [(1, 4), (2, 4), (5, 3), (24, 1), (24, 2), (24, 4), (48, 4), (200, 4)] {
            for epochs in 1..=100 {
                for strategy in [Strategy::Forks, Strategy::Halving, SINGLE, Strategy::Taps] {
                    let s = plan(strategy, experiments, epochs, forks);
                    let ends: Vec<u32> = s.phases.iter().map(|p| p.last_epoch).collect();
                    assert!(ends[0] >= 1 && ends.is_sorted_by(|a, b| a < b), "{ends:?}");
                    assert_eq!(ends.last(), Some(&epochs));
                    assert!(s.phases.is_sorted_by(|a, b| a.experiments > b.experiments), "{:?}", s.phases);
                }
            }
        }
    }

    #[test]
    fn a_base_that_cannot_be_trained_has_heads_only() {
        assert_eq!(phases(&plan(Strategy::Forks, 24, 40, 1)), [(0, 24, 3), (0, 12, 40)]);
    }

    #[test]
    fn few_epochs_and_few_experiments_have_few_rungs() {
        assert_eq!(phases(&plan(Strategy::Forks, 5, 3, 4)), [(0, 5, 1), (3, 2, 2), (3, 1, 3)]);
        assert_eq!(phases(&plan(Strategy::Forks, 24, 1, 4)), [(3, 1, 1)]);
        assert_eq!(phases(&plan(Strategy::Forks, 1, 10, 4)), [(3, 1, 10)]);
    }

    #[test]
    fn short_times_have_few_epochs_and_few_deep_experiments() {
        assert_eq!(phases(&timed(5.0, 0.006)), [(0, 24, 1), (3, 1, 8)]);
        assert_eq!(phases(&timed(15.0, 0.006)), [(0, 24, 2), (3, 2, 4), (3, 1, 25)]);
        assert_eq!(timed(60.0, 0.006).phases[1].experiments, 11);
        assert_eq!(timed(60.0, 0.001).epochs, 40, "never more than asked for");
        assert_eq!(timed(0.5, 0.2).epochs, 1);
    }

    #[test]
    fn the_last_phase_has_most_of_the_time_however_few_its_epochs() {
        let s = timed(15.0, 0.006);
        let last = s.phases.len() - 2;
        let until = DRILL + RUNG * last as f32;
        assert!((s.phases[last].until - until).abs() < 1e-6);
        let rung = s.deadline(s.phases[last].last_epoch).unwrap().as_secs_f32();
        assert!((rung - 900.0 * (1.0 - AFTER) * until).abs() < 0.1, "{rung}");
        assert!(s.deadline(s.epochs).unwrap() < Duration::from_secs(900));
    }

    #[test]
    fn what_passed_before_the_first_step_is_no_phase_s_loss() {
        let all = timed(5.0, 0.006);
        let s = Schedule { before: Duration::from_secs(50), ..all.clone() };
        let seconds = |s: &Schedule, epoch| s.deadline(epoch).unwrap().as_secs_f32();
        let drill = seconds(&s, 1);
        assert!((drill - (50.0 + DRILL * (291.0 - 50.0))).abs() < 0.1, "{drill}");
        assert!((seconds(&s, s.epochs) - seconds(&all, s.epochs)).abs() < 1e-3);
    }

    #[test]
    fn without_a_time_every_epoch_is_as_long() {
        let s = plan(Strategy::Forks, 24, 40, 4);
        assert!((s.way(10, 0.5) - 9.5 / 40.0).abs() < 1e-6);
        assert_eq!(s.deadline(3), None);
    }
}
