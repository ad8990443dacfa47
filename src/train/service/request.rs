//! What a training is asked for, and the record that follows from it.

use crate::config;
use crate::domain::{CameraId, Experiment, Frame, FrameLabels, Training, TrainingSource, limits};
use crate::runtime::Runtime;
use crate::store::Store;
use crate::train::base::Base;
use crate::train::error::TrainError;
use crate::train::run::hyperparameters;
use serde::{Deserialize, Serialize};

/// Labelled frames that a training needs, at least.
pub const LEAST_FRAMES: usize = 5;
/// Why a training is refused of whose frames none can be kept for the test.
pub const ONE_SIDE: &str = "all labelled frames were taken within seconds of one another: label frames from other times \
                            too, so that the model can be judged on frames it was not trained on";

/// Body of `POST /trainings`; `{}` is enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrainRequest {
    /// `base`, or the id of a model to continue.
    pub from: Option<String>,
    /// 1 to 256.
    #[schema(minimum = 1, maximum = 256)]
    pub experiments: Option<u32>,
    /// 1 to 1000; where minutes are given, at most.
    #[schema(minimum = 1, maximum = 1000)]
    pub epochs: Option<u32>,
    /// Time for the whole training, 0.5 to 10,000; without, an epoch shows every frame once.
    #[schema(minimum = 0.5, maximum = 10000.0)]
    pub minutes: Option<f32>,
    /// Names; all that have labels by default.
    pub categories: Option<Vec<String>>,
    /// Learns from the frames of this camera alone, and goes live there alone; without, from all frames, and at all cameras
    /// that have no model of their own.
    pub camera: Option<CameraId>,
}

/// Labelled frames, with their labels.
pub type Labelled = Vec<(Frame, FrameLabels)>;

/// All of the store; with a camera, those that it took.
pub fn labelled(store: &Store, camera: Option<&CameraId>) -> Result<Labelled, TrainError> {
    let mut all = store.labelled()?;
    all.retain(|(frame, _)| camera.is_none() || frame.camera.as_ref() == camera);
    Ok(all)
}

/// The record of a training that was asked for; errors say what is missing.
pub fn plan(
    config: &config::Train,
    runtime: &Runtime,
    store: &Store,
    request: TrainRequest,
) -> Result<Training, TrainError> {
    let experiments = request.experiments.unwrap_or(config.experiments);
    let epochs = request.epochs.unwrap_or(config.epochs);
    limits::within("experiments", experiments, &limits::EXPERIMENTS).map_err(TrainError::Invalid)?;
    limits::within("epochs", epochs, &limits::EPOCHS).map_err(TrainError::Invalid)?;
    if let Some(minutes) = request.minutes {
        limits::within("minutes", minutes, &limits::MINUTES).map_err(TrainError::Invalid)?;
    }
    let from = source(request.from.as_deref())?;
    let base = base(config, store, request.from.as_deref())?.info.name;
    let labelled = labelled(store, request.camera.as_ref())?;
    let categories = categories(store, &labelled, request.categories)?;
    enough(&labelled, &categories, (0, request.camera.as_ref()))?;
    let drawn = hyperparameters::draw(experiments as usize, config.seed).into_iter().map(Experiment::queued).collect();
    Ok(Training {
        minutes: request.minutes,
        labelled: Some(labelled.len() as u64),
        camera: request.camera,
        categories,
        base,
        seed: Some(config.seed),
        from: from.into(),
        device: runtime.describe().device.clone(),
        ..Training::queued(drawn, epochs)
    })
}

fn source(from: Option<&str>) -> Result<TrainingSource, TrainError> {
    from.unwrap_or("base").parse().map_err(TrainError::Invalid)
}

/// The base that a training from there stands on.
pub fn base(config: &config::Train, store: &Store, from: Option<&str>) -> Result<Base, TrainError> {
    let name = match source(from)? {
        TrainingSource::Base => config.base.clone(),
        TrainingSource::Model(id) => store.model(id)?.base,
    };
    Base::open(&store.bases_dir(), &name)
}

/// The names of what is to be learned, in the order of the store; all that have labels where none are asked for.
pub fn categories(
    store: &Store,
    labelled: &[(Frame, FrameLabels)],
    asked: Option<Vec<String>>,
) -> Result<Vec<String>, TrainError> {
    let invalid = |text: String| Err(TrainError::Invalid(text));
    let used = |name: &str| labelled.iter().any(|(_, l)| l.labels.iter().any(|l| l.category == name));
    let all: Vec<String> = store.categories()?.into_iter().map(|c| c.name).collect();
    let Some(names) = asked else { return Ok(all.into_iter().filter(|n| used(n)).collect()) };
    let names: Vec<String> = names.iter().map(|name| store.spelled(name)).collect();
    for name in &names {
        if !all.contains(name) {
            return invalid(format!("there is no category `{name}`; there are: {}", all.join(", ")));
        }
        if !used(name) {
            return invalid(format!("no frame has a label of category `{name}`; label some first"));
        }
    }
    Ok(all.into_iter().filter(|n| names.contains(n)).collect())
}

/// Whether there is enough to learn from; `damaged` labelled frames are not among these, nor others than those of the
/// camera.
pub fn enough(
    labelled: &[(Frame, FrameLabels)],
    names: &[String],
    (damaged, camera): (usize, Option<&CameraId>),
) -> Result<(), TrainError> {
    let there = labelled.len();
    if there < LEAST_FRAMES {
        let more = LEAST_FRAMES - there;
        let without = if damaged > 0 { format!(" without the {damaged} that are damaged") } else { String::new() };
        return Err(TrainError::Invalid(match camera {
            None => format!(
                "a training needs {LEAST_FRAMES} labelled frames or more; there are {there}{without}: label {more} more"
            ),
            Some(id) => format!(
                "a training for one camera needs {LEAST_FRAMES} labelled frames of it or more; of `{id}` there are \
                 {there}{without}: label {more} more"
            ),
        }));
    }
    if names.is_empty() {
        return Err(TrainError::Invalid("the labelled frames have no labels: there is nothing to learn".into()));
    }
    Ok(())
}
