//! What is told here and by no other door: the shapes of those payloads, which `document` makes its schemas of.

use crate::domain::{
    CameraId, ExperimentId, ExperimentState, FrameId, Metrics, ModelId, Page, SplitMetrics, Training, TrainingId,
    TrainingState,
};
use crate::telemetry::{Fill, Status};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What every payload carries.
#[derive(ToSchema)]
#[schema(as = Stamp)]
#[allow(dead_code, reason = "it stands for what `payload` writes, in the document")]
pub struct StampBody {
    /// The same on a second delivery; what comes with the id of a command answers it.
    #[schema(value_type = String, format = Uuid)]
    id: Value,
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    device: String,
    /// `true` where the payload was too long, and its longest lists and texts lost their ends; else absent.
    truncated: Option<bool>,
}

/// How the device is: as the answer of `GET /api/v1/status`, and how full the outbox is.
#[derive(Serialize, ToSchema)]
#[schema(as = OutboxFill)]
pub struct StatusBody {
    #[serde(flatten)]
    #[schema(ignore)]
    pub status: Map<String, Value>,
    pub outbox: Fill,
}

impl StatusBody {
    pub fn of(status: &Status, outbox: Fill) -> serde_json::Result<Self> {
        // Through text, so that a 32-bit number keeps its few digits.
        let mut status: Map<String, Value> = serde_json::from_str(&serde_json::to_string(status)?)?;
        // That is the message's.
        status.remove("device");
        Ok(Self { status, outbox })
    }
}

/// How far a training has come.
#[derive(Serialize, ToSchema)]
#[schema(as = TrainingTold)]
pub struct TrainingBody<'a> {
    training: TrainingId,
    /// The camera that it is for alone; absent where it is for all that have no model of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    camera: Option<&'a CameraId>,
    state: TrainingState,
    /// Epochs finished.
    epoch: u32,
    /// Epochs planned.
    epochs: u32,
    rung: u32,
    /// 0 to 1.
    progress: f32,
    /// What it does now, in words.
    activity: String,
    experiments: Counts,
    /// Of those that finished an epoch; null where none did.
    best: Option<Best>,
    winner: Option<ModelId>,
    /// What became of the winner, in words.
    verdict: Option<&'a str>,
    error: Option<&'a str>,
}

/// How many experiments there are.
#[derive(Serialize, ToSchema)]
#[schema(as = ExperimentCounts)]
pub struct Counts {
    running: usize,
    all: usize,
}

/// The experiment with the best AP50 so far, on the validation side.
#[derive(Serialize, ToSchema)]
#[schema(as = BestExperiment)]
pub struct Best {
    experiment: ExperimentId,
    metrics: Metrics,
}

impl<'a> From<&'a Training> for TrainingBody<'a> {
    fn from(training: &'a Training) -> Self {
        let experiments = &training.experiments;
        let running = experiments.iter().filter(|one| one.state == ExperimentState::Training).count();
        let best = experiments
            .iter()
            .filter(|one| one.epoch > 0 && one.state != ExperimentState::Diverged)
            .max_by(|a, b| a.metrics.ap50.total_cmp(&b.metrics.ap50))
            .map(|one| Best { experiment: one.id, metrics: one.metrics });
        Self {
            training: training.id,
            camera: training.camera.as_ref(),
            state: training.state,
            epoch: training.epoch,
            epochs: training.epochs,
            rung: training.rung,
            progress: training.progress,
            activity: training.activity.to_string(),
            experiments: Counts { running, all: experiments.len() },
            best,
            winner: training.winner,
            verdict: training.verdict.as_deref(),
            error: training.error.as_deref(),
        }
    }
}

/// The end of an epoch.
#[derive(Serialize, ToSchema)]
#[schema(as = EpochTold)]
pub struct EpochBody {
    pub training: TrainingId,
    pub epoch: u32,
    /// Epochs planned.
    pub epochs: u32,
    pub rung: u32,
    pub leader: Leader,
    pub experiments: Vec<ExperimentBody>,
}

/// The experiment that leads, on both sides of the split.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadingExperiment)]
pub struct Leader {
    pub experiment: ExperimentId,
    pub metrics: SplitMetrics,
}

/// One experiment at the end of an epoch, on the validation side.
#[derive(Serialize, ToSchema)]
#[schema(as = ExperimentTold)]
pub struct ExperimentBody {
    pub id: ExperimentId,
    pub state: ExperimentState,
    /// Its own last one.
    pub epoch: u32,
    pub metrics: Metrics,
}

/// A page of the flip book.
#[derive(Serialize, ToSchema)]
#[schema(as = PageTold)]
pub struct PageBody<'a> {
    #[serde(flatten)]
    pub page: &'a Page,
    /// That of the page's point.
    pub score: f32,
}

/// How many objects of each category the live model sees now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
#[schema(as = CountsTold)]
pub struct CountsBody {
    /// Absent where the device has but one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraId>,
    /// The one that looks; null where nobody does: no model, no picture. Nothing is counted then.
    pub model: Option<ModelId>,
    /// By category, of those that the model knows: how many there are, 0 too. What is not watched is not counted.
    pub objects: BTreeMap<String, usize>,
    /// By category: whether one was seen in the last 10 seconds.
    pub present: BTreeMap<String, bool>,
}

/// The answer to a command.
#[derive(Serialize)]
pub struct Answer<'a> {
    pub command: &'a str,
    pub ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What came of `train` and `cancel`.
#[derive(Serialize, ToSchema)]
pub struct TrainingResult {
    pub training: TrainingId,
    pub state: TrainingState,
}

/// What came of `deploy` and `rollback`: the model that is live now.
#[derive(Serialize, ToSchema)]
pub struct ModelResult {
    pub model: ModelId,
}

/// What came of `reboot-service`: once this is told the daemon ends, and is started again.
#[derive(Serialize, ToSchema)]
pub struct RebootResult {
    /// The number of the boot that ends; what comes after has another one.
    pub boot: u64,
}

/// What came of `capture`: the frame, which is in the store.
#[derive(Serialize, ToSchema)]
pub struct CaptureResult {
    pub frame: FrameId,
}
