//! Why a frame of a camera was kept before its time.

use serde::{Deserialize, Serialize};

/// What made a frame worth keeping though `camera.keep_every` and `camera.keep_difference` did not ask for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum KeptFor {
    /// The deployed model was unsure of something in it: it scored near the score from which on it counts.
    Unsure {
        category: String,
        /// 0 to 1.
        score: f32,
    },
    /// The deployed model saw something there in one look and not in the next, or the other way round, and then as before.
    Flicker { category: String },
    /// Something appeared; only where `camera.burst` asks for it.
    Appeared { category: String },
    /// It was taken just before or after one that was kept: the rest of a burst.
    Around,
    /// It looks unlike anything that is labelled.
    Unlike {
        /// How much of the picture is in no labelled frame, 0 to 1.
        share: f32,
    },
}
