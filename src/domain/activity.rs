//! What a training does now: a type from the run to the record, words where a person reads it.

use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Formatter};

/// What a training does now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    Queued,
    /// A restart interrupted it.
    QueuedAgain,
    /// Puts the labelled frames on the training and the validation side.
    Splitting,
    /// Computes features of every frame and view.
    Looking,
    /// Times how many experiments are to share a graph.
    Timing,
    Epoch(EpochActivity),
    /// Waits while the machine is too hot.
    Cooling(Cooling),
    WritingModel,
    Done,
    Failed,
    Cancelled,
    CancelledUnbegun,
    /// As an earlier version of the program put it.
    Said(String),
}

/// The steps of an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EpochActivity {
    /// From 1.
    pub epoch: u32,
    /// Of the whole training.
    pub epochs: u32,
    /// How many train.
    pub experiments: usize,
    pub trained: Depth,
}

/// How much of the network is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// The head, on a base that is frozen.
    Head,
    /// The head, and the base above its last map of this stride.
    AboveStride(u32),
    /// Every layer.
    Everything,
}

/// Why a training waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Cooling {
    /// The hottest thermal zone.
    pub zone: String,
    /// Degrees.
    pub celsius: f32,
    /// Degrees above which a training waits.
    pub limit: f32,
}

/// The part of a training that an activity belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It waits for its turn.
    Waiting,
    Preparing,
    Training,
    Evaluating,
    Over,
}

impl Activity {
    pub fn stage(&self) -> Stage {
        match self {
            Self::Queued | Self::QueuedAgain => Stage::Waiting,
            Self::Splitting | Self::Looking => Stage::Preparing,
            Self::Timing | Self::Epoch(_) | Self::Cooling(_) | Self::Said(_) => Stage::Training,
            Self::WritingModel => Stage::Evaluating,
            Self::Done | Self::Failed | Self::Cancelled | Self::CancelledUnbegun => Stage::Over,
        }
    }
}

impl Display for Activity {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Self::Queued => write!(f, "waiting for its turn"),
            Self::QueuedAgain => write!(f, "waiting for its turn again after a restart"),
            Self::Splitting => write!(f, "choosing the frames to learn from and the frames to be tested on"),
            Self::Looking => write!(f, "looking at every frame for the first time"),
            Self::Timing => write!(f, "finding out how this device learns fastest"),
            Self::Epoch(EpochActivity { epoch, epochs, experiments, trained }) => {
                let who = match experiments {
                    1 => "the last experiment practises".to_owned(),
                    n => format!("{n} experiments practise"),
                };
                write!(f, "epoch {epoch} of {epochs}: {who} with {}", trained.plainly())
            }
            Self::Cooling(Cooling { zone, celsius, limit }) => {
                write!(f, "waiting to cool down: {zone} is at {celsius:.0} °C, the limit is {limit:.0} °C")
            }
            Self::WritingModel => write!(f, "writing the model and testing it on frames it has not learned from"),
            Self::Done => write!(f, "done"),
            Self::Failed => write!(f, "failed"),
            Self::Cancelled => write!(f, "cancelled"),
            Self::CancelledUnbegun => write!(f, "cancelled before it began"),
            Self::Said(words) => write!(f, "{words}"),
        }
    }
}

impl Depth {
    /// For those who need not know what a stride is.
    fn plainly(self) -> &'static str {
        match self {
            Self::Head => "the last part of the network",
            // The lower the stride, the more of it.
            Self::AboveStride(stride) if stride > 4 => "the upper part of the network",
            Self::AboveStride(_) => "most of the network",
            Self::Everything => "the whole network",
        }
    }
}

/// In the field's terms, for `base show`.
impl Display for Depth {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Self::Head => write!(f, "the taps"),
            Self::AboveStride(stride) => write!(f, "stride {stride}"),
            Self::Everything => write!(f, "the image"),
        }
    }
}

/// How an activity stands in the JSON of a training: beside the other fields, as words and as a type.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Told {
    /// What it does now, in words.
    activity: String,
    /// The same as a type; records of earlier versions have words alone.
    #[serde(default)]
    doing: Option<Activity>,
}

/// For `serde(flatten, with = "told")`.
pub mod told {
    use super::{Activity, Told};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(activity: &Activity, to: S) -> Result<S::Ok, S::Error> {
        Told { activity: activity.to_string(), doing: Some(activity.clone()) }.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Activity, D::Error> {
        let told = Told::deserialize(from)?;
        Ok(told.doing.unwrap_or(Activity::Said(told.activity)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Record {
        before: u32,
        #[serde(flatten, with = "told")]
        activity: Activity,
    }

    #[test]
    fn words_stand_beside_the_type_and_a_record_of_words_alone_is_read() {
        let epoch = EpochActivity { epoch: 3, epochs: 40, experiments: 12, trained: Depth::AboveStride(8) };
        let record = Record { before: 1, activity: Activity::Epoch(epoch) };
        let json = serde_json::to_value(&record).unwrap();
        assert_eq!(json["activity"], "epoch 3 of 40: 12 experiments practise with the upper part of the network");
        assert_eq!(json["doing"]["epoch"]["trained"]["above_stride"], 8);
        assert_eq!(serde_json::from_value::<Record>(json).unwrap(), record);
        let old = serde_json::from_str::<Record>(r#"{"before": 1, "activity": "epoch 2"}"#).unwrap();
        assert_eq!(old.activity, Activity::Said("epoch 2".into()));
    }
}
