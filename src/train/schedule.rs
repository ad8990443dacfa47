//! Which experiments train what, and for how long: drills on the taps, then rungs at which the weaker half stops and
//! the fork moves down, until one trains every layer.

use std::time::Duration;

/// Share of the way that the last phase gets: the one whose model is kept.
const LAST: f32 = 0.6;
/// Seconds of an epoch where minutes are given: looking at every frame after each must stay a small part of it.
const EPOCH_SECONDS: f32 = 10.0;
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

impl Schedule {
    /// Phases of these epochs, at most; fewer where the minutes are too few for them. `forks`: how many cuts the base
    /// has.
    pub fn plan(strategy: Strategy, experiments: usize, epochs: u32, forks: usize, minutes: Option<f32>) -> Self {
        let epochs = match minutes {
            Some(minutes) => ((minutes * 60.0 / EPOCH_SECONDS) as u32).clamp(1, epochs.max(1)),
            None => epochs.max(1),
        };
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
        let rungs = steps.len() as u32 - 1;
        let mut phases: Vec<Phase> = Vec::new();
        for (i, (fork, experiments)) in steps.into_iter().enumerate() {
            let i = i as u32;
            let last_epoch = if i == rungs {
                epochs
            } else {
                let part = (1.0 - LAST) * (i + 1) as f32 / rungs as f32;
                // A rung of no epoch would stop experiments unseen; the last phase keeps one too.
                ((part * epochs as f32).round() as u32).max(i + 1)
            };
            if i == rungs || last_epoch < epochs {
                phases.push(Phase { fork, experiments, last_epoch });
            }
        }
        Self { phases, epochs, time: minutes.map(|m| Duration::from_secs_f32(m * 60.0)) }
    }

    /// Share of the time after which an epoch has to be over, everything after it included.
    pub fn deadline(&self, epoch: u32) -> Option<Duration> {
        Some(self.time?.mul_f32((1.0 - AFTER) * epoch as f32 / self.epochs as f32))
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
        let s = Schedule::plan(Strategy::Forks, 24, 40, 4, Some(5.0));
        assert_eq!(s.epochs, 30);
        assert!(s.deadline(30).unwrap() < Duration::from_secs(300));
        assert_eq!(Schedule::plan(Strategy::Forks, 24, 40, 4, Some(60.0)).epochs, 40);
    }
}
