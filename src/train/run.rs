//! One training, from labelled frames to the winner. Knows nothing of stores or doors: it reads frames through a
//! closure and tells an [`Observer`] what happens.

use super::TrainError;
use super::base::Base;
use super::checkpoint::{Checkpoint, SavedWinner};
use super::decode;
use super::evaluate::{self, Evaluation, FrameResult, Scored};
use super::experiments::{Population, Setting, StepSettings};
use super::features::{Example, Sample, Standard};
use super::fork::{self, Fork};
use super::head::HeadShape;
use super::lanes::{self, Lanes};
use super::looker::Look;
use super::network::{Network, Weights};
use super::prepare;
use super::schedule::{Schedule, Strategy, Time};
use super::search;
use super::views::{BATCH, Frames, Load, Views};
use crate::domain::{
    BBox, Category, Experiment, ExperimentState, FrameId, Hyperparameters, Label, LabelKind, Metrics, Point, Side,
};
use crate::runtime::Runtime;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Steps in an epoch, at least: few frames are seen more often.
const LEAST_STEPS: usize = 16;
/// How often a training that is told to wait asks again.
const WAIT: Duration = Duration::from_millis(500);

/// A labelled frame that takes part.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct TrainingFrame {
    pub id: FrameId,
    /// Pixels.
    pub size: (u32, u32),
    pub labels: Vec<Label>,
    pub side: Side,
}

/// What a training is given.
pub struct Plan {
    pub base: Base,
    pub categories: Vec<Category>,
    pub frames: Vec<TrainingFrame>,
    /// What is tried.
    pub experiments: Vec<Experiment>,
    /// At most.
    pub epochs: u32,
    /// Time for the whole training; without, an epoch shows every frame once.
    pub minutes: Option<f32>,
    pub strategy: Strategy,
    pub seed: u64,
    /// Where the experiments start, if not at random.
    pub start: Option<Start>,
    /// How many experiments share a graph where each trains a copy of the base.
    pub lanes: Lanes,
    /// The file that holds the state after the last epoch; a training goes on from it where there is one.
    pub checkpoint: Option<PathBuf>,
}

/// A model to continue.
#[derive(Clone, Debug)]
pub struct Start {
    /// The head's, and those of the base that differ from its own.
    pub weights: Weights,
    /// What the head expects of the features.
    pub standard: Standard,
}

/// What the leader saw in a frame, in pixels of the frame; class indices are those of `Plan::categories`.
#[derive(Clone, Debug)]
pub struct Seen {
    pub predictions: Vec<Scored>,
    pub point: Point,
}

/// The state of a training after an epoch.
pub struct EpochReport<'a> {
    /// From 1.
    pub epoch: u32,
    /// Of the whole training.
    pub epochs: u32,
    /// Rungs passed.
    pub rung: u32,
    pub experiments: &'a [Experiment],
    /// Index of the leading experiment.
    pub leader: usize,
    pub training: Metrics,
    pub validation: Metrics,
    /// In the order of `Plan::frames`.
    pub seen: &'a [Seen],
}

/// Told what happens, on the training's own thread.
pub trait Observer {
    /// What is being done, and how much of it (0 to 1).
    fn activity(&mut self, text: &str, part: f32);
    /// An epoch is over.
    fn epoch(&mut self, report: &EpochReport) -> Result<(), TrainError>;
    /// Asked before every step: why the training has to wait, if it has to.
    fn wait(&mut self) -> Option<String> {
        None
    }
}

/// The leading experiment at the last epoch that was not clearly worse than the best.
#[derive(Clone, Debug)]
pub struct Winner {
    pub experiment: Experiment,
    pub shape: HeadShape,
    /// The head's, and those of the base that were trained.
    pub weights: Weights,
    pub standard: Standard,
    pub stride: f32,
    /// On the validation frames.
    pub evaluation: Evaluation,
}

/// Splits categories into those found by box and those of the whole frame; each maps to the index among all.
pub fn kinds(categories: &[Category]) -> (Vec<usize>, Vec<usize>) {
    let of = |tag: bool| {
        categories.iter().enumerate().filter(|(_, c)| (c.kind == LabelKind::Tag) == tag).map(|(i, _)| i).collect()
    };
    (of(false), of(true))
}

