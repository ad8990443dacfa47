//! A training and its experiments.

use super::activity::{Activity, Told, told};
use super::attempt::{Hyperparameters, Tried, tried};
use super::camera::CameraId;
use super::clock::Clock;
use super::id::{ExperimentId, ModelId, TrainingId};
use super::outcome::Outcome;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Which side of the 80/20 split a frame fell on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Training,
    Validation,
}

/// How good an experiment is, on one side of the split. All but `loss` lie between 0 and 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Metrics {
    /// Average precision at IoU 0.5, as COCO counts it, mean over categories.
    pub ap50: f32,
    /// Mean over IoU 0.5 to 0.95 in steps of 0.05.
    pub ap50_95: f32,
    /// At the threshold with the best F1.
    pub precision: f32,
    /// At the threshold with the best F1.
    pub recall: f32,
    /// The best over all thresholds.
    pub f1: f32,
    pub loss: f32,
}

impl Metrics {
    /// What epochs and experiments are compared by: AP50 + AP50:95. On few frames AP50 alone jumps by hundredths from
    /// epoch to epoch; AP50:95 is a mean of ten such figures.
    pub fn score(&self) -> f32 {
        self.ap50 + self.ap50_95
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExperimentState {
    Queued,
    Training,
    /// The weaker half at a rung, and those whose training ended before they did.
    Stopped,
    /// Went all the way.
    Done,
    /// Its loss ran away.
    Diverged,
}

/// One set of hyperparameters being tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Experiment {
    pub id: ExperimentId,
    pub state: ExperimentState,
    /// Epochs it has trained.
    pub epoch: u32,
    #[serde(flatten, with = "tried")]
    #[schema(value_type = Tried)]
    pub hyperparameters: Hyperparameters,
    /// On the validation frames, after its last epoch.
    pub metrics: Metrics,
}

impl Experiment {
    /// The same hyperparameters, before the first step.
    pub fn anew(&self) -> Self {
        Self { id: self.id, ..Self::queued(self.hyperparameters.clone()) }
    }

