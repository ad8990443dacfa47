//! What is told of a device, as its own event stream would tell it.

use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Something that happened: its name on the stream, and its JSON. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub name: &'static str,
    pub data: Arc<Value>,
}

/// What is read of a training's record.
#[derive(Deserialize)]
struct Training {
    id: Value,
    epoch: u32,
    epochs: u32,
    #[serde(default)]
    experiments: Vec<Experiment>,
}

#[derive(Deserialize)]
struct Experiment {
    id: Value,
    epoch: u32,
    metrics: Metrics,
}

#[derive(Deserialize)]
struct Metrics {
    ap50: f32,
    ap50_95: f32,
}

impl Told {
    pub fn new(name: &'static str, data: Value) -> Self {
        Self { name, data: Arc::new(data) }
    }

    /// That an epoch is over, by the record of its training after it: which experiment leads. Without the metrics of both
    /// sides, which the flip book has. `None`: the record tells of none after the epoch `before`.
    pub fn epoch(training: &Value, before: u32) -> Option<Self> {
        let Training { id, epoch, epochs, experiments } = Training::deserialize(training).ok()?;
        let finished = experiments.into_iter().filter(|one| one.epoch == epoch);
        let score = |one: &Experiment| one.metrics.ap50 + one.metrics.ap50_95;
        let leads = finished.max_by(|a, b| score(a).total_cmp(&score(b))).filter(|_| epoch > before)?;
        Some(Self::new("epoch", json!({"training": id, "epoch": epoch, "epochs": epochs, "experiment": leads.id})))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_told_once_with_the_experiment_that_leads() {
        let experiment = |id: &str, epoch: u32, ap50: f32| json!({"id": id, "epoch": epoch, "metrics": {"ap50": ap50, "ap50_95": 0.1}});
        let experiments = [experiment("a", 3, 0.9), experiment("b", 4, 0.5), experiment("c", 4, 0.7)];
        let training = json!({"id": "t", "epoch": 4, "epochs": 9, "experiments": experiments});
        let told = Told::epoch(&training, 3).unwrap();
        assert_eq!(*told.data, json!({"training": "t", "epoch": 4, "epochs": 9, "experiment": "c"}));
        assert_eq!(Told::epoch(&training, 4), None);
        assert_eq!(Told::epoch(&json!({"id": "t"}), 0), None, "what can't be read tells nothing");
    }
}