/// Runs the training. Stops early with [`TrainError::Cancelled`] once `cancel` is set.
pub fn run(
    plan: &Plan,
    runtime: &Runtime,
    load: &Load,
    observer: &mut dyn Observer,
    cancel: &AtomicBool,
) -> Result<Winner, TrainError> {
    let begun = Instant::now();
    let (boxes, tags) = kinds(&plan.categories);
    let info = &plan.base.info;
    let frames = Frames {
        ids: plan.frames.iter().map(|f| f.id).collect(),
        sides: plan.frames.iter().map(|f| f.side).collect(),
        samples: plan.frames.iter().map(|f| sample(f, &plan.categories, &boxes, &tags)).collect(),
        load,
        size: (info.width as u32, info.height as u32),
    };
    let base = match &plan.start {
        Some(start) => plan.base.with(&start.weights),
        None => plan.base.clone(),
    };
    let forks = fork::forks(&base)?;
    let saved = plan.checkpoint.as_deref().and_then(Checkpoint::load);
    let time = match (&saved, plan.minutes) {
        (None, Some(minutes)) => Some(Time { minutes, look: prepare::seconds_a_picture(&base, runtime)? }),
        _ => None,
    };
    let schedule = match &saved {
        Some(saved) => saved.schedule.clone(),
        None => {
            let count = plan.experiments.len();
            Schedule::plan(plan.strategy, count, plan.epochs, forks.len(), plan.frames.len(), time)
        }
    };
    let shape = HeadShape {
        taps: info.taps.clone(),
        hidden: search::WIDTHS[search::WIDTHS.len() - 1] as usize,
        boxes: boxes.len(),
        tags: tags.len(),
    };
    let standard = plan.start.as_ref().map(|s| &s.standard);
    let prepared = prepare::Start {
        base: &base,
        runtime,
        frames: &frames,
        shape: &shape,
        forks: &forks,
        schedule: &schedule,
        time,
        seed: plan.seed,
        views: saved.as_ref().map(|c| c.views),
        standard: saved.as_ref().map(|c| &c.standard).or(standard),
    }
    .prepare(observer, cancel)?;
    let state = match saved {
        Some(saved) => saved,
        None => Checkpoint {
            epoch: 0,
            schedule: schedule.clone(),
            phase: 0,
            views: prepared.views,
            standard: prepared.standard.clone(),
            scale: prepared.scale,
            experiments: plan.experiments.clone(),
            active: (0..schedule.phases[0].experiments).collect(),
            made: 0,
            together: None,
            seconds: 0.0,
            winner: None,
            best: 0.0,
            states: vec![],
            starts: plan.experiments.iter().map(|e| first_weights(plan, &shape, e, prepared.distance)).collect(),
        },
    };
    let looking = time.map_or(0.0, |t| t.look * plan.frames.len() as f32);
    let mut run = Run { plan, runtime, frames: &frames, base, forks, shape, state, begun, looking };
    if run.state.epoch == 0 {
        run.state.schedule.before = begun.elapsed();
        tracing::info!(before = ?run.state.schedule.before, phases = ?run.state.schedule.phases, "a training begins");
    } else {
        // Looking at the frames once more is not taken from the epochs.
        run.begun = Instant::now();
    }
    run.train(&prepared.examples, observer, cancel)?;
    let winner = run.state.winner.ok_or_else(|| TrainError::Failed("every experiment diverged".into()))?;
    // What an earlier training learned stays where this one trained nothing.
    let mut weights = plan.start.as_ref().map(|s| s.weights.clone()).unwrap_or_default();
    weights.extend(winner.weights);
    Ok(Winner {
        experiment: winner.experiment,
        weights,
        standard: run.state.standard,
        stride: run.shape.taps[0].stride as f32,
        shape: run.shape,
        evaluation: winner.evaluation,
    })
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
    frames: &'a Frames<'a>,
    base: Base,
    forks: Vec<Fork>,
    shape: HeadShape,
    state: Checkpoint,
    /// When this process began with it; later by what it has waited since.
    begun: Instant,
    /// Seconds that looking at the frames took after the last epoch; before the first what the base's speed promises.
    looking: f32,
}