    /// One that has not begun.
    pub fn queued(hyperparameters: Hyperparameters) -> Self {
        Self {
            id: ExperimentId::new(),
            state: ExperimentState::Queued,
            epoch: 0,
            hyperparameters,
            metrics: Metrics::default(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrainingState {
    Queued,
    Preparing,
    Training,
    Evaluating,
    Done,
    Failed,
    Cancelled,
}

impl TrainingState {
    /// Whether nothing more will happen.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SplitCounts {
    pub training: u32,
    pub validation: u32,
}

/// What a training starts from: `"base"`, or the id of a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrainingSource {
    #[default]
    Base,
    Model(ModelId),
}

/// One press of Train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Training {
    pub id: TrainingId,
    pub state: TrainingState,
    #[schema(value_type = String, format = DateTime)]
    pub created: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished: Option<Timestamp>,
    /// `unsure` where the clock was not believed at one of these, and it is not known yet what it was; else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// What went wrong, and what to do; with state `failed`.
    pub error: Option<String>,
    /// Why it began again or goes on with less memory, if it had to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Epochs finished.
    pub epoch: u32,
    /// Epochs planned.
    pub epochs: u32,
    /// Time asked for.
    #[serde(default)]
    pub minutes: Option<f32>,
    /// Until it is done, as far as can be told; only while it runs. Told anew every second at least.
    #[serde(default)]
    pub seconds_left: Option<f32>,
    /// From 0; counts the rungs passed.
    pub rung: u32,
    /// 0 to 1; never falls but where it begins again (`note`).
    pub progress: f32,
    #[serde(flatten, with = "told")]
    #[schema(value_type = Told)]
    pub activity: Activity,
    pub split: SplitCounts,
    /// Labelled frames that are damaged on the disk and were left out.
    #[serde(default)]
    pub skipped: u32,
    /// Labelled frames that there were when it was asked for, of its camera where it is for one; trainings of an earlier version do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labelled: Option<u64>,
    /// The camera that it is for: it learns from that one's frames, and its model looks at that one alone. Absent where
    /// it is for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraId>,
    /// Whether it began by itself (`train.auto`).
    #[serde(default)]
    pub auto: bool,
    /// Times it was started since it last finished an epoch; where the device stops each time it is given up.
    #[serde(default)]
    pub starts: u32,
    /// In which boot of the machine it was started last, as the kernel calls that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// Category names, in the order of the class indices.
    pub categories: Vec<String>,
    /// Name of the base.
    pub base: String,
    /// What chance comes from; trainings of an earlier version do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// `base`, or the id of the model it continues.
    pub from: String,
    /// The device it runs on, as ONNX Runtime calls it, and why if it is not the wanted one.
    pub device: String,
    pub winner: Option<ModelId>,
    /// Whether the winner went live, and why or why not.
    pub verdict: Option<String>,
    /// What the winner finds and gets wrong, beside the model before; trainings of an earlier version do not say.
    #[serde(default)]
    pub outcome: Option<Outcome>,
    pub experiments: Vec<Experiment>,
}

impl Training {
    /// One that was just asked for: of the default base, from scratch, without categories yet.
    pub fn queued(experiments: Vec<Experiment>, epochs: u32) -> Self {
        Self {
            id: TrainingId::new(),
            state: TrainingState::Queued,
            created: Timestamp::now(),
            finished: None,
            clock: None,
            error: None,
            note: None,
            epoch: 0,
            epochs,
            minutes: None,
            seconds_left: None,
            rung: 0,
            progress: 0.0,
            activity: Activity::Queued,
            split: SplitCounts::default(),
            skipped: 0,
            labelled: None,
            camera: None,
            auto: false,
            starts: 0,
            boot: None,
            categories: vec![],
            base: "default".into(),
            seed: None,
            from: TrainingSource::Base.into(),
            device: String::new(),
            winner: None,
            verdict: None,
            outcome: None,
            experiments,
        }
    }

    /// Ends without a model, now; with it end the experiments that went on.
    pub fn break_off(&mut self, state: TrainingState, activity: Activity) {
        (self.state, self.activity) = (state, activity);
        self.finished = Some(Timestamp::now());
        let on = |e: &&mut Experiment| matches!(e.state, ExperimentState::Queued | ExperimentState::Training);
        self.experiments.iter_mut().filter(on).for_each(|e| e.state = ExperimentState::Stopped);
    }

    /// Forgets what was trained so far, and says why.
    pub fn begin_again(&mut self, why: &str) {
        self.note = Some(format!("it began again from the start: {why}"));
        (self.epoch, self.rung, self.progress) = (0, 0, 0.0);
        self.experiments = self.experiments.iter().map(Experiment::anew).collect();
    }
}

impl From<TrainingSource> for String {
    fn from(source: TrainingSource) -> Self {
        match source {
            TrainingSource::Base => "base".to_owned(),
            TrainingSource::Model(id) => id.to_string(),
        }
    }
}

impl std::str::FromStr for TrainingSource {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "base" => Ok(Self::Base),
            id => id.parse().map(Self::Model).map_err(|_| format!("`from` is `base` or the id of a model, not `{id}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::run::hyperparameters;

    #[test]
    fn with_a_training_that_is_broken_off_its_experiments_end() {
        let mut experiments: Vec<_> = hyperparameters::draw(3, 0).into_iter().map(Experiment::queued).collect();
        (experiments[0].state, experiments[1].state) = (ExperimentState::Training, ExperimentState::Diverged);
        let mut training = Training::queued(experiments, 4);
        training.break_off(TrainingState::Cancelled, Activity::Cancelled);
        let states: Vec<_> = training.experiments.iter().map(|e| e.state).collect();
        assert_eq!(states, [ExperimentState::Stopped, ExperimentState::Diverged, ExperimentState::Stopped]);
        assert!(training.finished.is_some());
    }
}
