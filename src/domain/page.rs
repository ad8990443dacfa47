//! The flip book: what each frame looked like to the model at each epoch.

use super::bbox::BBox;
use super::id::{ExperimentId, FrameId, TrainingId};
use super::label::Label;
use super::outcome::JudgedCategory;
use super::training::{Metrics, Side, Training, TrainingState};
use serde::{Deserialize, Serialize};

/// One object the model believes to see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Prediction {
    pub category: String,
    /// In pixels of the stored frame; absent for tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bbox: Option<BBox>,
    /// 0 to 1.
    pub score: f32,
}

/// One frame at one epoch of one experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page {
    pub training: TrainingId,
    pub frame: FrameId,
    /// From 1.
    pub epoch: u32,
    pub experiment: ExperimentId,
    pub split: Side,
    /// Pixels of the stored frame.
    pub width: u32,
    /// Pixels of the stored frame.
    pub height: u32,
    pub truth: Vec<Label>,
    pub predictions: Vec<Prediction>,
    pub point: Point,
}

/// A frame's data point at one epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Point {
    /// F1 of this frame's predictions against its labels (IoU 0.5), 0 to 1; 1 where both are empty.
    pub score: f32,
    /// The experiment's loss on this frame.
    pub loss: f32,
    /// Mean score of the predictions from the threshold up, 0 to 1; 0 where there are none.
    pub confidence: f32,
    /// How labels and predictions fared; trainings of an earlier version do not say.
    #[serde(flatten)]
    #[schema(value_type = ToldFates)]
    pub fates: Option<Fates>,
}

/// Stands for [`Fates`] in the OpenAPI document: all of it or nothing.
#[derive(utoipa::ToSchema)]
#[allow(dead_code)]
struct ToldFates {
    /// Labels that were found.
    found: Option<u32>,
    /// Labels where nothing was seen.
    missed: Option<u32>,
    /// Labels that were seen as another category.
    confused: Option<u32>,
    /// Predictions where no label is, those that repeat one that was found included.
    #[schema(rename = "false")]
    false_alarms: Option<u32>,
    /// A letter for each label, in the order of the page's `truth`: `f` found, `m` missed, `c` confused.
    labels: Option<String>,
}

/// How a frame's labels and predictions fared at one epoch, predictions counting from the experiment's threshold up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Fates {
    /// Labels that were found.
    pub found: u32,
    /// Labels where nothing was seen.
    pub missed: u32,
    /// Labels that were seen as another category.
    pub confused: u32,
    /// Predictions where no label is, those that repeat one that was found included.
    #[serde(rename = "false")]
    pub false_alarms: u32,
    /// A letter for each label, in the order of the page's `truth`: `f` found, `m` missed, `c` confused.
    pub labels: String,
}

/// Metrics on both sides of the split. Experiments that do not lead look at the validation side alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SplitMetrics {
    pub training: Option<Metrics>,
    pub validation: Metrics,
}

/// A frame of the flip book.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FlipBookFrame {
    pub id: FrameId,
    pub split: Side,
}

/// One epoch of the flip book: an experiment, the one that led unless another was asked for, and a point per frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FlipBookEpoch {
    /// From 1.
    pub epoch: u32,
    pub experiment: ExperimentId,
    pub metrics: SplitMetrics,
    /// On the validation frames, at the experiment's threshold; trainings of an earlier version do not say.
    #[serde(default)]
    pub categories: Vec<JudgedCategory>,
    /// Those that have pages at this epoch, the leader first.
    #[serde(default)]
    pub experiments: Vec<ExperimentId>,
    /// In the order of `FlipBook::frames`; `null` for frames that the experiment did not look at.
    pub points: Vec<Option<Point>>,
}

/// All pages of a training, without their predictions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FlipBook {
    pub training: TrainingId,
    /// What is to be known of it: why it has no pages or ends early, what was left out; `null` where nothing is.
    pub note: Option<String>,
    pub frames: Vec<FlipBookFrame>,
    pub epochs: Vec<FlipBookEpoch>,
}