/// What is measured after an epoch.
struct Looked {
    slot: usize,
    training: Metrics,
    evaluation: Evaluation,
    seen: Vec<Seen>,
}

impl Run<'_> {
    /// Seconds trained, those before an interruption included.
    fn elapsed(&self) -> f32 {
        self.state.seconds + self.begun.elapsed().as_secs_f32()
    }

    /// All phases that are left.
    fn train(
        &mut self,
        examples: &[Example],
        observer: &mut dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<(), TrainError> {
        let (phases, epochs) = (self.state.schedule.phases.len(), self.state.schedule.epochs);
        while self.state.phase < phases && self.state.epoch < epochs {
            self.phase(examples, observer, cancel)?;
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
                observer
                    .activity("finding out how to train fastest", self.state.schedule.way(self.state.epoch + 1, 0.0));
                let end = self.state.schedule.deadline(phase.last_epoch);
                let seconds = end.map(|end| end.as_secs_f32() - self.elapsed());
                lanes::choose(&self.plan.lanes, &setting, &hyper, seconds, cancel)?
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
        let validation = views.plain(Side::Validation)?;
        let training = views.plain(Side::Training)?;
        while self.state.epoch < phase.last_epoch {
            let epoch = self.state.epoch + 1;
            self.begun += self.steps(&views, &network, &mut population, epoch, observer, cancel)?;
            let clock = Instant::now();
            let looked = self.look(&mut population, &training, &validation, cancel)?;
            self.looking = clock.elapsed().as_secs_f32();
            self.close(epoch, &phase, &mut population, looked, observer)?;
            check(cancel)?;
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
                observer.activity(&why, self.state.schedule.way(epoch, 0.0));
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
                rate: search::rate(way) * search::warm_up(population.made()),
                seed: self.plan.seed ^ (u64::from(epoch) << 32 | n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            };
            population.step(&batch, settings, cancel)?;
            let what = if active == 1 { "experiment" } else { "experiments" };
            observer.activity(
                &format!("epoch {epoch} of {epochs}, {active} {what}, training from {}", network.fork.place),
                way,
            );
            Ok(match deadline {
                Some(deadline) => now() < deadline,
                None => n + 1 < steps,
            })
        })?;
        Ok(waited)
    }

    /// Measures every experiment, and finds the leader.
    fn look(
        &mut self,
        population: &mut Population,
        training: &[Example],
        validation: &[Example],
        cancel: &AtomicBool,
    ) -> Result<Looked, TrainError> {
        let classes = self.plan.categories.len();
        let slots: Vec<usize> = (0..self.state.active.len()).collect();
        let looks = population.look(&slots, validation, cancel)?;
        let results: Vec<Vec<FrameResult>> = looks.iter().map(|l| self.results(l, validation)).collect();
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

        // Only the leader looks at the training side: its pages are the ones kept.
        let seen_in_training = population.look(&[slot], training, cancel)?;
        let training_results = self.results(&seen_in_training[0], training);
        let mut seen = vec![Seen { predictions: vec![], point: Point::default() }; self.frames.ids.len()];
        for (example, result) in training.iter().zip(&training_results).chain(validation.iter().zip(&results[slot])) {
            let point = evaluate::point(result, evaluations[slot].threshold);
            seen[example.sample] = Seen { predictions: result.predictions.clone(), point };
        }
        let training = evaluate::evaluate(&training_results, classes).metrics;
        Ok(Looked { slot, training, evaluation: evaluations[slot], seen })
    }

    /// Ends an epoch: keeps the weights that may win, stops the weaker half at a rung, tells the observer, saves.
    fn close(
        &mut self,
        epoch: u32,
        phase: &super::schedule::Phase,
        population: &mut Population,
        looked: Looked,
        observer: &mut dyn Observer,
    ) -> Result<(), TrainError> {
        let leader = self.state.active[looked.slot];
        let metrics = looked.evaluation.metrics;
        if search::takes_over(&metrics, self.state.best) {
            self.state.best = self.state.best.max(metrics.score());
            self.state.winner = Some(SavedWinner {
                experiment: self.state.experiments[leader].clone(),
                evaluation: looked.evaluation,
                weights: population.weights(&[looked.slot])?.swap_remove(0),
            });
        }
        let rung = self.state.phase as u32;
        let state = &mut self.state;
        state.epoch = epoch;
        (state.states, state.starts) = (vec![], vec![]);
        if epoch == phase.last_epoch {
            let next = state.schedule.phases.get(state.phase + 1).map_or(state.active.len(), |p| p.experiments);
            let scores: Vec<f32> = state.active.iter().map(|i| state.experiments[*i].metrics.score()).collect();
            let middle = state.active.iter().position(|i| *i == 0);
            let keep = search::survivors(&scores, next, middle);
            tracing::info!(
                epoch,
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
        } else {
            state.states = population.states()?;
            state.made = population.made();
        }
        if epoch == state.schedule.epochs {
            for &index in &state.active {
                if state.experiments[index].state == ExperimentState::Training {
                    state.experiments[index].state = ExperimentState::Done;
                }
            }
        }
        observer.epoch(&EpochReport {
            epoch,
            epochs: self.state.schedule.epochs,
            rung,
            experiments: &self.state.experiments,
            leader,
            training: looked.training,
            validation: metrics,
            seen: &looked.seen,
        })?;
        if let Some(path) = &self.plan.checkpoint {
            // A copy of the clock: this process counts on from its own start.
            let before = self.state.seconds;
            self.state.seconds = self.elapsed();
            let saved = self.state.save(path);
            self.state.seconds = before;
            saved?;
        }
        Ok(())
    }

    /// Turns what one experiment saw into objects in pixels of the frames, beside the truth.
    fn results(&self, looks: &[Look], examples: &[Example]) -> Vec<FrameResult> {
        let info = &self.base.info;
        let size = (info.width as f32, info.height as f32);
        let (boxes, tags) = kinds(&self.plan.categories);
        let stride = self.shape.taps[0].stride as f32;
        results(looks, examples, &self.frames.samples, &self.shape, (&boxes, &tags), size, stride)
    }
}

/// Fails once the training has been cancelled.
pub fn check(cancel: &AtomicBool) -> Result<(), TrainError> {
    if cancel.load(Ordering::Relaxed) { Err(TrainError::Cancelled) } else { Ok(()) }
}

/// A frame's labels as class indices of each kind.
fn sample(frame: &TrainingFrame, categories: &[Category], boxes: &[usize], tags: &[usize]) -> Sample {
    let index = |name: &str| categories.iter().position(|c| c.name == name);
    Sample {
        size: frame.size,
        boxes: frame
            .labels
            .iter()
            .filter_map(|l| Some((boxes.iter().position(|b| Some(*b) == index(&l.category))?, l.bbox?)))
            .collect(),
        tags: tags
            .iter()
            .map(|t| f32::from(u8::from(frame.labels.iter().any(|l| index(&l.category) == Some(*t)))))
            .collect(),
    }
}

/// Turns what one experiment saw into objects in pixels of the frames, beside the truth.
fn results(
    looks: &[Look],
    examples: &[Example],
    samples: &[Sample],
    shape: &HeadShape,
    (boxes, tags): (&[usize], &[usize]),
    from: (f32, f32),
    stride: f32,
) -> Vec<FrameResult> {
    looks
        .par_iter()
        .zip(examples)
        .map(|(look, example)| {
            let sample = &samples[example.sample];
            let to = (sample.size.0 as f32, sample.size.1 as f32);
            let whole = BBox::new(0.0, 0.0, to.0, to.1);
            let mut predictions =
                if boxes.is_empty() { vec![] } else { decode::objects(shape, &look.maps, stride, from, to) };
            for p in &mut predictions {
                p.category = boxes[p.category];
            }
            // A tag is a box around the whole frame: then one kind of average precision serves both.
            predictions.extend(tags.iter().zip(&look.tags).map(|(t, score)| Scored {
                category: *t,
                bbox: whole,
                score: *score,
            }));
            let mut truth: Vec<(usize, BBox)> = sample.boxes.iter().map(|(c, b)| (boxes[*c], *b)).collect();
            truth.extend(tags.iter().zip(&sample.tags).filter(|(_, on)| **on > 0.5).map(|(t, _)| (*t, whole)));
            FrameResult { truth, predictions, loss: look.loss }
        })
        .collect()
}
