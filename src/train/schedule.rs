//! Which experiments train what, and for how long: drills on the taps, then rungs at which the weaker half stops and
//! the fork moves down, until one trains every layer.

use std::time::Duration;

/// Share of the way that the last phase gets: the one whose model is kept.
const LAST: f32 = 0.6;
/// Seconds of an epoch where minutes are given, at least.
const EPOCH_SECONDS: f32 = 10.0;
/// How much longer an epoch has to be than it takes to look at every frame after it.
const LOOKS: f32 = 8.0;
/// Share of the minutes left for what comes after the last epoch: its pages, the export, the comparison.
const AFTER: f32 = 0.03;

/// How hyperparameters are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// The fork moves down with every rung.
    Forks,
    /// The weaker half stops at every rung, everything is trained from the start.
    Halving,
    /// No search: the first experiment trains everything.
    Single,
    /// No rungs: all experiments train on the taps to the end.
    Taps,
}

/// Epochs between two rungs.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// Index among the base's forks.
    pub fork: usize,
    /// How many train in it; the best ones of the phase before.
    pub experiments: usize,
    /// The last one, counted from 1 over the whole training.
    pub last_epoch: u32,
    /// How much of the whole way (of the time, where that is given) lies behind at its end.
    pub until: f32,
}

/// The way of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    pub phases: Vec<Phase>,
    /// Of all phases.
    pub epochs: u32,
    /// Time for the whole training; without, an epoch shows every frame once.
    pub time: Option<Duration>,
}

/// How many epochs of at most `most` go into so many minutes, when looking at every frame takes `look` seconds.
pub fn epochs_in(minutes: f32, most: u32, look: f32) -> u32 {
    ((minutes * 60.0 / (LOOKS * look).max(EPOCH_SECONDS)) as u32).clamp(1, most.max(1))
}

impl Schedule {
    /// Phases of these epochs; every phase has one at least, so that few epochs have few phases. `forks`: how many cuts
    /// the base has.
    pub fn plan(strategy: Strategy, experiments: usize, epochs: u32, forks: usize, minutes: Option<f32>) -> Self {
        let last = forks.max(1) - 1;
        let mut steps: Vec<(usize, usize)> = match strategy {
            Strategy::Single => vec![(last, 1)],
            Strategy::Taps => vec![(0, experiments)],
            Strategy::Forks | Strategy::Halving => {
                let mut steps = Vec::new();
                let mut left = experiments;
                for fork in 0..=last {
                    steps.push((if strategy == Strategy::Forks { fork } else { last }, left));
                    left = (left / 2).max(1);
                }
                steps.push((last, left.min(if last > 0 { 1 } else { left })));
                steps
            }
        };
        steps.dedup();
        let epochs = epochs.max(1);
        let rungs = steps.len() as u32 - 1;
        let mut phases: Vec<Phase> = Vec::new();
        for (i, (fork, experiments)) in steps.into_iter().enumerate() {
            let i = i as u32;
            let part = if i == rungs { 1.0 } else { (1.0 - LAST) * (i + 1) as f32 / rungs as f32 };
            // A rung of no epoch would stop experiments unseen; the last phase keeps one too.
            let last_epoch = if i == rungs { epochs } else { ((part * epochs as f32).round() as u32).max(i + 1) };
            if i == rungs || last_epoch < epochs {
                let until = if minutes.is_some() { part } else { last_epoch as f32 / epochs as f32 };
                phases.push(Phase { fork, experiments, last_epoch, until });
            }
        }
        Self { phases, epochs, time: minutes.map(|m| Duration::from_secs_f32(m * 60.0)) }
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
        Some(self.time?.mul_f32((1.0 - AFTER) * self.way(epoch, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phases(s: &Schedule) -> Vec<(usize, usize, u32)> {
        s.phases.iter().map(|p| (p.fork, p.experiments, p.last_epoch)).collect()
    }

    #[test]
    fn the_fork_moves_down_as_experiments_stop() {
        let s = Schedule::plan(Strategy::Forks, 24, 40, 4, None);
        assert_eq!(phases(&s), [(0, 24, 4), (1, 12, 8), (2, 6, 12), (3, 3, 16), (3, 1, 40)]);
        let s = Schedule::plan(Strategy::Halving, 24, 40, 4, None);
        assert_eq!(phases(&s), [(3, 24, 4), (3, 12, 8), (3, 6, 12), (3, 3, 16), (3, 1, 40)]);
        assert_eq!(phases(&Schedule::plan(Strategy::Single, 24, 40, 4, None)), [(3, 1, 40)]);
    }

    #[test]
    fn a_base_that_cannot_be_trained_has_heads_only() {
        let s = Schedule::plan(Strategy::Forks, 24, 40, 1, None);
        assert_eq!(phases(&s), [(0, 24, 16), (0, 12, 40)]);
    }

    #[test]
    fn few_epochs_have_few_rungs() {
        assert_eq!(phases(&Schedule::plan(Strategy::Forks, 5, 3, 4, None)), [(0, 5, 1), (1, 2, 2), (3, 1, 3)]);
        assert_eq!(phases(&Schedule::plan(Strategy::Forks, 24, 1, 4, None)), [(3, 1, 1)]);
        assert_eq!(phases(&Schedule::plan(Strategy::Forks, 1, 10, 4, None)).len(), 4);
    }

    #[test]
    fn minutes_bound_the_epochs() {
        assert_eq!(epochs_in(5.0, 40, 0.5), 30);
        assert_eq!(epochs_in(60.0, 40, 0.5), 40, "never more than asked for");
        assert_eq!(epochs_in(5.0, 40, 4.0), 9, "looking takes an eighth at most");
        assert_eq!(epochs_in(0.5, 40, 60.0), 1);
    }

    #[test]
    fn the_last_phase_has_most_of_the_time_however_few_its_epochs() {
        let s = Schedule::plan(Strategy::Forks, 24, 8, 4, Some(5.0));
        assert_eq!(phases(&s), [(0, 24, 1), (1, 12, 2), (2, 6, 3), (3, 3, 4), (3, 1, 8)]);
        assert!((s.deadline(4).unwrap().as_secs_f32() - 300.0 * 0.97 * 0.4).abs() < 0.1);
        assert!((s.deadline(6).unwrap().as_secs_f32() - 300.0 * 0.97 * 0.7).abs() < 0.1);
        assert!(s.deadline(8).unwrap() < Duration::from_secs(300));
        assert!((s.way(1, 0.5) - 0.05).abs() < 1e-6);
    }

    #[test]
    fn without_minutes_every_epoch_is_as_long() {
        let s = Schedule::plan(Strategy::Forks, 24, 40, 4, None);
        assert!((s.way(10, 0.5) - 9.5 / 40.0).abs() < 1e-6);
        assert_eq!(s.deadline(3), None);
    }
}
