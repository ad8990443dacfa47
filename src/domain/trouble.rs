//! What can be wrong with a camera.

use serde::{Deserialize, Serialize};

/// Why a camera gives no pictures: what it takes to come back differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CameraTrouble {
    /// There is nothing where it is said to be, and there was nothing since the start.
    Missing,
    /// It was there, and went away.
    Unplugged,
    /// Another camera is in its place.
    Replaced,
    /// It is in the network, and takes another user or password.
    Denied,
    /// Nobody answers at its address.
    Unreachable,
    /// The program that is to read it is not installed.
    NoProgram,
    /// The stream, the film or the program came to its end.
    Ended,
    /// Another program uses it.
    Busy,
    /// This program may not open it.
    NotPermitted,
    /// It captures no video, or in no format that can be read.
    Unsuitable,
    /// The folder has no photograph.
    Empty,
    /// It is there, but nothing comes.
    Stalled,
    /// All that comes is damaged.
    Damaged,
    /// It went over to another size or format; it is opened anew.
    FormatChanged,
    /// It failed in another way; the words say how.
    Failed,
}
