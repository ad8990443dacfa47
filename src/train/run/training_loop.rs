//! One training, from labelled frames to the winner. Knows nothing of stores or doors: it reads frames through a
//! closure and tells an [`Observer`] what happens.

use super::checkpoint::{Checkpoint, SavedWinner};
use super::observer::{EpochReport, ExperimentLook, Observer, Seen};
use super::plan::{Plan, Winner};
use super::prepare::{self, Preparation, Prepared};
use super::results::{self, sample};
use super::schedule::{Phase, Schedule, Time};
use super::{hyperparameters, learning_rate, memory, successive_halving};
use crate::domain::{Activity, EpochActivity, Experiment, ExperimentState, Hyperparameters, Metrics, Side};
use crate::runtime::Runtime;
use crate::train::base::{Base, Fork, Weights, fork};
use crate::train::cancel::check;
use crate::train::error::TrainError;
use crate::train::evaluate::{self, Evaluation, FrameResult};
use crate::train::examples::{BATCH, Example, Load, TrainingSet, Views};
use crate::train::network::{HeadShape, Network, kinds};
use crate::train::population::{Lanes, Look, Population, Setting, StepSettings, Viewer, lanes};
use crate::train::tally;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Steps in an epoch, at least: few frames are seen more often.
const LEAST_STEPS: usize = 16;
/// How often a training that is told to wait asks again.
const WAIT: Duration = Duration::from_millis(500);

/// Runs the training. Stops early with [`TrainError::Cancelled`] once `cancel` is set.
pub fn run(
    plan: &Plan,
    runtime: &Runtime,
    load: &Load,
    observer: &mut dyn Observer,
    cancel: &AtomicBool,
) -> Result<Winner, TrainError> {
    let begun = Instant::now();
    let frames = training_set(plan, load);
    let base = match &plan.start {
        Some(start) => plan.base.with(&start.weights),
        None => plan.base.clone(),
    };
    let forks = fork::forks(&base)?;
    let saved = saved(plan, observer);
    let time = match (&saved, plan.minutes) {
        (None, Some(minutes)) => Some(Time { minutes, look: prepare::seconds_a_picture(&base, runtime)? }),
        _ => None,
    };
    let mut schedule = match &saved {
        Some(saved) => saved.schedule.clone(),
        None => {
            let count = plan.experiments.len();
            Schedule::plan(plan.strategy, count, plan.epochs, forks.len(), plan.frames.len(), time)
        }
    };
    let shape = hyperparameters::head_shape(&base.info.taps, &plan.categories);
    let over = saved.as_ref().map_or(0, |saved| saved.phase.min(schedule.phases.len()));
    let left = &mut schedule.phases[over..];
    let needed = |phases: &[Phase]| memory::least(&base, runtime, &forks, &shape, phases);
    let least = needed(&*left)?;
    let budget = memory::budget(plan, saved.as_ref(), least);
    let alone = || needed(&left.iter().map(|phase| Phase { experiments: 1, ..phase.clone() }).collect::<Vec<_>>());
    memory::enough(least, budget, alone)?;
    let training = frames.sides.iter().filter(|s| **s == Side::Training).count();
    let most = match (&saved, time) {
        (Some(saved), _) => saved.views,
        (None, Some(time)) => prepare::views_in_time(time, training),
        (None, None) => usize::MAX,
    };
    let kept = memory::keep(&base, &forks, left, &frames.sides, budget, most);
    let room = memory::room(budget, kept.bytes(frames.sides.len(), training));
    let standard = plan.start.as_ref().map(|s| &s.standard);
    let prepared = Preparation {
        base: &base,
        runtime,
        frames: &frames,
        shape: &shape,
        kept: &kept,
        seed: plan.seed,
        standard: saved.as_ref().map(|c| &c.standard).or(standard),
    }
    .prepare(observer, cancel)?;
    let state = match saved {
        Some(saved) => Checkpoint { schedule, views: kept.views, memory: budget, ..saved },
        None => Checkpoint { views: kept.views, memory: budget, ..first_state(plan, schedule, &shape, &prepared) },
    };
    let looking = time.map_or(0.0, |t| t.look * plan.frames.len() as f32);
    let lanes = plan.lanes.clone();
    let mut run = Run { plan, runtime, frames: &frames, base, forks, shape, lanes, room, state, begun, looking };
    if run.state.epoch == 0 {
        run.state.schedule.before = begun.elapsed();
        tracing::info!(before = ?run.state.schedule.before, phases = ?run.state.schedule.phases, "a training begins");
    } else {
        // Looking at the frames once more is not taken from the epochs.
        run.begun = Instant::now();
    }
    run.train(prepared.examples, observer, cancel)?;
    run.winner()
}

