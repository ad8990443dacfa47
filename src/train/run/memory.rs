//! What of a training fits into the memory that it may take, and whether it does at all.

use super::checkpoint::Checkpoint;
use super::hyperparameters;
use super::plan::Plan;
use super::schedule::{Phase, Schedule, Strategy};
use crate::domain::{Category, Side};
use crate::host;
use crate::runtime::Runtime;
use crate::train::base::{Base, Feed, Fork, Place, fork};
use crate::train::error::TrainError;
use crate::train::examples::BATCH;
use crate::train::network::{HeadShape, LossScale, Network, Standard};
use crate::train::population::{Setting, lanes};
use std::collections::BTreeMap;

/// Bytes of a process that has loaded ONNX Runtime and a base, and trains nothing.
const PROCESS: u64 = 200_000_000;
/// Share of what is left for features.
const FEATURES: f64 = 0.3;
/// Augmented views of a training frame, at most.
const VIEWS: usize = 5;
/// Share of the memory that is free which is planned with where nobody says how much may be.
const OF_FREE: f64 = 0.8;

/// Values that the frozen part hands up, by name, and how many numbers each has.
pub type Values = BTreeMap<String, usize>;

/// What of the frozen part is computed once and kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// None where every step computes it anew.
    pub values: Values,
    /// Augmented views of each training frame.
    pub views: usize,
}

impl Kept {
    /// Bytes: half floats of every frame, and of the views of those to learn from.
    pub fn bytes(&self, frames: usize, training: usize) -> u64 {
        (self.values.values().sum::<usize>() * 2 * (frames + self.views * training)) as u64
    }
}

/// Bytes that a training plans with: what it may take, or what it planned with before, so that it goes on as it began; half
/// of that for each start at which memory ran out, `least` where half would be too little.
pub fn budget(plan: &Plan, saved: Option<&Checkpoint>, least: u64) -> u64 {
    let most = match plan.memory {
        0 => (host::memory().available as f64 * OF_FREE) as u64,
        memory => memory,
    };
    let most = if most == 0 { u64::MAX } else { most };
    let most = saved.map(|saved| saved.memory).filter(|before| *before < u64::MAX).unwrap_or(most);
    (most >> plan.in_vain.min(16)).max(least.min(most))
}

/// Bytes of a budget that are there for the experiments.
pub fn room(budget: u64, kept: u64) -> u64 {
    budget.saturating_sub(PROCESS).saturating_sub(kept)
}

/// Bytes that the leanest way of these phases takes: every experiment in a graph of its own, nothing kept.
pub fn least(
    base: &Base,
    runtime: &Runtime,
    forks: &[Fork],
    shape: &HeadShape,
    phases: &[Phase],
) -> Result<u64, TrainError> {
    let of = |v: f32| shape.taps.iter().map(|t| vec![v; t.channels]).collect();
    let standard = Standard { mean: of(0.0), spread: of(1.0) };
    let scale = LossScale { centres: 1.0, insides: 1.0, stride: shape.taps[0].stride as f32 };
    let mut most = 0.0f64;
    for phase in phases {
        let network = Network::new(base, &forks[phase.fork], Feed::Pixels, shape, &standard);
        let setting = Setting { runtime, network: &network, batch: BATCH, scale };
        most = most.max(lanes::least(&setting, phase.experiments)?);
    }
    Ok(PROCESS + most as u64)
}

/// An error in words where a training can't be: what it needs, what there is, what helps.
pub fn enough(least: u64, budget: u64, alone: impl FnOnce() -> Result<u64, TrainError>) -> Result<(), TrainError> {
    if least <= budget {
        return Ok(());
    }
    let mb = |bytes: u64| bytes.div_ceil(1_000_000);
    let with_one = alone()?;
    let help = if with_one <= budget {
        format!("Train with fewer experiments (one takes {} MB), or raise limits.memory", mb(with_one))
    } else {
        "Raise limits.memory, free some memory, or train on a smaller base".to_owned()
    };
    Err(TrainError::Invalid(format!(
        "this training takes {} MB of memory at least, and there are {} MB for it. {help}",
        mb(least),
        budget / 1_000_000
    )))
}

/// Whether a training of so many frames on a base can be within the budget; an error in words where it can't.
pub fn possible(
    base: &Base,
    runtime: &Runtime,
    categories: &[Category],
    (experiments, epochs, frames): (usize, u32, usize),
    budget: u64,
) -> Result<(), TrainError> {
    let forks = fork::forks(base)?;
    let shape = hyperparameters::head_shape(&base.info.taps, categories);
    let needed = |experiments| {
        let schedule = Schedule::plan(Strategy::Forks, experiments, epochs, forks.len(), frames, None);
        least(base, runtime, &forks, &shape, &schedule.phases)
    };
    enough(needed(experiments)?, budget, || needed(1))
}

