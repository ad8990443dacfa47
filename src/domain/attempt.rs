//! What an experiment tries: the figures, and words that tell it from the others.

use serde::{Deserialize, Serialize};

/// How far from the middle of its range, 0 to 1, a setting is worth a word.
const NOTABLE: f32 = 0.5;
/// The ranges that experiments are drawn over (`train::run::hyperparameters`): what is high and what is low.
const RATE: [f32; 2] = [1.5e-3, 6e-3];
const BASE_RATE: [f32; 2] = [0.4, 1.0];
const DECAY: [f32; 2] = [1e-3, 1e-1];
const DROPOUT: [f32; 2] = [0.0, 0.1];
const GAMMA: [f32; 2] = [1.5, 2.5];
const BOX_WEIGHT: [f32; 2] = [1.0, 4.0];
const RADIUS: [f32; 2] = [0.08, 0.18];
const VIEW_MIX: [f32; 2] = [0.75, 1.0];
/// Hidden channels of the small network and of the large one.
const WIDTHS: [u32; 2] = [32, 64];

/// What an experiment tries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Hyperparameters {
    pub learning_rate: f32,
    /// Share of the learning rate that the base's weights get, where they are trained.
    #[serde(default = "one")]
    pub base_rate: f32,
    pub weight_decay: f32,
    /// Hidden channels of the head.
    pub width: u32,
    /// Share of hidden channels left out at each step.
    pub dropout: f32,
    /// Exponent of the focal loss.
    pub focal_gamma: f32,
    /// Weight of the box loss beside the heat map's.
    pub box_weight: f32,
    /// Size of the target around an object's centre, as a share of the object's size.
    pub target_radius: f32,
    /// Share of a step's loss that falls to the augmented views in it, 0 to 1; the frames shown as they are have the
    /// rest. Every step shows all experiments the same pictures: this weighs them. A step with one sort only is not mixed.
    pub view_mix: f32,
    pub seed: u64,
}

/// Trainings from before the base was trained say nothing of it.
fn one() -> f32 {
    1.0
}

impl Hyperparameters {
    /// "learns boldly, small network, minds the hard cases".
    pub fn words(&self) -> String {
        let pace = match on_scale(self.learning_rate, RATE) {
            at if at < -1.0 / 3.0 => "learns carefully",
            at if at > 1.0 / 3.0 => "learns boldly",
            _ => "learns steadily",
        };
        let network = match self.width {
            w if w <= WIDTHS[0] => "small network",
            w if w >= WIDTHS[1] => "large network",
            _ => "medium network",
        };
        let traits = [
            (on_scale(self.base_rate, BASE_RATE), "keeps what it knew before", "changes what it knew before"),
            (on_scale(self.weight_decay, DECAY), "allows itself detail", "keeps it simple"),
            // No dropout is nothing to tell of.
            (within(self.dropout, DROPOUT).max(0.0), "", "practises with gaps"),
            (within(self.focal_gamma, GAMMA), "minds all cases alike", "minds the hard cases"),
            (within(self.box_weight, BOX_WEIGHT), "cares more for finding", "cares more for exact boxes"),
            (within(self.target_radius, RADIUS), "looks at the middle of things", "looks at more of each thing"),
            (within(self.view_mix, VIEW_MIX), "practises on pictures as they are", "practises on altered pictures"),
        ];
        let most = traits.into_iter().max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
        match most.filter(|(at, ..)| at.abs() >= NOTABLE) {
            Some((at, low, high)) => format!("{pace}, {network}, {}", if at < 0.0 { low } else { high }),
            None => format!("{pace}, {network}"),
        }
    }
}

/// Where a value lies between the ends of its range: −1 to 1.
fn within(value: f32, [low, high]: [f32; 2]) -> f32 {
    ((value - low) / (high - low) * 2.0 - 1.0).clamp(-1.0, 1.0)
}

/// The same for what is drawn evenly over its logarithm.
fn on_scale(value: f32, [low, high]: [f32; 2]) -> f32 {
    within(value.max(f32::MIN_POSITIVE).ln(), [low.ln(), high.ln()])
}

/// How hyperparameters stand in the JSON of an experiment: as figures, and beside them in words.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tried {
    hyperparameters: Hyperparameters,
    /// What it tries, in words.
    #[serde(default)]
    words: String,
}

/// For `serde(flatten, with = "tried")`.
pub mod tried {
    use super::{Hyperparameters, Tried};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(tried: &Hyperparameters, to: S) -> Result<S::Ok, S::Error> {
        Tried { hyperparameters: tried.clone(), words: tried.words() }.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Hyperparameters, D::Error> {
        Ok(Tried::deserialize(from)?.hyperparameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Experiment;

    fn middle() -> Hyperparameters {
        Hyperparameters {
            learning_rate: 3e-3,
            base_rate: 0.63,
            weight_decay: 1e-2,
            width: 48,
            dropout: 0.0,
            focal_gamma: 2.0,
            box_weight: 2.5,
            target_radius: 0.13,
            view_mix: 0.88,
            seed: 1,
        }
    }

    #[test]
    fn what_stands_out_is_told() {
        assert_eq!(middle().words(), "learns steadily, medium network");
        let bold = Hyperparameters { learning_rate: 5e-3, width: 32, focal_gamma: 2.4, ..middle() };
        assert_eq!(bold.words(), "learns boldly, small network, minds the hard cases");
        let careful = Hyperparameters { learning_rate: 1.6e-3, width: 64, weight_decay: 1.1e-3, ..middle() };
        assert_eq!(careful.words(), "learns carefully, large network, allows itself detail");
    }

    #[test]
    fn words_stand_beside_the_figures_and_records_without_them_are_read() {
        let experiment = Experiment::queued(middle());
        let mut json = serde_json::to_value(&experiment).unwrap();
        assert_eq!(json["words"], "learns steadily, medium network");
        assert_eq!(json["hyperparameters"]["width"], 48);
        json.as_object_mut().unwrap().remove("words");
        assert_eq!(serde_json::from_value::<Experiment>(json).unwrap(), experiment);
    }
}
