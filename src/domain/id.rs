//! Identifiers: UUIDv7, one type a kind of record, so that a frame's id can't be passed for a model's.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier; later ones sort after earlier ones.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(
    /// Names a stored frame.
    FrameId
);
id!(
    /// Names one press of Train.
    TrainingId
);
id!(
    /// Names one set of hyperparameters within a training.
    ExperimentId
);
id!(
    /// Names an exported model.
    ModelId
);
id!(
    /// Names a token by which somebody comes in.
    TokenId
);
id!(
    /// Names an invitation: a code by which somebody may pair.
    InvitationId
);
id!(
    /// Names one look of the deployed model at a frame of the camera.
    LookId
);
id!(
    /// Names an entry of the audit log.
    AuditId
);
id!(
    /// Names something that was taken away and can be brought back.
    UndoId
);
