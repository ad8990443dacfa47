//! Where a training's examples come from: views whose features were computed once, or fresh views of every frame.

use super::batch::{BATCH, Batch};
use super::example::{Content, Example};
use super::training_set::TrainingSet;
use crate::dataset::seam::{Part, Seam};
use crate::dataset::view::View;
use crate::domain::{BBox, Side};
use crate::train::base::Feed;
use crate::train::error::TrainError;
use crate::train::network::{Network, TrueBox, ViewTruth};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::mpsc::sync_channel;

/// Of them, those shown in an augmented view; the others are shown as they are.
const VIEWED: usize = 7;
/// Share of the fresh views that are joined to one of another frame.
const JOINED: f64 = 0.4;
/// Batches made ahead of the step that takes them.
const AHEAD: usize = 2;

/// Examples for everything above one fork.
pub struct Views<'a> {
    frames: &'a TrainingSet<'a>,
    /// Training frames: index among all, and where their cached views lie in `cached`, the plain one first.
    training: Vec<(usize, Range<usize>)>,
    cached: &'a [Example],
    /// Whether steps see fresh views instead of the cached ones.
    fresh: bool,
    seed: u64,
}

impl<'a> Views<'a> {
    /// `cached`: examples of all frames in their order, those of a frame together, its plain one first.
    pub fn new(frames: &'a TrainingSet<'a>, cached: &'a [Example], feed: Feed, seed: u64) -> Self {
        let mut training = Vec::new();
        let mut at = 0;
        while at < cached.len() {
            let sample = cached[at].sample;
            let end = at + cached[at..].iter().take_while(|e| e.sample == sample).count();
            if frames.sides[sample] == Side::Training {
                training.push((sample, at..end));
            }
            at = end;
        }
        Self { frames, training, cached, fresh: feed == Feed::Pixels, seed }
    }

    /// The frames of one side.
    pub fn of_side(&self, side: Side) -> Vec<usize> {
        (0..self.frames.ids.len()).filter(|i| self.frames.sides[*i] == side).collect()
    }

    /// A frame as it is.
    pub fn plain(&self, sample: usize) -> Result<Example, TrainError> {
        if self.fresh {
            return self.shown(sample, &View::identity());
        }
        let at = self.cached.partition_point(|e| e.sample < sample);
        let kept = self.cached.get(at).filter(|e| e.sample == sample && e.plain);
        kept.cloned().ok_or_else(|| TrainError::Failed(format!("nothing is kept of frame {sample}")))
    }

    /// A view of a frame, made now.
    fn shown(&self, sample: usize, view: &View) -> Result<Example, TrainError> {
        let picture = (self.frames.load)(self.frames.ids[sample])?;
        let (width, height) = self.frames.size;
        Ok(Example {
            sample,
            plain: *view == View::identity(),
            truth: self.frames.samples[sample].truth(view, self.frames.size),
            content: Content::Pixels(view.picture(&picture, width, height).into_raw()),
        })
    }

    /// Views of two frames in one picture, made now.
    fn joined(&self, seam: Seam, [first, second]: &[(usize, View); 2]) -> Result<Example, TrainError> {
        let (width, height) = self.frames.size;
        let picture = |(sample, view): &(usize, View)| {
            Ok::<_, TrainError>(view.picture(&(self.frames.load)(self.frames.ids[*sample])?, width, height))
        };
        let mut joined = picture(first)?;
        seam.join(&mut joined, &picture(second)?);
        let mut truth = ViewTruth::default();
        for (part, (sample, view)) in [(Part::First, first), (Part::Second, second)] {
            let seen = self.frames.samples[*sample].truth(view, self.frames.size);
            let left = |bbox: BBox| seam.bbox(part, bbox, self.frames.size);
            truth.boxes.extend(seen.boxes.iter().filter_map(|of| Some(TrueBox { bbox: left(of.bbox)?, ..*of })));
            truth.rejected.extend(seen.rejected.iter().filter_map(|(class, bbox)| Some((*class, left(*bbox)?))));
        }
        Ok(Example { sample: first.0, plain: false, truth, content: Content::Pixels(joined.into_raw()) })
    }