fn training_set<'a>(plan: &Plan, load: &'a Load<'a>) -> TrainingSet<'a> {
    let (boxes, tags) = kinds(&plan.categories);
    TrainingSet {
        ids: plan.frames.iter().map(|f| f.id).collect(),
        sides: plan.frames.iter().map(|f| f.side).collect(),
        samples: plan.frames.iter().map(|f| sample(f, &plan.categories, (&boxes, &tags), plan.carried)).collect(),
        load,
        size: (plan.base.info.width as u32, plan.base.info.height as u32),
    }
}

/// The state that an interrupted training goes on from, if it can.
fn saved(plan: &Plan, observer: &mut dyn Observer) -> Option<Checkpoint> {
    match Checkpoint::decode(plan.resume.as_deref()?, &plan.fingerprint()) {
        Ok(saved) => Some(saved),
        Err(why) => {
            tracing::warn!(why, "the training begins again");
            observer.begins_again(&why);
            None
        }
    }
}

/// The state before the first epoch.
fn first_state(plan: &Plan, schedule: Schedule, shape: &HeadShape, prepared: &Prepared) -> Checkpoint {
    Checkpoint {
        fingerprint: Some(plan.fingerprint()),
        epoch: 0,
        active: (0..schedule.phases[0].experiments).collect(),
        schedule,
        phase: 0,
        views: 0,
        memory: 0,
        standard: prepared.standard.clone(),
        scale: prepared.scale,
        experiments: plan.experiments.iter().map(Experiment::anew).collect(),
        made: 0,
        together: None,
        seconds: 0.0,
        winner: None,
        best: 0.0,
        behind: 0,
        states: vec![],
        starts: plan.experiments.iter().map(|e| first_weights(plan, shape, e, prepared.distance)).collect(),
    }
}

/// Where an experiment starts: the model to continue, or a head drawn from its seed.
fn first_weights(plan: &Plan, shape: &HeadShape, experiment: &Experiment, distance: f32) -> Weights {
    match &plan.start {
        Some(start) => start.weights.clone(),
        None => shape.initial(&mut ChaCha8Rng::seed_from_u64(experiment.hyperparameters.seed), distance),
    }
}

/// A training on its way.
struct Run<'a> {
    plan: &'a Plan,
    runtime: &'a Runtime,
    frames: &'a TrainingSet<'a>,
    base: Base,
    forks: Vec<Fork>,
    shape: HeadShape,
    /// With what was timed on the way.
    lanes: Lanes,
    /// Bytes that it may take, without what is kept of the frames.
    room: u64,
    state: Checkpoint,
    /// When this process began with it; later by what it has waited since.
    begun: Instant,
    /// Seconds that looking at the frames took after the last epoch; before the first what the base's speed promises.
    looking: f32,
}

/// What is measured after an epoch.
struct Looked {
    /// Of the leader among the active ones.
    slot: usize,
    training: Metrics,
    evaluation: Evaluation,
    leader: ExperimentLook,
    others: Vec<ExperimentLook>,
}

