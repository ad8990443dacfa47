//! What a training is asked for, and the record that follows from it.

use crate::config;
use crate::domain::{Experiment, Training, TrainingSource, limits};
use crate::runtime::Runtime;
use crate::store::Store;
use crate::train::base::Base;
use crate::train::error::TrainError;
use crate::train::run::hyperparameters;
use serde::{Deserialize, Serialize};

/// Labelled frames that a training needs, at least.
pub const LEAST_FRAMES: usize = 5;
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
}

/// The record of a training that was asked for; errors say what is missing.
pub fn plan(
    config: &config::Train,
    runtime: &Runtime,
    store: &Store,
    request: TrainRequest,
) -> Result<Training, TrainError> {
    let invalid = |text: String| Err(TrainError::Invalid(text));
    let experiments = request.experiments.unwrap_or(config.experiments);
    let epochs = request.epochs.unwrap_or(config.epochs);
    limits::within("experiments", experiments, &limits::EXPERIMENTS).map_err(TrainError::Invalid)?;
    limits::within("epochs", epochs, &limits::EPOCHS).map_err(TrainError::Invalid)?;
    if let Some(minutes) = request.minutes {
        limits::within("minutes", minutes, &limits::MINUTES).map_err(TrainError::Invalid)?;
    }
    let from: TrainingSource = request.from.as_deref().unwrap_or("base").parse().map_err(TrainError::Invalid)?;
    let base = match from {
        TrainingSource::Base => config.base.clone(),
        TrainingSource::Model(id) => store.model(id)?.base,
    };
    Base::open(&store.bases_dir(), &base)?;
    let labelled = store.labelled()?;
    let uses = |name: &str| labelled.iter().filter(|(_, l)| l.labels.iter().any(|l| l.category == name)).count();
    let all: Vec<String> = store.categories()?.into_iter().map(|c| c.name).collect();
    let categories = match request.categories {
        Some(names) => {
            for name in &names {
                if !all.contains(name) {
                    return invalid(format!("there is no category `{name}`; there are: {}", all.join(", ")));
                }
                if uses(name) == 0 {
                    return invalid(format!("no frame has a label of category `{name}`; label some first"));
                }
            }
            all.into_iter().filter(|n| names.contains(n)).collect()
        }
        None => all.into_iter().filter(|n| uses(n) > 0).collect::<Vec<_>>(),
    };
    if labelled.len() < LEAST_FRAMES {
        return invalid(format!(
            "a training needs {LEAST_FRAMES} labelled frames or more; there are {}: label {} more",
            labelled.len(),
            LEAST_FRAMES - labelled.len()
        ));
    }
    if categories.is_empty() {
        return invalid("the labelled frames have no labels: there is nothing to learn".into());
    }
    let drawn = hyperparameters::draw(experiments as usize, config.seed).into_iter().map(Experiment::queued).collect();
    Ok(Training {
        minutes: request.minutes,
        categories,
        base,
        seed: Some(config.seed),
        from: from.into(),
        device: runtime.describe().device.clone(),
        ..Training::queued(drawn, epochs)
    })
}
