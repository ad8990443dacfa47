//! What was taken away and can be brought back for a while.

use super::access::{Role, Who};
use super::clock::Clock;
use super::id::{FrameId, UndoId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long it can be brought back, by a clock that nobody sets.
pub const UNDO_KEPT: Duration = Duration::from_secs(24 * 3600);

/// Something that was taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Undo {
    pub id: UndoId,
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    /// `unsure` where the clock was not believed then, and it is not known yet what it was; else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// Until then it can be brought back.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// In words: `deleted 3 frames`.
    pub what: String,
    /// Frames, labels, or whatever it was, by number.
    pub count: u64,
    /// Who did it: the name of a token, or `local`.
    pub by: String,
    /// The role it takes to bring it back: that of whoever did it.
    pub role: Role,
}

impl Undo {
    /// Something done now.
    pub fn new(who: &Who, what: String, count: usize) -> Self {
        let time = Timestamp::now();
        let until = time.checked_add(UNDO_KEPT).unwrap_or(Timestamp::MAX);
        let (by, role) = (who.name.clone(), who.role.unwrap_or(Role::Admin));
        Self { id: UndoId::new(), time, clock: None, until, what, count: count as u64, by, role }
    }
}

/// What came of bringing something back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Undone {
    pub restored: u64,
    /// Changed by somebody since, or gone for want of room: left as it is.
    pub kept: u64,
    /// Frames that are back.
    #[serde(skip)]
    pub back: Vec<FrameId>,
    /// Frames whose labels are as they were.
    #[serde(skip)]
    pub relabelled: Vec<FrameId>,
}

impl Undone {
    /// One thing more, back or not.
    pub fn count(&mut self, back: bool) {
        *if back { &mut self.restored } else { &mut self.kept } += 1;
    }
}