impl Run<'_> {
    /// Seconds trained, those before an interruption included.
    fn elapsed(&self) -> f32 {
        self.state.seconds + self.begun.elapsed().as_secs_f32()
    }

    /// All phases that are left.
    fn train(
        &mut self,
        mut examples: Vec<Example>,
        observer: &mut dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<(), TrainError> {
        let (phases, epochs) = (self.state.schedule.phases.len(), self.state.schedule.epochs);
        while self.state.phase < phases && self.state.epoch < epochs {
            let wanted = memory::values(&self.base, &self.forks, &self.state.schedule.phases[self.state.phase..]);
            examples.iter_mut().for_each(|example| example.content.retain(|name| wanted.contains_key(name)));
            self.phase(&examples, observer, cancel)?;
        }
        Ok(())
    }

    /// The epochs up to the next rung.
    fn phase(
        &mut self,
        examples: &[Example],
        observer: &mut dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<(), TrainError> {
        let phase = self.state.schedule.phases[self.state.phase].clone();
        let fork = self.forks[phase.fork].clone();
        let network = Network::new(&self.base, &fork, phase.feed, &self.shape, &self.state.standard);
        let hyper: Vec<Hyperparameters> =
            self.state.active.iter().map(|i| self.state.experiments[*i].hyperparameters.clone()).collect();
        let setting = Setting { runtime: self.runtime, network: &network, batch: BATCH, scale: self.state.scale };
        let together = match self.state.together {
            Some(together) => together,
            None => {
                observer.activity(Activity::Timing, self.state.schedule.way(self.state.epoch + 1, 0.0));
                let end = self.state.schedule.deadline(phase.last_epoch);
                let seconds = end.map(|end| end.as_secs_f32() - self.elapsed());
                let chosen = lanes::choose(&mut self.lanes, &setting, &hyper, (seconds, self.room), cancel)?;
                if let Lanes::Measured(timings) = &self.lanes {
                    observer.timed(timings);
                }
                chosen
            }
        };
        self.state.together = Some(together);
        let state = &self.state;
        let mut population = if state.states.is_empty() {
            Population::new(&setting, together, &hyper, &state.starts)?
        } else {
            Population::resume(&setting, together, &hyper, &state.states, state.made)?
        };
        let views = Views::new(self.frames, examples, network.feed, self.plan.seed);
        while self.state.epoch < phase.last_epoch {
            let epoch = self.state.epoch + 1;
            self.begun += self.steps(&views, &network, &mut population, epoch, observer, cancel)?;
            let clock = Instant::now();
            let looked = self.look(&population, &views, cancel)?;
            self.looking = clock.elapsed().as_secs_f32();
            self.close(epoch, &phase, &mut population, looked, observer)?;
            check(cancel)?;
            // What is left to go on from is not this population.
            if self.state.states.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// The steps of one epoch: every frame once, or as many as the time allows. Gives how long it had to wait.
    fn steps(
        &self,
        views: &Views,
        network: &Network,
        population: &mut Population,
        epoch: u32,
        observer: &mut dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<Duration, TrainError> {
        let epochs = self.state.schedule.epochs;
        let steps = views.frames().div_ceil(BATCH).max(LEAST_STEPS);
        let start = self.elapsed();
        // However slow looking is, half of the time is for learning.
        let deadline = self.state.schedule.deadline(epoch).map(|d| {
            let left = d.as_secs_f32() - start;
            start + left - self.looking.min(left / 2.0)
        });
        let active = self.state.active.len();
        let mut waited = Duration::ZERO;
        views.epoch(network, epoch, |n, batch| {
            let clock = Instant::now();
            while let Some(why) = observer.wait() {
                observer.activity(why, self.state.schedule.way(epoch, 0.0));
                check(cancel)?;
                std::thread::sleep(WAIT);
            }
            waited += clock.elapsed();
            let now = || self.elapsed() - waited.as_secs_f32();
            let part = match deadline {
                Some(deadline) => ((now() - start) / (deadline - start).max(1e-3)).min(1.0),
                None => n as f32 / steps as f32,
            };
            let way = self.state.schedule.way(epoch, part);
            let settings = StepSettings {
                rate: learning_rate::rate(way) * learning_rate::warm_up(population.made()),
                seed: self.plan.seed ^ (u64::from(epoch) << 32 | n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            };
            population.step(&batch, settings, cancel)?;
            let trained = network.fork.place.depth();
            observer.activity(Activity::Epoch(EpochActivity { epoch, epochs, experiments: active, trained }), way);
            Ok(match deadline {
                Some(deadline) => now() < deadline,
                None => n + 1 < steps,
            })
        })?;
        Ok(waited)
    }

    /// Measures every experiment, and finds the leader.
    fn look(&mut self, population: &Population, views: &Views, cancel: &AtomicBool) -> Result<Looked, TrainError> {
        let classes = self.plan.categories.len();
        let slots: Vec<usize> = (0..self.state.active.len()).collect();
        let [training, validation] = [Side::Training, Side::Validation].map(|side| views.of_side(side));
        let results = self.results(population, &slots, views, &validation, cancel)?;
        let evaluations: Vec<Evaluation> = results.iter().map(|r| evaluate::evaluate(r, classes)).collect();
        for (&index, evaluation) in self.state.active.iter().zip(&evaluations) {
            let experiment = &mut self.state.experiments[index];
            experiment.epoch = self.state.epoch + 1;
            let whole = evaluation.metrics.loss.is_finite();
            experiment.metrics =
                if whole { evaluation.metrics } else { Metrics { loss: f32::MAX, ..Default::default() } };
            experiment.state = if whole { ExperimentState::Training } else { ExperimentState::Diverged };
        }
        let score = |slot: &usize| {
            let m = self.state.experiments[self.state.active[*slot]].metrics;
            (m.score(), -m.loss)
        };
        let by_score = |a: &usize, b: &usize| score(a).partial_cmp(&score(b)).unwrap_or(std::cmp::Ordering::Equal);
        let slot = (0..self.state.active.len()).max_by(by_score).unwrap_or(0);

        // Only the leader looks at the training side: for all it would take as long as learning from it.
        let training_results = self.results(population, &[slot], views, &training, cancel)?.swap_remove(0);
        let each = slots.iter().filter(|i| evaluations[**i].metrics.loss.is_finite() || **i == slot);
        let mut looks: Vec<ExperimentLook> = each
            .map(|&i| {
                let mut seen = vec![None; self.frames.ids.len()];
                self.put(&mut seen, &validation, &results[i], evaluations[i].threshold);
                if i == slot {
                    self.put(&mut seen, &training, &training_results, evaluations[i].threshold);
                }
                let categories = tally::judged(&results[i], evaluations[i].threshold, &self.plan.categories).categories;
                let Evaluation { metrics: validation, threshold } = evaluations[i];
                ExperimentLook { experiment: self.state.active[i], validation, categories, threshold, seen }
            })
            .collect();
        let at = looks.iter().position(|look| look.experiment == self.state.active[slot]).unwrap_or(0);
        let leader = looks.remove(at);
        let training = evaluate::evaluate(&training_results, classes).metrics;
        Ok(Looked { slot, training, evaluation: evaluations[slot], leader, others: looks })
    }

    /// Puts what was seen of these frames where they stand.
    fn put(&self, seen: &mut [Option<Seen>], samples: &[usize], results: &[FrameResult], threshold: f32) {
        for (&sample, result) in samples.iter().zip(results) {
            let frame = &self.plan.frames[sample];
            seen[sample] = Some(results::seen(frame, result, threshold, &self.plan.categories));
        }
    }

    /// Ends an epoch: keeps the weights that may win, stops the weaker half at a rung, tells the observer, saves.
    fn close(
        &mut self,
        epoch: u32,
        phase: &Phase,
        population: &mut Population,
        looked: Looked,
        observer: &mut dyn Observer,
    ) -> Result<(), TrainError> {
        let leader = self.state.active[looked.slot];
        let metrics = looked.evaluation.metrics;
        let behind = self.state.behind;
        self.state.behind += 1;
        if successive_halving::takes_over(&metrics, self.state.best) {
            self.state.behind = 0;
            self.state.best = self.state.best.max(metrics.score());
            self.state.winner = Some(SavedWinner {
                experiment: self.state.experiments[leader].clone(),
                evaluation: looked.evaluation,
                weights: population.weights(&[looked.slot])?.swap_remove(0),
            });
        }
        let rung = self.state.phase as u32;
        self.state.epoch = epoch;
        (self.state.states, self.state.starts) = (vec![], vec![]);
        if epoch == phase.last_epoch {
            self.rung(population)?;
        } else if phase.experiments == 1
            && successive_halving::fell_apart(&metrics, self.state.best, behind)
            && let Some(winner) = self.state.winner.clone()
        {
            let best = self.state.best;
            tracing::warn!(epoch, ?metrics, best, "what was learned is lost; on from the best, at half the rate");
            self.state.back_to(winner);
        } else {
            self.state.states = population.states()?;
            self.state.made = population.made();
        }
        let state = &mut self.state;
        if epoch == state.schedule.epochs {
            for &index in &state.active {
                if state.experiments[index].state == ExperimentState::Training {
                    state.experiments[index].state = ExperimentState::Done;
                }
            }
        }
        // A copy of the clock: this process counts on from its own start.
        let before = self.state.seconds;
        self.state.seconds = self.elapsed();
        let saved = self.state.encode();
        self.state.seconds = before;
        let report = EpochReport {
            epoch,
            epochs: self.state.schedule.epochs,
            rung,
            experiments: &self.state.experiments,
            training: looked.training,
            leader: &looked.leader,
            others: &looked.others,
        };
        observer.epoch(&report, saved?)
    }

    /// Stops the weaker half, and hands the weights of the others to the next phase.
    fn rung(&mut self, population: &Population) -> Result<(), TrainError> {
        let state = &mut self.state;
        let next = state.schedule.phases.get(state.phase + 1).map_or(state.active.len(), |p| p.experiments);
        let scores: Vec<f32> = state.active.iter().map(|i| state.experiments[*i].metrics.score()).collect();
        let middle = state.active.iter().position(|i| *i == 0);
        let keep = successive_halving::survivors(&scores, next, middle);
        tracing::info!(
            epoch = state.epoch,
            seconds = state.seconds + self.begun.elapsed().as_secs_f32(),
            ?scores,
            ?keep,
            "a rung"
        );
        for (slot, &index) in state.active.iter().enumerate() {
            if !keep.contains(&slot) && state.experiments[index].state == ExperimentState::Training {
                state.experiments[index].state = ExperimentState::Stopped;
            }
        }
        state.starts = population.weights(&keep)?;
        state.active = keep.iter().map(|slot| state.active[*slot]).collect();
        state.phase += 1;
        (state.made, state.together) = (0, None);
        Ok(())
    }

    /// The weights that were kept.
    fn winner(self) -> Result<Winner, TrainError> {
        let winner = self.state.winner.ok_or_else(|| TrainError::Failed("every experiment diverged".into()))?;
        // What an earlier training learned stays where this one trained nothing.
        let mut weights = self.plan.start.as_ref().map(|s| s.weights.clone()).unwrap_or_default();
        weights.extend(winner.weights);
        Ok(Winner {
            experiment: winner.experiment,
            weights,
            standard: self.state.standard,
            stride: self.shape.taps[0].stride as f32,
            shape: self.shape,
            evaluation: winner.evaluation,
        })
    }

    /// What these experiments see in these frames as objects in pixels of the frames, beside the truth.
    fn results(
        &self,
        population: &Population,
        slots: &[usize],
        views: &Views,
        samples: &[usize],
        cancel: &AtomicBool,
    ) -> Result<Vec<Vec<FrameResult>>, TrainError> {
        let info = &self.base.info;
        let size = (info.width as f32, info.height as f32);
        let (boxes, tags) = kinds(&self.plan.categories);
        let stride = self.shape.taps[0].stride as f32;
        let keep = |sample: usize, look: Look| {
            results::result(look, &self.frames.samples[sample], &self.shape, (&boxes, &tags), size, stride)
        };
        population.look(slots, &Viewer { samples, show: &|sample| views.plain(sample), keep: &keep, cancel })
    }
}