/// What is told of an epoch that is over: how it went, and one page. All of them lie in the store: whoever listens slowly would
/// have the device keep thousands.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochTold {
    /// From 1.
    pub epoch: u32,
    /// The one that led.
    pub experiment: ExperimentId,
    pub metrics: SplitMetrics,
    /// Of the frame that the training is watched by: the validation frame with most labels (a training frame where there is no
    /// other), the same at every epoch, so that one sees the model learn.
    pub page: Option<Page>,
}

impl EpochTold {
    /// `pages`: all of the leader's, in memory or as they are read one by one.
    pub fn new(summary: &FlipBookEpoch, pages: impl Iterator<Item = Page>) -> Self {
        let page =
            pages.max_by_key(|page| (page.split == Side::Validation, page.truth.len(), std::cmp::Reverse(page.frame)));
        Self { epoch: summary.epoch, experiment: summary.experiment, metrics: summary.metrics, page }
    }
}

impl FlipBook {
    /// What is to be known of a flip book of so many epochs, in words.
    pub fn note(training: &Training, epochs: usize) -> Option<String> {
        let left_out = match training.skipped {
            0 => None,
            1 => Some("1 damaged frame was left out.".to_owned()),
            n => Some(format!("{n} damaged frames were left out.")),
        };
        let ended = match training.state {
            TrainingState::Failed => Some("failed"),
            TrainingState::Cancelled => Some("was cancelled"),
            _ => None,
        };
        let ended = ended.map(|ended| {
            let why = training.error.as_deref().map_or_else(String::new, |why| format!(": {why}"));
            match epochs {
                0 => format!("The training {ended} before its first page{why}."),
                n => format!("The training {ended} after epoch {n}{why}."),
            }
        });
        let words: Vec<String> = [ended, left_out].into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

/// What a training hands to the store after an epoch: the summary and every page of the leader, in the order of the
/// frames, and what the others saw.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochPages {
    pub summary: FlipBookEpoch,
    pub pages: Vec<Page>,
    pub others: Vec<OtherPages>,
}

/// What an experiment that does not lead saw of the validation frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OtherPages {
    pub experiment: ExperimentId,
    /// On the validation frames.
    pub metrics: Metrics,
    pub categories: Vec<JudgedCategory>,
    pub pages: Vec<OtherPage>,
}

/// One of them; what it is a page of stands in the leader's page of that frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OtherPage {
    pub frame: FrameId,
    pub predictions: Vec<Prediction>,
    pub point: Point,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_epoch_the_validation_frame_with_most_labels_is_told() {
        let frames = [0; 4].map(|_| FrameId::new());
        let page = |at: usize, labels| Page {
            training: TrainingId::new(),
            frame: frames[at],
            epoch: 1,
            experiment: ExperimentId::new(),
            split: if at == 0 { Side::Training } else { Side::Validation },
            width: 8,
            height: 8,
            truth: vec![Label::tag("cat"); labels],
            predictions: vec![],
            point: Point { score: 0.5, loss: 1.0, confidence: 0.5, fates: None },
        };
        let summary = FlipBookEpoch {
            epoch: 1,
            experiment: ExperimentId::new(),
            metrics: SplitMetrics::default(),
            categories: vec![],
            experiments: vec![],
            points: vec![],
        };
        let told = |labels: [usize; 4]| {
            EpochTold::new(&summary, (0..4).map(|at| page(at, labels[at]))).page.map(|page| page.frame)
        };
        assert_eq!(told([9, 1, 3, 2]), Some(frames[2]));
        assert_eq!(told([9, 3, 3, 3]), Some(frames[1]), "the first of several");
        assert_eq!(EpochTold::new(&summary, std::iter::empty()).page, None);
    }

    #[test]
    fn a_book_without_an_end_says_why() {
        let mut training = Training { state: TrainingState::Done, ..Training::queued(vec![], 3) };
        assert_eq!(FlipBook::note(&training, 3), None);
        training.skipped = 2;
        assert_eq!(FlipBook::note(&training, 3).unwrap(), "2 damaged frames were left out.");
        (training.skipped, training.state) = (0, TrainingState::Cancelled);
        assert_eq!(FlipBook::note(&training, 2).unwrap(), "The training was cancelled after epoch 2.");
        (training.state, training.error) = (TrainingState::Failed, Some("the disk is full".into()));
        assert_eq!(
            FlipBook::note(&training, 0).unwrap(),
            "The training failed before its first page: the disk is full."
        );
    }
}
