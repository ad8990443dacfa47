//! Identifiers: UUIDv7, one type a kind of record, so that a frame's id can't be passed for a model's.
//!
//! They sort in the order in which they are made, whatever the clock does: they come from one sequence, which goes on in
//! small steps where the clock has gone back, and which an opened store moves beyond all that it holds ([`known`]). So the
//! time inside an identifier is never before, and may be after, that of its making: nothing reads it. When something
//! happened is a field of its own.

use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use uuid::{ClockSequence, ContextV7, Timestamp, Uuid};

/// It remembers the latest time that it was given, and counts on from there while the clock shows an earlier one.
static SEQUENCE: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// The last millisecond of the year 9999, since 1970. What claims to be later was not made by a clock, and would leave
/// little room for what comes after it.
const LATEST: u64 = 253_402_300_799_999;

fn next() -> Uuid {
    Uuid::new_v7(Timestamp::now(&SEQUENCE))
}

/// Identifiers that are made from now on sort after this one, which is there already.
pub fn known(id: Uuid) {
    // The first 48 bits of a UUIDv7 are milliseconds.
    let milliseconds = (id.as_u128() >> 80) as u64 + 1;
    if id.get_version_num() == 7 && milliseconds <= LATEST {
        let nanoseconds = (milliseconds % 1000) as u32 * 1_000_000;
        SEQUENCE.generate_timestamp_sequence(milliseconds / 1000, nanoseconds);
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier; later ones sort after earlier ones, of whatever kind.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(next())
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
    /// Names a clip.
    ClipId
);
id!(
    /// Names a data set on its way in.
    ImportId
);
id!(
    /// Names something that is done with the pool of the fleet.
    PoolJobId
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

#[cfg(test)]
mod tests {
    use super::*;

    /// As one made at this time.
    fn at(milliseconds: u64) -> Uuid {
        Uuid::from_u128((u128::from(milliseconds) << 80) | (7 << 76) | (0b10 << 62))
    }

    #[test]
    fn new_ones_sort_after_all_that_are_known_however_late_those_were_made() {
        // 2100: the clock of this test is behind.
        let mut last = at(4_102_444_800_000);
        known(last);
        known(at(0));
        for _ in 0..1000 {
            let id = UndoId::new().0;
            assert!(id > last && id.get_version_num() == 7, "{id} after {last}");
            last = id;
        }
        for no_clock in [at(LATEST + 1), Uuid::max(), Uuid::nil()] {
            known(no_clock);
            assert!(UndoId::new().0 < at(4_200_000_000_000), "{no_clock}");
        }
    }
}