    /// Training frames.
    pub fn frames(&self) -> usize {
        self.training.len()
    }

    /// Runs the steps of an epoch, `each` with its number and batch, until it says that there are enough; batches are
    /// made on another thread meanwhile.
    pub fn epoch(
        &self,
        network: &Network,
        epoch: u32,
        mut each: impl FnMut(usize, Batch) -> Result<bool, TrainError>,
    ) -> Result<(), TrainError> {
        std::thread::scope(|scope| {
            let (send, batches) = sync_channel::<Result<Batch, TrainError>>(AHEAD);
            scope.spawn(move || {
                let mut choices = Choices::new(self, epoch);
                loop {
                    let batch = self.make(&choices.step()).map(|examples| {
                        let examples: Vec<&Example> = examples.iter().collect();
                        Batch::of(network, &examples)
                    });
                    // The other end is gone once there were steps enough.
                    if send.send(batch).is_err() {
                        break;
                    }
                }
            });
            for (step, batch) in batches.into_iter().enumerate() {
                if !each(step, batch?)? {
                    break;
                }
            }
            Ok(())
        })
    }

    fn make(&self, step: &[Choice]) -> Result<Vec<Example>, TrainError> {
        step.par_iter()
            .map(|choice| match choice {
                Choice::Cached(at) => Ok(self.cached[*at].clone()),
                Choice::Fresh(sample, view) => self.shown(*sample, view),
                Choice::Joined(seam, views) => self.joined(*seam, views),
            })
            .collect()
    }
}

/// What each step of an epoch shows: every frame once, then anew. The same epoch of the same seed shows the same.
struct Choices<'a> {
    views: &'a Views<'a>,
    rng: ChaCha8Rng,
    /// Training frames that have not been shown.
    order: Vec<usize>,
}

/// An example of a step.
enum Choice {
    /// Index among the cached ones.
    Cached(usize),
    /// Index of the frame, and how it is shown.
    Fresh(usize, Box<View>),
    /// The same of two.
    Joined(Seam, Box<[(usize, View); 2]>),
}

impl<'a> Choices<'a> {
    fn new(views: &'a Views<'a>, epoch: u32) -> Self {
        let seed = views.seed.wrapping_mul(7919).wrapping_add(u64::from(epoch));
        Self { views, rng: ChaCha8Rng::seed_from_u64(seed), order: vec![] }
    }

    fn step(&mut self) -> Vec<Choice> {
        (0..BATCH).map(|slot| self.one(slot < VIEWED)).collect()
    }

    /// The next frame: its index among the training ones.
    fn next(&mut self) -> usize {
        if self.order.is_empty() {
            self.order = (0..self.views.training.len()).collect();
            self.order.shuffle(&mut self.rng);
        }
        self.order.pop().unwrap_or(0)
    }

    fn one(&mut self, viewed: bool) -> Choice {
        let (sample, cached) = &self.views.training[self.next()];
        if self.views.fresh {
            if !viewed {
                return Choice::Fresh(*sample, Box::new(View::identity()));
            }
            // A tag is said of the whole frame: of two it would be wrong. Every frame has a value for every tag category.
            let tags = !self.views.frames.samples[*sample].tags.is_empty();
            if tags || !self.rng.random_bool(JOINED) {
                return Choice::Fresh(*sample, Box::new(View::random(&mut self.rng)));
            }
            let rng = &mut self.rng;
            let other = self.views.training[rng.random_range(0..self.views.training.len())].0;
            Choice::Joined(Seam::random(rng), Box::new([(*sample, View::random(rng)), (other, View::random(rng))]))
        } else if viewed && cached.len() > 1 {
            Choice::Cached(self.rng.random_range(cached.start + 1..cached.end))
        } else {
            Choice::Cached(cached.start)
        }
    }
}