/// What is kept within the budget: as many views as fit. Where not even one does, the deeper phases compute the frozen part
/// in every step, and if need be all do; the `phases`, those that are left, are changed so. `most`: views, where the time or
/// what was kept before allows no more.
pub fn keep(base: &Base, forks: &[Fork], phases: &mut [Phase], sides: &[Side], budget: u64, most: usize) -> Kept {
    let training = sides.iter().filter(|s| **s == Side::Training).count();
    let room = (budget.saturating_sub(PROCESS) as f64 * FEATURES) as u64;
    let fits = |phases: &[Phase], views| {
        let kept = Kept { values: values(base, forks, phases), views };
        (kept.bytes(sides.len(), training) <= room).then_some(kept)
    };
    let least = most.min(1);
    let most = most.min(VIEWS);
    let drilled = |fork: usize| forks[fork].place == Place::Taps;
    let ways: [&dyn Fn(&Phase) -> bool; 3] = [&|_| true, &|phase| drilled(phase.fork), &|_| false];
    for keeps in ways {
        let mut leaner = phases.to_vec();
        leaner.iter_mut().filter(|phase| !keeps(phase)).for_each(|phase| phase.feed = Feed::Pixels);
        if let Some(kept) = (least..=most).rev().find_map(|views| fits(&leaner, views)) {
            if leaner != phases {
                tracing::info!(budget, "there is not memory for all features: they are computed anew in every step");
            }
            phases.clone_from_slice(&leaner);
            return kept;
        }
    }
    // A base that takes one picture at a time leaves no choice.
    Kept { values: values(base, forks, phases), views: 0 }
}

/// What phases are fed that take features; with the taps, of which the averages are wanted.
pub fn values(base: &Base, forks: &[Fork], phases: &[Phase]) -> Values {
    let fed = phases.iter().filter(|phase| forks[phase.fork].feed(phase.feed) == Feed::Features);
    let mut values: Values =
        fed.flat_map(|phase| &forks[phase.fork].crossing).map(|c| (c.name.clone(), c.shape.iter().product())).collect();
    if !values.is_empty() {
        values.extend(base.info.taps.iter().map(|t| (t.name.clone(), t.channels * t.height * t.width)));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;

    fn kept(budget: u64, frames: usize) -> (Kept, Vec<Feed>) {
        let base = Base::default_base().unwrap();
        let forks = fork::forks(&base).unwrap();
        let mut schedule = Schedule::plan(Strategy::Forks, 24, 40, forks.len(), frames, None);
        let sides: Vec<Side> =
            (0..frames).map(|i| if i % 5 == 0 { Side::Validation } else { Side::Training }).collect();
        let kept = keep(&base, &forks, &mut schedule.phases, &sides, budget, usize::MAX);
        let training = sides.iter().filter(|s| **s == Side::Training).count();
        assert!(kept.bytes(frames, training) <= (budget - PROCESS) * 3 / 10, "{kept:?}");
        (kept, schedule.phases.iter().map(|phase| phase.feed).collect())
    }

    #[test]
    fn with_less_memory_fewer_views_are_kept_then_fewer_values_then_none() {
        use Feed::{Features, Pixels};
        let as_planned = [Features, Features, Features, Features, Pixels];
        assert_eq!(kept(1800 * MB, 60), (kept(100_000 * MB, 60).0, as_planned.to_vec()));
        let views = |budget, frames| kept(budget * MB, frames).0.views;
        assert_eq!((views(100_000, 600), kept(100_000 * MB, 600).1), (5, as_planned.to_vec()));
        assert!((1..5).contains(&views(2500, 600)));
        let (taps, feeds) = kept(1200 * MB, 500);
        assert_eq!((taps.values.len(), feeds), (3, vec![Features, Pixels, Pixels, Pixels, Pixels]));
        assert_eq!(kept(1800 * MB, 6000), (Kept { values: Values::new(), views: 5 }, vec![Pixels; 5]));
    }

    #[test]
    fn after_a_start_in_vain_half_is_planned_with_but_not_too_little() {
        let mut plan = crate::train::run::plan::empty();
        plan.memory = 1000;
        assert_eq!(budget(&plan, None, 300), 1000);
        plan.in_vain = 1;
        assert_eq!(budget(&plan, None, 300), 500);
        assert_eq!(budget(&plan, None, 600), 600);
        assert_eq!(budget(&plan, None, 2000), 1000, "that is refused");
    }

    #[test]
    fn what_can_not_be_is_refused_with_what_helps() {
        assert!(enough(500 * MB, 500 * MB, || Ok(0)).is_ok());
        let words = |one| enough(900 * MB, 500 * MB, || Ok(one * MB)).unwrap_err().to_string();
        assert!(words(400).contains("takes 900 MB") && words(400).contains("500 MB for it"), "{}", words(400));
        assert!(words(400).contains("fewer experiments (one takes 400 MB), or raise limits.memory"));
        assert!(words(600).contains("Raise limits.memory") && !words(600).contains("fewer"));
    }
}
