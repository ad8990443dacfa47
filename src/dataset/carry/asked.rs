//! What to carry, and why it can't be.

use crate::domain::FrameId;
use crate::store::StoreError;
use crate::tracks::{Mark, TrackError};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Why nothing was carried.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Track(#[from] TrackError),
    #[error("there are no frames of the clip in that time to carry labels along")]
    Empty,
    #[error("{0}")]
    Refused(String),
    #[error("it was stopped before its end")]
    Stopped,
}

/// An object, and what was said of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClipTrack {
    /// What its labels are told by: 1 to 64 letters, digits, `.`, `:`, `_` or `-`.
    #[schema(pattern = "^[A-Za-z0-9.:_-]{1,64}$")]
    pub track: String,
    pub category: String,
    /// By frame: `{"box": [x, y, w, h]}`, what of it can be seen there; `"gone"`, from there on it can't be seen; `"back"`, from
    /// there on it can be again.
    #[serde(deserialize_with = "once_each")]
    pub marks: BTreeMap<FrameId, Mark>,
}

/// What to carry, and how far.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CarryRequest)]
pub struct Asked {
    /// The objects; absent, they come from the labels in the clip that somebody drew or agreed to.
    #[serde(default)]
    pub tracks: Option<Vec<ClipTrack>>,
    /// Seconds of the clip from which on; its start, unless said otherwise.
    #[serde(default)]
    pub from: Option<f64>,
    /// Seconds up to which; its end, unless said otherwise.
    #[serde(default)]
    pub to: Option<f64>,
}

/// Of a frame that is there twice one mark would be lost.
fn once_each<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<FrameId, Mark>, D::Error> {
    struct Marks;
    impl<'de> Visitor<'de> for Marks {
        type Value = BTreeMap<FrameId, Mark>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("marks by frame")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut marks = BTreeMap::new();
            while let Some((frame, mark)) = map.next_entry::<FrameId, Mark>()? {
                if marks.insert(frame, mark).is_some() {
                    return Err(A::Error::custom(format!("frame {frame} is there twice in `marks`")));
                }
            }
            Ok(marks)
        }
    }
    from.deserialize_map(Marks)
}
